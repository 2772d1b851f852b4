// SPDX-License-Identifier: Apache-2.0
internal import Audit
internal import Evidence
internal import Foundation
internal import Guest
internal import Host
internal import KernelTree
internal import Records

/// What the facts of a run come to: findings, and a verdict with its reasons.
struct Assessment {
    private(set) var findings: [Finding] = []
    private(set) var waived: [Waiver] = []
    let verdict: RunRecord.Verdict
    let reasons: [String]

    init(
        status: TreeStatus, configuration: ConfigurationFacts, build: BuildFacts, audit: AuditReport, boot: GuestRun,
        baseline: RunRecord.Baseline?, selfTestProblem: String? = nil, drift: [String], waivers: [Waiver],
        at time: Date
    ) {
        var failures: [String] = []
        var doubts: [String] = []

        findings += status.pieces.filter { $0.state != .present }.map(Self.finding(piece:))
        findings += configuration.unmet.filter(\.required).map(Self.finding(unmet:))
        if let count = Self.count(
            configuration.unmet.filter(\.required).count, "option that was required did not stick",
            "options that were required did not stick")
        {
            failures.append(count)
        }
        findings += build.leakedPaths.map(Self.finding(leak:))
        if let count = Self.count(
            build.leakedPaths.count, "path of this machine is in an artifact", "paths of this machine are in artifacts")
        {
            failures.append(count)
        }
        let wrong = audit.findings.filter { $0.severity != .note }
        findings += wrong
        if let count = Self.count(
            wrong.count { $0.severity == .error }, "error in the audit of the built files",
            "errors in the audit of the built files")
        {
            failures.append(count)
        }
        for file in audit.files {
            if let error = file.error { doubts.append("\(file.name) could not be audited: \(error)") }
            for outcome in file.outcomes where outcome.state == .unknown {
                doubts.append("\(outcome.family) is undecided for \(file.name): \(outcome.reason ?? "")")
            }
        }
        for (name, built, ran) in [("", build, Optional(boot)), ("baseline ", baseline?.build, baseline?.boot)] {
            guard let built, let ran else { continue }
            guard let expected = built.notesSHA256, let found = ran.notesSHA256 else {
                doubts.append("whether the \(name)kernel that ran is the vmlinux that was built is not known: no notes")
                continue
            }
            guard expected != found else { continue }
            findings.append(Self.finding(kernel: name, expected, found))
            failures.append("the \(name)kernel that ran is not the vmlinux that was built")
        }
        if !drift.isEmpty { findings.append(Self.finding(drift: drift)) }

        let leaves = boot.tests.flatMap(\.leaves)
        let failed = leaves.filter { $0.result.outcome == .fail }
        let inForce = Dictionary(waivers.filter { $0.holds(at: time) }.map { ($0.test, $0) }) { first, _ in first }
        let failedBefore = Set(
            (baseline?.tests.changes ?? []).filter { $0.verdict == .stillFailing }.map(\.path))
        let unwaived = failed.filter { inForce[$0.path] == nil && !failedBefore.contains($0.path) }
        let old = failed.count { inForce[$0.path] == nil && failedBefore.contains($0.path) }
        waived = failed.compactMap { inForce[$0.path] }
        for waiver in waivers where !waived.contains(waiver) {
            findings.append(
                Self.finding(
                    idle: waiver, inForce: waiver.holds(at: time), ran: leaves.contains { $0.path == waiver.test }))
        }
        findings += failed.map {
            Self.finding(
                test: $0.path, $0.result, waiver: inForce[$0.path], failedBefore: failedBefore.contains($0.path))
        }
        let failing = baseline == nil ? ("test failed", "tests failed") : ("new failure", "new failures")
        if let count = Self.count(unwaived.count, failing.0, failing.1) { failures.append(count) }
        let unknown = leaves.filter { $0.result.outcome == .unknown }
        findings += unknown.map { Self.finding(test: $0.path, $0.result, waiver: nil, failedBefore: false) }
        if let count = Self.count(unknown.count, "test is undecided", "tests are undecided") { doubts.append(count) }
        if leaves.isEmpty { doubts.append("no test ran") }
        if let selfTestProblem {
            findings.append(Self.finding(selfTest: selfTestProblem))
            doubts.append("the self-test module could not be built")
        }

        if boot.ending != .powerOff {
            failures.append("the guest did not come to its end: \(boot.ending.rawValue); \(boot.reached)")
        }
        for module in boot.modules where !(module.loaded && module.unloaded) {
            failures.append("module \(module.name) was \(module.loaded ? "loaded but not unloaded" : "not loaded")")
        }
        findings += boot.events.compactMap(Self.finding(event:))
        let fatal = boot.events.filter(\.isFatal)
        if let count = Self.count(
            fatal.count, "BUG, Oops, panic or stall outside of any test",
            "BUGs, Oopses, panics or stalls outside of any test")
        {
            failures.append(count)
        }
        let unexplained = boot.unexplainedInTests(beside: baseline?.boot)
        findings += unexplained.map { Self.finding(unexplained: $0, isNew: baseline != nil) }
        if let count = Self.count(
            unexplained.count, "BUG, Oops, panic or stall in a test that does not say that it provokes one",
            "BUGs, Oopses, panics or stalls in tests that do not say that they provoke them")
        {
            if baseline == nil { doubts.append(count) } else { failures.append(count + ", and not without Rust") }
        }
        let lost = boot.events.filter { $0.kind == .lost || $0.kind == .prefix }
        if let count = Self.count(
            lost.count, "gap or unread failure in the console log", "gaps or unread failures in the console log")
        {
            doubts.append(count)
        }

        if let baseline {
            findings += baseline.tests.changes.filter { $0.verdict == .missing }.map(Self.finding(missing:))
            if baseline.boot.ending != .powerOff {
                doubts.append(
                    "the baseline's guest did not come to its end (\(baseline.boot.ending.rawValue)), so what failed "
                        + "before is not known; \(baseline.boot.reached)")
            }
        }

        verdict = !failures.isEmpty ? .failed : !doubts.isEmpty ? .unknown : .passed
        var summary = failures + doubts
        if summary.isEmpty {
            summary = [
                (baseline == nil ? "built, booted," : "built and booted with and without Rust,")
                    + " and every test that ran was decided"
            ]
        }
        if let count = Self.count(old, "test fails without Rust, too", "tests fail without Rust, too") {
            summary.append(count)
        }
        if let count = Self.count(waived.count, "failure is waived", "failures are waived") { summary.append(count) }
        reasons = summary
    }

