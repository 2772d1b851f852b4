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
    /// Where the branches begin, in halfwords, ascending; what follows the first `branchCount` is of earlier code.
    private var branches: [UInt32] = []
    private var branchCount = 0

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
        if branches.count < rows.count {
            branches.append(contentsOf: repeatElement(0, count: rows.count - branches.count))
        }
        let end: Int
        (count, branchCount, end) = Self.find(in: code, &rows, &branches)
        isTruncated = end < code.count
        // Where the last one begins.
        if isTruncated { rows[end >> 1] = 0 }
    }

    /// Where instructions begin that may branch, in halfwords, ascending.
    var branchPlaces: some Sequence<Int> { branches.prefix(branchCount).lazy.map(Int.init) }

    private static func find(
        in code: Bytes, _ rows: inout [UInt16], _ branches: inout [UInt32]
    ) -> (count: Int, branchCount: Int, end: Int) {
        let table = InstructionTable.standard
        let mayBranch = IndirectBranch.mayBranch
        var found = rows.mutableSpan
        var places = branches.mutableSpan
        var offset = 0
        var count = 0
        var branchCount = 0
        while let word = Instruction.word(code, at: offset) {
            let row = table.row(of: word)
            found[offset >> 1] = row
            // Without a jump of our own: one instruction in six is a branch, and none tells which.
            places[branchCount] = UInt32(truncatingIfNeeded: offset >> 1)
            branchCount &+= Int(mayBranch[Int(row)])
            count &+= 1
            offset &+= Instruction.length(firstByte: UInt8(truncatingIfNeeded: word >> 56))
        }
        return (count, branchCount, offset)
    }
}
