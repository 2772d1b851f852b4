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
    /// Of the rollback, the oldest first.
    package let drills: [(record: RollbackDrill, entry: Entry)]
    /// Every file that the run's steps name and that is there, by its digest.
    private let files: [Digest: [UInt8]]

    /// Reads a run, whose identifier may be cut short. Throws as `EvidenceArchive.run` and `blob` do.
    package init(_ identifier: String, in store: some EvidenceArchive) async throws {
        (run, entry) = try await store.run(identifier)
        var steps: [Step] = []
        var files: [Digest: [UInt8]] = [:]
        for parent in entry.parents {
            guard let found = try await store.find(EntryQuery(digest: parent, limit: 1)).first,
                let record = try found.record(as: StepRecord.self)
            else { continue }
            steps.append(Step(record: record, entry: found))
            for blob in found.blobs where files[blob.sha256] == nil {
                files[blob.sha256] = try await store.blob(blob.sha256)
            }
        }
        var drills: [(record: RollbackDrill, entry: Entry)] = []
        for entry in try await store.find(EntryQuery(kind: .drill, parent: entry.digest)).reversed() {
            if let drill = try entry.record(as: RollbackDrill.self) { drills.append((drill, entry)) }
        }
        self.steps = steps
        self.drills = drills
        self.files = files
    }

    /// The step of that name: `build`, `baseline-boot`.
    package func step(_ name: String) -> Step? { steps.last { $0.record.name == name } }

    /// A step's file of that name; nil where there is none, or it was removed since.
    package func file(_ name: String, of step: String) -> [UInt8]? {
        self.step(step)?.entry.blobs.first { $0.name == name }.flatMap { files[$0.sha256] }
    }

    /// What a step came to. Throws `Failure` where its bytes can't be read.
    package func result<Output: Decodable>(_ type: Output.Type, of step: String) throws -> Output? {
        try file("result.json", of: step).map { try JSON.decode(type, from: $0, named: "the result of \(step)") }
    }
}