    private static func count(_ number: Int, _ one: String, _ many: String) -> String? {
        number == 0 ? nil : number == 1 ? "1 \(one)" : "\(number) \(many)"
    }
}

// MARK: - Findings

extension Assessment {
    private static func finding(piece: TreePiece) -> Finding {
        Finding(
            rule: "TREE001", severity: .warning, title: "\(piece.title): \(piece.state.rawValue)",
            place: piece.evidence.first.map { .init(file: $0.file, line: $0.line) }, found: piece.note,
            why:
                "A piece of s390 Rust support that is missing shows as a build error at best, and as a kernel that can't be unwound or patched at worst.",
            mend: "Use a tree that has it (7.2 and later do); `bessemer tree status` tells for each tree.")
    }

    private static func finding(unmet: ConfigurationFacts.Unmet) -> Finding {
        Finding(
            rule: "CFG001", severity: .error, title: "\(unmet.option)=\(unmet.asked) was asked for and did not stick",
            place: unmet.file.map { .init(file: $0, line: unmet.line) }, expected: unmet.asked, found: unmet.got,
            why: unmet.reason, mend: "Add what it depends on to a fragment, or take the option out.")
    }

    private static func finding(kernel name: String, _ expected: Digest, _ found: Digest) -> Finding {
        Finding(
            rule: "KRN001", severity: .error, title: "the \(name)kernel that ran is not the vmlinux that was built",
            place: .init(file: "arch/s390/boot/bzImage"), expected: "notes with SHA-256 \(expected)",
            found: "notes with SHA-256 \(found) at /sys/kernel/notes",
            why: "What was read from vmlinux says nothing of another kernel.",
            mend: "Find out what made bzImage: kbuild makes it of vmlinux alone.")
    }

    private static func finding(leak: String) -> Finding {
        Finding(
            rule: "BLD001", severity: .error, title: "a path of this machine is in an artifact", expected: "none",
            found: leak,
            why: "The same source does not give the same bytes elsewhere, and the artifact tells where it was made.",
            mend: "Find what wrote it (grep the object folder), and report it: builds see fixed mount points only.")
    }

