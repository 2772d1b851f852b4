// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Host
internal import Records
internal import Sandbox
internal import SystemPackage

/// `bessemer sandbox lock`.
struct SandboxLockCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Resolve versions again, and write every package with version, architecture and SHA-256.",
        discussion: """
            Every package is fetched, so that no lock is written that the mirror can't give. Where its lists are ahead of its \
            pool, the version of the lock before is pinned: that of --lock, or of the file that is written to.

            With --spec the lock is written beside the specification, where --output does not say otherwise.

            An official rustc in the place of the suite's, such as a nightly, is pinned by the SHA-256 of its archives, and goes to \
            /usr/local; a toolchain of rustup's is packed first. The specification then needs no rustc.

            Examples:
              bessemer sandbox lock --spec newest --allow-expired
              bessemer sandbox lock --spec shop/z.yaml --output -
              bessemer sandbox lock --spec shop/nightly.yaml \\
                  --rustup ~/.rustup/toolchains/nightly-x86_64-unknown-linux-gnu
            """)

    @OptionGroup var options: SandboxOptions
    @OptionGroup var toolchains: ToolchainOptions

    @Option(
        name: .shortAndLong, help: .value("FILE", "Write to this file; `-` is standard output."), completion: .file()
    )
    var output: String?

    @Flag(help: "Keep the versions of the lock, and add the digests of their files that it lacks.")
    var sameVersions = false

    func run(_ context: Context) async throws {
        let path = try self.path(context)
        let replaced = path.flatMap { try? SandboxLock(contentsOf: $0) }
        let older =
            options.choice.lock == nil
            ? replaced ?? (try? options.choice.knownLock(context)) : try options.choice.knownLock(context)
        let taken = try await toolchains.taken(context)
        var resolved = try await lock(older, context)
        if !taken.isEmpty { resolved = resolved.replacing(toolchains: taken) }
        if let older {
            for line in resolved.differences(from: older) { context.say(line) }
        }
        if let path {
            try AtomicFile.write(json: resolved, to: path)
            context.say(
                "\(path): \(resolved.installed.count) packages installed, \(resolved.fetched.count) fetched, digest \(resolved.digest.short)"
            )
        } else {
            context.write(try JSON.text(resolved))
        }
    }

    /// nil for standard output.
    private func path(_ context: Context) throws -> FilePath? {
        if let output { return output == "-" ? nil : context.path(output) }
        return try options.choice.sandbox.map { try NamedSandbox($0, context).lockPath }
    }

    private func lock(_ older: SandboxLock?, _ context: Context) async throws -> SandboxLock {
        guard sameVersions else {
            guard let specification = try options.choice.specification(context) else { throw Failure.noSpecification }
            return try await context.sandboxes.choose(
                specification, from: options.mirror(context), allowExpired: options.allowExpired,
                older: older ?? context.sandboxes.lastLock(),
                onProgress: context.progress, say: context.say)
        }
        guard let older else {
            throw Failure(
                "lock.absent", "--same-versions keeps the versions of a lock, and there is none",
                advice: "name one with --lock FILE")
        }
        return try await context.sandboxes.complete(
            older, of: try options.choice.specification(context), from: options.mirror(context),
            onProgress: context.progress)
    }
}
