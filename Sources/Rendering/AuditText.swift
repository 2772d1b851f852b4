// SPDX-License-Identifier: Apache-2.0
internal import Records

/// An audit for a terminal: what was looked at, family by family, then the findings, each rule explained once.
struct AuditText {
    let report: AuditReport
    let style: Style
    let book: RuleBook
    /// How many places of one rule are listed.
    var places = 12

    var text: String {
        var page = TerminalPage(style: style)
        let read = report.files.filter { $0.error == nil }
        for file in read.prefix(8) { subject(file, on: &page) }
        if read.count > 8 { page.paragraph("and \(Quantities.count(read.count - 8, "more file"))", .quiet) }
        page.gap()
        for outcome in report.totals { page.outcome(outcome) }
        findings(on: &page)
        for file in report.files {
            guard let error = file.error else { continue }
            page.gap()
            page.paragraph("\(file.name): \(error)", .bad, hanging: 10, lead: "unreadable", leadRole: .bad)
        }
        for entry in report.staleBaseline {
            page.gap()
            page.paragraph(entry, .caution, hanging: 10, lead: "baseline", leadRole: .caution)
        }
        passedOver(on: &page)
        page.gap()
        page.paragraph(report.sum, report.role)
        return page.text
    }

    /// What was met in folders and not read, and what was read without being named.
    private func passedOver(on page: inout TerminalPage) {
        let files = report.passedOver ?? []
        let others = report.otherFiles ?? 0
        if !files.isEmpty || others > 0 {
            page.gap()
            let kinds = Dictionary(grouping: files, by: \.reason).sorted { $0.key < $1.key }.map { reason, files in
                "\(Quantities.number(files.count)) \(reason)"
            }
            let rest = others > 0 ? ["\(Quantities.number(others)) with other names"] : []
            page.paragraph(
                "\(Quantities.count(files.count + others, "file")): " + (kinds + rest).joined(separator: "; "), .quiet,
                hanging: 12, lead: "passed over")
            for file in files.prefix(places) {
                page.paragraph("\(file.name): \(file.reason)", .quiet, indent: 12, hanging: 14)
            }
            if files.count > places {
                page.paragraph(
                    "and \(Quantities.number(files.count - places)) more; --format json has all", .quiet, indent: 12)
            }
        }
        let read = (report.alsoRead ?? []) + report.files.flatMap { $0.alsoRead ?? [] }
        if !read.isEmpty {
            page.gap()
            page.paragraph(
                read.prefix(places).joined(separator: ", ") + (read.count > places ? ", …" : ""), .quiet, hanging: 12,
                lead: "also read")
        }
    }

    private func subject(_ file: AuditReport.File, on page: inout TerminalPage) {
        page.paragraph("\(file.name): \(file.kind), \(file.machine)", .strong, hanging: 2)
        for unit in file.units {
            page.paragraph("\(Quantities.count(unit.count, "unit")) of \(unit.label)", .quiet, indent: 2, hanging: 4)
        }
    }

    /// The rules of findings: the book's, then others, which another Bessemer has, in the words of a finding.
    private func described(_ findings: [Finding]) -> [RuleDescription] {
        var known = Set(book.rules.map(\.identifier))
        let others = findings.filter { known.insert($0.rule).inserted }.map {
            RuleDescription($0.rule, $0.severity, $0.title, check: "", why: $0.why, mend: $0.mend, sources: [])
        }
        return book.rules + others
    }

    private func findings(on page: inout TerminalPage) {
        var rules: [String: [Finding]] = [:]
        for finding in report.findings { rules[finding.rule, default: []].append(finding) }
        for severity in Finding.Severity.allCases {
            for rule in described(report.findings) where rule.severity == severity {
                guard let found = rules[rule.identifier] else { continue }
                page.gap()
                page.paragraph(
                    "\(rule.identifier) \(rule.title): \(Quantities.count(found.count, "place"))", hanging: 10,
                    lead: severity.rawValue, leadRole: severity.role)
                for finding in found.prefix(places) { place(finding, rule, on: &page) }
                if found.count > places {
                    page.paragraph(
                        "and \(Quantities.number(found.count - places)) more; --format json has all", .quiet, indent: 12
                    )
                }
                page.paragraph(rule.why, indent: 10, hanging: 25, lead: "rationale")
                page.paragraph(rule.mend, indent: 10, hanging: 25, lead: "how to fix it")
            }
        }
    }

    private func place(_ finding: Finding, _ rule: RuleDescription, on page: inout TerminalPage) {
        if let place = finding.place { page.paragraph(place.text, .quiet, indent: 12, hanging: 14) }
        if finding.title != rule.title { page.paragraph(finding.title, indent: 14, hanging: 16) }
        if let expected = finding.expected {
            page.paragraph(
                "expected \(expected), found \(finding.found ?? "nothing")", indent: 14, hanging: 16, most: 6)
        } else if let found = finding.found {
            page.paragraph("found \(found)", indent: 14, hanging: 16, most: 6)
        }
        if let follows = finding.follows {
            page.paragraph(follows.followingText, indent: 14, hanging: 16, most: 8)
        }
    }
}

extension [Finding] {
    /// `52 more follow from it: LAY001 bindings::pid_namespace, …`: each symbol once, at most some of them.
    var followingText: String {
        var names: [String] = []
        for finding in self {
            let name = "\(finding.rule) \(finding.place?.symbol ?? finding.place?.text ?? finding.title)"
            if !names.contains(name) { names.append(name) }
            if names.count > 8 { break }
        }
        let list = names.prefix(8).joined(separator: ", ") + (count > 8 ? ", …" : "")
        return "\(Quantities.number(count)) more \(count == 1 ? "follows" : "follow") from it: \(list)"
    }
}

extension AuditReport {
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

    var role: Style.Role {
        isClean ? .good : findings.contains { $0.severity == .error } ? .bad : .caution
    }
}

extension RuleOutcome {
    /// What was counted, or why nothing was.
    func words(most: Int = .max) -> String {
        switch state {
        case .notApplicable: "not applicable: \(reason ?? "")"
        case .unknown:
            "unknown: \(reason ?? "")"
                + (counts.contains { $0.count > 0 } ? "; the rest: \(counted(most: most))" : "")
        case .checked: counted(most: most)
        }
    }

    private func counted(most: Int) -> String {
        counts.prefix(most).map { "\(Quantities.number($0.count)) \($0.label)" }.joined(separator: ", ")
            + (counts.count > most ? ", …" : "")
    }

    var role: Style.Role {
        switch state {
        case .notApplicable: .quiet
        case .unknown: .caution
        case .checked:
            findings.contains { $0.severity == .error }
                ? .bad : findings.contains { $0.severity == .warning } ? .caution : .good
        }
    }

    /// `LAY layout`
    var title: String { RuleBook.title(of: family) }
}

extension TerminalPage {
    /// A family's outcome: its name in the margin, what was counted beside it.
    mutating func outcome(_ outcome: RuleOutcome, most: Int = .max) {
        paragraph(
            outcome.words(most: most), outcome.state == .checked ? nil : outcome.role, indent: 2,
            hanging: Self.labelWidth + 2, lead: outcome.title, leadRole: outcome.role)
    }
}
