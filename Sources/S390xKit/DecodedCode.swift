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
    /// Where what is noted begins, in halfwords, ascending; what follows the first `notedCount` is of earlier code.
    private var noted: [UInt32] = []
    private var notedCount = 0
    /// By row: 1 for branches and what the sweep tells, else 0.
    private let notes: [UInt8]
    /// The sweep that will look at the code.
    let sweep: InstructionSweep?

    /// A row that the table does not have.
    let nothing: UInt16

    /// A sweep that was named here is faster.
    public init(_ code: Bytes = .empty, for sweep: InstructionSweep? = nil) {
        nothing = UInt16(InstructionTable.standard.count + 1)
        self.sweep = sweep
        notes = IndirectBranch.mayBranch.indices.map {
            IndirectBranch.mayBranch[$0] || sweep?.isTold[$0] == true ? 1 : 0
        }
        read(code)
    }

    /// Reads other code.
    ///
    /// Bytes that are no instruction are skipped by the length that their first two bits tell, as the machine would.
    public mutating func read(_ code: Bytes) {
        self.code = code
        rows.removeAll(keepingCapacity: true)
        rows.append(contentsOf: repeatElement(nothing, count: code.count / 2 + 1))
        if noted.count < rows.count {
            noted.append(contentsOf: repeatElement(0, count: rows.count - noted.count))
        }
        let end: Int
        (count, notedCount, end) = Self.find(in: code, notes, &rows, &noted)
        isTruncated = end < code.count
        // Where the last one begins.
        if isTruncated { rows[end >> 1] = 0 }
    }

    /// Where branches begin, and what `sweep` tells, in halfwords, ascending.
    var notedPlaces: some Sequence<Int> { noted.prefix(notedCount).lazy.map(Int.init) }

    private static func find(
        in code: Bytes, _ notes: [UInt8], _ rows: inout [UInt16], _ noted: inout [UInt32]
    ) -> (count: Int, notedCount: Int, end: Int) {
        let table = InstructionTable.standard
        var found = rows.mutableSpan
        var places = noted.mutableSpan
        var offset = 0
        var count = 0
        var notedCount = 0
        while let word = Instruction.word(code, at: offset) {
            let row = table.row(of: word)
            found[offset >> 1] = row
            // Without a jump of our own: one instruction in six is a branch, and none tells which.
            places[notedCount] = UInt32(truncatingIfNeeded: offset >> 1)
            notedCount &+= Int(notes[Int(row)])
            count &+= 1
            offset &+= Instruction.length(firstByte: UInt8(truncatingIfNeeded: word >> 56))
        }
        return (count, notedCount, offset)
    }
}
