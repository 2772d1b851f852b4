// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

/// Every step is an entry when it ends, whatever it came to.
@Suite struct StepRecorderTests {
    private func store() -> MemoryEvidenceStore { MemoryEvidenceStore(recorder: "test", projection: RecordTables()) }

    private func steps(_ store: MemoryEvidenceStore) async throws -> [StepRecord] {
        try await store.find(EntryQuery(kind: .step)).reversed().compactMap { try $0.record(as: StepRecord.self) }
    }

    @Test func `a step that ends is recorded with its result and its files`() async throws {
        try await withTemporaryFolder { folder in
            let store = store()
            let run = try RunFolder.ofTest(folder.appending("run"), recorder: StepRecorder(store: store))
            let log = folder.appending("log")
            _ = try await run.step(
                "build", inputs: ["a"],
                attachments: { _ in
                    [StepAttachment("build.log", log), StepAttachment("none", folder.appending("none"))]
                },
                perform: {
                    try AtomicFile.write("CC a.o\n", to: log)
                    return ["vmlinux"]
                })
            let entry = try #require(await store.find(EntryQuery(kind: .step)).first)
            let step = try #require(try entry.record(as: StepRecord.self))
            #expect(step.name == "build" && step.outcome == .done && step.failure == nil)
            #expect(entry.blobs.map(\.name) == ["build.log", "result.json"])
            #expect(await store.blob(entry.blobs[0].sha256) == Array("CC a.o\n".utf8))
            #expect(entry.blobs[1].sha256 == step.output)
            // RFC 8785 bytes: what was read is what would be written.
            _ = try CanonicalJSON(canonical: entry.body)
        }
    }

    @Test func `a step that fails is recorded with what was said, and its log`() async throws {
        try await withTemporaryFolder { folder in
            let store = store()
            let recorder = StepRecorder(store: store)
            let run = try RunFolder.ofTest(folder.appending("run"), recorder: recorder)
            let log = folder.appending("log")
            await #expect(throws: Failure.self) {
                _ = try await run.step(
                    "build", inputs: [], attachments: { _ in [StepAttachment("build.log", log)] },
                    perform: { () -> [String] in
                        try AtomicFile.write("a.c:1: error\n", to: log)
                        throw Failure(
                            "build.failed", "the kernel did not build", advice: "x", underlying: "a.c:1: error")
                    })
            }
            let step = try #require(try await steps(store).first)
            #expect(step.outcome == .failed && step.output == nil)
            #expect(step.failure?.code == "build.failed" && step.failure?.details == "a.c:1: error")
            let entry = try #require(await store.find(EntryQuery(kind: .step)).first)
            #expect(await store.blob(entry.blobs[0].sha256) == Array("a.c:1: error\n".utf8))
            // It is taken again.
            _ = try await run.step("build", inputs: []) { ["vmlinux"] }
            #expect(try await steps(store).map(\.outcome) == [.failed, .done])
            #expect(await recorder.steps.count == 2)
        }
    }

    @Test func `a step that somebody ends is recorded although its task was cancelled`() async throws {
        try await withTemporaryFolder { folder in
            let store = store()
            let run = try RunFolder.ofTest(folder.appending("run"), recorder: StepRecorder(store: store))
            let task = Task {
                _ = try await run.step("boot", inputs: []) {
                    unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                    return 1
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await steps(store).map(\.outcome) == [.cancelled])
        }
    }

    @Test func `a step that is taken over is one entry, and one again in a store that lacks it`() async throws {
        try await withTemporaryFolder { folder in
            let store = store()
            func step(_ store: MemoryEvidenceStore) async throws -> [String] {
                let recorder = StepRecorder(store: store)
                let run = try RunFolder.ofTest(folder.appending("run"), recorder: recorder)
                _ = try await run.step("a", inputs: ["1"]) { 1 }
                _ = try await run.step("b", inputs: ["2"]) { 2 }
                return await recorder.steps.map { "\($0.name) \($0.output?.hexadecimal ?? "")" }
            }
            let first = try await step(store)
            #expect(try await step(store) == first)
            #expect(try await steps(store).map(\.name) == ["a", "b"])
            let other = self.store()
            #expect(try await step(other) == first)
            #expect(try await steps(other) == steps(store))
        }
    }
}
