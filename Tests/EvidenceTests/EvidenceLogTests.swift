// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

extension SQLiteEvidenceStore {
    init(path: FilePath) throws { try self.init(path: path, settings: .ofTests) }

    static func reading(_ path: FilePath) throws -> SQLiteEvidenceStore? { try reading(path, settings: .ofTests) }
}

/// The log in its file: what somebody changed, took away or interrupted.
@Suite struct EvidenceLogTests {
    /// Six entries, two of which have a file.
    private func filled(_ folder: FilePath) async throws -> FilePath {
        let path = folder.appending("evidence.sqlite")
        do {
            let store = try SQLiteEvidenceStore(path: path)
            var parents: [Digest] = []
            for number in 1...6 {
                let log = Subject("log", try await store.put(Array("log \(number % 2)\n".utf8)))
                let entry = try await store.append(
                    Entry.Draft(
                        kind: RecordKind("note"), version: 1, parents: parents, subjects: [log],
                        blobs: number < 3 ? [log] : [], body: Array("{\"number\":\(number)}".utf8)))
                parents = [entry.digest]
            }
        }
        try await run("PRAGMA wal_checkpoint(TRUNCATE)", on: path)
        return path
    }

    private func run(_ sql: String, on path: FilePath) async throws {
        _ = try await python(
            """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1])
            db.executescript(sys.argv[2])
            db.commit()
            """, path.string, sql)
    }

