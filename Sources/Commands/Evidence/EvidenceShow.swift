// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Rendering

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
        let store = try context.store()
        let record = try await store.record(identifier)
        let drills = try await store.drills(ofRun: record.identifier)
        context.write(try context.printer(format.format).text(of: record, drills: drills, files: []))
    }
}
