// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Audit
internal import Documents
internal import Lint
internal import Policy
internal import Records

/// `bessemer explain`.
struct ExplainCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain the rules: check, rationale and remediation.",
        discussion: """
            Takes rules (LAY001) and families (LAY); all of them where none is named.

            Example: bessemer explain LAY005
            """)

    @Argument(
        help: .value("ID", "Rules or families."),
        completion: .list(RuleBook.ofBessemer.families.flatMap { [$0.identifier] + $0.rules.map(\.identifier) }))
    var names: [String] = []

    @Flag(help: "As a page of documentation.")
    var markdown = false

    @OptionGroup var format: FormatOption

    func validate() throws {
        try require(!markdown || format.format == .text, "--markdown and --format exclude each other.")
        try require(!markdown || names.isEmpty, "--markdown is a page of all the rules: it takes no ID.")
    }

    func run(_ context: Context) async throws {
        if markdown {
            context.write(RuleBook.ofBessemer.markdown)
            return
        }
        let book = RuleBook.ofBessemer
        let rules = try names.isEmpty ? book.rules : names.flatMap(book.rules(named:))
        try context.show(rules, as: format.format)
    }
}

extension RuleBook {
    /// Every rule that Bessemer has.
    static let ofBessemer = RuleBook(families: RuleCatalogue.book.families + RunRules.families + [ScriptRules.family])
}
