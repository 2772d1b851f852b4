// SPDX-License-Identifier: Apache-2.0
package import Campaigns
package import Foundation
package import Host
package import Records

extension CampaignPlan {
    /// What became of the cells, by what became of the steps that decide them.
    package func report(
        of ends: [Digest: CampaignRun.End], _ folder: CampaignFolder, tool: String, startedAt: Date, seconds: Double
    ) -> CampaignReport {
        let jobs = Dictionary(jobs.map { ($0.key, $0) }) { first, _ in first }
        /// The step itself, or the one that it waits for.
        func deciding(_ key: Digest) -> Digest {
            guard ends[key]?.state == .unreachable,
                let other = jobs[key]?.needs.first(where: { ends[$0]?.state != .done })
            else { return key }
            return deciding(other)
        }
        let cells = cells.map { cell in
            let step = deciding(cell.step)
            let end = ends[step]
            let verdict: CampaignReport.Verdict =
                switch end?.state {
                case .done: .passed
                case .failed: .failed
                default: .unknown
                }
            let reason = end?.reason ?? ""
            return CampaignReport.Cell(
                cell: cell.cell, verdict: verdict, step: step, result: end?.digest,
                fault: end?.result?.fault ?? (reason.isEmpty ? nil : .init(identity: "lost", text: reason)),
                facts: end?.result?.facts, lostAttempts: folder.undecided(step).count)
        }
        return CampaignReport(
            toolVersion: tool, startedAt: startedAt, seconds: seconds, matrix: matrix, cells: cells,
            steps: jobs.count, done: ends.values.count { $0.isOurs })
    }
}
