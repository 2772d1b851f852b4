// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Host
package import Records

/// A recorded run with everything of the log that its documents are made from.
package struct RunEvidence: Sendable {
    /// One step that the run stands on.
    package typealias Step = Recorded<StepRecord>

    package let run: RunRecord
    package let entry: Entry
    /// In the order in which the run names them.
    package let steps: [Step]
    /// Steps that stand on the run: its reports; the oldest first.
    package let reports: [Step]
    /// Of the rollback, the oldest first.
    package let drills: [Recorded<RollbackDrill>]
    /// Second builds of its kernels, the oldest first.
    package let rebuilds: [Recorded<RebuildReport>]
    /// Verdicts of gates about it, the oldest first.
    package let gates: [Recorded<GateReport>]
    /// What the last verdicts were read from beside that, where all files are read: drills and second builds of other runs, waivers, approvals.
    package let cited: [Entry]
    /// Of each stage what was decided last, by stage.
    package var decisions: [Recorded<GateReport>] { Self.last(gates) }

    private static func last(_ gates: [Recorded<GateReport>]) -> [Recorded<GateReport>] {
        Dictionary(gates.map { ($0.record.stage, $0) }) { $1 }.values.sorted { $0.record.stage < $1.record.stage }
    }
    /// The files that were read and that are there, by their digests.
    private let files: [Digest: [UInt8]]

    /// Which files of the steps are read, beside the records: those of a run have a hundred megabytes.
    package enum Files: Sendable {
        case none, all
        /// The lists of what the kernels were built from.
        case materials
    }

    /// Reads a run, whose identifier may be cut short. A file that is not read counts as one that is not there. Throws as
    /// `EvidenceArchive.run` and `blob` do.
    package init(_ identifier: String, in store: some EvidenceArchive, reading: Files = .all) async throws {
        (run, entry) = try await store.run(identifier)
        steps = try await store.steps(of: entry)
        reports = try await store.records(StepRecord.self, standingOn: entry)
        drills = try await store.records(RollbackDrill.self, standingOn: entry)
        rebuilds = try await store.records(RebuildReport.self, standingOn: entry)
        gates = try await store.records(GateReport.self, standingOn: entry)
        let own = Set(
            ([entry] + (steps + reports).map(\.entry) + drills.map(\.entry) + rebuilds.map(\.entry)).map(\.digest))
        var cited: [Entry] = []
        let verdicts = reading == .all ? Self.last(gates) : []
        for reference in Set(verdicts.flatMap(\.record.read)).sorted(by: { $0.sequence < $1.sequence })
        where !own.contains(reference.digest) {
            if let entry = try await store.entry(reference.digest) { cited.append(entry) }
        }
        self.cited = cited
        var files: [Digest: [UInt8]] = [:]
        func isRead(_ file: Subject) -> Bool {
            switch reading {
            case .none: false
            case .all: true
            case .materials: file.name == Self.materialsFile
            }
        }
        let entries = (steps + reports).map(\.entry) + gates.map(\.entry)
        for blob in entries.flatMap(\.blobs) where isRead(blob) && files[blob.sha256] == nil {
            files[blob.sha256] = try await store.blob(blob.sha256)
        }
        self.files = files
    }

    /// The step of that name: `build`, `baseline-boot`.
    package func step(_ name: String) -> Step? { steps.last { $0.record.name == name } }

    /// The bytes of a file that an entry names; nil where it was removed since.
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
