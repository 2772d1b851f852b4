// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Mustache

/// HTML pages, each by itself or one of a site: no script, nothing from a network, readable on paper.
///
/// The page, a template a kind of block, and the style sheet are files in `Resources`. All text of a template's variables is
/// made fit to be seen, shortened where it is very long, and escaped.
package struct HTMLFormat: Sendable {
    private let library: MustacheLibrary

    /// Parses the templates; a `Failure` with code `html.template` is a fault of ours.
    package init() throws {
        MustacheContentTypes.register(EscapedText(), named: EscapedText.name)
        do {
            library = try MustacheLibrary(
                templates: Self.templates.mapValues {
                    try MustacheTemplate(
                        string: "{{% CONTENT_TYPE:\(EscapedText.name)}}" + String(decoding: $0, as: UTF8.self))
                })
        } catch {
            throw Self.broken("\(error)")
        }
    }

    /// A page by itself, or with `frame` one of a site, whose style sheet is a file of its own.
    package func text(of document: Document, in frame: PageFrame? = nil) throws -> String {
        guard let text = library.render(document.values(in: frame), withTemplate: "page") else {
            throw Self.broken("there is no page")
        }
        return text
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

/// Text as a page may hold it.
private struct EscapedText: MustacheContentType {
    static let name = "VISIBLE"
    private static let mostLines = 200

    func escapeText(_ text: String) -> String {
        if !text.utf8.contains(UInt8(ascii: "\n")) { return Self.line(text) }
        return text.split(separator: "\n", maxSplits: Self.mostLines, omittingEmptySubsequences: false)
            .prefix(Self.mostLines).map { Self.line(String($0)) }.joined(separator: "\n")
    }

    private static func line(_ text: String) -> String {
        VisibleText.escaped(VisibleText.of(text, columns: 4000), apostrophe: "&#39;")
    }
}

/// What a template shows, by name; a name without a value is left out. Mustache looks for such a name in what is around it,
/// save where the template writes a dot before it.
///
/// A type of its own, since a dictionary is a `MustacheParent` under conditions, which are looked up at each name.
struct TemplateValues: MustacheParent {
    private var values: [String: Any]

    init(_ values: [String: Any?]) { self.values = values.compactMapValues(\.self) }

    subscript(name: String) -> Any? {
        get { values[name] }
        set { values[name] = newValue }
    }

    func child(named name: String) -> Any? { values[name] }
}

extension Document {
    /// For the page's template.
    fileprivate func values(in frame: PageFrame?) -> TemplateValues {
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
            return TemplateValues([
                "anchor": anchor, "title": section.title, "isTitled": !section.title.isEmpty,
                // A section is one by its heading.
                "element": section.title.isEmpty ? "div" : "section",
                "aside": section.aside.text.isEmpty ? nil : section.aside, "blocks": section.blocks,
            ])
        }
        return TemplateValues([
            "name": name, "title": banner?.title ?? name, "word": word, "role": banner?.role.map(\.tag) ?? "none",
            "lines": banner?.lines ?? [], "hasNumbers": !numbers.isEmpty, "numbers": numbers, "sections": sections,
            "footer": footer, "isSite": frame != nil, "root": frame?.root ?? "", "pages": frame?.pages ?? [],
            "neighbours": frame?.neighbours ?? [], "hasNeighbours": frame?.neighbours.isEmpty == false,
            "showsSections": frame == nil || self.sections.count { !$0.title.isEmpty } > 1,
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

extension Span: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "text": text
        case "class": tag
        case "link": target.map { TemplateValues(["target": $0, "markup": markup]) }
        case "plain": target == nil ? markup : nil
        default: nil
        }
    }

    private var tag: String { role.map(\.tag) ?? "none" }

    /// The element of its text. A page has thousands, and a template of its own would take most of the page's time.
    private var markup: String {
        let text = EscapedText().escapeText(text)
        return switch form {
        case .tag: "<span class=\"tag \(tag)\">\(text)</span>"
        case .code: "<code class=\"wrap\(role == .quiet ? " quiet" : "")\">\(text)</code>"
        case .digest: "<code class=\"quiet sha\">\(text)</code>"
        case .plain: "<span class=\"\(role == .quiet ? "quiet" : tag) wrap\">\(text)</span>"
        }
    }
}

extension Block: MustacheParent {
    func child(named name: String) -> Any? {
        switch (name, self) {
        // A template has the name of its case.
        case ("kind", _): Mirror(reflecting: self).children.first?.label
        case ("block", .sentence(let sentence)): sentence
        case ("block", .facts(let facts)): ["facts": facts]
        case ("block", .table(let table)): table.values
        case ("block", .list(let list)): list.values
        case ("block", .fold(let fold)): fold
        case ("block", .cards(let cards)): cards
        case ("block", .tests(let tree)): tree.values
        case ("block", .bar(let bar)): bar.values
        case ("block", .timeline(let moments)): moments.values
        case ("block", .log(let log)): ["text": log.lines.joined(separator: "\n")]
        case ("block", .paths(let paths)): ["paths": paths]
        case ("block", .chart(let chart)): ChartLayout(chart).values
        default: nil
        }
    }
}

extension Cards.Card: MustacheParent {
    func child(named name: String) -> Any? {
        switch name {
        case "tag": tag
        case "title": title
        case "origin": origin
        case "items": items
        case "rest": rest
        case "parts": parts
        default: nil
        }
    }
}

extension Table {
    fileprivate var values: TemplateValues {
        let most = 500
        return TemplateValues([
            "caption": caption, "isOrdered": columns.contains { $0.order != nil },
            "columns": columns.map { column in
                TemplateValues([
                    "title": column.title, "isEmpty": column.title.isEmpty, "isNumber": column.isNumber,
                    "isOrder": column.order?.target != nil,
                    "target": column.order?.target, "direction": column.order?.direction?.rawValue,
                ])
            },
            "rows": rows.prefix(most).map { row in
                TemplateValues([
                    "cells": zip(columns, row).enumerated().map { number, pair in
                        let (column, cell) = pair
                        return TemplateValues([
                            "name": column.isNamed && !cell.isEmpty ? column.title.lowercased() : nil,
                            "isNumber": column.isNumber, "isHeading": number == heading,
                            // Such browsers lay out as a table what has no blocks in its cells.
                            "spans": isCompact ? [] : cell, "first": isCompact ? cell.first : nil,
                            "more": isCompact ? Array(cell.dropFirst()) : [],
                        ])
                    }
                ])
            },
            "rest": Quantities.rest(rows.count - most, noun),
        ])
    }
}

extension List {
    fileprivate var values: TemplateValues {
        let most = 300
        return TemplateValues([
            "title": title, "isOpen": isOpen, "isCode": isCode, "items": Array(items.prefix(most)),
            "rest": Quantities.rest(items.count - most, noun),
        ])
    }
}

extension Bar {
    fileprivate var values: TemplateValues {
        let total = Double(parts.reduce(0) { $0 + $1.count })
        var before = 0
        let shown = parts.filter { $0.count > 0 }.map { part in
            defer { before += part.count }
            // A single failure among a thousand still has to be seen.
            return TemplateValues([
                "tag": part.role.tag, "x": thousandths(Double(before), of: total),
                "width": thousandths(Double(part.count), of: total, least: 5),
            ])
        }
        return TemplateValues(["title": title, "parts": Array(shown.reversed())])
    }
}

extension [Moment] {
    fileprivate var values: TemplateValues {
        let whole = reduce(0) { $0 + Swift.max(0, $1.seconds) }
        var before = 0.0
        let shown = prefix(400).map { moment in
            let seconds = Swift.max(0, moment.seconds)
            defer { before += seconds }
            return TemplateValues([
                "tag": moment.tag, "title": moment.title, "more": moment.more, "startedAt": moment.startedAt,
                "took": Quantities.duration(moment.seconds), "fill": moment.tag?.role.map(\.tag) ?? "span",
                "x": thousandths(before, of: whole), "width": thousandths(seconds, of: whole, least: 3),
            ])
        }
        return TemplateValues(["moments": shown, "isStarted": contains { !$0.startedAt.isEmpty }])
    }
}

private func thousandths(_ part: Double, of whole: Double, least: Int = 0) -> String {
    guard whole > 0, part.isFinite, whole.isFinite else { return "0" }
    return String(max(least, min(1000, Int((part / whole * 1000).rounded()))))
}
