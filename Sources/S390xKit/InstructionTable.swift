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
    let mnemonics: [String]
    let opcodes: [UInt64]
    let opcodeMasks: [UInt64]
    let layouts: [OperandLayout]
    let laterValues: [UInt16: [LaterValues]]
    /// The place of the first operand where it is a general register, in bits from the left; 255 elsewhere.
    let firstRegister: [UInt8]

    /// The one table.
    public static let standard = InstructionTable(String(decoding: PackageResources.instructions_txt, as: UTF8.self))

    /// Reads a line an instruction, as Tools/instruction-table writes them. Row 0 stands for bytes that do not decode.
    private init(_ text: String) {
        // One slot for each first byte, then the second levels.
        var selectors = (0..<256).map { UInt32($0) << 16 }
        var rows = [UInt16](repeating: 0, count: 256)
        var zeros: [UInt64] = [0]
        var kinds: [InstructionClass] = [[]]
        var levels = [ArchitectureLevel.z900]
        var mnemonics = [""]
        var opcodes: [UInt64] = [0]
        var opcodeMasks: [UInt64] = [0]
        var layouts = [OperandLayout("")]
        var laterValues: [UInt16: [LaterValues]] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: " ")
            let row = UInt16(mnemonics.count)
            let opcode = Self.leftAligned(fields[1])
            let (shift, mask): (UInt32, UInt32) =
                switch fields[2] {
                case "second": (48, 0xff)
                case "half": (48, 0x0f)
                case "last": (16, 0xff)
                default: (0, 0)
                }
            let first = Int(opcode >> 56)
            if mask != 0, selectors[first] & 0xff == 0 {
                selectors[first] = UInt32(rows.count) << 16 | shift << 8 | mask
                rows.append(contentsOf: repeatElement(0, count: Int(mask) + 1))
            }
            let slot = selectors[first] >> 16 + UInt32(truncatingIfNeeded: opcode >> UInt64(shift)) & mask
            rows[Int(slot)] = row
            mnemonics.append(String(fields[0]))
            opcodes.append(opcode)
            opcodeMasks.append(0xff << 56 | UInt64(mask) << UInt64(shift))
            zeros.append(fields[3] == "-" ? 0 : Self.leftAligned(fields[3]))
            levels.append(Self.level(fields[4]))
            kinds.append(InstructionClass(fields[5].split(separator: ",").compactMap { InstructionClass.names[$0] }))
            layouts.append(OperandLayout(fields[6] == "-" ? "" : String(fields[6])))
            for later in fields.dropFirst(7) {
                let parts = later.split { $0 == ":" || $0 == "@" }
                laterValues[row, default: []].append(
                    LaterValues(
                        shift: 60 - (UInt64(parts[0]) ?? 0), values: UInt64(parts[1], radix: 16) ?? 0,
                        level: Self.level(parts[2])))
            }
        }
        self.selectors = selectors
        self.rows = rows
        self.zeros = zeros
        self.kinds = kinds
        self.levels = levels
        self.mnemonics = mnemonics
        self.opcodes = opcodes
        self.opcodeMasks = opcodeMasks
        self.layouts = layouts
        self.laterValues = laterValues
        firstRegister = layouts.map { layout in
            layout.operands.first.flatMap { $0.kind == .general ? $0.start : nil } ?? 255
        }
    }

    private static func leftAligned(_ digits: Substring) -> UInt64 {
        (UInt64(digits, radix: 16) ?? 0) << UInt64(64 - 4 * digits.utf8.count)
    }

    private static func level(_ name: Substring) -> ArchitectureLevel { ArchitectureLevel(name: String(name)) ?? .z900 }

    /// How many instructions there are; rows are numbered from 1 to this.
    public var count: Int { mnemonics.count - 1 }

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
    public func entry(_ row: UInt16) -> Entry? {
        guard row > 0, Int(row) < mnemonics.count else { return nil }
        let index = Int(row)
        return Entry(
            row: row, mnemonic: mnemonics[index], opcode: opcodes[index], zeros: zeros[index],
            opcodeMask: opcodeMasks[index], length: Instruction.length(firstByte: UInt8(opcodes[index] >> 56)),
            level: levels[index], classes: kinds[index], layout: layouts[index])
    }

    /// The name of a row; empty for row 0.
    public func mnemonic(_ row: UInt16) -> String { Int(row) < mnemonics.count ? mnemonics[Int(row)] : "" }

    /// Operands of a row; none for row 0.
    public func layout(_ row: UInt16) -> OperandLayout { layouts[Int(row) < layouts.count ? Int(row) : 0] }
}
