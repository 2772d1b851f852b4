// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Host
internal import Sandbox
internal import SystemPackage

/// `bessemer sandbox`: the isolated root file system that everything is built in.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Make, use, check and remove the pinned root file system that kernels are built in.",
        discussion: "Example: bessemer sandbox exec -- rustc --version",
        subcommands: [
            SandboxCreate.self, SandboxExec.self, SandboxLockCommand.self, SandboxVerify.self, SandboxRemove.self,
        ])
}

/// Which sandbox is meant.
struct SandboxOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Lock file that pins every package (default: the one this cache resolved last).", valueName: "FILE"),
        completion: .file())
    var lock: String?

    @Option(
        help: ArgumentHelp(
            "Debian mirror to fetch from (default: the one that this host's apt uses).", valueName: "ADDRESS"))
    var mirror: String?

    @Flag(help: "Accept a suite whose Release file is past its validity when choosing versions without a lock.")
    var allowExpired = false

    func store(_ context: Context) -> SandboxStore { SandboxStore(cache: context.directories.cache) }

    func mirror(_ context: Context) async throws -> Mirror { try await .ofHost(override: mirror) }

    /// The lock named, or the last one resolved here; nil where neither is.
    func knownLock(_ context: Context) throws -> SandboxLock? {
        try lock.map { try SandboxLock(contentsOf: context.path($0)) } ?? store(context).lastLock()
    }

    /// The sandbox of `knownLock`, which must have been made.
    func existing(_ context: Context) throws -> SandboxRoot {
        guard let known = try knownLock(context), let root = store(context).existing(known) else {
            throw Failure(
                "sandbox.absent", "that sandbox has not been made",
                advice: "bessemer sandbox create" + (lock.map { " --lock \($0)" } ?? ""))
        }
        return root
    }
}

/// `bessemer sandbox create`.
struct SandboxCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make the root file system, unless it is there.",
        discussion: "Example: bessemer sandbox create --lock Sandbox/standard.lock.json")

    @OptionGroup var options: SandboxOptions

    @Flag(help: "Choose versions anew where the mirror no longer has a locked one.")
    var orAnew = false

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        let store = options.store(context)
        let mirror = try await options.mirror(context)
        let known = try options.knownLock(context)
        for suite in known?.suites ?? [] where suite.isExpired(at: Date()) {
            context.say(
                "note: the Release file of \(suite.name) is past its validity; every package is pinned by digest")
        }
        let root: SandboxRoot
        if let known, !orAnew {
            root = try await store.create(known, from: mirror, onProgress: context.progress)
        } else {
            let provision = try await store.provide(
                known, needed: { _ in [] }, mirror: mirror, allowExpired: options.allowExpired,
                onProgress: context.progress,
                say: context.say)
            for line in provision.drift { context.say(line) }
            root = provision.root
        }
        context.say("sandbox \(root.lockDigest.short) is ready")
        context.write("\(root.path)\n")
    }
}

/// `bessemer sandbox exec`.
struct SandboxExec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command inside: no network, a read-only root, only the named folders visible.",
        discussion: "Example: bessemer sandbox exec --write out:/mnt/out -- s390x-linux-gnu-gcc --version")

    @OptionGroup var options: SandboxOptions

    @Option(
        help: ArgumentHelp(
            "Show a folder of this host, read-only, at /mnt/NAME or at the path given.", valueName: "DIR[:INSIDE]"))
    var read: [String] = []

    @Option(help: ArgumentHelp("Show a folder of this host, writable.", valueName: "DIR[:INSIDE]"))
    var write: [String] = []

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        guard let program = command.first else {
            throw ValidationError("name a command after --, e.g. bessemer sandbox exec -- rustc --version")
        }
        let root = try options.existing(context)
        let mounts = read.map { mount($0, writable: false, context) } + write.map { mount($0, writable: true, context) }
        try root.command(Command(program, Array(command.dropFirst())), mounts: mounts).replaceProcess()
    }

    private func mount(_ text: String, writable: Bool, _ context: Context) -> Mount {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let host = context.path(parts[0])
        return Mount(
            host, at: parts.count == 2 ? parts[1] : "/mnt/\(host.lastComponent?.string ?? "host")", writable: writable)
    }
}

/// `bessemer sandbox lock`.
struct SandboxLockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Choose versions anew and write every package with version, architecture and SHA-256.",
        discussion: "Example: bessemer sandbox lock --output Sandbox/standard.lock.json")

    @OptionGroup var options: SandboxOptions

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Write to this file (default: standard output).", valueName: "FILE"),
        completion: .file())
    var output: String?

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        let older = try? options.knownLock(context)
        let resolved = try await options.store(context).resolve(
            from: options.mirror(context), allowExpired: options.allowExpired, onProgress: context.progress)
        if let older {
            for line in resolved.differences(from: older) { context.say(line) }
        }
        if let output {
            try AtomicFile.write(json: resolved, to: context.path(output))
            context.say(
                "\(output): \(resolved.installed.count) packages installed, \(resolved.fetched.count) fetched, digest \(resolved.digest.short)"
            )
        } else {
            context.write(String(decoding: try JSON.encode(resolved), as: UTF8.self))
        }
    }
}

/// `bessemer sandbox verify`.
struct SandboxVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Tell what in the root file system differs from its packages' checksums.",
        discussion: "Example: bessemer sandbox verify --lock Sandbox/standard.lock.json")

    @OptionGroup var options: SandboxOptions

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        let root = try options.existing(context)
        let (files, differences) = try root.verify()
        for difference in differences {
            context.write(
                "\(difference.kind.rawValue) /\(difference.path)" + (difference.package.map { " (\($0))" } ?? "") + "\n"
            )
        }
        context.say("\(files) files, \(differences.count) differences")
        if !differences.isEmpty { throw ExitCode(1) }
    }
}

/// `bessemer sandbox remove`.
struct SandboxRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove the root file system; its package files stay in the cache.",
        discussion: "Example: bessemer sandbox remove --lock Sandbox/standard.lock.json")

    @OptionGroup var options: SandboxOptions

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        guard let lock = try options.knownLock(context) else {
            context.say("no sandbox to remove")
            return
        }
        try await options.store(context).remove(lock)
        context.say("removed sandbox \(lock.digest.short)")
    }
}
