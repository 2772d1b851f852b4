// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Files as views of their bytes.
public enum MappedFile {
    /// What the system said when it was asked for a file.
    public struct OpenError: Error, CustomStringConvertible {
        public let path: String
        public let errorNumber: Int32

        public var description: String {
            // What `open` says of a pipe or a device.
            let words = errorNumber == EINVAL ? "not a regular file" : unsafe String(cString: strerror(errorNumber))
            return "\(path): \(words)" + (path.contains("\u{fffd}") ? " (a name that is not UTF-8 can't be given)" : "")
        }
    }

    /// A copy of the first bytes of a file, fewer where it has no more: cheaper than a mapping to see what it is.
    ///
    /// - Throws: `OpenError` with `open(2)`'s or `read(2)`'s error number.
    public static func prefix(of path: String, count: Int) throws(OpenError) -> Bytes {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw OpenError(path: path, errorNumber: errno) }
        defer { close(descriptor) }
        return try contents(of: descriptor, count: count, path: path)
    }

    /// Maps a whole regular file for reading.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - followingLinks: whether the last name of the path may be a symbolic link.
    /// - Returns: a view of the mapped file.
    /// - Throws: `OpenError` with `mmap(2)`'s, `open(2)`'s or `fstat(2)`'s error number; `EISDIR` for a folder, `EINVAL`
    ///   for anything else that is no regular file, `ELOOP` for a link that is not followed.
    public static func open(_ path: String, followingLinks: Bool = true) throws(OpenError) -> Bytes {
        try map(
            unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followingLinks ? 0 : O_NOFOLLOW)), path)
    }

    /// Maps the whole of a regular file that was opened for reading; `name` is for errors. The descriptor stays the
    /// caller's.
    ///
    /// - Throws: as `open(_:)` does, with `fcntl(2)`'s error number, too.
    public static func open(descriptor: Int32, name: String) throws(OpenError) -> Bytes {
        try map(fcntl(descriptor, F_DUPFD_CLOEXEC, 0), name)
    }

    private static func map(_ descriptor: Int32, _ path: String) throws(OpenError) -> Bytes {
        guard descriptor >= 0 else { throw OpenError(path: path, errorNumber: errno) }
        var isTaken = false
        defer { if !isTaken { close(descriptor) } }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw OpenError(path: path, errorNumber: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw OpenError(path: path, errorNumber: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        let length = Int(status.st_size)
        guard length > 0 else { return .empty }
        guard let mapping = unsafe mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0),
            unsafe mapping != MAP_FAILED
        else {
            guard errno == ENODEV || errno == EIO else { throw OpenError(path: path, errorNumber: errno) }
            return try contents(of: descriptor, count: length, path: path)
        }
        isTaken = true
        return unsafe Bytes(
            base: UnsafeRawPointer(mapping), count: length,
            storage: ByteStorage(mapped: mapping, length: length, descriptor: descriptor))
    }

    /// A copy of the first bytes of a file, which may be one that can't be mapped, as most of sysfs.
    private static func contents(of descriptor: Int32, count: Int, path: String) throws(OpenError) -> Bytes {
        var whole: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(count, 1 << 16))
        while whole.count < count {
            let length = unsafe read(descriptor, &piece, min(piece.count, count - whole.count))
            guard length >= 0 else { throw OpenError(path: path, errorNumber: errno) }
            if length == 0 { break }
            whole += piece.prefix(length)
        }
        return Bytes(whole)
    }
}
