// SPDX-License-Identifier: Apache-2.0
package import Evidence
package import Host
package import Machines
internal import Policy
package import Records

extension ProvenKernel {
    /// Runs that are read where their entries do not name the notes of their kernels.
    private static let mostRead = 100

    /// The kernels of the log's runs whose notes these are, the newest run first.
    ///
    /// Without a policy no stage is judged. Throws as `EvidenceStore.run` does.
    package static func all(
        with notes: Set<Digest>, in store: some EvidenceArchive, policy: Policy?, today: Day, toolVersion: String
    ) async throws -> [ProvenKernel] {
        var names: Set<String> = []
        var open = notes
        for digest in notes {
            for entry in try await store.find(EntryQuery(kind: .run, subject: digest)) {
                guard let run = try entry.record(as: RunRecord.self) else { continue }
                names.insert(run.identifier)
                open.remove(digest)
            }
        }
        if !open.isEmpty {
            for summary in try await store.runs(limit: mostRead) where summary.sourceKind != nil {
                names.insert(summary.identifier)
            }
        }
        var found: [ProvenKernel] = []
        let history = policy == nil ? nil : try await GateHistory(in: store)
        for name in names.sorted(by: >) {
            let run = try await store.run(name).record
            let kernels = run.kernels.all.filter { $0.boot.notesSHA256.map(notes.contains) == true }
            guard !kernels.isEmpty else { continue }
            var stages: [String] = []
            var refusing: [String] = []
            if let policy, let history {
                let evidence = try await GateEvidence(of: name, in: store, history: history)
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
                        notes: $0, run: name, role: kernel.role, isPassed: run.verdict == .passed,
                        stages: kernel.role == .candidate ? stages : [],
                        refusing: kernel.role == .candidate ? refusing : [],
                        lacksExpolines: lost && kernel.role == .candidate)
                }
            }
        }
        return found
    }
}
