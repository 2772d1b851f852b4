// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import GRDB
internal import Host
internal import Records

/// Something in the file that Bessemer does not write.
struct StoreFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The tables of the evidence file.
enum StoreTables {
    /// SQLite's `application_id`: tells our file from another program's database ("Bess").
    static let applicationIdentifier = 0x4265_7373
    /// SQLite's `user_version`; 0 is Bessemer 0.1's.
    static let version = 3
    /// That of a file whose entries have no leaves.
    static let versionWithoutLeaves = 2

    /// Makes the tables of an empty file. Bessemer 0.1 refuses a file whose migrations it does not know.
    static func create(_ db: Database, _ projection: any Projection) throws {
        try db.execute(
            sql: """
                CREATE TABLE entry (
                    sequence INTEGER PRIMARY KEY,
                    sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
                    statement BLOB NOT NULL,
                    body BLOB NOT NULL) STRICT;
                CREATE TABLE blob (
                    sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
                    size INTEGER NOT NULL,
                    bytes BLOB NOT NULL) STRICT;
                CREATE TABLE IF NOT EXISTS grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                INSERT OR IGNORE INTO grdb_migrations VALUES ('log');
                PRAGMA application_id = \(applicationIdentifier);
                PRAGMA user_version = \(version);
                """)
        try StoreLog.create(db)
        try createIndex(db, projection)
    }

    // MARK: What follows from the entries

    private static func createIndex(_ db: Database, _ projection: any Projection) throws {
        try db.execute(
            sql: """
                CREATE TABLE entry_index (
                    sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, version INTEGER NOT NULL, time TEXT NOT NULL,
                    body TEXT NOT NULL) STRICT;
                CREATE INDEX entry_index_kind ON entry_index (kind, version, body);
                CREATE TABLE entry_subject (sha256 TEXT NOT NULL, name TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
                CREATE INDEX entry_subject_sha256 ON entry_subject (sha256);
                CREATE TABLE entry_parent (sha256 TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
                CREATE INDEX entry_parent_sha256 ON entry_parent (sha256);
                CREATE TABLE projection (version INTEGER NOT NULL) STRICT;
                INSERT INTO projection VALUES (\(projection.version));
                """)
        for table in projection.tables {
            let columns = table.columns.map { "\($0) ANY" }.joined(separator: ", ")
            try db.execute(
                sql:
                    "CREATE TABLE \(table.name) (sequence INTEGER NOT NULL, ordinal INTEGER NOT NULL, \(columns)) STRICT"
            )
            for column in ["sequence"] + table.indexed {
                try db.execute(sql: "CREATE INDEX \(table.name)_\(column) ON \(table.name) (\(column))")
            }
        }
    }

    static func isProjected(_ db: Database, _ projection: any Projection) throws -> Bool {
        guard try db.tableExists("projection") else { return false }
        return try Int.fetchOne(db, sql: "SELECT version FROM projection") == projection.version
    }

    /// Throws where the tables of the log itself, or columns of theirs, are not there.
    static func readLog(_ db: Database) throws {
        _ = try Row.fetchOne(db, sql: "\(entries) LIMIT 1")
        _ = try Row.fetchOne(db, sql: "SELECT sha256, size, bytes FROM blob LIMIT 1")
    }

    /// Drops all that follows from the entries, and makes it again.
    static func rebuild(_ db: Database, _ projection: any Projection) throws {
        try drop(db, except: StoreLog.tables.union(["entry", "blob"]))
        try createIndex(db, projection)
        let rows = try Row.fetchCursor(db, sql: "\(entries) ORDER BY sequence")
        while let row = try rows.next() {
            // What is not what was recorded is in no list; `evidence verify` names it.
            guard let entry = try? stored(row).entry(in: "") else { continue }
            try project(entry, db, projection)
        }
    }

