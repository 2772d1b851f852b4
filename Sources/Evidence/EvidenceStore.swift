// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records

/// Where the log of evidence is kept: entries are added to its end, and never changed.
package protocol EvidenceStore: Sendable {
    /// Adds an entry behind the last one, whole or not at all. A draft of a kind and version whose body is there already
    /// is that entry, unless it is an event.
    ///
    /// Throws `Failure` with code `evidence.parent` where a parent, or a blob that it names, is not there.
    @discardableResult
    func append(_ draft: Entry.Draft) async throws -> Entry

    /// Entries behind the one of that number (0: from the first), in their order, at most `limit` of them.
    ///
    /// Bytes are given as they are stored: whether they are what was recorded, `Verification` tells.
    func stored(after sequence: Int, limit: Int) async throws -> [StoredEntry]

    /// The entries that the query names, the newest first. Throws `Failure` with code `evidence.altered` where one of
    /// them is not what was recorded.
    func find(_ query: EntryQuery) async throws -> [Entry]

    /// The same without their bodies, which are not looked at.
    func summaries(_ query: EntryQuery) async throws -> [EntrySummary]
}

/// An entry as the store has it, unread.
package struct StoredEntry: Hashable, Sendable {
    package let sequence: Int
    /// Of the statement, when it was stored.
    package let digest: Digest
    package let statement: [UInt8]
    package let body: [UInt8]

    package init(sequence: Int, digest: Digest, statement: [UInt8], body: [UInt8]) {
        self.sequence = sequence
        self.digest = digest
        self.statement = statement
        self.body = body
    }
}

/// Which entries are looked for; what is nil does not matter.
package struct EntryQuery: Hashable, Sendable {
    package var digest: Digest?
    package var kind: RecordKind?
    /// Of one of its subjects.
    package var subject: Digest?
    /// An entry that stands on this one.
    package var parent: Digest?
    /// Of entries before that number.
    package var before: Int?
    package var limit: Int

    package init(
        digest: Digest? = nil, kind: RecordKind? = nil, subject: Digest? = nil, parent: Digest? = nil,
        before: Int? = nil, limit: Int = .max
    ) {
        self.digest = digest
        self.kind = kind
        self.subject = subject
        self.parent = parent
        self.before = before
        self.limit = limit
    }
}

/// Files that entries name by their SHA-256: logs, configurations, locks, patches. What is there is never replaced.
package protocol BlobStore: Sendable {
    /// Keeps the bytes; those that are there already stay.
    @discardableResult
    func put(_ bytes: [UInt8]) async throws -> Digest

    /// Whether there are bytes of that digest, which are not looked at.
    func holds(_ digest: Digest) async throws -> Bool

    /// The bytes of that digest; nil where they are not there. Throws `Failure` with code `evidence.altered` where they
    /// are others.
    func blob(_ digest: Digest) async throws -> [UInt8]?

    /// The digests of all, as they are stored.
    func storedBlobs() async throws -> [String]
}

extension StoredEntry {
    /// The entry, whose bytes are what was recorded. Throws `Failure` with code `evidence.altered` where they are not.
    package func entry(in store: String) throws(Failure) -> Entry {
        func altered(_ reason: String) -> Failure {
            Failure(
                "evidence.altered", "entry \(sequence) in \(store) is not what was recorded",
                advice: "take the file from a backup; Bessemer left it as it is", underlying: reason)
        }
        guard Digest(of: statement) == digest else { throw altered("its statement has not the SHA-256 \(digest)") }
        let entry: Entry
        do {
            entry = try Entry(statement: statement, body: body)
        } catch {
            throw altered(error.description)
        }
        guard entry.sequence == sequence else { throw altered("its statement is that of entry \(entry.sequence)") }
        return entry
    }
}
