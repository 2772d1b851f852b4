// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What is asked of the run itself.
extension Judgement {
    private var here: [EntryReference] { [evidence.run.entry] }

    /// Findings of the run that no waiver accepts, by what they decide.
    var ranWell: GateReport.Result {
        let own = deviations.filter { $0.finding.family != DeviationRule.family }
        let open = own.filter(\.isOpen).map(\.finding)
        let failures = open.filter { RunRules.decision(of: $0) == .failed }
        let doubts = open.filter { RunRules.decision(of: $0) == .unknown }
        if let first = failures.first {
            return result(GateRule.run, .fail, Self.sentence(first, of: failures.count, "finding"), here)
        }
        if let first = doubts.first {
            return result(GateRule.run, .unknown, Self.sentence(first, of: doubts.count, "finding"), here)
        }
        // A verdict that none of the findings accounts for is not turned by waivers.
        let explained = (run.findings + run.accepted.map(\.finding)).contains { RunRules.decision(of: $0) != nil }
        guard run.verdict == .passed || explained else {
            return result(
                GateRule.run, run.verdict == .failed ? .fail : .unknown,
                "the run's verdict is \(run.verdict.rawValue), and no finding says why", here)
        }
        let accepted = own.count { $0.waiver != nil }
        return result(
            GateRule.run, .pass,
            accepted == 0
                ? "the run passed" : "waivers accept \(accepted) finding\(accepted == 1 ? "" : "s") of the run",
            here)
    }

    static func sentence(_ first: Finding, of count: Int, _ noun: String) -> String {
        let place = first.location.map { " (\($0.text))" } ?? ""
        return "\(first.rule): \(first.title)\(place)"
            + (count > 1 ? ", and \(count - 1) more \(noun)\(count > 2 ? "s" : "")" : "")
    }

    var suites: GateReport.Result {
        let tests = run.boot.tests
        var matched: [TestResult] = []
        for pattern in stage.suites {
            let some = tests.filter { Waiver.matches(pattern, $0.name) }
            guard !some.isEmpty else {
                return result(GateRule.suites, .unknown, "no test suite is called \(pattern)", here)
            }
            matched += some.filter { suite in !matched.contains { $0.name == suite.name } }
        }
        let accepted = deviations.acceptedTests
        let leaves = matched.flatMap(\.leaves)
        let failed = leaves.filter { $0.result.outcome == .fail && !accepted.contains($0.path) }
        let undecided = leaves.filter { $0.result.outcome == .unknown && !accepted.contains($0.path) }
        let passed = leaves.count { $0.result.outcome == .pass }
        let more = { (count: Int) in count > 1 ? " and \(count - 1) more" : "" }
        if let first = failed.first {
            return result(GateRule.suites, .fail, "\(first.path)\(more(failed.count)) failed", here)
        }
        if let first = undecided.first {
            return result(GateRule.suites, .unknown, "\(first.path)\(more(undecided.count)) undecided", here)
        }
        guard passed > 0 else { return result(GateRule.suites, .unknown, "no test of the suites passed", here) }
        return result(
            GateRule.suites, .pass, "\(passed.grouped) tests of \(matched.count) suites passed", here)
    }

    var compiler: GateReport.Result {
        let entries = evidence.origins
        guard let gate = facts.compilerGate else {
            return result(
                GateRule.compiler, .unknown,
                "which flags rustc was given is not recorded: the run has no list of materials", entries)
        }
        let name = facts.tool("rust-compiler")?.version ?? ""
        guard stage.compilers.contains(gate) else {
            let allowed = stage.compilers.map(\.rawValue).joined(separator: ", ")
            let flags = (evidence.unstableFlags?.flags ?? []).joined(separator: " ")
            return result(
                GateRule.compiler, .fail, "\(name) is used as \(gate.rawValue) (\(flags)); allowed: \(allowed)", entries
            )
        }
        if gate == .nightly, let days = stage.nightlies {
            guard let day = facts.nightly else {
                return result(GateRule.compiler, .unknown, "the day of \(name) can't be read", entries)
            }
            guard days.contains(day) else {
                return result(GateRule.compiler, .fail, "\(name) is not of a day that is allowed", entries)
            }
        }
        return result(GateRule.compiler, .pass, "\(name), \(gate.rawValue)", entries)
    }

    var comparison: GateReport.Result {
        guard let comparison = run.comparison, run.baseline != nil else {
            return result(GateRule.comparison, .unknown, "the run has no kernel without Rust to compare with", here)
        }
        let accepted = deviations.acceptedTests
        let open = comparison.changes.filter { $0.isWorse && !accepted.contains($0.path) }
        if let first = open.first(where: { $0.verdict == .newFailure }) {
            return result(GateRule.comparison, .fail, "\(first.path) fails with Rust alone", here)
        }
        if let first = open.first {
            return result(GateRule.comparison, .unknown, "\(first.path) is decided without Rust alone", here)
        }
        guard comparison.passedOnBoth > 0 else {
            return result(GateRule.comparison, .unknown, "no test passed on both kernels", here)
        }
        return result(
            GateRule.comparison, .pass, "\(comparison.passedOnBoth.grouped) tests passed on both kernels", here)
    }

    var notes: GateReport.Result {
        for kernel in run.kernels.all {
            guard let built = kernel.build.notesSHA256, let ran = kernel.boot.notesSHA256 else {
                return result(GateRule.notes, .unknown, "the notes of the \(kernel.role.rawValue) were not read", here)
            }
            guard built == ran else {
                return result(
                    GateRule.notes, .fail,
                    "the \(kernel.role.rawValue) was built with notes \(built.short) and ran with \(ran.short)", here)
            }
        }
        return result(
            GateRule.notes, .pass, "of \(run.kernels.all.map(\.role.rawValue).joined(separator: " and "))", here)
    }

    var deviating: GateReport.Result {
        let found = deviations.filter { $0.finding.family == DeviationRule.family }
        let open = found.filter(\.isOpen)
        let entries = evidence.origins
        guard let first = open.first else {
            let waived = found.count { $0.waiver != nil }
            return result(
                GateRule.deviations, .pass, "\(found.count) found, \(waived) accepted by waivers", entries)
        }
        return result(
            GateRule.deviations, .fail, Self.sentence(first.finding, of: open.count, "deviation"), entries)
    }
}

extension Finding {
    /// The letters before its rule's number.
    var family: String { String(rule.prefix { $0.isLetter }) }
}
