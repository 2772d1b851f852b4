// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import SystemPackage

/// An initial RAM file system in the making, in the "newc" form of cpio
/// (Documentation/driver-api/early-userspace/buffer-format.rst).
///
/// The same entries in the same order give the same bytes: inode numbers count from 1, every owner is root, and every
/// time is `modificationTime`.
package struct InitramfsArchive: Sendable {
    private struct Entry: Sendable {
        let name: String
        /// File type and permission bits, as `st_mode` has them.
        let mode: UInt32
        let contents: [UInt8]
        var device: (major: UInt32, minor: UInt32) = (0, 0)
    }

    /// Type bits of `st_mode` (sys_stat.h(7)).
    private enum FileType {
        static let folder: UInt32 = 0o040000
        static let characterDevice: UInt32 = 0o020000
        static let file: UInt32 = 0o100000
        static let symbolicLink: UInt32 = 0o120000
    }

    /// The kernel refuses a name that does not fit into `PATH_MAX` with its NUL (init/initramfs.c).
    private static let longestName = 4095
    private static let trailer = "TRAILER!!!"

    private let modificationTime: UInt32
    private var entries: [Entry] = []
    private var names: Set<String> = []
    private var folders: Set<String> = []

    /// - Parameter modificationTime: seconds since the epoch, of every entry.
    package init(modificationTime: UInt32 = 0) {
        self.modificationTime = modificationTime
    }

    /// Adds a regular file. Throws `Failure` with code `initramfs.name` or `initramfs.size`.
    package mutating func addFile(_ name: String, _ contents: [UInt8], permissions: UInt32 = 0o644) throws {
        guard UInt32(exactly: contents.count) != nil else {
            throw Failure(
                "initramfs.size",
                "\(name) has \(contents.count) bytes; a file in a newc archive has at most 4294967295",
                advice: "leave the file out, or make it smaller")
        }
        try add(Entry(name: name, mode: FileType.file | permissions & 0o7777, contents: contents))
    }

    /// Adds a folder. Throws `Failure` with code `initramfs.name`.
    package mutating func addFolder(_ name: String, permissions: UInt32 = 0o755) throws {
        try add(Entry(name: name, mode: FileType.folder | permissions & 0o7777, contents: []))
        folders.insert(name)
    }

    /// Adds the folders that a name lies in, as far as they are not there. Throws `Failure` with code `initramfs.name`.
    package mutating func addFolders(above name: String) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        for count in 1..<max(1, parts.count) {
            let folder = parts.prefix(count).joined(separator: "/")
            if !folders.contains(folder) { try addFolder(folder) }
        }
    }

    /// Adds a symbolic link to `target`, which is not checked. Throws `Failure` with code `initramfs.name`.
    package mutating func addSymbolicLink(_ name: String, to target: String) throws {
        let bytes = Array(target.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.longestName, !bytes.contains(0) else {
            throw Failure(
                "initramfs.name", "the symbolic link \(name) has a target that no path can be",
                advice: "give a target of 1 to \(Self.longestName) bytes without NUL")
        }
        try add(Entry(name: name, mode: FileType.symbolicLink | 0o777, contents: bytes))
    }

    /// Adds a character device. Throws `Failure` with code `initramfs.name`.
    package mutating func addCharacterDevice(
        _ name: String, major: UInt32, minor: UInt32, permissions: UInt32 = 0o600
    ) throws {
        try add(
            Entry(
                name: name, mode: FileType.characterDevice | permissions & 0o7777, contents: [],
                device: (major, minor)))
    }

    /// Whether an entry of that name was added.
    package func contains(_ name: String) -> Bool { names.contains(name) }

    /// Adds what is in a folder of this machine, links as links, under `name`, which was added before; folders that are
    /// there already are shared. `isWanted` gets each path below the folder; what is in an unwanted one is left out, too.
    ///
    /// Throws `Failure` with codes `initramfs.name`, `initramfs.size` and `file.unreadable`.
    package mutating func addTree(
        _ folder: FilePath, at name: String, isWanted: (String) -> Bool = { _ in true }
    ) throws {
        let foreign = ForeignFolder(folder)
        var waiting = try foreign.names().reversed().map { $0 }
        while let path = waiting.popLast() {
            guard isWanted(path) else { continue }
            let inside = "\(name)/\(path)"
            switch try foreign.kind(of: path) {
            case .folder:
                if !folders.contains(inside) {
                    try addFolder(inside, permissions: UInt32(try foreign.permissions(of: path)))
                }
                waiting += try foreign.names(in: path).reversed().map { "\(path)/\($0)" }
            case .link: try addSymbolicLink(inside, to: foreign.target(ofLink: path))
            case .file:
                try addFile(
                    inside, foreign.bytes(of: path, limit: ForeignFolder.Limit.image),
                    permissions: UInt32(try foreign.permissions(of: path)))
            case .special, nil: continue
            }
        }
    }

    /// The whole archive.
    package func bytes() -> [UInt8] {
        var archive: [UInt8] = []
        archive.reserveCapacity(entries.reduce(1024) { $0 + $1.contents.count + $1.name.utf8.count + 128 })
        for (index, entry) in entries.enumerated() { append(entry, inode: UInt32(index + 1), to: &archive) }
        append(Entry(name: Self.trailer, mode: 0, contents: []), inode: 0, to: &archive)
        // GNU cpio reads blocks of 512 bytes and takes a shorter end for a truncated archive.
        pad(&archive, to: 512)
        return archive
    }

    /// Writes the archive to a file, whole or not at all. Throws as `AtomicFile.write` does.
    package func write(to path: FilePath) throws {
        try AtomicFile.write(bytes(), to: path)
    }

    private mutating func add(_ entry: Entry) throws {
        func refuse(_ rationale: String) -> Failure {
            Failure(
                "initramfs.name", "\"\(entry.name)\" can't be a name in the archive: \(rationale)",
                advice: "give a relative path whose folders were added before it")
        }
        let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
        guard !entry.name.isEmpty, entry.name.utf8.count <= Self.longestName else {
            throw refuse("it has \(entry.name.utf8.count) bytes, not 1 to \(Self.longestName)")
        }
        guard !entry.name.utf8.contains(0) else { throw refuse("it holds a NUL") }
        guard !parts.contains(""), !parts.contains("."), !parts.contains("..") else {
            throw refuse("a part of it is empty, . or ..")
        }
        guard entry.name != Self.trailer else { throw refuse("it marks the end of an archive") }
        if parts.count > 1, !folders.contains(parts.dropLast().joined(separator: "/")) {
            throw refuse("its folder is not in the archive")
        }
        guard entries.count < Int(UInt32.max) - 1 else { throw refuse("the archive has no inode numbers left") }
        guard names.insert(entry.name).inserted else { throw refuse("it is there already") }
        entries.append(entry)
    }

    private func append(_ entry: Entry, inode: UInt32, to archive: inout [UInt8]) {
        let name = Array(entry.name.utf8) + [0]
        // cpio gives a folder two links, itself and its "."; nothing reads the number of a folder.
        let links: UInt32 = entry.mode & 0o170000 == FileType.folder ? 2 : 1
        let time = inode == 0 ? 0 : modificationTime
        let fields: [UInt32] = [
            inode, entry.mode, 0, 0, links, time, UInt32(entry.contents.count), 0, 0, entry.device.major,
            entry.device.minor, UInt32(name.count), 0,
        ]
        archive += "070701".utf8
        for field in fields { archive += String(format: "%08X", field).utf8 }
        archive += name
        pad(&archive, to: 4)
        archive += entry.contents
        pad(&archive, to: 4)
    }

    private func pad(_ archive: inout [UInt8], to multiple: Int) {
        let over = archive.count % multiple
        if over > 0 { archive += repeatElement(0, count: multiple - over) }
    }
}
