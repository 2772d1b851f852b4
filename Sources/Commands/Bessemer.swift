// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
internal import Foundation
internal import Host
internal import SystemPackage

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
            PilotCommand.self, BuildCommand.self, AuditCommand.self, LayoutCommand.self, DiffCommand.self,
            ExplainCommand.self,
            TestCommand.self, ConsoleCommand.self, DoctorCommand.self, InventoryCommand.self, SandboxCommand.self,
            LintCommand.self,
            CICommand.self, TreeCommand.self, ConfigCommand.self, RollbackCommand.self, EvidenceCommand.self,
            KeyCommand.self, PolicyCommand.self, GateCommand.self, ChangeCommand.self, TimelineCommand.self,
            WaiverCommand.self, ApproveCommand.self, WatchCommand.self, MachineCommand.self, CMDBCommand.self,
            SiteCommand.self, CampaignCommand.self,
        ])

    /// The version of this program, as evidence records it.
    package static let version = "0.1.0"

    /// The version with the program's own digest.
    static func program() throws -> String { "\(version)+\(try Digest(ofFile: "/proc/self/exe").short)" }

    package init() {}

    /// Runs the command line, and ends the process with its exit status.
    package static func launch() async -> Never {
        let console = Console.ofProcess
        // What is written to a reader that has gone is an error that the console knows of.
        _ = signal(SIGPIPE, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        let work = Task { await CommandEnd.of(arguments, in: Context.ofProcess) }
        let signals = SignalWatch(abandon: {
            let left = console.stage.map { "; it was still \($0)" } ?? ""
            console.say("bessemer: stopped; the work did not end within \(SignalWatch.patience) seconds\(left)")
            console.end(2)
        }) { work.cancel() }
        let end = await work.value
        signals.end()
        if !end.output.isEmpty { console.write(Array(end.output.utf8)) }
        if !end.talk.isEmpty { console.say(end.talk) }
        console.end(end.status)
    }
}
