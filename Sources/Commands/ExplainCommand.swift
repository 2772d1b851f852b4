// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Audit
internal import Findings
internal import Host
internal import Rendering

/// `bessemer explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain the rules: what is checked, why, and how to mend it.",
        discussion: """
            Takes rules (LAY001) and families (LAY); all of them where none is named.

            Example: bessemer explain LAY005
            """)

    @Argument(
        help: ArgumentHelp("Rules or families.", valueName: "ID"),
        completion: .list(RuleBook.families.flatMap { [$0.identifier] + $0.rules.map(\.identifier) }))
    var names: [String] = []

    @Flag(help: "As a page of documentation.")
    var markdown = false

    @OptionGroup var format: FormatOption

    func validate() throws {
        if markdown, format.format == .json {
            throw ValidationError("--markdown and --format json exclude each other.")
        }
        if markdown, !names.isEmpty { throw ValidationError("--markdown is a page of all the rules: it takes no ID.") }
    }

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        if markdown {
            context.write(RulePage().markdown)
            return
        }
        let rules =
            try names.isEmpty
            ? RuleBook.families.flatMap(\.rules)
            : names.flatMap { try Self.known($0, RuleBook.rules(named: $0), RuleBook.families.map(\.identifier)) }
        context.write(try context.printer(format.format).text(of: rules))
    }

    /// The audit's rules of that name.
    static func rules(named name: String) throws -> [RuleDescription] {
        try known(name, RuleCatalogue.descriptions(named: name), RuleCatalogue.rules.map { $0.family })
    }

    private static func known(_ name: String, _ rules: [RuleDescription], _ families: [String]) throws
        -> [RuleDescription]
    {
        guard !rules.isEmpty else {
            throw Failure(
                "audit.rule", "there is no rule \(name)",
                advice: "`bessemer explain` lists them all; families are " + families.joined(separator: ", "))
        }
        return rules
    }
}
