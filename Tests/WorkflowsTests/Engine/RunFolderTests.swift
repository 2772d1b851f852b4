// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

@Suite struct RunFolderTests {
    private struct Made: Codable, Sendable, Equatable {
        var number: Int
    }

    @Test func `a finished step is taken over as long as what went in is the same`() async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder.ofTest(path)
            let first = try await folder.step("s", inputs: ["a"]) { Made(number: 1) }
            let second = try await folder.step("s", inputs: ["a"]) { Made(number: 2) }
            let third = try await folder.step("s", inputs: ["b"]) { Made(number: 3) }
            #expect(!first.reused && second.reused && !third.reused)
            #expect(second.output == Made(number: 1))
            #expect(third.output == Made(number: 3))
        }
    }

    @Test func `inputs are not mixed up where one ends and the next begins`() async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder.ofTest(path)
            _ = try await folder.step("s", inputs: ["ab", "c"]) { Made(number: 1) }
            #expect(try await folder.step("s", inputs: ["a", "bc"]) { Made(number: 2) }.output.number == 2)
        }
    }

    @Test func `a result that no longer holds is made again`() async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder.ofTest(path)
            _ = try await folder.step("s", inputs: []) { Made(number: 1) }
            let again = try await folder.step("s", inputs: [], holds: { _ in false }, perform: { Made(number: 2) })
            #expect(again.output.number == 2)
        }
    }

    @Test func `a step that failed leaves nothing that a later run would take over`() async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder.ofTest(path)
            await #expect(throws: Failure.self) {
                _ = try await folder.step("s", inputs: []) { () throws -> Made in throw Failure("x", "x", advice: "x") }
            }
            #expect(try await !folder.step("s", inputs: []) { Made(number: 2) }.reused)
        }
    }

    @Test func `a step whose files were pruned is taken over with its files`() async throws {
        try await withTemporaryFolder { path in
            let store = MemoryEvidenceStore(recorder: "test", projection: RecordTables())
            func take() async throws -> Bool {
                let folder = try RunFolder.ofTest(path, recorder: StepRecorder(store: store))
                return try await folder.step(
                    "s", inputs: ["a"], attachments: { _ in [StepAttachment("log", path.appending("log"))] }
                ) { Made(number: 1) }.reused
            }
            try AtomicFile.write("what happened", to: path.appending("log"))
            #expect(try await !take())
            await store.removeBlobs()
            #expect(try await take())
            let entries = await store.find(EntryQuery(kind: .step))
            #expect(entries.count == 1)
            for blob in entries[0].blobs { #expect(await store.holds(blob.sha256), "\(blob.name)") }
        }
    }

    @Test func `a step that is done keeps each of its files, or is not done`() async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder.ofTest(path)
            try AtomicFile.write("elsewhere", to: path.appending("secret"))
            try FileManager.default.createSymbolicLink(
                atPath: path.appending("log").string, withDestinationPath: "secret")
            await #expect(throws: Failure.self) {
                _ = try await folder.step(
                    "s", inputs: ["a"],
                    attachments: { _ in
                        [StepAttachment("log", "log", in: path), StepAttachment("never", path.appending("n"))]
                    }
                ) { Made(number: 1) }
            }
            try Files.remove(path.appending("log"))
            #expect(
                try await !folder.step(
                    "s", inputs: ["a"], attachments: { _ in [StepAttachment("log", "log", in: path)] }
                ) { Made(number: 1) }.reused)
        }
    }

    @Test func `what an earlier run reported goes before a step is done again, and stays where none is`() async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder.ofTest(path, reports: ["report.html", "never.xml"])
            let report = path.appending("report.html")
            _ = try await folder.step("s", inputs: ["a"]) { Made(number: 1) }
            try AtomicFile.write("PASSED", to: report)
            _ = try await folder.step("s", inputs: ["a"]) { Made(number: 2) }
            #expect(Files.exists(report))
            await #expect(throws: Failure.self) {
                _ = try await folder.step("s", inputs: ["b"]) { () throws -> Made in
                    throw Failure("x", "x", advice: "x")
                }
            }
            #expect(!Files.exists(report))
        }
    }

    @Test(arguments: ["", "{", "{\"name\": \"s\"}", "[1, 2"])
    func `half a step file is as good as none`(text: String) async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder.ofTest(path)
            try AtomicFile.write(text, to: path.appending("steps/s.json"))
            #expect(try await folder.step("s", inputs: []) { Made(number: 7) }.output.number == 7)
        }
    }

    @Test func `a step's file that somebody else wrote or changed is not believed`() async throws {
        try await withTemporaryFolder { path in
            let key = try SealingKey(file: path.appending("state/seal.key"))
            let folder = try RunFolder.ofTest(path.appending("run"), seal: key)
            _ = try await folder.step("s", inputs: ["a"]) { Made(number: 1) }
            #expect(try await folder.step("s", inputs: ["a"]) { Made(number: 2) }.reused)

            let file = path.appending("run/steps/s.json")
            let text = try Files.text(file)
            try AtomicFile.write(text.replacing("1", with: "9"), to: file)
            #expect(try await !folder.step("s", inputs: ["a"]) { Made(number: 3) }.reused)

            // The whole folder as another user's Bessemer left it.
            let other = try SealingKey(file: path.appending("other/seal.key"))
            #expect(StepFiles(in: path.appending("run"), seal: other).last("s", as: Made.self) == nil)
            #expect(try SealingKey(file: path.appending("state/seal.key")).seal(of: [1]) == key.seal(of: [1]))
        }
    }

    @Test func `a sealed step under the name of another with the same inputs is not believed`() async throws {
        try await withTemporaryFolder { path in
            let key = try SealingKey(file: path.appending("seal.key"))
            let folder = try RunFolder.ofTest(path.appending("run"), seal: key)
            _ = try await folder.step("baseline-s", inputs: ["a"]) { Made(number: 1) }
            for ending in ["json", "seal"] {
                try AtomicFile.write(
                    try Files.text(path.appending("run/steps/baseline-s.\(ending)")),
                    to: path.appending("run/steps/s.\(ending)"))
            }
            #expect(folder.steps.last("baseline-s", as: Made.self)?.output.number == 1)
            #expect(folder.steps.last("s", as: Made.self) == nil)
        }
    }

    @Test func `a pipe or a link in the place of a step's file, its seal or the key is not waited for or followed`()
        async throws
    {
        try await withTemporaryFolder { path in
            let key = try SealingKey(file: path.appending("seal.key"))
            let folder = try RunFolder.ofTest(path.appending("run"), seal: key)
            _ = try await folder.step("s", inputs: ["a"]) { Made(number: 1) }
            for name in ["s.json", "s.seal"] {
                let file = path.appending("run/steps/\(name)")
                let kept = path.appending("kept")
                try Files.rename(file, to: kept)
                #expect(unsafe mkfifo(file.string, 0o600) == 0)
                #expect(folder.steps.last("s", as: Made.self) == nil)
                try Files.remove(file)
                #expect(unsafe symlink(kept.string, file.string) == 0)
                #expect(folder.steps.last("s", as: Made.self) == nil)
                try Files.remove(file)
                try Files.rename(kept, to: file)
            }
            #expect(folder.steps.last("s", as: Made.self) != nil)
            let pipe = path.appending("pipe.key")
            #expect(unsafe mkfifo(pipe.string, 0o600) == 0)
            #expect(throws: Failure.self) { try SealingKey(file: pipe) }
        }
    }

    @Test func `a sealing key that others can read is refused`() async throws {
        try await withTemporaryFolder { path in
            let file = path.appending("seal.key")
            _ = try SealingKey(file: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.string)
            #expect(throws: Failure.self) { try SealingKey(file: file) }
        }
    }

    @Test func `two pilots do not run in one folder`() async throws {
        try await withTemporaryFolder { path in
            let held = try FolderLock(path, doing: "running a pilot")
            let failure = #expect(throws: Failure.self) { try FolderLock(path, doing: "running a pilot") }
            #expect(failure?.code == "folder.busy")
            withExtendedLifetime(held) {}
        }
    }

    @Test func `a run's folder and its steps are their owner's alone`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("run")
            _ = try await RunFolder.ofTest(path).step("one", inputs: []) { 1 }
            func mode(_ path: FilePath) -> mode_t {
                var status = stat()
                _ = unsafe lstat(path.string, &status)
                return status.st_mode & 0o7777
            }
            #expect(mode(path) == 0o700 && mode(path.appending("steps")) == 0o700)
            #expect(mode(path.pushing("steps/one.json")) == 0o600)
        }
    }
}
