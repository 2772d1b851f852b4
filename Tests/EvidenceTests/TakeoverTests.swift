// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

/// A store of Bessemer 0.1 becomes a log, each of its records an entry with its bytes untouched.
@Suite struct TakeoverTests {
    /// Makes such a store: its tables with the columns that matter here, its mark and its migrations.
    private static let make = """
        import hashlib, json, sqlite3, sys
        path, folder = sys.argv[1:3]
        read = lambda name: open(f"{folder}/{name}", encoding="utf-8", newline="").read()
        digest = lambda text: hashlib.sha256(text.encode()).hexdigest()
        db = sqlite3.connect(path)
        db.executescript('''
            PRAGMA journal_mode = WAL;
            PRAGMA application_id = 1113944947;
            CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
            CREATE TABLE run (identifier TEXT PRIMARY KEY, startedAt TEXT NOT NULL, json TEXT NOT NULL,
                jsonSHA256 TEXT NOT NULL) STRICT;
            CREATE TABLE artifact (run TEXT NOT NULL REFERENCES run (identifier) ON DELETE RESTRICT, ordinal INTEGER) STRICT;
            CREATE TABLE rollback_drill (identifier TEXT PRIMARY KEY, run TEXT REFERENCES run (identifier) ON DELETE RESTRICT,
                startedAt TEXT NOT NULL, json TEXT NOT NULL, jsonSHA256 TEXT NOT NULL) STRICT;
            CREATE TABLE regression (identifier TEXT PRIMARY KEY, startedAt TEXT NOT NULL, seconds REAL NOT NULL,
                baseline TEXT NOT NULL, candidate TEXT NOT NULL, suites TEXT NOT NULL, machines TEXT NOT NULL,
                turns INTEGER NOT NULL, newFailures INTEGER NOT NULL, lostPasses INTEGER NOT NULL, isClean INTEGER NOT NULL,
                baselineSHA256 TEXT NOT NULL, candidateSHA256 TEXT NOT NULL, reportSHA256 TEXT NOT NULL) STRICT;
            CREATE TABLE regression_test (regression TEXT NOT NULL, ordinal INTEGER NOT NULL, machine TEXT NOT NULL,
                path TEXT NOT NULL, verdict TEXT NOT NULL, baselinePassed INTEGER, baselineRuns INTEGER,
                candidatePassed INTEGER, candidateRuns INTEGER) STRICT;
        ''')
        for name in ("1", "2", "3", "4", "regression", "rollback"):
            db.execute("INSERT INTO grdb_migrations VALUES (?)", (name,))
        for name in ("one", "two"):
            text = read(name)
            value = json.loads(text)
            db.execute("INSERT INTO run VALUES (?, ?, ?, ?)", (value["identifier"], value["startedAt"], text, digest(text)))
            db.execute("INSERT INTO artifact VALUES (?, 1)", (value["identifier"],))
        text = read("drill")
        value = json.loads(text)
        db.execute("INSERT INTO rollback_drill VALUES (?, ?, ?, ?, ?)",
                   (value["identifier"], value["run"], value["startedAt"], text, digest(text)))
        a, b, c = (digest(x) for x in "abc")
        db.execute("INSERT INTO regression VALUES ('20261124T141500Z-0123456789ab', '2026-11-24T14:15:00Z', 12.5, '6.12.107',"
                   " '6.12.107', 'kunit', 'z13', 1, 1, 0, 0, ?, ?, ?)", (a, b, c))
        db.execute("INSERT INTO regression_test VALUES ('20261124T141500Z-0123456789ab', 0, 'z13', 'a/b', 'new-failure', 1, 1, 0, 1)")
        db.commit()
        """

    private func withOldStore(_ body: (_ path: FilePath, _ texts: [String: [UInt8]]) async throws -> Void) async throws
    {
        try await withTemporaryFolder { folder in
            // What 601fb05 recorded, with shorter lists.
            let corpus = FilePath(#filePath).removingLastComponent().removingLastComponent().appending(
                "Corpus/evidence")
            let one = try Files.text(corpus.appending("run-1.json"))
            let texts: [String: [UInt8]] = [
                "one": Array(one.utf8), "two": Array(one.replacing("\"one\"", with: "\"two\"").utf8),
                "drill": try Files.bytes(corpus.appending("drill-1.json"), limit: 1 << 20),
            ]
            for (name, bytes) in texts { try AtomicFile.write(bytes, to: folder.appending(name)) }
            let path = folder.appending("evidence.sqlite")
            _ = try await python(Self.make, path.string, folder.string)
            try await body(path, texts)
        }
    }

