// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Policy
internal import Records
internal import Rollback
internal import Workflows

/// The formats that a change record can have.
enum ChangeFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json, html, markdown, servicenow
}

/// `bessemer change`.
struct ChangeCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "change", abstract: "Write the change record that a change board takes, from the evidence.",
        discussion: """
            Purpose and scope, what changes, tests, deviations and waivers, the rollback plan's own commands with the last \
            drill, who requested and who approved, and a table of requirements of catalogues. html is a page that prints to \
            PDF; servicenow has the fields of its change requests as JSON.

            Exit status: 0 where the gate passes, 1 where it refuses; the record is written all the same.

            Examples:
              bessemer change 20261122T1015 --stage production --format html
              bessemer change --stage staging --plan rollback --format servicenow
            """)

    @OptionGroup var question: StageQuestionOptions

    @Option(
        help: .value(
            "DIR", "What `rollback plan` wrote for both kernels (default: the newest recorded plan for them)."),
        completion: .directory)
    var plan: String?

    @OptionGroup var mapping: MappingOption

    @Option(help: .value("TIME", "When the change is to begin, UTC: 2026-12-05T22:00:00Z."))
    var start: String?

    @Option(help: .value("TIME", "When it is to be over, alike."))
    var end: String?

    @Option(help: "How to write the record to standard output.")
    var format: ChangeFormat = .text

    func validate() throws {
        for (name, text) in [("--start", start), ("--end", end)] {
            try require(
                text.map { Self.time($0) != nil } ?? true, "\(name) takes a time of UTC like 2026-12-05T22:00:00Z.")
        }
        if let start = start.flatMap(Self.time), let end = end.flatMap(Self.time) {
            try require(start < end, "--start has to be before --end.")
        }
    }

    func run(_ context: Context) async throws {
        let policy = try question.policy.read(context)
        let mapping = try mapping.read(context)
        let (evidence, store) = try await question.evidence(context)
        let asOf = try await question.day.day(store).day
        let record = evidence.run.body
        let rollback =
            try plan.map { try ChangeRecord.Plan.given(context.path($0), named: $0, for: record) }
        let recorded = rollback == nil ? try await ChangeRecord.Plan.recorded(for: record, by: asOf, in: store) : nil
        let change = try ChangeQuestion(
            policy: policy, stage: question.stage, evidence: evidence, asOf: asOf, plan: rollback ?? recorded,
            requirements: mapping.changes, window: window, head: try await store.trees().last?.head(),
            toolVersion: Bessemer.version
        ).answer()
        try context.show(change, as: format) { try ServiceNowFormat().text(of: change) }
        if change.isRefused { throw ExitCode(1) }
    }

    private var window: ChangeRecord.Window? {
        start == nil && end == nil
            ? nil : ChangeRecord.Window(start: start.flatMap(Self.time), end: end.flatMap(Self.time))
    }

    private static func time(_ text: String) -> Date? {
        // Behind the year 9999 a year has more digits than others read.
        guard text.utf8.count == 20, let date = try? Date(text, strategy: .iso8601), date.formatted(.iso8601) == text
        else { return nil }
        return date
    }
}
