// SPDX-License-Identifier: Apache-2.0
internal import Records

/// GAT: what a stage of the policy asks of a run.
enum GateRule {
    private static func rule(
        _ number: Int, _ title: String, _ check: String, _ rationale: String, _ remediation: String
    ) -> RuleDescription {
        RuleDescription(
            "GAT" + (number < 10 ? "00\(number)" : "0\(number)"), .error, title, check: check, rationale: rationale,
            remediation: remediation, sources: ["Docs/Policy.md"])
    }

    static let run = rule(
        1, "the run has no finding that nobody accepts",
        "Each finding of the run that fails it or leaves it undecided is accepted by a waiver that counts at the stage.",
        "A kernel that failed its own checks is not a candidate.",
        "Correct the cause, or request a waiver: `bessemer waiver request`.")
    static let age = rule(
        2, "the run is recent enough", "The run was recorded within the days that `ages.run` allows.",
        "What was shown once may not hold for today's toolchain and machines.", "Run the pilot again.")
    static let suites = rule(
        3, "the test suites are there and pass",
        "Each pattern of `suites` matches a suite of the kernel with Rust, and every suite that it matches passes.",
        "A suite that did not run has proven nothing.", "Run the pilot with the tests' options.")
    static let compiler = rule(
        4, "the compiler is allowed",
        "How the Rust compiler came to accept unstable flags is one of `compilers`; a nightly one is of a day in `nightlies`.",
        "Stages differ in what they let a compiler do.", "Use another compiler, or change the policy.")
    static let comparison = rule(
        5, "no test is worse than without Rust",
        "The kernel without Rust ran the same tests, and none that passes there fails or is lost with Rust, but for those "
            + "that a waiver accepts.",
        "Only a comparison tells what Rust changed.", "Run the pilot with its baseline.")
    static let notes = rule(
        6, "the kernel that ran is the one that was built",
        "The notes that the running kernel shows have the SHA-256 of those in vmlinux.",
        "A test of another kernel says nothing of this one.", "Run the pilot again.")
    static let drill = rule(
        7, "the way back was rehearsed",
        "The newest drill with both kernels of the run passed, within the days that `ages.drill` allows.",
        "A way back that nobody tried may not be there.", "`bessemer rollback drill`")
    static let rebuild = rule(
        8, "a second build has the same bytes",
        "The newest second build of the run's kernels is equal, within the days that `ages.rebuild` allows.",
        "A kernel that can't be built again can't be traced to its source.", "`bessemer build --twice RUN`")
    static let bundle = rule(
        9, "a signed bundle was made", "A bundle of the run's evidence was made and signed.",
        "Evidence that only this machine has is lost with it.", "`bessemer evidence bundle RUN`")
    static let stage = rule(
        10, "the stage before was passed", "The run passed the gate of the stage that `after` names.",
        "Stages are gone through in their order.", "`bessemer gate RUN --stage STAGE`")
    static let validation = rule(
        11, "the time of validation is over",
        "The months of `validation` have passed since a kernel of the same line first passed the stage that it names.",
        "Some faults show with time alone.", "Wait; `bessemer timeline` has the day.")
    static let deviations = rule(
        12, "every deviation is allowed or accepted",
        "Each deviation is of a rule in `allowed`, or a waiver that counts at the stage accepts it.",
        "What deviates has to be somebody's decision.", "`bessemer waiver request`")
    static let waivers = rule(
        13, "no waiver is too wide", "No waiver accepts more findings of the run than `waivers.widest` lets it.",
        "A waiver for everything is a decision about nothing.", "Request waivers with narrower scopes.")
    static let approvals = rule(
        14, "enough people approved",
        "Somebody requested the stage for the run, and as many others as `approvals` says approved it.",
        "Who asks does not decide.", "`bessemer approve RUN --stage STAGE`")

    static let descriptions = [
        run, age, suites, compiler, comparison, notes, drill, rebuild, bundle, stage, validation, deviations, waivers,
        approvals,
    ]
}
