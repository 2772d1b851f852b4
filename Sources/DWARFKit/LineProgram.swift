// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// A row of a line number table (DWARF 5 § 6.2.2).
public struct LineRow: Hashable, Sendable {
    public internal(set) var address: UInt64
    /// Which operation of a VLIW instruction; 0 elsewhere.
    public internal(set) var operation: UInt64
    /// A number of the table's files.
    public internal(set) var file: UInt64
    /// Counted from 1; 0 for an instruction that belongs to no line.
    public internal(set) var line: UInt32
    /// Counted from 1; 0 for the line's start, or for none.
    public internal(set) var column: UInt64
    public internal(set) var isStatement: Bool
    /// Whether `address` is the first one behind a sequence of instructions; the rest says nothing then.
    public internal(set) var isEndOfSequence: Bool
}

/// Runs a line number program: gives the rows of its table, one after the other (DWARF 5 § 6.2.5, DWARF 4 § 6.2.5).
///
/// Each opcode takes a byte at least and makes one row at most. Nothing is kept but the row at hand and the files that
/// the program itself defines.
public struct LineProgram {
    /// The header, with the files that the program has defined so far.
    public private(set) var table: LineTable
    private let header: LineTable.ProgramHeader
    private var cursor: ByteCursor
    private var row: LineRow

    /// Throws an error in `.debug_line` for a program that begins behind its table's end.
    public init(_ table: LineTable) throws(FormatError) {
        self.table = table
        header = table.program
        row = Self.first(header)
        do throws(FormatError) {
            let bytes = try table.sections.line.slice(0, count: header.end)
            cursor = try ByteCursor(bytes, table.sections.order)
            try cursor.seek(to: header.start)
        } catch { throw error.within(".debug_line") }
    }

    private static func first(_ header: LineTable.ProgramHeader) -> LineRow {
        LineRow(
            address: 0, operation: 0, file: 1, line: 1, column: 0, isStatement: header.startsAsStatement,
            isEndOfSequence: false)
    }

    /// The next row; nil at the program's end.
    ///
    /// Addresses and lines that leave their 64 and 32 bits begin again at 0. Throws an error in `.debug_line`.
    public mutating func next() throws(FormatError) -> LineRow? {
        do throws(FormatError) {
            while !cursor.isAtEnd {
                if let row = try step() { return row }
            }
            return nil
        } catch { throw error.within(".debug_line") }
    }

    private mutating func step() throws(FormatError) -> LineRow? {
        let place = cursor.offset
        let opcode = try cursor.u8()
        if opcode >= header.opcodeBase, opcode != 0 {
            let adjusted = try distance(opcode, at: place)
            advance(adjusted.operations)
            row.line = row.line &+ UInt32(bitPattern: Int32(header.lineBase) + Int32(adjusted.line))
            return row
        }
        switch opcode {
        case 0: return try extended(at: place)
        case 1: return row
        case 2: advance(try cursor.uleb128())
        case 3: row.line = row.line &+ UInt32(truncatingIfNeeded: try cursor.sleb128())
        case 4: row.file = try cursor.uleb128()
        case 5: row.column = try cursor.uleb128()
        case 6: row.isStatement.toggle()
        // The start of a basic block, the end of a prologue, the beginning of an epilogue.
        case 7, 10, 11: break
        case 8: advance(try distance(255, at: place).operations)
        case 9:
            row.address = row.address &+ UInt64(try cursor.u16())
            row.operation = 0
        // The instruction set.
        case 12: try cursor.skipLEB128()
        default:
            for _ in 0..<(header.operandCounts[Int(opcode) - 1] ?? 0) { try cursor.skipLEB128() }
        }
        return nil
    }

    /// By how much a special opcode goes on: operations, and lines above `line_base` (DWARF 5 § 6.2.5.1).
    private func distance(_ opcode: UInt8, at place: Int) throws(FormatError) -> (operations: UInt64, line: UInt8) {
        guard header.lineRange > 0, opcode >= header.opcodeBase else {
            throw FormatError(.invalid, offset: place, "special opcode with a line range of \(header.lineRange)")
        }
        let adjusted = opcode - header.opcodeBase
        return (UInt64(adjusted / header.lineRange), adjusted % header.lineRange)
    }

    private mutating func advance(_ operations: UInt64) {
        guard header.maximumOperations > 1 else {
            row.address = row.address &+ header.minimumInstructionLength &* operations
            return
        }
        let sum = row.operation &+ operations
        row.address = row.address &+ header.minimumInstructionLength &* (sum / header.maximumOperations)
        row.operation = sum % header.maximumOperations
    }

    /// An opcode that says its own length (DWARF 5 § 6.2.5.3).
    private mutating func extended(at place: Int) throws(FormatError) -> LineRow? {
        let length = try cursor.uleb128()
        guard length > 0, length <= UInt64(cursor.remaining) else {
            throw FormatError(.invalid, offset: place, "extended opcode of \(length) bytes")
        }
        let end = cursor.offset + Int(length)
        var finished: LineRow?
        switch try cursor.u8() {
        case 1:
            row.isEndOfSequence = true
            finished = row
            row = Self.first(header)
        case 2:
            guard let size = UInt8(exactly: length - 1), [1, 2, 4, 8].contains(size) else {
                throw FormatError(.invalid, offset: place, "address of \(length - 1) bytes")
            }
            row.address = try cursor.address(size)
            row.operation = 0
        case 3 where table.version < 5:
            guard table.files.count < LineTable.limit else { throw FormatError(.tooLarge, offset: place, "names") }
            let name = StringReference(.line, UInt64(cursor.offset))
            try cursor.skipCString()
            table.files.append(LineTable.File(name: name, folder: try cursor.uleb128()))
        // Discriminators, and what others have added.
        default: break
        }
        guard cursor.offset <= end else {
            throw FormatError(.invalid, offset: place, "extended opcode of \(length) bytes")
        }
        try cursor.seek(to: end)
        return finished
    }
}
