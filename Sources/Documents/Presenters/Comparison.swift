// SPDX-License-Identifier: Apache-2.0
internal import Records

extension TestComparison {
    /// Both kernels of a run side by side, and what the same tests came to.
    func section(_ baseline: RunRecord.Kernel, beside candidate: RunRecord.Kernel) -> Document.Section {
        let new = count(.newFailure)
        let role: Style.Role = new > 0 ? .bad : count(.unknown) + count(.missing) > 0 ? .caution : .good
        let sorted = TestComparison.Verdict.allCases.flatMap { verdict in
            changes.filter { $0.verdict == verdict }
        }
        return .init("Comparison", Span(sum, role)) {
            Block.table(
                ["", .named("GCC only"), .named("With Rust")],
                rows(baseline, candidate).map { $0.map { [Span($0)] } })
            if !changes.isEmpty {
                Block.table(
                    ["Verdict", "Test", .named("GCC only"), .named("With Rust")],
                    sorted.map { change in
                        [
                            [.tag(change.verdict.rawValue, change.verdict.role)], [.code(change.path)],
                            [Span(change.baseline?.rawValue ?? "not run")],
                            [Span(change.candidate?.rawValue ?? "not run")],
                        ]
                    }, leading: 1, isHeaded: false, most: 20, noun: "test")
            }
        }
    }

    private var sum: String {
        let counts = TestComparison.Verdict.allCases.compactMap { verdict -> String? in
            let count = self.count(verdict)
            guard count > 0 || verdict == .newFailure else { return nil }
            return "\(Quantities.number(count)) \(verdict.words(count))"
        }
        return
            (counts + [
                "\(Quantities.number(passedOnBoth)) passed on both",
                "\(Quantities.number(added)) passed that only Rust adds",
            ]).joined(separator: ", ")
    }

    private func rows(_ baseline: RunRecord.Kernel, _ candidate: RunRecord.Kernel) -> [[String]] {
        func row(_ label: String, _ value: (BuildFacts, GuestRun) -> String) -> [String] {
            [label, value(baseline.build, baseline.boot), value(candidate.build, candidate.boot)]
        }
        func size(of build: BuildFacts, _ isPart: (String) -> Bool) -> String {
            Quantities.size(build.artifacts.filter { isPart($0.path) }.reduce(0) { $0 + $1.size })
        }
        return [
            [
                "Options on", Quantities.number(baseline.configuration.enabled),
                Quantities.number(candidate.configuration.enabled),
            ],
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
}

extension [TestComparison.Change] {
    /// What is worth a look, the worst first, each with what was said of it.
    func table(_ reason: @escaping (TestComparison.Change) -> String?) -> Block? {
        let notable = filter(\.verdict.isWorthALook)
        // What is lost and passed before comes first of what is not decided.
        let sorted = TestComparison.Verdict.allCases.flatMap { verdict in
            notable.filter { $0.verdict == verdict && $0.isLostPass }
                + notable.filter { $0.verdict == verdict && !$0.isLostPass }
        }
        let grave = sorted.count { $0.verdict == .newFailure || $0.isLostPass }
        guard !sorted.isEmpty else { return nil }
        return .table(
            ["Verdict", "Test"],
            sorted.map { change in
                let isBad = change.verdict == .newFailure || change.isLostPass
                return [
                    [.tag(change.verdict.rawValue, isBad ? .bad : change.verdict.role)],
                    [Span("\(change.path): \(change.sides)", isBad ? .bad : nil)]
                        + (reason(change).map { [.quiet($0)] } ?? []),
                ]
            }, leading: 1, isHeaded: false, breaksLast: true, most: Swift.max(40, Swift.min(grave, 200)), noun: "test")
    }
}

extension TestComparison.Change {
    /// `baseline passed 3 of 3, candidate passed 1 of 3`.
    var sides: String {
        func side(_ name: String, _ outcome: TestOutcome?, _ runs: TestCounts?) -> String {
            guard let runs else { return "\(name) \(outcome?.rawValue ?? "did not run")" }
            guard runs.total > 0 else { return "\(name) did not run" }
            return "\(name) passed \(runs.pass) of \(runs.total)"
                + (runs.unknown > 0 ? " (\(runs.unknown) unknown)" : "")
                + (runs.skip > 0 ? " (\(runs.skip) skipped)" : "")
        }
        return side("baseline", baseline, baselineRuns) + ", " + side("candidate", candidate, candidateRuns)
    }
}
