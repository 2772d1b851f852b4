// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Records

/// Suites of cases, for systems that show test reports in the form of JUnit (Jenkins' xunit schema junit-10.xsd, which
/// GitLab and GitHub read, too).
///
/// What failed is a `failure`, what was not decided an `error`, what did not run `skipped`. Failures that are accepted,
/// or that the baseline has, too, are `skipped` with that word: they do not fail the command.
package struct JUnitReport {
    /// What did not pass is an element of that name in its case.
    enum Outcome: String {
        case passed
        case failure
        case error
        case skipped
    }

    struct Case {
        let className: String
        let name: String
        let outcome: Outcome
        /// What is shown beside the name.
        var message = ""
        var lines: [String] = []
        var seconds: Double?
    }

    struct Suite {
        let name: String
        var cases: [Case] = []
        var seconds: Double?
        var startedAt: Date?

        func count(_ outcome: Outcome) -> Int { cases.count { $0.outcome == outcome } }

        /// Adds a case; the message says what did not pass.
        mutating func add(
            _ className: String, _ name: String, _ outcome: Outcome, _ message: String = "", _ lines: [String] = [],
            seconds: Double? = nil
        ) {
            cases.append(
                Case(
                    className: className, name: name, outcome: outcome, message: message, lines: lines,
                    seconds: seconds))
        }
    }

    let name: String
    var suites: [Suite] = []

    // MARK: XML

    /// XML 1.0; what it can't hold, and what would act instead of being seen, is spelled out.
    package var text: String {
        func total(_ outcome: Outcome) -> Int { suites.reduce(0) { $0 + $1.count(outcome) } }
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<testsuites name=\(Self.quoted(name)) tests=\"\(suites.reduce(0) { $0 + $1.cases.count })\" "
                + "failures=\"\(total(.failure))\" errors=\"\(total(.error))\">",
        ]
        for suite in suites {
            var start =
                "<testsuite name=\(Self.quoted(suite.name)) tests=\"\(suite.cases.count)\" "
                + "failures=\"\(suite.count(.failure))\" errors=\"\(suite.count(.error))\" "
                + "skipped=\"\(suite.count(.skipped))\""
            if let seconds = suite.seconds { start += " time=\"\(Self.seconds(seconds))\"" }
            if let date = suite.startedAt { start += " timestamp=\"\(date.formatted(.iso8601).dropLast())\"" }
            lines.append(start + ">")
            var seen: [String: Int] = [:]
            for item in suite.cases { lines += Self.lines(of: item, &seen) }
            lines.append("</testsuite>")
        }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(of item: Case, _ seen: inout [String: Int]) -> [String] {
        // Two cases of one name are one to those who read this.
        let count = seen["\(item.className)\n\(item.name)", default: 0] + 1
        seen["\(item.className)\n\(item.name)"] = count
        let name = count == 1 ? item.name : "\(item.name) (\(count))"
        var start = "<testcase classname=\(quoted(item.className)) name=\(quoted(name))"
        if let seconds = item.seconds { start += " time=\"\(Self.seconds(seconds))\"" }
        if item.outcome == .passed { return [start + "/>"] }
        let element = item.outcome.rawValue
        let attributes = "message=\(quoted(item.message))" + (item.outcome == .skipped ? "" : " type=\"\(element)\"")
        let text = item.lines.map { escaped(VisibleText.of($0)) }.joined(separator: "\n")
        return [
            start + ">",
            text.isEmpty ? "<\(element) \(attributes)/>" : "<\(element) \(attributes)>\(text)</\(element)>",
        ]
            + ["</testcase>"]
    }

    private static func quoted(_ text: String) -> String {
        // A name is one line of a length that a page can show.
        "\"\(escaped(VisibleText.of(text, columns: 1000)))\""
    }

    private static func escaped(_ text: String) -> String { VisibleText.escaped(text, apostrophe: "&apos;") }

    private static func seconds(_ value: Double) -> String {
        value.isFinite && value >= 0 && value < 1e9 ? Quantities.thousandths(value) : "0"
    }
}

