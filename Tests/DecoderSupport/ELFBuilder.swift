// SPDX-License-Identifier: Apache-2.0
package import ByteKit

/// Writes a 64-bit ELF file: sections, symbols and relocations in the order they are added.
package struct ELFBuilder: Sendable {
    /// `e_machine` of the architectures that the decoders know.
    package enum Machine: UInt16, Sendable {
        case s390 = 22
        // swift-format-ignore: AlwaysUseLowerCamelCase
        case x86_64 = 62
        case aarch64 = 183
    }

    /// `e_type`.
    package enum FileType: UInt16, Sendable {
        case relocatable = 1
        case executable = 2
        case sharedObject = 3
    }

    /// Section header as it will be written; every field can be made wrong.
    package struct SectionHeader: Sendable {
        package var name: String
        package var type: UInt32
        package var flags: UInt64
        package var address: UInt64
        package var contents: [UInt8]
        /// Of sections without bytes in the file, and to lie about the others.
        package var size: UInt64?
        package var link: UInt32
        package var info: UInt32
        package var alignment: UInt64
        package var entrySize: UInt64
    }

    private struct SymbolEntry: Sendable {
        var name: String
        var value: UInt64
        var size: UInt64
        var information: UInt8
        var section: UInt32
        /// A reserved index such as `SHN_ABS`.
        var isReserved: Bool
    }

    private struct RelocationEntry: Sendable {
        var section: Int
        var offset: UInt64
        var type: UInt32
        var symbol: Int
        var addend: Int64
    }

    package let order: ByteOrder
    package var machine: UInt16
    package var type: UInt16
    package var entry: UInt64 = 0
    package var flags: UInt32 = 0
    /// The sections that were added; the null section is not among them.
    package private(set) var sections: [SectionHeader] = []
    private var symbols: [SymbolEntry] = []
    private var relocations: [RelocationEntry] = []
    private var segments: [(type: UInt32, flags: UInt32, section: Int)] = []
    /// Bytes after the ELF data.
    package var trailer: [UInt8] = []
    /// Puts the number of sections and the index of their names into the null section, as large files must.
    package var usesExtendedNumbering = false
    /// Writes `SHT_REL`, with addends in the fields, instead of `SHT_RELA`.
    package var usesImplicitAddends = false

    package init(_ machine: Machine, _ type: FileType = .relocatable, order: ByteOrder? = nil) {
        self.machine = machine.rawValue
        self.type = type.rawValue
        self.order = order ?? (machine == .s390 ? .big : .little)
    }

    package static let programBits: UInt32 = 1
    package static let note: UInt32 = 7
    package static let noBits: UInt32 = 8

    package static let write: UInt64 = 1
    package static let allocate: UInt64 = 2
    package static let execute: UInt64 = 4
    package static let compressed: UInt64 = 0x800

    /// A writer in the file's byte order.
    package var writer: ByteWriter { ByteWriter(order) }

    /// Adds a section and tells its index.
    @discardableResult package mutating func section(
        _ name: String, _ contents: [UInt8] = [], type: UInt32 = ELFBuilder.programBits, flags: UInt64 = 0,
        address: UInt64 = 0, size: UInt64? = nil, link: UInt32 = 0, info: UInt32 = 0, alignment: UInt64 = 1,
        entrySize: UInt64 = 0
    ) -> Int {
        sections.append(
            SectionHeader(
                name: name, type: type, flags: flags, address: address, contents: contents, size: size, link: link,
                info: info, alignment: alignment, entrySize: entrySize))
        return sections.count
    }

    /// Adds a symbol and tells its index: `section` 0 is undefined; `kind` is `STT_…` (0 none, 1 object, 2 function,
    /// 3 section) and `binding` is `STB_…` (0 local, 1 global, 2 weak).
    @discardableResult package mutating func symbol(
        _ name: String, at value: UInt64 = 0, size: UInt64 = 0, section: Int = 0, kind: UInt8 = 0, binding: UInt8 = 0
    ) -> Int {
        symbols.append(
            SymbolEntry(
                name: name, value: value, size: size, information: binding << 4 | kind & 0xf,
                section: UInt32(truncatingIfNeeded: section), isReserved: false))
        return symbols.count
    }

    /// Adds a symbol with a reserved section index, such as `0xfff1` for an absolute one.
    @discardableResult package mutating func symbol(
        _ name: String, at value: UInt64, size: UInt64 = 0, reserved: UInt16, binding: UInt8 = 1
    ) -> Int {
        symbols.append(
            SymbolEntry(
                name: name, value: value, size: size, information: binding << 4, section: UInt32(reserved),
                isReserved: true))
        return symbols.count
    }

    /// Adds a function's symbol and tells its index.
    @discardableResult package mutating func function(
        _ name: String, at value: UInt64, size: UInt64, section: Int, binding: UInt8 = 1
    ) -> Int {
        symbol(name, at: value, size: size, section: section, kind: 2, binding: binding)
    }

    /// Adds a relocation of a section.
    package mutating func relocation(
        in section: Int, at offset: UInt64, type: UInt32, symbol: Int, addend: Int64 = 0
    ) {
        relocations.append(
            RelocationEntry(section: section, offset: offset, type: type, symbol: symbol, addend: addend))
    }

    /// Adds a segment that covers one section.
    package mutating func segment(_ section: Int, type: UInt32 = 1, flags: UInt32 = 5) {
        segments.append((type, flags, section))
    }

    /// The file's bytes.
    package func build() -> [UInt8] {
        var all = sections
        let hasSymbols = !symbols.isEmpty || !relocations.isEmpty
        let symbolTable = all.count + 1
        if hasSymbols { addSymbolTable(to: &all) }
        for section in Set(relocations.map(\.section)).sorted() {
            addRelocations(of: section, symbolTable: symbolTable, to: &all)
        }
        var names = ByteWriter(order)
        names.u8(0)
        var nameOffsets: [UInt32] = []
        for name in all.map(\.name) + [".shstrtab"] {
            nameOffsets.append(UInt32(names.count))
            names.cString(name)
        }
        all.append(
            SectionHeader(
                name: ".shstrtab", type: 3, flags: 0, address: 0, contents: names.bytes, size: nil, link: 0, info: 0,
                alignment: 1, entrySize: 0))
        return write(all, nameOffsets)
    }

    private func addSymbolTable(to all: inout [SectionHeader]) {
        var strings = ByteWriter(order)
        strings.u8(0)
        var table = ByteWriter(order)
        table.append([UInt8](repeating: 0, count: 24))
        var indexes = ByteWriter(order)
        indexes.u32(0)
        var needsIndexes = usesExtendedNumbering
        for symbol in symbols {
            table.u32(symbol.name.isEmpty ? 0 : UInt32(strings.count))
            if !symbol.name.isEmpty { strings.cString(symbol.name) }
            table.u8(symbol.information)
            table.u8(0)
            let isExtended = !symbol.isReserved && (symbol.section >= 0xff00 || usesExtendedNumbering)
            needsIndexes = needsIndexes || isExtended
            table.u16(isExtended ? 0xffff : UInt16(truncatingIfNeeded: symbol.section))
            indexes.u32(isExtended ? symbol.section : 0)
            table.u64(symbol.value)
            table.u64(symbol.size)
        }
        let place = UInt32(all.count + 1)
        let firstGlobal = symbols.firstIndex { $0.information >> 4 != 0 } ?? symbols.count
        all.append(
            SectionHeader(
                name: ".symtab", type: 2, flags: 0, address: 0, contents: table.bytes, size: nil, link: place + 1,
                info: UInt32(firstGlobal + 1), alignment: 8, entrySize: 24))
        all.append(
            SectionHeader(
                name: ".strtab", type: 3, flags: 0, address: 0, contents: strings.bytes, size: nil, link: 0, info: 0,
                alignment: 1, entrySize: 0))
        guard needsIndexes else { return }
        all.append(
            SectionHeader(
                name: ".symtab_shndx", type: 18, flags: 0, address: 0, contents: indexes.bytes, size: nil, link: place,
                info: 0, alignment: 4, entrySize: 4))
    }

    private func addRelocations(of section: Int, symbolTable: Int, to all: inout [SectionHeader]) {
        var table = ByteWriter(order)
        for relocation in relocations where relocation.section == section {
            table.u64(relocation.offset)
            table.u64(UInt64(relocation.symbol) << 32 | UInt64(relocation.type))
            if !usesImplicitAddends { table.u64(UInt64(bitPattern: relocation.addend)) }
        }
        let prefix = usesImplicitAddends ? ".rel" : ".rela"
        all.append(
            SectionHeader(
                name: prefix + (section <= all.count ? all[section - 1].name : ""), type: usesImplicitAddends ? 9 : 4,
                flags: 0x40, address: 0, contents: table.bytes, size: nil, link: UInt32(symbolTable),
                info: UInt32(section), alignment: 8, entrySize: usesImplicitAddends ? 16 : 24))
    }

    private func write(_ all: [SectionHeader], _ nameOffsets: [UInt32]) -> [UInt8] {
        var file = ByteWriter(order)
        file.append([UInt8](repeating: 0, count: 64 + 56 * segments.count))
        var offsets: [Int] = []
        for section in all {
            file.align(Int(clamping: max(section.alignment, 1)))
            offsets.append(file.count)
            if section.type != Self.noBits { file.append(section.contents) }
        }
        file.align(8)
        let table = file.count
        let number = all.count + 1
        let names = all.count
        let isExtended = usesExtendedNumbering || number >= 0xff00
        var null = ByteWriter(order)
        null.append([UInt8](repeating: 0, count: 32))
        null.u64(isExtended ? UInt64(number) : 0)
        null.u32(isExtended ? UInt32(names) : 0)
        null.append([UInt8](repeating: 0, count: 20))
        file.append(null.bytes)
        for (place, section) in all.enumerated() {
            file.u32(nameOffsets[place])
            file.u32(section.type)
            file.u64(section.flags)
            file.u64(section.address)
            file.u64(UInt64(offsets[place]))
            file.u64(section.size ?? UInt64(section.contents.count))
            file.u32(section.link)
            file.u32(section.info)
            file.u64(section.alignment)
            file.u64(section.entrySize)
        }
        file.append(trailer)
        var header = ByteWriter(order)
        header.append([0x7f, 0x45, 0x4c, 0x46, 2, order.rawValue, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        header.u16(type)
        header.u16(machine)
        header.u32(1)
        header.u64(entry)
        header.u64(segments.isEmpty ? 0 : 64)
        header.u64(UInt64(table))
        header.u32(flags)
        header.u16(64)
        header.u16(56)
        header.u16(UInt16(segments.count))
        header.u16(64)
        header.u16(isExtended ? 0 : UInt16(number))
        header.u16(isExtended ? 0xffff : UInt16(names))
        for segment in segments {
            let section = all[segment.section - 1]
            let size = section.size ?? UInt64(section.contents.count)
            header.u32(segment.type)
            header.u32(segment.flags)
            header.u64(UInt64(offsets[segment.section - 1]))
            header.u64(section.address)
            header.u64(section.address)
            header.u64(section.type == Self.noBits ? 0 : size)
            header.u64(size)
            header.u64(max(section.alignment, 1))
        }
        file.bytes.replaceSubrange(0..<header.count, with: header.bytes)
        return file.bytes
    }
}
