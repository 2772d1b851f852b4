// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// One of the tables by which the kernel finds something in its code: where it starts, and its bytes.
struct KernelTable: Sendable {
    /// The section's.
    enum Name: String, CaseIterable, Sendable {
        case bugs = "__bug_table"
        case jumps = "__jump_table"
        case exceptions = "__ex_table"
        case lowExceptions = ".amode31.ex_table"
        case alternatives = ".altinstructions"
        case traceLocations = "__mcount_loc"

        /// What stands in the names of the symbols around it.
        var stem: String { self == .traceLocations ? "mcount_loc" : rawValue }
    }

    /// What a field of an entry points at.
    enum Target: Sendable {
        case here(UInt64)
        /// In a module: something that it does not hold itself.
        case otherFile
    }

    let address: UInt64
    let bytes: Bytes
    /// Offsets whose value stands in another file.
    let undefined: Set<UInt64>

    /// The address that the 32-bit distance at `offset` means.
    func relative(_ offset: Int) throws(FormatError) -> UInt64 {
        let distance: UInt32 = try bytes.load(at: offset, .big)
        let signed = Int64(Int32(bitPattern: distance))
        return address &+ UInt64(offset) &+ UInt64(bitPattern: signed)
    }

    func isUndefined(_ offset: Int) -> Bool { undefined.contains(UInt64(offset)) }

    /// What the 32-bit distance at `offset` leads to.
    func target(_ offset: Int) throws(FormatError) -> Target {
        isUndefined(offset) ? .otherFile : .here(try relative(offset))
    }

    /// The entries that are there as a whole.
    func entries<Entry>(
        of size: Int, _ read: (KernelTable, Int) throws(FormatError) -> Entry
    ) throws(FormatError) -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(bytes.count / size)
        for index in 0..<bytes.count / size { entries.append(try read(self, index * size)) }
        return entries
    }
}
