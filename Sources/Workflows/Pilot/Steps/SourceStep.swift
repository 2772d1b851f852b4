// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import KernelTree
package import Records
internal import Sandbox
internal import SystemPackage

/// The kernel source that a pilot is asked for.
enum KernelRequest: Codable, Hashable, Sendable {
    /// Of a Debian source package, by its name.
    case package(String)
    case folder(String)
    case tarball(String)

    /// A number such as `7.3` is a Debian source package; anything else is a path. Throws `Failure` with code
    /// `source.absent`, and as `SourceRequest.check` does.
    init(_ kernel: String) throws {
        let path = FilePath(kernel)
        if KernelTree.isVersion(kernel), kernel.count(where: { $0 == "." }) == 1, !Files.exists(path) {
            self = .package("linux-source-\(kernel)")
        } else if Files.isDirectory(path) {
            self = .folder(kernel)
            try SourceRequest.folder(path).check()
        } else if Files.exists(path) {
            self = .tarball(kernel)
            try SourceRequest.tarball(path).check()
        } else {
            throw Failure(
                "source.absent", "there is no kernel source \(kernel)",
                advice:
                    "name a version of two numbers (--kernel 7.3), a source folder, or a .tar, .tar.xz, .tar.gz or .tar.zst file"
            )
        }
    }

    /// The source's package; nil where it is none. Throws `Failure` with code `source.unknown`.
    func package(in lock: SandboxLock) throws -> LockedPackage? {
        guard case .package(let name) = self else { return nil }
        if let package = lock.fetched(name) { return package }
        let known = lock.kernelVersions.joined(separator: ", ")
        throw Failure(
            "source.unknown", "the sandbox lock has no package \(name)",
            advice: "use --kernel with one of \(known), a kernel source folder, or a tarball")
    }
}

extension SandboxLock {
    /// The versions of the kernel sources that it pins, the oldest first, which are in the names of Debian's packages:
    /// `6.12`.
    package var kernelVersions: [String] {
        let prefix = "linux-source-"
        return fetched.map(\.name).filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    }
}

/// The kernel source, and where it lies.
struct AcquiredSource: Codable, Hashable, Sendable {
    let identity: SourceIdentity
    let tree: String

    /// What a step that reads it depends on.
    var key: String { identity.digest.hexadecimal }
}

/// Unpacks the source, or looks where it lies.
struct SourceStep: Step {
    let version: String
    /// As it was asked for.
    let kernel: String
    let request: KernelRequest
    let package: LockedPackage?
    let sandbox: Keyed<SandboxRoot>

    var name: String { "source" }

    /// A source that was taken before is recognised without reading all of it again.
    func holds(_ source: AcquiredSource, at site: PilotSite) async throws -> Bool { try await acquire(site) == source }

    func perform(at site: PilotSite) async throws -> AcquiredSource {
        try DiskNeed.source.check(at: site.cache)
        return try await acquire(site)
    }

    private func acquire(_ site: PilotSite) async throws -> AcquiredSource {
        let source = try await sourceRequest(site).acquire(
            cache: site.cache, sandbox: sandbox.value, onProgress: site.progress)
        return AcquiredSource(identity: source.identity, tree: source.tree.path.string)
    }

    private func sourceRequest(_ site: PilotSite) throws -> SourceRequest {
        switch request {
        case .folder(let path): return .folder(FilePath(path))
        case .tarball(let path): return .tarball(FilePath(path))
        case .package(let name):
            guard let package else {
                throw Failure("source.unknown", "the sandbox lock has no package \(name)", advice: "use another lock")
            }
            return .debianPackage(
                file: try site.sandboxes.packages.file(of: package), request: kernel, name: package.name,
                version: package.version)
        }
    }
}

/// Looks which s390 Rust support the source has.
struct StatusStep: Step {
    let program: String
    let tree: Keyed<KernelTree>

    var name: String { "status" }

    func perform(at site: PilotSite) -> TreeStatus { tree.value.status() }
}
