// SPDX-License-Identifier: Apache-2.0
internal import Audit
package import Findings
internal import Scripts

/// The long form of rules, as `bessemer explain` prints it.
struct RuleText {
    let rules: [RuleDescription]
    let style: Style

    var text: String {
        var page = TerminalPage(style: style)
        for rule in rules {
            page.gap()
            page.paragraph(
                "\(rule.identifier) \(rule.title)", .strong, hanging: 10, lead: rule.severity.rawValue,
                leadRole: rule.severity.role)
            page.paragraph(rule.check, indent: 10, hanging: 18, lead: "check")
            page.paragraph(rule.why, indent: 10, hanging: 25, lead: "rationale")
            page.paragraph(rule.mend, indent: 10, hanging: 25, lead: "how to fix it")
            for source in rule.sources { page.paragraph(source, .quiet, indent: 10, hanging: 18, lead: "source") }
        }
        return page.text
    }
}

/// Every rule that Bessemer has: the audit's, and those over build files.
package struct RuleBook: Sendable {
    package struct Family: Sendable {
        /// Three letters: `LAY`.
        package let identifier: String
        package let name: String
        package let rules: [RuleDescription]
    }

    package static let families: [Family] =
        RuleCatalogue.rules.map { Family(identifier: $0.family, name: $0.name, rules: $0.descriptions) }
        + [Family(identifier: ScriptRules.family, name: ScriptRules.name, rules: ScriptRules.descriptions)]

    /// The rules that a name means: `LAY001` or `lay001` is one, `LAY` the whole family.
    package static func rules(named name: String) -> [RuleDescription] {
        let wanted = name.uppercased()
        return families.flatMap { family in
            family.rules.filter { $0.identifier == wanted || family.identifier == wanted }
        }
    }
}

/// The rules as a page of documentation.
package struct RulePage: Sendable {
    package init() {}

    /// Markdown: `Docs/Rules.md`.
    package var markdown: String {
        var text = """
            # Rules
            Made by `bessemer explain --markdown` from the rules themselves.

            """
        for family in RuleBook.families {
            text += "\n## \(family.identifier): \(family.name)\n"
            for description in family.rules {
                text += """

                    ### \(description.identifier) \(description.title)
                    *\(description.severity.rawValue).* \(description.check)

                    **Rationale.** \(description.why)

                    **How to fix it.** \(description.mend)

                    Sources: \(description.sources.joined(separator: "; ")).

                    """
            }
        }
        return text
    }
}
