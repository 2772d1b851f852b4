// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Memory of our own that is written first and shown as `Bytes` afterwards; each write is checked against its bounds.
@frozen @safe public struct MutableBytes: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    /// Length in bytes.
    public let count: Int

    /// A copy of what a view shows; a mapped file's pages go back to the system as they are copied.
    ///
    /// - Throws: `tooLarge` where the system has no memory for it.
    public init(copying bytes: Bytes) throws(FormatError) {
        guard let memory = unsafe malloc(max(bytes.count, 1)) else {
            throw FormatError(.tooLarge, offset: 0, "no memory for 0x\(String(bytes.count, radix: 16)) bytes")
        }
        let piece = 1 << 20
        for start in stride(from: 0, to: bytes.count, by: piece) {
            let count = min(piece, bytes.count - start)
            unsafe (memory + start).copyMemory(from: bytes.base + start, byteCount: count)
            if count == piece { unsafe bytes.storage.releasePages(bytes.base + start, count) }
        }
        unsafe base = memory
        count = bytes.count
    }

    deinit { unsafe free(base) }

    /// Reads an integer of a fixed width at any alignment.
    @inlinable public func load<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, _ order: ByteOrder, as type: Value.Type = Value.self
    ) throws(FormatError) -> Value {
        guard offset >= 0, offset <= count - MemoryLayout<Value>.size else {
            throw FormatError(.truncated, offset: offset)
        }
        let raw = unsafe base.loadUnaligned(fromByteOffset: offset, as: Value.self)
        return order == .big ? raw.bigEndian : raw.littleEndian
    }

    /// Writes an integer of a fixed width at any alignment.
    @inlinable public mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, at offset: Int, _ order: ByteOrder
    ) throws(FormatError) {
        guard offset >= 0, offset <= count - MemoryLayout<Value>.size else {
            throw FormatError(.truncated, offset: offset)
        }
        unsafe base.storeBytes(
            of: order == .big ? value.bigEndian : value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    /// Ends the writing: the same memory as a view.
    public consuming func frozen() -> Bytes {
        let view = unsafe Bytes(
            base: UnsafeRawPointer(base), count: count, storage: ByteStorage(allocated: base))
        discard self
        return view
    }
}
