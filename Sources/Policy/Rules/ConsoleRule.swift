// SPDX-License-Identifier: Apache-2.0
internal import Records

/// CON: what the kernel said that is no test result.
enum ConsoleRule: RunRule {
    static let grave = RuleDescription(
        "CON001", .error, "a BUG, Oops, panic or stall outside of any test",
        plural: "BUGs, Oopses, panics or stalls outside of any test",
        check: "The console is read for what the kernel says of its own faults, outside of tests.",
        rationale: "The kernel itself says that something is wrong.", remediation: "Read the console log at that line.",
        sources: ["lib/bug.c", "kernel/panic.c", "kernel/watchdog.c", "kernel/rcu/tree_stall.h"])
    static let unexplained = RuleDescription(
        "CON002", .error,
        "a BUG, Oops, panic or stall in a test that does not say that it provokes one, and not without Rust",
        plural: "BUGs, Oopses, panics or stalls in tests that do not say that they provoke them, and not without Rust",
        check:
            "What is said in a test is expected where the test says so, or the kernel without Rust says it in the same test.",
        rationale:
            "The test does not say that it provokes this, and the kernel without Rust does not say it in the test.",
        remediation: "Read the console log at that line.", sources: ["Docs/Console.md"])
    static let doubtful = RuleDescription(
        "CON003", .warning, "a BUG, Oops, panic or stall in a test that does not say that it provokes one",
        plural: "BUGs, Oopses, panics or stalls in tests that do not say that they provoke them", decides: .unknown,
        check: "As CON002, where there is no kernel without Rust.",
        rationale: "The test does not say that it provokes this, and there is no kernel without Rust to compare with.",
        remediation: "Read the console log at that line; run the pilot with a baseline.", sources: ["Docs/Console.md"])
    static let gap = RuleDescription(
        "CON004", .warning, "a gap or unread failure in the console log",
        plural: "gaps or unread failures in the console log",
        decides: .unknown,
        check: "No message was dropped, and no failure stands where it can't be read.",
        rationale: "What was lost may have been a failure.",
        remediation: "Read the console log at that line; give the guest a larger log_buf_len.",
        sources: ["kernel/printk/printk.c", "Docs/Console.md"])
    static let notable = RuleDescription(
        "CON005", .warning, "a warning on the console outside of any test",
        plural: "warnings on the console outside of any test",
        check:
            "The console is read for warnings, mixed lines, and documents of results without a plan, outside of tests.",
        rationale: "The kernel itself says that something is not as it should be.",
        remediation: "Read the console log at that line.",
        sources: ["kernel/panic.c, __warn()"])

    static let descriptions = [grave, unexplained, doubtful, gap, notable]

    static func findings(in facts: RunFacts) -> [Finding] {
        let hasBaseline = facts.kernels.baseline != nil
        let outside = facts.boot.events.filter { $0.duringTest == nil || $0.kind == .lost || $0.kind == .prefix }
        return outside.map { event in
            let rule =
                switch event.kind {
                case .bug, .oops, .panic, .stall: grave
                case .lost, .prefix: gap
                case .warning, .plan, .interleaved: notable
                }
            return finding(
                rule, event, event.duringTest == nil ? "outside of any test" : "in the test \(event.duringTest ?? "")")
        }
            + facts.boot.unexplainedInTests(beside: facts.kernels.baseline?.boot).map {
                finding(hasBaseline ? unexplained : doubtful, $0, "in the test \($0.duringTest ?? "")")
            }
    }

    private static func finding(_ rule: RuleDescription, _ event: ConsoleEvent, _ place: String) -> Finding {
        rule.finding(
            "\(event.kind.rawValue) on the console \(place)", at: RunFacts.console(event.line, event.duringTest),
            found: event.text)
    }
}
