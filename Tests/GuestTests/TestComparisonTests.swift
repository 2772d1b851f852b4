// SPDX-License-Identifier: Apache-2.0
import Guest
import Records
import Testing

@Suite struct TestComparisonTests {
    private func test(_ name: String, _ outcome: TestOutcome) -> TestResult {
        TestResult(name: name, outcome: outcome, diagnostics: [], line: 1, children: [])
    }

    private func suite(_ name: String, _ children: [TestResult], _ outcome: TestOutcome = .pass) -> TestResult {
        TestResult(name: name, outcome: outcome, diagnostics: [], line: 1, children: children)
    }

    @Test(arguments: [
        (TestOutcome.pass, TestOutcome.fail, TestComparison.Verdict.newFailure), (.skip, .fail, .newFailure),
        (.unknown, .fail, .newFailure), (.fail, .fail, .stillFailing), (.fail, .pass, .fixed),
        (.pass, .unknown, .unknown), (.unknown, .pass, .unknown), (.pass, .skip, .missing), (.fail, .skip, .missing),
    ])
    func `two outcomes give a verdict`(before: TestOutcome, after: TestOutcome, verdict: TestComparison.Verdict) {
        let comparison = TestComparison(baseline: [test("t", before)], candidate: [test("t", after)])
        #expect(comparison.changes.map(\.verdict) == [verdict])
        #expect(comparison.changes.first?.baseline == before && comparison.changes.first?.candidate == after)
    }

    @Test func `what passed on both, or was skipped before, is only counted`() {
        let comparison = TestComparison(
            baseline: [test("a", .pass), test("b", .skip), test("c", .skip)],
            candidate: [test("a", .pass), test("b", .pass), test("c", .skip), test("d", .pass), test("e", .skip)])
        #expect(comparison.changes.isEmpty)
        #expect(comparison.passedOnBoth == 1 && comparison.added == 1)
    }

    @Test func `a failure of a test that only the candidate has is new, one that is gone is missing`() {
        let comparison = TestComparison(
            baseline: [suite("s", [test("gone", .pass), test("never ran", .skip)])],
            candidate: [suite("s", [test("rust", .fail)], .fail)])
        #expect(comparison.changes.map(\.path) == ["s/rust", "s/gone"])
        #expect(comparison.changes.map(\.verdict) == [.newFailure, .missing])
    }

    @Test func `results that never came are told by the names that the other run has, else by their numbers`() {
        let lost = TestResult(name: "test 2", outcome: .unknown, diagnostics: [], line: nil, children: [])
        let cut = [suite("s", [test("a", .pass), lost], .unknown)]
        let whole = [suite("s", [test("a", .pass), test("b", .pass)])]
        for (baseline, candidate, paths) in [
            (whole, cut, ["s/b"]), (cut, whole, ["s/b"]), (cut, cut, ["s/test 2"]),
            ([suite("s", [test("a", .pass)])], cut, ["s/test 2"]),
        ] {
            let comparison = TestComparison(baseline: baseline, candidate: candidate)
            #expect(comparison.changes.map(\.path) == paths)
            #expect(comparison.changes.map(\.verdict) == [.unknown])
        }
    }

    @Test func `tests of one name are compared in their order`() {
        let comparison = TestComparison(
            baseline: [suite("s", [test("t", .pass), test("t", .fail)])],
            candidate: [suite("s", [test("t", .pass), test("t", .fail), test("t", .fail)])])
        #expect(comparison.changes.map(\.verdict) == [.stillFailing, .newFailure])
    }

    @Test func `a suite that fails on its own account is a test like others`() {
        let comparison = TestComparison(
            baseline: [suite("s", [test("t", .pass)])], candidate: [suite("s", [test("t", .pass)], .fail)])
        #expect(comparison.changes.map(\.path) == ["s"])
        #expect(comparison.changes.map(\.verdict) == [.newFailure])
    }

    @Test func `a suite that failed on its own account and no longer does is fixed`() {
        let failed = [suite("s", [test("t", .pass)], .fail)]
        let passed = [suite("s", [test("t", .pass)])]
        #expect(TestComparison(baseline: failed, candidate: passed).changes.map(\.verdict) == [.fixed])
        let byTest = [suite("s", [test("t", .fail)], .fail)]
        let verdicts = TestComparison(baseline: failed, candidate: byTest).changes.map { "\($0.path) \($0.verdict)" }
        #expect(verdicts == ["s/t newFailure", "s stillFailing"])
    }

