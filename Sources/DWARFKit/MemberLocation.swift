// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// A member's place where it is written as an expression (DWARF 4 § 5.5.6).
enum MemberLocation {
    /// The bytes that the expression adds to the record's address; nil for one that does more than that.
    static func offset(_ expression: Bytes, _ order: ByteOrder) -> UInt64? {
        guard var cursor = try? ByteCursor(expression, order), let operation = try? cursor.u8() else { return nil }
        let value: UInt64?
        switch operation {
        case 0x23, 0x10: value = try? cursor.uleb128()
        case 0x08: value = (try? cursor.u8()).map { UInt64($0) }
        case 0x0a: value = (try? cursor.u16()).map { UInt64($0) }
        case 0x0c: value = (try? cursor.u32()).map { UInt64($0) }
        case 0x30...0x4f: value = UInt64(operation - 0x30)
        default: value = nil
        }
        // A constant is added by DW_OP_plus where that is still to come.
        if !cursor.isAtEnd, operation == 0x23 || (try? cursor.u8()) != 0x22 || !cursor.isAtEnd { return nil }
        return value
    }
}
