// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

/// `bessemer evidence verify` and `list` on a file that was changed after it was written.
@Suite struct EvidenceAttackTests {
    private func run(_ words: [String], state: FilePath) async -> CommandRun {
        await CommandRun(
            words, environment: ["HOME": state.string, "XDG_STATE_HOME": state.string], workingDirectory: state)
    }

    @Test func `a run that can't be read here is named in the list`() async throws {
        try await withTemporaryFolder { state in
            let file = state.appending("bessemer").appending("evidence.sqlite")
            let settings = StoreSettings(recorder: "test", projection: RecordTables())
            try await SQLiteEvidenceStore(path: file, settings: settings).append(
                Entry.Draft(kind: .run, version: 2, subjects: [], body: Array("{}".utf8)))
            let list = await run(["evidence", "list"], state: state)
            #expect(list.status == 0 && list.error.contains("entry 1 is a run that this Bessemer can't read"))
        }
    }

    @Test(arguments: [
        "UPDATE entry SET sha256 = upper(sha256)",
        "INSERT INTO entry SELECT -9223372036854775808, substr(sha256, 1, 63) || 'x', statement, body FROM entry",
    ])
    func `what the log's walk does not meet is no part of it, and said`(_ sql: String) async throws {
        try await withTemporaryFolder { state in
            let file = state.appending("bessemer").appending("evidence.sqlite")
            let settings = StoreSettings(recorder: "test", projection: RecordTables())
            try await SQLiteEvidenceStore(path: file, settings: settings).record(SampleRecord.passed())
            let program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute(sys.argv[2]); db.commit()"
            #expect(try await Command("python3", ["-c", program, file.string, sql]).capture().succeeded)
            #expect(await run(["evidence", "verify"], state: state).status == 2)
        }
    }

    @Test func `a store that can't be reached is not an empty one`() async throws {
        try await withTemporaryFolder { state in
            let file = state.appending("bessemer").appending("evidence.sqlite")
            try Files.makeDirectory(file.removingLastComponent())
            try FileManager.default.createSymbolicLink(
                atPath: file.string, withDestinationPath: "/nowhere/evidence.sqlite")
            #expect(await run(["evidence", "list"], state: state).status == 2)
            try Files.remove(file)
            try AtomicFile.write("log", to: FilePath("\(file)-wal"))
            #expect(await run(["evidence", "list"], state: state).status == 2)
            try Files.remove(FilePath("\(file)-wal"))
            #expect(await run(["evidence", "list"], state: state).status == 0)
        }
    }