    private static func finding(drift: [String]) -> Finding {
        Finding(
            rule: "SBX001", severity: .warning, title: "the sandbox is not the one that the lock pins",
            expected: "the locked versions",
            found: drift.prefix(8).joined(separator: "; ") + (drift.count > 8 ? "; …" : ""),
            why: "The mirror no longer has some locked versions, so another toolchain made this kernel.",
            mend: "Write a new lock (`bessemer sandbox lock --output FILE`), or use a mirror that keeps old versions.")
    }

    private static func finding(
        test: String, _ result: TestResult, waiver: Waiver?, failedBefore: Bool
    ) -> Finding {
        Finding(
            rule: result.outcome == .fail ? "TST001" : "TST002",
            severity: waiver != nil ? .note : failedBefore ? .warning : .error,
            title: "\(test): \(result.outcome.rawValue)" + (failedBefore ? " without Rust, too" : "")
                + (waiver.map { ", waived until \($0.expires)" } ?? ""),
            place: result.line.map { .init(file: "console.log", line: $0) }, expected: "pass",
            found: result.diagnostics.suffix(4).joined(separator: "\n"),
            why: waiver.map { "\($0.reason) (accepted by \($0.owner))" }
                ?? (result.outcome == .fail
                    ? "A test that fails on this machine may be a defect of the kernel, of the compiler, or of the test."
                    : "A test without a clear result line proves nothing."),
            mend: "Read the console log at that line; mend the cause, or waive it with an owner and a day (--waivers).")
    }

    private static func finding(selfTest problem: String) -> Finding {
        Finding(
            rule: "SLF001", severity: .warning, title: "the self-test module could not be built", expected: "a module",
            found: String(problem.suffix(2000)),
            why: "Whether Rust's warnings, static branches and stack frames work in this kernel is not shown.",
            mend: "Build with modules, KALLSYMS, STACKTRACE and JUMP_LABEL, or leave it out: --no-self-test.")
    }

    private static func finding(missing change: TestComparison.Change) -> Finding {
        Finding(
            rule: "TST003", severity: .warning,
            title: "\(change.path): \(change.candidate?.rawValue ?? "not run") with Rust",
            expected: change.baseline?.rawValue, found: change.candidate?.rawValue ?? "no result",
            why: "The kernel without Rust ran this test; what it covers is not shown for the kernel with Rust.",
            mend: "Compare the two configurations: `bessemer config explain` says why an option was lost.")
    }

    private static func finding(idle waiver: Waiver, inForce: Bool, ran: Bool) -> Finding {
        Finding(
            rule: "WVR001", severity: inForce ? .note : .warning,
            title: inForce
                ? "the waiver for \(waiver.test) is not needed" : "the waiver for \(waiver.test) has expired",
            found: !inForce
                ? "it held until \(waiver.expires)" : ran ? "the test no longer fails" : "the test did not run",
            why: "A waiver that is not needed hides the day on which the failure comes back.",
            mend: "Take it out of the waivers file, or renew it.")
    }

    private static func finding(unexplained event: ConsoleEvent, isNew: Bool) -> Finding {
        Finding(
            rule: "CON001", severity: isNew ? .error : .warning,
            title: "\(event.kind.rawValue) on the console in the test \(event.duringTest ?? "")",
            place: .init(file: "console.log", line: event.line), found: event.text,
            why: isNew
                ? "The test does not say that it provokes this, and the kernel without Rust does not say it in the test."
                : "The test does not say that it provokes this, and there is no kernel without Rust to compare with.",
            mend: "Read the console log at that line.")
    }

    private static func finding(event: ConsoleEvent) -> Finding? {
        // Of what is said in tests, `finding(unexplained:isNew:)` speaks.
        guard event.duringTest == nil else { return nil }
        let severity: Finding.Severity =
            switch event.kind {
            case .bug, .oops, .panic, .stall: .error
            case .warning, .lost, .prefix, .plan: .warning
            case .interleaved: .note
            }
        return Finding(
            rule: "CON001", severity: severity, title: "\(event.kind.rawValue) on the console outside of any test",
            place: .init(file: "console.log", line: event.line), found: event.text,
            why: "The kernel itself says that something is wrong, or the console lost what it said.",
            mend: "Read the console log at that line.")
    }
}
