// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import Records

/// What the log keeps beside the records of runs, read when it is asked for: runs share steps, and steps share files.
struct RecordedFiles<Store: EvidenceArchive> {
    private let store: Store
    private var steps: [Digest: RunEvidence.Step?] = [:]
    private var locks: [Digest: SandboxLock?] = [:]
    private var symbols: [Digest: [String: Int]?] = [:]

    init(_ store: Store) { self.store = store }

    /// The steps that a run stands on, by their names.
    mutating func steps(of run: Entry) async throws -> [String: RunEvidence.Step] {
        var found: [String: RunEvidence.Step] = [:]
        for parent in run.parents {
            if steps[parent] == nil { steps[parent] = .some(try await store.step(parent)) }
            if let step = steps[parent] ?? nil { found[step.record.name] = step }
        }
        return found
    }

    /// The file of a step; nil where there is none, or it was removed since.
    func bytes(_ file: Subject) async throws -> [UInt8]? { try await store.blob(file.sha256) }

    /// What the sandbox's step installed; nil where that is not there any more.
    mutating func lock(_ file: Subject) async throws -> SandboxLock? {
        if let lock = locks[file.sha256] { return lock }
        let lock = try await bytes(file).map {
            try JSON.decode(RecordedSandbox.self, from: $0, named: "the result of sandbox").lock
        }
        locks[file.sha256] = .some(lock)
        return lock
    }

    /// Each symbol of a `System.map` with the number of its line.
    mutating func symbols(_ file: Subject) async throws -> [String: Int]? {
        if let known = symbols[file.sha256] { return known }
        let found = try await bytes(file).map { bytes in
            var lines: [String: Int] = [:]
            for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
                // Address, type and name; names of compilers hold no spaces.
                let words = line.split(separator: UInt8(ascii: " "))
                guard words.count >= 3 else { continue }
                lines[String(decoding: words[2], as: UTF8.self)] = index + 1
            }
            return lines
        }
        symbols[file.sha256] = .some(found)
        return found
    }
}

extension RunEvidence.Step {
    func file(_ name: String) -> Subject? { entry.blobs.first { $0.name == name } }

    func evidence(_ file: Subject?, _ statement: String) -> AffectedReport.Evidence {
        AffectedReport.Evidence(
            entry: entry.sequence, step: record.name, file: file?.name, sha256: file?.sha256 ?? entry.bodyDigest,
            statement: statement)
    }
}
