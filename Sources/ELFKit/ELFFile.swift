// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// A 64-bit ELF file of either byte order: its header, sections and segments.
///
/// Only the headers are read at first; contents, symbols and relocations are read when they are asked for. Stands on
/// the System V Application Binary Interface, chapters 4 and 5.
public struct ELFFile: Sendable {
    /// The whole file, with what may follow the ELF data in it.
    public let bytes: Bytes
    public let type: ELFType
    public let machine: ELFMachine
    public let order: ByteOrder
    /// Address of the first instruction; 0 for none.
    public let entry: UInt64
    /// `e_flags`: what the architecture wants to say.
    public let flags: UInt32
    /// The section header table, with the null section at its place 0; empty for a file without one.
    public private(set) var sections: [Section]
    /// What each segment of the program header table is; empty for relocatable files.
    public let segments: [SegmentKind]
    /// The most bytes that a compressed section may turn into.
    public let decompressionLimit: Int
    /// Relocation sections by the section they change, in their order; of relocatable files alone.
    private let relocationSections: [UInt32: [Section]]

    /// 1 GiB: twice the debug information of the largest kernel.
    public static let standardDecompressionLimit = 1 << 30

    /// Whether data begins like an ELF file of any class.
    public static func isELF(_ bytes: Bytes) -> Bool {
        bytes[0] == 0x7f && bytes[1] == 0x45 && bytes[2] == 0x4c && bytes[3] == 0x46
    }

    /// Reads the header and both tables.
    ///
    /// - Throws: `notThisFormat` for anything but ELF, `unsupported` for 32-bit files, and what is wrong with the
    ///   tables.
    public init(_ bytes: Bytes, decompressionLimit: Int = ELFFile.standardDecompressionLimit) throws(FormatError) {
        do {
            try self.init(checking: bytes, decompressionLimit)
        } catch {
            throw error.within("ELF header")
        }
    }

    private init(checking bytes: Bytes, _ decompressionLimit: Int) throws(FormatError) {
        guard Self.isELF(bytes) else { throw FormatError(.notThisFormat, offset: 0, "no ELF magic") }
        switch bytes[4] {
        case 2?: break
        case 1?: throw FormatError(.unsupported, offset: 4, "32-bit ELF")
        case nil: throw FormatError(.truncated, offset: 4)
        default: throw FormatError(.invalid, offset: 4, "class")
        }
        guard let orderByte = bytes[5] else { throw FormatError(.truncated, offset: 5) }
        guard let order = ByteOrder(rawValue: orderByte) else { throw FormatError(.invalid, offset: 5, "byte order") }
        guard bytes[6] == 1 else { throw FormatError(.invalid, offset: 6, "version") }
        var cursor = try ByteCursor(bytes, order, at: 16)
        type = ELFType(try cursor.u16())
        machine = ELFMachine(try cursor.u16())
        try cursor.skip(4)
        entry = try cursor.u64()
        let segmentTable = try cursor.u64()
        let sectionTable = try cursor.u64()
        flags = try cursor.u32()
        try cursor.skip(2)
        let segmentSize = try cursor.u16()
        let segmentCount = try cursor.u16()
        let sectionSize = try cursor.u16()
        let sectionCount = try cursor.u16()
        let nameSection = try cursor.u16()
        self.bytes = bytes
        self.order = order
        self.decompressionLimit = decompressionLimit

        // Counts that do not fit 16 bits are in the null section's header.
        var realSegmentCount = UInt64(segmentCount)
        if sectionTable != 0 {
            guard sectionSize == 64 else {
                throw FormatError(.invalid, offset: 58, "section headers of \(sectionSize) bytes")
            }
            let first = try Self.firstSection(bytes, order, at: sectionTable)
            let count = sectionCount == 0 ? first.size : UInt64(sectionCount)
            if segmentCount == 0xffff { realSegmentCount = UInt64(first.info) }
            sections = try Self.sections(bytes, order, at: sectionTable, count: count)
            let names = nameSection == 0xffff ? first.link : UInt32(nameSection)
            try Self.name(&sections, nameSection: names, bytes)
        } else {
            sections = []
        }
        segments = try Self.segments(bytes, order, at: segmentTable, count: realSegmentCount, size: segmentSize)
        let relocations = sections.filter { [.rela, .rel, .crel].contains($0.type) }
        relocationSections = type == .relocatable ? Dictionary(grouping: relocations, by: \.info) : [:]
    }

    /// The null section, whose header has what does not fit the file's.
    private static func firstSection(
        _ bytes: Bytes, _ order: ByteOrder, at offset: UInt64
    ) throws(FormatError) -> Section {
        do {
            var cursor = try ByteCursor(bytes, order)
            try cursor.seek(to: offset)
            return try Section(&cursor, index: 0)
        } catch {
            throw error.within("section header table")
        }
    }

