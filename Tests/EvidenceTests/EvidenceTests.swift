// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@Suite struct EvidenceTests {
    @Test func `a report of before configurations were compared is still read`() throws {
        let record = SampleRecord.waived()
        var object = try #require(
            try JSONSerialization.jsonObject(with: Data(try JSON.encode(record))) as? [String: Any])
        #expect(object.removeValue(forKey: "difference") != nil)
        let text = try JSONSerialization.data(withJSONObject: object)
        let old = try JSON.decode(RunRecord.self, from: Array(text), named: "report.json")
        #expect(old.difference == nil && old.comparison == record.comparison)
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
                                try await store.record(
                                    SampleRecord.renamed(SampleRecord.failed(), "\(process)\(number)"))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let report = try await VerificationReport(of: SQLiteEvidenceStore(path: path))
            #expect(report.entries == 15 && report.faults.isEmpty)
        }
    }

    @Test func `a reader sees what another connection added meanwhile`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("evidence.sqlite")
            let reader = try SQLiteEvidenceStore(path: path)
            let writer = try SQLiteEvidenceStore(path: path)
            #expect(try await reader.runs(limit: 1).isEmpty)
            try await writer.record(SampleRecord.passed())
            #expect(try await reader.runs(limit: 1).count == 1)
        }
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
