// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Mustache

/// One HTML page: no script, nothing from a network, readable on paper.
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

    package func text(of document: Document) throws -> String {
        guard let text = library.render(HTMLPage(document), withTemplate: "page") else {
            throw Self.broken("there is no page")
        }
        return text
    }

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
        "paths": PackageResources.paths_mustache,
    ]
}

/// Text as a page may hold it.
private struct EscapedText: MustacheContentType {
    static let name = "VISIBLE"
    private static let mostLines = 200

    func escapeText(_ text: String) -> String {
        text.split(separator: "\n", maxSplits: Self.mostLines, omittingEmptySubsequences: false)
            .prefix(Self.mostLines).map {
                VisibleText.escaped(VisibleText.of(String($0), columns: 4000), apostrophe: "&#39;")
            }.joined(separator: "\n")
    }
}

/// What the page's template shows. Mustache looks for a name that is nil here in what is around it, save where the template
/// writes a dot before it.
private struct HTMLPage {
    struct Section {
        let anchor: String
        let title: String
        let isTitled: Bool
        let aside: Span?
        let blocks: [Block]
    }

    let name: String
    let title: String
    let word: String?
    let role: String
    let lines: [Span]
    let hasNumbers: Bool
    let numbers: [Fact]
    let sections: [Section]
    let footer: String

    init(_ document: Document) {
        name = document.name
        let banner = document.banner
        title = banner?.title ?? document.name
        word = banner.flatMap {
            $0.word.isEmpty ? nil : $0.word.prefix(1).uppercased() + $0.word.dropFirst().lowercased()
        }
        role = banner?.role.map(\.tag) ?? "none"
        lines = banner?.lines ?? []
        numbers = banner?.numbers ?? []
        hasNumbers = !numbers.isEmpty
        var anchors: Set<String> = []
        sections = document.sections.enumerated().map { number, section in
            var anchor = String(
                section.title.lowercased().unicodeScalars.map {
                    $0.properties.isAlphabetic && $0.isASCII ? Character($0) : "-"
                })
            if !anchors.insert(anchor).inserted || anchor.isEmpty { anchor = "section-\(number + 1)" }
            return Section(
                anchor: anchor, title: section.title, isTitled: !section.title.isEmpty,
                aside: section.aside.text.isEmpty ? nil : section.aside, blocks: section.blocks)
        }
        footer = document.footer
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
        case "class": role.map(\.tag) ?? "none"
        case "quiet": role == .quiet
        case "isTag": form == .tag
        case "isCode": form == .code
        case "isDigest": form == .digest
        case "isPlain": form == .plain && role != .quiet
        case "isQuiet": form == .plain && role == .quiet
        default: nil
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
        case ("block", .table(let table)): HTMLTable(table)
        case ("block", .list(let list)): HTMLList(list)
        case ("block", .fold(let fold)): fold
        case ("block", .cards(let cards)): cards
        case ("block", .tests(let tree)): HTMLTests(tree)
        case ("block", .bar(let bar)): HTMLBar(bar)
        case ("block", .timeline(let moments)): HTMLTimeline(moments)
        case ("block", .log(let log)): ["text": log.lines.joined(separator: "\n")]
        case ("block", .paths(let paths)): ["paths": paths]
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

private struct HTMLTable {
    private static let most = 500

    struct Cell {
        let name: String?
        let isNumber: Bool
        let spans: [Span]
    }

    let columns: [Table.Column]
    let rows: [[String: [Cell]]]
    let rest: String?

    init(_ table: Table) {
        columns = table.columns
        rows = table.rows.prefix(Self.most).map { row in
            [
                "cells": zip(table.columns, row).map { column, cell in
                    Cell(
                        name: column.isNamed && !cell.isEmpty ? column.title.lowercased() : nil,
                        isNumber: column.isNumber,
                        spans: cell)
                }
            ]
        }
        rest = Quantities.rest(table.rows.count - Self.most, table.noun)
    }
}

private struct HTMLList {
    private static let most = 300

    let title: Span
    let isOpen: Bool
    let isCode: Bool
    let items: [String]
    let rest: String?

    init(_ list: List) {
        title = list.title
        isOpen = list.isOpen
        isCode = list.isCode
        items = Array(list.items.prefix(Self.most))
        rest = Quantities.rest(list.items.count - Self.most, list.noun)
    }
}

private struct HTMLBar {
    struct Part {
        let tag: String
        let x: String
        let width: String
    }

    let title: String
    let parts: [Part]

    init(_ bar: Bar) {
        title = bar.title
        let total = Double(bar.parts.reduce(0) { $0 + $1.count })
        var before = 0
        parts = bar.parts.filter { $0.count > 0 }.map { part in
            defer { before += part.count }
            // A single failure among a thousand still has to be seen.
            return Part(
                tag: part.role.tag, x: thousandths(Double(before), of: total),
                width: thousandths(Double(part.count), of: total, least: 5))
        }.reversed()
    }
}

private struct HTMLTimeline {
    struct Moment {
        let tag: Span?
        let title: String
        let more: [Span]
        let startedAt: String
        let took: String
        let fill: String
        let x: String
        let width: String
    }

    let moments: [Moment]
    let isStarted: Bool

    init(_ all: [Documents.Moment]) {
        let whole = all.reduce(0) { $0 + max(0, $1.seconds) }
        var before = 0.0
        isStarted = all.contains { !$0.startedAt.isEmpty }
        moments = all.prefix(400).map { moment in
            defer { before += max(0, moment.seconds) }
            return Moment(
                tag: moment.tag, title: moment.title, more: moment.more, startedAt: moment.startedAt,
                took: Quantities.duration(moment.seconds), fill: moment.tag?.role.map(\.tag) ?? "span",
                x: thousandths(before, of: whole), width: thousandths(max(0, moment.seconds), of: whole, least: 3))
        }
    }
}

private func thousandths(_ part: Double, of whole: Double, least: Int = 0) -> String {
    guard whole > 0, part.isFinite, whole.isFinite else { return "0" }
    return String(max(least, min(1000, Int((part / whole * 1000).rounded()))))
}
