// SPDX-License-Identifier: Apache-2.0
internal import Audit
internal import Findings

/// An audit for a terminal: what was looked at, family by family, then the findings, each rule explained once.
struct AuditText {
    let report: AuditReport
    let style: Style
    /// How many places of one rule are listed.
    var places = 12

    var text: String {
        var page = TerminalPage(style: style)
        for file in report.files.prefix(8) { subject(file, on: &page) }
        if report.files.count > 8 {
            page.paragraph("and \(Quantities.count(report.files.count - 8, "more file"))", .quiet)
        }
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
        page.gap()
        page.paragraph(report.sum, report.role)
        return page.text
    }

    private func subject(_ file: AuditReport.File, on page: inout TerminalPage) {
        page.paragraph("\(file.name): \(file.kind), \(file.machine)", .strong, hanging: 2)
        for unit in file.units {
            page.paragraph("\(Quantities.count(unit.count, "unit")) of \(unit.what)", .quiet, indent: 2, hanging: 4)
        }
    }

    private func findings(on page: inout TerminalPage) {
        var rules: [String: [Finding]] = [:]
        for finding in report.findings { rules[finding.rule, default: []].append(finding) }
        for severity in Finding.Severity.allCases {
            for rule in RuleCatalogue.descriptions where rule.severity == severity {
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
                page.paragraph(rule.why, indent: 10, hanging: 20, lead: "why")
                page.paragraph(rule.mend, indent: 10, hanging: 20, lead: "mend")
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
    }
}

extension AuditReport {
    /// `clean: no findings; 2 accepted`, `1 error, 3 notes`.
    var sum: String {
        let parts = Finding.Severity.allCases.compactMap { severity -> String? in
            let count = findings.count { $0.severity == severity }
            return count > 0 ? Quantities.count(count, severity.rawValue) : nil
        }
        let accepted = self.accepted.isEmpty ? "" : "; \(Quantities.number(self.accepted.count)) accepted"
        let sum = (parts.isEmpty ? "no findings" : parts.joined(separator: ", ")) + accepted
        return isClean ? "clean: \(sum)" : sum
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
        case .unknown: "unknown: \(reason ?? "")"
        case .checked:
            counts.prefix(most).map { "\(Quantities.number($0.count)) \($0.what)" }.joined(separator: ", ")
                + (counts.count > most ? ", …" : "")
        }
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
    var title: String { "\(family) \(RuleCatalogue.name(of: family))" }
}

extension TerminalPage {
    /// A family's outcome: its name in the margin, what was counted beside it.
    mutating func outcome(_ outcome: RuleOutcome, most: Int = .max) {
        paragraph(
            outcome.words(most: most), outcome.state == .checked ? nil : outcome.role, indent: 2,
            hanging: Self.labelWidth + 2, lead: outcome.title, leadRole: outcome.role)
    }
}

extension RuleCatalogue {
    /// The family's name in a word.
    static func name(of family: String) -> String { rules.first { $0.family == family }?.name ?? family }
}
