// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Sandbox

/// A machine or a root file system whose tools are looked at, and how a shell is run there.
package struct ToolPlace: Sendable {
    private enum Way: Sendable {
        case host
        case sandbox(SandboxRoot)
        /// A command before the shell's own: `ssh build1`, `podman exec x`.
        case prefix(CommandPrefix)
    }

    /// `this host`, `the sandbox`, `build1`.
    package let name: String
    /// Where tools are looked for; empty: where this place's own PATH and rustup have them.
    package let folders: [String]
    private let way: Way
    /// How many times as long as usual a tool may take to answer, and a script to end.
    package var patience = 1

    /// This machine; only `folders` of it where there are any.
    package static func host(folders: [String] = []) -> ToolPlace {
        ToolPlace(name: folders.isEmpty ? "this host" : folders.joined(separator: ", "), folders: folders, way: .host)
    }

    /// A sandbox, by the name of its specification where that is known.
    package static func sandbox(_ root: SandboxRoot, named name: String? = nil) -> ToolPlace {
        ToolPlace(name: "the sandbox" + (name.map { " \($0)" } ?? ""), folders: [], way: .sandbox(root))
    }

    /// A place that is reached through a command. Throws `Failure` with code `inventory.via` where that has no words.
    package static func via(_ command: String, folders: [String] = []) throws -> ToolPlace {
        guard let prefix = CommandPrefix(command) else {
            throw Failure(
                "inventory.via", "--via holds no command: it is empty, or a quote in it does not end",
                advice: "give one, such as --via \"ssh build1\"")
        }
        return ToolPlace(name: prefix.name, folders: folders, way: .prefix(prefix))
    }

    /// What a POSIX shell there prints for a script.
    ///
    /// The script goes in through standard input; where a prefix hands none over (`podman exec` without `-i`), as an
    /// argument. Throws `Failure` with code `inventory.shell` where no shell answers.
    func run(_ script: String, deadline: Duration) async throws -> String {
        let told = "echo bessemer-shell\npatience=\(patience)\n" + script
        let deadline = deadline * patience
        var outcome = try await shell(["-s"], input: told, deadline: deadline)
        if case .prefix = way, !outcome.output.hasPrefix("bessemer-shell\n") {
            outcome = try await shell(["-c", told], input: nil, deadline: deadline)
        }
        guard outcome.output.hasPrefix("bessemer-shell\n") else {
            throw Failure(
                "inventory.shell", "no shell answered in \(name) (\(outcome.ending.text))",
                advice:
                    "try the command of --via with `sh -c 'echo hello'` behind it; it has to print hello and nothing "
                    + "before it",
                underlying: redacted(String((outcome.output + outcome.error).prefix(500))))
        }
        return String(outcome.output.dropFirst("bessemer-shell\n".count))
    }

    /// What was printed, without the words of the command that leads there.
    private func redacted(_ text: String) -> String {
        if case .prefix(let prefix) = way { prefix.redacted(text) } else { text }
    }

    private func shell(_ arguments: [String], input: String?, deadline: Duration) async throws -> Outcome {
        let command =
            switch way {
            case .host: Command("sh", arguments)
            case .sandbox(let root): root.command(Command("/bin/sh", arguments))
            case .prefix(let prefix): prefix.command("sh", arguments)
            }
        return try await command.capture(deadline: deadline, input: input)
    }
}
