// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// What a folder holds: each entry's name, kind, mode and content, in the order of the names' bytes.
struct FolderListing: Sendable {
    let path: FilePath
    let entries: [FolderEntry]

    static let mostEntries = 4_000_000
    /// No file of a kernel source is larger, nor of one that was built in its folder.
    static let largestFile = 8 << 30
    static let mostBytes = 64 << 30

    /// Lists the folder, without its `.git`.
    ///
    /// Throws `Failure` with codes `file.unreadable` and `file.too-many`, and `CancellationError`.
    init(_ path: FilePath) throws {
        self.path = path
        entries = try Files.entries(below: path, atMost: Self.mostEntries, isEntered: { $0 != ".git" }) { file, error in
            throw Failure(
                "file.unreadable", "could not read \(file)", advice: "check that it may be read", underlying: error)
        }.filter { $0.name != ".git" }
    }

    /// Throws `Failure` with code `source.hostile` or `source.too-large` where there is something that no kernel source has.
    func refuseHostile(limit: Int = FolderListing.mostBytes) throws {
        var bytes = 0
        for entry in entries {
            switch entry.kind {
            case S_IFDIR, S_IFLNK: continue
            case S_IFREG: break
            case S_IFIFO: throw hostile(entry, "a named pipe")
            case S_IFSOCK: throw hostile(entry, "a socket")
            default: throw hostile(entry, "a device")
            }
            guard entry.status.st_mode & (S_ISUID | S_ISGID) == 0 else {
                throw hostile(entry, "a program that runs as its owner or group (set-ID)")
            }
            let size = Int(entry.status.st_size)
            bytes += min(size, limit)
            guard size <= Self.largestFile else { throw tooLarge("\(entry.name) has \(size / 1_000_000) MB") }
            guard bytes <= limit else {
                throw tooLarge("its files have over \(limit / 1_000_000) MB")
            }
        }
    }

    private func hostile(_ entry: FolderEntry, _ what: String) -> Failure {
        Failure(
            "source.hostile", "\(path)/\(entry.name) is \(what), which no kernel source has",
            advice: "remove it, or use the source as it was published")
    }

    private func tooLarge(_ reason: String) -> Failure {
        Failure(
            "source.too-large", "\(path) is not a kernel source: \(reason)",
            advice: "use the source as it was published")
    }

    /// Tells an unchanged folder from a changed one without reading its files.
    var fingerprint: Digest { entries.fingerprint }

    private static func word(_ entry: FolderEntry) -> String {
        switch entry.kind {
        case S_IFREG: entry.status.st_mode & 0o111 != 0 ? "executable" : "file"
        case S_IFDIR: "folder"
        case S_IFLNK: "link"
        default: "other"
        }
    }

    /// The digest of names, modes (executable or not) and contents, read with all processors.
    ///
    /// Throws `Failure` as `ForeignFolder.readPieces` does, and `CancellationError`.
    func digest() throws -> Digest {
        let folder = ForeignFolder(path)
        let contents = try entries.mapConcurrently { entry in
            switch entry.kind {
            case S_IFREG: try folder.digest(of: entry.name).hexadecimal
            case S_IFLNK: try Digest(of: folder.target(ofLink: entry.name)).hexadecimal
            default: "-"
            }
        }
        var digester = Digester()
        for (entry, content) in zip(entries, contents) {
            digester.add("\(Self.word(entry)) \(content) \(entry.name)\0")
        }
        return digester.finish()
    }
}
