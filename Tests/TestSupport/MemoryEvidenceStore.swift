// SPDX-License-Identifier: Apache-2.0
package import Evidence
package import Foundation
package import Host
package import Records

/// A store that keeps nothing, for the suite that every store passes.
package actor MemoryEvidenceStore: EvidenceStore, BlobStore, ProjectionStore, LogStore {
    private var entries: [Entry] = []
    private var blobs: [Digest: [UInt8]] = [:]
    private let recorder: String
    private let projection: any Projection
    private let clock: @Sendable () -> Date

    package init(recorder: String, projection: any Projection, clock: @escaping @Sendable () -> Date = { Date() }) {
        self.recorder = recorder
        self.projection = projection
        self.clock = clock
    }

    /// None: it has no lists.
    package func mislisted(except unread: Set<String>) -> [Int] { [] }

    /// None: it signs nothing.
    package func trees() -> [LogTree] { [] }

    @discardableResult
    package func append(_ draft: Entry.Draft) throws -> Entry {
        let body = Digest(of: draft.body)
        let same = entries.first { $0.kind == draft.kind && $0.version == draft.version && $0.bodyDigest == body }
        if let same, !draft.isEvent { return same }
        let known = Set(entries.map(\.digest))
        guard draft.parents.allSatisfy(known.contains), draft.blobs.allSatisfy({ blobs[$0.sha256] != nil }) else {
            throw Failure("evidence.parent", "a parent or a blob is not there", advice: "record it first")
        }
        let entry = Entry(draft, after: entries.last.map(StoredEntry.init), at: clock(), recorder: recorder)
        entries.append(entry)
        return entry
    }

    package func stored(after sequence: Int, limit: Int) -> [StoredEntry] {
        entries.filter { $0.sequence > sequence }.prefix(limit).map(StoredEntry.init)
    }

    package func find(_ query: EntryQuery) -> [Entry] {
        let found = entries.reversed().filter { entry in
            (query.digest.map { entry.digest == $0 } ?? true) && (query.kind.map { entry.kind == $0 } ?? true)
                && (query.subject.map { subject in entry.subjects.contains { $0.sha256 == subject } } ?? true)
                && (query.parent.map(entry.parents.contains) ?? true)
                && (query.before.map { entry.sequence < $0 } ?? true)
        }
        return Array(found.prefix(query.limit))
    }

    package func summaries(_ query: EntryQuery) -> [EntrySummary] { find(query).map { EntrySummary($0) } }

    @discardableResult
    package func put(_ bytes: [UInt8]) -> Digest {
        let digest = Digest(of: bytes)
        blobs[digest] = bytes
        return digest
    }

    package func holds(_ digest: Digest) -> Bool { blobs[digest] != nil }

    package func blob(_ digest: Digest) -> [UInt8]? { blobs[digest] }

    /// As a prune does that keeps nothing.
    package func removeBlobs() { blobs = [:] }

    package func storedBlobs() -> [String] { blobs.keys.map(\.hexadecimal) }

    package func rows(_ query: RowQuery) -> [FoundRow] {
        var rows = entries.reversed().flatMap { entry in
            projection.rows(of: entry).filter { $0.table == query.table }.map {
                FoundRow(sequence: entry.sequence, values: $0.values)
            }
        }
        if let match = query.match {
            rows = rows.filter { row in
                let text = row.text(match.column)
                return match.isWhole ? text == match.text : text?.hasPrefix(match.text) == true
            }
        }
        if let entries = query.entries { rows = rows.filter { entries.contains($0.sequence) } }
        if let order = query.order {
            rows = rows.enumerated().sorted { one, other in
                let (left, right) = (one.element.text(order) ?? "", other.element.text(order) ?? "")
                return left == right ? one.offset < other.offset : left > right
            }.map(\.element)
        }
        return Array(rows.prefix(max(0, query.limit)))
    }

    @discardableResult
    package func rebuild() -> Int { entries.count }
}

extension StoredEntry {
    /// An entry as a store has it.
    package init(_ entry: Entry) {
        self.init(sequence: entry.sequence, digest: entry.digest, statement: entry.statement, body: entry.body)
    }
}
