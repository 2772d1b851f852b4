// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage
internal import Toolchain
internal import Workflows

/// `bessemer inventory`.
struct InventoryCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract: "Inventory compilers and tools: what each can really do, and what is wrong for a tree.",
        discussion: """
            Makes each Rust compiler, bindgen and GCC show it: packed stack frames, the core library, the layout of C \
            records. Looks at this host, and at the sandbox where there is one, unless it is said where. Building the core \
            library takes about 20 s for each compiler that can.

            Examples:
              bessemer inventory --tree 6.12 --tree ~/linux
              bessemer inventory --sandbox newest --tree 7.3
              bessemer inventory --via "ssh build1" --format json
            """)

    @Flag(help: "Look at this host.")
    var host = false

    @Option(
        help: .value("DIR", "Look in this folder instead of the PATH; may be given more than once."),
        completion: .directory)
    var path: [String] = []

    @Option(
        help: .value(
            "COMMAND",
            "Look where this command leads; it gets a shell behind it. Quotes hold words together. May be given more than once."
        ))
    var via: [String] = []

    @Option(
        help: .value(
            "TREE", "A kernel's source folder or version to judge the tools for; may be given more than once."),
        completion: .directory)
    var tree: [String] = []

    @Flag(help: "Put what was found into the evidence log.")
    var record = false

    @OptionGroup var sandbox: SandboxOptions
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let trees = try await requirements(context)
        var inventories: [ToolInventory] = []
        for place in try places(context) {
            inventories.append(try await .take(of: place, progress: context.progress))
        }
        var diagnoses: [ToolDiagnosis] = []
        for tree in trees {
            // make runs in the tree, where rustup may choose another compiler than elsewhere.
            let folder = context.path(tree.tree)
            let selection = Files.isDirectory(folder) ? try await ToolPlace.host().rustSelection(inTree: folder) : nil
            for inventory in inventories {
                let isHost = inventory.location == ToolPlace.host().name
                diagnoses += inventory.diagnoses(for: tree, selection: isHost ? selection : nil)
            }
        }
        let report = InventoryReport(inventories: inventories, diagnoses: diagnoses)
        if record { try await context.record(report) }
        try context.show(report, as: format.format)
        // A tree is served where one compiler can build it, and make takes that one.
        let isServed = trees.allSatisfy { tree in
            report.diagnoses.contains { $0.tree == tree.tree && $0.isUsable && $0.isTaken != false }
        }
        if !isServed { throw ExitCode(1) }
    }

    private func places(_ context: Context) throws -> [ToolPlace] {
        let pilot = PilotKernels.last(in: context.directories.state)
        let folders = path.map { context.path($0).string }
        if via.isEmpty {
            for (name, folder) in zip(path, folders) where !Files.isDirectory(FilePath(folder)) {
                throw Failure(
                    "inventory.folder",
                    Files.exists(FilePath(folder)) ? "\(name) is not a folder" : "\(name) is not there",
                    advice: "name a folder that holds compilers and tools, e.g. --path /opt/rust/bin")
            }
        }
        var places = try via.map { try ToolPlace.via($0, folders: path) }
        if via.isEmpty, !folders.isEmpty { places.append(.host(folders: folders)) }
        if host { places.append(.host()) }
        if sandbox.choice.isNamed {
            let name = try sandbox.choice.knownLock(context, of: pilot)?.specification?.name
            places.append(.sandbox(try sandbox.choice.existing(context, of: pilot), named: name))
        }
        guard places.isEmpty else { return places }
        guard let lock = try sandbox.choice.knownLock(context, of: pilot), let root = context.sandboxes.existing(lock)
        else {
            return [.host()]
        }
        return [.host(), .sandbox(root, named: lock.specification?.name)]
    }

    private func requirements(_ context: Context) async throws -> [ToolRequirements] {
        var trees: [ToolRequirements] = []
        for name in tree {
            let tree = try await sandbox.tree(name, context)
            trees.append(
                ToolRequirements(
                    tree: name, version: tree.version, minimum: tree.minimumTools(),
                    hasSupport: tree.status().isReady))
        }
        return trees
    }
}
