// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Host
package import Records

/// A recorded run with everything of the log that its documents are made from.
package struct RunEvidence: Sendable {
    /// One step that the run stands on.
    package struct Step: Sendable {
        package let record: StepRecord
        package let entry: Entry
    }

    package let run: RunRecord
    package let entry: Entry
    /// In the order in which the run names them.
    package let steps: [Step]
    /// Steps that stand on the run: its reports; the oldest first.
    package let reports: [Step]
    /// Of the rollback, the oldest first.
    package let drills: [(record: RollbackDrill, entry: Entry)]
    /// Second builds of its kernels, the oldest first.
    package let rebuilds: [(record: RebuildReport, entry: Entry)]
    /// Every file that these steps name and that is there, by its digest.
    private let files: [Digest: [UInt8]]

    /// Reads a run, whose identifier may be cut short. Throws as `EvidenceArchive.run` and `blob` do.
    package init(_ identifier: String, in store: some EvidenceArchive) async throws {
        (run, entry) = try await store.run(identifier)
        var files: [Digest: [UInt8]] = [:]
        func step(_ entry: Entry) async throws -> Step? {
            guard let record = try entry.record(as: StepRecord.self) else { return nil }
            for blob in entry.blobs where files[blob.sha256] == nil {
                files[blob.sha256] = try await store.blob(blob.sha256)
            }
            return Step(record: record, entry: entry)
        }
        var steps: [Step] = []
        for parent in entry.parents {
            guard let found = try await store.find(EntryQuery(digest: parent, limit: 1)).first else { continue }
            if let step = try await step(found) { steps.append(step) }
        }
        var reports: [Step] = []
        for found in try await store.find(EntryQuery(kind: .step, parent: entry.digest)).reversed() {
            if let step = try await step(found) { reports.append(step) }
        }
        var drills: [(record: RollbackDrill, entry: Entry)] = []
        for entry in try await store.find(EntryQuery(kind: .drill, parent: entry.digest)).reversed() {
            if let drill = try entry.record(as: RollbackDrill.self) { drills.append((drill, entry)) }
        }
        var rebuilds: [(record: RebuildReport, entry: Entry)] = []
        for entry in try await store.find(EntryQuery(kind: .rebuild, parent: entry.digest)).reversed() {
            if let rebuild = try entry.record(as: RebuildReport.self) { rebuilds.append((rebuild, entry)) }
        }
        self.steps = steps
        self.reports = reports
        self.drills = drills
        self.rebuilds = rebuilds
        self.files = files
    }

    /// The step of that name: `build`, `baseline-boot`.
    package func step(_ name: String) -> Step? { steps.last { $0.record.name == name } }

    /// The bytes of a file that a step names; nil where it was removed since.
    package func bytes(of file: Subject) -> [UInt8]? { files[file.sha256] }

    /// A step's file of that name; nil where there is none, or it was removed since.
    package func file(_ name: String, of step: String) -> [UInt8]? {
        self.step(step)?.entry.blobs.first { $0.name == name }.flatMap { files[$0.sha256] }
    }

    /// What a step came to. Throws `Failure` where its bytes can't be read.
    package func result<Output: Decodable>(_ type: Output.Type, of step: String) throws -> Output? {
        try file("result.json", of: step).map { try JSON.decode(type, from: $0, named: "the result of \(step)") }
    }
}