    private static func sections(
        _ bytes: Bytes, _ order: ByteOrder, at offset: UInt64, count: UInt64
    ) throws(FormatError) -> [Section] {
        let (length, overflow) = count.multipliedReportingOverflow(by: 64)
        guard !overflow, let table = try? bytes.slice(offset, count: length) else {
            throw FormatError(.outOfRange, section: "section header table", offset: offset, "\(count) sections")
        }
        var cursor = try ByteCursor(table, order)
        var sections: [Section] = []
        sections.reserveCapacity(Int(clamping: count))
        while !cursor.isAtEnd { sections.append(try Section(&cursor, index: sections.count)) }
        return sections
    }

    /// Gives the sections their names, which one of them holds.
    private static func name(
        _ sections: inout [Section], nameSection: UInt32, _ bytes: Bytes
    ) throws(FormatError) {
        guard nameSection != 0 else { return }
        guard nameSection < sections.count else {
            throw FormatError(.outOfRange, offset: 62, "section \(nameSection) has the names")
        }
        let holder = sections[Int(nameSection)]
        guard holder.type != .noBits, let names = try? bytes.slice(holder.offset, count: holder.size) else {
            throw FormatError(.outOfRange, offset: holder.offset, "section names")
        }
        // A longer name is nobody's; the bound keeps many names in one string from costing their product.
        let longestName = 1 << 16
        for index in sections.indices {
            let offset = sections[index].nameOffset
            do {
                let rest = try names.suffix(from: offset)
                sections[index].nameBytes = try rest.slice(0, count: min(rest.count, longestName)).cStringBytes(at: 0)
            } catch {
                throw FormatError(error.code, section: "section names", offset: offset, "of section \(index)")
            }
        }
    }

    /// The same file; a relocatable one with an address for each section that is loaded, one behind the other, as a linker
    /// would place them, so that an address alone tells what it means. Addresses that the file itself has say nothing in
    /// a relocatable one; a linker script may leave some, as that of 6.12's modules does.
    public func placed() -> ELFFile {
        guard type == .relocatable else { return self }
        var next = Self.firstPlace
        var file = self
        file.sections = sections.map { section in
            guard section.flags.contains(.allocate), section.type != .null else { return section }
            let alignment = min(max(section.alignment, 16), 1 << 16)
            let (up, overflow) = next.addingReportingOverflow(alignment - 1)
            let start = up / alignment * alignment
            let (end, tooLong) = start.addingReportingOverflow(section.size)
            guard !overflow, !tooLong, end < Self.lastPlace else { return section }
            next = end + 16
            return section.moved(to: start)
        }
        return file
    }

    /// Far enough from 0 that an undefined symbol is not taken for a section's.
    private static let firstPlace: UInt64 = 0x10_0000
    /// Branches and distances of 32 bits reach from one end to the other.
    private static let lastPlace: UInt64 = 0x7000_0000

    private static func segments(
        _ bytes: Bytes, _ order: ByteOrder, at offset: UInt64, count: UInt64, size: UInt16
    ) throws(FormatError) -> [SegmentKind] {
        guard count > 0, offset != 0 else { return [] }
        guard size == 56 else { throw FormatError(.invalid, offset: 54, "program headers of \(size) bytes") }
        let (length, overflow) = count.multipliedReportingOverflow(by: 56)
        guard !overflow, let table = try? bytes.slice(offset, count: length) else {
            throw FormatError(.outOfRange, section: "program header table", offset: offset, "\(count) segments")
        }
        var cursor = try ByteCursor(table, order)
        var segments: [SegmentKind] = []
        while !cursor.isAtEnd {
            segments.append(SegmentKind(rawValue: try cursor.u32()))
            try cursor.skip(52)
        }
        return segments
    }

    // MARK: Sections

    /// The first section of this name. `.debug_…` finds a legacy compressed `.zdebug_…` too.
    public func section(named name: String) -> Section? {
        if let section = sections.first(where: { $0.isNamed(name) }) { return section }
        guard name.hasPrefix(".debug_") else { return nil }
        let legacy = ".z" + name.dropFirst()
        return sections.first { $0.isNamed(legacy) }
    }

    /// The section of an index that a file gives.
    ///
    /// - Throws: `outOfRange`.
    public func section(at index: some BinaryInteger) throws(FormatError) -> Section {
        guard let index = Int(exactly: index), index >= 0, index < sections.count else {
            throw FormatError(
                .outOfRange, section: "section header table", offset: index, "section of \(sections.count)")
        }
        return sections[index]
    }

    /// What a section holds: decompressed, and in a relocatable file with its relocations applied.
    ///
    /// All sections of a relocatable file are at address 0, so an address in its contents is an offset into a section
    /// that the contents alone do not name: give the sections addresses of their own first (`placed()`). Undefined and
    /// common symbols count as 0. In code, fields that only a linker can fill in (GOT, TLS, AArch64 addresses) stay as
    /// they are. Nothing is kept: ask once for a section that is used often.
    ///
    /// - Returns: a view of the file where nothing has to be changed; no bytes for `SHT_NOBITS`.
    /// - Throws: an error placed in the section, with offsets from its beginning: `outOfRange` for contents outside of
    ///   the file, what decompression throws, `unsupported` for relocation types that are not known.
    public func contents(of section: Section) throws(FormatError) -> Bytes {
        let contents = try contentsBeforeRelocation(of: section)
        guard type == .relocatable, !contents.isEmpty else { return contents }
        let relocations = relocationSections(of: section)
        guard !relocations.isEmpty else { return contents }
        var relocated = try RelocatedSection(contents, of: section, in: self)
        for table in relocations { try relocated.apply(try relocationTable(in: table)) }
        return relocated.frozen()
    }

