// SPDX-License-Identifier: Apache-2.0
internal import Records

/// GAT: what a stage of the policy asks of a run.
enum GateRule {
    static let run = RuleDescription(
        "GAT001", .error, "the run has no finding that nobody accepts",
        check:
            "Each finding of the run that fails it or leaves it undecided is accepted by a waiver that counts at the stage.",
        rationale: "A kernel that failed its own checks is not a candidate.",
        remediation: "Correct the cause, or request a waiver: `bessemer waiver request`.",
        sources: ["Docs/Policy.md"])
    static let age = RuleDescription(
        "GAT002", .error, "the run is recent enough",
        check: "The run was recorded within the days that `ages.run` allows.",
        rationale: "What was shown once may not hold for today's toolchain and machines.",
        remediation: "Run the pilot again.",
        sources: ["Docs/Policy.md"])
    static let suites = RuleDescription(
        "GAT003", .error, "the test suites are there and pass",
        check:
            "Each pattern of `suites` matches a suite of the kernel with Rust, and every suite that it matches passes.",
        rationale: "A suite that did not run has proven nothing.",
        remediation: "Run the pilot with the tests' options.",
        sources: ["Docs/Policy.md"])
    static let compiler = RuleDescription(
        "GAT004", .error, "the compiler is allowed",
        check:
            "How the Rust compiler came to accept unstable flags is one of `compilers`; a nightly one is of a day in `nightlies`.",
        rationale: "Stages differ in what they let a compiler do.",
        remediation: "Use another compiler, or change the policy.",
        sources: ["Docs/Policy.md"])
    static let comparison = RuleDescription(
        "GAT005", .error, "no test is worse than without Rust",
        check:
            "The kernel without Rust ran the same tests, and none that passes there fails or is lost with Rust, but for those "
            + "that a waiver accepts.",
        rationale: "Only a comparison shows what Rust changed.",
        remediation: "Run the pilot with its baseline.",
        sources: ["Docs/Policy.md"])
    static let notes = RuleDescription(
        "GAT006", .error, "the kernel that ran is the one that was built",
        check: "The notes that the running kernel shows have the SHA-256 of those in vmlinux.",
        rationale: "A test of another kernel says nothing of this one.",
        remediation: "Run the pilot again.",
        sources: ["Docs/Policy.md"])
    static let drill = RuleDescription(
        "GAT007", .error, "the rollback was rehearsed",
        check: "The newest drill with both kernels of the run passed, within the days that `ages.drill` allows.",
        rationale: "A rollback that nobody tried may not work.",
        remediation: "`bessemer rollback drill`",
        sources: ["Docs/Policy.md"])
    static let rebuild = RuleDescription(
        "GAT008", .error, "a second build has the same bytes",
        check: "The newest second build of the run's kernels is equal, within the days that `ages.rebuild` allows.",
        rationale: "A kernel that can't be built again can't be traced to its source.",
        remediation: "`bessemer build --twice RUN`",
        sources: ["Docs/Policy.md"])
    static let bundle = RuleDescription(
        "GAT009", .error, "a signed bundle was made",
        check: "A bundle of the run's evidence was made and signed.",
        rationale: "Evidence that only this machine has is lost with it.",
        remediation: "`bessemer evidence bundle RUN --output RUN.tar.zst`",
        sources: ["Docs/Policy.md"])
    static let stage = RuleDescription(
        "GAT010", .error, "the stage before was passed",
        check: "The run passed the gate of the stage that `after` names.",
        rationale: "Stages are gone through in their order.",
        remediation: "Pass the stage before: `bessemer gate RUN --stage NAME`.",
        sources: ["Docs/Policy.md"])
    static let validation = RuleDescription(
        "GAT011", .error, "the time of validation is over",
        check:
            "The months of `validation` have passed since a kernel of the same line first passed the stage that it names.",
        rationale: "Some faults show with time alone.",
        remediation: "Wait; `bessemer timeline` has the day.",
        sources: ["Docs/Policy.md"])
    static let deviations = RuleDescription(
        "GAT012", .error, "every deviation is allowed or accepted",
        check: "Each deviation is of a rule in `allowed`, or a waiver that counts at the stage accepts it.",
        rationale: "What deviates has to be somebody's decision.",
        remediation: "`bessemer waiver request`",
        sources: ["Docs/Policy.md"])
    static let waivers = RuleDescription(
        "GAT013", .error, "no waiver is too wide",
        check: "No waiver accepts more findings of the run than `waivers.widest` lets it.",
        rationale: "A waiver for everything is a decision about nothing.",
        remediation: "Request waivers with narrower scopes.",
        sources: ["Docs/Policy.md"])
    static let approvals = RuleDescription(
        "GAT014", .error, "enough people approved",
        check: "Somebody requested the stage for the run, and as many others as `approvals` says approved it.",
        rationale: "Who asks does not decide.",
        remediation: "`bessemer approve RUN --stage STAGE --request`; others approve it without `--request`",
        sources: ["Docs/Policy.md"])

    static let descriptions = [
        run, age, suites, compiler, comparison, notes, drill, rebuild, bundle, stage, validation, deviations, waivers,
        approvals,
    ]
}
