// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

/// The store that `Benchmarks/evidence` measures.
@Suite struct ManyRunsTests {
    private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    @Test(
        "a store takes BESSEMER_RUNS runs, in the file that BESSEMER_STORE names, and verifies", .integration,
        .enabled(if: setting("BESSEMER_RUNS") != nil))
    func manyRuns() async throws {
        let count = try #require(Self.setting("BESSEMER_RUNS").flatMap(Int.init))
        let store = try SQLiteEvidenceStore(path: FilePath(try #require(Self.setting("BESSEMER_STORE"))))
        let record = SampleRecord.large(tests: 100)
        for number in 0..<count {
            try await store.record(SampleRecord.renamed(record, "run-\(String(number + 1_000_000).dropFirst())"))
        }
        #expect(try await store.runs(limit: count + 1).count == count)
    }
}