    // MARK: Several runs

    /// The verdict on a test `t` that came to so many outcomes on each kernel: `p`, `f`, `s`, `u`, and `-` for a run that
    /// did not have it.
    private func change(_ before: String, _ after: String) -> TestComparison.Change? {
        func runs(_ letters: String) -> [TestRun] {
            letters.map { letter in
                let outcome: TestOutcome? =
                    switch letter {
                    case "p": .pass
                    case "f": .fail
                    case "s": .skip
                    case "u": .unknown
                    default: nil
                    }
                return TestRun(tests: [suite("s", [test("other", .pass)] + (outcome.map { [test("t", $0)] } ?? []))])
            }
        }
        return TestComparison.all(baseline: runs(before), candidate: runs(after)).first { $0.path == "s/t" }
    }

    @Test(arguments: [
        ("ppp", "ppp", TestComparison.Verdict.passing), ("ppp", "fff", .newFailure), ("ppp", "pfp", .newFailure),
        ("fff", "fff", .stillFailing), ("fff", "ppp", .fixed), ("pfp", "fff", .flaky), ("pfp", "ppp", .flaky),
        ("pfp", "pfp", .flaky), ("fff", "pfp", .flaky), ("---", "ppp", .added), ("---", "ppf", .newFailure),
        ("ppp", "---", .missing), ("ppp", "sss", .missing), ("sss", "sss", .skipped), ("sss", "---", .skipped),
        ("sss", "ppp", .passing), ("---", "sss", .skipped), ("ppp", "ppu", .unknown), ("ppp", "uuu", .unknown),
        ("uuu", "ppp", .unknown), ("ppu", "ppp", .passing), ("uuu", "---", .unknown), ("fff", "uuu", .unknown),
        ("ppu", "puf", .newFailure), ("sss", "fff", .newFailure), ("uuu", "fff", .newFailure), ("pp-", "ppp", .passing),
    ])
    func `runs give one verdict`(before: String, after: String, verdict: TestComparison.Verdict) {
        #expect(change(before, after)?.verdict == verdict)
    }

    @Test func `a flaky test has its passes and runs on each side`() throws {
        let change = try #require(self.change("pfp-", "ffpu"))
        #expect(change.verdict == .flaky)
        #expect(change.baselineRuns?.pass == 2 && change.baselineRuns?.total == 3)
        #expect(change.candidateRuns?.pass == 1 && change.candidateRuns?.total == 4)
        #expect(change.baseline == .fail && change.candidate == .fail)
    }

    @Test func `only what the baseline passed can be a lost pass`() {
        #expect(change("ppp", "ppu")?.isLostPass == true)
        #expect(change("p", "u")?.isLostPass == true)
        #expect(change("fff", "uuu")?.isLostPass == false)
        #expect(change("u", "p")?.isLostPass == false)
        #expect(change("ppp", "---")?.isLostPass == false)
    }

    @Test func `a test that a run lost is unknown there, and not missing`() {
        let before = [TestRun(tests: [suite("s", [test("a", .pass), test("b", .pass)]), test("t", .pass)])]
        func verdicts(_ run: TestRun) -> [String: TestComparison.Verdict] {
            let all = TestComparison.all(baseline: before, candidate: [run])
            return Dictionary(all.map { ($0.path, $0.verdict) }) { first, _ in first }
        }
        // The guest did not come to its end.
        let early = verdicts(TestRun(tests: [suite("s", [test("a", .pass)])], isWhole: false))
        #expect(early == ["s/a": .passing, "s/b": .unknown, "t": .unknown])
        // The console lost a result of s: its name is not known.
        let lost = TestResult(name: "test 2", outcome: .unknown, diagnostics: [], line: nil, children: [])
        let gap = verdicts(TestRun(tests: [suite("s", [test("a", .pass), lost], .unknown)]))
        #expect(gap["s/b"] == .unknown && gap["t"] == .missing && gap["s/test 2"] == nil)
        // It is whole, and has no such test.
        let whole = verdicts(TestRun(tests: [suite("s", [test("a", .pass)])]))
        #expect(whole == ["s/a": .passing, "s/b": .missing, "t": .missing])
    }
}
