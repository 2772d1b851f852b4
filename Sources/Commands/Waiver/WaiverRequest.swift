// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Foundation
internal import Host
internal import Policy
internal import Records
internal import Signing

/// `bessemer waiver request`.
struct WaiverRequest: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Request that a deviation be accepted until a day.",
        discussion: """
            `bessemer gate` shows deviations with their fingerprints: name one by the beginning of it (--finding), or a rule \
            and a location with * for any text. Who requests has to be one of the policy's people; others approve it with \
            their keys. An emergency waiver holds at once, for as many days as the policy says, and has to be approved by then.

            Example:
              bessemer waiver request --rule DEV001 --location 'rustc -Zpacked-stack' \\
                --reason "Rust on s390 needs it" --compensation "compiler pinned" \\
                --owner "Kernel team" --until +90
            """)

    @Option(help: .value("RULE", "The rule of the finding, e.g. DEV004."))
    var rule: String?

    @Option(help: .value("PLACE", "The finding's file and symbol, or the symbol alone; * stands for any text."))
    var location: String?

    @Option(
        help: .value(
            "FINGERPRINT",
            "The only finding that it accepts, of the run that --run names or the newest one; its beginning is enough.")
    )
    var finding: String?

    @Option(
        name: .customLong("run"), help: .value("RUN", "The only run that it holds for."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var onlyRun: String?

    @Option(help: .value("SHA-256", "A file that the run has to have built, e.g. a kernel image."))
    var artifact: String?

    @Option(help: .value("LINE", "The only line of kernels that it holds for, e.g. 6.12."))
    var line: String?

    @OptionGroup var terms: WaiverTermOptions

    @Option(help: .value("NAME", "Who answers for it."))
    var owner: String

    @Option(help: .value("TICKET", "Its number in your own system."))
    var ticket: String?

    @Option(help: .value("DAY", "The first day (default: today)."))
    var from: String?

    @Flag(help: "It holds at once and is approved afterwards.")
    var emergency = false

    @OptionGroup var policy: PolicyOption
    @OptionGroup var keys: SignerOptions

    func validate() throws {
        try require(from.map { Day($0) != nil } ?? true, "--from takes a day that there is, like 2027-05-31.")
        try require(artifact.map { Digest(hexadecimal: $0) != nil } ?? true, "--artifact takes 64 hexadecimal digits.")
        try require(
            finding == nil ? rule != nil && location != nil : rule == nil && location == nil,
            "Give either --finding, or both --rule and --location.")
        try require(
            finding.map { (8...64).contains($0.utf8.count) && $0.allSatisfy(\.isHexDigit) } ?? true,
            "--finding takes 8 to 64 hexadecimal digits.")
        try require(!owner.allSatisfy(\.isWhitespace), "--owner takes a name.")
    }

    func run(_ context: Context) async throws {
        let policy = try policy.read(context)
        if let rule { _ = try RuleBook.ofBessemer.rules(named: rule) }
        try context.requireEvidence()
        try Ballots(policy).check(requestBy: try await keys.person(context).publicKey.fingerprint)
        let store = try context.store()
        let today = try await DayOption.today(store)
        var run: String?
        if let onlyRun { run = try await store.run(onlyRun).record.identifier }
        let terms = WaiverStatement.Terms(
            scope: try await scope(policy, run, today, context), reason: terms.reason,
            compensation: terms.compensation, owner: owner, ticket: ticket,
            from: from.flatMap { Day($0) } ?? today, until: terms.lastDay(today), emergency: emergency)
        try WaiverLives.check(terms, policy, today: today)
        let (entry, digest) = try await context.record(
            WaiverStatement(
                event: .request, waiver: nil, terms: terms, time: Date().formatted(.iso8601),
                nonce: UUID().uuidString.lowercased()), in: store, keys)
        let name = WaiverStatement.identifier(of: digest)
        context.say(
            "requested \(name), from \(terms.from) to \(terms.until), end of day UTC; entry \(entry.sequence) of the evidence log"
        )
        if emergency {
            for note in try await context.waivers(policy).1.one(name).notes { context.say(note) }
        }
        context.say("others approve it: bessemer waiver approve \(name) --key FILE")
        context.write(name + "\n")
    }

    private func scope(
        _ policy: Policy, _ run: String?, _ today: Day, _ context: Context
    ) async throws -> WaiverStatement.Scope {
        let artifact = artifact.flatMap(Digest.init(hexadecimal:))
        guard let finding else {
            return .init(
                rule: (rule ?? "").uppercased(), location: location ?? "", run: run, artifact: artifact, line: line)
        }
        let (evidence, _) = try await context.gateEvidence(try await context.run(run))
        let gate = try Gate(policy, stage: policy.stages.last?.name ?? "")
        let report = try gate.judge(evidence, asOf: today, toolVersion: Bessemer.version)
        let found = report.deviations.filter { $0.fingerprint.hexadecimal.hasPrefix(finding.lowercased()) }
        let all = Set(found.map(\.fingerprint))
        guard let first = found.first, all.count == 1 else {
            throw Failure(
                "waiver.finding",
                all.isEmpty
                    ? "the run \(report.run) has no finding \(finding)"
                    : "\(all.count) findings of the run \(report.run) begin with \(finding)",
                advice: "`bessemer gate \(report.run) --stage \(report.stage)` shows them with their fingerprints")
        }
        let place = [first.finding.location?.file, first.finding.location?.symbol].compactMap(\.self)
        return .init(
            rule: first.finding.rule, location: place.isEmpty ? "*" : place.joined(separator: " "),
            finding: first.fingerprint, run: run, artifact: artifact, line: line)
    }
}
