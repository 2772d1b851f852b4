// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What saved consoles say, for a terminal.
struct ConsoleText {
    let report: ConsoleReport
    let style: Style

    private static let most = 40
    private static let mostEvents = 20

    var text: String {
        var page = TerminalPage(style: style)
        verdict(on: &page)
        for (index, log) in report.logs.enumerated() {
            self.log(log, "Console", report.newEvents?[index] ?? log.fatalEvents + log.doubtfulEvents, on: &page)
        }
        if let baseline = report.baseline {
            log(baseline, "Baseline", baseline.fatalEvents, on: &page)
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
        if let new = report.newEvents {
            let count = new.reduce(0) { $0 + $1.count }
            if count > 0 { parts.append(Quantities.events(count, "new ")) }
        } else {
            let fatal = report.logs.reduce(0) { $0 + $1.fatalEvents.count }
            if fatal > 0 { parts.append(Quantities.events(fatal)) }
            let doubtful = report.logs.reduce(0) { $0 + $1.doubtfulEvents.count }
            if doubtful > 0 { parts.append(Quantities.events(doubtful) + " during tests") }
        }
        let gaps = report.logs.reduce(0) { $0 + $1.gaps.count }
        if gaps > 0 {
            parts.append(
                Quantities.count(gaps, "gap or failure that was not read", "gaps or failures that were not read"))
        }
        page.paragraph(parts.joined(separator: ", "), .strong, hanging: 13, lead: word, leadRole: role)
    }

    private func log(
        _ log: ConsoleReport.Log, _ label: String, _ against: [ConsoleEvent], on page: inout TerminalPage
    ) {
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
        events(log, against, on: &page)
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
        let passed = suites.filter { $0.counts.worst == .pass }.map {
            "\(VisibleText.of($0.result.name, columns: 44)) \($0.counts.pass)"
        }
        if !passed.isEmpty {
            let rest = passed.count > 400 ? ", and \(Quantities.number(passed.count - 400)) more" : ""
            for (index, line) in VisibleText.wrapped(
                passed.prefix(400).joined(separator: ", ") + rest, to: page.width - 11
            ).enumerated() {
                page.row([(index == 0 ? "pass" : "", 9, TestOutcome.pass.role), (line, 0, nil)], indent: 2)
            }
        }
        let skipped = suites.filter { $0.counts.skip > 0 }.flatMap { $0.result.leaves }.filter {
            $0.result.outcome == .skip
        }
        for test in skipped.prefix(Self.most) {
            let reason = test.result.skipReason.map { ": \($0)" } ?? ""
            page.paragraph(
                test.path + reason, indent: 2, hanging: 11, lead: "skip", leadRole: TestOutcome.skip.role, most: 2)
        }
        if skipped.count > Self.most {
            page.paragraph("and \(Quantities.number(skipped.count - Self.most)) more skipped", .quiet, indent: 11)
        }
    }

    /// `against` are those that the verdict speaks of.
    private func events(_ log: ConsoleReport.Log, _ against: [ConsoleEvent], on page: inout TerminalPage) {
        let against = Set(against)
        let told = log.events.filter {
            $0.duringTest == nil || $0.isAboutLog || $0.kind == .warning
                || against.contains($0)
        }
        let provoked = log.events.count - told.count
        page.entry(
            "Events",
            (told.isEmpty ? "none" : Quantities.count(told.count, "event"))
                + (provoked > 0 ? ", and \(Quantities.number(provoked)) that tests provoked" : ""),
            told.isEmpty ? .good : .caution)
        let shown = (told.filter(against.contains) + told.filter { !against.contains($0) }).prefix(Self.mostEvents)
        for event in shown {
            page.paragraph(
                "line \(event.line)\(event.inTest): \(event.text)", indent: 2, hanging: 15, lead: event.kind.rawValue,
                leadRole: event.kind.role, most: 3)
        }
        if told.count > shown.count {
            page.paragraph("and \(Quantities.count(told.count - shown.count, "more event"))", .quiet, indent: 2)
        }
    }

    private func comparison(on page: inout TerminalPage) {
        guard let tests = report.tests else { return }
        page.gap()
        page.entry("Comparison", "of \(Quantities.count(tests.count, "test"))")
        for (events, role) in [(report.newEvents, Style.Role.bad), (report.newWarnings, .caution)] {
            for event in (events ?? []).joined().prefix(Self.most) {
                page.paragraph(
                    "line \(event.line)\(event.inTest): \(event.text)", indent: 2, hanging: 17,
                    lead: "new \(event.kind.rawValue)", leadRole: role, most: 3)
            }
        }
        let reasons = report.reasons
        for verdict in TestComparison.Verdict.allCases where verdict.isWorthALook {
            let some =
                tests.filter { $0.verdict == verdict && $0.isLostPass }
                + tests.filter { $0.verdict == verdict && !$0.isLostPass }
            for test in some.prefix(Self.most) {
                let isBad = verdict == .newFailure || test.isLostPass
                page.paragraph(
                    "\(test.path): \(test.sides)", isBad ? .bad : nil, indent: 2, hanging: 17, lead: verdict.rawValue,
                    leadRole: isBad ? .bad : verdict.role)
                if verdict == .newFailure || verdict == .unknown, let reason = reasons[test.path]?.first {
                    page.paragraph(reason, .quiet, indent: 17, most: 3)
                }
            }
            if some.count > Self.most {
                page.paragraph(
                    "and \(Quantities.number(some.count - Self.most)) more \(verdict.rawValue)", .quiet, indent: 17)
            }
        }
    }
}
