// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Guest
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

@Suite struct EvidenceTests {
    @Test func `a record comes back as it went in`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("deep/evidence.sqlite"))
            for record in [
                SampleRecord.failed(), SampleRecord.renamed(SampleRecord.waived(), "w"),
                SampleRecord.renamed(SampleRecord.hostile("\u{0}\u{1B}[2J'\"; DROP TABLE run; --"), "b"),
            ] {
                #expect(try await store.insert(record) == .added)
                let back = try await store.record(record.identifier)
                let isSame = back == record
                #expect(isSame)
                let isSameText = try JSON.encode(back) == JSON.encode(record)
                #expect(isSameText)
            }
            #expect(try await store.verify() == 3)
            #expect(try await store.list(limit: 9).map(\.waived).sorted() == [0, 1, 2])
        }
    }

    @Test func `the same record twice is one record, and other content under its identifier is refused`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"))
            let record = SampleRecord.passed()
            #expect(try await store.insert(record) == .added)
            #expect(try await store.insert(record) == .present)
            let other = SampleRecord.failed()
            #expect(other.identifier == record.identifier)
            await expectFailure("evidence.conflict") { try await store.insert(other) }
            #expect(try await store.list(limit: 10).map(\.verdict) == [.passed])
            let isSame = try await store.record(record.identifier) == record
            #expect(isSame)
        }
    }

    @Test func `drills come back as they went in, beside their run and the oldest first`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"))
            let record = SampleRecord.passed()
            try await store.insert(record)
            let drills = [SampleDrill.passed(run: record.identifier), SampleDrill.failed(run: record.identifier)]
            #expect(try await store.insert(drills[1]) == .added)
            #expect(try await store.insert(drills[0]) == .added)
            #expect(try await store.insert(drills[0]) == .present)
            #expect(try await store.drills(ofRun: record.identifier) == drills)
            #expect(try await store.drills(ofRun: "another").isEmpty)
            #expect(try await store.verify() == 3)
            let isSame = try await store.record(record.identifier) == record
            #expect(isSame)
        }
    }

    @Test func `a drill of a run that is not there, and other content under a drill's identifier, are refused`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"))
            await expectFailure("evidence.missing") { try await store.insert(SampleDrill.passed(run: "nowhere")) }
            #expect(try await store.insert(SampleDrill.passed()) == .added)
            try await store.insert(SampleRecord.passed())
            await expectFailure("evidence.conflict") {
                try await store.insert(SampleDrill.passed(run: SampleRecord.passed().identifier))
            }
        }
    }

    @Test(arguments: [
        "UPDATE rollback_step SET verdict = 'pass'", "DELETE FROM rollback_step WHERE ordinal = 3",
        "UPDATE rollback_drill SET verdict = 'pass'",
        "UPDATE rollback_drill SET json = replace(json, '\"fail\"', '\"pass\"')",
    ])
    func `a drill that somebody improved is told`(_ change: String) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let run = SampleRecord.passed()
            do {
                let store = try SQLiteEvidenceStore(path: path)
                try await store.insert(run)
                try await store.insert(SampleDrill.failed(run: run.identifier))
            }
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.execute(sys.argv[2])
                db.commit()
                """, path.string, change)
            let store = try SQLiteEvidenceStore(path: path)
            await expectFailure("evidence.altered") { try await store.drills(ofRun: run.identifier) }
            await expectFailure("evidence.altered") { try await store.verify() }
        }
    }

    @Test func `the run that built both kernels is found by their digests`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"))
            let record = SampleRecord.waived()
            try await store.insert(record)
            let candidate = try #require(record.build.artifacts.first?.sha256)
            let baseline = try #require(record.baseline?.build.artifacts.first?.sha256)
            #expect(try await store.run(thatBuilt: candidate, beside: baseline)?.identifier == record.identifier)
            #expect(try await store.run(thatBuilt: candidate, beside: Digest(of: "other")) == nil)
            #expect(try await store.run(thatBuilt: Digest(of: "other"), beside: baseline) == nil)
        }
    }

    @Test func `a store of before configurations were compared takes records that have it`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let old = SampleRecord.renamed(SampleRecord.passed(), "old")
            try await SQLiteEvidenceStore(path: path).insert(old)
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.execute("DROP TABLE configuration_change")
                db.execute("DELETE FROM grdb_migrations WHERE identifier = '4'")
                db.commit()
                """, path.string)
            let store = try SQLiteEvidenceStore(path: path)
            #expect(try await store.insert(SampleRecord.renamed(SampleRecord.waived(), "new")) == .added)
            #expect(try await store.verify() == 2)
            let isSame = try await store.record("old") == old
            #expect(isSame)
            let answer = try await python(
                """
                import sqlite3, sys
                for row in sqlite3.connect(sys.argv[1]).execute(
                        "SELECT option, baseline, rust, file, line FROM configuration_change "
                        "WHERE kind = 'lost' AND security = 'speculation' ORDER BY ordinal"):
                    print(*row)
                """, path.string)
            #expect(
                answer
                    == "CONFIG_EXPOLINE y n arch/s390/Kconfig 254\nCONFIG_EXPOLINE_EXTERN y None arch/s390/Kconfig 640\n"
            )
        }
    }

    @Test func `a report of before configurations were compared is still read`() throws {
        let record = SampleRecord.waived()
        var object = try #require(
            try JSONSerialization.jsonObject(with: Data(try JSON.encode(record))) as? [String: Any])
        var baseline = try #require(object["baseline"] as? [String: Any])
        #expect(baseline.removeValue(forKey: "difference") != nil)
        object["baseline"] = baseline
        let text = try JSONSerialization.data(withJSONObject: object)
        let old = try JSON.decode(RunRecord.self, from: Array(text), named: "report.json")
        #expect(old.baseline?.difference == nil)
        #expect(old.baseline?.tests == record.baseline?.tests)
    }

    @Test func `the list has the newest runs first`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"))
            let sample = SampleRecord.failed()
            for (name, offset) in [("b", 20.0), ("c", 30), ("a", 10)] {
                try await store.insert(SampleRecord.renamed(sample, name, startedAt: sample.startedAt + offset))
            }
            #expect(try await store.list(limit: 10).map(\.identifier) == ["c", "b", "a"])
            #expect(try await store.list(limit: 2).map(\.identifier) == ["c", "b"])
            #expect(try await store.list(limit: 0).isEmpty)
            #expect(try await store.list(limit: -1).isEmpty)
            let first = try #require(try await store.list(limit: 1).first)
            #expect(first.counts == sample.boot.counts)
            #expect(first.startedAt == sample.startedAt + 30)
            #expect(first.kernelVersion == "7.3.4")
            #expect(first.buildSteps == 2874)
        }
    }

    @Test func `a record is found by a prefix that only it has`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"))
            let sample = SampleRecord.passed()
            for name in ["20261122T101500Z-aa", "20261122T101500Z-ab", "20261123", "20261123T%"] {
                try await store.insert(SampleRecord.renamed(sample, name))
            }
            #expect(try await store.record("20261122T101500Z-aa").identifier == "20261122T101500Z-aa")
            #expect(try await store.record("20261123").identifier == "20261123")
            #expect(try await store.record("20261123T").identifier == "20261123T%")
            await expectFailure("evidence.ambiguous") { try await store.record("20261122") }
            for name in ["", "%", "_", "2027", "20261122T101500Z-aaa"] {
                await expectFailure("evidence.missing") { try await store.record(name) }
            }
        }
    }

    @Test func `another program can ask the tables what a run had`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let store = try SQLiteEvidenceStore(path: path)
            let record = SampleRecord.failed()
            try await store.insert(record)
            let answer = try await python(
                """
                import hashlib, json, sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                ask = lambda sql: db.execute(sql).fetchall()
                print(json.dumps({
                    "integrity": ask("PRAGMA integrity_check")[0][0],
                    "foreignKeys": len(ask("PRAGMA foreign_key_check")),
                    "journal": ask("PRAGMA journal_mode")[0][0],
                    "failing": sorted(r[0] for r in ask("SELECT path FROM test WHERE outcome='fail' AND leaf=1")),
                    "leaves": ask("SELECT count(*) FROM test WHERE leaf=1")[0][0],
                    "rustc": ask("SELECT packageVersion FROM tool WHERE role='rust-compiler'")[0][0],
                    "bzImage": ask("SELECT size FROM artifact WHERE path='arch/s390/boot/bzImage'")[0][0],
                    "events": ask("SELECT count(*) FROM event WHERE kind='warning'")[0][0],
                    "steps": [r[0] for r in ask("SELECT name FROM step ORDER BY ordinal")],
                    "findings": ask("SELECT count(*) FROM finding")[0][0],
                    "day": ask("SELECT date(startedAt) FROM run")[0][0],
                    "ending": ask("SELECT json_extract(json, '$.boot.ending') FROM run")[0][0],
                    "digest": all(hashlib.sha256(j.encode()).hexdigest() == d
                        for j, d in ask("SELECT json, jsonSHA256 FROM run")),
                }))
                """, path.string)
            let facts = try JSON.decode(Answer.self, from: Array(answer.utf8), named: "python's answer")
            #expect(facts.integrity == "ok")
            #expect(facts.foreignKeys == 0)
            #expect(facts.journal == "wal")
            #expect(
                facts.failing == ["fortify/fortify_test_known_sizes", "rust_netlink/test_family_flags_bitfield"])
            #expect(facts.leaves == record.boot.counts.total)
            #expect(facts.rustc == "1.96.1+dfsg1-1~bpo13+1")
            #expect(facts.bzImage == 4_272_128)
            #expect(facts.events == 2)
            #expect(facts.steps == record.steps.map(\.name))
            #expect(facts.findings == record.findings.count)
            #expect(facts.day == "2026-11-22")
            #expect(facts.ending == "power-off")
            #expect(facts.digest)
        }
    }

    @Test func `processes that make and fill one store at the same time lose nothing`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let text = path.string
            try await withThrowingTaskGroup(of: Void.self) { group in
                for process in ["a", "b", "c"] {
                    group.addTask {
                        await #expect(processExitsWith: .success) {
                            [process = process as String, text = text as String] in
                            let store = try SQLiteEvidenceStore(path: FilePath(text))
                            for number in 0..<5 {
                                try await store.insert(
                                    SampleRecord.renamed(SampleRecord.failed(), "\(process)\(number)"))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await SQLiteEvidenceStore(path: path).verify() == 15)
        }
    }

    @Test func `a reader sees what another connection added meanwhile`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let reader = try SQLiteEvidenceStore(path: path)
            let writer = try SQLiteEvidenceStore(path: path)
            #expect(try await reader.list(limit: 1).isEmpty)
            try await writer.insert(SampleRecord.passed())
            #expect(try await reader.list(limit: 1).count == 1)
        }
    }

    private struct Answer: Decodable {
        let integrity: String
        let foreignKeys: Int
        let journal: String
        let failing: [String]
        let leaves: Int
        let rustc: String
        let bzImage: Int
        let events: Int
        let steps: [String]
        let findings: Int
        let day: String
        let ending: String
        let digest: Bool
    }

}

/// Runs a Python program with Python's own SQLite module.
func python(_ program: String, _ arguments: String...) async throws -> String {
    try await Command("python3", ["-c", program] + arguments).output(
        "test.python", doing: "asking Python", advice: "install python3")
}

/// Expects a `Failure` with this code; returns it.
@discardableResult
func expectFailure(
    _ code: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> some Any
) async -> Failure? {
    do {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as Failure {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        #expect(!error.advice.isEmpty, sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("no Failure: \(error)", sourceLocation: sourceLocation)
    }
    return nil
}
