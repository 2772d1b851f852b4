// SPDX-License-Identifier: Apache-2.0
internal import Records

/// Text in lines of the style's width, with colour only where it has that; a path that is longer stays whole on a line
/// of its own.
package struct TextFormat: Sendable {
    let style: Style

    package func text(of document: Document) -> String {
        var page = TerminalPage(style: style)
        if let banner = document.banner { self.banner(banner, on: &page) }
        for section in document.sections where !section.isDetail {
            page.gap()
            let isTitled = !section.title.isEmpty && !section.isTitleDetail
            if isTitled { title(section, on: &page) }
            blocks(section.blocks, isTitled ? .titled : .untitled, on: &page)
        }
        return page.text
    }

    /// Where text begins, and where it goes on beside a label.
    private struct Margin {
        let indent: Int
        let hanging: Int

        static let untitled = Margin(indent: 0, hanging: TerminalPage.labelWidth)
        static let titled = Margin(indent: 2, hanging: TerminalPage.labelWidth)
        var inner: Margin { Margin(indent: indent + 2, hanging: hanging + 2) }
    }

    private func banner(_ banner: Document.Banner, on page: inout TerminalPage) {
        let hanging = banner.word.isEmpty ? 0 : max(9, banner.word.count + 2)
        page.paragraph(
            banner.title, banner.word.isEmpty ? banner.role ?? .strong : .strong, hanging: max(hanging, 2),
            lead: banner.word, leadRole: banner.role)
        more(banner.lines, indent: hanging, on: &page)
    }

    private func title(_ section: Document.Section, on page: inout TerminalPage) {
        if section.title.count < TerminalPage.labelWidth, !section.aside.text.isEmpty {
            page.entry(section.title, section.aside.text, section.aside.role)
        } else {
            let aside = section.aside.text.isEmpty ? "" : ": \(section.aside.text)"
            page.paragraph(section.title + aside, section.aside.role ?? .strong, hanging: 2)
        }
    }

    private func blocks(_ blocks: [Block], _ margin: Margin, on page: inout TerminalPage) {
        for block in blocks { self.block(block, margin, on: &page) }
    }

    private func block(_ block: Block, _ margin: Margin, on page: inout TerminalPage) {
        switch block {
        case .sentence(let sentence): self.sentence(sentence, margin, on: &page)
        case .facts(let facts):
            for fact in facts where !fact.isDetail { self.fact(fact, margin, on: &page) }
        case .table(let table) where !table.isDetail:
            page.table(table, indent: margin.indent, showing: shown)
            rest(table.rows.count - table.most, table.noun, indent: margin.indent, on: &page)
        case .list(let list): self.list(list, margin, on: &page)
        case .fold(let fold):
            if fold.isOpen {
                page.paragraph(shown(fold.title), fold.title.role, indent: margin.indent, hanging: margin.indent + 2)
                self.blocks(fold.blocks, margin.inner, on: &page)
            } else if !fold.title.isDetail {
                folded(fold.title, margin, on: &page)
            }
        case .cards(let cards): self.cards(cards, margin, on: &page)
        case .tests(let tree): self.tests(tree, on: &page)
        case .timeline(let moments): timeline(moments, margin, on: &page)
        case .log(let log) where !log.isDetail:
            for line in log.lines { page.verbatim(line, indent: margin.indent) }
        case .paths(let paths): for path in paths { page.path(path, indent: margin.indent) }
        case .table, .log, .bar, .chart: break
        }
    }

    /// As a terminal shows it: of a digest, its beginning.
    private func shown(_ span: Span) -> String {
        span.form == .digest ? String(span.text.prefix(12)) : span.text
    }

    private func digest(_ span: Span) -> String { span.form == .digest ? "SHA-256 \(shown(span))" : span.text }

    private func sentence(_ sentence: Sentence, _ margin: Margin, on page: inout TerminalPage) {
        let indent = sentence.tag == nil ? (margin.indent == 0 ? 0 : margin.hanging) : margin.indent
        let beside = margin.indent == 0 ? max(9, (sentence.tag?.text.count ?? 0) + 2) : margin.hanging
        let hanging = sentence.tag == nil ? indent + 2 : beside
        if !sentence.text.isDetail {
            page.paragraph(
                shown(sentence.text), sentence.text.role, indent: indent, hanging: hanging,
                lead: sentence.tag?.text ?? "",
                leadRole: sentence.tag?.role, most: 8)
        }
        more(sentence.more, indent: hanging, most: 4, on: &page)
    }

    /// Lines that belong to what stands before them.
    private func more(_ lines: [Span], indent: Int, most: Int = .max, on page: inout TerminalPage) {
        for line in lines where !line.isDetail {
            page.paragraph(digest(line), line.role, indent: indent, hanging: indent + 2, most: most)
        }
    }

    private func fact(_ fact: Fact, _ margin: Margin, on page: inout TerminalPage) {
        page.paragraph(
            digest(fact.value), fact.value.role, indent: margin.indent, hanging: margin.hanging, lead: fact.label,
            leadRole: margin.indent == 0 ? .strong : .quiet, most: 6)
        more(fact.more, indent: margin.hanging, most: 4, on: &page)
    }

    private func folded(_ title: Span, _ margin: Margin, on page: inout TerminalPage) {
        let indent = margin.indent == 0 ? 0 : margin.hanging
        page.paragraph(shown(title), title.role, indent: indent, hanging: indent + 2)
    }

    private func list(_ list: List, _ margin: Margin, on page: inout TerminalPage) {
        let isTitled = !list.title.text.isEmpty && !list.title.isDetail
        guard list.most > 0 else {
            if isTitled { folded(list.title, margin, on: &page) }
            return
        }
        let margin = isTitled ? margin.inner : margin
        if isTitled {
            page.paragraph(list.title.text, list.title.role, indent: margin.indent - 2, hanging: margin.indent)
        }
        for item in list.items.prefix(list.most) {
            page.paragraph(
                item, list.role, indent: margin.indent, hanging: margin.indent + 2, most: list.isCode ? 3 : .max)
        }
        rest(list.items.count - list.most, list.noun, indent: margin.indent, on: &page)
    }

    /// Says that a list goes on, if it does.
    private func rest(_ count: Int, _ noun: String, indent: Int, on page: inout TerminalPage) {
        guard count > 0 else { return }
        page.paragraph("and \(Quantities.count(count, "more \(noun)")); --format json has all", .quiet, indent: indent)
    }

    // MARK: Findings

    private func cards(_ cards: Cards, _ margin: Margin, on page: inout TerminalPage) {
        for card in cards.cards.prefix(cards.most) {
            let indent = margin.indent
            let hanging = indent + max(10, card.tag.text.count + 2)
            guard !cards.isBrief else {
                page.paragraph(
                    card.title.text + (card.origin.map { " (\($0))" } ?? ""), card.title.role, indent: indent,
                    hanging: hanging, lead: card.tag.text, leadRole: card.tag.role, most: 3)
                continue
            }
            if indent == 0 { page.gap() }
            page.paragraph(
                card.title.text, card.title.role, indent: indent, hanging: hanging, lead: card.tag.text,
                leadRole: card.tag.role)
            if let origin = card.origin { page.paragraph(origin, .quiet, indent: hanging, hanging: hanging + 2) }
            for item in card.items.prefix(cards.mostItems) {
                for (number, line) in item.enumerated() {
                    let start = hanging + (number == 0 ? 2 : 4)
                    page.paragraph(line.text, line.role, indent: start, hanging: start + 2, most: 8)
                }
            }
            rest(card.items.count + card.moreItems - cards.mostItems, "location", indent: hanging + 2, on: &page)
            for part in card.parts where !part.isDetail {
                page.paragraph(
                    part.value.text, part.value.role, indent: hanging, hanging: hanging + 15, lead: part.label, most: 8)
            }
        }
        rest(cards.cards.count - cards.most, "finding", indent: margin.indent, on: &page)
    }

    // MARK: Tests

    private static let mostTests = 20
    private static let mostDiagnostics = 3
    private static let mostNames = 400

    private func tests(_ tree: TestTree, on page: inout TerminalPage) {
        let suites = tree.results.map { (result: $0, counts: $0.counts) }
        var left = 400
        var opened = 0
        for outcome in [TestOutcome.fail, .unknown] {
            for suite in suites where suite.counts.worst == outcome && left > 0 {
                page.row(
                    [
                        (outcome.rawValue, 9, outcome.role), (suite.result.name, 36, .strong),
                        (Quantities.counts(suite.counts), 0, nil),
                    ], indent: 2)
                let undecided = suite.result.undecided
                for test in undecided.prefix(Self.mostTests) { self.test(test, of: suite.result, tree, on: &page) }
                rest(undecided.count - Self.mostTests, "test", indent: 11, on: &page)
                left -= min(undecided.count, Self.mostTests)
                opened += 1
            }
        }
        let open = suites.count { $0.counts.worst == .fail || $0.counts.worst == .unknown }
        rest(open - opened, "suite", indent: 2, on: &page)
        let passed = suites.filter { $0.counts.worst == .pass }.map { suite in
            "\(name(suite.result)) \(suite.counts.pass)"
                + (suite.counts.skip > 0 ? " (+\(suite.counts.skip) skipped)" : "")
        }
        names(passed, .pass, on: &page)
        names(
            suites.filter { $0.counts.worst == .skip }.map { "\(name($0.result)) \($0.counts.skip)" }, .skip, on: &page)
    }

    private func name(_ result: TestResult) -> String {
        style.width == nil ? result.name : VisibleText.of(result.name, columns: 44)
    }

    private func test(
        _ test: (path: String, result: TestResult), of suite: TestResult, _ tree: TestTree, on page: inout TerminalPage
    ) {
        let line = test.result.line.map { " (line \($0))" } ?? ""
        page.paragraph(
            (test.path.isEmpty ? test.result.name : test.path) + line, indent: 11, hanging: 21,
            lead: test.result.outcome.rawValue, leadRole: test.result.outcome.role, most: 3)
        if let waiver = tree.waivers[suite.name + (test.path.isEmpty ? "" : "/" + test.path)] {
            page.paragraph(waiver.words, .caution, indent: 21, most: 4)
            return
        }
        for line in test.result.diagnostics.prefix(Self.mostDiagnostics) {
            page.paragraph(line, .quiet, indent: 21, most: 2)
        }
        rest(test.result.diagnostics.count - Self.mostDiagnostics, "line", indent: 21, on: &page)
    }

    /// Names in running text, which is the shortest form for a hundred suites in which nothing is wrong.
    private func names(_ names: [String], _ outcome: TestOutcome, on page: inout TerminalPage) {
        var line = ""
        var isFirst = true
        func put() {
            page.row([(isFirst ? outcome.rawValue : "", 9, outcome.role), (line, 0, nil)], indent: 2)
            isFirst = false
        }
        let rest = names.count - Self.mostNames
        let items = names.prefix(Self.mostNames) + (rest > 0 ? ["and \(Quantities.number(rest)) more"] : [])
        for (index, name) in items.enumerated() {
            let item = name + (index == items.count - 1 ? "" : ",")
            if VisibleText.width(line) + 1 + VisibleText.width(item) > page.width - 11, !line.isEmpty {
                put()
                line = item
            } else {
                line += (line.isEmpty ? "" : " ") + item
            }
        }
        if !items.isEmpty { put() }
    }

    // MARK: Time

    /// Each moment with a bar of its time; what was seen stands under it.
    private func timeline(_ moments: [Moment], _ margin: Margin, on page: inout TerminalPage) {
        let longest = max(moments.map(\.seconds).max() ?? 0, 0.001)
        for moment in moments {
            let bar = String(repeating: "#", count: Int((max(0, moment.seconds) / longest * 16).rounded()))
            page.row(
                [
                    (moment.tag?.text ?? "", 11, moment.tag?.role), (moment.title, 42, nil),
                    (Quantities.duration(moment.seconds), 9, nil), (bar, 0, .quiet),
                ], indent: margin.indent)
            more(moment.more, indent: margin.indent + 11, most: 4, on: &page)
        }
    }
}
