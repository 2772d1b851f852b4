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
    /// Where something that is asked for begins, in halfwords, ascending.
    private var told = Places()
    private var direct = Places()
    /// By row: 1 for what the sweep tells, indirect branches and static ones; 2 for branches to a distance.
    private let notes: [UInt8]
    /// The sweep that will look at the code.
    let sweep: InstructionSweep?

    /// A list whose memory is used again.
    private struct Places {
        /// What follows the first `count` is of earlier code.
        var list: [UInt32] = []
        var count = 0

        mutating func makeRoom(_ size: Int) { if list.count < size { list.fill(size, with: 0) } }
    }

    /// A row that the table does not have.
    let nothing: UInt16

    /// A sweep that was named here is faster.
    public init(_ code: Bytes = .empty, for sweep: InstructionSweep? = nil) {
        nothing = UInt16(InstructionTable.standard.count + 1)
        self.sweep = sweep
        notes = (0...Int(nothing)).map { row in
            let isTold = IndirectBranch.isIndirect[row] || row == StaticBranch.row || sweep?.isTold[row] == true
            return (isTold ? 1 : 0) | (IndirectBranch.isDirect[row] ? 2 : 0)
        }
        read(code)
    }

    /// Reads other code.
    ///
    /// Bytes that are no instruction are skipped by the length that their first two bits tell, as the machine would.
    public mutating func read(_ code: Bytes) {
        self.code = code
        let halfwords = code.count / 2 + 1
        rows.fill(halfwords, with: nothing)
        told.makeRoom(halfwords)
        direct.makeRoom(halfwords)
        let end = Self.find(in: code, notes, &rows, &told, &direct, &count)
        isTruncated = end < code.count
        // Where the last one begins.
        if isTruncated { rows[end >> 1] = 0 }
    }

    /// Where indirect and static branches begin, and what `sweep` tells, in halfwords, ascending.
    var toldPlaces: ArraySlice<UInt32> { told.list.prefix(told.count) }

    /// Where branches to a distance begin, in halfwords, ascending; calls are among them.
    var directPlaces: ArraySlice<UInt32> { direct.list.prefix(direct.count) }

    /// Finds each instruction; returns where they end, in bytes.
    private static func find(
        in code: Bytes, _ notes: [UInt8], _ rows: inout [UInt16], _ told: inout Places,
        _ direct: inout Places, _ total: inout Int
    ) -> Int {
        let table = InstructionTable.standard
        var found = rows.mutableSpan
        var toldPlaces = told.list.mutableSpan
        var directPlaces = direct.list.mutableSpan
        var offset = 0
        var count = 0
        var toldCount = 0
        var directCount = 0
        while let bytes = code.integer(at: offset, .big, as: UInt64.self) ?? Instruction.lastWord(code, at: offset) {
            let place = offset >> 1
            let row = table.row(of: Instruction.first(of: bytes))
            found[place] = row
            // Without a jump of our own: one instruction in six is a branch, and none tells which.
            let note = Int(notes[Int(row)])
            toldPlaces[toldCount] = UInt32(truncatingIfNeeded: place)
            toldCount &+= note & 1
            directPlaces[directCount] = UInt32(truncatingIfNeeded: place)
            directCount &+= note &>> 1
            count &+= 1
            offset &+= Instruction.length(firstByte: UInt8(truncatingIfNeeded: bytes &>> 56))
        }
        total = count
        told.count = toldCount
        direct.count = directCount
        return offset
    }
}

extension Array {
    /// Becomes one element so many times.
    mutating func fill(_ count: Int, with element: Element) {
        if count < self.count { removeLast(self.count - count) }
        var span = mutableSpan
        span.update(repeating: element)
        append(contentsOf: repeatElement(element, count: count - self.count))
    }
}
