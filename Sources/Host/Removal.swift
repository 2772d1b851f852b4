// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import SystemPackage

/// Takes files and folders away, however deep folders are nested and whatever their names and permissions are.
enum Removal {
    /// Removes a name in an open folder (`AT_FDCWD`: a path); nothing there is fine.
    static func remove(_ name: [CChar], in folder: Int32) throws(Errno) {
        var status = stat()
        guard unsafe fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return }
            throw Errno(rawValue: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try unlink(name, in: folder, 0) }
        let top = try open(name, in: folder)
        // What is in a folder inside is moved up to the top: paths stay short, and no more than two folders are open.
        while true {
            let entries = try top.entries(atMost: batch)
            if entries.isEmpty { break }
            for entry in entries {
                if entry.kind == S_IFDIR { try empty(entry.name, in: top) }
                try unlink(entry.name, in: top.number, entry.kind == S_IFDIR ? AT_REMOVEDIR : 0)
            }
        }
        try unlink(name, in: folder, AT_REMOVEDIR)
    }

    private static let batch = 10_000

    private static func empty(_ name: [CChar], in top: borrowing Descriptor) throws(Errno) {
        let folder = try open(name, in: top.number)
        while true {
            let entries = try folder.entries(atMost: batch)
            if entries.isEmpty { return }
            for entry in entries {
                guard entry.kind == S_IFDIR else {
                    try unlink(entry.name, in: folder.number, 0)
                    continue
                }
                // Its own entry `..` is written to.
                if entry.status.st_mode & S_IRWXU != S_IRWXU { try openUp(entry.name, in: folder.number) }
                try check(unsafe renameat(folder.number, entry.name, top.number, TemporaryName.next()))
            }
        }
    }

    private static func unlink(_ name: [CChar], in folder: Int32, _ flags: Int32) throws(Errno) {
        try check(unsafe unlinkat(folder, name, flags))
    }

    private static func open(_ name: [CChar], in folder: Int32) throws(Errno) -> Descriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var number = unsafe openat(folder, name, flags)
        if number < 0, errno == EACCES {
            try openUp(name, in: folder)
            number = unsafe openat(folder, name, flags)
        }
        let descriptor = try Descriptor(number)
        if try descriptor.status().st_mode & S_IRWXU != S_IRWXU { _ = fchmod(descriptor.number, S_IRWXU) }
        return descriptor
    }

    /// Gives the owner all rights on a folder.
    private static func openUp(_ name: [CChar], in folder: Int32) throws(Errno) {
        try check(unsafe fchmodat(folder, name, S_IRWXU, AT_SYMLINK_NOFOLLOW))
    }

    static func failure(_ path: FilePath, _ error: Errno) -> Failure {
        Failure(
            "file.unremovable", "could not remove \(path)", advice: "remove it by hand, then run this again",
            underlying: error)
    }
}

/// Names that nobody can guess, as bytes with a NUL.
package enum TemporaryName {
    /// Whether it is a name of this form, which a process that was killed can have left.
    package static func isOne(_ name: String) -> Bool { name.wholeMatch(of: #/\.partial-[0-9a-z]{10,26}/#) != nil }

    static func next() -> [CChar] {
        let digits = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        return ".partial-\(digits)".utf8CString.map { $0 }
    }
}
