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
        help: .value("FILE", "Lock file that pins every package (default: the one that was used last)."),
        completion: .file())
    var lock: String?

    /// The lock named, or that of the pilot whose kernels are taken, or the one used last here; nil where there is none.
    func knownLock(_ context: Context, of pilot: PilotKernels? = nil) throws -> SandboxLock? {
        if let lock { return try SandboxLock(contentsOf: context.path(lock)) }
        return try pilot?.lock ?? context.sandboxes.lastLock()
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
                "sandbox.absent", "no sandbox has been made in \(sandboxes), and no --lock names one",
                advice: "make one with `bessemer sandbox create`, or name its lock with --lock FILE")
        }
        guard let root = context.sandboxes.existing(known) else {
            let name = lock ?? (pilot == nil ? "that was used last" : "of the pilot")
            throw Failure(
                "sandbox.absent", "the sandbox of the lock \(name) (\(known.digest.short)) has not been made",
                advice: lock.map { "bessemer sandbox create --lock \($0)" }
                    ?? (pilot == nil
                        ? "make it with `bessemer sandbox create`, or name another lock with --lock FILE"
                        : "run the pilot again: it makes the sandbox of its own lock"))
        }
        return root
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
