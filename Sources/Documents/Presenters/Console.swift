// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension ConsoleReport: Presentable {
    /// What saved consoles say.
    package func document(_ book: RuleBook) -> Document {
        Document("saved consoles", banner: banner, footer: "Bessemer \(toolVersion), schema \(schema).") {
            for (index, log) in logs.enumerated() {
                log.sections("Console", newEvents?[index] ?? log.fatalEvents + log.doubtfulEvents)
            }
            if let baseline { baseline.sections("Baseline", baseline.fatalEvents) }
            if let tests { comparison(of: tests) }
        }
    }

    private var banner: Document.Banner {
        let (word, role): (String, Style.Role) =
            switch (verdict, baseline != nil) {
            case (.passed, false): ("PASSED", .good)
            case (.passed, true): ("CLEAN", .good)
            case (.failed, false): ("FAILED", .bad)
            case (.failed, true): ("REGRESSED", .bad)
            case (.unknown, _): ("UNKNOWN", .caution)
            case (.inconclusive, _): ("INCONCLUSIVE", .caution)
            }
        var parts: [String] = []
        if tests != nil {
            for verdict in TestComparison.Verdict.allCases where count(verdict) > 0 {
                parts.append("\(Quantities.number(count(verdict))) \(verdict.rawValue)")
            }
            if parts.isEmpty { parts.append("no tests") }
        } else {
            parts.append(Quantities.counts(logs.reduce(into: TestCounts()) { $0 += $1.counts }))
        }
        if let newEvents {
            let count = newEvents.reduce(0) { $0 + $1.count }
            if count > 0 { parts.append(Quantities.events(count, "new ")) }
        } else {
            let fatal = logs.reduce(0) { $0 + $1.fatalEvents.count }
            if fatal > 0 { parts.append(Quantities.events(fatal)) }
            let doubtful = logs.reduce(0) { $0 + $1.doubtfulEvents.count }
            if doubtful > 0 { parts.append(Quantities.events(doubtful) + " during tests") }
        }
        let gaps = logs.reduce(0) { $0 + $1.gaps.count }
        if gaps > 0 {
            parts.append(
                Quantities.count(gaps, "gap or failure that was not read", "gaps or failures that were not read"))
        }
        return .init(word: word, role: role, title: parts.joined(separator: ", "))
    }

    private func comparison(of tests: [TestComparison.Change]) -> Document.Section {
        let reasons = reasons
        let table = tests.table { change in
            change.verdict == .newFailure || change.verdict == .unknown ? reasons[change.path]?.first : nil
        }
        return .init("Comparison", Span("of \(Quantities.count(tests.count, "test"))")) {
            for (events, role) in [(newEvents, Style.Role.bad), (newWarnings, .caution)] {
                for event in (events ?? []).joined().prefix(40) {
                    Block.sentence(
                        Span("line \(event.line)\(event.inTest): \(event.text)"),
                        tag: .tag("new \(event.kind.rawValue)", role))
                }
                if let rest = Quantities.rest((events ?? []).joined().count - 40, "event") {
                    Block.sentence(.quiet(rest))
                }
            }
            if let table { table }
        }
    }
}

extension ConsoleReport.Log {
    /// `against` are the events that the verdict speaks of.
    fileprivate func sections(_ title: String, _ against: [ConsoleEvent]) -> [Document.Section] {
        let release = release.map { "Linux \($0), " } ?? ""
        let skipped = tests.flatMap(\.leaves).filter { $0.result.outcome == .skip }.map { leaf in
            leaf.path + (leaf.result.skipReason.map { ": \($0)" } ?? "")
        }
        let grave = Set(against)
        let shown = events.filter { $0.duringTest == nil || $0.isAboutLog || $0.kind == .warning || grave.contains($0) }
        let provoked = events.count - shown.count
        let source = "\(Quantities.count(lines, "line")), \(Quantities.size(bytes)), SHA-256 \(sha256.short)"
        return [
            .init(title, Span(name)) {
                Block.sentence(.quiet(release + source))
                Block.sentences(notes, .caution)
            },
            tests.section(counts, none: Span("none", .caution)) {
                if !skipped.isEmpty {
                    Block.list(
                        Span("skipped: \(Quantities.count(skipped.count, "test"))"), skipped, most: 40, noun: "test",
                        role: .quiet)
                }
            },
            .init(
                "Events",
                Span(
                    (shown.isEmpty ? "none" : Quantities.count(shown.count, "event"))
                        + (provoked > 0 ? ", and \(Quantities.number(provoked)) that tests provoked" : ""),
                    shown.isEmpty ? .good : .caution)
            ) { (shown.filter(grave.contains) + shown.filter { !grave.contains($0) }).table(most: 20) },
        ]
    }
}
