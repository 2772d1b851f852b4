// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
internal import Foundation
internal import Host

/// The command line: `bessemer NOUN VERB`.
package struct Bessemer: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "bessemer",
        abstract: "Verified, documented, Rust-enabled Linux kernels for IBM Z, with a drilled rollback.",
        discussion: """
            Example: bessemer pilot --kernel 7.3

            Exit status: 0 clean, 1 findings or failed tests, 2 bad usage or the work could not be done.
            """,
        version: Bessemer.version,
        subcommands: [
            PilotCommand.self, AuditCommand.self, LayoutCommand.self, DiffCommand.self, ExplainCommand.self,
            TestCommand.self, ConsoleCommand.self, DoctorCommand.self, InventoryCommand.self, SandboxCommand.self,
            LintCommand.self,
            CICommand.self, TreeCommand.self, ConfigCommand.self, RollbackCommand.self, EvidenceCommand.self,
        ])

    /// The version of this program, as evidence records it.
    package static let version = "0.1.0"

    package init() {}

    /// Parses the command line, runs the command, and ends the process with the exit status that the design fixes.
    package static func launch() async -> Never {
        let console = Console.ofProcess
        // What is written to a reader that has gone is an error that the console knows of.
        _ = signal(SIGPIPE, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.isEmpty {
            console.say(helpMessage())
            console.end(2)
        }
        if let failure = CommandNames.failure(in: arguments) {
            console.say(failure)
            console.end(2)
        }
        var started: (any ParsableCommand.Type)?
        do {
            var command = try parseAsRoot(arguments)
            started = type(of: command)
            let work = Task { () async throws -> Void in
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
            }
            let signals = SignalWatch(abandon: {
                let left = console.stage.map { "; left behind: \($0)" } ?? ""
                console.say(
                    "bessemer: stopped; the work did not end within \(SignalWatch.patience) seconds\(left)")
                console.end(2)
            }) { work.cancel() }
            defer { signals.end() }
            try await work.value
            signals.end()
            console.end(0)
        } catch {
            console.end(status(after: error, of: started, console))
        }
    }

    /// Says why the command ended early, and returns the exit status that this has.
    private static func status(after error: any Error, of command: (any ParsableCommand.Type)?, _ console: Console)
        -> Int32
    {
        switch error {
        case let status as ExitCode:
            return status.rawValue
        case is CancellationError:
            let isResumable = command == PilotCommand.self
            console.say("stopped" + (isResumable ? "; the same command goes on from the last finished step" : ""))
            return 2
        case let failure as Failure:
            console.say(failure)
            return 2
        case let problem as ValidationError:
            // One that only showed in the command's work: the parser no longer knows whose it is.
            let type = command ?? Bessemer.self
            let path = CommandNames.path(to: type).joined(separator: " ")
            console.say("bessemer: \(problem.message)\nUsage: \(usageString(for: type))\n  what to do: \(path) --help")
            return 2
        default:
            // ArgumentParser's own errors: help and version end with 0, bad usage with 2.
            let code = exitCode(for: error)
            if code == .success {
                let text = fullMessage(for: error)
                let isScript = CommandLine.arguments.contains { $0.hasPrefix("--generate-completion-script") }
                console.write(Array(((isScript ? HelpCompletion.added(to: text) : text) + "\n").utf8))
                return 0
            }
            if code == .validationFailure {
                console.say(usage(fullMessage(for: error)))
            } else {
                let line = command.map { CommandNames.path(to: $0).joined(separator: " ") }
                console.say(
                    Failure("unknown", ErrorWords.of(error), advice: "see `\(line ?? "bessemer") --help`"))
            }
            return 2
        }
    }

    /// The parser's words about bad usage, in the form of every other failure.
    private static func usage(_ text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if let first = lines.first, first.hasPrefix("Error: ") { lines[0] = "bessemer: " + first.dropFirst(7) }
        let (before, after) = ("  See '", "' for more information.")
        if let last = lines.last, last.hasPrefix(before), last.hasSuffix(after) {
            lines[lines.count - 1] = "  what to do: \(last.dropFirst(before.count).dropLast(after.count))"
        }
        return lines.joined(separator: "\n")
    }
}
