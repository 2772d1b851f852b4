// SPDX-License-Identifier: Apache-2.0
internal import Records

/// TST and SLF: what the tests came to.
enum TestRule: RunRule {
    static let failed = RuleDescription(
        "TST001", .error, "a test failed", plural: "tests failed",
        check: "No test that ran failed, but for those that fail on the kernel without Rust, too.",
        rationale: "A test that fails on this machine may be a defect of the kernel, of the compiler, or of the test.",
        remediation:
            "Read the console log at that line; correct the cause, or accept the failure with an owner and a day (--waivers).",
        sources: ["Documentation/dev-tools/ktap.rst"])
    static let undecided = RuleDescription(
        "TST002", .error, "a test is undecided", plural: "tests are undecided", decides: .unknown,
        check: "Each test that was announced has a result line of its own.",
        rationale: "A test without a clear result line proves nothing.",
        remediation:
            "Read the console log at that line: lines are lost where the console can't keep up (log_buf_len=).",
        sources: ["Documentation/dev-tools/ktap.rst"])
    static let missing = RuleDescription(
        "TST003", .warning, "a test ran without Rust only", plural: "tests ran without Rust only",
        check: "Each test that the kernel without Rust decided is decided on the one with Rust.",
        rationale: "What it covers is not shown for the kernel with Rust.",
        remediation: "Compare the two configurations: `bessemer config explain` says why an option was lost.",
        sources: ["Docs/Regression.md"])
    static let none = RuleDescription(
        "TST004", .error, "no test ran", decides: .unknown,
        check: "At least one test ran.",
        rationale: "A run that tested nothing has proven nothing.",
        remediation: "Read the console log; build with CONFIG_KUNIT and its tests.",
        sources: ["Documentation/dev-tools/kunit"])
    static let old = RuleDescription(
        "TST005", .warning, "a test fails without Rust, too", plural: "tests fail without Rust, too",
        check: "The same tests run on the kernel without Rust; what fails in every run of both is not new.",
        rationale: "Rust did not break it; it is a defect of the kernel, of the compiler, or of the test all the same.",
        remediation: "Report it to the test's maintainers, or accept it with an owner and a day (--waivers).",
        sources: ["Docs/Regression.md"])
    static let selfTest = RuleDescription(
        "SLF001", .warning, "the self-test module could not be built", decides: .unknown,
        check:
            "Bessemer's own module, which shows that warnings, static branches, stack frames and layouts work from Rust, is built.",
        rationale: "Whether Rust's warnings, static branches and stack frames work in this kernel is not shown.",
        remediation: "Build with modules, KALLSYMS, STACKTRACE and JUMP_LABEL, or leave it out: --no-self-test.",
        sources: ["Kernel/SelfTest"])

    static let descriptions = [failed, undecided, missing, none, old, selfTest]

    static func findings(in facts: RunFacts) -> [Finding] {
        let leaves = facts.boot.tests.flatMap(\.leaves)
        let changes = facts.comparison?.changes ?? []
        let before = Set(changes.filter { $0.verdict == .stillFailing }.map(\.path))
        var findings = leaves.compactMap { leaf -> Finding? in
            switch leaf.result.outcome {
            case .pass, .skip: nil
            case .fail where before.contains(leaf.path): finding(old, "\(leaf.path) fails without Rust, too", leaf)
            case .fail: finding(failed, "\(leaf.path) failed", leaf)
            case .unknown: finding(undecided, "\(leaf.path) is undecided", leaf)
            }
        }
        findings += changes.filter { $0.verdict == .missing }.map { change in
            missing.finding(
                "\(change.path): \(change.candidate?.rawValue ?? "not run") with Rust",
                at: RunFacts.console(nil, change.path),
                expected: change.baseline?.rawValue, found: change.candidate?.rawValue ?? "no result")
        }
        if leaves.isEmpty {
            findings.append(none.finding(at: RunFacts.console(facts.boot.consoleLines), found: facts.boot.reached))
        }
        if let problem = facts.selfTestProblem {
            findings.append(
                selfTest.finding(
                    at: .init(file: "self-test"), expected: "a module", found: String(problem.suffix(2000))))
        }
        return findings
    }

    private static func finding(_ rule: RuleDescription, _ title: String, _ leaf: TestResult.Leaf) -> Finding {
        rule.finding(
            title, at: RunFacts.console(leaf.result.line, leaf.path), expected: "pass",
            found: leaf.result.diagnostics.suffix(4).joined(separator: "\n"))
    }
}
