// SPDX-License-Identifier: Apache-2.0

/// A place in a view of bytes that moves forward as integers and strings are read; it never leaves the view.
///
/// One concrete structure, so that reading is inlined into the decoders of other modules. Offsets in its errors count
/// from the start of the view.
@frozen public struct ByteCursor {
    public let bytes: Bytes
    public let order: ByteOrder
    @usableFromInline var position: Int

    /// Where the next read begins, in bytes from the start of `bytes`.
    @inlinable public var offset: Int { position }

    @inlinable public init(_ bytes: Bytes, _ order: ByteOrder, at offset: Int = 0) throws(FormatError) {
        guard offset >= 0, offset <= bytes.count else { throw FormatError(.outOfRange, offset: offset) }
        self.bytes = bytes
        self.order = order
        position = offset
    }

    /// Bytes between here and the end.
    @inlinable public var remaining: Int { bytes.count - position }

    @inlinable public var isAtEnd: Bool { position == bytes.count }

    /// Goes to an offset from the start of the view.
    @inlinable public mutating func seek(to offset: some BinaryInteger) throws(FormatError) {
        guard let target = Int(exactly: offset), target >= 0, target <= bytes.count else {
            throw FormatError(.outOfRange, offset: offset)
        }
        position = target
    }

    @inlinable public mutating func skip(_ count: some BinaryInteger) throws(FormatError) {
        guard let length = Int(exactly: count), length >= 0, length <= remaining else {
            throw FormatError(.truncated, offset: position)
        }
        position += length
    }

    /// The next bytes as a view of their own.
    @inlinable public mutating func take(_ count: some BinaryInteger) throws(FormatError) -> Bytes {
        guard let taken = try? bytes.slice(position, count: count) else {
            throw FormatError(.truncated, offset: position)
        }
        position += taken.count
        return taken
    }

    @inlinable @inline(__always)
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type) throws(FormatError) -> Value {
        guard position <= bytes.count - MemoryLayout<Value>.size else {
            throw FormatError(.truncated, offset: position)
        }
        let raw = unsafe bytes.base.loadUnaligned(fromByteOffset: position, as: Value.self)
        position += MemoryLayout<Value>.size
        return order == .big ? raw.bigEndian : raw.littleEndian
    }

    @inlinable @inline(__always) public mutating func u8() throws(FormatError) -> UInt8 { try integer(UInt8.self) }
    @inlinable public mutating func u16() throws(FormatError) -> UInt16 { try integer(UInt16.self) }
    @inlinable public mutating func u32() throws(FormatError) -> UInt32 { try integer(UInt32.self) }
    @inlinable public mutating func u64() throws(FormatError) -> UInt64 { try integer(UInt64.self) }

    /// Three bytes, as `DW_FORM_strx3` and `DW_FORM_addrx3` have them.
    @inlinable public mutating func u24() throws(FormatError) -> UInt32 {
        let first = UInt32(try u8())
        let second = UInt32(try u8())
        let third = UInt32(try u8())
        return order == .big ? first << 16 | second << 8 | third : third << 16 | second << 8 | first
    }

    /// An offset of 4 or 8 bytes: the 32-bit or 64-bit DWARF format.
    @inlinable public mutating func offset(is64Bit: Bool) throws(FormatError) -> UInt64 {
        is64Bit ? try u64() : UInt64(try u32())
    }

    /// An unsigned LEB128 number (DWARF 5 § 7.6); one that does not fit 64 bits is an error.
    @inlinable @inline(__always) public mutating func uleb128() throws(FormatError) -> UInt64 {
        let start = position
        let first = try u8()
        return first < 0x80 ? UInt64(first) : try uleb128(from: start, first)
    }

    /// The rest of a number of more than one byte.
    @inlinable @inline(never)
    mutating func uleb128(from start: Int, _ first: UInt8) throws(FormatError) -> UInt64 {
        var value = UInt64(first & 0x7f)
        var shift: UInt64 = 7
        while true {
            let byte = try u8()
            let bits = UInt64(byte & 0x7f)
            guard bits == 0 || (shift < 64 && (bits << shift) >> shift == bits) else {
                throw FormatError(.invalid, offset: start, "LEB128 number of more than 64 bits")
            }
            if shift < 64 { value |= bits << shift }
            if byte < 0x80 { return value }
            shift &+= 7
        }
    }

    /// A signed LEB128 number (DWARF 5 § 7.6); one that does not fit 64 bits is an error.
    @inlinable public mutating func sleb128() throws(FormatError) -> Int64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try u8()
            let bits = UInt64(byte & 0x7f)
            if shift < 63 {
                value |= bits << shift
            } else {
                let sign: UInt64 = shift == 63 ? (bits & 1 == 0 ? 0 : 0x7f) : (Int64(bitPattern: value) < 0 ? 0x7f : 0)
                guard bits == sign else {
                    throw FormatError(.invalid, offset: start, "LEB128 number of more than 64 bits")
                }
                if shift == 63 { value |= (bits & 1) << 63 }
            }
            shift &+= 7
            if byte < 0x80 {
                if shift < 64, byte & 0x40 != 0 { value |= ~0 << shift }
                return Int64(bitPattern: value)
            }
        }
    }

    @inlinable public mutating func skipLEB128() throws(FormatError) {
        while try u8() >= 0x80 {}
    }

    /// The NUL-terminated string here, without its NUL, as a view.
    @inlinable public mutating func cStringBytes() throws(FormatError) -> Bytes {
        let length = try bytes.lengthOfCString(at: position)
        let text = try bytes.slice(position, count: length)
        position += length + 1
        return text
    }

    @inlinable public mutating func skipCString() throws(FormatError) {
        position += try bytes.lengthOfCString(at: position) + 1
    }
}
