// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host
internal import Regression

/// What saved consoles say, for a terminal.
struct ConsoleText {
    let report: ConsoleReport
    let style: Style

    private static let most = 40
    private static let mostEvents = 20

    var text: String {
        var page = TerminalPage(style: style)
        verdict(on: &page)
        for log in report.logs { self.log(log, "Console", on: &page) }
        if let baseline = report.baseline {
            log(baseline, "Baseline", on: &page)
            comparison(on: &page)
        }
        return page.text
    }

    private func verdict(on page: inout TerminalPage) {
        let (word, role): (String, Style.Role) =
            switch (report.verdict, report.baseline != nil) {
            case (.passed, false): ("PASSED", .good)
            case (.passed, true): ("CLEAN", .good)
            case (.failed, false): ("FAILED", .bad)
            case (.failed, true): ("REGRESSED", .bad)
            case (.unknown, _): ("UNKNOWN", .caution)
            case (.inconclusive, _): ("INCONCLUSIVE", .caution)
            }
        var parts: [String] = []
        if report.tests != nil {
            for verdict in TestComparison.Verdict.allCases where report.count(verdict) > 0 {
                parts.append("\(Quantities.number(report.count(verdict))) \(verdict.rawValue)")
            }
            if parts.isEmpty { parts.append("no tests") }
        } else {
            parts.append(Quantities.counts(report.logs.reduce(into: TestCounts()) { $0 += $1.counts }))
        }
        let fatal = report.logs.reduce(0) { $0 + $1.fatalEvents.count }
        if fatal > 0 {
            parts.append(Quantities.count(fatal, "panic, Oops, BUG or stall", "panics, Oopses, BUGs or stalls"))
        }
        page.paragraph(parts.joined(separator: ", "), .strong, hanging: 13, lead: word, leadRole: role)
    }

    private func log(_ log: ConsoleReport.Log, _ label: String, on page: inout TerminalPage) {
        page.gap()
        page.entry(label, log.name)
        let release = log.release.map { "Linux \($0), " } ?? ""
        page.more(
            "\(release)\(Quantities.count(log.lines, "line")), \(Quantities.size(log.bytes)), "
                + "SHA-256 \(log.sha256.short)", .quiet)
        for note in log.notes { page.more(note, .caution) }
        page.entry(
            "Tests",
            log.tests.isEmpty
                ? "none" : "\(Quantities.counts(log.counts)), in \(Quantities.count(log.tests.count, "suite"))",
            log.tests.isEmpty ? .caution : log.counts.worst.role)
        tests(log.tests.map { ($0, $0.counts) }, on: &page)
        events(log, on: &page)
    }

    private func tests(_ suites: [(result: TestResult, counts: TestCounts)], on page: inout TerminalPage) {
        var left = Self.most
        for outcome in [TestOutcome.fail, .unknown] {
            for suite in suites where suite.counts.worst == outcome {
                guard left > 0 else { break }
                let undecided = suite.result.undecided(limit: left + 1)
                for test in undecided.prefix(left) {
                    let path = test.path.isEmpty ? suite.result.name : "\(suite.result.name)/\(test.path)"
                    page.paragraph(
                        path + (test.result.line.map { " (line \($0))" } ?? ""), indent: 2, hanging: 11,
                        lead: test.result.outcome.rawValue, leadRole: test.result.outcome.role, most: 3)
                    for line in test.result.diagnostics.prefix(3) {
                        page.paragraph(line, .quiet, indent: 11, most: 2)
                    }
                    let more = test.result.diagnostics.count - 3
                    if more > 0 { page.paragraph("and \(Quantities.count(more, "more line"))", .quiet, indent: 11) }
                }
                left -= undecided.count
            }
        }
        if left < 0 { page.paragraph("and more; --format json has all", .quiet, indent: 11) }
        for outcome in [TestOutcome.pass, .skip] {
            let names = suites.filter { $0.counts.worst == outcome }.map { suite in
                let skipped = suite.counts.skip > 0 ? " (+\(suite.counts.skip) skipped)" : ""
                return VisibleText.of(suite.result.name, columns: 44)
                    + (outcome == .pass ? " \(suite.counts.pass)\(skipped)" : " \(suite.counts.skip)")
            }
            guard !names.isEmpty else { continue }
            let rest = names.count > 400 ? ", and \(Quantities.number(names.count - 400)) more" : ""
            for (index, line) in VisibleText.wrapped(
                names.prefix(400).joined(separator: ", ") + rest, to: page.width - 11
            ).enumerated() {
                page.row([(index == 0 ? outcome.rawValue : "", 9, outcome.role), (line, 0, nil)], indent: 2)
            }
        }
    }

    private func events(_ log: ConsoleReport.Log, on page: inout TerminalPage) {
        let outside = log.events.filter { $0.duringTest == nil || [.lost, .interleaved, .prefix].contains($0.kind) }
        let provoked = log.events.count - outside.count
        page.entry(
            "Events",
            (outside.isEmpty ? "none" : Quantities.count(outside.count, "event"))
                + (provoked > 0 ? ", and \(Quantities.number(provoked)) during tests" : ""),
            outside.isEmpty ? .good : .caution)
        let fatal = outside.filter(\.isFatal)
        let shown = (fatal + outside.filter { !$0.isFatal }).prefix(Self.mostEvents)
        for event in shown {
            page.paragraph(
                "line \(event.line): \(event.text)", indent: 2, hanging: 15, lead: event.kind.rawValue,
                leadRole: event.kind.role, most: 3)
        }
        if outside.count > shown.count {
            page.paragraph("and \(Quantities.count(outside.count - shown.count, "more event"))", .quiet, indent: 2)
        }
    }

    private func comparison(on page: inout TerminalPage) {
        guard let tests = report.tests else { return }
        page.gap()
        page.entry("Comparison", "of \(Quantities.count(tests.count, "test"))")
        for verdict in TestComparison.Verdict.allCases where verdict.isWorthALook {
            let some =
                tests.filter { $0.verdict == verdict && $0.isLostPass }
                + tests.filter { $0.verdict == verdict && !$0.isLostPass }
            for test in some.prefix(Self.most) {
                let isBad = verdict == .newFailure || test.isLostPass
                page.paragraph(
                    "\(test.path): \(test.sides)", isBad ? .bad : nil, indent: 2, hanging: 17, lead: verdict.rawValue,
                    leadRole: isBad ? .bad : verdict.role)
            }
            if some.count > Self.most {
                page.paragraph(
                    "and \(Quantities.number(some.count - Self.most)) more \(verdict.rawValue)", .quiet, indent: 17)
            }
        }
    }
}
