// SPDX-License-Identifier: Apache-2.0
package import ByteKit

/// Writes the integers and strings that a decoder is to read.
package struct ByteWriter: Sendable {
    package var bytes: [UInt8] = []
    package let order: ByteOrder

    package init(_ order: ByteOrder) { self.order = order }

    package var count: Int { bytes.count }

    package mutating func u8(_ value: UInt8) { bytes.append(value) }
    package mutating func u16(_ value: UInt16) { integer(value) }
    package mutating func u32(_ value: UInt32) { integer(value) }
    package mutating func u64(_ value: UInt64) { integer(value) }

    package mutating func integer(_ value: some FixedWidthInteger) {
        var ordered: [UInt8] = []
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            ordered.append(UInt8(truncatingIfNeeded: value >> shift))
        }
        bytes += order == .big ? ordered.reversed() : ordered
    }

    /// The lowest `size` bytes of a number; zeros above its eight.
    package mutating func integer(_ value: UInt64, size: Int) {
        for index in 0..<size {
            let shift = UInt64(order == .big ? size - 1 - index : index) * 8
            bytes.append(shift < 64 ? UInt8(truncatingIfNeeded: value >> shift) : 0)
        }
    }

    package mutating func uleb128(_ value: UInt64) {
        var rest = value
        repeat {
            let byte = UInt8(rest & 0x7f)
            rest >>= 7
            bytes.append(rest == 0 ? byte : byte | 0x80)
        } while rest != 0
    }

    package mutating func sleb128(_ value: Int64) {
        var rest = value
        while true {
            let byte = UInt8(truncatingIfNeeded: rest) & 0x7f
            rest >>= 7
            if (rest == 0 && byte & 0x40 == 0) || (rest == -1 && byte & 0x40 != 0) {
                bytes.append(byte)
                return
            }
            bytes.append(byte | 0x80)
        }
    }

    /// A string and its NUL.
    package mutating func cString(_ text: String) { bytes += Array(text.utf8) + [0] }

    package mutating func append(_ more: [UInt8]) { bytes += more }

    /// Zero bytes up to a multiple of `unit`.
    package mutating func align(_ unit: Int) {
        while unit > 1, bytes.count % unit != 0 { bytes.append(0) }
    }

    /// Overwrites what is at `offset`.
    package mutating func patch(_ value: some FixedWidthInteger, at offset: Int) {
        var writer = ByteWriter(order)
        writer.integer(value)
        bytes.replaceSubrange(offset..<offset + writer.count, with: writer.bytes)
    }

    /// Overwrites `size` bytes at `offset`.
    package mutating func patch(_ value: UInt64, at offset: Int, size: Int) {
        var writer = ByteWriter(order)
        writer.integer(value, size: size)
        bytes.replaceSubrange(offset..<offset + size, with: writer.bytes)
    }
}
