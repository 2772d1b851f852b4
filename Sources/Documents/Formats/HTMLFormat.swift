// SPDX-License-Identifier: Apache-2.0
internal import Host

/// HTML pages, each by itself or one of a site: no script, nothing from a network, readable on paper.
///
/// The page, a template a kind of block, and the style sheet are files in `Resources`. All text of a template's variables is
/// made fit to be seen, shortened where it is very long, and escaped.
package struct HTMLFormat: Sendable {
    private let library: TemplateLibrary

    /// Reads the templates; a `Failure` with code `html.template` is a fault of ours.
    package init() throws {
        do {
            library = try TemplateLibrary(Self.templates)
        } catch {
            throw Self.broken("\(error)")
        }
    }

    /// A page by itself, or with `frame` one of a site, whose style sheet is a file of its own.
    package func text(of document: Document, in frame: PageFrame? = nil) throws -> String {
        String(decoding: try bytes(of: document, in: frame), as: UTF8.self)
    }

    /// The same in UTF-8.
    package func bytes(of document: Document, in frame: PageFrame? = nil) throws -> [UInt8] {
        guard let bytes = library.bytes(of: document.values(in: frame), as: "page") else {
            throw Self.broken("there is no page")
        }
        return bytes
    }

    /// The style sheet of a site's pages.
    package static var siteStyle: [UInt8] { PackageResources.style_css + PackageResources.site_css }

    private static func broken(_ what: String) -> Failure {
        Failure(
            "html.template", "Bessemer's own page template is broken",
            advice: "report this; --format json has everything", underlying: what)
    }

    private static let templates = [
        "page": PackageResources.page_mustache, "style": PackageResources.style_css,
        "span": PackageResources.span_mustache, "sentence": PackageResources.sentence_mustache,
        "facts": PackageResources.facts_mustache, "table": PackageResources.table_mustache,
        "list": PackageResources.list_mustache, "fold": PackageResources.fold_mustache,
        "cards": PackageResources.cards_mustache, "tests": PackageResources.tests_mustache,
        "test": PackageResources.test_mustache, "bar": PackageResources.bar_mustache,
        "timeline": PackageResources.timeline_mustache, "log": PackageResources.log_mustache,
        "paths": PackageResources.paths_mustache, "chart": PackageResources.chart_mustache,
    ]
}

extension Document {
    /// For the page's template.
    fileprivate func values(in frame: PageFrame?) -> TemplateFields {
        let word = banner.flatMap {
            $0.word.isEmpty ? nil : $0.word.prefix(1).uppercased() + $0.word.dropFirst().lowercased()
        }
        let numbers = banner?.numbers ?? []
        // The page's own.
        var anchors: Set<String> = ["content"]
        let sections = sections.enumerated().map { number, section in
            var anchor = String(
                section.title.lowercased().unicodeScalars.map {
                    $0.properties.isAlphabetic && $0.isASCII ? Character($0) : "-"
                })
            if !anchors.insert(anchor).inserted || anchor.isEmpty { anchor = "section-\(number + 1)" }
            return TemplateFields([
                "anchor": .text(anchor), "title": .text(section.title), "isTitled": .flag(!section.title.isEmpty),
                // A section is one by its heading.
                "element": .text(section.title.isEmpty ? "div" : "section"),
                "aside": section.aside.text.isEmpty ? nil : .object(section.aside), "blocks": .list(section.blocks),
            ])
        }
        return TemplateFields([
            "isSite": .flag(frame != nil), "root": .text(frame?.root ?? ""), "name": .text(name),
            "title": .text(banner?.title ?? name), "word": word.map { .text($0) },
            "role": .text(banner?.role.map(\.tag) ?? "none"), "lines": .list(banner?.lines ?? []),
            "hasNumbers": .flag(!numbers.isEmpty), "numbers": .list(numbers), "sections": .list(sections),
            "footer": .text(footer), "pages": .list(frame?.pages ?? []), "neighbours": .list(frame?.neighbours ?? []),
            "hasNeighbours": .flag(frame?.neighbours.isEmpty == false),
            "showsSections": .flag(frame == nil || self.sections.count { !$0.title.isEmpty } > 1),
        ])
    }
}

