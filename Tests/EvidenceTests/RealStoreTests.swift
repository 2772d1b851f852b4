// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

/// A store that Bessemer 0.1 (601fb05) wrote: two pilots of 6.12.117, a drill and a comparison.
@Suite struct RealStoreTests {
    /// What the old program itself had to say of each record, asked of its tables.
    private struct Old: Decodable {
        struct Record: Decodable {
            let kind: String
            let identifier: String
            let sha256: String
        }

        let records: [Record]
    }

    @Test func `each of its records is an entry with its bytes, and the log verifies`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let packed = RealThings.repository.appending("Tests/Corpus/evidence/bessemer-0.1.sqlite.xz")
            let answer = try await python(
                """
                import json, lzma, sqlite3, sys
                open(sys.argv[2], "wb").write(lzma.open(sys.argv[1]).read())
                db = sqlite3.connect(sys.argv[2])
                ask = lambda kind, table: [{"kind": kind, "identifier": i, "sha256": s} for i, s in
                    db.execute(f"SELECT identifier, jsonSHA256 FROM {table}")]
                print(json.dumps({"records": ask("run", "run") + ask("drill", "rollback_drill")}))
                """, packed.string, path.string)
            let old = try JSON.decode(Old.self, from: Array(answer.utf8), named: "python's answer").records
            #expect(old.count { $0.kind == "run" } == 2 && old.count { $0.kind == "drill" } == 1)
            let store = try #require(try SQLiteEvidenceStore.reading(path))
            let report = try await VerificationReport(of: store)
            #expect(report.faults.isEmpty)
            #expect(report.kinds == ["run": 2, "drill": 1, "comparison": 1])
            for record in old {
                let entries = try await store.find(EntryQuery(kind: RecordKind(record.kind)))
                let entry = try #require(entries.first { $0.bodyDigest.hexadecimal == record.sha256 })
                #expect(!entry.subjects.isEmpty)
            }
            for run in try await store.runs(limit: 9) {
                try await store.check(run)
                #expect(run.verdict == .passed && run.kernelVersion == "6.12.117" && run.counts.pass > 1000)
            }
            let newest = try #require(try await store.runs(limit: 1).first)
            let (record, entry) = try await store.run(newest.identifier)
            let image = try #require(record.build.artifacts.first { $0.path == "arch/s390/boot/bzImage" })
            #expect(try await store.find(EntryQuery(kind: .run, subject: image.sha256)).contains(entry))
            // Both runs built the same kernels; the drill names the newer one.
            #expect(try await store.drills(of: entry).count == 1)
            let comparison = try #require(
                try await store.find(EntryQuery(kind: .comparison)).first?.record(as: ComparisonSummary.self))
            #expect(comparison.suites == "kunit" && comparison.candidateSHA256 == image.sha256)
        }
    }
}
