// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import DWARFKit
internal import ELFKit
internal import Records

/// The layouts of types by their names.
struct TypeSearch {
    private var rust: Rust?
    private let c: CTypes
    private var cReader: RecordReader

    /// Types of Rust units, of any crate.
    private struct Rust {
        let dwarf: DWARFFile
        let scan: TypeScan
        var reader: RecordReader

        mutating func layouts(of name: String, in modules: some Collection<String>) throws -> [RecordLayout] {
            let types = TypeReader(dwarf)
            var found: [RecordLayout] = []
            for record in scan.records where record.language == .rust {
                guard let bytes = try dwarf.sections.bytes(of: record.name), bytes.count >= name.utf8.count,
                    bytes.count == name.utf8.count || bytes[name.utf8.count] == UInt8(ascii: "<"),
                    bytes.text == name || BindgenTypes.plain(bytes.text) == name
                else { continue }
                let path = try scan.path(of: record, in: dwarf.sections)
                guard path.starts(with: modules) else { continue }
                var layout = try reader.rustRecord(types.type(at: record.die), name: name)
                layout.crate = path.joined(separator: "::")
                if !found.contains(layout) { found.append(layout) }
            }
            return found
        }
    }

    /// The types of a file: of ELF with DWARF or BTF, or of BTF itself.
    init(path: String, jobs: Int) throws {
        if let elf = try? ELFInput.first(at: path), let dwarf = try DebugSections.read(elf, path: path) {
            let scan = try TypeScan(dwarf, TypeScan.Options(workers: jobs, includesSummaries: false))
            let reader = try BindgenTypes(scan, dwarf).reader(dwarf, elf.machine)
            rust = Rust(dwarf: dwarf, scan: scan, reader: reader)
            c = try CTypes(scan, dwarf, elf)
        } else {
            rust = nil
            c = try CTypes(path: path, jobs: jobs)
        }
        cReader = c.reader()
    }

    /// Each distinct layout of a type: `list_head`, `struct list_head`, `bindings::list_head`; C's and Rust's side by
    /// side where both know it.
    mutating func sheets(of asked: String) throws -> [LayoutSheet] {
        var name = asked
        for prefix in ["struct ", "union ", "enum "] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
        let parts = name.split(separator: ":", omittingEmptySubsequences: true).map(String.init)
        guard let last = parts.last else { return [] }
        let rust = try self.rust?.layouts(of: last, in: parts.dropLast()) ?? []
        let c = parts.count == 1 ? try self.c.layouts(of: last, &cReader) : []
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
}
