// SPDX-License-Identifier: Apache-2.0
internal import Records

/// A document for issues, wikis and mail: CommonMark with the tables of GitHub's.
package struct MarkdownFormat: Sendable {
    package func text(of document: Document) -> String {
        var lines: [String] = []
        if let banner = document.banner {
            lines.append("# " + (banner.word.isEmpty ? "" : escaped(banner.word) + ": ") + escaped(banner.title))
            lines += banner.lines.map { "- " + span($0) }
            if !banner.numbers.isEmpty {
                lines.append(
                    "- "
                        + banner.numbers.map { "\(escaped($0.label)): **\(escaped($0.value.text))**" }.joined(
                            separator: ", "))
            }
        } else {
            lines.append("# " + escaped(document.name))
        }
        for section in document.sections {
            if !section.title.isEmpty { lines += ["", "## " + escaped(section.title)] }
            if !section.aside.text.isEmpty { lines += ["", span(section.aside)] }
            lines += section.blocks.flatMap { block($0) }
        }
        if !document.footer.isEmpty { lines += ["", "---", escaped(document.footer)] }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let most = 200

    private func block(_ block: Block) -> [String] {
        switch block {
        case .sentence(let sentence):
            return [""] + [(sentence.tag.map { span($0) + " " } ?? "") + span(sentence.text)]
                + sentence.more.map { "  \n" + span($0) }
        case .facts(let facts):
            return [""]
                + facts.map { fact in
                    "- \(escaped(fact.label)): " + ([fact.value] + fact.more).map(span).joined(separator: "; ")
                }
        case .table(let table): return self.table(table)
        case .list(let list):
            return ["", span(list.title)] + [""]
                + list.items.prefix(Self.most).map { "- " + (list.isCode ? code($0) : escaped($0)) }
                + rest(list.items.count - Self.most, list.noun)
        case .fold(let fold): return ["", "**\(escaped(fold.title.text))**"] + fold.blocks.flatMap { self.block($0) }
        case .cards(let cards):
            return cards.cards.prefix(Self.most).flatMap(card) + rest(cards.cards.count - Self.most, "finding")
        case .tests(let tree): return tests(tree)
        case .bar, .chart: return []
        case .timeline(let moments): return timeline(moments)
        case .log(let log):
            // Indented, so that no line can end it.
            return [""] + log.lines.prefix(Self.most).map { "    " + VisibleText.of($0) }
        case .paths(let paths): return [""] + paths.map { "- " + code($0) }
        }
    }

    private func table(_ table: Table) -> [String] {
        let head = table.columns.map { $0.title.isEmpty ? " " : escaped($0.title) }
        let rows = table.rows.prefix(Self.most).map { row in row.map { $0.map(span).joined(separator: "<br>") } }
        return ["", line(head), line(table.columns.map { $0.isNumber ? "--:" : "---" })] + rows.map(line)
            + rest(table.rows.count - Self.most, table.noun)
    }

    private func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    private func card(_ card: Cards.Card) -> [String] {
        ["", "### \(span(card.tag)) \(escaped(card.title.text))"]
            + (card.origin.map { [escaped($0), ""] } ?? [])
            + card.items.prefix(Self.most).map { "- " + $0.map(span).joined(separator: "; ") }
            + (card.rest.map { ["", $0, ""] } ?? [])
            + card.parts.map { "- *\(escaped($0.label))*: \(span($0.value))" }
    }

    private func tests(_ tree: TestTree) -> [String] {
        [""]
            + tree.results.prefix(Self.most).map { suite in
                let counts = suite.counts
                let undecided = suite.undecided
                return "- **\(counts.worst.rawValue)** \(code(suite.name)): \(Quantities.counts(counts))"
                    + undecided.prefix(20).map { "\n  - " + test($0, of: suite, tree) }.joined()
                    + (Quantities.rest(undecided.count - 20, "test").map { "\n  - " + $0 } ?? "")
            } + rest(tree.results.count - Self.most, "suite")
    }

    private func test(
        _ test: (path: String, result: TestResult), of suite: TestResult, _ tree: TestTree
    ) -> String {
        let result = test.result
        let path = suite.name + (test.path.isEmpty ? "" : "/" + test.path)
        let line = result.line.map { " (line \($0))" } ?? ""
        let reasons = tree.waivers[path].map { [escaped($0.acceptance)] } ?? result.diagnostics.prefix(3).map(code)
        return (["\(result.outcome.rawValue) \(code(test.path.isEmpty ? suite.name : test.path))\(line)"] + reasons)
            .joined(separator: "; ")
    }

    private func timeline(_ moments: [Moment]) -> [String] {
        ["", line(["Step", "Took", ""]), line(["---", "--:", "---"])]
            + moments.map { moment in
                line([
                    (moment.tag.map { span($0) + " " } ?? "") + escaped(moment.title),
                    Quantities.duration(moment.seconds),
                    moment.more.map(span).joined(separator: "<br>"),
                ])
            }
    }

    private func rest(_ count: Int, _ noun: String) -> [String] {
        Quantities.rest(count, noun).map { ["", $0] } ?? []
    }

    private func span(_ span: Span) -> String {
        switch span.form {
        case .plain: escaped(span.text)
        case .code, .digest: code(span.text)
        case .tag: "**\(escaped(span.text))**"
        }
    }

    /// A code span (CommonMark 6.1); what would end it, or a table's cell, is spelled out.
    private func code(_ text: String) -> String {
        guard !text.isEmpty else { return "" }
        var shown = String.UnicodeScalarView()
        // By scalars: what clings to a character must not hide it.
        for scalar in VisibleText.of(text, columns: 4000).unicodeScalars {
            switch scalar {
            case "`": shown.append("'")
            case "|": shown.append(contentsOf: "\\|".unicodeScalars)
            default: shown.append(scalar)
            }
        }
        return "`" + String(shown) + "`"
    }

    /// Text of which nothing is taken for Markdown or HTML (CommonMark 2.4).
    private func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in VisibleText.of(text, columns: 4000).unicodeScalars {
            if "\\`*_[]<>|#&~".unicodeScalars.contains(scalar) { escaped.append("\\") }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }
}
