// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import Records
internal import SystemPackage

/// A file that a step leaves and that its entry keeps: a log, a configuration.
struct StepAttachment: Sendable {
    let name: String
    /// Throws where it is not there, or too large.
    let bytes: @Sendable () throws -> [UInt8]

    /// A file of Bessemer's own making.
    init(_ name: String, _ path: FilePath) {
        self.name = name
        bytes = { try Files.bytes(path, limit: Self.largest) }
    }

    /// A file of a folder that other programs write to.
    init(_ name: String, _ file: String, in folder: FilePath) {
        self.name = name
        bytes = { try ForeignFolder(folder).bytes(of: file, limit: Self.largest) }
    }

    private static let largest = 128 << 20
}

/// Puts each step of one run into the evidence log when it ends, whatever it came to.
actor StepRecorder {
    private let store: any EvidenceArchive
    /// In the order in which they ended.
    private(set) var steps: [StepRecord] = []
    private(set) var entries: [Digest] = []

    init(store: any EvidenceArchive) { self.store = store }

    /// What went into everything that follows from all steps so far.
    var outputs: [String] { steps.map { "\($0.name) \($0.output?.hexadecimal ?? "")" } }

    /// Records a step that ended. Returns its entry.
    ///
    /// What is recorded is recorded although the work around it was cancelled.
    func record(_ step: StepRecord, result: [UInt8]?, _ attachments: [StepAttachment]) async throws -> Digest {
        let store = self.store
        let entry = try await Task {
            var blobs: [Subject] = []
            for attachment in attachments {
                // A step that failed may have left none.
                guard let bytes = try? attachment.bytes() else { continue }
                blobs.append(Subject(attachment.name, try await store.put(bytes)))
            }
            if let result { blobs.append(Subject("result.json", try await store.put(result))) }
            return try await store.append(try Entry.Draft(step, blobs: blobs))
        }.value
        steps.append(step)
        entries.append(entry.digest)
        return entry.digest
    }

    /// Takes over a step that an earlier run recorded; false where its entry is not in this store.
    func takeOver(_ entry: Digest?) async throws -> Bool {
        guard let entry, let found = try await store.find(EntryQuery(digest: entry, limit: 1)).first,
            let step = try found.record(as: StepRecord.self)
        else { return false }
        steps.append(step)
        entries.append(entry)
        return true
    }

    /// Records that the run ended before its report.
    func recordEnd(_ run: UnfinishedRun) async throws {
        let (store, parents) = (self.store, entries)
        try await Task { _ = try await store.append(try Entry.Draft(run, parents: parents)) }.value
    }
}
