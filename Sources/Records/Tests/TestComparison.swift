// SPDX-License-Identifier: Apache-2.0

/// The tests of one run of a kernel.
package struct TestRun: Sendable, Hashable {
    package let tests: [TestResult]
    /// The guest came to its end: a test that is not here did not run. Else nobody knows.
    package let isWhole: Bool

    package init(tests: [TestResult], isWhole: Bool = true) {
        self.tests = tests
        self.isWhole = isWhole
    }
}

/// What the same tests came to on two kernels, so that what the second broke can be distinguished from older failures.
package struct TestComparison: Codable, Hashable, Sendable {
    package enum Verdict: String, Codable, Sendable, CaseIterable {
        /// Fails in at least one run of the candidate, and in none of the baseline's. A test that the baseline always
        /// passed and the candidate passes at times is one, too: what comes and goes may be what the candidate broke.
        case newFailure = "new-failure"
        /// Fails in every run of both that decided it.
        case stillFailing = "still-failing"
        /// Passes and fails on the baseline, or fails always there and at times on the candidate: says nothing.
        case flaky
        /// Failed in every run of the baseline, and passes on the candidate.
        case fixed
        /// The baseline decided it; the candidate did not run it, or skipped it.
        case missing
        /// One of the two did not decide it, or the console lost what it came to. Never a pass.
        case unknown
        /// Passes on the candidate; the baseline has no such test.
        case added
        /// Passes on the candidate, and on the baseline where that ran it.
        case passing
        /// Neither ran it.
        case skipped

        /// Whether a person should look at such a test; the others are only counted.
        package var isWorthALook: Bool {
            switch self {
            case .newFailure, .stillFailing, .flaky, .fixed, .missing, .unknown: true
            case .added, .passing, .skipped: false
            }
        }

        /// Of the runs of both, counted by outcome; a run that did not have the test counts nowhere.
        package init(baseline: TestCounts, candidate: TestCounts) {
            if candidate.fail > 0 {
                if baseline.fail == 0 {
                    self = .newFailure
                } else {
                    self = baseline.pass > 0 || candidate.pass > 0 ? .flaky : .stillFailing
                }
            } else if candidate.unknown > 0 {
                self = .unknown
            } else if candidate.pass > 0 {
                if baseline.fail > 0 {
                    self = baseline.pass > 0 ? .flaky : .fixed
                } else if baseline.pass > 0 {
                    self = .passing
                } else {
                    self = baseline.unknown > 0 ? .unknown : baseline.skip > 0 ? .passing : .added
                }
            } else if baseline.pass + baseline.fail > 0 {
                self = .missing
            } else {
                self = baseline.unknown > 0 ? .unknown : .skipped
            }
        }
    }

    /// One test on both.
    package struct Change: Codable, Hashable, Sendable {
        /// Names from the top-level suite downwards, joined by `/`.
        package let path: String
        /// The worst of its runs; nil where it did not run.
        package let baseline: TestOutcome?
        package let candidate: TestOutcome?
        package let verdict: Verdict
        /// Runs by what they came to; nil where each kernel ran once.
        package let baselineRuns: TestCounts?
        package let candidateRuns: TestCounts?

        package init(
            path: String, baseline: TestOutcome?, candidate: TestOutcome?, verdict: Verdict,
            baselineRuns: TestCounts? = nil, candidateRuns: TestCounts? = nil
        ) {
            self.path = path
            self.baseline = baseline
            self.candidate = candidate
            self.verdict = verdict
            self.baselineRuns = baselineRuns
            self.candidateRuns = candidateRuns
        }

        /// What the baseline decided is not shown to be as good on the candidate.
        package var isWorse: Bool { verdict == .newFailure || verdict == .missing || isLostPass }

        /// The result of a test that the baseline passed is lost on the candidate: it may hide a new failure.
        package var isLostPass: Bool {
            verdict == .unknown && candidate == .unknown && (baselineRuns.map { $0.pass > 0 } ?? (baseline == .pass))
        }
    }

    /// The tests that are worth a look: in the order of the candidate's tests, then the missing ones in the baseline's.
    package let changes: [Change]
    /// Passed on both.
    package let passedOnBoth: Int
    /// Only the candidate has them, and they passed.
    package let added: Int

    package init(baseline: [TestResult], candidate: [TestResult]) {
        self.init(of: Self.all(baseline: [TestRun(tests: baseline)], candidate: [TestRun(tests: candidate)]))
    }

    /// - Parameter tests: as `all(baseline:candidate:)` gives them.
    package init(of tests: [Change]) {
        changes = tests.filter(\.verdict.isWorthALook)
        passedOnBoth = tests.count { $0.verdict == .passing && $0.baseline == .pass }
        added = tests.count { $0.verdict == .added }
    }

    package func count(_ verdict: Verdict) -> Int { changes.count { $0.verdict == verdict } }

    /// Every test of any run of either kernel, also those that pass: in the order of the candidate's tests, then of the
    /// baseline's.
    ///
    /// Names can come twice in a run; then the first is compared with the first. A test that a run does not have is
    /// unknown there where that run did not come to its end, or where the console lost results beside it.
    package static func all(baseline: [TestRun], candidate: [TestRun]) -> [Change] {
        let before = baseline.map(RunOutcomes.init)
        let after = candidate.map(RunOutcomes.init)
        var seen: Set<RunOutcomes.Key> = []
        let isOnce = before.count <= 1 && after.count <= 1
        let keys = (after + before).flatMap(\.order).filter { seen.insert($0).inserted }
        // A gap of which another run has the tests is identified by their names.
        let filled = (after + before).reduce(into: Set<RunOutcomes.Key>()) { $0.formUnion($1.gaps(among: keys)) }
        return keys.filter { !filled.contains($0) }.map { key in
            let (old, new) = (count(key, in: before), count(key, in: after))
            return Change(
                path: key.path, baseline: old.total == 0 ? nil : old.worst, candidate: new.total == 0 ? nil : new.worst,
                verdict: Verdict(baseline: old, candidate: new), baselineRuns: isOnce ? nil : old,
                candidateRuns: isOnce ? nil : new)
        }
    }

    private static func count(_ key: RunOutcomes.Key, in runs: [RunOutcomes]) -> TestCounts {
        runs.reduce(into: TestCounts()) { counts, run in
            if let outcome = run.outcome(of: key) { counts += TestCounts(outcome) }
        }
    }
}

