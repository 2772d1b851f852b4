// SPDX-License-Identifier: Apache-2.0
internal import CMDB
package import Evidence
package import Foundation
package import Host
internal import Machines
internal import Policy
package import Records

/// Machines of a log, with the runs whose kernels they run.
package struct KnownMachines: Sendable {
    package let standings: [MachineStanding]
    /// By which their runs were judged; nil for none.
    package let policy: Digest?
    /// Each kernel that a machine was ever seen to run.
    let seen: [SeenKernel]
    let runs: [JudgedRun]

    /// Without a policy no stage is judged. A machine that was not seen for more than `days` is lost. With `forAll` a run that
    /// passed no stage is judged by the first one.
    ///
    /// Throws as `EvidenceStore.find` does.
    package init(
        in store: some EvidenceArchive, policy: Policy?, at now: Date, today: Day, lostAfter days: Int,
        toolVersion: String, judging forAll: Bool = false
    ) async throws {
        self.policy = policy?.digest
        let looks = try await store.all(MachineLook.self)
        var kernels: [Digest: SeenKernel] = [:]
        for state in looks.compactMap(\.body.state) {
            guard let notes = state.notes else { continue }
            kernels[notes] = SeenKernel(notes: notes, release: state.release, buildID: state.buildID)
        }
        seen = kernels.values.sorted { $0.notes.hexadecimal < $1.notes.hexadecimal }
        runs =
            looks.isEmpty
            ? []
            : try await JudgedRun.all(
                with: Set(kernels.keys), in: store, policy: policy, today: today, toolVersion: toolVersion,
                judging: forAll)
        standings = MachineRegister(
            looks, sweeps: try await store.all(InventorySweep.self), unions: try await store.all(MachineUnion.self)
        ).standings(runs.flatMap(\.proven), at: now, lostAfter: days)
    }
}

/// A run, and what the policy says of it today.
struct JudgedRun: Sendable {
    let evidence: GateEvidence
    /// Of the policy, that it passed, in their order.
    let stages: [String]
    /// Of the last of these, or the first stage where it passed none and was to be judged; nil for none.
    let gate: GateReport?

    private var record: RunRecord { evidence.run.body }
    private var refusing: [String] { stages.isEmpty ? [] : gate?.failing.map(\.rule) ?? [] }

    /// Runs of before their entries named the notes of their kernels: at most that number of them is read.
    private static let mostUnnamed = 100

    /// The log's runs that have a kernel with such notes, the newest first.
    static func all(
        with notes: Set<Digest>, in store: some EvidenceArchive, policy: Policy?, today: Day, toolVersion: String,
        judging forAll: Bool
    ) async throws -> [JudgedRun] {
        let entries = try await store.summaries(EntryQuery(kind: .run))
        let unnamed = entries.filter { !$0.subjects.contains { $0.name.hasSuffix(RunRecord.notes) } }
        let read = Set(unnamed.prefix(mostUnnamed).map(\.digest))
        var found: [JudgedRun] = []
        let history = try await GateHistory(in: store)
        for summary in entries
        where read.contains(summary.digest) || summary.subjects.contains(where: { notes.contains($0.sha256) }) {
            guard let entry = try await store.entry(summary.digest), let run = try entry.record(as: RunRecord.self),
                run.kernels.all.contains(where: { $0.boot.notesSHA256.map(notes.contains) == true })
            else { continue }
            let isJudged = policy != nil && (forAll || history.hasPass(of: entry.digest))
            let evidence =
                isJudged || forAll
                ? try await GateEvidence(of: run, entry, in: store, history: history)
                : GateEvidence(run: Dated(run, entry: EntryReference(entry), time: entry.time))
            var stages: [String] = []
            var gate: GateReport?
            if isJudged, let policy {
                stages = policy.stages.map(\.name).filter { !evidence.passes($0, by: policy).isEmpty }
                if let stage = stages.last ?? (forAll ? policy.stages.first?.name : nil) {
                    gate = try Gate(policy, stage: stage).judge(evidence, asOf: today, toolVersion: toolVersion)
                }
            }
            found.append(JudgedRun(evidence: evidence, stages: stages, gate: gate))
        }
        return found
    }

    /// Its kernels, as machines are judged by them.
    var proven: [ProvenKernel] {
        let lost = record.difference?.changes.contains { $0.group == .lost && $0.option == "CONFIG_EXPOLINE" } ?? false
        return record.kernels.all.compactMap { kernel in
            let isCandidate = kernel.role == .candidate
            return kernel.boot.notesSHA256.map {
                ProvenKernel(
                    notes: $0, run: record.identifier, role: kernel.role, isPassed: record.verdict == .passed,
                    stages: isCandidate ? stages : [], refusing: isCandidate ? refusing : [],
                    lacksExpolines: lost && isCandidate)
            }
        }
    }

    /// What a CMDB gets to know of it.
    var filed: FiledRun {
        let used = Set((gate?.deviations ?? []).compactMap(\.waiver))
        return FiledRun(
            record: record, entry: evidence.run.entry, stages: stages, refusing: refusing,
            deviations: (gate?.deviations ?? evidence.openDeviations).filter { $0.finding.severity != .note },
            waivers: (gate?.waivers ?? []).filter { used.contains($0.identifier) }.map {
                "\($0.identifier) until \($0.lastDay)"
            }, unstableFlags: evidence.unstableFlags?.flags)
    }
}
