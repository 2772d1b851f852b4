// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Records

/// What the facts of a run come to: findings, and a verdict with its reasons.
package struct Assessment: Sendable {
    /// With the findings that somebody accepts listed apart.
    package let audit: AuditReport
    /// Those that nobody accepts.
    package let findings: [Finding]
    package let accepted: [Acceptance]
    package let verdict: RunRecord.Verdict
    package let reasons: [String]

    /// Of the tree that was built, its kernels, what the same tests came to on both, and what the audit found;
    /// `selfTestProblem` says why the self-test module could not be built, `drift` how the lock that was used differs from
    /// the one that was requested.
    package init(
        readiness: TreeStatus, kernels: RunRecord.Kernels, comparison: TestComparison?, audit: AuditReport,
        selfTestProblem: String? = nil, drift: [String] = [], waivers: [Waiver], at time: Date
    ) {
        let waivers = Waivers(waivers, at: time)
        let audited = waivers.applied(to: audit)
        let facts = RunFacts(
            readiness: readiness, kernels: kernels, comparison: comparison, audit: audited.report,
            selfTestProblem: selfTestProblem, drift: drift)
        let judged = waivers.applied(to: RunRules.all.flatMap { $0.findings(in: facts) })
        self.audit = audited.report
        accepted = audited.accepted + judged.accepted
        findings = judged.open + waivers.stale(beside: audited.used.union(judged.used))

        let failures = findings.filter { RunRules.decision(of: $0) == .failed }
        let doubts = findings.filter { RunRules.decision(of: $0) == .unknown }
        verdict = !failures.isEmpty ? .failed : !doubts.isEmpty ? .unknown : .passed
        var summary = Self.sums(failures) + Self.sums(doubts)
        if summary.isEmpty {
            summary = [
                (facts.kernels.baseline == nil ? "built, booted," : "built and booted with and without Rust,")
                    + " and every test that ran was decided"
            ]
        }
        summary += Self.sums(findings.filter { $0.rule == TestRule.old.identifier })
        if !accepted.isEmpty {
            summary.append(
                accepted.count == 1 ? "1 finding is accepted" : "\(accepted.count.grouped) findings are accepted")
        }
        reasons = summary
    }

    /// A sentence a rule: what was found where it is one thing, how many there are otherwise.
    private static func sums(_ findings: [Finding]) -> [String] {
        var names: [String] = []
        for finding in findings where !names.contains(finding.rule) { names.append(finding.rule) }
        return names.map { name in
            let some = findings.filter { $0.rule == name }
            guard some.count > 1 else { return some[0].title + (some[0].found.map { ": \(Self.line($0))" } ?? "") }
            return RunRules.rule(name)?.plural.map { "\(some.count.grouped) \($0)" }
                ?? "\(some.count.grouped) findings of \(name)"
        }
    }

    /// The first line of a text.
    private static func line(_ text: String) -> String { text.split(separator: "\n").first.map(String.init) ?? "" }
}
