// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Policy
internal import Records
internal import Signing

/// `bessemer approve`.
struct ApproveCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Request or approve a stage for a run, with your key.",
        discussion: """
            Who requests a stage is one of the policy's people, and does not approve it: the policy says how many others have \
            to. What you say is signed and recorded; the key says whose it is.

            Examples:
              bessemer approve 20261122T1015 --stage production --request --note CHG0031337
              bessemer approve 20261122T1015 --stage production --key ~/keys/ada.key
            """)

    @Argument(
        help: .value("RUN", "The run's identifier; its beginning is enough."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var run: String

    @Option(help: .value("STAGE", "A stage of the policy."))
    var stage: String

    @Flag(help: "Request the stage, which others approve.")
    var request = false

    @Flag(help: "Take back what you approved.")
    var withdraw = false

    @Option(help: .value("TEXT", "The reason, or the change's number."))
    var note: String?

    @OptionGroup var policy: PolicyOption
    @OptionGroup var keys: SignerOptions

    func validate() throws { try require(!(request && withdraw), "Give either --request or --withdraw.") }

    func run(_ context: Context) async throws {
        let policy = try policy.read(context)
        let gate = try Gate(policy, stage: stage)
        let (evidence, store) = try await context.gateEvidence(run)
        let today = try await DayOption.today(store)
        let signer = try await keys.person(context)
        let voice = signer.publicKey.fingerprint
        let event: ApprovalStatement.Event = request ? .request : withdraw ? .withdraw : .approve
        let report = try gate.judge(evidence, asOf: today, toolVersion: Bessemer.version)
        let ballots = Ballots(policy)
        switch event {
        case .approve:
            try ballots.check(
                approvalBy: voice, of: report.requestedBy, after: report.approvedBy, what: "\(stage) for this run")
        case .request:
            try ballots.check(requestBy: voice)
            if let asker = report.requestedBy, ballots.isAmong([asker], voice) {
                throw Failure(
                    "approval.requested", "\(asker.name ?? "this key") requested \(stage) for this run already",
                    advice: "others approve it: bessemer approve \(report.run) --stage \(stage) --key FILE")
            }
        case .withdraw:
            guard ballots.isAmong(report.approvedBy, voice) else {
                throw Failure(
                    "approval.none", "the key \(voice.short) has not approved \(stage) for this run",
                    advice: "`bessemer gate \(report.run) --stage \(stage)` shows who did")
            }
        }
        let statement = ApprovalStatement(
            event: event, run: evidence.run.body.identifier, entry: evidence.run.entry.digest, stage: stage,
            policy: policy.digest, note: note, time: Date().formatted(.iso8601))
        let entry = try await store.append(
            try Entry.Draft(
                try await Ballots.signed(statement, by: signer), parents: [evidence.run.entry.digest]))
        let name = policy.person(withKey: voice)?.name ?? "the key \(voice.short), which the policy does not name"
        context.say("\(event.past) by \(name); recorded as entry \(entry.sequence) of the evidence log")
    }
}

extension ApprovalStatement.Event {
    fileprivate var past: String {
        switch self {
        case .request: "requested"
        case .approve: "approved"
        case .withdraw: "withdrawn"
        }
    }
}
