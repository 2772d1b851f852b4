// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
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
    /// Nested types of bindgen's (`…__bindgen_ty_N`) that were compared as parts of their parents.
    let reachedThroughParent: Set<String>
    let divergent: [Divergence]
    /// Names of C types of which all units' layouts were compared.
    let compared: Int
    let hasRustUnits: Bool

    /// The kernel's crates whose types bindgen writes (rust/bindings/lib.rs, rust/uapi/lib.rs).
    private static let crates: Set<String> = ["bindings", "uapi"]
    /// The layout probe's enumerations, whose one value is a C type's alignment.
    private static let alignmentPrefix = "bessemer_alignof_"
    /// Types that bindgen adds for itself.
    private static let own = [
        "__BindgenBitfieldUnit", "__IncompleteArrayField", "__BindgenUnionField", "__BindgenOpaqueArray",
    ]

    init(_ dwarf: DWARFFile, _ scan: TypeScan, machine: ELFMachine) throws {
        let types = TypeReader(dwarf)
        var crates: [Int: String] = [:]
        var rust: [(name: String, crate: String, record: TypeRecord)] = []
        var nested: [String: TypeReference] = [:]
        var c: [String: [TypeRecord]] = [:]
        var alignments: [String: UInt64] = [:]
        var hasRustUnits = false
        for record in scan.records {
            switch record.language {
            case .rust:
                hasRustUnits = true
                if crates[record.path] == nil {
                    crates[record.path] =
                        try scan.paths[record.path].first.flatMap { try dwarf.sections.text(of: $0) } ?? ""
                }
                guard let crate = crates[record.path], Self.crates.contains(crate),
                    let name = try dwarf.sections.text(of: record.name),
                    !Self.own.contains(where: name.hasPrefix)
                else { continue }
                rust.append((name, crate, record))
                if RecordReader.isNested(name) { nested[name] = nested[name] ?? types.type(at: record.die) }
            case .c, .cPlusPlus:
                guard record.path == 0, let name = try dwarf.sections.text(of: record.name) else { continue }
                if name.hasPrefix(Self.alignmentPrefix) {
                    let layout = try types.layout(at: record.die)
                    if let value = layout.enumerators.first?.value.bits {
                        alignments[String(name.dropFirst(Self.alignmentPrefix.count))] = UInt64(clamping: value)
                    }
                    continue
                }
                c[name, default: []].append(record)
            default: continue
            }
        }
        var reader = RecordReader(types, ABIAlignment(machine), nested: nested)
        var rustLayouts: [RecordLayout] = []
        var seen: Set<RecordLayout> = []
        for (name, crate, record) in rust.sorted(by: {
            ($0.name, $0.crate, $0.record.die) < ($1.name, $1.crate, $1.record.die)
        }) {
            var layout = try reader.rustRecord(types.type(at: record.die), name: name)
            layout.crate = crate
            if seen.insert(layout).inserted { rustLayouts.append(layout) }
        }
        var cLayouts: [String: [RecordLayout]] = [:]
        let names = Set(rust.map(\.name))
        for name in names {
            var layouts: [RecordLayout] = []
            for record in try c[name] ?? Self.inner(name, names, c, types, &reader) {
                var layout = try reader.cRecord(types.type(at: record.die), name: name)
                let spelled = record.isNamedByTypedef ? name : "\(layout.kind.rawValue)_\(name)"
                layout.alignment = alignments[spelled] ?? layout.alignment
                if !layouts.contains(layout) { layouts.append(layout) }
            }
            // A definition makes declarations of the same name superfluous.
            if layouts.contains(where: { !$0.isDeclaration }) { layouts.removeAll(where: \.isDeclaration) }
            if !layouts.isEmpty { cLayouts[name] = layouts }
        }
        self.rust = rustLayouts
        self.c = cLayouts
        self.hasRustUnits = hasRustUnits
        reachedThroughParent = reader.reached
        compared = c.count
        divergent = try Self.divergences(c, types, &reader)
    }

    /// The C types that are declared inside of another one, whose name bindgen puts before theirs: `bar` for `foo_bar`
    /// and for `foo__bindgen_ty_1_bar`, where `struct foo` has a member of type `struct bar` that is declared behind it
    /// in the same file.
    private static func inner(
        _ name: String, _ rust: Set<String>, _ c: [String: [TypeRecord]], _ types: TypeReader,
        _ reader: inout RecordReader
    ) throws -> [TypeRecord] {
        for at in name.indices where name[at] == "_" {
            let innerName = String(name[name.index(after: at)...])
            let outer = String(name[..<at])
            guard rust.contains(outer), let candidates = c[innerName] else { continue }
            let plain = outer.firstRange(of: "__bindgen_ty_").map { String(outer[..<$0.lowerBound]) } ?? outer
            for parent in c[plain] ?? [] where !parent.isDeclaration {
                let outside = try reader.cRecord(types.type(at: parent.die), name: plain)
                let found = try candidates.filter { candidate in
                    let inside = try reader.cRecord(types.type(at: candidate.die), name: innerName)
                    return inside.isDeclared(behind: outside)
                        && outside.leaves.contains { "\($0.type) ".contains("\(inside.kind.rawValue) \(innerName)") }
                }
                if !found.isEmpty { return found }
            }
        }
        return []
    }

    /// Types that one declaration gives several layouts.
    private static func divergences(
        _ records: [String: [TypeRecord]], _ types: TypeReader, _ reader: inout RecordReader
    ) throws -> [Divergence] {
        struct Key: Hashable {
            let kind: RecordLayout.Kind
            let isNamedByTypedef: Bool
            let place: String
        }
        var found: [Divergence] = []
        for name in records.keys.sorted() {
            let defined = (records[name] ?? []).filter { !$0.isDeclaration }
            guard defined.count > 1 else { continue }
            var groups: [Key: [RecordLayout]] = [:]
            for record in defined {
                let layout = try reader.cRecord(types.type(at: record.die), name: name)
                guard let place = layout.declaredAt else { continue }
                let key = Key(kind: layout.kind, isNamedByTypedef: record.isNamedByTypedef, place: place)
                if !(groups[key] ?? []).contains(layout) { groups[key, default: []].append(layout) }
            }
            for (key, layouts) in groups.sorted(by: {
                ($0.key.place, $0.key.kind.rawValue) < ($1.key.place, $1.key.kind.rawValue)
            })
            where layouts.count > 1 {
                let sizes = layouts.map { "\($0.size) bytes with \($0.leaves.count) fields" }
                found.append(
                    Divergence(
                        name: "\(key.kind.rawValue) \(name)", plainName: name, declaredAt: key.place,
                        text: sizes.joined(separator: ", ")))
            }
        }
        return found
    }

    /// An enumeration whose one value is the alignment of a C type, spelled `struct page` or `atomic_t`.
    static func alignmentDeclaration(of type: String) -> String {
        let name = alignmentPrefix + type.replacing(" ", with: "_")
        return "enum \(name) { \(name)_value = _Alignof(\(type)) };"
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
