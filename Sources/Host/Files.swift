// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import SystemPackage

/// What the file system says.
package enum Files {
    /// stat(2), or lstat(2), which tells of a link and not of what it leads to.
    package static func status(of path: String, followingLinks: Bool = true) throws(Errno) -> stat {
        var status = stat()
        try check(followingLinks ? unsafe stat(path, &status) : unsafe lstat(path, &status))
        return status
    }

    /// The same; nil where it fails.
    package static func status(_ path: FilePath, followingLinks: Bool = true) -> stat? {
        try? status(of: path.string, followingLinks: followingLinks)
    }

    package static func exists(_ path: FilePath) -> Bool { status(path) != nil }

    package static func isDirectory(_ path: FilePath) -> Bool { status(path).map { $0.st_mode & S_IFMT } == S_IFDIR }

    /// Why it can't be known what is at a path, e.g. a folder on the way that may not be searched; nil where it is known.
    package static func obstacle(to path: FilePath) -> Errno? {
        do {
            _ = try status(of: path.string)
            return nil
        } catch {
            return error == .noSuchFileOrDirectory ? nil : error
        }
    }

    /// Whether a path leads to a regular file: no folder, pipe or device.
    package static func isRegularFile(_ path: FilePath) -> Bool { status(path).map { $0.st_mode & S_IFMT } == S_IFREG }

    /// Makes the folder and its parents, with these permissions as far as the process's mask allows them.
    ///
    /// Throws `Failure` with code `file.unwritable` or `disk.full`.
    package static func makeDirectory(_ path: FilePath, permissions: FilePermissions = readableFolder) throws {
        if isDirectory(path) { return }
        do {
            try make(path, permissions)
        } catch {
            let full = error == .noSpace
            throw Failure(
                full ? "disk.full" : "file.unwritable", "could not make the folder \(path)",
                advice: "check the parent folder's permissions and free space", underlying: error)
        }
    }

    /// For everybody to read.
    package static let readableFolder: FilePermissions = [
        .ownerReadWriteExecute, .groupReadExecute, .otherReadExecute,
    ]
    /// For records of runs and what belongs to them: nobody else's.
    package static let ownFolder: FilePermissions = [.ownerReadWriteExecute]

    private static func make(_ path: FilePath, _ permissions: FilePermissions) throws(Errno) {
        if unsafe mkdir(path.string, permissions.rawValue) == 0 { return }
        let error = Errno(rawValue: errno)
        let parent = path.removingLastComponent()
        if error == .noSuchFileOrDirectory, !parent.isEmpty, parent != path {
            try make(parent, permissions)
            if unsafe mkdir(path.string, permissions.rawValue) == 0 { return }
        }
        // Another process may have been first.
        guard isDirectory(path) else { throw error }
    }

    /// Removes a file or a whole folder; nothing there is fine. Links are removed and not followed. Folders without write
    /// permission are opened first.
    package static func remove(_ path: FilePath) throws {
        do {
            try Removal.remove(path.string.utf8CString.map { $0 }, in: AT_FDCWD)
        } catch {
            throw Removal.failure(path, error)
        }
    }

    package static func rename(_ source: FilePath, to target: FilePath) throws {
        guard unsafe Foundation.rename(source.string, target.string) == 0 else {
            throw Failure(
                "file.unwritable", "could not rename \(source) to \(target)", advice: "check the folder's permissions",
                underlying: Errno(rawValue: errno))
        }
    }

    /// Names in a folder, sorted by their bytes; empty where the folder can't be read.
    package static func names(in folder: FilePath) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
        return names.sortedByBytes()
    }

    /// Size in bytes; nil where there is no such file.
    package static func size(_ path: FilePath) -> Int? { status(path).map { Int($0.st_size) } }

    /// Bytes that an ordinary user may still write to the file system that holds `path` (or its nearest parent).
    package static func freeSpace(at path: FilePath) -> Int? {
        var place = path
        while !exists(place), place.removeLastComponent() {}
        var status = statvfs()
        guard unsafe statvfs(place.string, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// Files that may still be made on the file system that holds `path`; nil where it does not count them.
    package static func freeFiles(at path: FilePath) -> Int? {
        var status = statvfs()
        guard unsafe statvfs(path.string, &status) == 0, status.f_files > 0 else { return nil }
        return Int(clamping: status.f_favail)
    }

    /// A whole file. Throws `Failure` with codes `file.unreadable`, and `file.too-large` where it has more than `limit`
    /// bytes; and `CancellationError`.
    package static func bytes(_ path: FilePath, limit: Int = 1 << 30) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try readPieces(of: path, limit: limit) { bytes += $0 }
        return bytes
    }

    /// A whole file as text; what is not UTF-8 in it is replaced. Throws as `bytes` does.
    package static func text(_ path: FilePath, limit: Int = 1 << 30) throws -> String {
        String(decoding: try bytes(path, limit: limit), as: UTF8.self)
    }
}
