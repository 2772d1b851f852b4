// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import Sandbox
internal import SystemPackage

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
