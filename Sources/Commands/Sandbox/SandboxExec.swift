// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Host
internal import Sandbox
internal import SystemPackage

/// `bessemer sandbox exec`.
struct SandboxExec: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command inside: no network, a read-only root, only the named folders visible.",
        discussion: """
            What stands after the command's name belongs to the command, also where it begins with a dash.

            Exit status: the command's own; 126 where it can't be run, 127 where it is not there, 2 where the sandbox has \
            not been made.

            Example:
              bessemer sandbox exec --write out:/mnt/out -- s390x-linux-gnu-gcc --version
            """)

    @OptionGroup var options: SandboxChoice

    @Option(help: .value("DIR[:INSIDE]", "Show a folder of this host, read-only, at /mnt/NAME or at the path given."))
    var read: [String] = []

    @Option(help: .value("DIR[:INSIDE]", "Show a folder of this host, writable."))
    var write: [String] = []

    @Argument(
        parsing: .captureForPassthrough,
        help: .value("COMMAND", "The command and its arguments; -- may stand before it."))
    var command: [String] = []

    func run(_ context: Context) async throws {
        // The parser leaves these to the command, which has none yet.
        switch command.first {
        case "--help", "-h": throw CleanExit.helpRequest(Self.self)
        case "--version": throw CleanExit.message(Bessemer.version)
        default: break
        }
        let words = command.first == "--" ? Array(command.dropFirst()) : command
        guard let program = words.first, !program.isEmpty else {
            throw ValidationError("Name a command, e.g. bessemer sandbox exec -- rustc --version.")
        }
        try require(
            command.first == "--" || !program.hasPrefix("-"),
            "Unknown option '\(program)'; a command of that name goes after --.")
        let mounts =
            try read.map { try mount($0, writable: false, context) }
            + write.map { try mount($0, writable: true, context) }
        let root = try options.existing(context)
        // Ours to ignore, not the command's; signals that have a handler get their default by themselves.
        _ = signal(SIGPIPE, SIG_DFL)
        // The shell knows a command that is not there from one that can't be run, and says which.
        try root.command(Command("/bin/sh", ["-c", "exec \"$@\"", "sh"] + words), mounts: mounts).replaceProcess()
    }

    private func mount(_ text: String, writable: Bool, _ context: Context) throws -> Mount {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let host = context.path(parts.first ?? "")
        guard Files.exists(host) else {
            throw Failure(
                "sandbox.folder", "there is no \(host)", advice: "name a folder or a file of this host before the colon"
            )
        }
        let inside = "/mnt/\(host.lastComponent?.string ?? "host")"
        guard parts.count < 2 || parts[1].hasPrefix("/") else {
            throw Failure(
                "sandbox.folder", "“\(parts[1])” is not an absolute path",
                advice: "say where it is to be seen inside as in \(parts[0]):\(inside)")
        }
        return Mount(host, at: parts.count == 2 ? parts[1] : inside, writable: writable)
    }
}
