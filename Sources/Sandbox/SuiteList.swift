// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host
package import Records
package import SystemPackage

/// What a suite has for one architecture: its package list, read by the host's apt in a folder of its own, which checks
/// that the archive's key signed it.
package struct SuiteList: Sendable {
    package let suite: String
    package let architecture: String
    package let date: Date
    /// nil where the archive sets none.
    package let validUntil: Date?
    /// Of the list's bytes.
    package let digest: Digest
    /// Of all packages, sorted.
    package let names: [String]
    private let folder: FilePath
    private let resolver: SandboxResolver

    /// Bytes of a package list that is read; Debian's have some 60 MB.
    package static let largest = 1 << 30

    /// Reads the list from the mirror; `folder` keeps it, so that an unchanged one is not fetched again.
    ///
    /// A Release file that is past its validity is taken: what is read is only looked at. Throws `Failure` with code
    /// `suite.unreadable`, also where the list names no package, which is not a state of an archive.
    package init(
        suite: String, architecture: String, mirror: Mirror, folder: FilePath, largest: Int = Self.largest
    ) async throws {
        let resolver = SandboxResolver(
            specification: SandboxSpecification(
                name: suite, suites: [.init(name: suite, architectures: [architecture])], installed: []),
            mirror: mirror, allowExpired: true, largestList: largest)
        func unreadable(_ reason: String, _ underlying: String = "") -> Failure {
            Failure(
                "suite.unreadable", "the \(architecture) package list of suite \(suite) could not be read: \(reason)",
                advice: "check the network and the mirror \(mirror.address); it may be in the middle of an update",
                underlying: underlying)
        }
        try resolver.prepare(folder, architectures: [architecture])
        let update = try await resolver.update(folder, native: architecture)
        guard update.succeeded else {
            let errors = SandboxResolver.errors(update.error + update.output)
            throw unreadable(
                update.ending == .deadline ? "the mirror did not answer in time" : "apt-get update failed", errors)
        }
        let lists = folder.appending("state/lists")
        guard let name = Files.names(in: lists).first(where: { $0.hasSuffix("binary-\(architecture)_Packages") }) else {
            throw unreadable("the mirror has none, or an empty one")
        }
        let file = lists.appending(name)
        guard let size = Files.size(file), size <= largest else {
            throw unreadable("it has more than \(largest >> 20) MiB")
        }
        let release = try resolver.releases(folder)[0]
        let said = try await resolver.apt("apt-cache", ["pkgnames"], folder, native: architecture, others: []).capture(
            limit: 64 << 20, deadline: .seconds(600))
        guard said.succeeded, !said.truncated else {
            throw unreadable("apt can't read it", String(said.error.suffix(2000)))
        }
        names = said.output.split(separator: "\n").map(String.init).sorted()
        guard !names.isEmpty else { throw unreadable("it names no package") }
        digest = try Digest(ofFile: file)
        date = release.date
        validUntil = release.validUntil
        self.suite = suite
        self.architecture = architecture
        self.folder = folder
        self.resolver = resolver
    }

    /// The packages of those names, in all versions that the list has. Throws `Failure` with code `suite.unreadable`.
    package func packages(_ names: [String]) async throws -> [LockedPackage] {
        let known = Set(self.names)
        let wanted = names.filter(known.contains)
        var found: [LockedPackage] = []
        for start in stride(from: 0, to: wanted.count, by: 1000) {
            let batch = wanted[start..<min(start + 1000, wanted.count)]
            let said = try await resolver.apt(
                "apt-cache", ["show", "--"] + batch, folder, native: architecture, others: []
            ).capture(limit: 256 << 20, deadline: .seconds(600))
            guard said.succeeded, !said.truncated else {
                throw Failure(
                    "suite.unreadable", "apt can't describe packages of suite \(suite)",
                    advice: "the mirror may be in the middle of an update: try again later",
                    underlying: String(said.error.suffix(2000)))
            }
            found += said.output.split(separator: "\n\n").compactMap {
                SandboxResolver.package(SandboxResolver.fields(String($0)))
            }
        }
        return found.filter { $0.fault == nil }
    }
}

extension SandboxStore {
    /// A root file system with a suite's newest package of that name and what it depends on.
    ///
    /// Throws `Failure` with the codes of `provide`.
    package func provide(
        _ package: String, of suite: String, mirror: Mirror, onProgress: @escaping ProgressSink
    ) async throws -> SandboxProvision {
        // A suite of backports holds nothing but what is newer than in the suite that it is for.
        let base = suite.hasSuffix("-backports") ? [String(suite.dropLast("-backports".count))] : []
        let specification = SandboxSpecification(
            name: package,
            suites: (base + [suite]).map { .init(name: $0, architectures: [SandboxSpecification.native]) },
            installed: [.init("apt"), .init(package)])
        let folder = cache.appending("watch/roots/\(suite)")
        let held = try FolderLock(folder, doing: "choosing package versions")
        defer { withExtendedLifetime(held) {} }
        let lock = try await SandboxResolver(
            specification: specification, mirror: mirror, allowExpired: true, preferred: suite
        ).resolve(in: folder, onProgress: onProgress)
        let root = try await create(lock, from: mirror, onProgress: onProgress)
        return SandboxProvision(lock: lock, root: root, drift: [])
    }
}
