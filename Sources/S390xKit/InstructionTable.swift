// SPDX-License-Identifier: Apache-2.0

/// All instructions of the z/Architecture, found by two table look-ups.
///
/// The first byte tells where the rest of the opcode lies: nowhere, in the second byte, in its low half, or in the last
/// byte (Principles of Operation, chapter 5, Instruction Formats). Keep a table in a local constant while walking:
/// `standard` is a global.
@frozen public struct InstructionTable: Sendable {
    /// What is known of one instruction.
    public struct Entry: Sendable {
        /// The row's number in the table, from 1 on.
        public let row: UInt16
        /// The name without a condition or a type of elements: `brcl`, `va`.
        public let mnemonic: String
        /// Opcode, left-aligned; all other bits are zero.
        public let opcode: UInt64
        /// Bits that are no operand and have to be zero, left-aligned as `opcode`.
        public let zeros: UInt64
        /// Bits of the opcode, left-aligned as `opcode`.
        public let opcodeMask: UInt64
        /// Length in bytes: 2, 4 or 6.
        public let length: Int
        /// The first machine generation that has it.
        public let level: ArchitectureLevel
        /// What it does.
        public let classes: InstructionClass
        /// Operands in the order of assembly; see `OperandLayout`.
        public let layout: OperandLayout
    }

    /// Where the rest of the opcode lies, by first byte: start in `rows` below, shift, mask.
    @usableFromInline let selectors: [UInt32]
    @usableFromInline let rows: [UInt16]
    /// Bits that must be zero, by row.
    @usableFromInline let zeros: [UInt64]
    /// Classes above, then layout, level in the low byte; by row.
    @usableFromInline let facts: [UInt64]
    /// The place of the first operand where it is a general register, in bits from the left; 255 elsewhere.
    let firstRegister: [UInt8]
    let layouts: [OperandLayout]
    /// By row: values of the four bits at a place, from the right, that came later than the instruction.
    private let later: [UInt16: [(shift: UInt64, values: UInt32, level: ArchitectureLevel)]]

    /// The one table.
    public static let standard = InstructionTable()

    private init() {
        let count = Self.rows.count / 4
        var zeros: [UInt64] = []
        var facts: [UInt64] = []
        var firstRegister: [UInt8] = []
        layouts = Self.layouts.map { OperandLayout("\($0)") }
        // One slot for each first byte, then the second levels.
        var selectors = (0..<256).map { UInt32($0) << 16 }
        var rows = [UInt16](repeating: 0, count: 256)
        for row in 0..<count {
            let opcode = Self.rows[4 * row + 1] << 16
            let place = Self.rows[4 * row + 2]
            let fact = Self.rows[4 * row + 3]
            zeros.append((place & 0xffff_ffff_ffff) << 16)
            facts.append(fact)
            let layout = layouts[Int(fact >> 8 & 0xffff)]
            if let first = layout.operands.first, first.kind == .general {
                firstRegister.append(first.start)
            } else {
                firstRegister.append(255)
            }
            guard row > 0 else { continue }
            let (shift, mask): (UInt32, UInt32) =
                switch place >> 48 {
                case 0: (0, 0)
                case 1: (48, 0xff)
                case 2: (48, 0x0f)
                default: (16, 0xff)
                }
            let first = Int(opcode >> 56)
            if mask != 0, selectors[first] & 0xff == 0 {
                selectors[first] = UInt32(rows.count) << 16 | shift << 8 | mask
                rows.append(contentsOf: repeatElement(0, count: Int(mask) + 1))
            }
            let slot = selectors[first] >> 16 + UInt32(truncatingIfNeeded: opcode >> UInt64(shift)) & mask
            rows[Int(slot)] = UInt16(row)
        }
        var later: [UInt16: [(shift: UInt64, values: UInt32, level: ArchitectureLevel)]] = [:]
        for index in stride(from: 0, to: Self.laterValues.count, by: 4) {
            let level = ArchitectureLevel(rawValue: UInt8(Self.laterValues[index + 3])) ?? .z900
            later[UInt16(Self.laterValues[index]), default: []].append(
                (60 - UInt64(Self.laterValues[index + 1]), Self.laterValues[index + 2], level))
        }
        self.selectors = selectors
        self.rows = rows
        self.zeros = zeros
        self.facts = facts
        self.firstRegister = firstRegister
        self.later = later
    }

    /// How many instructions there are; rows are numbered from 1 to this.
    public var count: Int { facts.count - 1 }

    /// The row of a left-aligned instruction; 0 if it does not decode.
    @inlinable @inline(__always) public func row(of word: UInt64) -> UInt16 {
        let selector = selectors[Int(word >> 56)]
        let shift = UInt64(selector >> 8 & 0xff)
        let slot = (selector >> 16) &+ (UInt32(truncatingIfNeeded: word &>> shift) & selector & 0xff)
        let row = rows[Int(slot)]
        return word & zeros[Int(row)] == 0 ? row : 0
    }

    /// Classes of a row; none for row 0 or one that is not in the table.
    @inlinable public func classes(_ row: UInt16) -> InstructionClass {
        guard Int(row) < facts.count else { return [] }
        return InstructionClass(rawValue: UInt32(truncatingIfNeeded: facts[Int(row)] >> 32))
    }

    /// The generation that brought a row in, whatever its operands.
    @inlinable public func level(_ row: UInt16) -> ArchitectureLevel {
        guard Int(row) < facts.count else { return .z900 }
        return ArchitectureLevel(rawValue: UInt8(truncatingIfNeeded: facts[Int(row)])) ?? .z900
    }

    /// The generation that an instruction needs with these operands: a mask or a type of elements may have come later
    /// than the instruction.
    public func level(_ row: UInt16, of word: UInt64) -> ArchitectureLevel {
        (later[row] ?? []).filter { $0.values &>> (word &>> $0.shift & 15) & 1 != 0 }.map(\.level)
            .reduce(level(row), max)
    }

    /// The latest generation that any operands of a row need.
    func latestLevel(_ row: UInt16) -> ArchitectureLevel {
        (later[row] ?? []).map(\.level).reduce(level(row), max)
    }

    /// What is known of a row; nil for row 0 and what is not in the table.
    public func entry(_ row: UInt16) -> Entry? {
        guard row > 0, Int(row) < facts.count else { return nil }
        let start = 4 * Int(row)
        let opcode = Self.rows[start + 1] << 16
        let opcodeMask: UInt64 =
            switch Self.rows[start + 2] >> 48 {
            case 0: 0xff << 56
            case 1: 0xffff << 48
            case 2: 0xff0f << 48
            default: 0xff << 56 | 0xff << 16
            }
        return Entry(
            row: row, mnemonic: mnemonic(row), opcode: opcode, zeros: zeros[Int(row)], opcodeMask: opcodeMask,
            length: Instruction.length(firstByte: UInt8(opcode >> 56)), level: level(row), classes: classes(row),
            layout: layouts[Int(facts[Int(row)] >> 8 & 0xffff)])
    }

    /// The name of a row; empty for row 0.
    public func mnemonic(_ row: UInt16) -> String {
        guard Int(row) < facts.count else { return "" }
        let packed = Self.rows[4 * Int(row)]
        let characters = (0..<8).map { UInt8(truncatingIfNeeded: packed >> (56 - 8 * UInt64($0))) }
        return String(decoding: characters.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Operands of a row; none for row 0.
    public func layout(_ row: UInt16) -> OperandLayout {
        guard Int(row) < facts.count else { return layouts[0] }
        return layouts[Int(facts[Int(row)] >> 8 & 0xffff)]
    }
}
