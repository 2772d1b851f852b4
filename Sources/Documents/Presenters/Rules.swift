// SPDX-License-Identifier: Apache-2.0
package import Records

extension RuleDescription: Listable {
    /// The long form of rules.
    package static func document(of rules: [RuleDescription], _ book: RuleBook) -> Document {
        Document("rules") {
            Document.Section {
                Block.cards(
                    Cards(
                        cards: rules.map { rule in
                            Cards.Card(
                                tag: .tag(rule.severity.rawValue, rule.severity.role),
                                title: Span("\(rule.identifier) \(rule.title)", .strong),
                                parts: [
                                    Fact("check", Span(rule.check)), Fact("rationale", Span(rule.rationale)),
                                    Fact("how to fix it", Span(rule.remediation)),
                                ] + rule.sources.map { Fact("source", .quiet($0)) })
                        }))
            }
        }
    }
}

extension RuleBook {
    /// The rules as a page of documentation: `Docs/Rules.md`.
    package var markdown: String {
        var text = """
            # Rules
            Made by `bessemer explain --markdown` from the rules themselves.

            """
        for family in families {
            text += "\n## \(family.identifier): \(family.name)\n"
            for description in family.rules {
                text += """

                    ### \(description.identifier) \(description.title)
                    *\(description.severity.rawValue).* \(description.check)

                    **Rationale.** \(description.rationale)

                    **How to fix it.** \(description.remediation)

                    Sources: \(description.sources.joined(separator: "; ")).

                    """
            }
        }
        return text
    }
}

extension LintReport: Presentable {
    /// Findings of build files; each rule says once why it matters.
    package func document(_ book: RuleBook) -> Document {
        var known: Set<String> = []
        let cards = findings.map { finding in
            var card = finding.card
            if !known.insert(finding.rule).inserted { card.parts.removeLast(2) }
            return card
        }
        let count = findings.count
        let partly = partly == 0 ? "" : " (\(partly) in part)"
        let sum =
            "\(Quantities.count(files, "build file")) read\(partly), \(skipped.count) skipped: "
            + (count == 0 ? "no findings." : "\(Quantities.count(count, "finding")).")
        return Document("check of build files") {
            if !cards.isEmpty { Document.Section { Block.cards(Cards(cards: cards)) } }
            Document.Section {
                if !skipped.isEmpty {
                    Block.list(
                        Span("skipped: \(skipped.count)", .quiet), skipped.map(\.text), most: 10, noun: "skip",
                        role: .quiet)
                }
                Block.sentence(Span(sum, count == 0 ? .good : .strong))
            }
        }
    }
}