    /// Drops every table but those, SQLite's own and GRDB's.
    static func drop(_ db: Database, except kept: Set<String>) throws {
        for table in try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
        where !kept.union(["grdb_migrations"]).contains(table) && !table.hasPrefix("sqlite_") {
            try db.execute(sql: "DROP TABLE \"\(table.replacing("\"", with: "\"\""))\"")
        }
    }

    /// A row of the tables that follow from the entries.
    struct ListRow: Sendable {
        let table: String
        /// With their values, in the order in which they are written.
        let columns: [(name: String, value: any DatabaseValueConvertible & Sendable)]
    }

    /// What an entry is found by, without rows of the tables `unread`.
    private static func rows(
        of entry: Entry, _ projection: any Projection, except unread: Set<String> = []
    ) -> [ListRow] {
        let sequence = (name: "sequence", value: entry.sequence as any DatabaseValueConvertible & Sendable)
        var rows = [
            ListRow(
                table: "entry_index",
                columns: [
                    sequence, ("kind", text(entry.kind.rawValue)), ("version", entry.version),
                    ("time", entry.time.formatted(.iso8601)), ("body", entry.bodyDigest.hexadecimal),
                ])
        ]
        rows += entry.subjects.map {
            ListRow(
                table: "entry_subject",
                columns: [("sha256", $0.sha256.hexadecimal), ("name", text($0.name)), sequence])
        }
        rows += entry.parents.map {
            ListRow(table: "entry_parent", columns: [("sha256", $0.hexadecimal), sequence])
        }
        // A large record is not even read where nobody wants its rows.
        guard projection.tables.contains(where: { $0.kinds.contains(entry.kind) && !unread.contains($0.name) }) else {
            return rows
        }
        var ordinals: [String: Int] = [:]
        for row in projection.rows(of: entry) {
            let ordinal = ordinals[row.table, default: 0]
            ordinals[row.table] = ordinal + 1
            let values = row.values.keys.sorted().map { column -> (String, any DatabaseValueConvertible & Sendable) in
                switch row.values[column] {
                case .integer(let number)?: (column, number)
                case .text(let text)?: (column, Self.text(text))
                case nil: (column, DatabaseValue.null)
                }
            }
            rows.append(ListRow(table: row.table, columns: [sequence, ("ordinal", ordinal)] + values))
        }
        return rows
    }

    private static func project(_ entry: Entry, _ db: Database, _ projection: any Projection) throws {
        for row in rows(of: entry, projection) {
            let places = Array(repeating: "?", count: row.columns.count).joined(separator: ", ")
            try db.execute(
                sql: "INSERT INTO \(row.table) (\(row.columns.map(\.name).joined(separator: ", "))) VALUES (\(places))",
                arguments: StatementArguments(row.columns.map(\.value)))
        }
    }

    /// Entries whose rows are made at a time.
    private static let batch = 16

    /// The numbers of the entries that the lists, without the tables `unread`, show otherwise than they are recorded, or that
    /// are in the lists alone.
    static func mislisted(
        _ db: Database, _ projection: any Projection, except unread: Set<String>
    ) throws -> [Int] {
        var found: Set<Int> = []
        var lists = try [
            StoreList(db, "entry_index", ["kind", "version", "time", "body"]),
            StoreList(db, "entry_subject", ["sha256", "name"]), StoreList(db, "entry_parent", ["sha256"]),
        ]
        for table in projection.tables where !unread.contains(table.name) {
            lists.append(try StoreList(db, table.name, ["ordinal"] + table.columns))
        }
        let entries = try Row.fetchCursor(db, sql: "\(Self.entries) ORDER BY sequence")
        let columns = Dictionary(lists.map { ($0.table, $0.columns) }) { first, _ in first }
        var isAtEnd = false
        while !isAtEnd {
            var batch: [StoredEntry] = []
            while batch.count < Self.batch, !isAtEnd {
                if let row = try entries.next() { batch.append(try stored(row)) } else { isAtEnd = true }
            }
            let made = try batch.mapConcurrently { stored -> (sequence: Int, rows: [String: [[DatabaseValue]]])? in
                // What is altered is in no list; verification names it.
                guard let entry = try? stored.entry(in: "") else { return nil }
                var rows: [String: [[DatabaseValue]]] = [:]
                for row in self.rows(of: entry, projection, except: unread) {
                    rows[row.table, default: []].append(StoreList.values(row, in: columns[row.table] ?? []))
                }
                return (entry.sequence, rows)
            }
            for (sequence, rows) in made.compactMap(\.self) {
                for index in lists.indices {
                    found.formUnion(try lists[index].skip(to: sequence))
                    let isAsRecorded = try lists[index].holds(rows[lists[index].table] ?? [], of: sequence)
                    if !isAsRecorded { found.insert(sequence) }
                }
            }
        }
        for index in lists.indices { found.formUnion(try lists[index].skip(to: nil)) }
        return found.sorted()
    }

    /// SQLite's C interface ends a text at its first NUL, so columns show it as a picture; the entry has it as it was.
    private static func text(_ text: String) -> String {
        text.utf8.contains(0)
            ? String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "␀" : $0 })) : text
    }

    // MARK: Entries and blobs

    /// Rows that `stored` takes.
    static let entries = "SELECT sequence, sha256, statement, body FROM entry"
    /// The same without the bodies, and the size of each behind them.
    static let statements = "SELECT sequence, sha256, statement, CAST('' AS BLOB), length(body) FROM entry"

    /// Rows of entries, the newest first; `columns` is one of the two above.
    static func rows(_ query: EntryQuery, _ columns: String, _ db: Database) throws -> [Row] {
        let all: [(String, (any DatabaseValueConvertible)?)] = [
            ("sha256 = ?", query.digest?.hexadecimal),
            ("sequence IN (SELECT sequence FROM entry_index WHERE kind = ?)", query.kind?.rawValue),
            ("sequence IN (SELECT sequence FROM entry_subject WHERE sha256 = ?)", query.subject?.hexadecimal),
            ("sequence IN (SELECT sequence FROM entry_parent WHERE sha256 = ?)", query.parent?.hexadecimal),
            ("sequence < ?", query.before),
        ]
        let given = all.filter { $0.1 != nil }
        return try Row.fetchAll(
            db,
            sql: columns + (given.isEmpty ? "" : " WHERE " + given.map(\.0).joined(separator: " AND "))
                + " ORDER BY sequence DESC LIMIT ?",
            arguments: StatementArguments(given.map(\.1)) + [query.limit])
    }

    static func append(
        _ draft: Entry.Draft, _ db: Database, at time: Date, recorder: String, _ projection: any Projection
    ) throws -> Entry {
        let body = Digest(of: draft.body)
        let present =
            draft.isEvent
            ? nil
            : try Row.fetchOne(
                db,
                sql: """
                    \(entries) WHERE sequence =
                        (SELECT sequence FROM entry_index WHERE kind = ? AND version = ? AND body = ?)
                    """, arguments: [text(draft.kind.rawValue), draft.version, body.hexadecimal])
        if let present, let entry = try? stored(present).entry(in: ""), entry.bodyDigest == body { return entry }
        for parent in draft.parents {
            guard
                try Int.fetchOne(db, sql: "SELECT 1 FROM entry WHERE sha256 = ?", arguments: [parent.hexadecimal])
                    != nil
            else { throw Failure("evidence.parent", "no entry has the digest \(parent)", advice: "record it first") }
        }
        for blob in draft.blobs {
            guard try hasBlob(blob.sha256, db) else {
                throw Failure(
                    "evidence.parent", "no file has the SHA-256 \(blob.sha256) of \(blob.name)",
                    advice: "put it there first")
            }
        }
        // The body of the last is not read, and an alteration of it is no reason to record nothing more.
        let last = try Row.fetchOne(db, sql: "\(statements) ORDER BY sequence DESC LIMIT 1").map(stored)
        guard last.map({ (0..<1 << 53 - 1).contains($0.sequence) }) ?? true else {
            throw StoreFault("the last entry has a number that no Bessemer writes")
        }
        let entry = Entry(draft, after: last, at: time, recorder: recorder)
        try db.execute(
            sql: "INSERT INTO entry VALUES (?, ?, ?, ?)",
            arguments: [entry.sequence, entry.digest.hexadecimal, Data(entry.statement), Data(entry.body)])
        try project(entry, db, projection)
        return entry
    }

    static func stored(_ row: Row) throws -> StoredEntry {
        guard let sequence = Int.fromDatabaseValue(row[0]), let hexadecimal = String.fromDatabaseValue(row[1]),
            let digest = Digest(hexadecimal: hexadecimal), digest.hexadecimal == hexadecimal,
            let statement = Data.fromDatabaseValue(row[2]),
            let body = Data.fromDatabaseValue(row[3])
        else { throw StoreFault("an entry's row holds what no Bessemer writes") }
        return StoredEntry(sequence: sequence, digest: digest, statement: Array(statement), body: Array(body))
    }

    /// Keeps the bytes; those that are there already stay.
    static func put(_ bytes: [UInt8], _ db: Database) throws -> Digest {
        let digest = Digest(of: bytes)
        guard try !hasBlob(digest, db) else { return digest }
        try db.execute(
            sql: "INSERT INTO blob (sha256, size, bytes) VALUES (?, ?, ?)",
            arguments: [digest.hexadecimal, bytes.count, Data(try Zstandard.compressed(bytes))])
        return digest
    }

    /// The digests of all blobs, as they are stored.
    static func blobs(_ db: Database) throws -> [String] { try String.fetchAll(db, sql: "SELECT sha256 FROM blob") }

    static func hasBlob(_ digest: Digest, _ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "SELECT 1 FROM blob WHERE sha256 = ?", arguments: [digest.hexadecimal]) != nil
    }

    static func rows(_ query: RowQuery, of table: ProjectedTable, _ db: Database) throws -> [FoundRow] {
        var sql = "SELECT sequence\(table.columns.map { ", \($0)" }.joined()) FROM \(table.name)"
        var conditions: [String] = []
        var arguments: [any DatabaseValueConvertible] = []
        if let match = query.match, table.columns.contains(match.column) {
            conditions.append(
                match.isWhole ? "\(match.column) = ?1" : "substr(\(match.column), 1, length(?1)) = ?1")
            arguments.append(text(match.text))
        }
        if let entries = query.entries {
            conditions.append("sequence BETWEEN \(entries.lowerBound) AND \(entries.upperBound)")
        }
        if !conditions.isEmpty { sql += " WHERE " + conditions.joined(separator: " AND ") }
        let order = query.order.flatMap { table.columns.contains($0) ? "\($0) DESC, " : nil } ?? ""
        sql += " ORDER BY \(order)sequence DESC, ordinal LIMIT \(max(0, query.limit))"
        return try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments)).map { row in
            guard let sequence = Int.fromDatabaseValue(row[0]) else { throw StoreFault("a row without an entry") }
            var values: [String: ProjectedValue] = [:]
            for (index, column) in table.columns.enumerated() {
                let value: DatabaseValue = row[index + 1]
                switch value.storage {
                case .int64(let number): values[column] = .integer(Int(number))
                case .string(let text): values[column] = .text(text)
                default: break
                }
            }
            return FoundRow(sequence: sequence, values: values)
        }
    }
}
