// SPDX-License-Identifier: Apache-2.0

/// What the same tests came to on two kernels, so that what the second broke is told from what was broken before.
public struct TestComparison: Codable, Hashable, Sendable {
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        /// Fails on the candidate, and is not known to fail on the baseline.
        case newFailure = "new-failure"
        case stillFailing = "still-failing"
        case fixed
        /// The baseline decided it; the candidate did not run it, or skipped it.
        case missing
        /// One of the two did not decide it.
        case unknown
    }

    /// A test that is worth a look.
    public struct Change: Codable, Hashable, Sendable {
        /// Names from the top-level suite downwards, joined by `/`.
        public let path: String
        /// nil where it did not run.
        public let baseline: TestOutcome?
        public let candidate: TestOutcome?
        public let verdict: Verdict
    }

    /// In the order of the candidate's tests, then the missing ones in the baseline's.
    public let changes: [Change]
    /// Passed on both.
    public let passedOnBoth: Int
    /// Only the candidate has them, and they passed.
    public let added: Int

    public init(baseline: [TestResult], candidate: [TestResult]) {
        // Names can come twice; then the first is compared with the first.
        var before: [String: [TestOutcome]] = [:]
        let old = baseline.flatMap(\.leaves)
        for leaf in old { before[leaf.path, default: []].append(leaf.result.outcome) }
        var changes: [Change] = []
        var passedOnBoth = 0
        var added = 0
        for leaf in candidate.flatMap(\.leaves) {
            let now = leaf.result.outcome
            var earlier: TestOutcome?
            if var outcomes = before[leaf.path], !outcomes.isEmpty {
                earlier = outcomes.removeFirst()
                before[leaf.path] = outcomes
            }
            if now == .pass, earlier == .pass { passedOnBoth += 1 }
            if now == .pass, earlier == nil { added += 1 }
            guard let verdict = Self.verdict(earlier, now) else { continue }
            changes.append(Change(path: leaf.path, baseline: earlier, candidate: now, verdict: verdict))
        }
        for leaf in old {
            guard var outcomes = before[leaf.path], let outcome = outcomes.first else { continue }
            outcomes.removeFirst()
            before[leaf.path] = outcomes
            guard outcome == .pass || outcome == .fail else { continue }
            changes.append(Change(path: leaf.path, baseline: outcome, candidate: nil, verdict: .missing))
        }
        self.changes = changes
        self.passedOnBoth = passedOnBoth
        self.added = added
    }

    /// nil where there is nothing to tell.
    private static func verdict(_ baseline: TestOutcome?, _ candidate: TestOutcome) -> Verdict? {
        switch (baseline, candidate) {
        case (.fail, .fail): .stillFailing
        case (_, .fail): .newFailure
        case (_, .unknown), (.unknown, _): .unknown
        case (.fail, .pass): .fixed
        case (.pass, .skip), (.fail, .skip): .missing
        case (_, .pass), (_, .skip): nil
        }
    }

    public func count(_ verdict: Verdict) -> Int { changes.count { $0.verdict == verdict } }
}

extension TestResult {
    /// A test without tests inside, or a suite that failed, or is unknown, on its own account.
    public struct Leaf: Sendable {
        /// Names from the top-level suite downwards, joined by `/`.
        public let path: String
        public let result: TestResult
    }

    /// What of this result decides: a stack of our own, since results nest to any depth.
    public var leaves: [Leaf] {
        var leaves: [Leaf] = []
        var waiting = [(path: name, result: self)]
        while let (path, result) = waiting.popLast() {
            if result.children.isEmpty || result.decidesItself { leaves.append(Leaf(path: path, result: result)) }
            waiting += result.children.reversed().map { ("\(path)/\($0.name)", $0) }
        }
        return leaves
    }
}
