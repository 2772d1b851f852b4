// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

extension GateReport: Presentable {
    /// The verdict, each rule with what it read, and what deviates.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "gate", banner: banner("\(stage): Linux \(kernelVersion), run \(run)"), footer: "bessemer \(toolVersion)"
        ) {
            Document.Section("Rules") { rules(book) }
            if !deviations.isEmpty {
                Document.Section("Deviations", .quiet(Quantities.count(deviations.count, "deviation"))) {
                    Deviation.table(deviations)
                }
            }
            if !waivers.isEmpty { Document.Section("Waivers") { WaiverStatus.table(waivers) } }
            if requestedBy != nil || !approvedBy.isEmpty {
                Document.Section("People") {
                    Block.facts(
                        [requestedBy.map { Fact("Requested by", $0.span, $0.more) }].compactMap(\.self)
                            + approvedBy.map { Fact("Approved by", $0.span, $0.more) })
                }
            }
        }
    }
}

extension GateReport {
    /// The verdict on what the title names.
    func banner(_ title: String) -> Document.Banner {
        Document.Banner(
            word: verdict == .pass ? "PASSED" : "REFUSED", role: verdict == .pass ? .good : .bad, title: title,
            lines: [.quiet("as of the end of \(asOf) UTC, by the policy with SHA-256 \(policy.short)")]
                + (verdict == .pass
                    ? []
                    : [
                        Span(
                            "\(failing.count) of \(Quantities.count(results.count, "rule")) of the gate "
                                + (failing.count == 1 ? "refuses it" : "refuse it"), .bad)
                    ]))
    }

    /// Each rule with its verdict and what it read, and what can be done where it refuses.
    func rules(_ book: RuleBook) -> Block {
        Block.table(
            ["", "RULE", "ENTRIES", "REASON"],
            results.map { result in
                [
                    [.tag(result.state.rawValue, result.state.role)], [.code(result.rule)],
                    [.quiet(result.entries.map { String($0.sequence) }.joined(separator: ", "))],
                    [Span(result.title), .quiet(result.reason)]
                        + (result.passesFrom.map { [Span("passes from \($0)", .caution)] } ?? [])
                        + (result.state == .pass
                            ? [] : remedy(result.rule, book).map { [.quiet("what to do: \($0)")] } ?? []),
                ]
            }, leading: 1, breaksLast: true)
    }
}

extension GateReport {
    /// What can be done where that rule refuses, with the run and the stage in it; nil for a rule that is not known.
    func remedy(_ rule: String, _ book: RuleBook) -> String? {
        book.rules.first { $0.identifier == rule }.map {
            $0.remediation.replacing("RUN", with: run).replacing("STAGE", with: stage)
        }
    }
}

extension GateReport.State {
    var role: Style.Role {
        switch self {
        case .pass: .good
        case .fail: .bad
        case .unknown: .caution
        }
    }
}

extension Deviation {
    static func table(_ deviations: [Deviation]) -> Block {
        Block.table(
            ["", "RULE", "FINGERPRINT", "DEVIATION"],
            deviations.filter(\.isOpen).map(\.row) + deviations.filter { !$0.isOpen }.map(\.row),
            leading: 1, breaksLast: true, most: 40, noun: "deviation")
    }

    private var row: [Table.Cell] {
        [
            [state], [.code(finding.rule)], [.code(fingerprint.short)],
            [Span(finding.title)] + [finding.location.map { Span.code($0.text) }].compactMap(\.self)
                + [finding.found.map { Span.quiet($0).detail }].compactMap(\.self),
        ]
    }

    var state: Span {
        if let waiver { return .tag(waiver == "file" ? "waivers file" : waiver, .good) }
        return isOpen ? .tag("open", .bad) : .tag("allowed", .quiet)
    }
}

extension WaiverStatus.Voice {
    var span: Span { name.map { Span($0) } ?? Span("not named by the policy", .caution) }
    var more: [Span] {
        [.quiet("key \(key.short), entry \(entry.sequence), \(time.formatted(.iso8601))")]
    }
}

extension WaiverStatus: Listable {
    package static func document(of list: [WaiverStatus], _ book: RuleBook) -> Document {
        Document("waivers", banner: list.isEmpty ? .init(title: "no waiver was requested") : nil) {
            if !list.isEmpty { Document.Section { table(list) } }
        }
    }

