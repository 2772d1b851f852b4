// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records
internal import SystemPackage

/// What stays with a tree while it is enabled, and is written before the first change: enough to take the series out again,
/// also where enabling or disabling was interrupted.
///
/// It lies in a tree, so it may be somebody else's: what it says is checked for what it could do to files.
struct GlueRecord: Codable, Sendable {
    enum State: String, Codable, Sendable {
        case enabling, enabled, disabling
    }

    struct File: Codable, Sendable {
        let path: String
        /// Its content and mode before; nil where the series makes the file.
        let before: Data?
        let beforeMode: UInt32?
        let after: Digest

        var content: TreeFiles.Content? {
            before.map { TreeFiles.Content(bytes: Array($0), mode: (beforeMode ?? 0o644) & 0o777) }
        }
    }

    /// What was done to the tree's git repository.
    struct Repository: Codable, Sendable {
        /// Its full name, `refs/heads/…`.
        let branch: String
        /// The newest commit of the series.
        let commit: String
        /// The full name of the branch that HEAD was on; nil where it was detached.
        let base: String?
        let baseCommit: String
    }

    var version = 2
    var state: State
    let series: GlueSeries
    let files: [File]
    /// Folders that the series made, outermost first.
    let folders: [String]
    let repository: Repository?

    /// Its folder in a tree without a repository; in one with, it lies in the repository as `bessemer-glue`.
    static let folder = ".bessemer-glue"
    static let name = "record.json"
}

/// Where the record of a tree lies.
struct GlueRecordStore: Sendable {
    let files: TreeFiles
    var folder = GlueRecord.folder

    private var name: String { "\(folder)/\(GlueRecord.name)" }

    /// nil where there is none. Throws `Failure` with code `glue.record` where it can't be one of Bessemer's.
    func read() throws -> GlueRecord? {
        guard let content = try files.read(name) else { return nil }
        struct Head: Decodable { let version: Int? }
        let path = "\(files.folder)/\(name)"
        let advice = "unpack the source again, or take the series out with `git apply --reverse` and remove that folder"
        if let head = try? JSON.decode(Head.self, from: content.bytes, named: path), head.version != 2 {
            throw Failure("glue.record", "\(path) was written by another version of Bessemer", advice: advice)
        }
        let record = try JSON.decode(GlueRecord.self, from: content.bytes, named: path, advice: advice)
        let isHonest =
            record.files.count < 10_000 && record.files.allSatisfy { GlueSeries.isOfSource($0.path) }
            && Set(record.files.map(\.path)).count == record.files.count
            && record.files.map(\.path).sorted() == record.series.touches
            && record.folders.allSatisfy(GlueSeries.isOfSource)
            && record.repository.map {
                GlueBranch.isOurs($0.branch) && GitRepository.isName($0.commit) && GitRepository.isName($0.baseCommit)
                    && $0.base?.hasPrefix("refs/heads/") != false
            } != false
        guard isHonest else {
            throw Failure("glue.record", "\(path) names what no record of Bessemer's does", advice: advice)
        }
        return record
    }

    func write(_ record: GlueRecord) throws {
        try files.write(TreeFiles.Content(bytes: Array(JSON.encode(record)), mode: 0o644), to: name)
    }

    func remove() throws {
        try files.remove(name)
        try files.removeLeftOver(of: name)
        try files.removeEmptyFolder(folder)
    }
}

extension KernelTree {
    /// Whether the tree, or the repository whose top folder it is, has the record that `tree enable` leaves.
    package var hasGlueRecord: Bool {
        let inRepository = path.appending(".git").appending(String(GlueRecord.folder.dropFirst()))
        return [path.appending(GlueRecord.folder), inRepository].contains {
            Files.status($0, followingLinks: false) != nil
        }
    }
}
