// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Rendering

/// `bessemer evidence`: the records of runs.
struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "Look at the records of runs.",
        discussion: "Example: bessemer evidence list",
        subcommands: [EvidenceList.self, EvidenceShow.self])
}

/// `bessemer evidence list`.
struct EvidenceList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List runs, newest first.",
        discussion: "Example: bessemer evidence list --limit 5")

    @Option(help: ArgumentHelp("At most so many.", valueName: "N"))
    var limit = 20

    @OptionGroup var format: FormatOption

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        context.write(try context.printer(format.format).text(of: try await context.store().list(limit: limit)))
    }
}

/// `bessemer evidence show`.
struct EvidenceShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one run's whole record.",
        discussion: "Example: bessemer evidence show 20261122T1015")

    @Argument(help: ArgumentHelp("The run's identifier, or its beginning.", valueName: "RUN"))
    var identifier: String

    @OptionGroup var format: FormatOption

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        context.write(
            try context.printer(format.format).text(of: try await context.store().record(identifier), files: []))
    }
}
