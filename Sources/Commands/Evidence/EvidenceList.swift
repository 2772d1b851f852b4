// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Host
internal import Rendering

/// `bessemer evidence list`.
struct EvidenceList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List runs, newest first.",
        discussion: """
            Exit status: 1 where a listed run is not what was recorded; it is named on standard error.

            Example: bessemer evidence list --limit 5
            """)

    @Option(help: ArgumentHelp("Maximum number of runs.", valueName: "N"))
    var limit = 20

    @OptionGroup var format: FormatOption

    func validate() throws {
        guard (1...1_000_000).contains(limit) else {
            throw ValidationError("--limit takes a number from 1 to 1000000.")
        }
    }

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        guard let store = try context.evidence() else {
            context.write(try context.printer(format.format).text(of: [RunSummary]()))
            return
        }
        let runs = try await store.list(limit: limit)
        context.write(try context.printer(format.format).text(of: runs))
        // The list is read from columns, which say nothing of the records beside them.
        var isAltered = false
        for run in runs {
            do {
                _ = try await store.record(run.identifier)
            } catch let failure as Failure where failure.code == "evidence.altered" {
                isAltered = true
                context.say(failure.description)
            }
        }
        if isAltered { throw ExitCode(1) }
    }
}
