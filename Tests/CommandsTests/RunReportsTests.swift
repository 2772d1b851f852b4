// SPDX-License-Identifier: Apache-2.0
import Documents
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing
import Workflows

@testable import Commands

/// The reports of a run are files in the pilot's folder and in the evidence log.
@Suite struct RunReportsTests {
    private func context(_ folder: FilePath) -> Context {
        Context(
            environment: [:],
            directories: Directories(cache: folder.appending("cache"), state: folder.appending("state")),
            workingDirectory: folder, output: .plain, progress: { _ in }, writeBytes: { _ in },
            say: { _ in })
    }

    @Test func `reports are written and recorded once, and again where one is gone or a drill came after`() async throws
    {
        try await withTemporaryFolder { folder in
            let context = context(folder)
            let record = SampleRecord.passed()
            let store = try context.store()
            let run = try await store.record(record)
            let pilot = folder.appending("pilot")
            func reports(_ drills: [RollbackDrill] = []) async throws -> [Entry] {
                let files = try await context.report(record, run.digest, drills, in: pilot)
                #expect(files.allSatisfy { Files.isRegularFile($0) } && files.count == 5)
                return try await store.find(EntryQuery(parent: run.digest)).reversed()
            }
            let first = try await reports()
            #expect(first.count == 1 && first[0].kind == .step)
            #expect(first[0].blobs.map(\.name) == ReportStep.files + ["result.json"])
            let html = try #require(try await store.blob(first[0].blobs[0].sha256))
            #expect(try html == Files.bytes(pilot.appending("report.html")))
            #expect(try await reports() == first)
            try Files.remove(pilot.appending("report.txt"))
            // One that took as long, in the same second, is the same entry.
            let again = try await reports()
            #expect((1...2).contains(again.count) && again.allSatisfy { $0.blobs == first[0].blobs })
            #expect(Files.exists(pilot.appending("report.txt")))
            let drilled = try await reports([SampleDrill.passed(run: record.identifier)])
            #expect(drilled.count == again.count + 1)
            #expect(drilled.last?.blobs[0].sha256 != first[0].blobs[0].sha256)
        }
    }

    @Test func `of a run that did not come to its report there are files that say so, JUnit's with an error`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let failure = Failure(
                "build.failed", "a.c does not compile", advice: "correct it", underlying: "a.c:1: error")
            func step(_ name: String, _ outcome: StepRecord.Outcome) -> StepRecord {
                StepRecord(
                    name: name, startedAt: Date(timeIntervalSince1970: 0), milliseconds: 1500, inputs: Digest(of: name),
                    outcome: outcome, output: nil, failure: outcome == .done ? nil : FailureRecord(failure))
            }
            let run = UnfinishedRun(
                identifier: "20261122T101500Z-5f3a9c01", tool: "0.1.0", workflow: "pilot", kernel: "6.12",
                startedAt: Date(timeIntervalSince1970: 0), finishedAt: Date(timeIntervalSince1970: 60),
                outcome: .failed,
                failure: FailureRecord(failure), steps: [step("source", .done), step("build", .failed)])
            try context(folder).report(run, in: folder)
            for name in ["report.html", "report.txt", "report.json", "report.junit.xml"] {
                #expect(try Files.text(folder.appending(name)).contains("a.c does not compile"), "\(name)")
            }
            let junit = try Files.text(folder.appending("report.junit.xml"))
            #expect(junit.contains("errors=\"2\"") && junit.contains("name=\"source\" time=\"1.500\"/>"))
        }
    }

    @Test func `a report that can't be written is a step that failed, and the run stays recorded`() async throws {
        try await withTemporaryFolder { folder in
            let context = context(folder)
            let store = try context.store()
            let run = try await store.record(SampleRecord.passed())
            let pilot = folder.appending("pilot")
            try Files.makeDirectory(pilot.pushing("report.junit.xml/in the way"))
            let failure = await #expect(throws: Failure.self) {
                try await context.report(SampleRecord.passed(), run.digest, [], in: pilot)
            }
            #expect(failure?.code == "file.unwritable")
            let entry = try #require(try await store.find(EntryQuery(parent: run.digest)).first)
            let step = try #require(try entry.record(as: StepRecord.self))
            #expect(step.name == "report" && step.outcome == .failed && step.failure?.code == "file.unwritable")
            #expect(try await store.runs(limit: 5).map(\.identifier) == [SampleRecord.passed().identifier])
        }
    }
}
