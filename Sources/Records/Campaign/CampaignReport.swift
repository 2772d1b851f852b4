// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// What a campaign came to: a verdict for each cell, and along which axes they differ.
package struct CampaignReport: RecordBody {
    package static let kind = RecordKind.campaign
    package static let version = 1
    package static let isEvent = true

    package enum Verdict: String, Codable, Sendable, CaseIterable {
        case passed, failed, unknown
    }

    package struct Cell: Codable, Hashable, Sendable {
        package let cell: CampaignCell
        package let verdict: Verdict
        /// Of the step that decided it: the boot, or the build that failed.
        package let step: Digest
        /// Of that step's result file; nil where there is none.
        package let result: Digest?
        package let fault: CampaignResult.Fault?
        package let facts: CampaignResult.Facts?
        /// Attempts that ended for other reasons than the kernel's.
        package let lostAttempts: Int

        package init(
            cell: CampaignCell, verdict: Verdict, step: Digest, result: Digest?, fault: CampaignResult.Fault?,
            facts: CampaignResult.Facts?, lostAttempts: Int
        ) {
            self.cell = cell
            self.verdict = verdict
            self.step = step
            self.result = result
            self.fault = fault
            self.facts = facts
            self.lostAttempts = lostAttempts
        }
    }

    /// The version of Bessemer, with the program's own digest.
    package let toolVersion: String
    package let startedAt: Date
    package let milliseconds: Int
    package let matrix: CampaignMatrix
    package let cells: [Cell]
    /// Steps that the cells stand on, and how many of them this run of the campaign did itself.
    package let steps: Int
    package let done: Int

    package init(
        toolVersion: String, startedAt: Date, seconds: Double, matrix: CampaignMatrix, cells: [Cell], steps: Int,
        done: Int
    ) {
        self.toolVersion = toolVersion
        self.startedAt = startedAt
        milliseconds = Milliseconds.of(seconds)
        self.matrix = matrix
        self.cells = cells
        self.steps = steps
        self.done = done
    }

    package var subjects: [Subject] {
        var seen: Set<Subject> = []
        return cells.compactMap { cell in cell.facts?.notesSHA256.map { Subject("kernel/notes", $0) } }
            .filter { seen.insert($0).inserted }
    }

    package func count(_ verdict: Verdict) -> Int { cells.count { $0.verdict == verdict } }

    /// Failed where a cell failed, unknown where one is not decided, passed where all passed.
    package var verdict: Verdict {
        count(.failed) > 0 ? .failed : count(.unknown) > 0 || cells.isEmpty ? .unknown : .passed
    }

    // MARK: Along the axes

    /// One failure, and where it is seen.
    package struct Pattern: Hashable, Sendable {
        package let fault: CampaignResult.Fault
        package let failing: Int
        /// Cells with all of `conditions` that were decided.
        package let covered: Int
        /// The values that it is seen with, for each axis where others are without it; empty: with all of them.
        package let conditions: [CampaignMatrix.Axis: [String]]
    }

    /// Each failure once, the one with the most cells first.
    package var patterns: [Pattern] {
        let decided = cells.filter { $0.verdict != .unknown }
        var order: [String] = []
        var failing: [String: [Cell]] = [:]
        for cell in decided {
            guard let fault = cell.fault else { continue }
            if failing[fault.identity] == nil { order.append(fault.identity) }
            failing[fault.identity, default: []].append(cell)
        }
        return order.compactMap { identity -> Pattern? in
            guard let failing = failing[identity], let fault = failing[0].fault else { return nil }
            var conditions: [CampaignMatrix.Axis: [String]] = [:]
            for axis in CampaignMatrix.Axis.allCases {
                let seen = Set(failing.map { $0.cell[axis] })
                let all = Set(decided.map { $0.cell[axis] })
                if seen != all { conditions[axis] = matrix.names(axis).filter(seen.contains) }
            }
            let covered = decided.count { cell in
                conditions.allSatisfy { axis, values in values.contains(cell.cell[axis]) }
            }
            return Pattern(fault: fault, failing: failing.count, covered: covered, conditions: conditions)
        }.sorted { $0.failing > $1.failing }
    }
}
