// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Foundation
internal import Host
internal import Records
internal import Rendering
internal import SystemPackage

/// `bessemer evidence show`.
struct EvidenceShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one run's whole record.",
        discussion: "Example: bessemer evidence show 20261122T1015")

    @Argument(
        help: ArgumentHelp("The run's identifier, or its beginning.", valueName: "RUN"),
        completion: .custom { _, _, _ in EvidenceShow.identifiers() })
    var identifier: String

    @OptionGroup var format: FormatOption

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        guard let store = try context.evidence() else {
            throw Failure(
                "evidence.missing", "there is no run “\(identifier)”: none has been recorded yet",
                advice: "`bessemer pilot` makes and records one")
        }
        let record = try await store.record(identifier)
        let drills = try await store.drills(ofRun: record.identifier)
        context.write(try context.printer(format.format).text(of: record, drills: drills, files: []))
    }

    /// What a shell offers in place of a run.
    private static func identifiers() -> [String] {
        let environment = ProcessInfo.processInfo.environment
        let file = try? Directories.ofUser(environment: environment).state.appending("evidence.sqlite")
        let store = file.flatMap { try? SQLiteEvidenceStore.reading($0) }
        return (try? store?.identifiers(limit: 100)) ?? []
    }
}
