// SPDX-License-Identifier: Apache-2.0
import ByteKit
import DWARFKit
import Foundation

/// A linked file of Tests/Corpus/DWARFKit and its sections; just enough of ELF64 for these.
struct Fixture {
    let sections: [String: Bytes]
    let order: ByteOrder

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Corpus/DWARFKit").path

    init(_ name: String) throws { try self.init(path: "\(Self.folder)/\(name).elf") }

    init(path: String) throws {
        let file = try MappedFile.open(path)
        let order: ByteOrder = file[5] == 2 ? .big : .little
        var cursor = try ByteCursor(file, order, at: 40)
        let table = try cursor.u64()
        try cursor.seek(to: 58)
        let size = UInt64(try cursor.u16())
        let count = UInt64(try cursor.u16())
        let strings = UInt64(try cursor.u16())
        func header(_ index: UInt64) throws -> (name: UInt32, type: UInt32, offset: UInt64, size: UInt64) {
            var cursor = try ByteCursor(file, order)
            try cursor.seek(to: table + index * size)
            let name = try cursor.u32()
            let type = try cursor.u32()
            try cursor.skip(16)
            return (name, type, try cursor.u64(), try cursor.u64())
        }
        let names = try header(strings)
        let text = try file.slice(names.offset, count: names.size)
        var found: [String: Bytes] = [:]
        for index in 1..<count {
            let header = try header(index)
            // Sections without bytes in the file.
            if header.type == 8 { continue }
            let bytes = try file.slice(header.offset, count: header.size)
            let name = try text.cString(at: header.name)
            // Type units of DWARF 4 are in sections of one name each until they are linked.
            found[name] = found[name] ?? bytes
        }
        sections = found
        self.order = order
    }

    subscript(name: String) -> Bytes { sections[name] ?? .empty }

    var dwarf: DWARFSections {
        DWARFSections(
            info: self[".debug_info"], types: self[".debug_types"], abbrev: self[".debug_abbrev"],
            str: self[".debug_str"], lineStr: self[".debug_line_str"], strOffsets: self[".debug_str_offsets"],
            addr: self[".debug_addr"], ranges: self[".debug_ranges"], rnglists: self[".debug_rnglists"],
            line: self[".debug_line"], order: order)
    }

    /// Names of all fixtures.
    static let all = ["s390x", "x86_64"].flatMap { arch in
        ["4", "5"].flatMap { version in ["gcc", "clang", "rustc"].map { "\($0)-\(arch)-\(version)" } }
            + ["types-\(arch)-4"]
    }

    /// Those of C.
    static let c = all.filter { !$0.hasPrefix("rustc") }
}

/// A file's types, found and readable by name.
struct Types {
    let file: DWARFFile
    let scan: TypeScan
    let reader: TypeReader

    init(_ sections: DWARFSections, _ options: TypeScan.Options = TypeScan.Options()) throws {
        file = DWARFFile(sections)
        scan = try TypeScan(file, options)
        reader = TypeReader(file)
    }

    func records(_ name: String) throws -> [TypeRecord] {
        try scan.records.filter { try file.sections.text(of: $0.name) == name }
    }

    func layout(_ name: String) throws -> TypeLayout {
        guard let record = try records(name).first(where: { !$0.isDeclaration }) else {
            throw FormatError(.outOfRange, offset: 0, "no type \(name)")
        }
        return try reader.layout(of: record)
    }

    /// The names of all records with their paths, in the order of the file.
    var names: [String] {
        get throws {
            try scan.records.map { record in
                try
                    (scan.path(of: record, in: file.sections)
                    + [file.sections.text(of: record.name) ?? ""]).joined(separator: "::")
            }
        }
    }
}
