// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import GRDB
package import Host
package import Records
package import SystemPackage

/// The evidence store in one SQLite file (write-ahead logging, foreign keys on); several processes may use it at once.
///
/// Each run has rows in the tables `run`, `tool`, `artifact`, `test`, `event`, `finding`, `waiver` and `step`, and its
/// whole record as JSON, the bytes of `report.json`, with their SHA-256 in `run`. The rows follow from the JSON, which
/// is checked whenever a record is read. A drill of the way back has its rows in `rollback_drill` and `rollback_step`.
package struct SQLiteEvidenceStore: EvidenceStore {
    package let path: FilePath
    let queue: DatabaseQueue

    /// Opens the file, or makes it and its folder where there is none.
    ///
    /// Throws `Failure` with code `evidence.unreadable` where the file is there but is no evidence store, is damaged,
    /// may not be read, or comes from a newer Bessemer; such a file is left as it is.
    package init(path: FilePath) throws {
        self.path = path
        try Files.makeDirectory(path.removingLastComponent(), permissions: Files.ownFolder)
        try Self.refuseOddFiles(beside: path)
        queue = try Self.patiently { try Self.open(path) }
    }

    /// Opens a file for reading alone; nil where nothing has been recorded yet. Nothing is made or written, unless the file
    /// is of an older Bessemer's making, whose tables have to become today's.
    ///
    /// Throws as `init(path:)` does.
    package static func reading(_ path: FilePath) throws -> SQLiteEvidenceStore? {
        if let obstacle = Files.obstacle(to: path) {
            throw unreadable(
                path, obstacle.description, advice: "look at the folders on the way to it, and at XDG_STATE_HOME")
        }
        guard Files.exists(path) else { return nil }
        try refuseOddFiles(beside: path)
        let isEmpty = Files.size(path) == 0 && (Files.size(FilePath("\(path)-wal")) ?? 0) == 0
        if isEmpty { return nil }
        return SQLiteEvidenceStore(path: path, queue: try patiently { try openForReading(path) })
    }

    private init(path: FilePath, queue: DatabaseQueue) {
        self.path = path
        self.queue = queue
    }

    /// SQLite opens its journals as they are, and waits for a pipe.
    private static func refuseOddFiles(beside path: FilePath) throws {
        for end in ["", "-journal", "-wal", "-shm"] {
            let file = FilePath("\(path)\(end)")
            guard Files.exists(file), !Files.isRegularFile(file) else { continue }
            throw unreadable(
                file, "it is not a regular file", advice: "remove it, or set XDG_STATE_HOME to another folder")
        }
    }

    private static func openForReading(_ path: FilePath) throws -> DatabaseQueue {
        guard (Files.size(path) ?? 0) > 0 else { return try open(path) }
        do {
            let queue = try check(path)
            if try queue.read(EvidenceSchema.migrator.hasCompletedMigrations) { return queue }
        } catch {
            throw failure(path, error)
        }
        return try open(path)
    }

    private static func open(_ path: FilePath) throws -> DatabaseQueue {
        let isNew = (Files.size(path) ?? 0) == 0
        if isNew, (Files.size(FilePath("\(path)-wal")) ?? 0) > 0 {
            throw unreadable(path, "it is empty, but its write-ahead log \(path)-wal is not")
        }
        if !isNew { _ = try check(path) }
        do {
            let queue = try DatabaseQueue(path: path.string, configuration: configuration())
            try migrate(queue)
            return queue
        } catch {
            throw failure(path, error)
        }
    }

    /// Tries again for half a second: while another process makes, closes or checkpoints the store, its files can for a
    /// moment look like damaged ones, and SQLite's own waiting does not cover that (a change to WAL mode, a log that
    /// is removed at the last close).
    private static func patiently<Result>(_ body: () throws -> Result) throws -> Result {
        for pause in [40, 80, 160, 320] {
            if let result = try? body() { return result }
            Thread.sleep(forTimeInterval: Double(pause) / 1000)
        }
        return try body()
    }

    @discardableResult
    package func insert(_ record: RunRecord) async throws -> Insertion {
        let rows = try EvidenceRows(of: record)
        let present: String? = try await asking {
            try await queue.write { db in
                let present = try String.fetchOne(
                    db, sql: "SELECT jsonSHA256 FROM run WHERE identifier = ?", arguments: [rows.run.identifier])
                if present == nil { try rows.insert(db) }
                return present
            }
        }
        guard let present else {
            // A damaged log loses its last transactions without a word, a damaged database does not: so the record
            // moves to the database now. Where another process keeps it from doing so, it does at the next record.
            _ = try? await queue.writeWithoutTransaction { db in try db.checkpoint(.passive) }
            return .added
        }
        guard present == rows.run.jsonSHA256 else {
            throw Failure(
                "evidence.conflict", "run \(record.identifier) is already in \(path), with other content",
                advice:
                    "a recorded run is never changed: look at it with `bessemer evidence show \(record.identifier)`, "
                    + "and record the new one under an identifier of its own",
                underlying: "SHA-256 of the report there: \(present); of this one: \(rows.run.jsonSHA256)")
        }
        return .present
    }

    package func list(limit: Int) async throws -> [RunSummary] {
        let rows = try await asking {
            try await queue.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT identifier, kernelVersion, release, verdict, startedAt, finishedAt, sourceKind, passed,
                            failed, skipped, undecided, buildSeconds, buildSteps,
                            (SELECT count(*) FROM waiver WHERE run = identifier) AS waived
                        FROM run ORDER BY startedAt DESC, identifier DESC LIMIT ?
                        """, arguments: [max(0, limit)]
                ).map(RunSummary.init)
            }
        }
        return try rows.map { summary in
            guard let summary else { throw Self.unreadable(path, "a run's row holds what no Bessemer writes") }
            return summary
        }
    }

    /// The runs' identifiers, the newest first.
    package func identifiers(limit: Int) throws -> [String] {
        try queue.read { db in
            try String.fetchAll(
                db, sql: "SELECT identifier FROM run ORDER BY startedAt DESC, identifier DESC LIMIT ?",
                arguments: [max(0, limit)])
        }
    }

    package func record(_ identifier: String) async throws -> RunRecord {
        let matches = try await asking {
            try await queue.read { db in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT identifier FROM run WHERE substr(identifier, 1, length(?1)) = ?1
                        ORDER BY identifier = ?1 DESC, startedAt DESC, identifier DESC LIMIT 6
                        """, arguments: [identifier])
            }
        }
        guard !identifier.isEmpty, let first = matches.first else {
            throw Failure(
                "evidence.missing", "no run in \(path) has the identifier “\(identifier)” or one that begins so",
                advice: "see the runs that there are with `bessemer evidence list`")
        }
        guard matches.count == 1 || first == identifier else {
            throw Failure(
                "evidence.ambiguous", "more than one run begins with “\(identifier)”",
                advice: "give more of the identifier", underlying: matches.joined(separator: "\n  "))
        }
        return try await verifiedRecord(first)
    }

    /// Checks the whole file: SQLite's own integrity check, foreign keys, and each record against its digest and rows.
    /// Returns the number of records.
    ///
    /// Throws `Failure` with code `evidence.unreadable` or `evidence.altered` at the first thing that does not hold.
    package func verify() async throws -> Int {
        let identifiers: [String] = try await asking {
            try await queue.read { db in
                let answers = try String.fetchAll(db, sql: "PRAGMA integrity_check(1)")
                guard answers == ["ok"] else {
                    throw Self.unreadable(path, answers.joined(separator: "; "))
                }
                try db.checkForeignKeys()
                return try String.fetchAll(db, sql: "SELECT identifier FROM run ORDER BY identifier")
            }
        }
        for identifier in identifiers { _ = try await verifiedRecord(identifier) }
        let drills = try await asking {
            try await queue.read { db in
                try String.fetchAll(db, sql: "SELECT identifier FROM rollback_drill ORDER BY identifier")
            }
        }
        for identifier in drills { _ = try await verifiedDrill(identifier) }
        return identifiers.count + drills.count
    }

    @discardableResult
    package func insert(_ drill: RollbackDrill) async throws -> Insertion {
        let rows = try DrillRows(of: drill)
        let (present, hasRun): (String?, Bool) = try await asking {
            try await queue.write { db in
                let present = try String.fetchOne(
                    db, sql: "SELECT jsonSHA256 FROM rollback_drill WHERE identifier = ?",
                    arguments: [rows.drill.identifier])
                let hasRun = try rows.drill.run.map { try RunRow.exists(db, key: $0) } ?? true
                if present == nil, hasRun { try rows.insert(db) }
                return (present, hasRun)
            }
        }
        guard hasRun else {
            throw Failure(
                "evidence.missing", "the drill \(drill.identifier) names a run that is not in \(path)",
                advice: "see the runs that there are with `bessemer evidence list`")
        }
        guard let present else {
            _ = try? await queue.writeWithoutTransaction { db in try db.checkpoint(.passive) }
            return .added
        }
        guard present == rows.drill.jsonSHA256 else {
            throw Failure(
                "evidence.conflict", "drill \(drill.identifier) is already in \(path), with other content",
                advice: "a recorded drill is never changed: record the new one under an identifier of its own")
        }
        return .present
    }

    package func drills(ofRun identifier: String) async throws -> [RollbackDrill] {
        let identifiers = try await asking {
            try await queue.read { db in
                try String.fetchAll(
                    db, sql: "SELECT identifier FROM rollback_drill WHERE run = ? ORDER BY startedAt, identifier",
                    arguments: [identifier])
            }
        }
        var drills: [RollbackDrill] = []
        for identifier in identifiers { drills.append(try await verifiedDrill(identifier)) }
        return drills
    }

    package func run(thatBuilt candidate: Digest, beside baseline: Digest) async throws -> RunRecord? {
        let identifiers = try await asking {
            try await queue.read { db in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT identifier FROM run WHERE EXISTS
                            (SELECT 1 FROM artifact WHERE artifact.run = run.identifier AND sha256 = ?)
                        ORDER BY startedAt DESC, identifier DESC LIMIT 50
                        """,
                    arguments: [candidate.hexadecimal])
            }
        }
        for identifier in identifiers {
            let record = try await verifiedRecord(identifier)
            if record.baseline?.build.artifacts.contains(where: { $0.sha256 == baseline }) == true { return record }
        }
        return nil
    }

    private func verifiedDrill(_ identifier: String) async throws -> RollbackDrill {
        let stored = try await asking {
            try await queue.read { db in try DrillRows(db, identifier: identifier) }
        }
        guard let stored else {
            throw Self.unreadable(path, "drill \(identifier) is in an index and not in its table")
        }
        func altered(_ what: String) -> Failure {
            Failure(
                "evidence.altered", "drill \(identifier) in \(path) is not what was recorded: \(what)",
                advice: "compare it with drill.json in the drill's folder, and take the file from a backup; "
                    + "Bessemer left it as it is")
        }
        guard Digest(of: stored.drill.json).hexadecimal == stored.drill.jsonSHA256 else {
            throw altered("its JSON does not have the recorded SHA-256 \(stored.drill.jsonSHA256)")
        }
        let drill = try JSON.decode(
            RollbackDrill.self, from: Array(stored.drill.json.utf8), named: "drill \(identifier)",
            advice: "read it with the version of Bessemer that recorded it, or restore \(path) from a backup")
        guard try DrillRows(of: drill) == stored else { throw altered("its rows do not say what its JSON says") }
        return drill
    }

    private func verifiedRecord(_ identifier: String) async throws -> RunRecord {
        let stored = try await asking {
            try await queue.read { db in try EvidenceRows(db, identifier: identifier) }
        }
        guard let stored else {
            throw Self.unreadable(path, "run \(identifier) is in an index and not in its table")
        }
        func altered(_ what: String) -> Failure {
            Failure(
                "evidence.altered", "run \(identifier) in \(path) is not what was recorded: \(what)",
                advice: "compare it with report.json in the run's folder, and take the file from a backup; "
                    + "Bessemer left it as it is")
        }
        guard Digest(of: stored.run.json).hexadecimal == stored.run.jsonSHA256 else {
            throw altered("its JSON does not have the recorded SHA-256 \(stored.run.jsonSHA256)")
        }
        let record = try JSON.decode(
            RunRecord.self, from: Array(stored.run.json.utf8), named: "run \(identifier)",
            advice: "read it with the version of Bessemer that recorded it, or restore \(path) from a backup")
        guard try EvidenceRows(of: record) == stored else { throw altered("its rows do not say what its JSON says") }
        return record
    }

    func asking<Answer: Sendable>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as Failure {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Self.failure(path, error)
        }
    }
}

extension SQLiteEvidenceStore {
    private static func configuration(readOnly: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { db in
            // The file may come from anyone: SQLite looks harder at its pages, and runs no functions from its schema.
            try db.execute(sql: "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA synchronous = FULL")
        }
        return configuration
    }

    /// A connection that writes not a byte to the file.
    ///
    /// SQLite makes two files beside a database with a write-ahead log, also to read it. Where it can't, on a full disk or
    /// in a folder without permission, and the log is empty, the file is read as one that nobody changes meanwhile
    /// (https://www.sqlite.org/uri.html, `immutable`).
    private static func readOnlyQueue(_ path: FilePath) throws -> DatabaseQueue {
        func opened(_ name: String) throws -> DatabaseQueue {
            let queue = try DatabaseQueue(path: name, configuration: configuration(readOnly: true))
            _ = try queue.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") }
            return queue
        }
        do {
            return try opened(path.string)
        } catch let error as DatabaseError {
            let hasLog = (Files.size(FilePath("\(path)-wal")) ?? 0) > 0
            let isRefused = [.SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_IOERR, .SQLITE_FULL].contains(error.resultCode)
            guard isRefused, !hasLog,
                let name = path.string.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed),
                let queue = try? opened("file:\(name)?immutable=1")
            else { throw error }
            return queue
        }
    }

    /// Looks at an existing file without writing a byte to it. Returns the connection that it did this with.
    private static func check(_ path: FilePath) throws -> DatabaseQueue {
        do {
            let magic = Data("SQLite format 3\0".utf8)
            let file = try FileHandle(forReadingFrom: URL(filePath: path.string))
            let start = try file.read(upToCount: magic.count)
            try file.close()
            guard start == magic else { throw unreadable(path, "it is not an SQLite database") }
            let queue = try readOnlyQueue(path)
            try queue.read { db in
                // SQLite itself takes a last page that was cut off for a whole one.
                let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
                guard pageSize > 0, (Files.size(path) ?? 0) % pageSize == 0 else {
                    throw unreadable(path, "it was cut off in the middle of a page")
                }
                let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
                let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
                let isHalfMade = try application == 0 && (tables == 0 || onlyMigrationsTable(db))
                guard application == EvidenceSchema.applicationIdentifier || isHalfMade else {
                    throw unreadable(path, "it is another program's database")
                }
                guard try !EvidenceSchema.migrator.hasBeenSuperseded(db) else {
                    throw unreadable(
                        path, "a newer Bessemer made it",
                        advice: "use that Bessemer, or name another file; this one was left as it is")
                }
                if application == EvidenceSchema.applicationIdentifier {
                    // A view in a table's place could be one without an end.
                    let kinds = "SELECT name FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR rootpage = 0"
                    if let name = try String.fetchOne(db, sql: kinds + " LIMIT 1") {
                        throw unreadable(path, "“\(name)” in it is not of Bessemer's making")
                    }
                    // A truncated file shows here: SQLite compares the header's number of pages with the file's size,
                    // and this reads the root page of each table.
                    for table in try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'") {
                        // The name is the file's, which may come from anyone; GRDB's own quoting leaves quotes in it.
                        let name = table.replacing("\"", with: "\"\"")
                        _ = try Row.fetchOne(db, sql: "SELECT * FROM \"\(name)\" LIMIT 1")
                    }
                }
            }
            return queue
        } catch let error as Failure {
            throw error
        } catch {
            throw failure(path, error)
        }
    }

    /// What a process leaves that was killed while it made the file.
    private static func onlyMigrationsTable(_ db: Database) throws -> Bool {
        let names = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
        guard names == ["grdb_migrations"] else { return false }
        return try Int.fetchOne(db, sql: "SELECT count(*) FROM grdb_migrations") == 0
    }

    /// Two processes that make the file at the same time may both start on the first migration: one of them loses, and
    /// finds it done when it looks again.
    private static func migrate(_ queue: DatabaseQueue) throws {
        let migrator = EvidenceSchema.migrator
        var attempts = 0
        while true {
            do {
                try queue.inDatabase { db in _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") }
                if try queue.read(migrator.hasCompletedMigrations) { return }
                try migrator.migrate(queue)
                return
            } catch let error as DatabaseError {
                attempts += 1
                let isContention = error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
                let isDoneByAnother = (try? queue.read(migrator.hasCompletedMigrations)) == true
                guard attempts < 200, isContention || isDoneByAnother else { throw error }
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
    }

    private static func unreadable(
        _ path: FilePath, _ what: String,
        advice: String = "move the file away, or take it from a backup, then run this again; it was left as it is"
    ) -> Failure {
        Failure("evidence.unreadable", "could not read the evidence file \(path)", advice: advice, underlying: what)
    }

    private static func failure(_ path: FilePath, _ error: any Error) -> any Error {
        switch error {
        case let error as Failure:
            return error
        case let error as CocoaError:
            return unreadable(
                path, ErrorWords.of(error),
                advice: "check that it is a file that this user may read and write; it was left as it is")
        case let error as DatabaseError:
            let message = "SQLite: \(error.message ?? error.resultCode.description)"
            switch error.resultCode {
            case .SQLITE_FULL:
                return Failure(
                    "disk.full", "no space left while writing \(path)",
                    advice: "free space on that file system, then run this again; what was recorded is still there",
                    underlying: message)
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                return Failure(
                    "evidence.busy", "another process has kept \(path) locked for too long",
                    advice: "let it end, then run this again", underlying: message)
            case .SQLITE_IOERR:
                return unreadable(
                    path, message,
                    advice:
                        "check the disk and the free space of its file system, then run this again; it was left as it is"
                )
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
                return unreadable(
                    path, message,
                    advice:
                        "check that it is a file that this user may read and write, as its folder; it was left as it is"
                )
            default:
                return unreadable(path, message)
            }
        default:
            return unreadable(path, ErrorWords.of(error))
        }
    }
}

extension RunSummary {
    /// Nil where the row holds what no Bessemer writes.
    fileprivate init?(_ row: Row) {
        guard let verdict = RunRecord.Verdict(rawValue: row["verdict"]),
            let kind = SourceIdentity.Kind(rawValue: row["sourceKind"]),
            let startedAt = try? Date(row["startedAt"], strategy: .iso8601),
            let finishedAt = try? Date(row["finishedAt"], strategy: .iso8601)
        else { return nil }
        var counts = TestCounts()
        counts.pass = row["passed"]
        counts.fail = row["failed"]
        counts.skip = row["skipped"]
        counts.unknown = row["undecided"]
        self.init(
            identifier: row["identifier"], kernelVersion: row["kernelVersion"], release: row["release"],
            verdict: verdict, startedAt: startedAt, finishedAt: finishedAt, sourceKind: kind, counts: counts,
            waived: row["waived"], buildSeconds: row["buildSeconds"], buildSteps: row["buildSteps"])
    }
}
