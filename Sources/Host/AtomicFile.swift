// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import SystemPackage

/// Files that are either whole or not there.
package enum AtomicFile {
    /// For everybody to read, as far as the process's mask allows it.
    package static let readable: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    /// For records of runs and what belongs to them: nobody else's.
    package static let own: FilePermissions = [.ownerReadWrite]

    /// Writes a file without a name, or one beside the target under a name that nobody can guess, flushes to disk, and gives
    /// it the target's name. No link is written through: neither one of that name nor one of the target's.
    ///
    /// The folder that the path names is one of Bessemer's or of a person's own; in any other, `ForeignFolder.write`
    /// writes. Throws `Failure` with code `file.unwritable` or `disk.full`, and `file.exists` for a target that is there and
    /// must not be replaced.
    package static func write(
        _ data: some Sequence<UInt8>, to path: FilePath, permissions: FilePermissions = readable,
        replacing: Bool = true
    ) throws {
        if let status = Files.status(path, followingLinks: false),
            ![S_IFREG, S_IFLNK, S_IFDIR].contains(status.st_mode & S_IFMT)
        {
            throw Failure(
                "file.unwritable", "\(path) is a device, a pipe or a socket, which a file would take the place of",
                advice: "name a file")
        }
        do {
            guard let name = path.lastComponent?.string else { throw Errno.isDirectory }
            let parent = path.removingLastComponent()
            let folder = try Descriptor(
                unsafe open(parent.isEmpty ? "." : parent.string, Descriptor.toFind))
            try write(
                Array(data), to: name.utf8CString.map { $0 }, in: folder.number, permissions: permissions,
                replacing: replacing)
        } catch Errno.fileExists where !replacing {
            throw Failure("file.exists", "\(path) is there already", advice: "name another file")
        } catch let error as Errno {
            throw Self.failure(path, error)
        }
    }

    /// The same in a folder that is open. Throws `Errno`.
    static func write(
        _ data: [UInt8], to name: [CChar], in folder: Int32, permissions: FilePermissions, replacing: Bool = true,
        flushing: Bool = true
    ) throws {
        if try writeUnnamed(data, to: name, in: folder, permissions, replacing, flushing) { return }
        let temporary = TemporaryName.next()
        let file = try Descriptor(
            unsafe openat(
                folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions.rawValue))
        do {
            try fill(file, data, flushing)
            if replacing {
                try check(unsafe renameat(folder, temporary, folder, name))
            } else {
                try check(unsafe linkat(folder, temporary, folder, name, 0))
                _ = unsafe unlinkat(folder, temporary, 0)
            }
        } catch {
            _ = unsafe unlinkat(folder, temporary, 0)
            throw error
        }
    }

    /// O_TMPFILE of open(2), whose bits Linux has in common for all its architectures but O_DIRECTORY's.
    private static let unnamed = O_DIRECTORY | 0o20_000_000

    /// By a file that has no name until it is whole, so that nothing is left where the process is killed. False where the
    /// file system has no such files, or /proc is not there.
    private static func writeUnnamed(
        _ data: [UInt8], to name: [CChar], in folder: Int32, _ permissions: FilePermissions, _ replacing: Bool,
        _ flushing: Bool
    ) throws -> Bool {
        let number = unsafe openat(folder, ".", O_WRONLY | unnamed | O_CLOEXEC, permissions.rawValue)
        guard number >= 0 else { return false }
        let file = try Descriptor(number)
        try fill(file, data, flushing)
        func link(to name: [CChar]) -> Bool {
            unsafe linkat(AT_FDCWD, "/proc/self/fd/\(file.number)", folder, name, AT_SYMLINK_FOLLOW) == 0
        }
        if link(to: name) { return true }
        guard errno == EEXIST else { return false }
        guard replacing else { throw Errno.fileExists }
        let temporary = TemporaryName.next()
        guard link(to: temporary) else { return false }
        do {
            try check(unsafe renameat(folder, temporary, folder, name))
        } catch {
            _ = unsafe unlinkat(folder, temporary, 0)
            throw error
        }
        return true
    }

    private static func fill(_ file: borrowing Descriptor, _ data: [UInt8], _ flushing: Bool) throws {
        try FileDescriptor(rawValue: file.number).writeAll(data)
        if flushing { try check(fsync(file.number)) }
    }

    package static func write(_ text: String, to path: FilePath, permissions: FilePermissions = readable) throws {
        try write(text.utf8, to: path, permissions: permissions)
    }

    /// Writes sorted, indented JSON that ends in a newline.
    package static func write(
        json value: some Encodable, to path: FilePath, permissions: FilePermissions = readable
    ) throws {
        try write(try JSON.encode(value), to: path, permissions: permissions)
    }

    /// Why a file could not be written: codes `disk.full`, `file.unwritable`.
    package static func failure(_ path: FilePath, _ error: Errno) -> Failure {
        if error == .noSpace {
            let folder = path.removingLastComponent()
            let isTemporary = path.starts(with: FilePath(NSTemporaryDirectory()))
            return Failure(
                "disk.full", "no space left while writing \(path)",
                advice: "free space on the file system of \(folder)"
                    + (isTemporary ? ", or set TMPDIR to a folder on another" : ""),
                underlying: error)
        }
        return Failure(
            "file.unwritable", "could not write \(path)", advice: "check that the folder exists and may be written",
            underlying: error)
    }
}
