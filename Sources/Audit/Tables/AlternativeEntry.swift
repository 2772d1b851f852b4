// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// An entry of `.altinstructions`: code, and what replaces it where a facility is installed (`struct alt_instr` of
/// arch/s390/include/asm/alternative.h).
struct AlternativeEntry: Sendable {
    let original: UInt64
    let replacement: UInt64
    /// Bytes of either.
    let length: UInt8

    init(_ table: KernelTable, at offset: Int) throws(FormatError) {
        original = try table.relative(offset)
        replacement = try table.relative(offset + 4)
        length = try table.bytes.load(at: offset + (Self.size(in: table) == 13 ? 12 : 10), .big)
    }

    /// Packed: two distances, the feature, the length (and in older kernels the replacement's length).
    static func size(in table: KernelTable) -> Int {
        [13, 12].first { table.bytes.count.isMultiple(of: $0) } ?? 13
    }
}
