// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Foundation
internal import Host
internal import Policy
internal import Records

/// `bessemer waiver request`.
struct WaiverRequest: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Request that a deviation be accepted until a day.",
        discussion: """
            `bessemer gate` shows deviations with their fingerprints; name one (--finding), or a rule and a location with * \
            for any text. Others approve it with their keys. An emergency waiver holds at once, for as many days as the \
            policy says, and has to be approved by then.

            Example:
              bessemer waiver request --rule DEV001 --location 'rustc -Zpacked-stack' \\
                --reason "Rust on s390 needs it" --compensation "compiler pinned" \\
                --owner "Kernel team" --until 2027-05-31
            """)

    @Option(help: .value("RULE", "The rule of the finding, e.g. DEV004."))
    var rule: String

    @Option(help: .value("PLACE", "The finding's file and symbol, or the symbol alone; * stands for any text."))
    var location: String

    @Option(help: .value("SHA-256", "The fingerprint of the only finding that it accepts."))
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
        try require(from.map { Day($0) != nil } ?? true, "--from takes a day like 2027-05-31.")
        for (option, text) in [("--finding", finding), ("--artifact", artifact)] {
            try require(text.map { Digest(hexadecimal: $0) != nil } ?? true, "\(option) takes 64 hexadecimal digits.")
        }
        try require(!owner.allSatisfy(\.isWhitespace), "--owner takes a name.")
    }

    func run(_ context: Context) async throws {
        let policy = try policy.read(context)
        _ = try RuleBook.ofBessemer.rules(named: rule)
        try context.requireEvidence()
        let store = try context.store()
        let today = try await DayOption.today(store)
        var run: String?
        if let onlyRun { run = try await store.run(onlyRun).record.identifier }
        let terms = WaiverStatement.Terms(
            scope: .init(
                rule: rule.uppercased(), location: location, finding: finding.flatMap(Digest.init(hexadecimal:)),
                run: run, artifact: artifact.flatMap(Digest.init(hexadecimal:)), line: line),
            reason: terms.reason, compensation: terms.compensation, owner: owner, ticket: ticket,
            from: from.flatMap { Day($0) } ?? today, until: Day(terms.until) ?? today, emergency: emergency)
        try WaiverLives.check(terms, policy, today: today)
        let (entry, digest) = try await context.record(
            WaiverStatement(event: .request, waiver: nil, terms: terms, time: Date().formatted(.iso8601)), in: store,
            keys)
        let name = WaiverStatement.identifier(of: digest)
        context.say(
            "requested \(name), from \(terms.from) to \(terms.until), end of day UTC; entry \(entry.sequence) of the evidence log"
        )
        context.say("others approve it: bessemer waiver approve \(name) --key FILE")
        context.write(name + "\n")
    }
}
