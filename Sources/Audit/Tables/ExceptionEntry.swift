// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// An entry of `__ex_table`: where a fault is sent (`struct exception_table_entry` of arch/s390/include/asm/extable.h).
struct ExceptionEntry: Sendable {
    /// In bytes.
    static let size = 12

    /// The instruction that may fault.
    let instruction: UInt64
    /// Where the kernel goes on then.
    let fixup: UInt64
    let type: UInt16

    init(_ table: KernelTable, at offset: Int) throws(FormatError) {
        instruction = try table.relative(offset)
        fixup = try table.relative(offset + 4)
        type = try table.bytes.load(at: offset + 8, .big)
    }
}
