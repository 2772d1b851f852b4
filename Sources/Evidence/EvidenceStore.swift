// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host
package import Records

/// Where the records of runs are kept. What is in it is never changed, only added to.
package protocol EvidenceStore: Sendable {
    /// Adds a record. Adding the same record again does nothing.
    ///
    /// Throws `Failure` with code `evidence.conflict` where the identifier is there with other content.
    @discardableResult
    func insert(_ record: RunRecord) async throws -> Insertion

    /// The newest runs first, at most `limit` of them.
    func list(limit: Int) async throws -> [RunSummary]

    /// The record with this identifier, or the only one whose identifier begins so.
    ///
    /// Throws `Failure` with code `evidence.missing`, `evidence.ambiguous`, or `evidence.altered` where what is stored
    /// is not what was recorded.
    func record(_ identifier: String) async throws -> RunRecord

    /// Adds a drill of the way back, beside the run that it names. Adding the same drill again does nothing.
    ///
    /// Throws `Failure` with code `evidence.conflict` where the identifier is there with other content, and
    /// `evidence.missing` where the run that it names is not there.
    @discardableResult
    func insert(_ drill: RollbackDrill) async throws -> Insertion

    /// The drills of a run, the oldest first. Throws `Failure` with code `evidence.altered`.
    func drills(ofRun identifier: String) async throws -> [RollbackDrill]

    /// The newest run that built both kernel images, the candidate with Rust; nil where none did.
    func run(thatBuilt candidate: Digest, beside baseline: Digest) async throws -> RunRecord?
}

/// What became of a record that was handed to the store.
package enum Insertion: Hashable, Sendable {
    case added
    /// It was there already, with the same content.
    case present
}

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
    package let sourceKind: SourceIdentity.Kind
    package let counts: TestCounts
    /// Failed tests that a waiver accepts.
    package let waived: Int
    package let buildSeconds: Double
    /// Lines that kbuild printed: what a later build's progress can be measured against.
    package let buildSteps: Int

    package init(
        identifier: String, kernelVersion: String, release: String, verdict: RunRecord.Verdict, startedAt: Date,
        finishedAt: Date, sourceKind: SourceIdentity.Kind, counts: TestCounts, waived: Int, buildSeconds: Double,
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
