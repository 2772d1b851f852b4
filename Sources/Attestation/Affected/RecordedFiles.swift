// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import Records

/// What the log keeps beside the records of runs, for one question. Kernels share files of many megabytes: each is read once,
/// and only what it says to the question stays in memory.
struct RecordedFiles<Store: EvidenceArchive> {
    private let store: Store
    private var answers: [Digest: FileAnswer] = [:]

    init(_ store: Store) { self.store = store }

    /// The steps that a run stands on, by their names.
    func steps(of run: Entry) async throws -> [String: RunEvidence.Step] {
        Dictionary(try await store.steps(of: run).map { ($0.record.name, $0) }) { $1 }
    }

    /// The file of a step; nil where there is none, or it was removed since.
    func bytes(_ file: Subject) async throws -> [UInt8]? { try await store.blob(file.sha256) }

    /// What a file says, which `read` finds out; nil where it was removed since.
    mutating func answer(_ file: Subject, _ read: ([UInt8]) throws -> FileAnswer) async throws -> FileAnswer? {
        if let known = answers[file.sha256] { return known }
        guard let bytes = try await bytes(file) else { return nil }
        let answer = try read(bytes)
        answers[file.sha256] = answer
        return answer
    }
}

/// What a file of the log says to a question.
struct FileAnswer {
    /// Each shows that the kernel contains it.
    var present: [String] = []
    /// What bears on it, and decides nothing.
    var notes: [String] = []
    /// What the file says where it does not have it.
    let absent: String
    /// Of a list of materials; nil for none.
    var gaps: MaterialGaps?
}

extension RunEvidence.Step {
    func file(_ name: String) -> Subject? { entry.blobs.first { $0.name == name } }

    func evidence(_ file: Subject?, _ statement: String) -> AffectedReport.Evidence {
        AffectedReport.Evidence(
            entry: entry.sequence, step: record.name, file: file?.name, sha256: file?.sha256 ?? entry.bodyDigest,
            statement: statement)
    }
}
