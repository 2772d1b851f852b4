// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import SystemPackage

/// Every file of a root file system as it was when it was made.
package struct FileManifest: Codable, Hashable, Sendable {
    /// Kind, mode and content of one file.
    package struct Entry: Codable, Hashable, Sendable {
        /// `file`, `folder`, `link` or `other`.
        package let kind: String
        /// Permission bits.
        package let mode: Int
        /// Of a link.
        package var target: String?
        /// Of a file. Nil where it is not a file.
        package var sha256: Digest?
    }

    /// Keyed by the path below the root, without a leading slash.
    package let entries: [String: Entry]

    /// Reads the folder, hashing files with all processors.
    package init(of root: FilePath) throws {
        let listing = try Self.listing(of: root)
        let found = try listing.mapConcurrently { Self.entry($0, in: root) }
        entries = Dictionary(zip(listing.map(\.name), found)) { $1 }
    }

    package init(contentsOf path: FilePath) throws {
        self = try JSON.read(FileManifest.self, from: path)
    }

    package func write(to path: FilePath) throws {
        try AtomicFile.write(json: self, to: path)
    }

    /// What is below the root in byte order; links are not followed. What the kernel or a container's start puts there is
    /// left out, as is what lies in a folder that can't be read.
    static func listing(of root: FilePath) throws -> [FolderEntry] {
        guard Files.isDirectory(root) else {
            throw Failure("file.unreadable", "could not read the folder \(root)", advice: "check that it exists")
        }
        return try Files.entries(
            below: root, isEntered: { !["dev", "proc", "sys"].contains($0) }, onFailure: { _, _ in })
    }

    static func entry(_ listed: FolderEntry, in root: FilePath) -> Entry {
        let file = root.appending(listed.name)
        let mode = Int(listed.status.st_mode & 0o7777)
        switch listed.kind {
        case S_IFDIR: return Entry(kind: "folder", mode: mode)
        case S_IFLNK:
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: file.string)
            return Entry(kind: "link", mode: 0o777, target: target)
        case S_IFREG:
            // A file that only its owner may read has no digest for others.
            return Entry(kind: "file", mode: mode, sha256: try? Digest(ofFile: file))
        default: return Entry(kind: "other", mode: mode)
        }
    }
}
