// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import Signing
import SystemPackage
import TestSupport
import Testing

/// The log's trees in the evidence file.
@Suite struct LogStoreTests {
    private func settings(_ folder: FilePath) -> StoreSettings {
        StoreSettings(
            recorder: "bessemer test", projection: RecordTables(), log: LogKeyFile(folder.appending("log.key")),
            clock: { Date(timeIntervalSince1970: 1_800_000_000) })
    }

    private func store(_ folder: FilePath) throws -> SQLiteEvidenceStore {
        try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"), settings: settings(folder))
    }

    private func note(_ number: Int, _ store: SQLiteEvidenceStore) async throws {
        let log = Subject("log", try await store.put(Array("log \(number)".utf8)))
        _ = try await store.append(
            Entry.Draft(
                kind: RecordKind("note"), version: 1, subjects: [], blobs: [log], body: Array("\(number)".utf8)))
    }

    private func run(_ sql: String, _ folder: FilePath) async throws -> String {
        try await python(
            """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1])
            for statement in sys.argv[2].split(";"):
                for row in db.execute(statement).fetchall():
                    print(*(cell.hex() if isinstance(cell, bytes) else cell for cell in row))
            db.commit()
            """, folder.appending("evidence.sqlite").string, sql)
    }

    private func verified(_ folder: FilePath, _ key: PublicKey? = nil) async throws -> VerificationReport {
        let store = try #require(
            try SQLiteEvidenceStore.reading(folder.appending("evidence.sqlite"), settings: settings(folder)))
        return try await VerificationReport(of: store, logKey: key)
    }

    @Test func `the first entry makes the log's key, and every entry is a leaf of its tree`() async throws {
        try await withTemporaryFolder { folder in
            let store = try store(folder)
            #expect(!Files.exists(folder.appending("log.key")))
            #expect(try await store.trees().isEmpty)
            await expectFailure("evidence.missing") { try await store.currentTree() }
            for number in 1...5 { try await note(number, store) }
            let key = try PrivateKey(file: folder.appending("log.key")).publicKey
            let (tree, own) = try await store.currentTree()
            #expect(own.publicKey == key && tree.key == key)
            #expect(tree.leaves.map(\.sequence) == [1, 2, 3, 4, 5])
            let report = try await verified(folder, key)
            #expect(report.faults.isEmpty && report.unsigned == 0 && report.isLogKeyGiven)
            #expect(report.head == tree.head() && report.logKey == key.fingerprint)
            for entry in try await store.find(EntryQuery()) {
                let checkpoint = try Checkpoint(try #require(tree.head()), signedBy: own)
                let proof = EntryProof(of: entry.sequence, in: tree, by: checkpoint)
                #expect(proof?.holds(for: entry.statement, key: key) == true)
                let place = try await store.place(of: entry)
                #expect(place.head == tree.head(entry.sequence))
                let path = try #require(place.proof)
                #expect(
                    MerkleTree.root(
                        of: path.leaf.bytes, at: path.index, in: entry.sequence, path: path.path.map(\.bytes))
                        == place.head?.rootHash.bytes)
            }
            // Neither lists that are made again nor files that are removed touch it.
            let leaves = try await run("SELECT * FROM leaf; SELECT * FROM log_key", folder)
            #expect(try await store.rebuild() == 5)
            #expect(try await store.prune(.since(.distantFuture)).removed.count == 5)
            #expect(try await run("SELECT * FROM leaf WHERE sequence < 6; SELECT * FROM log_key", folder) == leaves)
            let whole = try await verified(folder)
            #expect(whole.head?.size == 6 && whole.entries == 6, "\(whole)")
            let other = try PrivateKey(generating: .ed25519).publicKey
            #expect(try await verified(folder, other).faults.count == 1)
        }
    }

    @Test func `entries that a store had before there was a tree get their leaves, and nothing is lost`() async throws {
        try await withTemporaryFolder { folder in
            let old = folder.appending("old")
            try Files.makeDirectory(old)
            do {
                let store = try SQLiteEvidenceStore(path: old.appending("evidence.sqlite"), settings: .ofTests)
                for number in 1...7 { try await note(number, store) }
                try await store.record(SampleRecord.passed())
            }
            // The tables of a file of version 2, whose lists are made again.
            _ = try await python(
                """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[2], isolation_level=None)
                db.executescript('''
                    PRAGMA journal_mode = WAL;
                    CREATE TABLE entry (
                        sequence INTEGER PRIMARY KEY,
                        sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
                        statement BLOB NOT NULL,
                        body BLOB NOT NULL) STRICT;
                    CREATE TABLE blob (
                        sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
                        size INTEGER NOT NULL,
                        bytes BLOB NOT NULL) STRICT;
                    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                    INSERT INTO grdb_migrations VALUES ('log');
                    PRAGMA application_id = 1113944947;
                    PRAGMA user_version = 2;
                ''')
                db.execute("ATTACH ? AS old", (sys.argv[1],))
                db.execute("INSERT INTO entry SELECT * FROM old.entry")
                db.execute("INSERT INTO blob SELECT * FROM old.blob")
                """, old.appending("evidence.sqlite").string, folder.appending("evidence.sqlite").string)
            let entries = "SELECT sequence, sha256, statement, body FROM entry; SELECT * FROM blob ORDER BY sha256"
            let before = try await run(entries, folder)
            _ = try store(folder)
            #expect(try await run(entries, folder) == before)
            #expect(try await run("PRAGMA user_version; SELECT count(*) FROM leaf", folder) == "3\n8\n")
            let report = try await verified(folder)
            #expect(report.faults.isEmpty && report.head?.size == 8 && report.unsigned == 0 && report.entries == 8)
            #expect(try await store(folder).runs(limit: 9).count == 1)
            // A file of that version whose lists are there is read as it is.
            _ = try await run("DROP TABLE leaf; DROP TABLE log_key; PRAGMA user_version = 2", folder)
            let unsigned = try await verified(folder)
            #expect(unsigned.faults.isEmpty && unsigned.head == nil && unsigned.unsigned == 8)
            #expect(try await run("PRAGMA user_version", folder) == "2\n")
            let key = try PrivateKey(file: folder.appending("log.key")).publicKey
            #expect(try await verified(folder, key).faults.map(\.kind) == [.missing])
            try await note(9, try store(folder))
            // Ed25519 has one signature for a message, so the leaves are those of before.
            let again = try await store(folder).trees().last
            #expect(again?.head(8) == report.head && again?.leaves.count == 9)
        }
    }

    @Test func `without the log's key entries are recorded, and get their leaves when it is there again`() async throws
    {
        try await withTemporaryFolder { folder in
            let key = folder.appending("log.key")
            let store = try store(folder)
            for number in 1...3 { try await note(number, store) }
            #expect(try store.obstacleToLeaves() == nil)
            let bytes = try Files.bytes(key)
            for other in [nil, try PrivateKey(generating: .ed25519).pem, "nothing"] {
                try Files.remove(key)
                if let other { try AtomicFile.write(other, to: key, permissions: AtomicFile.own) }
                try await note(other?.count ?? 0, store)
                #expect(try store.obstacleToLeaves() != nil)
            }
            let failure = await expectFailure("key.unreadable") { try await store.currentTree() }
            #expect(failure?.advice.isEmpty == false)
            let report = try await verified(folder)
            #expect(report.faults.isEmpty && report.head?.size == 3 && report.unsigned == 3)
            try AtomicFile.write(bytes, to: key, permissions: AtomicFile.own)
            await expectFailure("log.key") { try await store.currentTree() }
            _ = try self.store(folder)
            #expect(try await store.currentTree().tree.leaves.count == 6)
            #expect(try await verified(folder).unsigned == 0)
        }
    }

    @Test(arguments: [
        ("UPDATE leaf SET signature = zeroblob(64) WHERE sequence = 2", "its leaf is not signed by the log's key"),
        ("DELETE FROM leaf WHERE sequence = 2", "its leaf is missing"),
        ("DELETE FROM entry WHERE sequence = 4", "it is in the log's tree, and is not there"),
        ("DELETE FROM log_key", "the key of the tree"),
        ("UPDATE log_key SET bytes = zeroblob(32)", "the key of the tree"),
        ("UPDATE leaf SET sequence = 9 WHERE sequence = 4", "it is in the log's tree, and is not there"),
        (
            "UPDATE leaf SET signature = (SELECT signature FROM leaf WHERE sequence = 1) WHERE sequence = 3",
            "its leaf is not signed by the log's key"
        ),
        ("UPDATE leaf SET key = hex(zeroblob(32)) WHERE sequence > 2", "the key of the tree"),
        ("UPDATE leaf SET key = (SELECT lower(hex(zeroblob(32)))) WHERE sequence = 2", "no entry says why"),
    ])
    func `leaves that were changed, moved or removed are named`(_ sql: String, _ fault: String) async throws {
        try await withTemporaryFolder { folder in
            let store = try store(folder)
            for number in 1...4 { try await note(number, store) }
            #expect(try await verified(folder).faults.isEmpty)
            _ = try await run(sql, folder)
            let report = try await verified(folder)
            #expect(report.faults.contains { $0.text.contains(fault) }, "\(report.faults.map(\.text))")
        }
    }

    @Test func `a head that was kept finds an end that was cut off and a log that was written again`() async throws {
        try await withTemporaryFolder { folder in
            func compare(_ checkpoint: Checkpoint) async throws -> HeadComparison {
                var report = try await verified(folder)
                #expect(report.faults.isEmpty)
                try report.compare(checkpoint, from: "head", with: try await store(folder).trees())
                return try #require(report.heads.first)
            }
            func head() async throws -> Checkpoint {
                let (tree, key) = try await store(folder).currentTree()
                return try Checkpoint(try #require(tree.head()), signedBy: key)
            }
            for number in 1...4 { try await note(number, try store(folder)) }
            let four = try await head()
            #expect(try await compare(four).verdict == .same)
            for number in 5...6 { try await note(number, try store(folder)) }
            let six = try await head()
            let longer = try await compare(four)
            #expect(longer.verdict == .extended && longer.difference == 2)
            _ = try await run(
                "DELETE FROM entry WHERE sequence > 4; DELETE FROM leaf WHERE sequence > 4; DELETE FROM entry_index",
                folder)
            _ = try await store(folder).rebuild()
            let shorter = try await compare(six)
            #expect(shorter.verdict == .shorter && shorter.difference == 2 && !shorter.isGood)
            for number in 7...8 { try await note(number, try store(folder)) }
            let forked = try await compare(six)
            #expect(forked.verdict == .forked && forked.entry == 6)
            #expect(try await compare(four).verdict == .extended)
            for name in ["evidence.sqlite", "evidence.sqlite-wal", "evidence.sqlite-shm", "log.key"]
            where Files.exists(folder.appending(name)) {
                try Files.remove(folder.appending(name))
            }
            try await note(1, try store(folder))
            #expect(try await compare(six).verdict == .foreign)
        }
    }

    @Test func `a new key of the log begins a tree that holds the last head of the one before`() async throws {
        try await withTemporaryFolder { folder in
            let store = try store(folder)
            await expectFailure("evidence.missing") { try await store.rotateLogKey(isLost: false) }
            for number in 1...3 { try await note(number, store) }
            let old = try await store.currentTree()
            let head = try Checkpoint(try #require(old.tree.head()), signedBy: old.key)
            let entry = try await store.rotateLogKey(isLost: false)
            try await note(4, store)
            let record = try #require(try entry.record(as: KeyRecord.self))
            #expect(record.checkpoint == head.text && record.fault == nil)
            let new = try await store.currentTree()
            #expect(new.tree.leaves.map(\.sequence) == [4, 5] && new.key.publicKey.fingerprint == record.fingerprint)
            #expect(Files.exists(KeyFile(folder.appending("log.key")).kept(old.key.publicKey)))
            var report = try await verified(folder)
            #expect(report.faults.isEmpty && report.earlierHeads == [head.head] && report.head?.size == 2)
            try report.compare(head, from: "head", with: try await store.trees())
            #expect(report.heads.first?.verdict == .same)
            // Who has the old key follows its signature to the new one.
            let trusted = try await verified(folder, old.key.publicKey)
            #expect(trusted.faults.isEmpty && trusted.isLogKeyGiven)
            // A process that was killed behind the change of files finds the old key where it was kept.
            let kept = KeyFile(folder.appending("log.key")).kept(new.key.publicKey)
            try Files.rename(folder.appending("log.key"), to: kept)
            try await note(5, store)
            #expect(try await store.currentTree().tree.leaves.count == 3)
            try Files.remove(kept)
            try await note(6, store)
            await expectFailure("log.key") { try await store.rotateLogKey(isLost: false) }
            try await store.rotateLogKey(isLost: true)
            report = try await verified(folder)
            #expect(report.faults.isEmpty && report.unsigned == 0 && report.earlierHeads.map(\.size) == [3, 3])
            #expect(try await !verified(folder, old.key.publicKey).faults.isEmpty)
            // Cut out of the old tree's end, an entry is missing in the head that the new one names.
            _ = try await run("DELETE FROM leaf WHERE sequence = 3; UPDATE leaf SET sequence = sequence", folder)
            #expect(try await verified(folder).faults.contains { $0.text.contains("does not end with the head") })
        }
    }

    @Test func `processes that fill one store at the same time put every entry into one tree`() async throws {
        try await withTemporaryFolder { folder in
            let text = folder.string
            try await withThrowingTaskGroup(of: Void.self) { group in
                for process in ["a", "b", "c"] {
                    group.addTask {
                        await #expect(processExitsWith: .success) {
                            [process = process as String, text = text as String] in
                            let folder = FilePath(text)
                            let settings = StoreSettings(
                                recorder: "test", projection: RecordTables(),
                                log: LogKeyFile(folder.appending("log.key")))
                            let store = try SQLiteEvidenceStore(
                                path: folder.appending("evidence.sqlite"), settings: settings)
                            for number in 0..<5 {
                                _ = try await store.append(
                                    Entry.Draft(
                                        kind: RecordKind("note"), version: 1, subjects: [],
                                        body: Array("\(process)\(number)".utf8)))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let report = try await verified(folder)
            #expect(report.faults.isEmpty && report.head?.size == 15 && report.earlierHeads.isEmpty)
        }
    }

    @Test func `a process that is killed leaves no entry without its leaf`() async throws {
        try await withTemporaryFolder { folder in
            for round in 0..<6 {
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [text = folder.string as String, round = round as Int] in
                    let killer = Thread {
                        Thread.sleep(forTimeInterval: Double((round * 7919) % 300) / 1000)
                        kill(getpid(), SIGKILL)
                    }
                    let folder = FilePath(text)
                    let settings = StoreSettings(
                        recorder: "test", projection: RecordTables(), log: LogKeyFile(folder.appending("log.key")))
                    let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"), settings: settings)
                    for number in 0... {
                        _ = try await store.append(
                            Entry.Draft(
                                kind: RecordKind("note"), version: 1, subjects: [],
                                body: Array("\(round) \(number)".utf8)))
                        if number == 0 { killer.start() }
                    }
                }
            }
            let report = try await verified(folder)
            #expect(report.faults.isEmpty && report.unsigned == 0 && report.head?.size == report.entries)
            #expect(report.entries >= 6)
        }
    }
}
