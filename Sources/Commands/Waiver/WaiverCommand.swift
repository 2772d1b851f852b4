// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Policy
internal import Records
internal import Workflows

/// `bessemer waiver`: deviations that somebody accepts, signed.
struct WaiverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "waiver", abstract: "Request, approve, renew and revoke waivers, and see what became of them.",
        discussion: "Example: bessemer waiver list",
        subcommands: [
            WaiverRequest.self, WaiverApprove.self, WaiverRenew.self, WaiverRevoke.self, WaiverList.self,
            WaiverCheck.self,
        ])
}

extension Context {
    /// The log, with what people said of waivers until a day.
    func waivers(_ policy: Policy, asOf day: Day? = nil) async throws -> (SQLiteEvidenceStore, WaiverLives, Day) {
        let store = try await wholeStore()
        let asOf: Day
        if let day { asOf = day } else { asOf = try await DayOption.today(store) }
        return (store, try await waivers(policy, asOf: asOf, in: store), asOf)
    }

    /// The same of a log that was verified before.
    func waivers(_ policy: Policy, asOf day: Day, in store: SQLiteEvidenceStore) async throws -> WaiverLives {
        WaiverLives(try await store.all(Signed<WaiverStatement>.self), policy: policy, asOf: day)
    }

    /// Signs and records what a person says of a waiver.
    func record(
        _ statement: WaiverStatement, in store: SQLiteEvidenceStore, _ keys: SignerOptions
    ) async throws -> (entry: Entry, digest: Digest) {
        let signed = try await Ballots.signed(statement, by: try await keys.person(self))
        return (try await store.append(try Entry.Draft(signed)), try Ballots.digest(of: statement))
    }
}

extension WaiverLives {
    /// The one with that name, or whose name begins so. Throws `Failure` with codes `waiver.missing`, `waiver.ambiguous`.
    func one(_ name: String) throws -> WaiverStatus {
        let found = all.filter { $0.identifier.hasPrefix(name) }
        guard let first = found.first, found.count == 1 || first.identifier == name else {
            throw Failure(
                found.isEmpty ? "waiver.missing" : "waiver.ambiguous",
                found.isEmpty ? "there is no waiver \(name)" : "more than one waiver begins with \(name)",
                advice: "`bessemer waiver list` shows those that there are")
        }
        return first
    }
}

/// What a request and a renewal have in common.
struct WaiverTermOptions: ParsableArguments {
    @Option(help: .value("TEXT", "The cause of the deviation, and the reason to accept it."))
    var reason: String

    @Option(help: .value("TEXT", "What is done instead, so that it does less harm."))
    var compensation: String

    @Option(
        help: .value(
            "DAY", "The last day, 2027-05-31 or +90 for 90 days from today: it holds to the end of that day UTC."))
    var until: String

    func validate() throws {
        try require(
            Self.days(until) != nil || Day(until) != nil,
            "--until takes a day that there is, like 2027-05-31, or a number of days like +90.")
        for (option, text) in [("--reason", reason), ("--compensation", compensation)] {
            try require(
                text.contains(where: { $0.isLetter || $0.isNumber }) && text.utf8.count <= 4000,
                "\(option) takes a text with words in it, of at most 4,000 bytes.")
        }
    }

    /// `+90`.
    private static func days(_ text: String) -> Int? {
        text.hasPrefix("+") && text.count <= 6 ? Int(text.dropFirst()).flatMap { $0 >= 0 ? $0 : nil } : nil
    }

    func lastDay(_ today: Day) -> Day {
        Self.days(until).map { today.adding(days: $0) } ?? Day(until) ?? today
    }
}

/// `bessemer waiver list`.
struct WaiverList: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List waivers with their states: pending, active, expiring, expired, revoked.",
        discussion: """
            Exit status: 1 where one expires within the policy's warnings, or has expired and was not renewed or revoked.

            Example: bessemer waiver list --as-of 2027-05-31
            """)

    @OptionGroup var day: DayOption
    @OptionGroup var policy: PolicyOption
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let waivers = try await context.waivers(policy.read(context), asOf: day.chosen).1.all
        try context.show(waivers, as: format.format)
        if waivers.contains(where: { [.expiring, .expired].contains($0.state) }) { throw ExitCode(1) }
    }
}

/// `bessemer waiver check`.
struct WaiverCheck: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Show what each waiver accepts in a run, and which are unused or too wide.",
        discussion: """
            Exit status: 1 where a waiver accepts nothing in the run, or more than the policy lets one accept.

            Example: bessemer waiver check 20261122T1015 --stage staging
            """)

    @Argument(
        help: .value("RUN", "The run's identifier; its beginning is enough (default: the newest run)."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var run: String?

    @Option(help: .value("STAGE", "The stage at which they count (default: the policy's last)."))
    var stage: String?

    @OptionGroup var day: DayOption
    @OptionGroup var policy: PolicyOption
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let policy = try policy.read(context)
        let gate = try Gate(policy, stage: stage ?? policy.stages.last?.name ?? "")
        let (evidence, store) = try await context.gateEvidence(try await context.run(run))
        let report = try gate.judge(evidence, asOf: try await day.day(store).day, toolVersion: Bessemer.version)
        try context.show(report.waivers, as: format.format)
        if report.waivers.contains(where: { $0.holds && ($0.uses == 0 || $0.isOverwide) }) { throw ExitCode(1) }
    }
}
