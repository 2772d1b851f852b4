// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Memory of our own that is written first and shown as `Bytes` afterwards; each write is checked against its bounds.
@frozen @safe public struct MutableBytes: ~Copyable {
    @usableFromInline let base: UnsafeMutableRawPointer
    /// Length in bytes.
    public let count: Int
    /// Of the temporary file that holds them; nil where memory does.
    private let descriptor: Int32?

    /// So many bytes are kept in a temporary file, whose pages the system may take back.
    private static let largest = 8 << 20

    /// A copy of what a view shows; a mapped file's pages go back to the system as they are copied.
    ///
    /// - Throws: `tooLarge` where the system has no memory for it.
    public init(copying bytes: Bytes) throws(FormatError) {
        if bytes.count >= Self.largest, let (file, descriptor) = unsafe Self.temporaryFile(bytes) {
            unsafe base = file
            count = bytes.count
            self.descriptor = descriptor
            return
        }
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
        descriptor = nil
    }

    /// A copy in a file without a name; nil where none can be made. Each block is written, so that none is missing later.
    private static func temporaryFile(_ bytes: Bytes) -> (base: UnsafeMutableRawPointer, descriptor: Int32)? {
        let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/var/tmp"
        // O_TMPFILE (open(2)), which the importer does not see.
        let descriptor = unsafe Glibc.open(folder, O_RDWR | O_CLOEXEC | O_DIRECTORY | 0o20_000_000, 0o600)
        guard descriptor >= 0 else { return nil }
        let piece = 1 << 20
        for start in stride(from: 0, to: bytes.count, by: piece) {
            let count = min(piece, bytes.count - start)
            guard unsafe pwrite(descriptor, bytes.base + start, count, start) == count else {
                close(descriptor)
                return nil
            }
            unsafe bytes.storage.releasePages(bytes.base + start, count)
        }
        guard let mapping = unsafe mmap(nil, bytes.count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            unsafe mapping != MAP_FAILED
        else {
            close(descriptor)
            return nil
        }
        return unsafe (mapping, descriptor)
    }

    deinit {
        if let descriptor {
            unsafe munmap(base, count)
            close(descriptor)
        } else {
            unsafe free(base)
        }
    }

    /// Tells the system that what is in a temporary file is not needed in memory now.
    public func releasePages() {
        if descriptor != nil { unsafe madvise(base, count, MADV_DONTNEED) }
    }

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
        let storage =
            if let descriptor { unsafe ByteStorage(mapped: base, length: count, descriptor: descriptor) } else {
                unsafe ByteStorage(allocated: base)
            }
        let view = unsafe Bytes(base: UnsafeRawPointer(base), count: count, storage: storage)
        discard self
        return view
    }
}
