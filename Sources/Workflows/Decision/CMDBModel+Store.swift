// SPDX-License-Identifier: Apache-2.0
internal import CMDB
package import Evidence
internal import Host
internal import Machines
internal import Policy
package import Records

extension CMDBModel {
    /// What a log knows of machines and their kernels, for a CMDB.
    ///
    /// Without a policy no stage is judged, and no deviation is accepted. Throws as `EvidenceStore.run` does.
    package static func recorded(
        machines: [MachineStanding], in store: some EvidenceArchive, policy: Policy?, today: Day, toolVersion: String,
        retireAfter sweeps: Int, head: LogHead?
    ) async throws -> CMDBModel {
        var seen: [Digest: SeenKernel] = [:]
        for look in try await store.all(MachineLook.self) {
            guard let state = look.body.state, let notes = state.notes else { continue }
            seen[notes] = SeenKernel(notes: notes, release: state.release, buildID: state.buildID)
        }
        let proven = try await ProvenKernel.all(
            with: Set(seen.keys), in: store, policy: policy, today: today, toolVersion: toolVersion)
        let history = try await GateHistory(in: store)
        var runs: [FiledRun] = []
        for run in Set(proven.map(\.run)).sorted() {
            let evidence = try await GateEvidence(of: run, in: store, history: history)
            let judged = proven.first { $0.run == run && $0.role == .candidate }
            let stage = judged?.stages.last ?? policy?.stages.first?.name
            let gate = try policy.flatMap { policy in
                try stage.map { try Gate(policy, stage: $0).judge(evidence, asOf: today, toolVersion: toolVersion) }
            }
            let used = Set((gate?.deviations ?? []).compactMap(\.waiver))
            runs.append(
                FiledRun(
                    record: evidence.run.body, entry: evidence.run.entry, stages: judged?.stages ?? [],
                    refusing: judged?.refusing ?? [],
                    deviations: (gate?.deviations ?? evidence.openDeviations).filter { $0.finding.severity != .note },
                    waivers: (gate?.waivers ?? []).filter { used.contains($0.identifier) }.map {
                        "\($0.identifier) until \($0.lastDay)"
                    }, unstableFlags: evidence.unstableFlags?.flags))
        }
        return CMDBModel(
            machines: machines, seen: seen.values.sorted { $0.notes.hexadecimal < $1.notes.hexadecimal }, runs: runs,
            retireAfter: sweeps, head: head)
    }
}
