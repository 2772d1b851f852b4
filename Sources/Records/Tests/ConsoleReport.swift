// SPDX-License-Identifier: Apache-2.0
package import Host

/// What saved consoles say: test results, events, and what of it is not known.
package struct ConsoleReport: Codable, Hashable, Sendable {
    package static let schema = "bessemer-console/1"

    /// One saved console.
    package struct Log: Codable, Hashable, Sendable {
        /// As the user named it.
        package let name: String
        package let bytes: Int
        package let lines: Int
        package let sha256: Digest
        /// Of the kernel, where it says which one it is.
        package let release: String?
        /// What stands before each line, and was taken off.
        package let prefix: String?
        /// Where its lines are wrapped, and were joined.
        package let wrapping: Wrapping?
        /// All results that were announced came, and the kernel did not die: a test that is not here did not run.
        package let isWhole: Bool
        /// Outermost documents of results that began.
        package let documents: Int
        /// It shows that nothing was to come: the machine was halted, restarted or switched off.
        package let isEnded: Bool
        package let events: [ConsoleEvent]
        /// Top-level suites in the order of their start.
        package let tests: [TestResult]
        /// Of the results without results inside.
        package let counts: TestCounts
        /// What else one should know of it.
        package let notes: [String]

        package init(
            name: String, bytes: Int, lines: Int, sha256: Digest, release: String?, prefix: String?,
            wrapping: Wrapping?, isWhole: Bool, documents: Int, isEnded: Bool, events: [ConsoleEvent],
            tests: [TestResult], counts: TestCounts, notes: [String]
        ) {
            self.name = name
            self.bytes = bytes
            self.lines = lines
            self.sha256 = sha256
            self.release = release
            self.prefix = prefix
            self.wrapping = wrapping
            self.isWhole = isWhole
            self.documents = documents
            self.isEnded = isEnded
            self.events = events
            self.tests = tests
            self.counts = counts
            self.notes = notes
        }

        /// A test passed or failed.
        package var hasDecided: Bool { counts.pass + counts.fail > 0 }

        /// Events that speak against the kernel. A kernel without a root file system panics after its tests; that is
        /// not one of them where every result came.
        package var fatalEvents: [ConsoleEvent] {
            let hasTests = counts.pass + counts.fail > 0 && counts.unknown == 0
            return events.filter { ($0.isFatal || $0.kind == .panic) && !($0.isForLackOfRoot && hasTests) }
        }

        /// Grave events in tests that do not say that they provoke them.
        package var doubtfulEvents: [ConsoleEvent] {
            EventComparison().unexplained(in: run).filter { $0.duringTest != nil && $0.kind != .panic }
        }

        /// Where the other console has more documents, this one ended early, if it does not show that it ended.
        fileprivate func run(beside other: Log) -> TestRun {
            TestRun(tests: tests, isWhole: isWhole && (isEnded || documents >= other.documents))
        }

        fileprivate var run: EventComparison.Run { EventComparison.Run(events: events, tests: tests) }

        /// Events that say that results may be missing.
        package var gaps: [ConsoleEvent] { losses + events.filter { $0.kind == .plan } }

        /// Those of them that count beside a baseline, too; there, the tests that are missing say what a plan would.
        fileprivate var losses: [ConsoleEvent] { events.filter { $0.kind == .lost || $0.kind == .prefix } }
    }

    /// How a console wrapped its lines.
    package struct Wrapping: Codable, Hashable, Sendable {
        /// Characters of a line that goes on in the next.
        package let columns: Int
        /// Lines that were joined to the one before.
        package let joined: Int

        package init(columns: Int, joined: Int) {
            self.columns = columns
            self.joined = joined
        }
    }

    package enum Verdict: String, Codable, Sendable {
        /// Every test was decided and none failed; against a baseline, none failed newly and none is unknown.
        case passed
        case failed
        /// Some results are not known.
        case unknown
        /// There is no result that was decided: nothing is proven.
        case inconclusive
    }

    package let schema: String
    package let toolVersion: String
    package let verdict: Verdict
    package let logs: [Log]
    /// What the logs are compared with.
    package let baseline: Log?
    /// Every test of the baseline and the logs, which are runs of one kernel; nil without a baseline.
    package let tests: [TestComparison.Change]?
    /// Of each log, the grave events that neither its tests nor the baseline account for; nil without a baseline.
    package let newEvents: [[ConsoleEvent]]?
    /// Of each log, the warnings that the baseline does not have; they decide nothing. Nil without a baseline.
    package let newWarnings: [[ConsoleEvent]]?

    package init(toolVersion: String, logs: [Log], baseline: Log? = nil) {
        schema = Self.schema
        self.toolVersion = toolVersion
        self.logs = logs
        self.baseline = baseline
        guard let baseline else {
            tests = nil
            newEvents = nil
            newWarnings = nil
            let counts = logs.reduce(into: TestCounts()) { $0 += $1.counts }
            if counts.fail > 0 || logs.contains(where: { !$0.fatalEvents.isEmpty }) {
                verdict = .failed
            } else if !logs.allSatisfy(\.hasDecided) {
                verdict = .inconclusive
            } else {
                let isKnown = counts.unknown == 0 && logs.allSatisfy { $0.gaps.isEmpty && $0.doubtfulEvents.isEmpty }
                verdict = isKnown ? .passed : .unknown
            }
            return
        }
        let changes = TestComparison.all(
            baseline: [baseline.run(beside: logs.max { $0.documents < $1.documents } ?? baseline)],
            candidate: logs.map { $0.run(beside: baseline) })
        tests = changes
        let comparison = EventComparison(baseline: [baseline.run])
        let events = logs.map { comparison.unexplained(in: $0.run) }
        newEvents = events
        newWarnings = logs.map { comparison.newWarnings(in: $0.run) }
        if events.contains(where: { !$0.isEmpty }) || changes.contains(where: { $0.verdict == .newFailure }) {
            verdict = .failed
        } else if !([baseline] + logs).allSatisfy(\.hasDecided) {
            verdict = .inconclusive
        } else if changes.contains(where: \.isLostPass) {
            verdict = .failed
        } else {
            let isKnown = !changes.contains { $0.verdict == .unknown } && logs.allSatisfy(\.losses.isEmpty)
            verdict = isKnown ? .passed : .unknown
        }
    }

    /// What the logs say of each test that did not pass, by its path: why, and in which line.
    package var reasons: [String: [String]] {
        var reasons: [String: [String]] = [:]
        for leaf in logs.flatMap(\.tests).flatMap(\.leaves) where leaf.result.outcome != .pass {
            guard reasons[leaf.path] == nil else { continue }
            let said =
                leaf.result.outcome == .skip ? [leaf.result.skipReason].compactMap { $0 } : leaf.result.diagnostics
            reasons[leaf.path] = said + (leaf.result.line.map { ["console line \($0)"] } ?? [])
        }
        return reasons
    }

    package func count(_ verdict: TestComparison.Verdict) -> Int { (tests ?? []).count { $0.verdict == verdict } }
}
