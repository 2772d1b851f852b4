// SPDX-License-Identifier: Apache-2.0
internal import Documents
internal import Foundation
internal import Host
package import SystemPackage

/// The folder that a site is written to, on a file share that others write to as well.
///
/// Its manifest says which files are the site's, what each was made from, and what it held; no other file is touched. Nothing is
/// written through a link. One process at a time writes to it.
package struct SiteFolder: Sendable {
    package static let manifestFile = "bessemer-site.json"
    private static let lockFile = "lock"

    /// What the site's files are.
    private struct Manifest: Codable, Hashable {
        static let schema = "bessemer-site/1"

        var schema = Self.schema
        /// By the path from the folder on.
        var files: [String: File] = [:]
    }

    private struct File: Codable, Hashable {
        /// Of all that the file is made from; nil where it is made again each time.
        var inputs: Digest?
        /// Of the file; nil where it is to be written.
        var sha256: Digest?
    }

    /// What became of a file.
    struct Written: Sendable {
        let path: String
        let inputs: Digest?
        let sha256: Digest
        let isNew: Bool
    }

    private let folder: ForeignFolder
    private let lock: FolderLock
    private let before: Manifest

    /// Takes a folder that is new, empty, or a site's.
    ///
    /// Throws `Failure` with code `site.foreign` for any other, `folder.busy` where another process writes to it, and as making
    /// folders does.
    package init(at path: FilePath) throws {
        folder = ForeignFolder(path)
        if let status = Files.status(path), status.st_mode & S_IFMT != S_IFDIR {
            throw Failure("site.foreign", "\(path) is not a folder", advice: "name a folder with --output")
        }
        try Self.refuseForeign(folder)
        lock = try FolderLock(path, doing: "writing a site")
        before = try Self.manifest(in: folder)
    }

    private static func refuseForeign(_ folder: ForeignFolder) throws {
        guard Files.exists(folder.path) else { return }
        let names = try folder.names()
        guard !names.contains(manifestFile) else { return }
        let others = names.filter { $0 != lockFile && !isLeft($0, in: folder) }
        guard let first = others.first else { return }
        throw Failure(
            "site.foreign", "\(folder.path) holds \(first), and is not a site that Bessemer wrote",
            advice: "name an empty folder, a new one, or one that `bessemer site` wrote")
    }

    /// Whether it is a file that a process left which was killed while it wrote.
    private static func isLeft(_ path: String, in folder: ForeignFolder) -> Bool {
        guard let name = path.split(separator: "/").last, TemporaryName.isOne(String(name)) else { return false }
        if case .file = (try? folder.kind(of: path)) ?? nil { return true }
        return false
    }

    private static func manifest(in folder: ForeignFolder) throws -> Manifest {
        guard try folder.kind(of: manifestFile) != nil else { return Manifest() }
        let bytes = try folder.bytes(of: manifestFile, limit: ForeignFolder.Limit.source)
        let advice = "name another folder, or remove this one with all that is in it"
        let manifest = try JSON.decode(Manifest.self, from: bytes, named: manifestFile, advice: advice)
        guard manifest.schema == Manifest.schema, manifest.files.keys.allSatisfy(SitePath.isOfSite) else {
            throw Failure(
                "site.foreign", "\(manifestFile) in \(folder.path) is not one that this Bessemer writes", advice: advice
            )
        }
        return manifest
    }

    /// Makes ready for files of those paths: from here on they are known as the site's, whatever happens.
    ///
    /// Throws `Failure` with code `site.foreign` where somebody else's file has one of the names.
    func begin(_ paths: [String]) throws {
        for name in SitePath.folders { try folder.makeFolder(name) }
        var manifest = before
        for path in paths where manifest.files[path] == nil {
            guard try folder.kind(of: path) == nil else {
                throw Failure(
                    "site.foreign", "\(folder.path.appending(path)) is there, and Bessemer did not write it",
                    advice: "move it to another folder, or name another one with --output")
            }
            manifest.files[path] = File()
        }
        let isThere = try folder.kind(of: Self.manifestFile) != nil
        if manifest != before || !isThere { try write(manifest) }
    }

    /// The file, where it is as it was written from those inputs; nil where it has to be made.
    func current(_ path: String, from inputs: Digest) throws -> Written? {
        guard let known = before.files[path], known.inputs == inputs, let digest = known.sha256,
            try self.digest(of: path) == digest
        else { return nil }
        return Written(path: path, inputs: inputs, sha256: digest, isNew: false)
    }

    /// Writes a file, where it is another one than that which is there.
    func put(_ bytes: [UInt8], _ path: String, from inputs: Digest?) throws -> Written {
        let digest = Digest(of: bytes)
        let isThere = try self.digest(of: path) == digest
        // What the power's failure makes of it its digest tells the next one.
        if !isThere { try folder.write(bytes, to: path, flushing: false) }
        return Written(path: path, inputs: inputs, sha256: digest, isNew: !isThere)
    }

    /// Of a file that is there and no link; nil for anything else.
    private func digest(of path: String) throws -> Digest? {
        guard case .file = try folder.kind(of: path) else { return nil }
        return try folder.digest(of: path)
    }

    /// Removes what was the site's and is not among these any more, and says in the manifest what is. Returns the number of
    /// files that were removed.
    func end(_ files: [Written]) throws -> Int {
        var manifest = Manifest()
        for file in files { manifest.files[file.path] = File(inputs: file.inputs, sha256: file.sha256) }
        var removed = 0
        for path in before.files.keys.sorted() where manifest.files[path] == nil {
            // What is not as it was written is somebody else's by now, and so is a folder.
            guard let known = before.files[path]?.sha256, try digest(of: path) == known else { continue }
            try folder.remove(path)
            removed += 1
        }
        // What a process left that was killed where the file system has no files without a name.
        for name in [""] + SitePath.folders {
            for left in try folder.names(in: name) {
                let path = name.isEmpty ? left : "\(name)/\(left)"
                if Self.isLeft(path, in: folder) { try folder.remove(path) }
            }
        }
        let bytes = Array(try JSON.encode(manifest))
        let isSame = try digest(of: Self.manifestFile) == Digest(of: bytes)
        if !isSame { try folder.write(bytes, to: Self.manifestFile) }
        return removed
    }

    private func write(_ manifest: Manifest) throws {
        try folder.write(Array(try JSON.encode(manifest)), to: Self.manifestFile)
    }
}
