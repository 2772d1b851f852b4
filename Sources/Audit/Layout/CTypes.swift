// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import DWARFKit
internal import ELFKit

/// The C types of one file by their names, out of its DWARF or its BTF: what Rust's types are compared with.
package struct CTypes: Sendable {
    struct Candidate: Sendable {
        let type: TypeReference
        let isNamedByTypedef: Bool
        let isDeclaration: Bool
    }

    let source: any TypeSource
    /// Types of C's one name space or another: each distinct shape once, in the file's order.
    private(set) var candidates: [String: [Candidate]] = [:]
    /// Alignments in bytes that the layout probe made the compiler record, by `struct_page` or `atomic_t`.
    private(set) var alignments: [String: UInt64] = [:]
    private let order: ByteOrder
    /// nil where BTF itself was read, which does not tell.
    private let machine: ELFMachine?

    /// The layout probe's enumerations, whose one value is a C type's alignment.
    private static let alignmentPrefix = "bessemer_alignof_"

    /// The types at the top of C's units.
    private init(_ scan: TypeScan, _ dwarf: DWARFFile, _ machine: ELFMachine) throws {
        let types = TypeReader(dwarf)
        source = types
        order = dwarf.sections.order
        self.machine = machine
        for (index, record) in scan.records.enumerated() where record.path == 0 {
            if index & 0x1ff == 0x1ff { dwarf.releaseManyStrings() }
            guard record.language == .c || record.language == .cPlusPlus,
                let name = try dwarf.sections.text(of: record.name)
            else { continue }
            if name.hasPrefix(Self.alignmentPrefix) {
                if let value = try types.layout(at: record.die).enumerators.first?.value.bits {
                    alignments[String(name.dropFirst(Self.alignmentPrefix.count))] = UInt64(clamping: value)
                }
                continue
            }
            candidates[name, default: []].append(
                Candidate(
                    type: types.type(at: record.die), isNamedByTypedef: record.isNamedByTypedef,
                    isDeclaration: record.isDeclaration))
        }
    }

    /// As above, or of the file's `.BTF` where it has no C units.
    init(_ scan: TypeScan, _ dwarf: DWARFFile, _ elf: ELFFile) throws {
        try self.init(scan, dwarf, elf.machine)
        if candidates.isEmpty, let section = try Self.ownBTF(of: elf) { self = try CTypes(BTFFile(section)) }
    }

    /// A module's is no part of this: it counts on from the kernel's.
    private static func ownBTF(of elf: ELFFile) throws -> Bytes? {
        guard elf.section(named: ".gnu.linkonce.this_module") == nil else { return nil }
        return try elf.contents(ofSectionNamed: ".BTF")
    }

    init(_ btf: BTFFile) throws {
        source = btf
        order = btf.order
        machine = nil
        for record in try btf.records() {
            guard let name = try btf.text(record.name) else { continue }
            candidates[name, default: []].append(
                Candidate(
                    type: record.type, isNamedByTypedef: record.isNamedByTypedef, isDeclaration: record.isDeclaration))
        }
    }

    /// The types of an image: of its C units, or of its `.BTF` where it has no such units; nil where it has neither.
    init?(_ elf: ELFFile, _ dwarf: DWARFFile?, jobs: Int) throws {
        if let dwarf {
            let scan = try TypeScan(dwarf, TypeScan.Options(workers: jobs, includesSummaries: false))
            self = try CTypes(scan, dwarf, elf)
        } else if let section = try Self.ownBTF(of: elf) {
            self = try CTypes(BTFFile(section))
        } else {
            return nil
        }
    }

    /// The types of a kernel: ELF with DWARF or BTF, compressed or not, or BTF itself (`/sys/kernel/btf/vmlinux`).
    ///
    /// - Throws: `FormatError` where the file describes no C types or is damaged, `ELFInputError` where it can't be read.
    package init(path: String, jobs: Int) throws {
        if let start = try? MappedFile.prefix(of: path, count: 2), BTFFile.isBTF(start) {
            try self.init(BTFFile(MappedFile.open(path)))
            return
        }
        let elf = try ELFInput.first(at: path)
        guard let types = try CTypes(elf, DebugSections.read(elf, path: path), jobs: jobs) else {
            throw FormatError(.notThisFormat, offset: 0, "\(path) has neither debug information of C nor BTF")
        }
        self = types
    }

    func reader() -> RecordReader {
        RecordReader(source, machine.map(ABIAlignment.init) ?? (order == .big ? .s390x : .amd64))
    }

    /// Whether these can be the types that code of a file works with.
    func fit(_ elf: ELFFile) -> Bool { order == elf.order && (machine ?? elf.machine) == elf.machine }

    /// Each distinct layout of the types of a name, a definition before all declarations.
    func layouts(of name: String, _ reader: inout RecordReader) throws -> [RecordLayout] {
        try layouts(of: candidates[name] ?? [], name: name, &reader)
    }

    /// The types of the name that Rust knows them by: `struct fn` is `fn_` there, as all that is a word of Rust's.
    func named(_ name: String) -> [Candidate]? {
        candidates[name] ?? (name.last == "_" ? candidates[String(name.dropLast())] : nil)
    }

    /// Each distinct layout of some types, under the name by which Rust knows them.
    func layouts(of candidates: [Candidate], name: String, _ reader: inout RecordReader) throws -> [RecordLayout] {
        var layouts: [RecordLayout] = []
        for candidate in candidates {
            var layout = try reader.cRecord(candidate.type, name: name)
            let spelled = candidate.isNamedByTypedef ? name : "\(layout.kind.rawValue)_\(name)"
            layout.alignment = alignments[spelled] ?? layout.alignment
            if !layouts.contains(layout) { layouts.append(layout) }
        }
        // A definition makes declarations of the same name superfluous.
        if layouts.contains(where: { !$0.isDeclaration }) { layouts.removeAll(where: \.isDeclaration) }
        return layouts
    }

    /// The C types that are declared inside of another one, whose name bindgen puts before theirs: `bar` for `foo_bar`
    /// and for `foo__bindgen_ty_1_bar`, where `struct foo` has a member of type `struct bar` that is declared behind it
    /// in the same file.
    func inner(_ name: String, outerNames: Set<String>, _ reader: inout RecordReader) throws -> [Candidate] {
        for at in name.indices where name[at] == "_" {
            let innerName = String(name[name.index(after: at)...])
            let outer = String(name[..<at])
            guard outerNames.contains(outer), let inside = candidates[innerName] else { continue }
            let plain = outer.firstRange(of: "__bindgen_ty_").map { String(outer[..<$0.lowerBound]) } ?? outer
            for parent in candidates[plain] ?? [] where !parent.isDeclaration {
                let outside = try reader.cRecord(parent.type, name: plain)
                let found = try inside.filter { candidate in
                    let inside = try reader.cRecord(candidate.type, name: innerName)
                    return inside.mayBeDeclared(behind: outside)
                        && outside.leaves.contains { "\($0.type) ".contains("\(inside.kind.rawValue) \(innerName)") }
                }
                if !found.isEmpty { return found }
            }
        }
        return []
    }

    /// Every type that is defined, each distinct layout, by kind and name: `struct page`, `atomic_t`.
    func definitions() throws -> [String: [RecordLayout]] {
        var reader = reader()
        var found: [String: [RecordLayout]] = [:]
        for (name, candidates) in candidates {
            for candidate in candidates where !candidate.isDeclaration {
                let layout = try reader.cRecord(candidate.type, name: name)
                let key = candidate.isNamedByTypedef ? name : "\(layout.kind.rawValue) \(name)"
                if !(found[key] ?? []).contains(layout) { found[key, default: []].append(layout) }
            }
        }
        return found
    }

    /// An enumeration whose one value is the alignment of a C type, spelled `struct page` or `atomic_t`.
    static func alignmentDeclaration(of type: String) -> String {
        let name = alignmentPrefix + type.replacing(" ", with: "_")
        return "enum \(name) { \(name)_value = _Alignof(\(type)) };"
    }
}

extension ABIAlignment {
    init(_ machine: ELFMachine) { self = machine == .s390 ? .s390x : .amd64 }
}