    @Test(.integration) func `a flipped byte in any statement, body or file is found`() async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            let count = 1000
            let places = try await python(
                """
                import random, shutil, sqlite3, sys
                random.seed(7)
                path, count = sys.argv[1], int(sys.argv[2])
                for number in range(count):
                    copy = f"{path}.{number}"
                    shutil.copy(path, copy)
                    db = sqlite3.connect(copy)
                    cells = [("entry", "sequence", n, c) for (n,) in db.execute("SELECT sequence FROM entry")
                             for c in ("statement", "body")]
                    cells += [("blob", "sha256", d, "bytes") for (d,) in db.execute("SELECT sha256 FROM blob")]
                    table, key, value, column = random.choice(cells)
                    (cell,) = db.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (value,)).fetchone()
                    place = random.randrange(len(cell))
                    changed = bytearray(cell)
                    changed[place] ^= random.randrange(1, 256)
                    db.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (bytes(changed), value))
                    db.commit()
                    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    db.close()
                    print(table, column, value, place)
                """, path.string, "\(count)"
            ).split(separator: "\n")
            #expect(places.count == count)
            for number in 0..<count {
                let store = try SQLiteEvidenceStore(path: FilePath("\(path).\(number)"))
                let report = try await VerificationReport(of: store)
                #expect(!report.faults.isEmpty, "\(places[number])")
            }
        }
    }

    @Test(arguments: [
        ("DELETE FROM entry WHERE sequence = 3", "entry 3 is missing"),
        ("DELETE FROM entry WHERE sequence IN (2, 3)", "entries 2 to 3 are missing"),
        ("DELETE FROM entry WHERE sequence = 1", "entry 1 is missing"),
        ("DELETE FROM blob WHERE sha256 = (SELECT min(sha256) FROM blob)", "its file "),
        (
            "UPDATE entry SET sequence = 100 WHERE sequence = 3; UPDATE entry SET sequence = 3 WHERE sequence = 4; "
                + "UPDATE entry SET sequence = 4 WHERE sequence = 100", "its statement is that of entry 4"
        ),
    ])
    func `what was removed or moved is named`(_ sql: String, _ fault: String) async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            try await run(sql, on: path)
            let report = try await VerificationReport(of: SQLiteEvidenceStore(path: path))
            #expect(report.faults.contains { $0.text.contains(fault) }, "\(report.faults.map(\.text))")
        }
    }

    @Test func `behind an entry that was altered the log goes on, and names it`() async throws {
        try await withTemporaryFolder { folder in
            let path = try await filled(folder)
            try await run(
                "UPDATE entry SET statement = CAST('x' AS BLOB), body = CAST('y' AS BLOB) WHERE sequence = 6", on: path)
            let store = try SQLiteEvidenceStore(path: path)
            let entry = try await store.append(
                Entry.Draft(kind: RecordKind("note"), version: 1, subjects: [], body: [1]))
            #expect(entry.sequence == 7)
            let report = try await VerificationReport(of: store)
            #expect(report.faults.map(\.sequence) == [6] && report.faults[0].kind == .altered)
            #expect(report.lastEntry == entry.digest)
            await expectFailure("evidence.altered") { try await store.summaries(EntryQuery(limit: 9)) }
            #expect(try await store.summaries(EntryQuery(limit: 1)).map(\.sequence) == [7])
        }
    }

    @Test func `lists can be made again, and say the same`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let store = try SQLiteEvidenceStore(path: path)
            try await store.record(SampleRecord.failed())
            try await store.record(SampleDrill.failed(run: SampleRecord.failed().identifier))
            let dump = """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall():
                    print(name, sorted(map(repr, db.execute(f'SELECT * FROM "{name}"'))))
                """
            let before = try await python(dump, path.string)
            #expect(before.contains("fortify_test_known_sizes"))
            try await run("DELETE FROM test; UPDATE run SET verdict = 'passed'; DELETE FROM entry_index", on: path)
            #expect(try await store.rebuild() == 2)
            #expect(try await python(dump, path.string) == before)
            // A list that another version made is made again when the file is opened.
            try await run("DELETE FROM test; UPDATE projection SET version = 0", on: path)
            #expect(try await SQLiteEvidenceStore.reading(path)?.rows(RowQuery("test")).isEmpty == false)
            #expect(try await python(dump, path.string) == before)
        }
    }

    @Test func `a run that is kept keeps the files of the steps that it took over from an older one`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"))
            func step(_ name: String, _ log: String) async throws -> Entry {
                let blob = try await store.put(Array(log.utf8))
                let record = StepRecord(
                    name: name, startedAt: Date(timeIntervalSince1970: 0), milliseconds: 1, inputs: Digest(of: name),
                    outcome: .done)
                return try await store.append(try Entry.Draft(record, blobs: [Subject("build.log", blob)]))
            }
            let (build, boot) = (try await step("build", "built"), try await step("boot", "booted"))
            for (name, steps) in [("run0", [build, boot]), ("run1", [build]), ("run2", [build])] {
                try await store.record(
                    SampleRecord.renamed(SampleRecord.passed(), name), parents: steps.map(\.digest))
            }
            #expect(try await store.prune(.keepRuns(1)).removed == [Digest(of: "booted")])
            #expect(try await store.blob(Digest(of: "built")) != nil)
            // What was removed and is put there again is missing when it goes a second time without a word.
            _ = try await step("boot again", "booted")
            try await run(
                "DELETE FROM blob WHERE sha256 = '\(Digest(of: "booted").hexadecimal)'",
                on: folder.appending("evidence.sqlite"))
            #expect(try await VerificationReport(of: store).faults.map(\.kind) == [.missing])
        }
    }

    @Test func `an entry with a number that none has is named, and no reason to trap`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let store = try SQLiteEvidenceStore(path: path)
            try await store.record(SampleRecord.passed())
            try await run(
                "INSERT INTO entry SELECT -5, '\(Digest(of: "x").hexadecimal)', statement, body FROM entry", on: path)
            #expect(try await VerificationReport(of: store).faults.contains { $0.sequence == -5 && $0.kind == .order })
            try await run("UPDATE entry SET sequence = 9223372036854775807 WHERE sequence = -5", on: path)
            await #expect(throws: (any Error).self) { try await store.record(SampleRecord.failed()) }
        }
    }

    @Test func `files of old runs are removed, their entries stay, and a log says so`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"))
            var logs: [Digest] = []
            for number in 0..<4 {
                let shared = try await store.put(Array("shared".utf8))
                let log = try await store.put(Array("log \(number)".utf8))
                logs.append(log)
                try await store.record(
                    SampleRecord.renamed(SampleRecord.passed(), "run\(number)"),
                    blobs: [Subject("console.log", log), Subject("lock", shared)])
            }
            let orphan = try await store.put(Array("of nobody".utf8))
            let unnamed = try await VerificationReport(of: store)
            #expect(unnamed.faults.isEmpty && unnamed.unnamed == 1 && unnamed.files == 5)
            let removed = try await store.prune(.keepRuns(2))
            #expect(removed.removed == Array(logs.prefix(2)))
            #expect(removed.size == 10)
            #expect(try await store.blob(orphan) == nil)
            #expect(try await store.blob(logs[1]) == nil)
            #expect(try await store.blob(logs[2]) != nil)
            let report = try await VerificationReport(of: store)
            #expect(report.faults.isEmpty && report.pruned == 2 && report.unnamed == 0 && report.entries == 5)
            #expect(try await store.runs(limit: 9).count == 4)
            #expect(try await store.prune(.keepRuns(2)).removed.isEmpty)
            #expect(try await store.prune(.since(Date(timeIntervalSince1970: 0))).removed.isEmpty)
            #expect(try await store.prune(.since(.distantFuture)).removed.count == 3)
            #expect(try await VerificationReport(of: store).faults.isEmpty)
        }
    }

    @Test func `what a killed process had recorded is there, and the log verifies`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let acknowledged = folder.appending("acknowledged")
            let rounds = Int(ProcessInfo.processInfo.environment["BESSEMER_KILLS"] ?? "") ?? 20
            for round in 0..<rounds {
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [path = path.string as String, file = acknowledged.string as String, round = round as Int] in
                    let killer = Thread {
                        Thread.sleep(forTimeInterval: Double((round * 7919) % 300) / 1000)
                        kill(getpid(), SIGKILL)
                    }
                    let log = try FileDescriptor.open(
                        FilePath(file), .writeOnly, options: [.append, .create], permissions: .ownerReadWrite)
                    let store = try SQLiteEvidenceStore(path: FilePath(path))
                    for number in 0... {
                        let blob = try await store.put(Array("log \(round) \(number)".utf8))
                        let entry = try await store.append(
                            Entry.Draft(
                                kind: RecordKind("note"), version: 1, subjects: [], blobs: [Subject("log", blob)],
                                body: Array("\(round) \(number)".utf8)))
                        try log.writeAll("\(entry.digest)\n".utf8)
                        // However busy the machine is, there is something to lose.
                        if number == 1 { killer.start() }
                    }
                }
            }
            let store = try SQLiteEvidenceStore(path: path)
            let report = try await VerificationReport(of: store)
            #expect(report.faults.isEmpty, "\(report.faults.map(\.text))")
            let digests = try Files.text(acknowledged).split(separator: "\n").compactMap {
                Digest(hexadecimal: String($0))
            }
            #expect(digests.count > rounds)
            for digest in digests {
                #expect(try await store.find(EntryQuery(digest: digest)).count == 1)
            }
        }
    }

    @Test(arguments: [3000, 200_000])
    func `where the disk is full, what was recorded stays, and the rest is said`(_ size: Int) async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending("evidence.sqlite").string
            // A limit of its own on the size of files, so another process has it.
            await #expect(processExitsWith: .success) { [text = file as String, size = size as Int] in
                let path = FilePath(text)
                let store = try SQLiteEvidenceStore(path: path)
                let first = try await store.append(
                    Entry.Draft(kind: RecordKind("note"), version: 1, subjects: [], body: [1]))
                signal(SIGXFSZ, SIG_IGN)
                var limit = rlimit()
                try #require(unsafe getrlimit(__rlimit_resource_t(1), &limit) == 0)
                let before = limit.rlim_cur
                limit.rlim_cur = 400_000
                try #require(unsafe setrlimit(__rlimit_resource_t(1), &limit) == 0)
                var random = SplitMix(state: 1)
                var last = first
                var failure: Failure?
                for _ in 0..<1000 where failure == nil {
                    // Bytes that don't compress.
                    let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                    do {
                        let blob = try await store.put(bytes)
                        last = try await store.append(
                            Entry.Draft(
                                kind: RecordKind("note"), version: 1, subjects: [], blobs: [Subject("log", blob)],
                                body: bytes))
                    } catch let error as Failure {
                        failure = error
                    }
                }
                #expect(failure != nil)
                limit.rlim_cur = before
                try #require(unsafe setrlimit(__rlimit_resource_t(1), &limit) == 0)
                let again = try SQLiteEvidenceStore(path: path)
                let report = try await VerificationReport(of: again)
                #expect(report.faults.isEmpty && report.lastEntry == last.digest)
                try await again.append(Entry.Draft(kind: RecordKind("note"), version: 1, subjects: [], body: [2]))
                #expect(try await VerificationReport(of: again).entries == report.entries + 1)
            }
        }
    }
}
