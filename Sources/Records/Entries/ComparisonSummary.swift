// SPDX-License-Identifier: Apache-2.0
package import Host

/// What Bessemer 0.1 kept of a comparison of two kernels; later ones keep the whole report.
package struct ComparisonSummary: RecordBody {
    package static let kind = RecordKind.comparison
    package static let version = 1

    /// A test that did not simply pass on both, on one machine.
    package struct Test: Codable, Hashable, Sendable {
        package let machine: String
        package let path: String
        package let verdict: String
        /// Runs that passed, and all.
        package let baselinePassed: Int
        package let baselineRuns: Int
        package let candidatePassed: Int
        package let candidateRuns: Int
    }

    /// Time and digest: `20261124T141500Z-0123456789ab`.
    package let identifier: String
    /// ISO 8601.
    package let startedAt: String
    package let milliseconds: Int
    /// Releases; empty where a kernel never said its own.
    package let baseline: String
    package let candidate: String
    /// Of the kernels' images.
    package let baselineSHA256: Digest
    package let candidateSHA256: Digest
    /// With commas.
    package let suites: String
    package let machines: String
    package let turns: Int
    package let newFailures: Int
    package let lostPasses: Int
    /// 1 for yes.
    package let isClean: Int
    /// Of regression.json.
    package let reportSHA256: Digest
    package let tests: [Test]

    package var subjects: [Subject] {
        [Subject("baseline", baselineSHA256), Subject("candidate", candidateSHA256), Subject("report", reportSHA256)]
    }
}
