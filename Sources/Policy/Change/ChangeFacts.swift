// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Records

extension ChangeQuestion {
    /// What each part of the record can show.
    struct Facts {
        let gate: GateReport
        let run: RunRecord
        let drill: RollbackDrill?
        let plan: ChangeRecord.Plan?
        let flags: [String]?
        let head: LogHead?
        let window: ChangeRecord.Window?
        /// The last day on which the gate passes where nothing else happens; nil where it has no end, or refuses.
        let validUntil: Day?
    }
}

extension ChangeQuestion.Facts {
    func answer(_ part: ChangeRecord.Part) -> ChangeRecord.Answer {
        let (isShown, reason) = judge(part)
        return ChangeRecord.Answer(part, isShown: isShown, reason)
    }

    private func judge(_ part: ChangeRecord.Part) -> (Bool, String) {
        switch part {
        case .scope: (true, "Linux \(run.source.version), run \(run.identifier), stage \(gate.stage)")
        case .validity: validity
        case .source:
            flags == nil
                ? (false, "the run has no list of the compiler's flags")
                : (true, "source, patches, tools and flags are recorded with their SHA-256")
        case .configuration: configuration
        case .tests: tests
        case .comparison: comparison
        case .audit: audit
        case .deviations: deviations
        case .emergency: emergency
        case .implementation: plan.map { ($0.implementation.isEmpty, $0.implementation.count) }.map(commands) ?? noPlan
        case .backOut: plan.map { ($0.backOut.isEmpty, $0.backOut.count) }.map(commands) ?? noPlan
        case .drill: rehearsal
        case .abort:
            plan == nil
                ? (false, "there are criteria, and no rollback plan that says what to do then")
                : (true, "\(abort.count) criteria, and the plan's commands")
        case .request:
            gate.requestedBy.map { (true, "requested in entry \($0.entry.sequence)") }
                ?? (false, "nobody requested \(gate.stage) for this run")
        case .approval: approval
        case .gate:
            gate.verdict == .pass
                ? (true, "each of \(gate.results.count) rules passes")
                : (false, "\(gate.failing.count) of \(gate.results.count) rules refuse it")
        case .evidence:
            head.map { (true, "the head of the log covers \($0.size) entries") } ?? (false, "the log has no head")
        }
    }

    private var validity: (Bool, String) {
        guard gate.verdict == .pass else { return (false, "the gate refuses, so there is no day") }
        let days = "from \(gate.asOf)" + (validUntil.map { " to \($0)" } ?? "")
        let isEarly = window?.start.map { $0 < gate.asOf.start } == true
        let isLate = [window?.start, window?.end].contains { time in
            time.flatMap { time in validUntil.map { time > $0.end } } == true
        }
        return isEarly || isLate
            ? (false, "the change's times are not in the days on which the gate passes, \(days)")
            : (true, "the gate passes \(days)")
    }

    private var noPlan: (Bool, String) { (false, "no rollback plan of these kernels is recorded or given") }

    private func commands(_ isEmpty: Bool, _ count: Int) -> (Bool, String) {
        isEmpty
            ? (false, "the plan has no commands that can be read") : (true, "\(count) commands of the rollback plan")
    }

    private var configuration: (Bool, String) {
        guard let difference = run.difference else {
            return (false, "the run has no comparison of configurations")
        }
        return (
            true,
            "\(difference.changes.count) options differ, \(difference.securityLosses.count) of them lost with a meaning for "
                + "security"
        )
    }

    private var tests: (Bool, String) {
        let counts = run.boot.counts
        let open = counts.fail - acceptedFailures
        let text = "\(counts.pass) passed, \(counts.fail) failed, \(counts.unknown) unknown"
        let isWhole = counts.pass > 0 && open <= 0 && counts.unknown == 0 && run.boot.ending == .powerOff
        return (isWhole && run.unexplainedEvents.isEmpty, text)
    }

    /// Failed tests of which a waiver that counts at the stage accepts a finding.
    var acceptedFailures: Int {
        let accepted = gate.deviations.acceptedTests
        return run.boot.tests.flatMap(\.leaves).count { $0.result.outcome == .fail && accepted.contains($0.path) }
    }

    private var comparison: (Bool, String) {
        guard let comparison = run.comparison else { return (false, "there is no kernel without Rust beside") }
        let worse = comparison.changes.filter(\.isWorse)
        let accepted = gate.deviations.acceptedTests
        let open = worse.count { !accepted.contains($0.path) }
        return (
            open == 0 && comparison.passedOnBoth > 0,
            "\(comparison.passedOnBoth) passed on both, \(worse.count) are worse, \(open) of these accepted by nobody"
        )
    }

    private var audit: (Bool, String) {
        guard let audit = run.audit else { return (false, "the run has no audit") }
        return (audit.isClean, "\(audit.files.count) files, \(audit.findings.count { $0.severity != .note }) findings")
    }

    private var deviations: (Bool, String) {
        let open = gate.deviations.filter(\.isOpen)
        return (open.isEmpty, "\(gate.deviations.count) deviations, \(open.count) neither allowed nor accepted")
    }

    private var emergency: (Bool, String) {
        let used = Set(gate.deviations.compactMap(\.waiver))
        let emergencies = gate.waivers.filter { $0.terms.emergency && used.contains($0.identifier) }
        guard !emergencies.isEmpty else { return (true, "no emergency waiver is used") }
        let open = emergencies.filter { $0.missing > 0 }
        return (open.isEmpty, "\(emergencies.count) emergency waivers, \(open.count) not approved yet")
    }

    private var rehearsal: (Bool, String) {
        guard let drill else { return (false, "no drill with these kernels is recorded") }
        return (drill.verdict == .pass, "\(drill.count(.pass)) of \(drill.steps.count) steps passed")
    }

    private var approval: (Bool, String) {
        guard !gate.approvedBy.isEmpty else { return (false, "nobody but the one who requested it approved") }
        let rule = gate.results.first { $0.rule == GateRule.approvals.identifier }
        return (rule.map { $0.state == .pass } ?? true, "\(gate.approvedBy.count) approved, by keys of others")
    }

    /// What the plan's own notes do not say.
    var abort: [String] {
        let candidate = run.kernels.candidate
        let kinds = ConsoleEvent.grave.map { $0.rawValue }.joined(separator: ", ")
        return [
            "Not begun where the gate refuses on that day: `bessemer gate \(run.identifier) --stage \(gate.stage)`.",
            candidate.build.buildID.map {
                "Taken back where the kernel that was started shows another build ID than \($0) in /sys/kernel/notes."
            },
            "Taken back where the console shows one of: \(kinds).",
            run.boot.counts.pass > 0
                ? "Taken back where one of the \(run.boot.counts.pass) tests that passed in the run fails on the machine."
                : nil,
            "Taken back where the window ends before the kernel with Rust has come up.",
        ].compactMap(\.self)
    }
}
