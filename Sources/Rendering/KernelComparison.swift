// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The kernels of a run side by side, as words for every format.
struct KernelComparison {
    struct Row {
        let label: String
        let baseline: String
        let rust: String
    }

    let rows: [Row]
    /// How the tests of both compare, in one line.
    let sum: String
    let role: Style.Role
    /// New failures first.
    let changes: [TestComparison.Change]

    init(_ baseline: RunRecord.Baseline, beside record: RunRecord) {
        let tests = baseline.tests
        func row(_ label: String, _ value: (BuildFacts, GuestRun) -> String) -> Row {
            Row(
                label: label, baseline: value(baseline.build, baseline.boot),
                rust: value(record.build, record.boot))
        }
        func size(of build: BuildFacts, _ isPart: (String) -> Bool) -> String {
            let parts = build.artifacts.filter { isPart($0.path) }
            return Quantities.size(parts.reduce(0) { $0 + $1.size })
        }
        rows = [
            Row(
                label: "Options on", baseline: Quantities.number(baseline.configuration.enabled),
                rust: Quantities.number(record.configuration.enabled)),
            row("Build") { build, _ in Quantities.duration(build.seconds) },
            row("Kernel image") { build, _ in size(of: build) { $0.hasSuffix("/bzImage") } },
            row("vmlinux") { build, _ in size(of: build) { $0 == "vmlinux" } },
            row("Modules") { build, _ in
                let count = build.artifacts.count { $0.path.hasSuffix(".ko") }
                return count == 0 ? "none" : "\(count), \(size(of: build) { $0.hasSuffix(".ko") })"
            },
            row("Guest run") { _, boot in Quantities.duration(boot.seconds) },
            row("Ended with") { _, boot in boot.ending.rawValue },
            row("Tests") { _, boot in
                let counts = boot.counts
                return counts.total == 0
                    ? "none ran"
                    : "\(Quantities.number(counts.pass)) of \(Quantities.number(counts.total - counts.skip)) passed"
            },
        ]
        let counts =
            TestComparison.Verdict.allCases.compactMap { verdict -> String? in
                let count = tests.count(verdict)
                guard count > 0 || verdict == .newFailure else { return nil }
                return "\(Quantities.number(count)) \(verdict.words(count))"
            } + [
                "\(Quantities.number(tests.passedOnBoth)) passed on both",
                "\(Quantities.number(tests.added)) passed that only Rust adds",
            ]
        sum = counts.joined(separator: ", ")
        role =
            tests.count(.newFailure) > 0
            ? .bad : tests.count(.unknown) + tests.count(.missing) > 0 ? .caution : .good
        changes = TestComparison.Verdict.allCases.flatMap { verdict in
            tests.changes.filter { $0.verdict == verdict }
        }
    }
}

extension TestComparison.Verdict {
    /// After a number.
    fileprivate func words(_ count: Int) -> String {
        switch self {
        case .newFailure: count == 1 ? "new failure" : "new failures"
        case .stillFailing: "still failing"
        case .flaky: "flaky"
        case .fixed: "fixed"
        case .missing: "not run with Rust"
        case .unknown: "undecided"
        case .added: "added"
        case .passing: "passing"
        case .skipped: "skipped"
        }
    }

    var role: Style.Role {
        switch self {
        case .newFailure: .bad
        case .stillFailing, .flaky, .missing, .unknown: .caution
        case .fixed, .added, .passing: .good
        case .skipped: .quiet
        }
    }
}