    @Test
    func `a verdict that was changed in the evidence file is named, and whole records are not`()
        async throws
    {
        try await withTemporaryFolder { state in
            let file = state.appending("bessemer").appending("evidence.sqlite")
            try Files.makeDirectory(file.removingLastComponent())
            let record = SampleRecord.passed()
            do {
                let settings = StoreSettings(recorder: "test", projection: RecordTables())
                try await SQLiteEvidenceStore(path: file, settings: settings).record(record)
            }
            for words in [["evidence", "verify"], ["evidence", "list"]] {
                #expect(await run(words, state: state).status == 0)
            }
            func change(_ sql: String) async throws {
                let program = """
                    import sqlite3, sys
                    db = sqlite3.connect(sys.argv[1])
                    db.execute(sys.argv[2])
                    db.commit()
                    """
                #expect(try await Command("python3", ["-c", program, file.string, sql]).capture().succeeded)
            }
            // A list is no evidence, and does not say what the evidence does not.
            try await change("UPDATE run SET verdict='failed', failed=77")
            let list = await run(["evidence", "list"], state: state)
            #expect(list.status == 1 && list.error.contains(record.identifier))
            let altered = await run(["evidence", "verify"], state: state)
            #expect(altered.status == 1 && altered.output.contains("the lists do not show it"))
            #expect(await run(["evidence", "rebuild"], state: state).status == 0)
            #expect(await run(["evidence", "list"], state: state).status == 0)
            for loss in [
                "DELETE FROM run", "DELETE FROM entry_index", "UPDATE run SET verdict='x'",
                "UPDATE run SET startedAt='x'",
                "UPDATE run SET identifier=x'00'", "INSERT INTO run SELECT * FROM run",
            ] {
                try await change(loss)
                let shorter = await run(["evidence", "list"], state: state)
                #expect(shorter.status == 1 && shorter.error.contains("evidence rebuild"))
                #expect(await run(["evidence", "rebuild"], state: state).status == 0)
            }
            #expect(await run(["evidence", "list"], state: state).status == 0)
            for table in ["run", "entry_index"] {
                try await change("DROP TABLE \(table)")
                let none = await run(["evidence", "list"], state: state)
                #expect(none.status == 2 && none.error.contains("no such table: \(table)"))
                #expect(none.error.contains("what to do: `bessemer evidence rebuild`"))
                #expect(await run(["evidence", "rebuild"], state: state).status == 0)
            }
            #expect(await run(["evidence", "list"], state: state).status == 0)
            try await change("ALTER TABLE blob RENAME TO other")
            let lost = await run(["evidence", "list", "--all"], state: state)
            let shown = await run(["evidence", "show", "--blob", "0000"], state: state)
            #expect(lost.status == 0 && shown.status == 2 && !shown.error.contains("rebuild"))
            try await change("ALTER TABLE other RENAME TO blob")
            try await change(
                "INSERT INTO entry_index SELECT -9223372036854775808, kind, version, time, body FROM entry_index")
            #expect(await run(["evidence", "list"], state: state).status == 0)
            let forged = "INSERT INTO entry_parent VALUES ('\(String(repeating: "0", count: 64))', 1)"
            for loss in [forged, "UPDATE entry_subject SET sequence = 9", "DELETE FROM test"] {
                #expect(await run(["evidence", "rebuild"], state: state).status == 0)
                #expect(await run(["evidence", "verify"], state: state).status == 0)
                try await change(loss)
                #expect(await run(["evidence", "verify"], state: state).status == 1, "\(loss)")
            }
            #expect(await run(["evidence", "rebuild"], state: state).status == 0)

            try await change(
                "INSERT INTO blob VALUES ('\(String(repeating: "0", count: 64))', 1, CAST('0' AS BLOB))")
            let more = await run(["evidence", "verify"], state: state)
            #expect(more.status == 0 && more.output.contains("1 more file is named by no entry"))
            #expect(more.output.contains("Nothing is known after the head"))
            #expect(
                await run(["evidence", "prune", "--keep", "9"], state: state).error
                    == "removed 1 file that no entry names\n")
            #expect(await !run(["evidence", "verify"], state: state).output.contains("by no entry"))

            try await change("UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'passed', 'failed') AS BLOB)")
            let verified = await run(["evidence", "verify"], state: state)
            #expect(verified.status == 1 && verified.output.contains("entry 1: its body is not the one"))
            let again = await run(["evidence", "list"], state: state)
            #expect(again.status == 1 && again.error.contains("entry 1"))
            // What is altered is in no list, which making them again does not change.
            #expect(await run(["evidence", "rebuild"], state: state).status == 0)
            #expect(await run(["evidence", "list"], state: state).status == 0)
        }
    }

    @Test func `where there is nothing to verify, nothing is verified`() async throws {
        try await withTemporaryFolder { state in
            let file = state.appending("bessemer").appending("evidence.sqlite")
            let none = await run(["evidence", "verify"], state: state)
            #expect(none.status == 2 && none.error.contains("nothing to verify"))
            try Files.makeDirectory(file.removingLastComponent())
            for name in ["", "-journal", "-wal"] {
                let pipe = "\(file)\(name)"
                #expect(try await Command("mkfifo", [pipe]).capture().succeeded)
                if !name.isEmpty { try AtomicFile.write("x", to: file) }
                for words in [["evidence", "verify"], ["evidence", "list"]] {
                    let outcome = await run(words, state: state)
                    #expect(outcome.status == 2 && outcome.error.contains("it is not a regular file"))
                }
                try Files.remove(FilePath(pipe))
            }
        }
    }
}
