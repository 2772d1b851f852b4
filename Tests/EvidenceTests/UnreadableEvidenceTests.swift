// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@Suite struct UnreadableEvidenceTests {
    @Test(arguments: ["Dear auditor,\nthis is a letter.\n", "SQLite format 2\0 of long ago", "x"])
    func `a file that is no database is refused and left alone`(_ text: String) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            try AtomicFile.write(text, to: path)
            try await expectLeftAlone(path)
        }
    }

    @Test(arguments: [0.02, 0.3, 0.5, 0.9, 0.999])
    func `a file that was cut off is refused and left alone`(_ part: Double) async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            let bytes = try Data(contentsOf: URL(filePath: path.string))
            try AtomicFile.write(bytes.prefix(Int(Double(bytes.count) * part)), to: path)
            try await expectLeftAlone(path)
        }
    }

    @Test(.integration) func `no flipped byte goes unnoticed or changes the file`() async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            let bytes = try Data(contentsOf: URL(filePath: path.string))
            let record = try await SQLiteEvidenceStore(path: path).run("20261122T101500Z-5f3a9c01").record
            var noticed = 0
            var random = SplitMix(state: 42)
            for round in 0..<60 {
                var flipped = bytes
                let place = round < 20 ? round * 5 : Int(random.next() % UInt64(bytes.count))
                flipped[place] ^= UInt8(truncatingIfNeeded: random.next() | 1)
                try AtomicFile.write(flipped, to: path)
                do {
                    let store = try SQLiteEvidenceStore(path: path)
                    let report = try await VerificationReport(of: store)
                    if !report.faults.isEmpty {
                        noticed += 1
                        continue
                    }
                    let isSame = try await store.run(record.identifier).record == record
                    #expect(isSame, "byte \(place)")
                    try await store.checkIntegrity()
                } catch let error as Failure {
                    noticed += 1
                    #expect(
                        ["evidence.unreadable", "evidence.altered", "evidence.missing"].contains(error.code), "\(error)"
                    )
                    let isLeftAlone = try Data(contentsOf: URL(filePath: path.string)) == flipped
                    #expect(isLeftAlone, "byte \(place)")
                }
            }
            #expect(noticed > 20)
        }
    }

    @Test(arguments: [
        "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), '\"fail\"', '\"pass\"') AS BLOB) WHERE sequence = 1",
        "UPDATE entry SET statement = CAST(replace(CAST(statement AS TEXT), 'bessemer test', 'bessemer best') AS BLOB)",
        "UPDATE entry SET statement = (SELECT statement FROM entry WHERE sequence = 2), body = "
            + "(SELECT body FROM entry WHERE sequence = 2) WHERE sequence = 1",
    ])
    func `a record that was altered by another program is not given out`(_ sql: String) async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                assert db.execute(sys.argv[2]).rowcount > 0
                db.commit()
                """, path.string, sql)
            let store = try SQLiteEvidenceStore(path: path)
            await expectFailure("evidence.altered") { try await store.run("20261122T101500Z-5f3a9c01") }
            #expect(try await VerificationReport(of: store).faults.first?.kind == .altered)
        }
    }

    @Test func `another program's database is refused and left alone`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            _ = try await python(
                "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript('CREATE TABLE bookmarks(url)')",
                path.string)
            try await expectLeftAlone(path)
        }
    }

    @Test func `a newer Bessemer's file is refused and left alone`() async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.execute("PRAGMA user_version = 1000")
                db.commit()
                db.execute("PRAGMA journal_mode = DELETE")
                """, path.string)
            let failure = try await expectLeftAlone(path)
            #expect(failure?.underlying == "a newer Bessemer made it")
        }
    }

    @Test func `a name in the file does not become a part of a query`() async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            // Unquoted it would be a query that never ends.
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                name = 'run" as r, (with recursive c(n) as (select 1 union all select n from c) select n from c where n<0) --'
                db.execute('CREATE TABLE "%s" (x)' % name.replace('"', '""'))
                db.execute('CREATE TABLE "odd""name" (x)')
                db.commit()
                db.execute("PRAGMA journal_mode = DELETE")
                """, path.string)
            #expect(try await SQLiteEvidenceStore.reading(path)?.runs(limit: 5).count == 2)
        }
    }

    @Test(arguments: [
        "DROP TABLE finding; CREATE VIEW finding AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n FROM c) SELECT n FROM c",
        "CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END",
    ])
    func `a file with a view or a trigger is refused and left alone`(_ sql: String) async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.executescript(sys.argv[2])
                db.execute("PRAGMA journal_mode = DELETE")
                """, path.string, sql)
            try await expectLeftAlone(path)
        }
    }

    @Test func `reading makes nothing where there is nothing`() async throws {
        try await withTemporaryFolder { folder in
            #expect(try SQLiteEvidenceStore.reading(folder.appending("none/evidence.sqlite")) == nil)
            #expect(Files.names(in: folder).isEmpty)
            let empty = folder.appending("evidence.sqlite")
            try AtomicFile.write("", to: empty)
            #expect(try SQLiteEvidenceStore.reading(empty) == nil)
            #expect(Files.size(empty) == 0)
        }
    }

    @Test(.integration) func `an auditor's copy that can't be written is read, and nothing is written beside it`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            _ = try await python(
                "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')",
                path.string)
            let names = Files.names(in: folder)
            let manager = FileManager.default
            try manager.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path.string)
            try manager.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.string)
            defer { try? manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.string) }
            // Root may write everywhere, so another process gives that up first.
            await #expect(processExitsWith: .success) { [text = path.string as String] in
                if getuid() == 0 { try #require(setuid(65534) == 0) }
                let store = try #require(try SQLiteEvidenceStore.reading(FilePath(text)))
                #expect(try await store.runs(limit: 5).count == 2)
                _ = try await store.run("20261122T101500Z-5f3a9c01")
                #expect(try store.values(of: "identifier", in: "run", limit: 1) == ["20261121T000000Z-00000000"])
            }
            #expect(Files.names(in: folder) == names)
        }
    }

    @Test func `a folder in the file's place is refused`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            try Files.makeDirectory(path.appending("inside"))
            await expectFailure("evidence.unreadable") { try SQLiteEvidenceStore(path: path) }
            #expect(Files.isDirectory(path.appending("inside")))
        }
    }

    @Test(.integration) func `a file that this user may not read is refused and left alone`() async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            let before = try Data(contentsOf: URL(filePath: path.string))
            try FileManager.default.setAttributes([.posixPermissions: 0o000], ofItemAtPath: path.string)
            // Root may read everything, so another process gives that up first.
            await #expect(processExitsWith: .success) { [text = path.string as String] in
                if getuid() == 0 { try #require(setuid(65534) == 0) }
                await expectFailure("evidence.unreadable") { try SQLiteEvidenceStore(path: FilePath(text)) }
            }
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path.string)
            let isLeftAlone = try Data(contentsOf: URL(filePath: path.string)) == before
            #expect(isLeftAlone)
        }
    }

    @Test func `an empty file becomes a store, and one whose log is not empty does not`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            try AtomicFile.write("", to: path)
            try AtomicFile.write("frames", to: folder.appending("evidence.sqlite-wal"))
            try await expectLeftAlone(path)
            #expect(try Files.text(folder.appending("evidence.sqlite-wal")) == "frames")
            try Files.remove(folder.appending("evidence.sqlite-wal"))
            #expect(try await SQLiteEvidenceStore(path: path).record(SampleRecord.passed()).sequence == 1)
        }
    }

    @Test func `what a killed process left half made becomes a store`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.execute("CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
                db.commit()
                """, path.string)
            #expect(try await SQLiteEvidenceStore(path: path).record(SampleRecord.passed()).sequence == 1)
        }
    }

    /// A store with two records, its log merged into the one file.
    private func filled(_ folder: FilePath) async throws -> FilePath {
        let path = folder.appending("evidence.sqlite")
        do {
            let store = try SQLiteEvidenceStore(path: path)
            try await store.record(SampleRecord.failed())
            try await store.record(SampleRecord.renamed(SampleRecord.passed(), "20261121T000000Z-00000000"))
        }
        _ = try await python(
            "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')", path.string)
        return path
    }

    @discardableResult
    private func expectLeftAlone(_ path: FilePath) async throws -> Failure? {
        let before = try Data(contentsOf: URL(filePath: path.string))
        let failure = await expectFailure("evidence.unreadable") { try SQLiteEvidenceStore(path: path) }
        let isLeftAlone = try Data(contentsOf: URL(filePath: path.string)) == before
        #expect(isLeftAlone)
        #expect(failure?.message.contains(path.string) == true)
        return failure
    }
}

/// Numbers that look random and are the same each time (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