// MARK: - What becomes a case

extension JUnitReport {
    /// Of saved consoles.
    package init(_ report: ConsoleReport) {
        self.init(name: "bessemer console")
        for (index, log) in report.logs.enumerated() {
            let start = report.logs.count > 1 ? "\(log.name): " : ""
            if report.tests == nil { suites += log.tests.map { Self.suite($0, start) } }
            var console = Suite(name: start + "console")
            console.cases.append(Self.fatal(report.newEvents?[index] ?? log.fatalEvents))
            if report.newEvents == nil, let first = log.doubtfulEvents.first {
                console.add(
                    "console", "tests that provoke nothing", .error,
                    "line \(first.line)\(first.inTest): \(first.text)",
                    log.doubtfulEvents.map { "line \($0.line)\($0.inTest): \($0.text)" })
            }
            if !log.gaps.isEmpty {
                console.add(
                    "console", "complete", .error, log.gaps[0].text,
                    log.gaps.map { "line \($0.line): \($0.text)" })
            }
            if !log.hasDecided {
                console.add("console", "results", .error, "no test was decided", log.notes)
            }
            suites.append(console)
        }
        if let tests = report.tests { suites.append(Self.suite("comparison", tests, report.reasons)) }
    }

    /// Of a comparison of two kernels, a suite a machine.
    package init(_ report: RegressionReport) {
        self.init(name: "bessemer test")
        for machine in report.machines {
            var suite = Self.suite(
                machine.model.name, machine.tests, machine.reasons.mapValues { [$0] })
            suite.startedAt = report.startedAt
            if let impossible = machine.model.impossible {
                suite.add("machine", machine.model.name, .skipped, impossible)
            } else if let notCompared = machine.notCompared {
                suite.add("machine", machine.model.name, .error, notCompared)
            }
            if !machine.candidate.isEmpty { suite.cases.append(Self.fatal(machine.newEvents.map(\.event))) }
            suites.append(suite)
        }
    }

    /// Of a pilot that did not come to its report.
    package init(_ run: UnfinishedRun) {
        self.init(name: "bessemer pilot")
        var pilot = Suite(name: "pilot", startedAt: run.startedAt)
        let failure = run.failure
        pilot.add(
            "pilot", "verdict", .error, failure?.message ?? run.outcome.rawValue,
            (failure?.details ?? "").split(separator: "\n").map(String.init))
        for step in run.steps {
            pilot.add(
                "pilot", step.name, step.outcome == .done ? .passed : .error,
                step.failure?.message ?? step.outcome.rawValue, seconds: Double(step.milliseconds) / 1000)
        }
        suites.append(pilot)
    }

    /// Of a pilot.
    package init(_ record: RunRecord) {
        self.init(name: "bessemer pilot")
        var pilot = Suite(name: "pilot", seconds: record.work, startedAt: record.startedAt)
        let outcome: Outcome =
            switch record.verdict {
            case .passed: .passed
            case .failed: .failure
            case .unknown: .error
            }
        pilot.add("pilot", "verdict", outcome, record.reasons.first ?? "", record.reasons)
        let boot = record.boot
        pilot.add(
            "pilot", "boot", boot.ending == .powerOff ? .passed : .failure, boot.ending.sentence, [boot.reached],
            seconds: boot.seconds)
        pilot.cases.append(Self.fatal(record.unexplainedEvents))
        suites.append(pilot)
        if let audit = record.audit { suites.append(Self.suite(audit)) }
        if !boot.modules.isEmpty {
            var modules = Suite(name: "modules")
            for module in boot.modules {
                modules.add(
                    "modules", module.name, module.loaded && module.unloaded ? .passed : .failure,
                    module.loaded ? "did not unload" : "did not load", module.messages)
            }
            suites.append(modules)
        }
        let waivers = record.acceptedTests
        let changes = record.comparison?.changes ?? []
        let before = Set(changes.filter { $0.verdict == .stillFailing }.map(\.path))
        suites += boot.tests.map { result in
            Self.suite(result, "") { path in
                if let waiver = waivers[path] {
                    return waiver.words
                }
                return before.contains(path) ? "fails without Rust, too" : nil
            }
        }
    }

