// SPDX-License-Identifier: Apache-2.0
import Guest
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
}
