// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Records
package import Sandbox
package import SystemPackage

/// Where a look takes things from.
package struct WatchPlace: Sendable {
    /// What relative names of the plan are below.
    package let folder: FilePath
    package let cache: FilePath
    /// The folder of patch series.
    package let glue: FilePath
    /// Where git and compilers run; nil where none has been made.
    package let sandbox: SandboxRoot?
    package let mirror: @Sendable () async throws -> Mirror
    package var onProgress: ProgressSink

    package init(
        folder: FilePath, cache: FilePath, glue: FilePath, sandbox: SandboxRoot?,
        mirror: @escaping @Sendable () async throws -> Mirror, onProgress: @escaping ProgressSink = { _ in }
    ) {
        self.folder = folder
        self.cache = cache
        self.glue = glue
        self.sandbox = sandbox
        self.mirror = mirror
        self.onProgress = onProgress
    }

    var store: SandboxStore { SandboxStore(cache: cache) }
    /// What is kept from one look to the next.
    var memory: FilePath { cache.appending("watch") }

    /// The file of a package that a list names. Throws `Failure` with the codes of `PackageCache.fetch` and `file`, and
    /// `watch.unreadable` where the mirror does not have what its list names.
    func file(of package: LockedPackage, in cache: PackageCache) async throws -> FilePath {
        let mirror = try await mirror()
        do {
            try await cache.fetch([package], from: mirror, onProgress: onProgress)
        } catch let failure as Failure where failure.code == "sandbox.package-gone" {
            throw Failure.unwatchable(
                "the list names \(package.text), and \(mirror.address) does not have it",
                advice: "the mirror is being updated: try again later", underlying: failure.underlying)
        }
        return try cache.file(of: package)
    }

    func path(_ name: String) -> FilePath { folder.pushing(FilePath(name)) }
}

/// What was seen of a source, before it is a record.
struct Seen: Sendable {
    let digest: Digest
    var values: [Sighting.Value]
    var notes: [String] = []
}

extension Failure {
    /// A source that the plan names and that can't be looked at.
    static func unwatchable(_ message: String, advice: String, underlying: String? = nil) -> Failure {
        Failure("watch.unreadable", message, advice: advice, underlying: underlying)
    }
}
