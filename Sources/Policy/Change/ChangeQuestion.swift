// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

/// What a change record is computed from: records, a policy, a day, and a mapping's requirements.
package struct ChangeQuestion: Sendable {
    package let policy: Policy
    package let stage: String
    package let evidence: GateEvidence
    package let asOf: Day
    package let plan: ChangeRecord.Plan?
    package let requirements: [ChangeRecord.Requirement]
    package let window: ChangeRecord.Window?
    package let head: LogHead?
    package let toolVersion: String

    package init(
        policy: Policy, stage: String, evidence: GateEvidence, asOf: Day, plan: ChangeRecord.Plan?,
        requirements: [ChangeRecord.Requirement], window: ChangeRecord.Window? = nil, head: LogHead?,
        toolVersion: String
    ) {
        self.policy = policy
        self.stage = stage
        self.evidence = evidence
        self.asOf = asOf
        self.plan = plan
        self.requirements = requirements
        self.window = window
        self.head = head
        self.toolVersion = toolVersion
    }

    /// Throws `Failure` with codes `gate.stage`, and `gate.day` where the run had not been recorded by that day.
    package func answer() throws -> ChangeRecord {
        let forecast = try StageForecast(
            evidence, policy: policy, stage: stage, isOneRun: true, asOf: asOf, toolVersion: toolVersion)
        let known = evidence.until(asOf) ?? evidence
        let gate = forecast.report
        let run = known.record
        let drill = known.rehearsals.last
        let isPassed = gate.verdict == .pass
        let facts = Facts(
            gate: gate, run: run, drill: drill?.body, plan: plan, flags: known.unstableFlags?.flags, head: head,
            window: window, validUntil: isPassed ? forecast.until : nil)
        let answers = ChangeRecord.Part.allCases.map(facts.answer)
        return ChangeRecord(
            toolVersion: toolVersion, gate: gate, purpose: purpose(known, askedBy: gate.requestedBy), window: window,
            validUntil: isPassed ? forecast.until : nil, passesFrom: isPassed ? nil : forecast.eligible,
            source: run.source, kernels: run.kernels.all.map(Self.kernel), machines: Self.machines(run, plan),
            patches: run.enablement?.series.patches ?? [], toolchain: run.toolchain,
            unstableFlags: known.unstableFlags?.flags, difference: run.difference,
            tests: Self.tests(run, accepted: facts.acceptedFailures),
            audit: run.audit.map { audit in
                ChangeRecord.Audit(
                    files: audit.files.count, findings: audit.findings.count { $0.severity != .note },
                    accepted: audit.accepted.count, isClean: audit.isClean)
            }, plan: plan, drill: drill?.body, drillEntry: drill?.entry, abort: facts.abort, head: head,
            entries: entries(known, gate, drill?.entry), answers: answers,
            rows: requirements.map { ChangeRecord.Row($0, answers) })
    }

    /// The note of the request that counts.
    private func purpose(_ known: GateEvidence, askedBy voice: WaiverStatus.Voice?) -> String? {
        known.approvals.first { $0.entry == voice?.entry }?.statement.note
    }

    private static func kernel(_ kernel: RunRecord.Kernel) -> ChangeRecord.Kernel {
        ChangeRecord.Kernel(
            role: kernel.role, release: kernel.build.release, image: kernel.build.bootImage?.sha256,
            buildID: kernel.build.buildID)
    }

    private static func machines(_ run: RunRecord, _ plan: ChangeRecord.Plan?) -> [ChangeRecord.Machine] {
        run.kernels.all.map { kernel in
            let boot = kernel.boot
            return ChangeRecord.Machine(
                purpose: kernel.role == .candidate ? "Tested on" : "Compared on",
                name: "\(boot.machine), \(boot.cpu), by \(boot.emulator) (\(boot.accelerator))")
        }
            + (plan.map { plan in
                [
                    ChangeRecord.Machine(
                        purpose: "Plan's disk", name: plan.device ?? "the one that the machine was started from")
                ]
            } ?? [])
    }

    private static func tests(_ run: RunRecord, accepted: Int) -> ChangeRecord.Tests {
        var changes: [String: Int] = [:]
        for change in run.comparison?.changes ?? [] { changes[change.verdict.rawValue, default: 0] += 1 }
        return ChangeRecord.Tests(
            candidate: run.boot.counts, baseline: run.baseline?.boot.counts, accepted: accepted,
            passedOnBoth: run.comparison?.passedOnBoth, changes: changes)
    }

    private func entries(_ known: GateEvidence, _ gate: GateReport, _ drill: EntryReference?) -> [EntryReference] {
        let all =
            gate.read
            + [known.run.entry, drill, plan?.entry, known.unstableFlags?.entry].compactMap(\.self)
        return Set(all).sorted { ($0.sequence, $0.digest.hexadecimal) < ($1.sequence, $1.digest.hexadecimal) }
    }
}
