// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

/// `bessemer evidence verify` and `list` on a file that was changed after it was written.
@Suite struct EvidenceAttackTests {
    private func run(_ words: [String], state: FilePath) async throws -> Outcome {
        var environment = ProcessInfo.processInfo.environment
        environment["XDG_STATE_HOME"] = state.string
        return try await Command(RealThings.program.string, words, environment: environment).capture()
    }

    @Test
    func `a verdict that was changed in the evidence file is named by list and verify, and whole records are not`()
        async throws
    {
        try await withTemporaryFolder { state in
            let file = state.appending("bessemer").appending("evidence.sqlite")
            try Files.makeDirectory(file.removingLastComponent())
            let record = SampleRecord.passed()
            do { try await SQLiteEvidenceStore(path: file).insert(record) }
            for words in [["evidence", "verify"], ["evidence", "list"]] {
                #expect(try await run(words, state: state).ending == .exited(0))
            }
            let change = """
                import sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                db.execute("update run set verdict='failed', failed=77")
                db.commit()
                """
            #expect(try await Command("python3", ["-c", change, file.string]).capture().succeeded)
            for words in [["evidence", "verify"], ["evidence", "list"]] {
                let outcome = try await run(words, state: state)
                #expect(outcome.ending == .exited(1))
                #expect(outcome.error.contains(record.identifier))
            }
        }
    }

    @Test func `where there is nothing to verify, nothing is verified`() async throws {
        try await withTemporaryFolder { state in
            let file = state.appending("bessemer").appending("evidence.sqlite")
            let none = try await run(["evidence", "verify"], state: state)
            #expect(none.ending == .exited(2) && none.error.contains("nothing to verify"))
            try Files.makeDirectory(file.removingLastComponent())
            for name in ["", "-journal", "-wal"] {
                let pipe = "\(file)\(name)"
                #expect(try await Command("mkfifo", [pipe]).capture().succeeded)
                if !name.isEmpty { try AtomicFile.write("x", to: file) }
                for words in [["evidence", "verify"], ["evidence", "list"]] {
                    let outcome = try await run(words, state: state)
                    #expect(outcome.ending == .exited(2) && outcome.error.contains("it is not a regular file"))
                }
                try Files.remove(FilePath(pipe))
            }
        }
    }
}
