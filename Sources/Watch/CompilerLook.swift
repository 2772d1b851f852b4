// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Sandbox
internal import Toolchain

/// How a Rust compiler takes the flags that s390 kernels need.
struct CompilerLook: Sendable {
    let toolchain: WatchPlan.Toolchain
    let place: WatchPlace

    var source: String {
        switch toolchain {
        case .host: "rustc of this host"
        case .sandbox: "rustc of the sandbox"
        case .suite(let name): "rustc of \(name)"
        }
    }

    func seen(_ suites: SuiteLooks, _ before: WatchHistory.State?) async throws -> Seen {
        switch toolchain {
        case .host: return try await seen(.host(), nil)
        case .sandbox:
            guard let root = place.sandbox else {
                throw Failure.unwatchable(
                    "there is no sandbox whose rustc could be tried", advice: "make one with `bessemer sandbox create`")
            }
            return try await seen(.sandbox(root), nil, root.lockDigest)
        case .suite(let name):
            let packages = try await suites.list(name, Self.hostArchitecture).packages(["rustc"])
            guard let newest = packages.newest else {
                throw Failure.unwatchable(
                    "suite \(name) has no package rustc", advice: "name another under `watch.toolchains`")
            }
            // The same file gives the same answers, so no root is made for it again.
            if let before, before.value(.version, "rustc")?.digest == newest.sha256 {
                return Seen(digest: newest.sha256, values: before.values, notes: before.notes)
            }
            let provision = try await place.store.provide(
                "rustc", of: name, mirror: try await place.mirror(), onProgress: place.onProgress)
            let seen: Seen
            do {
                seen = try await self.seen(.sandbox(provision.root), newest)
            } catch {
                try? await place.store.remove(provision.lock)
                throw error
            }
            try await place.store.remove(provision.lock)
            return seen
        }
    }

    /// What sandboxes are of.
    static let hostArchitecture = "amd64"

    private func seen(
        _ tools: ToolPlace, _ package: LockedPackage?, _ root: Digest? = nil
    ) async throws -> Seen {
        guard let probe = try await FlagProbe(of: tools) else {
            throw Failure.unwatchable(
                "\(tools.name) has no rustc", advice: "install one, or take it out of `watch.toolchains`")
        }
        let frames = try await probe.frames(in: tools)
        return Seen(
            digest: package?.sha256 ?? root ?? Digest(of: probe.version),
            values: [
                Sighting.Value(
                    .version, "rustc", probe.version, detail: package?.version, digest: package?.sha256),
                Sighting.Value(.support, Sighting.packedFrames, frames.verdict.rawValue, detail: frames.note),
            ]
                + probe.answers.map {
                    Sighting.Value(.flag, $0.flag, $0.state.rawValue, detail: $0.words)
                })
    }
}