    private static func suite(_ audit: AuditReport) -> Suite {
        var suite = Suite(name: "audit")
        for file in audit.files {
            if let error = file.error {
                suite.add("audit", file.name, .error, error)
            }
        }
        for total in audit.totals {
            let wrong = total.findings.filter { $0.severity == .error }
            let outcome: Outcome =
                if !wrong.isEmpty { .failure } else {
                    switch total.state {
                    case .checked: .passed
                    case .notApplicable: .skipped
                    case .unknown: .error
                    }
                }
            suite.add(
                "audit", total.family, outcome, wrong.first?.title ?? total.reason ?? "",
                wrong.prefix(100).map { "\($0.rule) \($0.title)" + ($0.location.map { " (\($0.text))" } ?? "") })
        }
        return suite
    }

    private static func fatal(_ events: [ConsoleEvent]) -> Case {
        Case(
            className: "console", name: "no panic, Oops, BUG or stall", outcome: events.isEmpty ? .passed : .failure,
            message: events.first?.text ?? "",
            lines: events.map { "line \($0.line)\($0.inTest), \($0.kind.rawValue): \($0.text)" })
    }

    /// A suite with a case for each result that has none inside; `accepting` says why a failure is accepted.
    private static func suite(
        _ result: TestResult, _ start: String, accepting: (String) -> String? = { _ in nil }
    ) -> Suite {
        var suite = Suite(name: start + result.name)
        for leaf in result.leaves {
            // A suite that failed on its own account stands among its tests.
            let above = leaf.path.dropLast(leaf.result.name.count).dropLast()
            let className = above.isEmpty ? result.name : String(above).replacing("/", with: ".")
            let diagnostics = leaf.result.diagnostics
            switch leaf.result.outcome {
            case .pass: suite.add(className, leaf.result.name, .passed)
            case .skip: suite.add(className, leaf.result.name, .skipped, leaf.result.skipReason ?? "")
            case .fail, .unknown:
                let isFailure = leaf.result.outcome == .fail
                let line = leaf.result.line.map { ["console line \($0)"] } ?? []
                let accepted = isFailure ? accepting(leaf.path) : nil
                suite.add(
                    className, leaf.result.name, accepted != nil ? .skipped : isFailure ? .failure : .error,
                    accepted ?? diagnostics.first ?? (isFailure ? "failed" : "not decided"), diagnostics + line)
            }
        }
        return suite
    }

    /// Tests of two kernels: what fails newly is a failure, what is not decided an error; what failed before is not
    /// the second kernel's, and is shown as skipped with that word.
    private static func suite(
        _ name: String, _ tests: [TestComparison.Change], _ reasons: [String: [String]]
    ) -> Suite {
        Suite(
            name: name,
            cases: tests.map { test in
                let parts = test.path.split(separator: "/", omittingEmptySubsequences: false)
                let className = ([name[...]] + parts.dropLast()).joined(separator: ".")
                let outcome: Outcome =
                    switch test.verdict {
                    case .newFailure: .failure
                    case .unknown: .error
                    case .stillFailing, .flaky, .missing, .skipped: .skipped
                    case .fixed, .added, .passing: .passed
                    }
                return Case(
                    className: className, name: parts.last.map(String.init) ?? test.path, outcome: outcome,
                    message: "\(test.verdict.rawValue): \(test.sides)",
                    lines: outcome == .passed ? [] : reasons[test.path] ?? [])
            })
    }
}
