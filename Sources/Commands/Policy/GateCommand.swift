// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Policy
internal import Records
internal import Signing
internal import Workflows

/// The formats that a verdict can have.
enum GateFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json, html, markdown, vsa, svr
}

/// `bessemer gate`.
struct GateCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate", abstract: "Judge whether a run's kernel may go to a stage, by the policy.",
        discussion: """
            Each rule passes, fails or is unknown, with the entries of the log that it read. Missing evidence is unknown, and \
            unknown refuses. The verdict is recorded where it is of today.

            vsa, svr: a signed statement about the kernel's image, SLSA's verification summary or in-toto's simple verification \
            result, which there is of a passed gate alone.

            Exit status: 0 where the stage is passed, 1 where it is refused.

            Examples:
              bessemer gate 20261122T1015 --stage staging
              bessemer gate 20261122T1015 --stage production --as-of 2027-05-31
              bessemer gate 20261122T1015 --stage pilot --format vsa
            """)

    @OptionGroup var question: StageQuestionOptions

    @Option(help: "How to write the answer to standard output.")
    var format: GateFormat = .text

    @OptionGroup var keys: SignerOptions

    func validate() throws {
        try require(
            question.day.asOf == nil || ![.vsa, .svr].contains(format),
            "Only a verdict of today is recorded and can be signed: leave --as-of out.")
    }

    func run(_ context: Context) async throws {
        let (policy, bytes) = try question.policy.file(context)
        let gate = try Gate(policy, stage: question.stage)
        let (evidence, store) = try await question.evidence(context)
        let (day, isToday) = try await question.day.day(store)
        let signers = [.vsa, .svr].contains(format) ? try await keys.signers(context) : []
        let (report, recorded) =
            isToday
            ? try await context.judge(gate, evidence, by: bytes, today: day, in: store)
            : (try gate.judge(evidence, asOf: day, toolVersion: Bessemer.version), nil)
        if !signers.isEmpty {
            guard let recorded else {
                throw Failure(
                    "gate.unrecorded", "the verdict is not recorded, so there is nothing that a statement could name",
                    advice: "run this where the evidence log can be written")
            }
            if let envelope = try await statement(report, of: evidence, at: recorded, signers) {
                context.writeBytes(envelope.bytes + [UInt8(ascii: "\n")])
            } else {
                context.say("the gate refuses, and svr has no word for that: nothing is written; vsa says it")
            }
        } else {
            try context.show(report, as: format) { "" }
        }
        if report.verdict != .pass { throw ExitCode(1) }
    }

    /// nil where there is none to be made of the verdict.
    private func statement(
        _ report: GateReport, of evidence: GateEvidence, at entry: Entry, _ signers: [any Signer]
    ) async throws -> Envelope? {
        let run = evidence.run.body
        if format == .svr {
            return try await VerificationResult.statement(report, of: run, at: entry.time)?.signed(by: signers)
        }
        return try await VerificationSummary.statement(
            report, of: run, at: entry.time, hasProvenance: !evidence.bundles.isEmpty
        ).signed(by: signers)
    }
}
