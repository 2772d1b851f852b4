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
        package let target: String?
        /// Of a file. Nil where it is not a file.
        package let sha256: Digest?
    }

    /// Keyed by the path below the root, without a leading slash.
    package let entries: [String: Entry]

    /// Reads the folder, hashing files with all processors.
    package init(of root: FilePath) throws {
        var entries: [String: Entry] = [:]
        let results = try Self.paths(below: root).mapConcurrently { path in try Self.entry(path, root) }
        for (path, entry) in results { entries[path] = entry }
        self.entries = entries
    }

    package init(contentsOf path: FilePath) throws {
        self = try JSON.read(FileManifest.self, from: path)
    }

    package func write(to path: FilePath) throws {
        try AtomicFile.write(json: self, to: path)
    }

    /// Paths below the root in byte order; links are not followed. What the kernel or a container's start puts there is left out.
    static func paths(below root: FilePath) throws -> [String] {
        let skipped: Set<String> = ["dev", "proc", "sys"]
        guard let walk = FileManager.default.enumerator(atPath: root.string) else {
            throw Failure("file.unreadable", "could not read the folder \(root)", advice: "check that it exists")
        }
        var paths: [String] = []
        while let path = walk.nextObject() as? String {
            if skipped.contains(path) { walk.skipDescendants() }
            paths.append(path)
        }
        return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    static func entry(_ path: String, _ root: FilePath) throws -> (String, Entry) {
        let file = root.appending(path)
        var status = stat()
        guard unsafe lstat(file.string, &status) == 0 else {
            return (path, Entry(kind: "other", mode: 0, target: nil, sha256: nil))
        }
        let mode = Int(status.st_mode & 0o7777)
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return (path, Entry(kind: "folder", mode: mode, target: nil, sha256: nil))
        case S_IFLNK:
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: file.string)
            return (path, Entry(kind: "link", mode: 0o777, target: target, sha256: nil))
        case S_IFREG:
            // A file that only its owner may read has no digest for others.
            return (path, Entry(kind: "file", mode: mode, target: nil, sha256: try? Digest(ofFile: file)))
        default: return (path, Entry(kind: "other", mode: mode, target: nil, sha256: nil))
        }
    }
}
