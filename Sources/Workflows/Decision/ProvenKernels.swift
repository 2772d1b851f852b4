// SPDX-License-Identifier: Apache-2.0
package import Evidence
package import Host
package import Machines
internal import Policy
package import Records

extension ProvenKernel {
    /// Runs of before their entries named the notes of their kernels: at most that number of them is read.
    private static let mostUnnamed = 100

    /// The kernels of the log's runs whose notes these are, the newest run first.
    ///
    /// Without a policy no stage is judged. Throws as `EvidenceStore.find` does.
    package static func all(
        with notes: Set<Digest>, in store: some EvidenceArchive, policy: Policy?, today: Day, toolVersion: String
    ) async throws -> [ProvenKernel] {
        let entries = try await store.summaries(EntryQuery(kind: .run))
        let unnamed = entries.filter { !$0.subjects.contains { $0.name.hasSuffix(RunRecord.notes) } }
        let read = Set(unnamed.prefix(mostUnnamed).map(\.digest))
        var found: [ProvenKernel] = []
        let history = policy == nil ? nil : try await GateHistory(in: store)
        for summary in entries
        where read.contains(summary.digest) || summary.subjects.contains(where: { notes.contains($0.sha256) }) {
            guard let entry = try await store.entry(summary.digest), let run = try entry.record(as: RunRecord.self)
            else { continue }
            let kernels = run.kernels.all.filter { $0.boot.notesSHA256.map(notes.contains) == true }
            guard !kernels.isEmpty else { continue }
            var stages: [String] = []
            var refusing: [String] = []
            if let policy, let history, history.hasPass(of: entry.digest) {
                let evidence = try await GateEvidence(of: run, entry, in: store, history: history)
                stages = policy.stages.map(\.name).filter { !evidence.passes($0, by: policy).isEmpty }
                if let last = stages.last {
                    refusing = try Gate(policy, stage: last).judge(
                        evidence, asOf: today, toolVersion: toolVersion
                    ).failing.map(\.rule)
                }
            }
            let lost = run.difference?.changes.contains { $0.group == .lost && $0.option == "CONFIG_EXPOLINE" } ?? false
            found += kernels.compactMap { kernel in
                kernel.boot.notesSHA256.map {
                    ProvenKernel(
                        notes: $0, run: run.identifier, role: kernel.role, isPassed: run.verdict == .passed,
                        stages: kernel.role == .candidate ? stages : [],
                        refusing: kernel.role == .candidate ? refusing : [],
                        lacksExpolines: lost && kernel.role == .candidate)
                }
            }
        }
        return found
    }
}
