// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Rendering

/// `bessemer evidence list`.
struct EvidenceList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List runs, newest first.",
        discussion: "Example: bessemer evidence list --limit 5")

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
        let runs = try await context.evidence()?.list(limit: limit) ?? []
        context.write(try context.printer(format.format).text(of: runs))
    }
}
