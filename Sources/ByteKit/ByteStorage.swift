// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Owner of the memory that views show: unmapped or freed with the last of them.
@usableFromInline @safe final class ByteStorage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    private let mapping: Mapping?

    private struct Mapping {
        let length: Int
        /// Of the file, open as long as the mapping is there.
        let descriptor: Int32
        /// In `MappingGuard`.
        let place: Int?
    }

    /// Zeroed memory of our own.
    init(allocating count: Int) {
        guard let memory = unsafe calloc(max(count, 1), 1) else { fatalError("no memory for \(count) bytes") }
        unsafe base = memory
        mapping = nil
    }

    /// Takes over memory that `malloc` has given.
    init(allocated: UnsafeMutableRawPointer) {
        unsafe base = allocated
        mapping = nil
    }

    /// Takes over a mapping that `mmap` has made of a whole file, and the file's descriptor.
    init(mapped: UnsafeMutableRawPointer, length: Int, descriptor: Int32) {
        unsafe base = mapped
        mapping = unsafe Mapping(
            length: length, descriptor: descriptor, place: MappingGuard.add(UnsafeRawPointer(mapped), length))
    }

    deinit {
        if let mapping {
            // Whoever gets these addresses next is not guarded by this mapping's place.
            if let place = mapping.place { MappingGuard.remove(place) }
            unsafe munmap(base, mapping.length)
            close(mapping.descriptor)
        } else {
            unsafe free(base)
        }
    }

    /// A copy of the mapped file's bytes that a view shows; nil where there is no file, or it can't be read.
    func read(_ start: UnsafeRawPointer, _ count: Int) -> Bytes? {
        guard let mapping else { return nil }
        let copy = ByteStorage(allocating: count)
        let offset = unsafe start - UnsafeRawPointer(base)
        guard unsafe pread(mapping.descriptor, copy.base, count, offset) == count else { return nil }
        return unsafe Bytes(base: UnsafeRawPointer(copy.base), count: count, storage: copy)
    }

    /// Whether the mapped file has fewer bytes now than when it was mapped.
    var isShortened: Bool {
        guard let mapping else { return false }
        var status = stat()
        return unsafe fstat(mapping.descriptor, &status) == 0 && Int(status.st_size) < mapping.length
    }

    func releasePages(_ start: UnsafeRawPointer, _ count: Int) {
        guard let mapping else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let from = unsafe (start - UnsafeRawPointer(base) + page - 1) / page * page
        let to = unsafe min((start - UnsafeRawPointer(base) + count) / page * page, mapping.length)
        if from < to { unsafe madvise(base + from, to - from, MADV_DONTNEED) }
    }
}
