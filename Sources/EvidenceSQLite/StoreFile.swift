// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import GRDB
internal import Host
internal import SystemPackage

/// Opens evidence files, which may come from anyone and be damaged.
enum StoreFile {
    /// Opens a file for writing; makes it where there is none, and takes an older Bessemer's over.
    static func open(_ path: FilePath, _ settings: StoreSettings) throws -> DatabaseQueue {
        try refuseOddFiles(beside: path)
        return try patiently(path) {
            let isNew = (Files.size(path) ?? 0) == 0
            if isNew, (Files.size(FilePath("\(path)-wal")) ?? 0) > 0 {
                throw unreadable(path, "it is empty, but its write-ahead log \(path)-wal is not")
            }
            if !isNew { _ = try check(path) }
            let queue = try DatabaseQueue(path: path.string, configuration: configuration())
            try bringUp(queue, settings)
            return queue
        }
    }

    /// Opens a file for reading alone; nil where nothing has been recorded yet.
    static func openForReading(_ path: FilePath, _ settings: StoreSettings) throws -> DatabaseQueue? {
        if let obstacle = Files.obstacle(to: path) {
            throw unreadable(
                path, obstacle.description, advice: "look at the folders on the way to it, and at XDG_STATE_HOME")
        }
        try refuseOddFiles(beside: path)
        let isEmpty = (Files.size(path) ?? 0) == 0 && (Files.size(FilePath("\(path)-wal")) ?? 0) == 0
        if isEmpty { return nil }
        let queue: DatabaseQueue? = try patiently(path) {
            guard Files.exists(path) else {
                throw unreadable(path, "it is gone, but its write-ahead log \(path)-wal is there")
            }
            guard (Files.size(path) ?? 0) > 0 else { return nil }
            let queue = try check(path)
            return try queue.read { db in try isReadable(db, settings) } ? queue : nil
        }
        return try queue ?? open(path, settings)
    }

    /// A file of the version before lacks the leaves alone, which take a key to make.
    private static func isReadable(_ db: Database, _ settings: StoreSettings) throws -> Bool {
        let versions = [StoreTables.versionWithoutLeaves, StoreTables.version]
        return try versions.contains(Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0)
            && StoreTables.isProjected(db, settings.projection)
    }

    private static func isUpToDate(_ db: Database, _ settings: StoreSettings) throws -> Bool {
        try Int.fetchOne(db, sql: "PRAGMA user_version") == StoreTables.version
            && StoreTables.isProjected(db, settings.projection)
            && (settings.log == nil || !StoreLog.isWaiting(db))
    }

    /// SQLite opens its journals as they are, and waits for a pipe.
    private static func refuseOddFiles(beside path: FilePath) throws {
        for end in ["", "-journal", "-wal", "-shm"] {
            let file = FilePath("\(path)\(end)")
            guard Files.status(file, followingLinks: false) != nil, !Files.isRegularFile(file) else { continue }
            throw unreadable(
                file, Files.exists(file) ? "it is not a regular file" : "it is a link to a file that is not there",
                advice: "look where it leads, or set XDG_STATE_HOME to another folder")
        }
    }

    /// Tries again for half a second: while another process makes, closes or checkpoints the store, its files can for a
    /// moment look like damaged ones, and SQLite's own waiting does not cover that (a change to WAL mode, a log that
    /// is removed at the last close). What goes wrong in the end is said of the file.
    private static func patiently<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result {
        var pauses = [40, 80, 160, 320][...]
        while true {
            do {
                return try body()
            } catch {
                // For a file that is locked SQLite has waited already.
                let isLocked = (error as? DatabaseError)?.resultCode == .SQLITE_BUSY
                guard !isLocked, let pause = pauses.popFirst() else { throw failure(path, error) }
                Thread.sleep(forTimeInterval: Double(pause) / 1000)
            }
        }
    }

    private static func configuration(readOnly: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
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
        // Nobody but SQLite opens the file: a descriptor that is closed here takes this process's locks on it away, and another
        // process could then remove the write-ahead log of a connection that is still open here.
        let queue: DatabaseQueue
        // SQLite takes what is smaller than its smallest page for an empty file.
        guard (Files.size(path) ?? 0) >= 512 else { throw unreadable(path, "it is not an SQLite database") }
        do {
            queue = try readOnlyQueue(path)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw unreadable(path, "it is not an SQLite database")
        }
        try queue.read { db in try check(db, path) }
        return queue
    }

