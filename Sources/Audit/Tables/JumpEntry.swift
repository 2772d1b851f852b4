// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// An entry of `__jump_table`: a static branch (`struct jump_entry` of include/linux/jump_label.h, with relative
/// addresses).
struct JumpEntry: Sendable {
    /// In bytes.
    static let size = 16

    /// The branch.
    let address: UInt64
    /// Where it goes once it is on.
    let target: UInt64
    /// The static key, without its two flag bits.
    let key: KernelTable.Target

    init(_ table: KernelTable, at offset: Int) throws(FormatError) {
        address = try table.relative(offset)
        target = try table.relative(offset + 4)
        let distance: UInt64 = try table.bytes.load(at: offset + 8, .big)
        key =
            table.isUndefined(offset + 8)
            ? .otherFile : .here((table.address &+ UInt64(offset) &+ 8 &+ distance) & ~3)
    }
}