extension Style.Role {
    /// The class that the page's style sheet has for it.
    var tag: String {
        switch self {
        case .good: "good"
        case .bad: "bad"
        case .caution: "caution"
        case .strong, .quiet: "none"
        }
    }
}

extension PageFrame.Link: TemplateObject {
    func value(_ name: String) -> TemplateValue? {
        switch name {
        case "title": .text(title)
        case "target": .text(target)
        case "isCurrent": .flag(isCurrent)
        default: nil
        }
    }
}

extension Span: TemplateObject {
    func value(_ name: String) -> TemplateValue? {
        switch name {
        case "text": .text(text)
        case "class": .text(role.map(\.tag) ?? "none")
        case "quiet": .flag(role == .quiet)
        case "isLink": .flag(target != nil)
        case "isTag": .flag(form == .tag)
        case "isCode": .flag(form == .code)
        case "isDigest": .flag(form == .digest)
        case "isQuiet": .flag(form == .plain && role == .quiet)
        case "isPlain": .flag(form == .plain && role != .quiet)
        case "target": target.map { .text($0) }
        default: nil
        }
    }
}

extension Sentence: TemplateObject {
    func value(_ name: String) -> TemplateValue? {
        switch name {
        case "tag": tag.map { .object($0) }
        case "text": .object(text)
        case "more": .list(more)
        default: nil
        }
    }
}

extension Fact: TemplateObject {
    func value(_ name: String) -> TemplateValue? {
        switch name {
        case "label": .text(label)
        case "value": .object(value)
        case "more": .list(more)
        default: nil
        }
    }
}

extension Block: TemplateObject {
    func value(_ name: String) -> TemplateValue? {
        switch name {
        case "kind": .text(template)
        case "block": .object(content)
        default: nil
        }
    }

    /// Of its case.
    private var template: String {
        switch self {
        case .sentence: "sentence"
        case .facts: "facts"
        case .table: "table"
        case .list: "list"
        case .fold: "fold"
        case .cards: "cards"
        case .tests: "tests"
        case .bar: "bar"
        case .timeline: "timeline"
        case .chart: "chart"
        case .log: "log"
        case .paths: "paths"
        }
    }

    private var content: any TemplateObject {
        switch self {
        case .sentence(let sentence): sentence
        case .facts(let facts): TemplateFields(["facts": .list(facts)])
        case .table(let table): table.values
        case .list(let list): list.values
        case .fold(let fold):
            TemplateFields([
                "title": .object(fold.title), "isOpen": .flag(fold.isOpen), "blocks": .list(fold.blocks),
            ])
        case .cards(let cards): TemplateFields(["cards": .list(cards.cards)])
        case .tests(let tree): tree.values
        case .bar(let bar): bar.values
        case .timeline(let moments): moments.values
        case .log(let log): TemplateFields(["text": .text(log.lines.joined(separator: "\n"))])
        case .paths(let paths): TemplateFields(["paths": .texts(paths)])
        case .chart(let chart): ChartLayout(chart).values
        }
    }
}

extension Cards.Card: TemplateObject {
    func value(_ name: String) -> TemplateValue? {
        switch name {
        case "tag": .object(tag)
        case "title": .object(title)
        case "origin": origin.map { .text($0) }
        case "items": .list(items.map { .list($0) })
        case "rest": rest.map { .text($0) }
        case "parts": .list(parts)
        default: nil
        }
    }
}

/// One cell of a table.
private struct TableCell: TemplateObject {
    let column: Table.Column
    let spans: Table.Cell
    let isHeading: Bool
    let isCompact: Bool

