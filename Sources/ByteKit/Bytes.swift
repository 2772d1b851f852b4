// SPDX-License-Identifier: Apache-2.0
public import Glibc

/// A view of bytes that do not move: a mapped file or memory of our own, which lives as long as a view of it does.
///
/// Each access is checked against the view's bounds. Copying a view copies no bytes.
@frozen @safe public struct Bytes: Sendable {
    @usableFromInline nonisolated(unsafe) let base: UnsafeRawPointer
    @usableFromInline let storage: ByteStorage
    /// Length in bytes.
    public let count: Int

    @usableFromInline init(base: UnsafeRawPointer, count: Int, storage: ByteStorage) {
        unsafe self.base = base
        self.count = count
        self.storage = storage
    }

    /// No bytes.
    public static let empty = Bytes([])

    /// A copy of an array's bytes.
    public init(_ array: [UInt8]) {
        let storage = ByteStorage(allocating: array.count)
        unsafe array.withUnsafeBytes { source in
            if let start = source.baseAddress { unsafe storage.base.copyMemory(from: start, byteCount: array.count) }
        }
        unsafe self.init(base: UnsafeRawPointer(storage.base), count: array.count, storage: storage)
    }

    /// Whether there are none.
    @inlinable public var isEmpty: Bool { count == 0 }

    /// The view of `count` bytes from `offset` on.
    @inlinable public func slice(_ offset: some BinaryInteger, count length: some BinaryInteger)
        throws(FormatError) -> Bytes
    {
        guard let start = Int(exactly: offset), let size = Int(exactly: length), start >= 0, size >= 0,
            start <= count, size <= count - start
        else {
            throw FormatError(
                .outOfRange, offset: offset, "0x\(String(length, radix: 16)) bytes of 0x\(String(count, radix: 16))")
        }
        return unsafe Bytes(base: base + start, count: size, storage: storage)
    }

    /// The bytes from `offset` on, `count` of them or as many as there are. Of a mapped file they are read, not mapped:
    /// cheaper for few bytes here and there, since a look into a mapping maps the pages around.
    public func peek(_ offset: some BinaryInteger, count length: Int) throws(FormatError) -> Bytes {
        guard let start = Int(exactly: offset), start >= 0, start <= count, length >= 0 else {
            throw FormatError(.outOfRange, offset: offset, "of 0x\(String(count, radix: 16))")
        }
        let size = min(length, count - start)
        return unsafe storage.read(base + start, size) ?? Bytes(base: base + start, count: size, storage: storage)
    }

    /// The view from `offset` to the end.
    @inlinable public func suffix(from offset: some BinaryInteger) throws(FormatError) -> Bytes {
        guard let start = Int(exactly: offset), start >= 0, start <= count else {
            throw FormatError(.outOfRange, offset: offset, "of 0x\(String(count, radix: 16))")
        }
        return unsafe Bytes(base: base + start, count: count - start, storage: storage)
    }

    /// The byte at `offset`; nil outside of the view.
    @inlinable public subscript(_ offset: Int) -> UInt8? {
        guard offset >= 0, offset < count else { return nil }
        return unsafe base.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// An integer of a fixed width at any alignment.
    @inlinable public func load<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, _ order: ByteOrder, as type: Value.Type = Value.self
    ) throws(FormatError) -> Value {
        guard let value = integer(at: offset, order, as: type) else { throw FormatError(.truncated, offset: offset) }
        return value
    }

