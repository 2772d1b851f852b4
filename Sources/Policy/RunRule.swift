// SPDX-License-Identifier: Apache-2.0
package import Records

/// What the rules look at: the facts of a run before it is judged.
struct RunFacts: Sendable {
    /// Of the tree that was built.
    let readiness: TreeStatus
    let kernels: RunRecord.Kernels
    /// What the same tests came to on both kernels; nil where there is one.
    let comparison: TestComparison?
    let audit: AuditReport
    /// Why the self-test module could not be built; nil where it was, or was left out.
    let selfTestProblem: String?
    /// How the lock that was used differs from the one that was requested, a line each.
    let drift: [String]

    var boot: GuestRun { kernels.candidate.boot }

    /// The console log of the kernel with Rust, in its run's folder.
    static func console(_ line: Int?, _ symbol: String? = nil) -> Finding.Location {
        Finding.Location(file: "console.log", line: line, symbol: symbol)
    }
}

/// A family of rules over the facts of a run.
protocol RunRule: Sendable {
    /// In the order of their identifiers.
    static var descriptions: [RuleDescription] { get }
    static func findings(in facts: RunFacts) -> [Finding]
}

/// The rules over runs.
package enum RunRules {
    static let all: [any RunRule.Type] = [
        TreeRule.self, ConfigurationRule.self, BuildRule.self, SandboxRule.self, AuditRule.self, BootRule.self,
        TestRule.self, ConsoleRule.self,
    ]

    private static let byIdentifier = Dictionary(
        uniqueKeysWithValues: families.flatMap(\.rules).map { ($0.identifier, $0) })

    /// nil for a rule that is not one over runs.
    static func rule(_ identifier: String) -> RuleDescription? { byIdentifier[identifier] }

    /// What a finding that nobody accepts makes of a run; nil for nothing.
    static func decision(of finding: Finding) -> RunRecord.Verdict? {
        if let rule = rule(finding.rule) { return rule.decides }
        return finding.severity == .error ? .failed : nil
    }

    /// Every rule over runs, their second builds, and what is accepted of them, by family.
    package static let families: [RuleBook.Family] = {
        let rules =
            all.flatMap { $0.descriptions } + RebuildRule.descriptions + WaiverRule.descriptions
            + DeviationRule.descriptions + GateRule.descriptions
        var names: [String] = []
        for rule in rules where !names.contains(rule.family) { names.append(rule.family) }
        return names.map { name in RuleBook.Family(name, rules: rules.filter { $0.family == name }) }
    }()
}
