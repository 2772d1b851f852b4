// SPDX-License-Identifier: Apache-2.0
internal import Foundation
public import SystemPackage

/// What the file system says.
public enum Files {
    public static func exists(_ path: FilePath) -> Bool {
        FileManager.default.fileExists(atPath: path.string)
    }

    public static func isDirectory(_ path: FilePath) -> Bool {
        var directory: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: path.string, isDirectory: &directory)
            && directory.boolValue
    }

    /// Makes the folder and its parents. Throws `Failure` with code `file.unwritable` or `disk.full`.
    public static func makeDirectory(_ path: FilePath) throws {
        do {
            try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
        } catch {
            let words = ErrorWords.of(error)
            throw Failure(
                words == Errno.noSpace.description ? "disk.full" : "file.unwritable",
                "could not make the folder \(path)",
                advice: "check the parent folder's permissions and free space", underlying: words)
        }
    }

    /// Removes a file or a whole folder; nothing there is fine. Folders without write permission are opened first.
    public static func remove(_ path: FilePath) throws {
        var status = stat()
        guard unsafe lstat(path.string, &status) == 0 else { return }
        do {
            try FileManager.default.removeItem(atPath: path.string)
        } catch {
            openFolders(under: path)
            do {
                try FileManager.default.removeItem(atPath: path.string)
            } catch {
                throw Failure(
                    "file.unremovable", "could not remove \(path)", advice: "remove it by hand, then run this again",
                    underlying: error)
            }
        }
    }

    private static func openFolders(under path: FilePath) {
        unsafe chmod(path.string, 0o700)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path.string) else { return }
        for name in names {
            var status = stat()
            let inner = path.appending(name)
            if unsafe lstat(inner.string, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                openFolders(under: inner)
            }
        }
    }

    public static func rename(_ source: FilePath, to target: FilePath) throws {
        guard unsafe Foundation.rename(source.string, target.string) == 0 else {
            throw Failure(
                "file.unwritable", "could not rename \(source) to \(target)", advice: "check the folder's permissions",
                underlying: Errno(rawValue: errno))
        }
    }

    /// Names in a folder, sorted by their bytes; empty where the folder can't be read.
    public static func names(in folder: FilePath) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Size in bytes; nil where there is no such file.
    public static func size(_ path: FilePath) -> Int? {
        var status = stat()
        return unsafe stat(path.string, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Bytes that an ordinary user may still write to the file system that holds `path` (or its nearest parent).
    public static func freeSpace(at path: FilePath) -> Int? {
        var place = path
        while !exists(place), place.removeLastComponent() {}
        var status = statvfs()
        guard unsafe statvfs(place.string, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    /// A whole file. Throws `Failure` with code `file.unreadable`.
    public static func bytes(_ path: FilePath) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try readPieces(of: path) { bytes += $0 }
        return bytes
    }

    /// A whole file as text; what is not UTF-8 in it is replaced.
    public static func text(_ path: FilePath) throws -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }
}
