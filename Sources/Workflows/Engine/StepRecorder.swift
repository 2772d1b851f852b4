// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
package import Host
package import Records
package import SystemPackage

/// A file that a step leaves and that its entry keeps: a log, a configuration.
package struct StepAttachment: Sendable {
    let name: String
    /// Throws where it is not there, or too large.
    let bytes: @Sendable () throws -> [UInt8]

    /// A file of Bessemer's own making.
    package init(_ name: String, _ path: FilePath) {
        self.name = name
        bytes = { try Files.bytes(path, limit: Self.largest) }
    }

    /// A file of a folder that other programs write to.
    package init(_ name: String, _ file: String, in folder: FilePath) {
        self.name = name
        bytes = { try ForeignFolder(folder).bytes(of: file, limit: Self.largest) }
    }

    private static let largest = 256 << 20
}

/// Puts each step of one run into the evidence log when it ends, whatever it came to.
package actor StepRecorder {
    private let store: any EvidenceArchive
    private let parents: [Digest]
    /// In the order in which they ended.
    private(set) package var steps: [StepRecord] = []
    /// Theirs.
    private(set) package var entries: [Digest] = []

    /// `parents` are the entries that each step stands on.
    package init(store: any EvidenceArchive, parents: [Digest] = []) {
        self.store = store
        self.parents = parents
    }

    /// Does a step's work and records what it came to, with the attachments that are there then. Returns the result as it
    /// is read from what was recorded, so that a run and its continuation say the same.
    nonisolated package func perform<Output: Codable & Sendable>(
        _ name: String, inputs: Digest, attachments: (Output?) -> [StepAttachment] = { _ in [] },
        work: () async throws -> Output
    ) async throws -> (output: Output, record: StepRecord, entry: Digest) {
        let start = Date()
        let clock = ContinuousClock.now
        func record(
            _ outcome: StepRecord.Outcome, _ output: Digest? = nil, _ failure: FailureRecord? = nil
        ) -> StepRecord {
            StepRecord(
                // To the second, as it is written.
                name: name, startedAt: Date(timeIntervalSince1970: start.timeIntervalSince1970.rounded(.down)),
                milliseconds: Int((ContinuousClock.now - clock).seconds * 1000), inputs: inputs, outcome: outcome,
                output: output, failure: failure)
        }
        let result: [UInt8]
        let output: Output
        do {
            result = Array(try JSON.encode(try await work()))
            try Task.checkCancellation()
            output = try JSON.decode(Output.self, from: result, named: "the result of \(name)")
        } catch {
            let failure = error is CancellationError ? nil : FailureRecord(Failure(of: error))
            // What went wrong first is what has to be said, also where that can't be recorded.
            _ = try? await self.record(
                record(failure == nil ? .cancelled : .failed, nil, failure), result: nil, attachments(nil))
            throw error
        }
        let done = record(.done, Digest(of: result))
        return (output, done, try await self.record(done, result: result, attachments(output)))
    }

    /// Records a step that ended. Returns its entry.
    ///
    /// What is recorded is recorded although the work around it was cancelled.
    func record(_ step: StepRecord, result: [UInt8]?, _ attachments: [StepAttachment]) async throws -> Digest {
        let (store, parents) = (self.store, self.parents)
        func put() async throws -> Entry {
            var blobs: [Subject] = []
            for attachment in attachments {
                do {
                    blobs.append(Subject(attachment.name, try await store.put(try attachment.bytes())))
                } catch let failure as Failure {
                    // Not every step leaves every file; what a step did leave is kept, or the step is not done.
                    guard step.outcome == .done, failure.code != "file.unreadable" else { continue }
                    throw failure
                }
            }
            if let result { blobs.append(Subject("result.json", try await store.put(result))) }
            return try await store.append(try Entry.Draft(step, parents: parents, blobs: blobs))
        }
        let entry = try await Task {
            do {
                return try await put()
            } catch let failure as Failure where failure.code == "evidence.parent" {
                // A file that was there already was removed with an older run's meanwhile.
                return try await put()
            }
        }.value
        steps.append(step)
        entries.append(entry.digest)
        return entry.digest
    }

    /// Takes over a step that an earlier run recorded; false where its entry, or one of its files, is not in this store.
    func takeOver(_ entry: Digest?) async throws -> Bool {
        guard let entry, let found = try await store.entry(entry),
            let step = try found.record(as: StepRecord.self)
        else { return false }
        for blob in found.blobs {
            guard try await store.holds(blob.sha256) else { return false }
        }
        steps.append(step)
        entries.append(entry)
        return true
    }
}
