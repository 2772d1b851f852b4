// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Audit
internal import Host
internal import Rendering

/// `bessemer explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain rules of the audit: what is checked, why, and how to mend it.",
        discussion: """
            Takes rules (LAY001) and families (LAY); all of them where none is named.

            Example: bessemer explain LAY005
            """)

    @Argument(
        help: ArgumentHelp("Rules or families.", valueName: "ID"),
        completion: .list(RuleCatalogue.descriptions.map(\.identifier)))
    var names: [String] = []

    @Flag(help: "As a page of documentation.")
    var markdown = false

    @OptionGroup var format: FormatOption

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        if markdown {
            context.write(RulePage().markdown)
            return
        }
        let rules = try names.isEmpty ? RuleCatalogue.descriptions : names.flatMap(Self.rules(named:))
        context.write(try context.printer(format.format).text(of: rules))
    }

    static func rules(named name: String) throws -> [RuleDescription] {
        let rules = RuleCatalogue.descriptions(named: name)
        guard !rules.isEmpty else {
            throw Failure(
                "audit.rule", "there is no rule \(name)",
                advice: "`bessemer explain` lists them all; families are "
                    + RuleCatalogue.rules.map { $0.family }.joined(separator: ", "))
        }
        return rules
    }
}
