// SPDX-License-Identifier: Apache-2.0
package import Records

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

/// The rules as a page of documentation.
package struct RulePage: Sendable {
    private let book: RuleBook

    package init(book: RuleBook) { self.book = book }

    /// Markdown: `Docs/Rules.md`.
    package var markdown: String {
        var text = """
            # Rules
            Made by `bessemer explain --markdown` from the rules themselves.

            """
        for family in book.families {
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