    func value(_ name: String) -> TemplateValue? {
        switch name {
        case "isHeading": .flag(isHeading)
        case "isNumber": .flag(column.isNumber)
        case "name": column.isNamed && !spans.isEmpty ? .text(column.title.lowercased()) : nil
        // Browsers without style sheets lay out as a table what has no blocks in its cells.
        case "spans": .list(isCompact ? [] : spans)
        case "first": isCompact ? spans.first.map { .object($0) } : nil
        case "more": .list(isCompact ? Array(spans.dropFirst()) : [])
        default: nil
        }
    }
}

/// One row of a table.
private struct TableRow: TemplateObject {
    let table: Table
    let cells: [Table.Cell]

    func value(_ name: String) -> TemplateValue? {
        guard name == "cells" else { return nil }
        return .list(
            zip(table.columns, cells).enumerated().map { number, pair in
                TableCell(
                    column: pair.0, spans: pair.1, isHeading: number == table.heading, isCompact: table.isCompact)
            })
    }
}

extension Table.Column: TemplateObject {
    func value(_ name: String) -> TemplateValue? {
        switch name {
        case "title": .text(title)
        case "isEmpty": .flag(title.isEmpty)
        case "isNumber": .flag(isNumber)
        case "isOrder": .flag(order?.target != nil)
        case "target": (order?.target).map { .text($0) }
        case "direction": (order?.direction).map { .text($0.rawValue) }
        default: nil
        }
    }
}

extension Table {
    fileprivate var values: TemplateFields {
        let most = 500
        return TemplateFields([
            "caption": caption.map { .text($0) }, "isOrdered": .flag(columns.contains { $0.order != nil }),
            "columns": .list(columns), "rows": .list(rows.prefix(most).map { TableRow(table: self, cells: $0) }),
            "rest": Quantities.rest(rows.count - most, noun).map { .text($0) },
        ])
    }
}

extension List {
    fileprivate var values: TemplateFields {
        let most = 300
        return TemplateFields([
            "title": .object(title), "isOpen": .flag(isOpen), "isCode": .flag(isCode),
            "items": .texts(Array(items.prefix(most))),
            "rest": Quantities.rest(items.count - most, noun).map { .text($0) },
        ])
    }
}

extension Bar {
    fileprivate var values: TemplateFields {
        let total = Double(parts.reduce(0) { $0 + $1.count })
        var before = 0
        let shown = parts.filter { $0.count > 0 }.map { part in
            defer { before += part.count }
            // A single failure among a thousand still has to be seen.
            return TemplateFields([
                "tag": .text(part.role.tag), "x": .text(thousandths(Double(before), of: total)),
                "width": .text(thousandths(Double(part.count), of: total, least: 5)),
            ])
        }
        return TemplateFields(["title": .text(title), "parts": .list(Array(shown.reversed()))])
    }
}

extension [Moment] {
    fileprivate var values: TemplateFields {
        let whole = reduce(0) { $0 + Swift.max(0, $1.seconds) }
        var before = 0.0
        let shown = prefix(400).map { moment in
            let seconds = Swift.max(0, moment.seconds)
            defer { before += seconds }
            return TemplateFields([
                "tag": moment.tag.map { .object($0) }, "title": .text(moment.title), "more": .list(moment.more),
                "startedAt": .text(moment.startedAt), "took": .text(Quantities.duration(moment.seconds)),
                "fill": .text(moment.tag?.role.map(\.tag) ?? "span"), "x": .text(thousandths(before, of: whole)),
                "width": .text(thousandths(seconds, of: whole, least: 3)),
            ])
        }
        return TemplateFields([
            "moments": .list(shown), "isStarted": .flag(contains { !$0.startedAt.isEmpty }),
        ])
    }
}

private func thousandths(_ part: Double, of whole: Double, least: Int = 0) -> String {
    guard whole > 0, part.isFinite, whole.isFinite else { return "0" }
    return String(max(least, min(1000, Int((part / whole * 1000).rounded()))))
}
