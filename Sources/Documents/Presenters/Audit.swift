// SPDX-License-Identifier: Apache-2.0
package import Records

extension AuditReport: Presentable {
    /// What was looked at, family by family, then the findings, each rule explained once.
    package func document(_ book: RuleBook) -> Document {
        let read = files.filter { $0.error == nil }
        let also = (alsoRead ?? []) + files.flatMap { $0.alsoRead ?? [] }
        return Document(
            "kernel audit",
            banner: .init(
                role: .strong,
                title: read.count == 1
                    ? "\(read[0].name): \(read[0].kind), \(read[0].machine)" : Quantities.count(files.count, "file"),
                lines: read.count == 1
                    ? read[0].units.map { .quiet($0.unit) }
                    : read.prefix(8).map { .quiet("\($0.name): \($0.kind), \($0.machine)") }
                        + (read.count > 8 ? [.quiet("and \(Quantities.count(read.count - 8, "more file"))")] : []))
        ) {
            Document.Section { totals.table(most: .max) }
            if !findings.isEmpty { Document.Section { Block.cards(Cards(cards: cards(book))) } }
            if read.count < files.count {
                Document.Section {
                    for file in files {
                        if let error = file.error {
                            Block.sentence(Span("\(file.name): \(error)", .bad), tag: .tag("unreadable", .bad))
                        }
                    }
                }
            }
            if !staleWaivers.isEmpty {
                Document.Section { Block.sentences(staleWaivers, .caution, tag: .tag("waiver", .caution)) }
            }
            if !(passedOver ?? []).isEmpty || otherFiles ?? 0 > 0 { Document.Section { passedOverBlocks } }
            if !also.isEmpty {
                Document.Section {
                    Block.sentence(
                        .quiet(
                            also.prefix(12).joined(separator: ", ")
                                + (also.count > 12 ? ", and \(also.count - 12) more" : "")),
                        tag: .quiet("also read"))
                }
            }
            if !accepted.isEmpty {
                Document.Section {
                    Block.list(
                        Span("\(Quantities.count(accepted.count, "finding")) accepted by waivers"),
                        Waiver.sums(of: acceptances.map(\.waiver)), isOpen: true, isCode: false, most: 40,
                        noun: "waiver")
                    acceptedList
                }
            }
            Document.Section { Block.sentence(Span(sum, role)) }
        }
    }

    /// The same as a part of a run's report, where the findings stand apart.
    var section: Document.Section {
        let notes = findings.filter { $0.severity == .note }
        let count = Quantities.count(files.count, "file")
        return .init("Audit", Span("\(count), \(sum)", role)) {
            totals.filter { $0.state != .notApplicable }.table(most: 4)
            if !notes.isEmpty {
                Block.list(Span(Quantities.count(notes.count, "note")).detail, notes.map(\.line), noun: "note")
            }
            if !accepted.isEmpty { acceptedList }
            Block.fold(Span(count).detail) {
                Block.table(
                    ["File", "Kind", "Units"],
                    files.map { file in
                        [
                            [.code(file.name)], [Span("\(file.kind), \(file.machine)")],
                            file.units.map { Span($0.unit) }
                                + (file.error.map { [.tag("unreadable", .bad), Span($0)] } ?? []),
                        ]
                    })
            }
        }
    }

    private var acceptedList: Block {
        .list(
            Span(Quantities.count(accepted.count, "accepted finding")).detail,
            acceptances.map { $0.line + ($1.map { ", \($0.acceptance)" } ?? "") }, noun: "finding")
    }

    /// What was met in folders and not read.
    @Parts<Block> private var passedOverBlocks: [Block] {
        let files = passedOver ?? []
        let others = otherFiles ?? 0
        let kinds = Dictionary(grouping: files, by: \.reason).sorted { $0.key < $1.key }.map { reason, files in
            "\(Quantities.number(files.count)) \(reason)"
        }
        let rest = others > 0 ? ["\(Quantities.number(others)) with other names"] : []
        Block.sentence(
            .quiet("\(Quantities.count(files.count + others, "file")): " + (kinds + rest).joined(separator: "; ")),
            tag: .quiet("passed over"), files.prefix(12).map { .quiet("\($0.name): \($0.reason)") })
        if files.count > 12 {
            Block.sentence(.quiet("and \(Quantities.number(files.count - 12)) more; --format json has all"))
        }
    }

    /// A card a rule, with its locations: rules of the book in its order, then others, which another Bessemer has, in the
    /// words of their findings.
    private func cards(_ book: RuleBook) -> [Cards.Card] {
        var found: [String: [Finding]] = [:]
        for finding in findings { found[finding.rule, default: []].append(finding) }
        var known = Set(book.rules.map(\.identifier))
        let others = findings.filter { known.insert($0.rule).inserted }.map {
            RuleDescription(
                $0.rule, $0.severity, $0.title, check: "", rationale: $0.rationale, remediation: $0.remediation,
                sources: [])
        }
        return Finding.Severity.allCases.flatMap { severity in
            (book.rules + others).filter { $0.severity == severity }.compactMap { rule in
                found[rule.identifier].map { rule.card($0) }
            }
        }
    }

