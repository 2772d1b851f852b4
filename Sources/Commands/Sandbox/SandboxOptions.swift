// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import Records
internal import Sandbox
internal import SystemPackage
internal import Workflows

/// Which sandbox is meant.
struct SandboxChoice: ParsableArguments {
    @Option(
        name: [.customLong("sandbox"), .customLong("spec")],
        help: .value(
            "NAME",
            "Sandbox by its name (standard, newest, experimental), or its specification's file (default: the one that was "
                + "used last)."),
        completion: .custom { _, _, _ in (try? NamedSandbox.names(.ofProcess())) ?? [] })
    var sandbox: String?

    @Option(
        help: .value("FILE", "Lock file that pins every package, in the place of --sandbox."), completion: .file())
    var lock: String?

    func validate() throws {
        try require(sandbox == nil || lock == nil, "--sandbox and --lock both say which sandbox is meant: give one.")
    }

    /// Whether the caller said which.
    var isNamed: Bool { sandbox != nil || lock != nil }

    /// The lock named, or that of the pilot whose kernels are taken, or the one used last here; nil where there is none.
    func knownLock(_ context: Context, of pilot: PilotKernels? = nil) throws -> SandboxLock? {
        if let lock { return try SandboxLock(contentsOf: context.path(lock)) }
        if let sandbox {
            let named = try NamedSandbox(sandbox, context)
            return try named.lock() ?? named.specification().flatMap(context.sandboxes.lastLock)
        }
        return try pilot?.lock ?? context.sandboxes.lastLock()
    }

    /// Of what versions are chosen: what is named, or what the lock was chosen of; the standard sandbox where there is no lock.
    func specification(_ context: Context) throws -> SandboxSpecification? {
        if let sandbox { return try NamedSandbox(sandbox, context).specification() }
        if let known = try knownLock(context) { return known.specification }
        return try NamedSandbox(NamedSandbox.standard, context).specification()
    }

    /// The sandbox of `knownLock`, which must have been made.
    func existing(_ context: Context, of pilot: PilotKernels? = nil) throws -> SandboxRoot {
        let sandboxes = context.directories.cache.appending("sandboxes")
        if let obstacle = Files.obstacle(to: sandboxes.appending("lock")) {
            throw Failure(
                "sandbox.unreadable", "whether the sandbox is there is not known: \(sandboxes) can't be looked into",
                advice: "let this user read it, or set XDG_CACHE_HOME to a folder of this user's", underlying: obstacle)
        }
        guard let known = try knownLock(context, of: pilot) else {
            throw Failure(
                "sandbox.absent",
                sandbox.map { "the sandbox \($0) has no lock yet, so it has not been made" }
                    ?? "no sandbox has been made in \(sandboxes), and none is named",
                advice: "make one with `bessemer sandbox create\(sandbox.map { " --sandbox \($0)" } ?? "")`")
        }
        guard let root = context.sandboxes.existing(known) else {
            let name = sandbox ?? lock ?? (pilot == nil ? "that was used last" : "of the pilot")
            throw Failure(
                "sandbox.absent", "the sandbox of the lock \(name) (\(known.digest.short)) has not been made",
                advice: sandbox.map { "bessemer sandbox create --sandbox \($0)" }
                    ?? lock.map { "bessemer sandbox create --lock \($0)" }
                    ?? (pilot == nil
                        ? "make it with `bessemer sandbox create`, or name another lock with --lock FILE"
                        : "run the pilot again: it makes the sandbox of its own lock"))
        }
        return root
    }
}

/// Rust toolchains that are no packages.
struct ToolchainOptions: ParsableArguments {
    @Option(
        help: .value(
            "DIR", "A toolchain of rustup's, with rust-src, to put into the sandbox (~/.rustup/toolchains/NAME)."),
        completion: .directory)
    var rustup: String?

    @Option(
        help: .value(
            "FILE",
            "An official archive of Rust to put into the sandbox; may be given more than once (rustc, rust-src)."),
        completion: .file())
    var toolchainTarball: [String] = []

    /// Takes them into the cache; empty where none is named.
    func taken(_ context: Context) async throws -> [LockedToolchain] {
        let cache = context.sandboxes.toolchains
        var taken: [LockedToolchain] = []
        for file in toolchainTarball { taken.append(try await cache.take(archive: context.path(file))) }
        if let rustup {
            context.progress(WorkProgress("packing the Rust toolchain"))
            taken.append(try await cache.take(rustup: context.path(rustup)))
        }
        return taken
    }
}

/// Which sandbox is meant, and where its packages come from.
struct SandboxOptions: ParsableArguments {
    @OptionGroup var choice: SandboxChoice

    @Option(
        help: .value(
            "ADDRESS",
            "Debian mirror to fetch from (default: the one that this host's apt uses); also an archive of snapshots."))
    var mirror: String?

    @Flag(help: "Accept a suite whose Release file is past its validity when choosing versions without a lock.")
    var allowExpired = false

    func mirror(_ context: Context) async throws -> Mirror {
        try await .ofHost(override: mirror, lock: try choice.knownLock(context))
    }
}
