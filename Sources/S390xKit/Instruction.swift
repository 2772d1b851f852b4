// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// One decoded instruction: its bytes, left-aligned in a word, and its row in the table.
///
/// Bits are numbered from the left, as the Principles of Operation do: the opcode begins at bit 0.
@frozen public struct Instruction: Hashable, Sendable {
    /// The bytes, left-aligned; what lies behind them is zero.
    public let word: UInt64
    /// Row in `InstructionTable`; 0 if the bytes are no instruction.
    public let row: UInt16

    /// An instruction whose row is known; `word` has to be zero behind it.
    @inlinable public init(word: UInt64, row: UInt16) {
        self.word = word
        self.row = row
    }

    /// Length in bytes that the first two bits tell, also of what does not decode: 2, 4 or 6.
    @inlinable @inline(__always) public static func length(firstByte: UInt8) -> Int {
        2 &+ (firstByte >= 0x40 ? 2 : 0) &+ (firstByte >= 0xc0 ? 2 : 0)
    }

    /// Length in bytes: 2, 4 or 6.
    @inlinable public var length: Int { Self.length(firstByte: UInt8(truncatingIfNeeded: word >> 56)) }

    /// Reads the instruction at an offset in bytes.
    ///
    /// - Returns: nil where the bytes end before the instruction does. Bytes that are no instruction give row 0.
    @inlinable public static func decode(_ bytes: Bytes, at offset: Int) -> Instruction? {
        word(bytes, at: offset).map { Instruction(word: $0, row: InstructionTable.standard.row(of: $0)) }
    }

    /// The bytes of the instruction at an offset, left-aligned; nil where the view ends too early.
    @inlinable @inline(__always) static func word(_ bytes: Bytes, at offset: Int) -> UInt64? {
        if let eight = bytes.integer(at: offset, .big, as: UInt64.self) { return first(of: eight) }
        return lastWord(bytes, at: offset)
    }

    /// The bytes of the first instruction in eight, zeros behind it.
    @inlinable @inline(__always) static func first(of eight: UInt64) -> UInt64 {
        let length = length(firstByte: UInt8(truncatingIfNeeded: eight >> 56))
        return eight & (~0 &<< (64 &- 8 &* UInt64(truncatingIfNeeded: length)))
    }

    @inlinable @inline(never) static func lastWord(_ bytes: Bytes, at offset: Int) -> UInt64? {
        guard let first = bytes[offset] else { return nil }
        let length = length(firstByte: first)
        guard length <= bytes.count - offset else { return nil }
        var word: UInt64 = 0
        for index in 0..<length { word |= UInt64(bytes[offset + index] ?? 0) << (56 - 8 * UInt64(index)) }
        return word
    }

    /// An unsigned field by its first bit and its width in bits; zero where it would go beyond the word.
    @inlinable @inline(__always) public func field(_ start: Int, _ width: Int) -> UInt64 {
        guard start >= 0, width > 0, start &+ width <= 64 else { return 0 }
        return (word << UInt64(truncatingIfNeeded: start)) >> UInt64(truncatingIfNeeded: 64 &- width)
    }

    /// A signed field by its first bit and its width in bits; zero where it would go beyond the word.
    @inlinable @inline(__always) public func signedField(_ start: Int, _ width: Int) -> Int64 {
        guard start >= 0, width > 0, start &+ width <= 64 else { return 0 }
        return Int64(bitPattern: word << UInt64(truncatingIfNeeded: start)) >> Int64(64 &- width)
    }

    /// The register number in bits 8 to 11, R1 of most formats.
    @inlinable public var r1: Int { Int(field(8, 4)) }
    /// Bits 12 to 15: R2 of RR, R3 of RS and RSY, X2 of RX and RXY.
    @inlinable public var r2: Int { Int(field(12, 4)) }
    /// Bits 16 to 19: B2 of RX, RS and SI formats.
    @inlinable public var base: Int { Int(field(16, 4)) }
    /// Bits 20 to 31: the displacement of 12 bits.
    @inlinable public var shortDisplacement: Int64 { Int64(field(20, 12)) }
    /// Bits 20 to 31 under bits 32 to 39: the signed displacement of 20 bits of RXY, RSY and SIY.
    @inlinable public var longDisplacement: Int64 { signedField(32, 8) << 12 | Int64(field(20, 12)) }
}