    static func table(_ list: [WaiverStatus]) -> Block {
        .table(
            ["WAIVER", "STATE", "RULE", "HOLDS", "FOR"],
            list.map { waiver in
                [
                    [.code(waiver.identifier)], [.tag(waiver.state.rawValue, waiver.state.role)] + waiver.use,
                    [.code(waiver.terms.scope.rule)],
                    [Span("\(waiver.terms.from) to \(waiver.lastDay) 24:00 UTC")],
                    [.code(waiver.terms.scope.location), Span(waiver.terms.reason)]
                        + [.quiet("compensation: \(waiver.terms.compensation)")]
                        + [.quiet("owner \(waiver.terms.owner); requested by \(waiver.requestedBy.words)")]
                        + (waiver.approvedBy.isEmpty
                            ? [] : [.quiet("approved by \(waiver.approvedBy.map(\.words).joined(separator: ", "))")])
                        + (waiver.missing > 0 && !waiver.holds
                            ? [Span(Quantities.count(waiver.missing, "approval") + " missing", .caution)] : [])
                        + waiver.changes + waiver.notes.map { Span($0, .caution) },
                ]
            }, breaksLast: true)
    }

    /// Whoever revoked it, and a renewal that waits for approval.
    private var changes: [Span] {
        [
            revokedBy.map { Span("revoked by \($0.words)" + (revokedFor.map { ": \($0)" } ?? ""), .caution) },
            renewal.map {
                Span("a renewal to \($0.until) waits: bessemer waiver approve \(identifier) --key FILE", .caution)
            },
        ].compactMap(\.self)
    }

    private var use: [Span] {
        guard let uses, holds else { return [] }
        if isOverwide { return [Span("too wide", .bad)] }
        return [uses == 0 ? Span("unused", .caution) : .quiet(Quantities.count(uses, "use"))]
    }
}

extension WaiverStatus.Voice {
    var words: String { name ?? "key \(key.short)" }
}

extension WaiverStatus.State {
    fileprivate var role: Style.Role {
        switch self {
        case .active: .good
        case .pending, .future, .expiring: .caution
        case .expired, .revoked, .invalid: .bad
        }
    }
}

extension Policy: Presentable {
    /// What each stage asks for.
    package func document(_ book: RuleBook) -> Document {
        Document("policy", banner: .init(title: "SHA-256 \(digest)")) {
            for stage in stages {
                Document.Section(stage.name) {
                    Block.facts(
                        [
                            stage.after.map { Fact("After", Span($0)) },
                            stage.validation.map { Fact("Validation", "\($0.months) months after \($0.stage)") },
                            Fact("Compilers", Span(stage.compilers.map(\.rawValue).joined(separator: ", "))),
                            Fact("Suites", Span(stage.suites.joined(separator: ", "))),
                            Fact("Evidence", Span(stage.evidence.map(\.rawValue).joined(separator: ", "))),
                            stage.ages.words.map { Fact("At most", Span($0)) },
                            Fact("Waivers", Span(stage.waivers.rawValue)),
                            stage.unwaivable.isEmpty
                                ? nil : Fact("Never waived", Span(stage.unwaivable.joined(separator: ", "))),
                            Fact(
                                "Allowed", Span(stage.allowed.isEmpty ? "none" : stage.allowed.joined(separator: ", "))),
                            Fact("Approvals", Span(Quantities.number(stage.approvals))),
                        ].compactMap(\.self))
                }
            }
            Document.Section("People") {
                if people.isEmpty {
                    Block.sentence(Span("nobody may approve: add people with the fingerprints of their keys", .caution))
                } else {
                    Block.table(
                        ["NAME", "KEYS"], people.map { [[Span($0.name)], $0.keys.map { .code($0.hexadecimal) }] })
                }
            }
            Document.Section("Waivers") {
                Block.facts([
                    Fact("Longest term", "\(waivers.longestTerm) days"),
                    Fact("Approvals", Span(Quantities.number(waivers.approvals))),
                    Fact("Emergency", "\(waivers.emergency) days"),
                    Fact("Widest", "\(waivers.widest) findings"),
                    Fact(
                        "Warnings",
                        Span(waivers.warnings.map(String.init).joined(separator: ", ") + " days before the end")),
                ])
            }
        }
    }
}

extension Policy.Ages {
    fileprivate var words: String? {
        let parts = [("run", run), ("drill", drill), ("rebuild", rebuild)].compactMap { name, days in
            days.map { "\(name) \($0) days" }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
