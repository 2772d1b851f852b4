// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Host
internal import Records
internal import Sandbox

/// `bessemer sandbox create`.
struct SandboxCreate: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make the root file system, unless it is there.",
        discussion: "Example: bessemer sandbox create --sandbox standard")

    @OptionGroup var options: SandboxOptions
    @OptionGroup var toolchains: ToolchainOptions

    @Flag(help: "Resolve versions again where the mirror no longer has a locked one; fetch kernel sources too.")
    var orAnew = false

    func run(_ context: Context) async throws {
        let store = context.sandboxes
        let mirror = try await options.mirror(context)
        let taken = try await toolchains.taken(context)
        let known = try options.choice.knownLock(context)
        if let stray = taken.first(where: { known?.toolchains?.contains($0) != true }) {
            throw Failure(
                "toolchain.other", "the lock does not name the Rust toolchain \(stray.name) (SHA-256 \(stray.sha256))",
                advice: "write a lock with it: `bessemer sandbox lock … --toolchain-tarball FILE`, or --rustup DIR")
        }
        for suite in known?.suites ?? [] where suite.isExpired(at: Date()) {
            context.say(
                "note: the Release file of \(suite.name) is past its validity; every package is pinned by digest")
        }
        let root: SandboxRoot
        if let known, !orAnew {
            root = try await store.create(known, from: mirror, onProgress: context.progress)
        } else {
            let provision = try await store.provide(
                known, of: try options.choice.specification(context), orAnew: orAnew, needed: \.fetched, mirror: mirror,
                allowExpired: options.allowExpired,
                onProgress: context.progress,
                say: context.say)
            for line in provision.drift { context.say(line) }
            root = provision.root
        }
        context.say("sandbox \(root.lockDigest.short) is ready")
        context.write("\(root.path)\n")
    }
}
