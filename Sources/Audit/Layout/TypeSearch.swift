// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import DWARFKit
internal import ELFKit

/// The layouts of types by their names.
struct TypeSearch {
    private let dwarf: DWARFFile
    private let scan: TypeScan
    private let types: TypeReader
    private var reader: RecordReader

    init(_ dwarf: DWARFFile, machine: ELFMachine, jobs: Int) throws {
        self.dwarf = dwarf
        scan = try TypeScan(dwarf, TypeScan.Options(workers: jobs, includesSummaries: false))
        types = TypeReader(dwarf)
        var nested: [String: TypeReference] = [:]
        for record in scan.records where record.language == .rust {
            guard let name = try dwarf.sections.text(of: record.name), RecordReader.isNested(name) else { continue }
            nested[name] = nested[name] ?? types.type(at: record.die)
        }
        reader = RecordReader(types, ABIAlignment(machine), nested: nested)
    }

    /// Each distinct layout of a type: `list_head`, `struct list_head`, `bindings::list_head`; C's and Rust's side by
    /// side where both know it.
    mutating func sheets(of asked: String) throws -> [LayoutSheet] {
        var name = asked
        for prefix in ["struct ", "union ", "enum "] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
        let parts = name.split(separator: ":", omittingEmptySubsequences: true).map(String.init)
        guard let last = parts.last else { return [] }
        var c: [RecordLayout] = []
        var rust: [RecordLayout] = []
        for record in scan.records {
            guard let bytes = try dwarf.sections.bytes(of: record.name), bytes.count == last.utf8.count,
                bytes.text == last
            else { continue }
            let type = types.type(at: record.die)
            switch record.language {
            case .rust:
                let path = try scan.path(of: record, in: dwarf.sections)
                guard path.starts(with: parts.dropLast()) else { continue }
                var layout = try reader.rustRecord(type, name: last)
                layout.crate = path.joined(separator: "::")
                if !rust.contains(layout) { rust.append(layout) }
            default:
                guard parts.count == 1 else { continue }
                let layout = try reader.cRecord(type, name: last)
                if !c.contains(layout) { c.append(layout) }
            }
        }
        if c.contains(where: { !$0.isDeclaration }) { c.removeAll(where: \.isDeclaration) }
        if parts.count > 1, let spelled = rust.first?.name {
            var plain = try sheets(of: spelled)
            plain.removeAll { $0.rust == nil }
            return plain
        }
        if c.isEmpty { return rust.map { LayoutSheet(name: $0.crate + "::" + last, c: nil, rust: $0) } }
        return c.flatMap { side in
            rust.isEmpty
                ? [LayoutSheet(name: "\(side.kind.rawValue) \(last)", c: side, rust: nil)]
                : rust.map {
                    LayoutSheet(name: "\(side.kind.rawValue) \(last), \($0.crate)::\(last)", c: side, rust: $0)
                }
        }
    }

    /// Every C type that is defined at the top of a unit, each distinct layout, by kind and name.
    mutating func cTypes() throws -> [String: [RecordLayout]] {
        var found: [String: [RecordLayout]] = [:]
        for record in scan.records
        where record.language == .c && record.path == 0 && !record.isDeclaration {
            guard let name = try dwarf.sections.text(of: record.name) else { continue }
            let layout = try reader.cRecord(types.type(at: record.die), name: name)
            let key = record.isNamedByTypedef ? name : "\(layout.kind.rawValue) \(name)"
            if !(found[key] ?? []).contains(layout) { found[key, default: []].append(layout) }
        }
        return found
    }
}

extension ABIAlignment {
    init(_ machine: ELFMachine) { self = machine == .s390 ? .s390x : .amd64 }
}
