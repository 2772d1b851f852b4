// SPDX-License-Identifier: Apache-2.0
package import Evidence
package import Foundation
internal import GRDB
package import Host
package import Records
package import SystemPackage

/// The evidence log in one SQLite file (write-ahead logging); several processes may use it at once.
///
/// The tables `entry` and `blob` are the evidence, `leaf` and `log_key` its signatures. All others follow from them.
package struct SQLiteEvidenceStore: EvidenceStore, BlobStore, ProjectionStore {
    package static let fileName = "evidence.sqlite"

    package let path: FilePath
    let queue: DatabaseQueue
    let settings: StoreSettings

    /// Opens the file, or makes it and its folder where there is none. A store of Bessemer 0.1 becomes a log, each of its
    /// records an entry.
    ///
    /// Throws `Failure` with code `evidence.unreadable` where the file is there but is no evidence store, is damaged,
    /// may not be read, or comes from a newer Bessemer; such a file is left as it is.
    package init(path: FilePath, settings: StoreSettings) throws {
        try Files.makeDirectory(path.removingLastComponent(), permissions: Files.ownFolder)
        self.init(path, try StoreFile.open(path, settings), settings)
    }

    /// Opens a file for reading alone; nil where nothing has been recorded yet. Nothing is made or written, unless the
    /// file is of an older Bessemer's making, whose tables have to become today's.
    ///
    /// Throws as `init(path:settings:)` does.
    package static func reading(_ path: FilePath, settings: StoreSettings) throws -> SQLiteEvidenceStore? {
        try StoreFile.openForReading(path, settings).map { SQLiteEvidenceStore(path, $0, settings) }
    }

    private init(_ path: FilePath, _ queue: DatabaseQueue, _ settings: StoreSettings) {
        self.path = path
        self.queue = queue
        self.settings = settings
    }

    @discardableResult
    package func append(_ draft: Entry.Draft) async throws -> Entry {
        let entry = try await write { db in try append(draft, db) }
        // A full disk must not find the log grown by what could have been in the file.
        _ = try? await queue.writeWithoutTransaction { db in try db.checkpoint(.passive) }
        return entry
    }

    func append(_ draft: Entry.Draft, _ db: Database) throws -> Entry {
        let entry = try StoreTables.append(
            draft, db, at: settings.clock(), recorder: settings.recorder, settings.projection)
        try StoreLog.sign(db, settings)
        return entry
    }

    package func stored(after sequence: Int, limit: Int) async throws -> [StoredEntry] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "\(StoreTables.entries) WHERE sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [sequence, limit]
            ).map { try StoreTables.stored($0) }
        }
    }

    package func find(_ query: EntryQuery) async throws -> [Entry] {
        let found = try await read { db in
            try StoreTables.rows(query, StoreTables.entries, db).map { try StoreTables.stored($0) }
        }
        return try found.map { try $0.entry(in: "\(path)") }
    }

    package func summaries(_ query: EntryQuery) async throws -> [EntrySummary] {
        let found: [(entry: StoredEntry, bodySize: Int)] = try await read { db in
            try StoreTables.rows(query, StoreTables.statements, db).map { (try StoreTables.stored($0), $0[4]) }
        }
        return try found.mapConcurrently { stored, bodySize in
            guard let summary = try? EntrySummary(statement: stored.statement, bodySize: bodySize),
                summary.digest == stored.digest, summary.sequence == stored.sequence
            else {
                throw Failure(
                    "evidence.altered", "entry \(stored.sequence) in \(path) is not what was recorded",
                    advice: "`bessemer evidence verify` says what is altered")
            }
            return summary
        }
    }

    /// Bytes of one blob: what SQLite keeps in one row, and a machine can hold twice.
    static let largestBlob = 256 << 20

    @discardableResult
    package func put(_ bytes: [UInt8]) async throws -> Digest {
        guard bytes.count <= Self.largestBlob else {
            throw Failure(
                "evidence.blob",
                "a file of \(bytes.count >> 20) MiB is larger than the \(Self.largestBlob >> 20) MiB that the "
                    + "evidence file keeps", advice: "keep it elsewhere: its SHA-256 is \(Digest(of: bytes))")
        }
        return try await write { db in try StoreTables.put(bytes, db) }
    }

    package func holds(_ digest: Digest) async throws -> Bool {
        try await read { db in try StoreTables.hasBlob(digest, db) }
    }

    package func blob(_ digest: Digest) async throws -> [UInt8]? {
        let stored: (size: Int?, packed: Data?)? = try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT size, bytes FROM blob WHERE sha256 = ?", arguments: [digest.hexadecimal]
            ).map { (Int.fromDatabaseValue($0[0]), Data.fromDatabaseValue($0[1])) }
        }
        guard let stored else { return nil }
        guard let size = stored.size, let packed = stored.packed,
            let bytes = Zstandard.expanded(Array(packed), size: size), Digest(of: bytes) == digest
        else {
            throw Failure(
                "evidence.altered", "the file \(digest) in \(path) is not what was recorded",
                advice: "take the file from a backup; Bessemer left it as it is")
        }
        return bytes
    }

    package func storedBlobs() async throws -> [String] {
        try await read(StoreTables.blobs)
    }

    package func rows(_ query: RowQuery) async throws -> [FoundRow] {
        guard let table = settings.projection.tables.first(where: { $0.name == query.table }) else { return [] }
        return try await read { db in try StoreTables.rows(query, of: table, db) }
    }

    @discardableResult
    package func rebuild() async throws -> Int {
        try await write { db in
            try StoreTables.rebuild(db, settings.projection)
            return try Int.fetchOne(db, sql: "SELECT count(*) FROM entry_index") ?? 0
        }
    }

    func read<Answer: Sendable>(_ body: @escaping @Sendable (Database) throws -> Answer) async throws -> Answer {
        try await asking { try await queue.read(body) }
    }

    func write<Answer: Sendable>(_ body: @escaping @Sendable (Database) throws -> Answer) async throws -> Answer {
        try await asking { try await queue.write(body) }
    }

    private func asking<Answer: Sendable>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            // A table or a column that is missing, of those that follow from the entries.
            if let error = error as? DatabaseError, error.resultCode == .SQLITE_ERROR,
                (try? await queue.read(StoreTables.readLog)) != nil
            {
                throw StoreFile.unreadable(
                    path, "a list in it is damaged: \(StoreFile.words(error))",
                    advice: "`bessemer evidence rebuild` makes the lists again from the entries")
            }
            throw StoreFile.failure(path, error)
        }
    }
}

/// What a store is given by the program that uses it.
package struct StoreSettings: Sendable {
    /// As entries name it: `bessemer 0.2.0`.
    package let recorder: String
    package let projection: any Projection
    /// Where the log's key is; nil for a store whose entries are in no tree.
    package let log: LogKeyFile?
    package let clock: @Sendable () -> Date

    package init(
        recorder: String, projection: any Projection, log: LogKeyFile? = nil,
        clock: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.recorder = recorder
        self.projection = projection
        self.log = log
        self.clock = clock
    }
}