    /// `clean: no findings; 2 accepted`, `1 error, 3 notes; 52 more follow from it`, `no findings, but 1 family unknown`.
    var sum: String {
        let parts = Finding.Severity.allCases.compactMap { severity -> String? in
            let count = findings.count { $0.severity == severity }
            return count > 0 ? Quantities.count(count, severity.rawValue) : nil
        }
        let accepted = self.accepted.isEmpty ? "" : "; \(Quantities.number(self.accepted.count)) accepted"
        let causes = findings.count { $0.follows != nil }
        let following =
            causes > 0
            ? "; \(Quantities.number(followingCount)) more \(followingCount == 1 ? "follows" : "follow") from "
                + (causes < findings.count ? "\(Quantities.number(causes)) of them" : causes == 1 ? "it" : "them") : ""
        let sum = (parts.isEmpty ? "no findings" : parts.joined(separator: ", ")) + following + accepted
        if isClean { return "clean: \(sum)" }
        // Why the exit status is not 0, where no error or warning says it.
        let unknown = totals.count { $0.state == .unknown }
        let unread = files.count { $0.error != nil }
        let reasons = [
            unknown > 0 ? "\(unknown) \(unknown == 1 ? "family" : "families") unknown" : nil,
            unread > 0 ? "\(Quantities.count(unread, "file")) not read" : nil,
        ].compactMap(\.self)
        let words = reasons.isEmpty ? "" : (parts.isEmpty ? ", but " : ", and ") + reasons.joined(separator: " and ")
        return verdict == .undecided ? "nothing could be decided: \(sum)\(words)" : sum + words
    }

    private var role: Style.Role {
        isClean ? .good : findings.contains { $0.severity == .error } ? .bad : .caution
    }
}

extension RuleOutcome.Count {
    /// `12 units of C, GNU C11 14.2.0`
    fileprivate var unit: String { "\(Quantities.count(count, "unit")) of \(label)" }
}

extension RuleDescription {
    fileprivate func card(_ found: [Finding]) -> Cards.Card {
        Cards.Card(
            tag: .tag(severity.rawValue, severity.role),
            title: Span("\(identifier) \(title): \(Quantities.count(found.count, "location"))"),
            items: found.prefix(200).map { $0.item(of: self) }, moreItems: max(0, found.count - 200),
            parts: [Fact("rationale", Span(rationale)), Fact("how to fix it", Span(remediation))])
    }
}

extension Finding {
    fileprivate func item(of rule: RuleDescription) -> [Span] {
        var lines: [Span] = location.map { [.quiet($0.text)] } ?? []
        if title != rule.title { lines.append(Span(title)) }
        if let expected {
            lines.append(Span("expected \(expected), found \(found ?? "nothing")"))
        } else if let found {
            lines.append(Span("found \(found)"))
        }
        if let follows { lines.append(Span(follows.followingText)) }
        return lines
    }

    /// The whole finding in a line.
    fileprivate var line: String {
        "\(rule) \(location?.text ?? ""): \(statement)" + (follows.map { "; \($0.followingText)" } ?? "")
    }
}

extension [Finding] {
    /// `52 more follow from it: LAY001 bindings::pid_namespace, …`: each symbol once, at most some of them.
    fileprivate var followingText: String {
        var names: [String] = []
        for finding in self {
            let name = "\(finding.rule) \(finding.location?.symbol ?? finding.location?.text ?? finding.title)"
            if !names.contains(name) { names.append(name) }
            if names.count > 8 { break }
        }
        let list = names.prefix(8).joined(separator: ", ") + (count > 8 ? ", …" : "")
        return "\(Quantities.number(count)) more \(count == 1 ? "follows" : "follow") from it: \(list)"
    }
}

extension [RuleOutcome] {
    /// A row a family. `most` counts of each are named.
    fileprivate func table(most: Int) -> Block {
        .table(
            [Table.Column("State", isDetail: true), "Rules", "What was looked at"],
            map { outcome in
                let title = RuleBook.title(of: outcome.family)
                let isFound = outcome.findings.contains { $0.severity != .note }
                let state = outcome.state == .checked ? isFound ? "found" : "clean" : outcome.state.rawValue
                let words = outcome.words(most: most)
                return [
                    [.tag(state, outcome.role)], [Span(title, outcome.role)],
                    [Span(words, outcome.state == .checked ? nil : outcome.role)],
                ]
            }, isHeaded: false, breaksLast: true, noun: "family")
    }
}

extension RuleOutcome {
    /// What was counted, or why nothing was.
    fileprivate func words(most: Int = .max) -> String {
        switch state {
        case .notApplicable: "not applicable: \(reason ?? "")"
        case .unknown:
            "unknown: \(reason ?? "")"
                + (counts.contains { $0.count > 0 } ? "; the rest: \(counted(most: most))" : "")
        case .checked: counted(most: most)
        }
    }

    private func counted(most: Int) -> String {
        counts.prefix(most).map { Quantities.counted($0.count, $0.label) }.joined(separator: ", ")
            + (counts.count > most ? ", and \(Quantities.count(counts.count - most, "more count"))" : "")
    }

    fileprivate var role: Style.Role {
        switch state {
        case .notApplicable: .quiet
        case .unknown: .caution
        case .checked:
            findings.contains { $0.severity == .error }
                ? .bad : findings.contains { $0.severity == .warning } ? .caution : .good
        }
    }
}
