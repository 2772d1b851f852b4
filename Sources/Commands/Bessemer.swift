// SPDX-License-Identifier: Apache-2.0
public import ArgumentParser
internal import Foundation
internal import Host

/// The command line: `bessemer NOUN VERB`.
public struct Bessemer: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "bessemer",
        abstract: "Verified, documented, Rust-enabled Linux kernels for IBM Z, with a proven way back.",
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
    public static let version = "0.1.0"

    public init() {}

    /// Parses the command line, runs the command, and ends the process with the exit status that the design fixes.
    public static func launch() async -> Never {
        var isResumable = false
        do {
            var command = try parseAsRoot()
            isResumable = command is PilotCommand
            let work = Task { () async throws -> Void in
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
            }
            let signals = SignalWatch { work.cancel() }
            defer { signals.end() }
            try await work.value
            Foundation.exit(0)
        } catch let status as ExitCode {
            Foundation.exit(status.rawValue)
        } catch is CancellationError {
            Console.say("stopped" + (isResumable ? "; the same command goes on from the last finished step" : ""))
            Foundation.exit(2)
        } catch let failure as Failure {
            Console.say("bessemer: \(failure.description)")
            Foundation.exit(2)
        } catch {
            // ArgumentParser's own errors: help and version end with 0, bad usage with 2.
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                print(text)
                Foundation.exit(0)
            }
            Console.say(text)
            Foundation.exit(2)
        }
    }
}
