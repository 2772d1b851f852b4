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

    /// Values of a half-byte that need a later generation than their instruction.
    @usableFromInline struct LaterValues: Sendable {
        /// Places from the right of a left-aligned instruction.
        let shift: UInt64
        /// A bit for each of the sixteen values.
        let values: UInt64
        let level: ArchitectureLevel
    }

    /// Where the rest of the opcode lies, by first byte: start in `rows` below, shift, mask.
    @usableFromInline let selectors: [UInt32]
    @usableFromInline let rows: [UInt16]
    /// Bits that must be zero, by row.
    @usableFromInline let zeros: [UInt64]
    @usableFromInline let kinds: [InstructionClass]
    @usableFromInline let levels: [ArchitectureLevel]
    /// From row 1 on.
    let entries: [Entry]
    let laterValues: [UInt16: [LaterValues]]

    /// The one table.
    public static let standard = InstructionTable(PackageResources.instructions_txt)

    /// Reads a line an instruction, as Tools/instruction-table writes them. Row 0 stands for bytes that do not decode.
    private init(_ text: [UInt8]) {
        // One slot for each first byte, then the second levels.
        var selectors = (0..<256).map { UInt32($0) << 16 }
        var rows = [UInt16](repeating: 0, count: 256)
        var entries: [Entry] = []
        var laterValues: [UInt16: [LaterValues]] = [:]
        // Few texts stand in many lines.
        let level = Remembered { ArchitectureLevel(name: $0) ?? .z900 }
        let classes = Remembered { text in
            InstructionClass(text.split(separator: ",").compactMap { InstructionClass.names[$0] })
        }
        let layout = Remembered { OperandLayout($0 == "-" ? "" : $0) }
        for line in text.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
            let fields = line.split(separator: UInt8(ascii: " "))
            let row = UInt16(entries.count + 1)
            let opcode = Self.leftAligned(fields[1])
            let (shift, mask): (UInt32, UInt32) =
                switch fields[2].first {
                case UInt8(ascii: "s"): (48, 0xff)
                case UInt8(ascii: "h"): (48, 0x0f)
                case UInt8(ascii: "l"): (16, 0xff)
                default: (0, 0)
                }
            let first = Int(opcode >> 56)
            if mask != 0, selectors[first] & 0xff == 0 {
                selectors[first] = UInt32(rows.count) << 16 | shift << 8 | mask
                rows.append(contentsOf: repeatElement(0, count: Int(mask) + 1))
            }
            let slot = selectors[first] >> 16 + UInt32(truncatingIfNeeded: opcode >> UInt64(shift)) & mask
            rows[Int(slot)] = row
            entries.append(
                Entry(
                    row: row, mnemonic: String(decoding: fields[0], as: UTF8.self), opcode: opcode,
                    zeros: Self.leftAligned(fields[3]), opcodeMask: 0xff << 56 | UInt64(mask) << UInt64(shift),
                    length: Instruction.length(firstByte: UInt8(first)), level: level(fields[4]),
                    classes: classes(fields[5]), layout: layout(fields[6])))
            for later in fields.dropFirst(7) {
                let parts = later.split { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "@") }
                laterValues[row, default: []].append(
                    LaterValues(
                        shift: 60 - Self.number(parts[0], radix: 10), values: Self.number(parts[1], radix: 16),
                        level: level(parts[2])))
            }
        }
        self.selectors = selectors
        self.rows = rows
        self.entries = entries
        self.laterValues = laterValues
        zeros = [0] + entries.map(\.zeros)
        kinds = [[]] + entries.map(\.classes)
        levels = [.z900] + entries.map(\.level)
    }

    /// Bytes in hexadecimal; `-` for none.
    private static func leftAligned(_ digits: ArraySlice<UInt8>) -> UInt64 {
        digits.count == 1 ? 0 : number(digits, radix: 16) << UInt64(64 - 4 * digits.count)
    }

    private static func number(_ digits: ArraySlice<UInt8>, radix: UInt64) -> UInt64 {
        digits.reduce(0) { $0 * radix + UInt64($1 < UInt8(ascii: "a") ? $1 & 15 : $1 - UInt8(ascii: "a") + 10) }
    }

    /// How many instructions there are; rows are numbered from 1 to this.
    public var count: Int { entries.count }

    /// The row of a left-aligned instruction; 0 if it does not decode.
    @inlinable @inline(__always) public func row(of word: UInt64) -> UInt16 {
        let selector = selectors[Int(word >> 56)]
        let shift = UInt64(selector >> 8 & 0xff)
        let slot = (selector >> 16) &+ (UInt32(truncatingIfNeeded: word &>> shift) & selector & 0xff)
        let row = rows[Int(slot)]
        return word & zeros[Int(row)] == 0 ? row : 0
    }

    /// Classes of a row; none for row 0 or one that is not in the table.
    @inlinable public func classes(_ row: UInt16) -> InstructionClass { Int(row) < kinds.count ? kinds[Int(row)] : [] }

    /// The generation that brought a row in, whatever its operands.
    @inlinable public func level(_ row: UInt16) -> ArchitectureLevel {
        Int(row) < levels.count ? levels[Int(row)] : .z900
    }

    /// The generation that an instruction needs with these operands: a mask or a type of elements may have come later
    /// than the instruction.
    public func level(_ row: UInt16, of word: UInt64) -> ArchitectureLevel {
        laterValues[row, default: []].reduce(level(row)) { level, later in
            later.values &>> (word &>> later.shift & 15) & 1 != 0 ? max(level, later.level) : level
        }
    }

    /// The latest generation that any operands of a row need.
    func latestLevel(_ row: UInt16) -> ArchitectureLevel {
        laterValues[row, default: []].reduce(level(row)) { max($0, $1.level) }
    }

    /// What is known of a row; nil for row 0 and what is not in the table.
    public func entry(_ row: UInt16) -> Entry? { (1...count).contains(Int(row)) ? entries[Int(row) - 1] : nil }

    /// The name of a row; empty for row 0.
    public func mnemonic(_ row: UInt16) -> String { entry(row)?.mnemonic ?? "" }

    /// Operands of a row; none for row 0.
    public func layout(_ row: UInt16) -> OperandLayout { entry(row)?.layout ?? OperandLayout("") }
}

/// Answers each question once.
private final class Remembered<Answer> {
    private var known: [ArraySlice<UInt8>: Answer] = [:]
    private let answer: (String) -> Answer

    init(_ answer: @escaping (String) -> Answer) { self.answer = answer }

    func callAsFunction(_ question: ArraySlice<UInt8>) -> Answer {
        if let answer = known[question] { return answer }
        let new = answer(String(decoding: question, as: UTF8.self))
        known[question] = new
        return new
    }
}
