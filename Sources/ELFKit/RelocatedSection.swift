// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// The contents of a relocatable file's section with its relocations applied, as a linker would that puts every
/// section at its `Section.address`.
struct RelocatedSection: ~Copyable {
    private let file: ELFFile
    private let section: Section
    private var bytes: MutableBytes

    init(_ contents: Bytes, of section: Section, in file: ELFFile) throws(FormatError) {
        self.file = file
        self.section = section
        bytes = try MutableBytes(copying: contents)
    }

    consuming func frozen() -> Bytes { bytes.frozen() }

    mutating func apply(_ table: RelocationTable) throws(FormatError) {
        for (index, relocation) in table.enumerated() {
            if index & 0x3fff == 0x3fff {
                table.releasePages(before: index)
                bytes.releasePages()
            }
            do {
                try apply(relocation, table.symbols)
            } catch {
                throw FormatError(
                    error.code, section: section.name, offset: relocation.offset,
                    error.detail.isEmpty ? "relocation of type \(relocation.type)" : error.detail)
            }
        }
        table.releasePages(before: table.count)
        bytes.releasePages()
    }

    private mutating func apply(_ relocation: Relocation, _ symbols: SymbolTable) throws(FormatError) {
        guard let rule = RelocationRule(relocation.type, file.machine) else {
            throw FormatError(
                .unsupported, offset: relocation.offset, "relocation type \(relocation.type) of \(file.machine)")
        }
        guard let place = Int(exactly: relocation.offset) else {
            throw FormatError(.outOfRange, offset: relocation.offset)
        }
        let symbol = try symbols.symbol(at: relocation.symbol)
        let pc = section.address &+ relocation.offset
        switch rule {
        case .none: return
        case .absolute(let width):
            let addend = try addend(of: relocation, place, width)
            try store(try value(of: symbol) &+ addend, place, width)
        case .relative(let width):
            let addend = try addend(of: relocation, place, width)
            try store(try value(of: symbol) &+ addend &- pc, place, width)
        case .relativeHalfwords(let width):
            let distance = try distance(of: relocation, to: symbol)
            guard distance & 1 == 0 else {
                throw FormatError(.invalid, offset: relocation.offset, "odd distance to a halfword")
            }
            try store(UInt64(bitPattern: distance >> 1), place, width)
        case .size(let width):
            let addend = try addend(of: relocation, place, width)
            try store(symbol.size &+ addend, place, width)
        case .branch26:
            let distance = try distance(of: relocation, to: symbol)
            guard distance & 3 == 0, distance >= -(1 << 27), distance < 1 << 27 else {
                throw FormatError(.invalid, offset: relocation.offset, "branch of 0x\(String(distance, radix: 16))")
            }
            let instruction: UInt32 = try bytes.load(at: place, .little)
            let immediate = UInt32(truncatingIfNeeded: distance >> 2) & 0x3ff_ffff
            try bytes.store(instruction & ~0x3ff_ffff | immediate, at: place, .little)
        case .instruction:
            guard section.isExecutable else {
                throw FormatError(
                    .unsupported, offset: relocation.offset,
                    "relocation type \(relocation.type) of \(file.machine) outside of code")
            }
        }
    }

    /// S: undefined and common symbols count as 0.
    private func value(of symbol: Symbol) throws(FormatError) -> UInt64 {
        if let section = symbol.sectionIndex {
            guard section < file.sections.count else {
                throw FormatError(.outOfRange, offset: symbol.value, "symbol in section \(section)")
            }
            return symbol.value &+ file.sections[section].address
        }
        return symbol.isAbsolute ? symbol.value : 0
    }

    /// S + A - P.
    private func distance(of relocation: Relocation, to symbol: Symbol) throws(FormatError) -> Int64 {
        guard let addend = relocation.addend else {
            throw FormatError(
                .unsupported, offset: relocation.offset, "relocation type \(relocation.type) without an addend")
        }
        let target = try value(of: symbol) &+ UInt64(bitPattern: addend)
        return Int64(bitPattern: target &- section.address &- relocation.offset)
    }

    private func addend(of relocation: Relocation, _ place: Int, _ width: UInt8) throws(FormatError) -> UInt64 {
        if let addend = relocation.addend { return UInt64(bitPattern: addend) }
        switch width {
        case 1: return UInt64(bitPattern: Int64(try bytes.load(at: place, file.order, as: Int8.self)))
        case 2: return UInt64(bitPattern: Int64(try bytes.load(at: place, file.order, as: Int16.self)))
        case 4: return UInt64(bitPattern: Int64(try bytes.load(at: place, file.order, as: Int32.self)))
        default: return try bytes.load(at: place, file.order)
        }
    }

    /// Writes a value that must fit the field as a signed or an unsigned number.
    private mutating func store(_ value: UInt64, _ place: Int, _ width: UInt8) throws(FormatError) {
        if width < 8 {
            let bits = UInt64(width) &* 8
            let above = Int64(bitPattern: value) >> Int64(bits)
            let isNegative = value >> (bits &- 1) & 1 == 1
            guard above == 0 || (above == -1 && isNegative) else {
                throw FormatError(
                    .invalid, offset: place, "0x\(String(value, radix: 16)) does not fit \(width) bytes")
            }
        }
        switch width {
        case 1: try bytes.store(UInt8(truncatingIfNeeded: value), at: place, file.order)
        case 2: try bytes.store(UInt16(truncatingIfNeeded: value), at: place, file.order)
        case 4: try bytes.store(UInt32(truncatingIfNeeded: value), at: place, file.order)
        default: try bytes.store(value, at: place, file.order)
        }
    }
}