    /// An integer of a fixed width at any alignment; nil where it is not wholly in the view. Makes no error, which is
    /// cheaper than `load` where a table's bounds are known.
    @inlinable @inline(__always) public func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, _ order: ByteOrder, as type: Value.Type = Value.self
    ) -> Value? {
        guard offset >= 0, offset <= count - MemoryLayout<Value>.size else { return nil }
        let raw = unsafe base.loadUnaligned(fromByteOffset: offset, as: Value.self)
        return order == .big ? raw.bigEndian : raw.littleEndian
    }

    /// The length of the NUL-terminated string at `offset`, without its NUL.
    @inlinable public func lengthOfCString(at offset: Int) throws(FormatError) -> Int {
        guard offset >= 0, offset < count else { throw FormatError(.outOfRange, offset: offset, "string") }
        let start = unsafe base + offset
        guard let end = unsafe memchr(start, 0, count - offset) else {
            throw FormatError(.truncated, offset: offset, "string without an end")
        }
        return unsafe UnsafeRawPointer(end) - start
    }

    /// The NUL-terminated string at `offset`; what is not UTF-8 in it is replaced.
    public func cString(at offset: some BinaryInteger) throws(FormatError) -> String {
        try cStringBytes(at: offset).text
    }

    /// The view of the NUL-terminated string at `offset`, without its NUL.
    @inlinable public func cStringBytes(at offset: some BinaryInteger) throws(FormatError) -> Bytes {
        guard let start = Int(exactly: offset) else { throw FormatError(.outOfRange, offset: offset, "string") }
        return try slice(start, count: try lengthOfCString(at: start))
    }

    /// The bytes as text; what is not UTF-8 in them is replaced.
    public var text: String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
    }

    /// A copy.
    public var array: [UInt8] { unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count)) }

    /// Whether those bytes are at `offset`.
    @inlinable public func holds(_ wanted: some Collection<UInt8>, at offset: Int = 0) -> Bool {
        wanted.enumerated().allSatisfy { self[offset &+ $0] == $1 }
    }

    /// Whether both views show the same bytes.
    @inlinable public func elementsEqual(_ other: Bytes) -> Bool {
        guard count == other.count else { return false }
        return unsafe memcmp(base, other.base, count) == 0
    }

    /// Whether these are of a mapped file that has fewer bytes now than when it was mapped: what is gone reads as zeros.
    public var isShortened: Bool { storage.isShortened }

    /// Tells the system that these pages of a mapped file are not needed now; reading them again is allowed.
    public func releasePages() { unsafe storage.releasePages(base, count) }
}

extension Bytes {
    /// A hash of the NUL-terminated string at `offset`, without its NUL, and that string's length. The same string has
    /// the same hash in every process and on every machine; it is no protection against chosen strings.
    @inlinable public func hashOfCString(at offset: Int) throws(FormatError) -> (hash: UInt64, length: Int) {
        guard offset >= 0, offset < count else { throw FormatError(.outOfRange, offset: offset, "string") }
        var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
        var position = offset
        let ones: UInt64 = 0x0101_0101_0101_0101
        while position <= count &- 8 {
            let word = UInt64(littleEndian: unsafe base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            // The lowest set bit is in the first zero byte.
            let zero = (word &- ones) & ~word & (ones << 7)
            guard zero == 0 else {
                let bits = UInt64(truncatingIfNeeded: zero.trailingZeroBitCount &- 7)
                let length = position &- offset &+ Int(truncatingIfNeeded: bits >> 3)
                if bits > 0 { hash = Bytes.mix(hash, word & (UInt64.max >> (64 &- bits))) }
                return (Bytes.mix(hash, UInt64(truncatingIfNeeded: length)), length)
            }
            hash = Bytes.mix(hash, word)
            position &+= 8
        }
        var word: UInt64 = 0
        var bits: UInt64 = 0
        while position < count {
            let byte = unsafe base.load(fromByteOffset: position, as: UInt8.self)
            if byte == 0 {
                let length = position &- offset
                if bits > 0 { hash = Bytes.mix(hash, word) }
                return (Bytes.mix(hash, UInt64(truncatingIfNeeded: length)), length)
            }
            word |= UInt64(byte) << bits
            bits &+= 8
            position &+= 1
        }
        throw FormatError(.truncated, offset: offset, "string without an end")
    }

    /// A hash of the bytes there, another one for each seed.
    @inlinable public func hash(at offset: Int, count length: Int, seed: UInt64) throws(FormatError) -> UInt64 {
        guard offset >= 0, length >= 0, offset <= count, length <= count &- offset else {
            throw FormatError(.outOfRange, offset: offset)
        }
        var hash = Bytes.mix(seed, UInt64(truncatingIfNeeded: length))
        var position = offset
        let end = offset &+ length
        while position <= end &- 8 {
            let word = UInt64(littleEndian: unsafe base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            hash = Bytes.mix(hash, word)
            position &+= 8
        }
        var word: UInt64 = 0
        while position < end {
            word = word &<< 8 | UInt64(unsafe base.load(fromByteOffset: position, as: UInt8.self))
            position &+= 1
        }
        return Bytes.mix(hash, word)
    }

    /// Both numbers in one, every bit of which depends on all of theirs.
    @inlinable @inline(__always) public static func mix(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = (one ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: other ^ 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low
    }
}
