// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// One run in a list of runs.
package struct RunSummary: Codable, Hashable, Sendable {
    package let identifier: String
    /// The source's version, e.g. `7.3.4`.
    package let kernelVersion: String
    /// `make kernelrelease`.
    package let release: String
    package let verdict: RunRecord.Verdict
    package let startedAt: Date
    package let finishedAt: Date
    /// nil for a run that did not come to its report.
    package let sourceKind: SourceIdentity.Kind?
    package let counts: TestCounts
    /// Failed tests that a waiver accepts.
    package let waived: Int
    package let buildSeconds: Double
    /// Lines that kbuild printed: what a later build's progress can be measured against.
    package let buildSteps: Int
    /// How a run of another log came here; nil for one of this log.
    package var imported: ImportedFrom?

    package init(
        identifier: String, kernelVersion: String, release: String, verdict: RunRecord.Verdict, startedAt: Date,
        finishedAt: Date, sourceKind: SourceIdentity.Kind?, counts: TestCounts, waived: Int, buildSeconds: Double,
        buildSteps: Int
    ) {
        self.identifier = identifier
        self.kernelVersion = kernelVersion
        self.release = release
        self.verdict = verdict
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.sourceKind = sourceKind
        self.counts = counts
        self.waived = waived
        self.buildSeconds = buildSeconds
        self.buildSteps = buildSteps
    }
}
