// SPDX-License-Identifier: Apache-2.0
internal import Records

extension RunRecord.Verdict {
    var words: (word: String, role: Style.Role) {
        switch self {
        case .passed: ("PASSED", .good)
        case .failed: ("FAILED", .bad)
        case .unknown: ("UNKNOWN", .caution)
        }
    }
}

extension Finding.Severity {
    var role: Style.Role {
        switch self {
        case .error: .bad
        case .warning: .caution
        case .note: .quiet
        }
    }
}

extension Finding {
    /// `TITLE; expected A; found B`
    var statement: String {
        title + (expected.map { "; expected \($0)" } ?? "") + (found.map { "; found \($0)" } ?? "")
    }
}

extension [Finding] {
    /// Errors, then warnings, then notes, each in the order in which they were made.
    var worstFirst: [Finding] {
        Finding.Severity.allCases.flatMap { severity in filter { $0.severity == severity } }
    }
}

extension TestOutcome {
    /// The worst first.
    var rank: Int { [.fail, .unknown, .skip, .pass].firstIndex(of: self) ?? 0 }

    var role: Style.Role? {
        switch self {
        case .fail: .bad
        case .unknown: .caution
        case .skip: .quiet
        case .pass: .good
        }
    }
}

extension TestCounts {
    var bar: Block {
        .bar(
            Bar(
                title: Quantities.counts(self),
                parts: [
                    .init(count: fail, role: .bad), .init(count: unknown, role: .caution),
                    .init(count: pass, role: .good),
                    .init(count: skip, role: .quiet),
                ]))
    }
}

extension [TestResult] {
    /// What a boot's tests came to; `none` where there were none.
    func section(
        _ counts: TestCounts, none: Span, waivers: [String: Waiver] = [:], @Parts<Block> _ more: () -> [Block] = { [] }
    ) -> Document.Section {
        let sum =
            "\(Quantities.counts(counts, waived: failures(acceptedBy: waivers))), in \(Quantities.count(count, "suite"))"
        return .init("Tests", isEmpty ? none : Span(sum, counts.worst.role)) {
            if !isEmpty {
                counts.bar
                Block.tests(TestTree(results: self, waivers: waivers))
            }
            more()
        }
    }
}

extension TestResult {
    /// The innermost results inside that failed or were not decided, failures first, named by their way from here (by
    /// nothing where it is this one); a stack of our own, since results nest to any depth.
    var undecided: [(path: String, result: TestResult)] {
        let leaves = leaves
        return [TestOutcome.fail, .unknown].flatMap { outcome in leaves.filter { $0.result.outcome == outcome } }
            .map { (String($0.path.dropFirst(name.count).drop { $0 == "/" }), $0.result) }
    }
}

extension Waiver {
    /// `until 2027-05-31 by Kernel team: A defect of …`
    var acceptance: String { "until \(expires) by \(owner): \(reason)" }
    var words: String { "accepted \(acceptance)" }

    /// A line each: `LAY010 vmlinux *: 559 findings accepted until 2027-05-31 by Kernel team: A defect of …`
    static func sums(of waivers: [Waiver?]) -> [String] {
        var counts: [Waiver?: Int] = [:]
        for waiver in waivers { counts[waiver, default: 0] += 1 }
        return waivers.compactMap { waiver in
            guard let count = counts.removeValue(forKey: waiver).map({ Quantities.count($0, "finding") }) else {
                return nil
            }
            return waiver.map { "\($0.rule) \($0.location): \(count) \($0.words)" }
                ?? "\(count) accepted by waivers that the record does not have"
        }
    }
}

extension GuestRun.Ending {
    var sentence: String {
        switch self {
        case .powerOff: "powered itself off after its last step"
        case .early: "ended before its last step"
        case .panic: "the kernel panicked"
        case .deadline: "ended at its deadline: nothing finished within the time allowed"
        case .flood: "ended: it printed more than the console's limit"
        }
    }

    var role: Style.Role { self == .powerOff ? .good : .bad }
}

extension ConsoleEvent {
    /// ` in the test NAME`, after its line; empty where there is none.
    var inTest: String { duringTest.map { " in the test \($0)" } ?? "" }
}

extension ConsoleEvent.Kind {
    var role: Style.Role {
        switch self {
        case .bug, .oops, .panic, .stall: .bad
        case .warning, .lost, .interleaved, .prefix, .plan: .caution
        }
    }
}

extension TestComparison.Verdict {
    var role: Style.Role {
        switch self {
        case .newFailure: .bad
        case .stillFailing, .flaky, .missing, .unknown: .caution
        case .fixed, .added, .passing: .good
        case .skipped: .quiet
        }
    }
}

extension Finding.Location {
    init?(_ file: String?, _ line: Int?) {
        guard let file else { return nil }
        self.init(file: file, line: line)
    }
}

extension SourceIdentity {
    /// `linux-source-7.3 7.3.4-1~bpo13+1 (Debian source package)`.
    var describing: String {
        switch kind {
        case .debianPackage:
            "\(package ?? request) \(packageVersion ?? "of unknown version") (Debian source package)"
        case .folder: "folder \(request)"
        case .tarball: "tarball \(request)"
        case .git: "git commit \(commit ?? "unknown") in \(request)"
        }
    }
}
