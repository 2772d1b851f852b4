// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Policy
internal import Records
internal import Workflows

/// `bessemer gate`.
struct GateCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Judge whether a run's kernel may go to a stage, by the policy.",
        discussion: """
            Each rule passes, fails or is unknown, with the entries of the log that it read. Missing evidence is unknown, and \
            unknown refuses. The verdict is recorded where it is of today.

            Exit status: 0 where the stage is passed, 1 where it is refused.

            Examples:
              bessemer gate 20261122T1015 --stage staging
              bessemer gate 20261122T1015 --stage production --as-of 2027-05-31
            """)

    @Argument(
        help: .value("RUN", "The run's identifier; its beginning is enough (default: the newest run)."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var run: String?

    @Option(help: .value("STAGE", "A stage of the policy."))
    var stage: String

    @OptionGroup var day: DayOption
    @OptionGroup var policy: PolicyOption

    @Option(
        help: .value(
            "FILE", "Patch-ids of the upstream tree: what `git log -p RANGE | git patch-id --stable` prints."),
        completion: .file())
    var patchIds: String?

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let policy = try policy.read(context)
        let gate = try Gate(policy, stage: stage)
        let (evidence, store) = try await context.gateEvidence(try await context.run(run), patchIds: patchIds)
        let today = try await DayOption.today(store)
        let day = day.chosen ?? today
        let report = try gate.judge(evidence, asOf: day, toolVersion: Bessemer.version)
        if day == today {
            let entry = try await store.append(
                try Entry.Draft(report, parents: [evidence.run.entry.digest]))
            context.say("recorded as entry \(entry.sequence) of the evidence log")
        }
        try context.show(report, as: format.format)
        if report.verdict != .pass { throw ExitCode(1) }
    }
}
