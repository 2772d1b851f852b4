// SPDX-License-Identifier: Apache-2.0
internal import Audit
internal import Findings

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
            page.paragraph(rule.why, indent: 10, hanging: 18, lead: "why")
            page.paragraph(rule.mend, indent: 10, hanging: 18, lead: "mend")
            for source in rule.sources { page.paragraph(source, .quiet, indent: 10, hanging: 18, lead: "source") }
        }
        return page.text
    }
}

/// The rules as a page of documentation.
public struct RulePage: Sendable {
    public init() {}

    /// Markdown: `Docs/Rules.md`.
    public var markdown: String {
        var text = """
            # Rules of the audit
            Made by `bessemer explain --markdown` from the rules themselves.

            """
        for rule in RuleCatalogue.rules {
            text += "\n## \(rule.family): \(rule.name)\n"
            for description in rule.descriptions {
                text += """

                    ### \(description.identifier) \(description.title)
                    *\(description.severity.rawValue).* \(description.check)

                    **Why.** \(description.why)

                    **Mend.** \(description.mend)

                    Sources: \(description.sources.joined(separator: "; ")).

                    """
            }
        }
        return text
    }
}
