// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import Workflows

/// `bessemer tree status`.
struct TreeStatusCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show which pieces of s390 Rust support trees have, with file and line.",
        discussion: """
            Takes folders, and versions of Debian's source packages where the sandbox is there to unpack them.

            Example: bessemer tree status 6.12 ~/linux
            """)

    @Argument(help: .value("TREE", "Kernel source folders or versions."), completion: .directory)
    var trees: [String]

    @OptionGroup var sandbox: SandboxOptions
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        var statuses: [NamedTree] = []
        for name in trees {
            statuses.append(NamedTree(tree: name, status: try await sandbox.tree(name, context).status()))
        }
        try context.show(statuses, as: format.format)
        if !statuses.allSatisfy(\.status.isReady) { throw ExitCode(1) }
    }
}

extension SandboxOptions {
    /// A kernel source folder, or the version of one of Debian's source packages that the lock has.
    func tree(_ name: String, _ context: Context) async throws -> KernelTree {
        guard KernelTree.isVersion(name), !Files.exists(context.path(name)) else { return try context.tree(name) }
        guard let lock = try choice.knownLock(context), let root = context.sandboxes.existing(lock) else {
            throw Failure(
                "sandbox.absent",
                "\(name) is a kernel version, and its source needs the sandbox, which has not been made",
                advice: "bessemer sandbox create" + (choice.lock.map { " --lock \($0)" } ?? "")
                    + ", or name a folder (./\(name))")
        }
        guard let package = lock.fetched("linux-source-\(name)") else {
            throw Failure(
                "source.unknown",
                "there is no folder \(name), and the sandbox lock has no kernel source of that version",
                advice:
                    "the versions are \(lock.kernelVersions.joined(separator: ", ")); or name a kernel source folder")
        }
        let packages = context.sandboxes.packages
        try await packages.fetch([package], from: mirror(context), onProgress: context.progress)
        let request = SourceRequest.debianPackage(
            file: try packages.file(of: package), request: name, name: package.name, version: package.version)
        return try await request.acquire(cache: context.directories.cache, sandbox: root).tree
    }
}