/// What the tests of one run came to, by name.
private struct RunOutcomes {
    struct Key: Hashable {
        let path: String
        /// Counted from 0 among those of the same name.
        let occurrence: Int
    }

    private(set) var order: [Key] = []
    private var outcomes: [Key: TestOutcome] = [:]
    /// Of suites whose tests account for them: another run may have one that failed on its own account.
    private var suites: [String: TestOutcome] = [:]
    /// Suites of which results are lost; the empty name is the outermost.
    private var gaps: Set<String> = []
    /// The entries that were made up for them, by their suites.
    private var madeUp: [String: [Key]] = [:]
    private let isWhole: Bool

    init(_ run: TestRun) {
        isWhole = run.isWhole
        var count: [String: Int] = [:]
        for leaf in run.tests.flatMap(\.leaves) {
            let key = Key(path: leaf.path, occurrence: count[leaf.path, default: 0])
            count[leaf.path] = key.occurrence + 1
            order.append(key)
            outcomes[key] = leaf.result.outcome
            guard leaf.result.outcome == .unknown, leaf.result.line == nil else { continue }
            // An entry that was made up for results that never came.
            gaps.insert(leaf.result.children.isEmpty ? Self.suite(of: leaf.path) : leaf.path)
            guard leaf.result.children.isEmpty, leaf.result.name.hasPrefix("test") else { continue }
            madeUp[Self.suite(of: leaf.path), default: []].append(key)
        }
        var waiting = run.tests.map { (path: $0.name, result: $0) }
        while let (path, result) = waiting.popLast() {
            guard !result.children.isEmpty else { continue }
            suites[path] = result.outcome
            waiting += result.children.map { ("\(path)/\($0.name)", $0) }
        }
    }

    private static func suite(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// The suites that a test is in, the innermost first; the empty name is the outermost.
    private static func suites(around path: String) -> some Sequence<String> {
        sequence(first: path) { $0.isEmpty ? nil : suite(of: $0) }.dropFirst()
    }

    /// The entries that were made up where other runs have tests, of these keys, which this one lost.
    func gaps(among keys: [Key]) -> [Key] {
        guard !madeUp.isEmpty else { return [] }
        var found: [Key] = []
        var left = madeUp
        for key in keys where outcomes[key] == nil && !left.isEmpty {
            let lost = Self.suites(around: key.path).first { left[$0] != nil }
            found += lost.flatMap { left.removeValue(forKey: $0) } ?? []
        }
        return found
    }

    /// nil where the test did not run.
    func outcome(of key: Key) -> TestOutcome? {
        if let outcome = outcomes[key] { return outcome }
        if key.occurrence == 0, let outcome = suites[key.path] { return outcome }
        if !isWhole { return .unknown }
        guard !gaps.isEmpty else { return nil }
        return Self.suites(around: key.path).contains(where: gaps.contains) ? .unknown : nil
    }
}

extension TestResult {
    /// A test without tests inside, or a suite that failed, or is unknown, on its own account.
    package struct Leaf: Sendable {
        /// Names from the top-level suite downwards, joined by `/`.
        package let path: String
        package let result: TestResult

        package init(path: String, result: TestResult) {
            self.path = path
            self.result = result
        }
    }

    /// What of this result decides: a stack of our own, since results nest to any depth.
    package var leaves: [Leaf] {
        var leaves: [Leaf] = []
        var waiting = [(path: name, result: self)]
        while let (path, result) = waiting.popLast() {
            if result.children.isEmpty || result.decidesItself { leaves.append(Leaf(path: path, result: result)) }
            waiting += result.children.reversed().map { ("\(path)/\($0.name)", $0) }
        }
        return leaves
    }
}

extension [TestResult] {
    /// The number of failed tests whose paths are among those.
    package func failures(acceptedBy waivers: [String: Waiver]) -> Int {
        waivers.isEmpty ? 0 : flatMap(\.leaves).count { $0.result.outcome == .fail && waivers[$0.path] != nil }
    }
}
