// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Owner of the memory that views show: unmapped or freed with the last of them.
@usableFromInline @safe final class ByteStorage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    private let mappedLength: Int?

    /// Zeroed memory of our own.
    init(allocating count: Int) {
        guard let memory = unsafe calloc(max(count, 1), 1) else { fatalError("no memory for \(count) bytes") }
        unsafe base = memory
        mappedLength = nil
    }

    /// Takes over memory that `malloc` has given.
    init(allocated: UnsafeMutableRawPointer) {
        unsafe base = allocated
        mappedLength = nil
    }

    /// Takes over a mapping that `mmap` has made.
    init(mapped: UnsafeMutableRawPointer, length: Int) {
        unsafe base = mapped
        mappedLength = length
    }

    deinit {
        if let mappedLength { unsafe munmap(base, mappedLength) } else { unsafe free(base) }
    }

    func releasePages(_ start: UnsafeRawPointer, _ count: Int) {
        guard let mappedLength else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let from = unsafe (start - UnsafeRawPointer(base) + page - 1) / page * page
        let to = unsafe min((start - UnsafeRawPointer(base) + count) / page * page, mappedLength)
        if from < to { unsafe madvise(base + from, to - from, MADV_DONTNEED) }
    }
}
