// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import KernelTree
internal import SystemPackage

/// `bessemer config explain`.
struct ConfigExplainCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain what differs between a configuration without Rust and one with it.",
        discussion: """
            Names what is lost first, and what Rust excludes; each reason is a line of the tree's Kconfig files. The \
            tree is the folder or version of --tree; else the folder of the configuration with Rust, or this one. It \
            explains and does not judge: the exit status is 0 whatever differs.

            Example:
              bessemer config explain --baseline gcc.config --rust rust.config --tree 7.3
            """)

    @Option(help: .value("A", "The finished .config of the kernel without Rust."), completion: .file())
    var baseline: String

    @Option(help: .value("B", "The finished .config of the kernel with Rust."), completion: .file())
    var rust: String

    @Option(help: .value("TREE", "The kernel source of both: a folder or a version."), completion: .directory)
    var tree: String?

    @Option(help: .value("FILE", "A fragment that B was made with; may be repeated."), completion: .file())
    var fragment: [String] = []

    @Option(help: .value("ARCH", "The kernel's name of the architecture."))
    var arch = "s390"

    @OptionGroup var sandbox: SandboxOptions
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let inputs = try [baseline, rust].map { try DotConfig(file: context.path($0)) }
        let fragments = try fragment.map { name in
            let path = context.path(name)
            let wanted = try DotConfig(file: path)
            guard wanted.unread.isEmpty, !wanted.names.isEmpty else {
                throw Failure(
                    "configuration.unreadable",
                    wanted.unread.first.map { "line \($0) of the fragment \(path) sets no option" }
                        ?? "the fragment \(path) sets no option",
                    advice: "write CONFIG_NAME=y, or # CONFIG_NAME is not set")
            }
            return KernelConfiguration.Fragment(
                name: path.lastComponent?.string ?? name, text: try Files.text(path), required: true)
        }
        let comparison = try ConfigurationComparison(
            baseline: inputs[0], rust: inputs[1], fragments: fragments, tree: try await kernelTree(context),
            architecture: arch)
        try context.show(comparison.difference(), as: format.format)
    }

    private func kernelTree(_ context: Context) async throws -> KernelTree {
        if let tree { return try await sandbox.tree(tree, context) }
        for folder in [context.path(rust).removingLastComponent(), context.path(".")] {
            if let tree = try? KernelTree(at: folder) { return tree }
        }
        throw Failure(
            "tree.not-a-kernel", "the kernel source of these configurations is not known",
            advice: "name it with --tree, as a folder or as a version (--tree 7.3)")
    }
}
