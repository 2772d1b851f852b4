// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import SystemPackage

/// Records of vulnerabilities that somebody brought: the kernel's authority publishes them as a folder of files.
package struct CVEList: Sendable {
    /// Of the kernel, by identifier, each once.
    package let records: [CVERecord]
    /// Withdrawn ones, and those of other products.
    package let rejected: Int
    package let others: Int

    /// Files of a folder, and bytes of a file of many records.
    private static let most = 500_000
    private static let largestFile = 256 << 20

    /// Reads a file of records, or each `CVE-….json` in a folder and below it.
    ///
    /// Throws `Failure` with codes `cve.unreadable`, `cve.missing` where there is no record at all, `cve.conflict` where two
    /// say different things of one vulnerability, and as files are read.
    package init(_ path: FilePath) throws {
        var found: [CVERecord] = []
        if Files.isDirectory(path) {
            let folder = ForeignFolder(path)
            let names = folder.files(atMost: Self.most) { $0.hasPrefix("CVE-") && $0.hasSuffix(".json") }
            for name in names {
                try Task.checkCancellation()
                found.append(
                    try CVERecord(
                        try folder.bytes(of: name, limit: CVERecord.largest), from: path.appending(name).string))
            }
        } else {
            found = try CVERecord.all(try Files.bytes(path, limit: Self.largestFile), from: path.string)
        }
        guard !found.isEmpty else {
            throw Failure(
                "cve.missing", "\(path) has no CVE record",
                advice: "name a CVE-….json of the kernel's CVE authority, or a folder of them")
        }
        try self.init(found)
    }

    init(_ found: [CVERecord]) throws {
        var records: [String: CVERecord] = [:]
        for record in found where record.isOfKernel && !record.isRejected {
            if let other = records.updateValue(record, forKey: record.identifier), other != record {
                throw Failure(
                    "cve.conflict", "two records say different things of \(record.identifier)",
                    advice: "leave the older one out")
            }
        }
        self.records = records.values.sorted { $0.identifier < $1.identifier }
        rejected = found.count { $0.isOfKernel && $0.isRejected }
        others = found.count { !$0.isOfKernel }
    }
}

/// Patch identifiers of commits, as `git patch-id --stable` prints them: `IDENTIFIER COMMIT` in each line.
package struct PatchIdentifiers: Sendable {
    private let commits: [String: Set<String>]

    package static let none = PatchIdentifiers([:])

    private init(_ commits: [String: Set<String>]) { self.commits = commits }

    private static let largest = 512 << 20

    /// Throws `Failure` with code `patch-ids.unreadable` that names the line.
    package init(file: FilePath) throws {
        try self.init(try Files.bytes(file, limit: Self.largest), from: file.string)
    }

    init(_ bytes: [UInt8], from name: String) throws {
        var commits: [String: Set<String>] = [:]
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard words.count == 2, words.allSatisfy({ $0.count == 40 && $0.allSatisfy(\.isHexadecimalDigit) }) else {
                throw Failure(
                    "patch-ids.unreadable", "\(name):\(index + 1) is not a patch-id and a commit",
                    advice: "make the file with `git log -p RANGE | git patch-id --stable`")
            }
            commits[String(decoding: words[1], as: UTF8.self).lowercased(), default: []].insert(
                String(decoding: words[0], as: UTF8.self).lowercased())
        }
        self.commits = commits
    }

    /// Of all commits.
    package var all: Set<String> { commits.values.reduce(into: []) { $0.formUnion($1) } }

    /// Of the commit, or of those that the beginning of one means.
    func identifiers(of commit: String) -> Set<String> {
        if let found = commits[commit] { return found }
        guard commit.utf8.count < 40 else { return [] }
        return commits.reduce(into: []) { if $1.key.hasPrefix(commit) { $0.formUnion($1.value) } }
    }
}