    @Test func `each record is an entry with the bytes that it had`() async throws {
        try await withOldStore { path, texts in
            let store = try #require(try SQLiteEvidenceStore.reading(path))
            let report = try await VerificationReport(of: store)
            #expect(report.faults.isEmpty)
            #expect(report.kinds == ["run": 2, "drill": 1, "comparison": 1])
            let bodies = Set(try await store.stored(after: 0, limit: 9).map(\.body))
            for bytes in texts.values { #expect(bodies.contains(bytes)) }
            let (one, entry) = try await store.run("one")
            #expect(entry.subjects == one.subjects && entry.version == 1)
            #expect(one.source.version == "6.12.117" && one.schema == RunRecord.schema)
            #expect(one.baseline?.configuration.rust == false && one.configuration.rust)
            #expect(one.comparison?.passedOnBoth == 970 && one.difference?.tree == "6.12.117")
            #expect(one.boot.milliseconds == 117_467 && one.steps.allSatisfy { $0.milliseconds >= 0 })
            #expect(one.audit?.findings.contains { $0.location?.address != nil } == true)
            // A failure that somebody accepted was a finding among the others, and its waiver apart.
            #expect(one.findings.isEmpty && one.acceptedTests.values.map(\.owner) == ["Kernel team"])
            #expect(one.accepted[0].waiver.accepts(one.accepted[0].finding))
            #expect(try await store.drills(of: entry).map(\.identifier) == ["drill"])
            let found = try #require(try await store.find(EntryQuery(kind: .comparison)).first)
            let comparison = try #require(try found.record(as: ComparisonSummary.self))
            #expect(comparison.milliseconds == 12_500 && comparison.newFailures == 1 && comparison.isClean == 0)
            #expect(comparison.tests.map(\.path) == ["a/b"])
            // Once: what was taken over stays as it is.
            #expect(try await VerificationReport(of: SQLiteEvidenceStore(path: path)) == report)
            // And it grows.
            try await store.record(SampleRecord.passed())
            #expect(try await VerificationReport(of: store).entries == 5)
        }
    }

    @Test func `a record that was altered before is kept as what it is`() async throws {
        try await withOldStore { path, texts in
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.execute("UPDATE run SET json = replace(json, '6.12.117', '6.12.118') WHERE identifier = 'one'")
                assert db.execute("SELECT changes()").fetchone()[0] == 1
                db.commit()
                """, path.string)
            let store = try SQLiteEvidenceStore(path: path)
            let report = try await VerificationReport(of: store)
            #expect(report.kinds["altered"] == 1 && report.kinds["run"] == 1 && report.faults.isEmpty)
            let entry = try #require(try await store.find(EntryQuery(kind: .altered)).first)
            let altered = try #require(try entry.record(as: AlteredRecord.self))
            #expect(altered.identifier == "one" && altered.kind == .run)
            #expect(altered.recordedSHA256 == Digest(of: texts["one"] ?? []).hexadecimal)
            #expect(try await store.blob(altered.foundSHA256) != nil)
            await expectFailure("evidence.missing") { try await store.run("one") }
        }
    }

    @Test func `a store whose tables a newer Bessemer changed is left alone`() async throws {
        try await withOldStore { path, _ in
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.execute("INSERT INTO grdb_migrations VALUES ('5')")
                db.commit()
                db.execute("PRAGMA journal_mode = DELETE")
                """, path.string)
            let before = try Digest(ofFile: path)
            let failure = await expectFailure("evidence.unreadable") { try SQLiteEvidenceStore(path: path) }
            #expect(failure?.underlying == "a newer Bessemer made it")
            #expect(try Digest(ofFile: path) == before)
        }
    }
}