    /// What a section holds, decompressed, but with no relocation applied.
    ///
    /// - Throws: as `contents(of:)`.
    public func contentsBeforeRelocation(of section: Section) throws(FormatError) -> Bytes {
        guard section.type != .noBits, section.type != .null else { return .empty }
        guard let stored = try? bytes.slice(section.offset, count: section.size) else {
            throw FormatError(
                .outOfRange, section: section.name, offset: 0,
                "0x\(String(section.size, radix: 16)) bytes at 0x\(String(section.offset, radix: 16)) of the file")
        }
        do {
            if section.flags.contains(.compressed) { return try decompressed(stored) }
            if section.hasNamePrefix(".zdebug_") { return try decompressedLegacy(stored) }
            return stored
        } catch {
            throw error.within(section.name)
        }
    }

    /// The contents of a section by name; nil where there is none.
    ///
    /// - Throws: as `contents(of:)`.
    public func contents(ofSectionNamed name: String) throws(FormatError) -> Bytes? {
        guard let section = section(named: name) else { return nil }
        return try contents(of: section)
    }

    /// `SHF_COMPRESSED`: an `Elf64_Chdr` comes first.
    private func decompressed(_ stored: Bytes) throws(FormatError) -> Bytes {
        var cursor = try ByteCursor(stored, order)
        let type = try cursor.u32()
        try cursor.skip(4)
        let size = try cursor.u64()
        try cursor.skip(8)
        let format: CompressionFormat
        switch type {
        case 1: format = .zlib
        case 2: format = .zstd
        default: throw FormatError(.unsupported, offset: 0, "compression type \(type)")
        }
        return try stored.suffix(from: cursor.offset).decompressed(as: format, limit: decompressionLimit, size: size)
    }

    /// `.zdebug_…`: `ZLIB` and the size as a big-endian number come first, in files of either order.
    private func decompressedLegacy(_ stored: Bytes) throws(FormatError) -> Bytes {
        guard try stored.slice(0, count: 4).array == Array("ZLIB".utf8) else {
            throw FormatError(.invalid, offset: 0, "no ZLIB magic")
        }
        let size: UInt64 = try stored.load(at: 4, .big)
        return try stored.suffix(from: 12).decompressed(as: .zlib, limit: decompressionLimit, size: size)
    }

    // MARK: Symbols and relocations

    /// `.symtab`, or `.dynsym` in a file without one; empty where there is neither.
    public func symbols() throws(FormatError) -> SymbolTable {
        guard
            let section = sections.first(where: { $0.type == .symbolTable })
                ?? sections.first(where: { $0.type == .dynamicSymbolTable })
        else { return .empty }
        return try symbolTable(in: section)
    }

    /// The symbol table that a section holds.
    public func symbolTable(in section: Section) throws(FormatError) -> SymbolTable {
        guard section.type == .symbolTable || section.type == .dynamicSymbolTable else {
            throw FormatError(.invalid, section: section.name, offset: 0, "no symbol table")
        }
        let names = try self.section(at: section.link)
        guard names.type == .stringTable || names.type == .noBits else {
            throw FormatError(.invalid, section: section.name, offset: 0, "its names are in \(names.name)")
        }
        let extended = sections.first {
            $0.type == .symbolTableIndexes && Int(exactly: $0.link) == section.index
        }
        do {
            return try SymbolTable(
                entries: try contentsBeforeRelocation(of: section), strings: try contentsBeforeRelocation(of: names),
                extendedIndexes: try extended.map { (table) throws(FormatError) in
                    try contentsBeforeRelocation(of: table)
                } ?? .empty, order: order)
        } catch {
            throw error.within(section.name)
        }
    }

    /// The relocations that change a section of a relocatable file, one table for each section that holds some.
    public func relocations(of section: Section) throws(FormatError) -> [RelocationTable] {
        var tables: [RelocationTable] = []
        for table in relocationSections(of: section) { tables.append(try relocationTable(in: table)) }
        return tables
    }

    /// The relocations that a section holds, in a file of any type.
    public func relocationTable(in section: Section) throws(FormatError) -> RelocationTable {
        guard section.type == .rela || section.type == .rel else {
            throw FormatError(
                section.type == .crel ? .unsupported : .invalid, section: section.name, offset: 0,
                section.type == .crel ? "compact relocations" : "no relocations")
        }
        // Some linked files have relocations without symbols.
        let symbols = section.link == 0 ? SymbolTable.empty : try symbolTable(in: try self.section(at: section.link))
        do {
            return try RelocationTable(
                entries: try contentsBeforeRelocation(of: section), order: order, hasAddends: section.type == .rela,
                symbols: symbols)
        } catch {
            throw error.within(section.name)
        }
    }

    private func relocationSections(of section: Section) -> [Section] {
        UInt32(exactly: section.index).flatMap { relocationSections[$0] } ?? []
    }
}
