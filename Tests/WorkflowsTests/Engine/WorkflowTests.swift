// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

/// A workflow leaves a record however it ends.
@Suite struct WorkflowTests {
    private let store = MemoryEvidenceStore(recorder: "test", projection: RecordTables())
    private var workflow: Workflow {
        Workflow(name: "test", subject: "one beside other", tool: "1.0", store: store, say: { _ in })
    }

    private func unfinished() async throws -> (run: UnfinishedRun, entry: Entry)? {
        guard let entry = await store.find(EntryQuery(kind: .unfinishedRun)).first,
            let run = try entry.record(as: UnfinishedRun.self)
        else { return nil }
        return (run, entry)
    }

    @Test func `one that fails says what failed, and stands on its steps`() async throws {
        await #expect(throws: Failure.self) {
            try await workflow.run { recorder in
                _ = try await recorder.perform("one", inputs: Digest(of: "1")) { 1 }
                _ = try await recorder.perform("two", inputs: Digest(of: "2")) { () throws -> Int in
                    throw Failure("x.y", "it broke", advice: "correct it")
                }
            }
        }
        let (run, entry) = try #require(try await unfinished())
        #expect(run.workflow == "test" && run.kernel == "one beside other" && !run.isPilot)
        #expect(run.outcome == .failed && run.failure?.code == "x.y")
        #expect(run.steps.map(\.outcome) == [.done, .failed])
        #expect(await entry.parents == store.find(EntryQuery(kind: .step)).reversed().map(\.digest))
        let row = try #require(await store.runs(limit: 1).first)
        #expect(row.kernelVersion == "test: one beside other" && row.verdict == .failed)
    }

    @Test func `one that somebody ends is recorded although its task was cancelled`() async throws {
        let workflow = self.workflow
        let task = Task {
            try await workflow.run { recorder in
                _ = try await recorder.perform("one", inputs: Digest(of: "1")) {
                    unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                    return 1
                }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        let (run, entry) = try #require(try await unfinished())
        #expect(run.outcome == .cancelled && run.failure == nil && entry.parents.count == 1)
    }

    @Test func `one that comes to its end leaves its steps alone`() async throws {
        let result = try await workflow.run { recorder in
            try await recorder.perform("one", inputs: Digest(of: "1")) { 1 }.output
        }
        #expect(result == 1)
        #expect(try await unfinished() == nil)
    }

    @Test func `a record of before there were other workflows is a pilot's`() throws {
        let text = """
            {"finishedAt":"2026-11-27T10:00:01Z","identifier":"i","kernel":"6.12","outcome":"ended",\
            "startedAt":"2026-11-27T10:00:00Z","steps":[],"tool":"0.1.0"}
            """
        let record = try RecordRegistry.read(.unfinishedRun, version: 1, body: Array(text.utf8))
        let run = try #require(record as? UnfinishedRun)
        #expect(run.isPilot && run.workflow == nil && run.kernel == "6.12")
    }
}
