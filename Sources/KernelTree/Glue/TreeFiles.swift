// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// Ordinary files below a folder that somebody else filled. No link is followed, at any place of a name.
///
/// A file is written beside its place under a name of its own and renamed over it, so that it is the old one or the new one
/// at each moment (rename(2)).
struct TreeFiles: Sendable {
    let folder: FilePath

    struct Content: Hashable, Sendable {
        let bytes: [UInt8]
        /// Permission bits, without set-user-ID and its like.
        let mode: UInt32
    }

    /// Whether a name can only mean a file below the folder: no `..`, no repository, no control characters.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count < 1024
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !["", ".", "..", ".git"].contains($0.lowercased())
            }
    }

    /// What the file holds; nil where there is none. Throws `Failure` with code `tree.not-a-file` where it is anything but
    /// an ordinary file, or lies behind a link, and `file.unreadable`.
    func read(_ name: String) throws -> Content? {
        guard try Parent(of: name, in: self, creating: false) != nil else { return nil }
        let foreign = ForeignFolder(folder)
        switch try foreign.kind(of: name) {
        case nil: return nil
        case .link: throw unreadable(name, .tooManySymbolicLinkLevels)
        case .file(let size) where size <= KernelTree.largestFile:
            let bytes = try foreign.bytes(of: name, limit: KernelTree.largestFile)
            return Content(bytes: bytes, mode: UInt32(try foreign.permissions(of: name)) & 0o777)
        case .file, .folder, .special:
            throw Failure(
                "tree.not-a-file", "\(folder)/\(name) is not an ordinary file of a kernel source",
                advice: "use a tree as it was published")
        }
    }

    /// Puts a file in its place, whole. Folders that are missing are made.
    func write(_ content: Content, to name: String) throws {
        try stage(content, for: name)
        try putStaged(name)
    }

    /// Writes what a file will hold beside its place.
    func stage(_ content: Content, for name: String) throws {
        guard let parent = try Parent(of: name, in: self, creating: true) else { return }
        let temporary = Self.temporary(parent.name)
        unsafe unlinkat(parent.descriptor.rawValue, temporary, 0)
        let descriptor = unsafe openat(
            parent.descriptor.rawValue, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unwritable(name, Errno(rawValue: errno)) }
        let file = FileDescriptor(rawValue: descriptor)
        do {
            defer { try? file.close() }
            try file.writeAll(content.bytes)
            guard fchmod(descriptor, content.mode & 0o777) == 0, fsync(descriptor) == 0 else {
                throw Errno(rawValue: errno)
            }
        } catch let error as Errno {
            unsafe unlinkat(parent.descriptor.rawValue, temporary, 0)
            throw unwritable(name, error)
        }
    }

    /// Puts what was staged in its place.
    func putStaged(_ name: String) throws {
        guard let parent = try Parent(of: name, in: self, creating: false),
            unsafe renameat(
                parent.descriptor.rawValue, Self.temporary(parent.name), parent.descriptor.rawValue, parent.name) == 0
        else { throw unwritable(name, Errno(rawValue: errno)) }
    }

    /// Removes a file; nothing there is fine.
    func remove(_ name: String) throws {
        guard let parent = try Parent(of: name, in: self, creating: false) else { return }
        guard unsafe unlinkat(parent.descriptor.rawValue, parent.name, 0) == 0 || errno == ENOENT else {
            throw unwritable(name, Errno(rawValue: errno))
        }
    }

    /// Removes what a `write` that was killed left beside the file's place.
    func removeLeftOver(of name: String) throws {
        var path = FilePath(name)
        guard let last = path.lastComponent?.string else { return }
        path.removeLastComponent()
        try remove(path.appending(Self.temporary(last)).string)
    }

    /// Removes a folder if it is empty.
    func removeEmptyFolder(_ name: String) throws {
        guard let parent = try Parent(of: name, in: self, creating: false) else { return }
        unsafe unlinkat(parent.descriptor.rawValue, parent.name, AT_REMOVEDIR)
    }

    private static func temporary(_ name: String) -> String { ".\(name).bessemer-glue" }

    /// The folders of a name that are not there, outermost first.
    func missingFolders(of name: String) throws -> [String] {
        var missing: [String] = []
        var folder = FilePath(name).removingLastComponent()
        while !folder.isEmpty {
            if try Parent(of: folder.appending("x").string, in: self, creating: false) != nil { break }
            missing.append(folder.string)
            folder.removeLastComponent()
        }
        return missing.reversed()
    }

    private func unreadable(_ name: String, _ error: Errno) -> Failure {
        if error == .tooManySymbolicLinkLevels || error == .notDirectory {
            return Failure(
                "tree.not-a-file", "\(folder)/\(name) is, or lies behind, a symbolic link",
                advice: "use a tree as it was published")
        }
        return Failure(
            "file.unreadable", "could not read \(folder)/\(name)", advice: "check that it may be read",
            underlying: error)
    }

    private func unwritable(_ name: String, _ error: Errno) -> Failure {
        error == .noSpace
            ? Failure(
                "disk.full", "no space left while writing \(folder)/\(name)", advice: "free space on that file system",
                underlying: error)
            : Failure(
                "file.unwritable", "could not write \(folder)/\(name)", advice: "check the folder's permissions",
                underlying: error)
    }

    /// The open folder that a name lies in, reached without following a link.
    private final class Parent {
        let descriptor: FileDescriptor
        let name: String

        /// nil where the folder is not there and none is to be made.
        init?(of name: String, in files: TreeFiles, creating: Bool) throws {
            guard TreeFiles.isPlain(name) else {
                throw Failure(
                    "tree.not-a-file", "\(name) does not name a file below \(files.folder)",
                    advice: "use a tree as it was published")
            }
            var parts = name.split(separator: "/").map(String.init)
            self.name = parts.removeLast()
            let options = O_RDONLY | O_DIRECTORY | O_CLOEXEC
            var current = unsafe open(files.folder.string, options)
            guard current >= 0 else { throw files.unreadable(name, Errno(rawValue: errno)) }
            for part in parts {
                var next = unsafe openat(current, part, options | O_NOFOLLOW)
                if next < 0, errno == ENOENT, creating {
                    unsafe mkdirat(current, part, 0o755)
                    next = unsafe openat(current, part, options | O_NOFOLLOW)
                }
                let error = Errno(rawValue: errno)
                close(current)
                guard next >= 0 else {
                    if error == .noSuchFileOrDirectory, !creating { return nil }
                    throw creating && error != .notDirectory
                        ? files.unwritable(name, error) : files.unreadable(name, error)
                }
                current = next
            }
            descriptor = FileDescriptor(rawValue: current)
        }

        deinit { try? descriptor.close() }
    }
}
