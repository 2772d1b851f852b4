// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Host

/// How a command line ended: the exit status that the design fixes, and what is still to be written.
struct CommandEnd: Sendable, Equatable {
    var status: Int32
    /// For standard output: help, the version, a completion script.
    var output = ""
    /// For people: why the command ended early.
    var talk = ""
}

extension CommandEnd {
    /// Parses the words after the program's name and runs their command, which takes its context when it starts.
    static func of(_ arguments: [String], in context: @Sendable () throws -> Context) async -> CommandEnd {
        if arguments.isEmpty { return CommandEnd(status: 2, talk: Bessemer.helpMessage()) }
        if let failure = CommandNames.failure(in: arguments) { return CommandEnd(after: failure, of: nil, arguments) }
        var started: (any ParsableCommand.Type)?
        do {
            var command = try Bessemer.parseAsRoot(arguments)
            started = type(of: command)
            switch command {
            case let command as any ContextCommand: try await command.run(context())
            case var group as any AsyncParsableCommand: try await group.run()
            default: try command.run()
            }
            return CommandEnd(status: 0)
        } catch {
            return CommandEnd(after: error, of: started, arguments)
        }
    }

    private init(after error: any Error, of command: (any ParsableCommand.Type)?, _ arguments: [String]) {
        switch error {
        case let status as ExitCode:
            self.init(status: status.rawValue)
        case is CancellationError:
            let isResumable = [PilotCommand.self, BuildCommand.self, CampaignRunCommand.self].contains { $0 == command }
            self.init(
                status: 2,
                talk: "stopped" + (isResumable ? "; the same command goes on from the last finished step" : ""))
        case let failure as Failure:
            self.init(status: 2, talk: failure.terminalText)
        case let problem as ValidationError:
            // One that only showed in the command's work: the parser no longer knows whose it is.
            let type = command ?? Bessemer.self
            let path = CommandNames.path(to: type).joined(separator: " ")
            let usage = Bessemer.usageString(for: type)
            self.init(
                status: 2,
                talk:
                    "bessemer: \(Redaction.ofProcess.text(problem.message))\nUsage: \(usage)\n  what to do: \(path) --help"
            )
        default:
            self.init(afterParsing: error, of: command, arguments)
        }
    }

    /// ArgumentParser's own errors: help and version end with 0, bad usage with 2.
    private init(afterParsing error: any Error, of command: (any ParsableCommand.Type)?, _ arguments: [String]) {
        switch Bessemer.exitCode(for: error) {
        case .success:
            let text = Bessemer.fullMessage(for: error)
            let isScript = arguments.contains { $0.hasPrefix("--generate-completion-script") }
            self.init(status: 0, output: (isScript ? HelpCompletion.added(to: text) : text) + "\n")
        case .validationFailure:
            self.init(status: 2, talk: Self.usage(Bessemer.fullMessage(for: error)))
        default:
            let line = command.map { CommandNames.path(to: $0).joined(separator: " ") }
            let failure = Failure("unknown", ErrorWords.of(error), advice: "see `\(line ?? "bessemer") --help`")
            self.init(status: 2, talk: failure.terminalText)
        }
    }

    /// The parser's words about bad usage, in the form of every other failure.
    private static func usage(_ text: String) -> String {
        // What was typed is quoted there.
        var lines = Redaction.ofProcess.text(text).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        if let first = lines.first, first.hasPrefix("Error: ") { lines[0] = "bessemer: " + first.dropFirst(7) }
        let (before, after) = ("  See '", "' for more information.")
        if let last = lines.last, last.hasPrefix(before), last.hasSuffix(after) {
            lines[lines.count - 1] = "  what to do: \(last.dropFirst(before.count).dropLast(after.count))"
        }
        return lines.joined(separator: "\n")
    }
}
