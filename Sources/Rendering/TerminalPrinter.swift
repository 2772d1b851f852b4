// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// Text in lines of the style's width, with colour only where it has that; a path that is longer stays whole on a line
/// of its own.
package struct TerminalPrinter: Printer {
    package let style: Style
    let book: RuleBook

    /// `book` has the rules whose findings an audit can have.
    package init(style: Style, book: RuleBook = RuleBook(families: [])) {
        self.style = style
        self.book = book
    }

    package func text(of record: RunRecord, drills: [RollbackDrill], files: [String]) -> String {
        TerminalReport(record: record, drills: drills, files: files, style: style).text
    }

    /// A whole run that was not drilled.
    package func text(of record: RunRecord, files: [String]) -> String { text(of: record, drills: [], files: files) }

    package func text(of runs: [RunSummary]) -> String {
        var page = TerminalPage(style: style)
        guard !runs.isEmpty else {
            page.paragraph("No runs are recorded yet; `bessemer pilot` makes the first.")
            return page.text
        }
        let headings = ["RUN", "KERNEL", "VERDICT", "PASS", "FAIL", "WAIVED", "?", "SKIP"]
        var table = TerminalTable(headings: headings.map { [($0, .strong)] })
        for run in runs {
            let verdict = run.verdict.words
            let counts = run.counts
            let numbers = [counts.pass, counts.fail - run.waived, run.waived, counts.unknown, counts.skip]
            table.rows.append(
                [[(run.identifier, nil)], [(run.kernelVersion, nil)], [(verdict.word, verdict.role)]]
                    + numbers.map { [(String($0), nil)] })
        }
        page.table(table)
        return page.text
    }

    package func text(of run: UnfinishedRun) -> String { EvidenceText(style: style).text(of: run) }
    package func text(of entries: [EntrySummary]) -> String { EvidenceText(style: style).text(of: entries) }
    package func text(of entry: EntrySummary, body: [UInt8]) -> String {
        EvidenceText(style: style).text(of: entry, body: body)
    }
    package func text(of report: VerificationReport) -> String { EvidenceText(style: style).text(of: report) }

    package func text(of findings: [Finding]) -> String {
        var page = TerminalPage(style: style)
        if findings.isEmpty { page.paragraph("No findings.") }
        for finding in findings.worstFirst {
            page.gap()
            page.finding(finding)
        }
        return page.text
    }

    package func text(of trees: [NamedTree]) -> String {
        TreeTable(trees: trees, style: style).text
    }

    package func text(of change: GlueChange) -> String { GlueText(change: change, style: style).text }

    package func text(of report: RegressionReport) -> String { RegressionText(report: report, style: style).text }

    package func text(of report: ConsoleReport) -> String { ConsoleText(report: report, style: style).text }

    package func text(of report: InventoryReport) -> String { InventoryText(report: report, style: style).text }

    package func text(of tools: [Tool]) -> String {
        var page = TerminalPage(style: style)
        if tools.isEmpty { page.paragraph("No tools were found.") }
        for tool in tools { page.tool(tool, indent: 0) }
        return page.text
    }

    package func text(of report: AuditReport) -> String { AuditText(report: report, style: style, book: book).text }
    package func text(of rules: [RuleDescription]) -> String { RuleText(rules: rules, style: style).text }
    package func text(of sheets: [LayoutSheet]) -> String {
        sheets.map { LayoutText(sheet: $0, style: style).text }.joined(separator: "\n")
    }
    package func text(of difference: ImageDifference) -> String {
        DifferenceText(difference: difference, style: style).text
    }
    package func text(of difference: ConfigurationDifference) -> String {
        ConfigurationText(difference: difference, style: style).text
    }
    package func text(of plan: RollbackPlan) -> String { RollbackText(style: style).text(of: plan) }
    package func text(of drill: RollbackDrill) -> String { RollbackText(style: style).text(of: drill) }
}

extension TerminalPage {
    mutating func tool(_ tool: Tool, indent: Int) {
        row([(tool.role, 20, .strong), (tool.version, 0, nil)], indent: indent)
        let package = tool.package.map { "\($0) \(tool.packageVersion ?? "")" } ?? "of no package"
        paragraph(
            "\(tool.path), \(package), SHA-256 \(tool.sha256.short)", .quiet, indent: indent + 20, hanging: indent + 22)
    }

    mutating func finding(_ finding: Finding) {
        paragraph(
            finding.title, hanging: 10, lead: finding.severity.rawValue, leadRole: finding.severity.role)
        let place = finding.place.map { "\(finding.rule) at \($0.text)" } ?? finding.rule
        paragraph(place, .quiet, indent: 10, hanging: 12)
        for (label, text) in [("expected", finding.expected), ("found", finding.found)] {
            if let text { paragraph(text, indent: 10, hanging: 20, lead: label, most: 6) }
        }
        paragraph(finding.why, indent: 10, hanging: 25, lead: "rationale")
        paragraph(finding.mend, indent: 10, hanging: 25, lead: "how to fix it")
    }
}

extension RunRecord.Verdict {
    var words: (word: String, role: Style.Role) {
        switch self {
        case .passed: ("PASSED", .good)
        case .failed: ("FAILED", .bad)
        case .unknown: ("UNKNOWN", .caution)
        }
    }
}

extension Finding.Severity {
    var role: Style.Role {
        switch self {
        case .error: .bad
        case .warning: .caution
        case .note: .quiet
        }
    }
}

extension [Finding] {
    /// Errors, then warnings, then notes, each in the order in which they were made.
    var worstFirst: [Finding] {
        Finding.Severity.allCases.flatMap { severity in filter { $0.severity == severity } }
    }
}

extension TestOutcome {
    /// The worst first.
    var rank: Int {
        switch self {
        case .fail: 0
        case .unknown: 1
        case .skip: 2
        case .pass: 3
        }
    }

    var role: Style.Role? {
        switch self {
        case .fail: .bad
        case .unknown: .caution
        case .skip: .quiet
        case .pass: .good
        }
    }
}

extension TestCounts {
    /// What a person should know first of a suite: something failed, was not decided or was only skipped, or all is
    /// well.
    var worst: TestOutcome {
        if fail > 0 { return .fail }
        if unknown > 0 { return .unknown }
        return pass > 0 ? .pass : .skip
    }
}

extension GuestRun.Ending {
    var sentence: String {
        switch self {
        case .powerOff: "powered itself off after its last step"
        case .early: "ended before its last step"
        case .panic: "the kernel panicked"
        case .deadline: "ended at its deadline: nothing finished within the time allowed"
        case .flood: "ended: it printed more than the console's limit"
        }
    }

    var role: Style.Role { self == .powerOff ? .good : .bad }
}
