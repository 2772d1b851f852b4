// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Host
package import Policy
package import Records

extension TimelineQuestion {
    /// Reads what a log has of a run's line, or of the run alone.
    ///
    /// `observations` are those that are not in the log. Throws as `EvidenceStore.run` does, and `Failure` with code
    /// `gate.day` where no run of the line had been recorded by that day.
    package init(
        of run: RunRecord, isNamed: Bool, in store: some EvidenceArchive, policy: Policy, asOf day: Day,
        observations: [Observation], toolVersion: String, countsMoves: Bool
    ) async throws {
        var names: [String] = [run.identifier]
        if !isNamed {
            // Of each day its last run: what a day was, its end says. The newest stands first.
            var days: Set<Substring> = []
            names = try await store.runs(limit: .max).filter { other in
                other.sourceKind != nil && SourceIdentity.line(of: other.kernelVersion) == run.source.line
                    && days.insert(other.identifier.prefix(8)).inserted
            }.map(\.identifier)
        }
        let history = try await GateHistory(in: store)
        var runs: [GateEvidence] = []
        for name in names {
            let evidence = try await GateEvidence(of: name, in: store, history: history)
            runs.insert(evidence, at: 0)
            // Days moved in the past; today's state asks for the newest run alone.
            if !countsMoves, evidence.run.time < day.end { break }
        }
        self.init(
            policy: policy, runs: runs, isOneRun: isNamed,
            observations: try await TimelineObservations.recorded(in: store, own: policy.milestones) + observations,
            asOf: day,
            store: try await store.trees().first?.keyHash, toolVersion: toolVersion, countsMoves: countsMoves)
    }
}
