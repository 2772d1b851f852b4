// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// A piece of code in which each instruction was found once, for all that look at it: the sweep, the walk over branches
/// and the reader of frames. The memory is used again for the next piece.
public struct DecodedCode: Sendable {
    /// What was read.
    public private(set) var code: Bytes = .empty
    /// How many instructions there are, with those that do not decode.
    public private(set) var count = 0
    /// Whether the code ends within an instruction.
    public private(set) var isTruncated = false
    /// By halfword: the row of the instruction that begins there, or `nothing`.
    private(set) var rows: [UInt16] = []

    /// A row that the table does not have.
    let nothing: UInt16

    public init(_ code: Bytes = .empty) {
        nothing = UInt16(InstructionTable.standard.count + 1)
        read(code)
    }

    /// Reads other code.
    ///
    /// Bytes that are no instruction are skipped by the length that their first two bits tell, as the machine would.
    public mutating func read(_ code: Bytes) {
        self.code = code
        rows.removeAll(keepingCapacity: true)
        rows.append(contentsOf: repeatElement(nothing, count: code.count / 2 + 1))
        let (count, end) = Self.find(in: code, rows.mutableSpan)
        self.count = count
        isTruncated = end < code.count
        // Where the last one begins.
        if isTruncated { rows[end >> 1] = 0 }
    }

    private static func find(in code: Bytes, _ found: consuming MutableSpan<UInt16>) -> (count: Int, end: Int) {
        let table = InstructionTable.standard
        var offset = 0
        var count = 0
        while let word = Instruction.word(code, at: offset) {
            found[offset >> 1] = table.row(of: word)
            count &+= 1
            offset &+= Instruction.length(firstByte: UInt8(truncatingIfNeeded: word >> 56))
        }
        return (count, offset)
    }
}
