// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// What a folder holds: each entry's name, kind, mode and content, in the order of the names' bytes.
struct FolderListing: Sendable {
    struct Entry: Sendable {
        enum Kind: Sendable {
            case file, folder
            case link(target: String)
            /// A socket, a pipe or a device, by its name: never opened.
            case special(String)
        }

        /// Relative to the folder.
        let name: String
        let kind: Kind
        let isExecutable: Bool
        /// A file that runs as its owner or group.
        let isPrivileged: Bool
        let size: Int
        let inode: UInt64
        /// Nanoseconds since 1970: of the content, and of the content or anything else about it.
        let modified: Int
        let changed: Int
    }

    let path: FilePath
    let entries: [Entry]

    static let mostEntries = 4_000_000
    /// No file of a kernel source is larger, nor of one that was built in its folder.
    static let largestFile = 8 << 30
    static let mostBytes = 64 << 30

    /// Lists the folder, without its `.git`. Throws `Failure` with code `file.unreadable` or `source.too-large`.
    init(_ path: FilePath) throws {
        self.path = path
        var entries: [Entry] = []
        var folders = [""]
        while let folder = folders.popLast() {
            try Task.checkCancellation()
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: path.string + "/" + folder)
            } catch {
                throw Self.unreadable(path.string + "/" + folder, ErrorWords.of(error))
            }
            for name in names where !(folder.isEmpty && name == ".git") {
                let relative = folder.isEmpty ? name : folder + "/" + name
                let entry = try Self.entry(relative, in: path)
                entries.append(entry)
                if case .folder = entry.kind { folders.append(relative) }
                guard entries.count <= Self.mostEntries else {
                    throw Failure(
                        "source.too-large", "\(path) holds more than \(Self.mostEntries) files",
                        advice: "name the top folder of a kernel source")
                }
            }
        }
        self.entries = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private static func unreadable(_ path: String, _ rationale: String) -> Failure {
        Failure("file.unreadable", "could not read \(path)", advice: "check that it may be read", underlying: rationale)
    }

    private static func entry(_ name: String, in folder: FilePath) throws -> Entry {
        let path = folder.string + "/" + name
        let status: stat
        do {
            status = try Files.status(of: path, followingLinks: false)
        } catch {
            throw unreadable(path, "\(error)")
        }
        let kind: Entry.Kind
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .folder
        case S_IFLNK:
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
                throw unreadable(path, "the link's target can't be read")
            }
            kind = .link(target: target)
        case S_IFIFO: kind = .special("a named pipe")
        case S_IFSOCK: kind = .special("a socket")
        default: kind = .special("a device")
        }
        func nanoseconds(_ time: timespec) -> Int { time.tv_sec &* 1_000_000_000 &+ time.tv_nsec }
        return Entry(
            name: name, kind: kind, isExecutable: status.st_mode & 0o111 != 0,
            isPrivileged: status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o6000 != 0,
            size: Int(status.st_size), inode: UInt64(status.st_ino), modified: nanoseconds(status.st_mtim),
            changed: nanoseconds(status.st_ctim))
    }

    /// Throws `Failure` with code `source.hostile` or `source.too-large` where there is something that no kernel source has.
    func refuseHostile(limit: Int = FolderListing.mostBytes) throws {
        var bytes = 0
        for entry in entries {
            if case .special(let what) = entry.kind { throw hostile(entry, what) }
            if entry.isPrivileged { throw hostile(entry, "a program that runs as its owner or group (set-ID)") }
            guard case .file = entry.kind else { continue }
            bytes += min(entry.size, limit)
            guard entry.size <= Self.largestFile else {
                throw tooLarge("\(entry.name) has \(entry.size / 1_000_000) MB")
            }
            guard bytes <= limit else {
                throw tooLarge("its files have over \(limit / 1_000_000) MB")
            }
        }
    }

    private func hostile(_ entry: Entry, _ what: String) -> Failure {
        Failure(
            "source.hostile", "\(path)/\(entry.name) is \(what), which no kernel source has",
            advice: "remove it, or use the source as it was published")
    }

    private func tooLarge(_ reason: String) -> Failure {
        Failure(
            "source.too-large", "\(path) is not a kernel source: \(reason)",
            advice: "use the source as it was published")
    }

    /// Tells an unchanged folder from a changed one without reading its files: names, kinds, sizes, times and inodes. A
    /// change of a file's content changes a time that no program can set (`st_ctime`).
    var fingerprint: Digest {
        var digester = Digester()
        var text: [UInt8] = []
        for entry in entries {
            text.removeAll(keepingCapacity: true)
            text += entry.name.utf8
            text += "\0\(Self.word(entry)) \(entry.size) \(entry.modified) \(entry.changed) \(entry.inode)\n".utf8
            digester.add(text)
        }
        return digester.finish()
    }

    private static func word(_ entry: Entry) -> String {
        switch entry.kind {
        case .file: entry.isExecutable ? "executable" : "file"
        case .folder: "folder"
        case .link: "link"
        case .special: "other"
        }
    }

    /// The digest of names, modes (executable or not) and contents, read with all processors.
    ///
    /// Throws `Failure` as `ForeignFolder.readPieces` does, and `CancellationError`.
    func digest() throws -> Digest {
        let folder = ForeignFolder(path)
        let contents = try entries.mapConcurrently { entry in
            switch entry.kind {
            case .file: try folder.digest(of: entry.name).hexadecimal
            case .link(let target): Digest(of: target).hexadecimal
            case .folder, .special: "-"
            }
        }
        var digester = Digester()
        for (entry, content) in zip(entries, contents) {
            digester.add("\(Self.word(entry)) \(content) \(entry.name)\0")
        }
        return digester.finish()
    }
}
