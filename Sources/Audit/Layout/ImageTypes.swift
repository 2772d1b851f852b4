// SPDX-License-Identifier: Apache-2.0
internal import DWARFKit
internal import ELFKit

/// The types of an image that the layout rules compare.
struct ImageTypes: Sendable {
    /// C types of one name and one declaration with different layouts.
    struct Divergence: Sendable {
        /// With its kind: `struct foo`.
        let name: String
        let plainName: String
        let declaredAt: String
        let text: String
    }

    /// Every type of the crates that bindgen writes, each distinct layout once, in the order of their names.
    let rust: [RecordLayout]
    /// The C types of the same names: each distinct layout once.
    let c: [String: [RecordLayout]]
    /// Names in `c` whose types are another file's.
    let foreign: Set<String>
    /// Nested types of bindgen's (`…__bindgen_ty_N`) that were compared as parts of their parents.
    let reachedThroughParent: Set<String>
    let divergent: [Divergence]
    /// Names of C types of which all units' layouts were compared.
    let compared: Int
    let hasRustUnits: Bool
    /// Imports of units that are not there, in which types may be.
    let missingImports: Int

    /// `others` are the C types of another file, for what this one has no definition of.
    init(_ dwarf: DWARFFile, _ scan: TypeScan, _ own: CTypes, _ others: CTypes?, machine: ELFMachine, jobs: Int) throws
    {
        let bindgen = try BindgenTypes(scan, dwarf)
        let entries = bindgen.entries
        let rustPieces = try sharedWork(entries.count, jobs: jobs, piece: 64) {
            range -> (layouts: [RecordLayout], reached: Set<String>) in
            var reader = bindgen.reader(dwarf, machine)
            let layouts = try entries[range].map { entry in
                var layout = try reader.rustRecord(entry.type, name: entry.name)
                layout.crate = entry.crate
                return layout
            }
            return (layouts, reader.reached)
        }
        var seen: Set<RecordLayout> = []
        rust = rustPieces.flatMap(\.layouts).filter { seen.insert($0).inserted }
        reachedThroughParent = rustPieces.reduce(into: []) { $0.formUnion($1.reached) }
        let outerNames = Set(entries.map(\.name))
        let names = outerNames.sorted()
        let sides = [own] + (others.map { [$0] } ?? [])
        let cPieces = try sharedWork(names.count, jobs: jobs, piece: 64) { range in
            var readers = sides.map { $0.reader() }
            return try names[range].map { name in
                var best: (layouts: [RecordLayout], isForeign: Bool) = ([], false)
                for (place, side) in sides.enumerated() {
                    let candidates =
                        try side.named(name) ?? side.inner(name, outerNames: outerNames, &readers[place])
                    let layouts = try side.layouts(of: candidates, name: name, &readers[place])
                    if best.layouts.isEmpty, !layouts.isEmpty { best = (layouts, place > 0) }
                    if layouts.contains(where: { !$0.isDeclaration }) {
                        best = (layouts, place > 0)
                        break
                    }
                }
                return best
            }
        }
        var c: [String: [RecordLayout]] = [:]
        var foreign: Set<String> = []
        for (name, found) in zip(names, cPieces.joined()) where !found.layouts.isEmpty {
            c[name] = found.layouts
            if found.isForeign { foreign.insert(name) }
        }
        self.c = c
        self.foreign = foreign
        hasRustUnits = bindgen.hasRustUnits
        missingImports = scan.missingImports
        compared = own.candidates.count
        divergent = try Self.divergences(own)
    }

    /// Types that one declaration gives several layouts.
    private static func divergences(_ types: CTypes) throws -> [Divergence] {
        struct Key: Hashable {
            let kind: RecordLayout.Kind
            let isNamedByTypedef: Bool
            let place: TypeLayout.SourcePlace
        }
        var reader = types.reader()
        var found: [Divergence] = []
        let several = types.candidates.filter { name, candidates in
            candidates.count { !$0.isDeclaration } > 1
        }
        for (name, candidates) in several.sorted(by: { $0.key < $1.key }) {
            var groups: [Key: [RecordLayout]] = [:]
            for candidate in candidates where !candidate.isDeclaration {
                let layout = try reader.cRecord(candidate.type, name: name)
                guard let place = layout.declaredAt else { continue }
                let key = Key(kind: layout.kind, isNamedByTypedef: candidate.isNamedByTypedef, place: place)
                if !(groups[key] ?? []).contains(layout) { groups[key, default: []].append(layout) }
            }
            for (key, layouts) in groups.sorted(by: {
                ($0.key.place.description, $0.key.kind.rawValue) < ($1.key.place.description, $1.key.kind.rawValue)
            })
            where layouts.count > 1 {
                let sizes = layouts.map { "\($0.size) bytes with \($0.leaves.count) fields" }
                found.append(
                    Divergence(
                        name: "\(key.kind.rawValue) \(name)", plainName: name, declaredAt: key.place.description,
                        text: sizes.joined(separator: ", ")))
            }
        }
        return found
    }

    /// The C types, as C spells them, that a type of bindgen's stands for and that are complete.
    static func complete(_ dwarf: DWARFFile) throws -> [String] {
        let scan = try TypeScan(dwarf, TypeScan.Options(workers: 1, includesSummaries: false))
        let types = TypeReader(dwarf)
        var wanted: Set<String> = []
        for record in scan.records where record.language == .rust {
            if let name = try dwarf.sections.text(of: record.name) { wanted.insert(name) }
        }
        var spelled: Set<String> = []
        for record in scan.records where record.language == .c && record.path == 0 && !record.isDeclaration {
            // What the compiler has built in has no place in the source, and no name that could be written there.
            guard let name = try dwarf.sections.text(of: record.name), wanted.contains(name),
                try (types.layout(at: record.die).declaredAt?.line ?? 0) > 0
            else { continue }
            let kind =
                switch record.kind {
                case .structure, .class: "struct "
                case .union: "union "
                case .enumeration: "enum "
                }
            spelled.insert(record.isNamedByTypedef ? name : kind + name)
        }
        return spelled.sorted()
    }
}
