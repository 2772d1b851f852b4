// SPDX-License-Identifier: Apache-2.0
import Campaigns
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@Suite struct CampaignFolderTests {
    private static let cell = CampaignCell(kernel: "k", configuration: "c", toolchain: "t", machine: "m")
    private static let job = CampaignJob(
        title: "x", identity: ["command", "x"], work: .command(.init(words: ["true"], cell: cell, timeLimit: 10)))

    private func withFolder(_ body: (CampaignFolder) async throws -> Void) async throws {
        try await withTemporaryFolder { path in
            let folder = CampaignFolder(path)
            try folder.add(Self.job)
            try await body(folder)
        }
    }

    private func perform(
        _ folder: CampaignFolder, _ attempt: String = "1.0", _ outcome: CampaignResult.Outcome = .done,
        _ text: String = "made"
    ) async throws -> CampaignResult {
        try await folder.perform(Self.job, attempt: attempt, tool: "t", node: "n") { place in
            try AtomicFile.write(text, to: place.appending("out"))
            return .init(outcome, outputs: ["out"])
        }
    }

    private func reason(_ folder: CampaignFolder) -> String? {
        if case .bad(let reason) = folder.result(of: Self.job.key) { reason } else { nil }
    }

    @Test func `the first good attempt is the step's result, and later ones take it over`() async throws {
        try await withFolder { folder in
            let first = try await perform(folder)
            #expect(first.outcome == .done && first.attempt == "attempt-1.0")
            let second = try await perform(folder, "2.0", .failed, "other")
            #expect(second == first)
            #expect(folder.attempts(Self.job.key) == ["attempt-1.0"])
            guard case .good(let result, let digest) = folder.result(of: Self.job.key) else {
                Issue.record("there is no result")
                return
            }
            #expect(result == first)
            #expect(try digest == Digest(ofFile: folder.step(Self.job.key).appending("result.json")))
        }
    }

    @Test func `what is not the kernel's fault is kept and decides nothing`() async throws {
        try await withFolder { folder in
            let lost = try await folder.perform(Self.job, attempt: "1.0", tool: "t", node: "n") { _ in
                throw Failure("disk.full", "no space", advice: "free some")
            }
            #expect(lost.outcome == .infrastructure && lost.fault?.identity == "disk.full")
            if case .none = folder.result(of: Self.job.key) {} else { Issue.record("it has a result") }
            #expect(folder.undecided(Self.job.key).map(\.attempt) == ["attempt-1.0"])
            #expect(try await perform(folder, "2.0").outcome == .done)
        }
    }

    @Test func `an output that is missing, or another, makes a result none`() async throws {
        try await withFolder { folder in
            _ = try await perform(folder)
            let output = folder.step(Self.job.key).pushing("attempt-1.0").appending("out")
            try AtomicFile.write("else", to: output)
            #expect(reason(folder)?.contains("other content") == true)
            try AtomicFile.write("longer than it was", to: output)
            #expect(reason(folder)?.contains("not there as the result says") == true)
            try Files.remove(output)
            #expect(reason(folder) != nil)
            // Who does it again puts the other result beside.
            #expect(try await perform(folder, "2.0").attempt == "attempt-2.0")
            #expect(Files.exists(folder.step(Self.job.key).appending("result-refused-1.json")))
            #expect(reason(folder) == nil)
        }
    }

    @Test(arguments: [0, 1, 20, 200])
    func `a result file that ends early is none`(length: Int) async throws {
        try await withFolder { folder in
            _ = try await perform(folder)
            let file = folder.step(Self.job.key).appending("result.json")
            let bytes = try Files.bytes(file)
            try Files.remove(file)
            try AtomicFile.write(Array(bytes.prefix(length)), to: file)
            #expect(reason(folder) != nil)
        }
    }

    @Test(arguments: ["../../../etc", "attempt-1.0/..", "/etc", "attempt-../x", "other"])
    func `a result leads nowhere but to an attempt of its step`(attempt: String) async throws {
        try await withFolder { folder in
            let result = CampaignResult(
                key: Self.job.key, attempt: attempt, tool: "", node: "", startedAt: Date(timeIntervalSince1970: 0),
                milliseconds: 0, outcome: .done)
            try AtomicFile.write(json: result, to: folder.step(Self.job.key).appending("result.json"))
            #expect(reason(folder) == "it names no attempt")
        }
    }

    @Test func `the result of another step is none`() async throws {
        try await withFolder { folder in
            let result = CampaignResult(
                key: Digest(of: "other"), attempt: "attempt-1.0", tool: "", node: "",
                startedAt: Date(timeIntervalSince1970: 0), milliseconds: 0, outcome: .done)
            try AtomicFile.write(json: result, to: folder.step(Self.job.key).appending("result.json"))
            #expect(reason(folder) == "it is the result of another step")
        }
    }

    @Test func `a job that is not the key's is refused`() async throws {
        try await withFolder { folder in
            let other = CampaignJob(title: "y", identity: ["y"], work: Self.job.work)
            try AtomicFile.write(json: other, to: folder.step(Self.job.key).appending("job.json"))
            let failure = #expect(throws: Failure.self) { try folder.job(Self.job.key) }
            #expect(failure?.code == "campaign.job")
        }
    }

    @Test func `two at one step are one`() async throws {
        try await withFolder { folder in
            let held = try FolderLock(folder.step(Self.job.key), doing: "a campaign's step")
            let failure = await #expect(throws: Failure.self) { try await perform(folder) }
            #expect(failure?.code == "folder.busy")
            #expect(folder.isBusy(Self.job.key))
            withExtendedLifetime(held) {}
        }
    }

    @Test(arguments: [(0, CampaignResult.Outcome.done), (3, .failed), (125, .skipped), (200, .infrastructure)])
    func `a command's exit status decides as git bisect's does`(
        status: Int, outcome: CampaignResult.Outcome
    ) async throws {
        try await withTemporaryFolder { folder in
            let program = CampaignJob.Program(
                words: ["sh", "-c", "echo of $BESSEMER_TOOLCHAIN; exit \(status)"], cell: Self.cell, timeLimit: 60)
            let work = try await program.perform(in: folder)
            #expect(work.outcome == outcome)
            #expect(try Files.text(folder.appending("output.log")) == "of t\n")
            if outcome == .failed { #expect(work.fault?.identity == "of t") }
        }
    }

    @Test(arguments: [("a\\r\\n\\r\\n", "a"), ("a\\n \\t \\n", "a"), ("a\\r\\nb\\r\\n", "b"), ("", "exit status 1")])
    func `the last line that says something tells the failure`(printed: String, identity: String) async throws {
        try await withTemporaryFolder { folder in
            let program = CampaignJob.Program(
                words: ["sh", "-c", "printf '\(printed)'; exit 1"], cell: Self.cell, timeLimit: 60)
            let work = try await program.perform(in: folder)
            #expect(work.fault?.identity == identity)
        }
    }

    @Test func `a command that is another than when it was planned decides nothing`() async throws {
        try await withTemporaryFolder { folder in
            let script = folder.appending("try.sh")
            // It writes over itself: what ran is not what was planned.
            try AtomicFile.write("echo exit 1 > '\(script)'\n", to: script)
            let file = Subject(script.string, try Digest(ofFile: script))
            let program = CampaignJob.Program(
                words: ["sh", script.string], cell: Self.cell, files: [file], timeLimit: 60)
            for _ in 0..<2 {
                let failure = await #expect(throws: Failure.self) { try await program.perform(in: folder) }
                #expect(failure?.code == "campaign.changed")
            }
        }
    }

    @Test func `what a command leaves behind ends with it`() async throws {
        try await withTemporaryFolder { folder in
            let program = CampaignJob.Program(
                words: ["sh", "-c", "sleep 1000 >/dev/null 2>&1 </dev/null & echo $! > pid"], cell: Self.cell,
                timeLimit: 60)
            let work = try await program.perform(in: folder)
            #expect(work.outcome == .done)
            let pid = try Files.text(folder.appending("pid")).trimmingCharacters(in: .whitespacesAndNewlines)
            try await until {
                let status = (try? Files.text(FilePath("/proc/\(pid)/status"))) ?? ""
                return status.isEmpty || status.contains("State:\tZ")
            }
        }
    }

    @Test(arguments: ["", ".", "..", "../../x", "a/b", "a\nb", String(repeating: "a", count: 65)])
    func `an attempt's name is no way out of its step`(name: String) async throws {
        try await withFolder { folder in
            let failure = await #expect(throws: Failure.self) { try await perform(folder, name) }
            #expect(failure?.code == "campaign.attempt")
        }
    }
}
