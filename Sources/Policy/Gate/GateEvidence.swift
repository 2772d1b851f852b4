// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records

/// What a log has of every run: verdicts of gates, and what people said of waivers.
package struct GateHistory: Sendable {
    let gates: [Dated<GateReport>]
    let waivers: [Ballot<WaiverStatement>]

    package init(gates: [Dated<GateReport>], waivers: [Dated<Signed<WaiverStatement>>]) {
        self.gates = gates
        self.waivers = waivers.map(Ballot.init)
    }

    /// Whether a gate was ever passed by the run of that entry, by whichever policy.
    package func hasPass(of run: Digest) -> Bool {
        gates.contains { $0.body.verdict == .pass && $0.body.runEntry.digest == run }
    }
}

/// What a gate decides by: a run, and what the log has beside it.
package struct GateEvidence: Sendable {
    package let run: Dated<RunRecord>
    /// Beside the run, in the order of the log.
    package private(set) var drills: [Dated<RollbackDrill>]
    package private(set) var rebuilds: [Dated<RebuildReport>]
    package private(set) var bundles: [Dated<BundleRecord>]
    /// Of every run: a stage's first pass counts for a line of kernels.
    package private(set) var gates: [Dated<GateReport>]
    package private(set) var waivers: [Ballot<WaiverStatement>]
    /// Of this run.
    package private(set) var approvals: [Ballot<ApprovalStatement>]
    /// Unstable flags that rustc was given, with the step that lists them; nil where the run has no list.
    package let unstableFlags: (flags: [String], entry: EntryReference)?
    /// Identifiers of patches of the tree that is given as upstream; nil where none is.
    package let upstream: Set<String>?

    package init(
        run: Dated<RunRecord>, drills: [Dated<RollbackDrill>] = [], rebuilds: [Dated<RebuildReport>] = [],
        bundles: [Dated<BundleRecord>] = [], gates: [Dated<GateReport>] = [],
        waivers: [Dated<Signed<WaiverStatement>>] = [], approvals: [Dated<Signed<ApprovalStatement>>] = [],
        unstableFlags: (flags: [String], entry: EntryReference)? = nil, upstream: Set<String>? = nil
    ) {
        self.init(
            run: run, drills: drills, rebuilds: rebuilds, bundles: bundles,
            history: GateHistory(gates: gates, waivers: waivers), approvals: approvals, unstableFlags: unstableFlags,
            upstream: upstream)
    }

    /// With what the log has of every run, which several runs share.
    package init(
        run: Dated<RunRecord>, drills: [Dated<RollbackDrill>], rebuilds: [Dated<RebuildReport>],
        bundles: [Dated<BundleRecord>], history: GateHistory, approvals: [Dated<Signed<ApprovalStatement>>],
        unstableFlags: (flags: [String], entry: EntryReference)?, upstream: Set<String>?
    ) {
        self.run = run
        self.drills = drills
        self.rebuilds = rebuilds
        self.bundles = bundles
        gates = history.gates
        waivers = history.waivers
        self.approvals = approvals.map(Ballot.init)
        self.unstableFlags = unstableFlags
        self.upstream = upstream
    }

    var record: RunRecord { run.body }

    /// What the run's recorded gates of a stage passed, each on the day as of which it was judged.
    package func passes(_ stage: String, by policy: Policy) -> [Dated<GateReport>] {
        passesOfAll(stage, policy).filter { $0.body.runEntry.digest == run.entry.digest }
    }

    /// The same of all kernels of the run's line.
    func passesOfLine(_ stage: String, by policy: Policy) -> [Dated<GateReport>] {
        passesOfAll(stage, policy).filter { SourceIdentity.line(of: $0.body.kernelVersion) == record.source.line }
    }

    /// The last pass by a policy whose verdicts do not count by this one, as words; empty for none.
    func otherPass(_ stage: String, than policy: Policy) -> (words: String, entries: [EntryReference]) {
        let other = gates.last {
            $0.body.stage == stage && $0.body.verdict == .pass && !policy.recognises($0.body.policy)
                && SourceIdentity.line(of: $0.body.kernelVersion) == record.source.line
        }
        guard let other else { return ("", []) }
        return (
            "; one of \(Day(other.time)) is by another policy, which `earlier-policies` does not name: \(other.body.policy)",
            [other.entry]
        )
    }

    private func passesOfAll(_ stage: String, _ policy: Policy) -> [Dated<GateReport>] {
        gates.filter {
            $0.body.stage == stage && $0.body.verdict == .pass && $0.body.asOf == Day($0.time)
                && policy.recognises($0.body.policy)
        }
    }

    /// Drills with both kernels of the run, whichever run they were made beside.
    var rehearsals: [Dated<RollbackDrill>] {
        let images = Dictionary(
            record.kernels.all.compactMap { kernel in kernel.build.bootImage.map { (kernel.role, $0.sha256) } }
        ) { first, _ in first }
        return drills.filter { drill in
            drill.body.kernels.count == 2 && drill.body.kernels.allSatisfy { images[$0.role] == $0.image.sha256 }
        }
    }

    /// What the run deviates in, where no policy says what is accepted.
    package var openDeviations: [Deviation] {
        let facts = DeviationFacts(run: record, unstableFlags: unstableFlags?.flags, upstream: upstream)
        return DeviationRule.findings(in: facts).map { finding in
            Deviation(
                fingerprint: Deviation.fingerprint(of: finding), finding: finding, entries: origins, waiver: nil,
                isAllowed: false)
        }
    }

    /// The run's entry, and that of its list of materials.
    var origins: [EntryReference] { [run.entry] + [unstableFlags?.entry].compactMap(\.self) }

    /// What had been recorded by the end of that day; nil where the run had not.
    func until(_ day: Day) -> GateEvidence? { before(day.end) }

    /// What had been recorded before that time; nil where the run had not.
    func before(_ end: Date) -> GateEvidence? {
        guard run.time < end else { return nil }
        var known = self
        known.drills.removeAll { $0.time >= end }
        known.rebuilds.removeAll { $0.time >= end }
        known.bundles.removeAll { $0.time >= end }
        known.gates.removeAll { $0.time >= end }
        known.waivers.removeAll { $0.time >= end }
        known.approvals.removeAll { $0.time >= end }
        return known
    }
}
