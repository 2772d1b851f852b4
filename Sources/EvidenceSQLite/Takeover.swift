// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import GRDB
internal import Host
internal import Records

/// The records of a store that Bessemer 0.1 wrote, each of which becomes an entry with its bytes untouched.
///
/// That program kept a run and a drill as JSON with its SHA-256, and of a comparison only a summary in columns.
struct Takeover {
    private struct Record {
        let startedAt: String
        let kind: RecordKind
        let identifier: String
        /// Of the run that a drill belongs to.
        let run: String?
        let body: [UInt8]
        /// What the old store said of the body.
        let digest: String
    }

    private let records: [Record]

    /// Whether every change that the file's tables went through is one that Bessemer 0.1 made.
    static func isKnown(_ db: Database) throws -> Bool {
        guard try db.tableExists("grdb_migrations") else { return true }
        let done = try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations")
        return Set(done).isSubset(of: ["1", "2", "3", "4", "regression", "rollback"])
    }

    /// Reads the old tables and drops them; there are none in a new file.
    init(_ db: Database) throws {
        var records: [Record] = []
        for (kind, table, run) in [(RecordKind.run, "run", "NULL"), (.drill, "rollback_drill", "run")]
        where try db.tableExists(table) {
            let columns = "startedAt, identifier, \(run), CAST(json AS BLOB), jsonSHA256"
            records += try Row.fetchAll(db, sql: "SELECT \(columns) FROM \(table)").map { try Self.record(kind, $0) }
        }
        if try db.tableExists("regression") { records += try Self.comparisons(db) }
        // A drill comes behind its run, which began before it.
        self.records = records.sorted {
            ($0.startedAt, $0.kind == .run ? 0 : 1, $0.identifier) < (
                $1.startedAt, $1.kind == .run ? 0 : 1, $1.identifier
            )
        }
        try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
        try StoreTables.drop(db, except: [])
    }

    private static func record(_ kind: RecordKind, _ row: Row) throws -> Record {
        guard let startedAt = String.fromDatabaseValue(row[0]), let identifier = String.fromDatabaseValue(row[1]),
            let body = Data.fromDatabaseValue(row[3]), let digest = String.fromDatabaseValue(row[4])
        else { throw StoreFault("a record's row holds what no Bessemer writes") }
        return Record(
            startedAt: startedAt, kind: kind, identifier: identifier, run: String.fromDatabaseValue(row[2]),
            body: Array(body), digest: digest)
    }

    private static func comparisons(_ db: Database) throws -> [Record] {
        try Row.fetchAll(db, sql: "SELECT * FROM regression").map { row in
            guard let identifier = String.fromDatabaseValue(row["identifier"]),
                let startedAt = String.fromDatabaseValue(row["startedAt"])
            else { throw StoreFault("a comparison's row holds what no Bessemer writes") }
            let tests = try Row.fetchAll(
                db, sql: "SELECT * FROM regression_test WHERE regression = ? ORDER BY ordinal", arguments: [identifier]
            ).map { object($0, leavingOut: ["regression", "ordinal"]) }
            guard case .object(let members) = object(row, leavingOut: []) else {
                throw StoreFault("a comparison's row holds what no Bessemer writes")
            }
            let body = CanonicalJSON(object: members + [.init("tests", .array(tests))]).bytes
            return Record(
                startedAt: startedAt, kind: .comparison, identifier: identifier, run: nil, body: body,
                digest: Digest(of: body).hexadecimal)
        }
    }

    /// A row as a value; numbers that are not whole, which are seconds, become milliseconds.
    private static func object(_ row: Row, leavingOut names: Set<String>) -> CanonicalJSON {
        CanonicalJSON(
            object: row.compactMap { column, value in
                guard !names.contains(column) else { return nil }
                switch value.storage {
                case .int64(let number): return .init(column, .integer(Int(number)))
                case .double(let seconds):
                    let milliseconds = Int(exactly: (seconds * 1000).rounded()) ?? 0
                    return .init(column == "seconds" ? "milliseconds" : column, .integer(milliseconds))
                case .string(let text): return .init(column, .string(text))
                default: return .init(column, .null)
                }
            })
    }

    func append(to db: Database, _ settings: StoreSettings) throws {
        var runs: [String: Digest] = [:]
        for record in records {
            let draft: Entry.Draft
            if Digest(of: record.body).hexadecimal == record.digest {
                draft = Entry.Draft(
                    kind: record.kind, version: 1, parents: record.run.flatMap { runs[$0] }.map { [$0] } ?? [],
                    subjects: RecordRegistry.subjects(record.kind, version: 1, of: record.body), body: record.body)
            } else {
                // Not laundered, and not lost: what was found, under what it should have been.
                let blob = try StoreTables.put(record.body, db)
                draft = try Entry.Draft(
                    AlteredRecord(
                        kind: record.kind, identifier: record.identifier, recordedSHA256: record.digest,
                        foundSHA256: blob),
                    blobs: [Subject(record.identifier, blob)])
            }
            let entry = try StoreTables.append(
                draft, db, at: settings.clock(), recorder: settings.recorder, settings.projection)
            if record.kind == .run { runs[record.identifier] = entry.digest }
        }
    }
}
