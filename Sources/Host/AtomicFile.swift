// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import SystemPackage

/// Files that are either whole or not there.
package enum AtomicFile {
    /// For everybody to read, as far as the process's mask allows it.
    package static let readable: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    /// For records of runs and what belongs to them: nobody else's.
    package static let own: FilePermissions = [.ownerReadWrite]

    /// Writes beside the target under a name that nobody can guess, flushes to disk, renames over it. No link is written
    /// through: neither one of that name nor one of the target's.
    ///
    /// The folder that the path names is one of Bessemer's or of a person's own; in any other, `ForeignFolder.write`
    /// writes. Throws `Failure` with code `file.unwritable` or `disk.full`.
    package static func write(
        _ data: some Sequence<UInt8>, to path: FilePath, permissions: FilePermissions = readable
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
            try write(Array(data), to: name.utf8CString.map { $0 }, in: folder.number, permissions: permissions)
        } catch let error as Errno {
            throw Self.failure(path, error)
        }
    }

    /// The same in a folder that is open. Throws `Errno`.
    static func write(_ data: [UInt8], to name: [CChar], in folder: Int32, permissions: FilePermissions) throws {
        let temporary = TemporaryName.next()
        let file = try Descriptor(
            unsafe openat(
                folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions.rawValue))
        do {
            try FileDescriptor(rawValue: file.number).writeAll(data)
            try check(fsync(file.number))
            try check(unsafe renameat(folder, temporary, folder, name))
        } catch {
            _ = unsafe unlinkat(folder, temporary, 0)
            throw error
        }
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

    static func failure(_ path: FilePath, _ error: Errno) -> Failure {
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
