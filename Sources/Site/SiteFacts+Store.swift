// SPDX-License-Identifier: Apache-2.0
package import Documents
internal import Evidence
package import Foundation
internal import Host
internal import Policy
package import Records
internal import Watch
internal import Workflows

/// As of when and by what a site is made.
package struct SiteQuestion: Sendable {
    /// nil for none: no stage is judged then, and no waiver.
    package let policy: Policy?
    package let now: Date
    /// Days after which a machine counts as not seen.
    package let lostAfter: Int
    package let toolVersion: String

    package init(policy: Policy?, now: Date, lostAfter: Int, toolVersion: String) {
        self.policy = policy
        self.now = now
        self.lostAfter = lostAfter
        self.toolVersion = toolVersion
    }

    var today: Day { Day(now) }

    /// Of a log in which nothing is recorded.
    package var emptyFacts: SiteFacts {
        SiteFacts(toolVersion: toolVersion, day: today, lostAfter: lostAfter, policy: policy?.digest)
    }

    /// What a log says, which is what was recorded. `log` has its runs.
    ///
    /// Throws as `EvidenceStore.run` does.
    func facts(of log: SiteLog, in store: some EvidenceArchive) async throws -> SiteFacts {
        let runs = log.runs.map(\.summary)
        let history = policy == nil ? nil : try await GateHistory(in: store)
        var lines: [SiteFacts.Line] = []
        var waivers: [String: WaiverStatus] = [:]
        for run in log.newestOfLines {
            let line = try await self.line(run, log, history, in: store)
            lines.append(line.line)
            // Of a waiver that several lines could use, the line that uses it most.
            for waiver in line.waivers where (waivers[waiver.identifier]?.uses ?? -1) < waiver.uses ?? 0 {
                waivers[waiver.identifier] = waiver
            }
        }
        var known: [WaiverStatus] = []
        if let policy {
            let all = WaiverLives(try await store.all(Signed<WaiverStatement>.self), policy: policy, asOf: today).all
            known = all.map { waivers[$0.identifier] ?? $0 }
        }
        return SiteFacts(
            toolVersion: toolVersion, day: today, lostAfter: lostAfter, head: log.trees.last?.head(), runs: runs,
            lines: lines, machines: try await machines(in: store), policy: policy?.digest, waivers: known,
            timeline: try await timeline(log, in: store), watched: try await watched(in: store))
    }

    /// The newest run of a line before the gates, and the waivers with what they accept in it.
    private func line(
        _ run: RunSummary, _ log: SiteLog, _ history: GateHistory?, in store: some EvidenceArchive
    ) async throws -> (line: SiteFacts.Line, waivers: [WaiverStatus]) {
        var gates: [SiteFacts.Gate] = []
        if let policy, let history {
            let evidence = try await GateEvidence(of: run.identifier, in: store, history: history)
            gates = try policy.stages.map { stage in
                SiteFacts.Gate(
                    report: try Gate(policy, stage: stage.name).judge(evidence, asOf: today, toolVersion: toolVersion),
                    isPassed: !evidence.passes(stage.name, by: policy).isEmpty)
            }
        }
        return (
            SiteFacts.Line(
                name: SourceIdentity.line(of: run.kernelVersion), run: run, gates: gates,
                drill: log.drills[run.identifier]?.last.map { Day($0.startedAt) }), gates.last?.report.waivers ?? []
        )
    }

    private func machines(in store: some EvidenceArchive) async throws -> [MachineStanding] {
        try await KnownMachines(
            in: store, policy: policy, at: now, today: today, lostAfter: lostAfter, toolVersion: toolVersion
        ).standings
    }

    private func timeline(_ log: SiteLog, in store: some EvidenceArchive) async throws -> Timeline? {
        guard let policy, let newest = log.newestOfLines.first else { return nil }
        return try await TimelineQuestion(
            of: try await store.run(newest.identifier).record, isNamed: false, in: store, policy: policy, asOf: today,
            observations: [], toolVersion: toolVersion, countsMoves: false
        ).answer()
    }

    private func watched(in store: some EvidenceArchive) async throws -> SiteFacts.Watched {
        let history = WatchHistory(try await store.all(Sighting.self))
        return SiteFacts.Watched(
            changes: history.changes.filter { $0.isReported(preReleases: false) }.reversed(),
            sources: history.sources.count)
    }
}