    private static func check(_ db: Database, _ path: FilePath) throws {
        // SQLite itself takes a last page that was cut off for a whole one. What lies behind the last page is of a write that
        // a full disk ended; while the write-ahead log has pages, the file may be behind it.
        let isBehind = (Files.size(FilePath("\(path)-wal")) ?? 0) > 0
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        guard pageSize > 0, isBehind || (Files.size(path) ?? 0) >= pages * pageSize else {
            throw unreadable(path, "it was cut off in the middle of a page")
        }
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
        // What a process leaves that was killed while it made the file.
        let isHalfMade = application == 0 && version == 0 && (tables.isEmpty || tables == ["grdb_migrations"])
        guard application == StoreTables.applicationIdentifier || isHalfMade else {
            throw unreadable(path, "it is another program's database")
        }
        let isKnown =
            try version == 0
            ? Takeover.isKnown(db) : [StoreTables.versionWithoutLeaves, StoreTables.version].contains(version)
        guard isKnown else {
            throw unreadable(
                path, "a newer Bessemer made it",
                advice: "use that Bessemer, or name another file; this one was left as it is")
        }
        guard application == StoreTables.applicationIdentifier else { return }
        // A view in a table's place could be one without an end.
        let odd = "SELECT name FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR rootpage = 0 LIMIT 1"
        if let name = try String.fetchOne(db, sql: odd) {
            throw unreadable(path, "“\(name)” in it is not of Bessemer's making")
        }
        // A truncated file shows here: SQLite compares the header's number of pages with the file's size, and this reads
        // the root page of each table.
        for table in try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'") {
            // The name is the file's, which may come from anyone; GRDB's own quoting leaves quotes in it.
            _ = try Row.fetchOne(db, sql: "SELECT * FROM \"\(table.replacing("\"", with: "\"\""))\" LIMIT 1")
        }
    }

    /// Makes the tables, takes an older store's over, or makes what follows from the entries again: whole or not at all.
    private static func bringUp(_ queue: DatabaseQueue, _ settings: StoreSettings) throws {
        var attempts = 0
        while true {
            do {
                try queue.inDatabase { db in _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") }
                if try queue.read({ db in try isUpToDate(db, settings) }) { return }
                try queue.write { db in
                    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                    if version == StoreTables.versionWithoutLeaves {
                        try StoreLog.create(db)
                        try db.execute(sql: "PRAGMA user_version = \(StoreTables.version)")
                    }
                    if version == 0 {
                        let old = try Takeover(db)
                        try StoreTables.create(db, settings.projection)
                        try old.append(to: db, settings)
                    } else if try !StoreTables.isProjected(db, settings.projection) {
                        try StoreTables.rebuild(db, settings.projection)
                    }
                    try StoreLog.sign(db, settings)
                }
                return
            } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
                // SQLite does not wait for a change to WAL mode.
                attempts += 1
                guard attempts < 200 else { throw error }
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
    }

    static func unreadable(
        _ path: FilePath, _ what: String,
        advice: String = "move the file away, or take it from a backup, then run this again; it was left as it is"
    ) -> Failure {
        Failure("evidence.unreadable", "could not read the evidence file \(path)", advice: advice, underlying: what)
    }

    static func words(_ error: DatabaseError) -> String { "SQLite: \(error.message ?? error.resultCode.description)" }

    static func failure(_ path: FilePath, _ error: any Error) -> any Error {
        let permissions =
            "check that it is a file that this user may read and write, as its folder; it was left as it is"
        switch error {
        case let error as Failure:
            return error
        case let error as CocoaError:
            return unreadable(path, ErrorWords.of(error), advice: permissions)
        case let error as DatabaseError:
            let message = words(error)
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
                        "check the disk and the free space of its file system, then run this again; it was left as it "
                        + "is")
            case .SQLITE_READONLY:
                return Failure(
                    "evidence.read-only", "\(path) can't be written here, so nothing can be recorded",
                    advice: "run this as the owner of the file, where its file system is not read-only",
                    underlying: message)
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
                return unreadable(path, message, advice: permissions)
            default:
                return unreadable(path, message)
            }
        default:
            return unreadable(path, ErrorWords.of(error))
        }
    }
}
