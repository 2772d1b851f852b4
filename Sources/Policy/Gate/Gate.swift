// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

/// A stage of a policy, asked about a run. `pilot`, `gate`, `timeline` and pages all judge by it.
package struct Gate: Sendable {
    let policy: Policy
    let stage: Policy.Stage

    /// Throws `Failure` with code `gate.stage` where the policy has no such stage.
    package init(_ policy: Policy, stage name: String) throws {
        self.policy = policy
        guard let stage = policy.stage(name) else {
            throw Failure(
                "gate.stage", "the policy has no stage “\(name)”",
                advice: "its stages are " + policy.stages.map(\.name).joined(separator: ", "))
        }
        self.stage = stage
    }

    /// What the policy says as of the end of a day, of what had been recorded by then.
    ///
    /// Throws `Failure` with code `gate.day` where the run had not been recorded.
    package func judge(_ evidence: GateEvidence, asOf day: Day, toolVersion: String) throws -> GateReport {
        guard let evidence = evidence.until(day) else {
            throw Failure(
                "gate.day", "the run \(evidence.record.identifier) was not recorded by the end of \(day) UTC",
                advice: "name a later day with --as-of")
        }
        let judgement = Judgement(evidence, policy: policy, stage: stage, day: day)
        return GateReport(
            toolVersion: toolVersion, run: evidence.record.identifier, runEntry: evidence.run.entry,
            kernelVersion: evidence.record.source.version, release: evidence.record.build.release, stage: stage.name,
            asOf: day, policy: policy.digest, results: judgement.results, deviations: judgement.deviations,
            waivers: judgement.waivers, requestedBy: judgement.requestedBy, approvedBy: judgement.approvedBy)
    }
}

/// One judgement: what the rules look at.
struct Judgement {
    let evidence: GateEvidence
    let policy: Policy
    let stage: Policy.Stage
    let day: Day
    let facts: DeviationFacts
    /// Findings of the run and deviations, each with what accepts it.
    let deviations: [Deviation]
    /// With their uses in this run.
    let waivers: [WaiverStatus]
    let requestedBy: WaiverStatus.Voice?
    let approvedBy: [WaiverStatus.Voice]
    /// Approvals that do not count, and why.
    let discounted: [String]

    var run: RunRecord { evidence.record }

    init(_ evidence: GateEvidence, policy: Policy, stage: Policy.Stage, day: Day) {
        self.evidence = evidence
        self.policy = policy
        self.stage = stage
        self.day = day
        let lives = WaiverLives(evidence.waivers, policy: policy, asOf: day).all
        let run = evidence.record
        facts = DeviationFacts(
            run: run, unstableFlags: evidence.unstableFlags?.flags, upstream: evidence.upstream)
        let declared = Waivers(run.accepted.map(\.waiver), at: day.start)
        var uses: [String: Int] = [:]
        func deviation(_ finding: Finding, _ entries: [EntryReference], isAllowed: Bool) -> Deviation {
            var waiver: String?
            if stage.waivers != .none, !stage.unwaivable.contains(where: finding.rule.hasPrefix) {
                waiver = lives.first { $0.holds && $0.accepts(finding, in: run) }?.identifier
                if let waiver { uses[waiver, default: 0] += 1 }
                if waiver == nil, stage.waivers == .file, !declared.applied(to: [finding]).accepted.isEmpty {
                    waiver = "file"
                }
            }
            return Deviation(
                fingerprint: Deviation.fingerprint(of: finding), finding: finding, entries: entries, waiver: waiver,
                isAllowed: isAllowed)
        }
        let own = (run.findings + run.accepted.map(\.finding)).filter { $0.severity != .note }
        let found = DeviationRule.findings(in: facts)
        deviations =
            own.map { deviation($0, [evidence.run.entry], isAllowed: false) }
            + found.map { finding in
                deviation(finding, evidence.origins, isAllowed: stage.allowed.contains(where: finding.rule.hasPrefix))
            }
        waivers = lives.map { $0.used(uses[$0.identifier] ?? 0, widest: policy.waivers.widest) }
        (requestedBy, approvedBy, discounted) = Self.votes(evidence, policy, stage)
    }

    private static func votes(
        _ evidence: GateEvidence, _ policy: Policy, _ stage: Policy.Stage
    ) -> (WaiverStatus.Voice?, [WaiverStatus.Voice], [String]) {
        let ballots = Ballots(policy)
        var askers: [WaiverStatus.Voice] = []
        var approvals: [WaiverStatus.Voice] = []
        var notes: [String] = []
        for event in evidence.approvals {
            let statement = event.statement
            guard statement.stage == stage.name, statement.entry == evidence.run.entry.digest else { continue }
            if let fault = event.fault {
                notes.append("entry \(event.entry.sequence) does not count: \(fault)")
                continue
            }
            let voice = ballots.voice(event)
            switch statement.event {
            case .request:
                if let fault = ballots.fault(ofRequestBy: voice.key) {
                    notes.append("entry \(event.entry.sequence) does not count: \(fault)")
                } else {
                    askers.append(voice)
                }
            case .withdraw: approvals.removeAll { Ballots.isSame($0, voice) }
            case .approve:
                // Somebody who approved by another policy approved other conditions.
                if policy.recognises(statement.policy) {
                    approvals.append(voice)
                } else {
                    notes.append("entry \(event.entry.sequence) approves by another policy, \(statement.policy)")
                }
            }
        }
        guard let asker = askers.last else { return (nil, [], notes) }
        // Whoever requested it at any time does not approve it.
        let (counted, more) = ballots.counted(approvals, askedBy: askers)
        return (asker, counted, notes + more)
    }

    /// In the order of the rules; what the stage does not ask for is not there.
    var results: [GateReport.Result] {
        let needs = Set(stage.evidence)
        return [
            ranWell, stage.ages.run.map { age(GateRule.age, evidence.run, $0, "the run") },
            stage.suites.isEmpty ? nil : suites, compiler,
            needs.contains(.comparison) ? comparison : nil, needs.contains(.notes) ? notes : nil,
            needs.contains(.drill) ? drill : nil, needs.contains(.rebuild) ? rebuild : nil,
            needs.contains(.bundle) ? bundle : nil, stage.after.map(passed), stage.validation.map(validated),
            deviating, width, stage.approvals > 0 ? approvals : nil,
        ].compactMap(\.self)
    }

    func result(
        _ rule: RuleDescription, _ state: GateReport.State, _ reason: String, _ entries: [EntryReference],
        from day: Day? = nil
    ) -> GateReport.Result {
        GateReport.Result(
            rule: rule.identifier, title: rule.title, state: state, reason: reason, entries: entries, passesFrom: day)
    }
}
