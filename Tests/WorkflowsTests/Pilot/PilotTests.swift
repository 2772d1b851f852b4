// SPDX-License-Identifier: Apache-2.0
import Audit
import Evidence
import Foundation
import Guest
import Host
import KernelTree
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
            let folder = try RunFolder(path)
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
            let folder = try RunFolder(path)
            _ = try await folder.step("s", inputs: ["ab", "c"]) { Made(number: 1) }
            #expect(try await folder.step("s", inputs: ["a", "bc"]) { Made(number: 2) }.output.number == 2)
        }
    }

    @Test func `a result that no longer holds is made again`() async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder(path)
            _ = try await folder.step("s", inputs: []) { Made(number: 1) }
            let again = try await folder.step("s", inputs: [], holds: { _ in false }, perform: { Made(number: 2) })
            #expect(again.output.number == 2)
        }
    }

    @Test func `a step that failed leaves nothing that a later run would take over`() async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder(path)
            await #expect(throws: Failure.self) {
                _ = try await folder.step("s", inputs: []) { () throws -> Made in throw Failure("x", "x", advice: "x") }
            }
            #expect(try await !folder.step("s", inputs: []) { Made(number: 2) }.reused)
        }
    }

    @Test(arguments: ["", "{", "{\"name\": \"s\"}", "[1, 2"])
    func `half a step file is as good as none`(text: String) async throws {
        try await withTemporaryFolder { path in
            let folder = try RunFolder(path)
            try AtomicFile.write(text, to: path.appending("steps/s.json"))
            #expect(try await folder.step("s", inputs: []) { Made(number: 7) }.output.number == 7)
        }
    }

    @Test func `a step's file that somebody else wrote or changed is not believed`() async throws {
        try await withTemporaryFolder { path in
            let key = try SealingKey(file: path.appending("state/seal.key"))
            let folder = try RunFolder(path.appending("run"), key: key)
            _ = try await folder.step("s", inputs: ["a"]) { Made(number: 1) }
            #expect(try await folder.step("s", inputs: ["a"]) { Made(number: 2) }.reused)

            let file = path.appending("run/steps/s.json")
            let text = try Files.text(file)
            try AtomicFile.write(text.replacing("1", with: "9"), to: file)
            #expect(try await !folder.step("s", inputs: ["a"]) { Made(number: 3) }.reused)

            // The whole folder as another user's Bessemer left it.
            let other = try SealingKey(file: path.appending("other/seal.key"))
            #expect(try RunFolder(path.appending("run"), key: other).last("s", as: Made.self) == nil)
            #expect(try SealingKey(file: path.appending("state/seal.key")).seal(of: [1]) == key.seal(of: [1]))
        }
    }

    @Test func `a sealed step under the name of another with the same inputs is not believed`() async throws {
        try await withTemporaryFolder { path in
            let key = try SealingKey(file: path.appending("seal.key"))
            let folder = try RunFolder(path.appending("run"), key: key)
            _ = try await folder.step("baseline-s", inputs: ["a"]) { Made(number: 1) }
            for ending in ["json", "seal"] {
                try AtomicFile.write(
                    try Files.text(path.appending("run/steps/baseline-s.\(ending)")),
                    to: path.appending("run/steps/s.\(ending)"))
            }
            #expect(folder.last("baseline-s", as: Made.self)?.output.number == 1)
            #expect(folder.last("s", as: Made.self) == nil)
        }
    }

    @Test func `a pipe or a link in the place of a step's file, its seal or the key is not waited for or followed`()
        async throws
    {
        try await withTemporaryFolder { path in
            let key = try SealingKey(file: path.appending("seal.key"))
            let folder = try RunFolder(path.appending("run"), key: key)
            _ = try await folder.step("s", inputs: ["a"]) { Made(number: 1) }
            for name in ["s.json", "s.seal"] {
                let file = path.appending("run/steps/\(name)")
                let kept = path.appending("kept")
                try Files.rename(file, to: kept)
                #expect(unsafe mkfifo(file.string, 0o600) == 0)
                #expect(folder.last("s", as: Made.self) == nil)
                try Files.remove(file)
                #expect(unsafe symlink(kept.string, file.string) == 0)
                #expect(folder.last("s", as: Made.self) == nil)
                try Files.remove(file)
                try Files.rename(kept, to: file)
            }
            #expect(folder.last("s", as: Made.self) != nil)
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
}

@Suite struct PilotPlanTests {
    @Test func `a version has a folder of its name, a path one that tells it from others of its name`() {
        let state = FilePath("/state")
        #expect(PilotPlan.folder(forKernel: "7.3", in: state) == "/state/pilot/7.3")
        let one = PilotPlan.folder(forKernel: "/a/linux", in: state)
        let other = PilotPlan.folder(forKernel: "/b/linux", in: state)
        #expect(one != other)
        #expect(one.lastComponent?.string.hasPrefix("linux-") == true)
        #expect(PilotPlan.folder(forKernel: "..", in: state).lastComponent?.string != "..")
    }
}

@Suite struct AssessmentTests {
    private let record = SampleRecord.passed()
    private let now = Date(timeIntervalSince1970: 1_795_000_000)

    private func assess(
        tests: [TestResult], ending: GuestRun.Ending = .powerOff, events: [ConsoleEvent] = [],
        modules: [ModuleResult] = [],
        waivers: [Waiver] = [], before: [TestResult]? = nil, selfTestProblem: String? = nil,
        notes: Digest? = nil
    ) -> Assessment {
        let boot = record.boot
        let run = GuestRun(
            emulator: boot.emulator, accelerator: boot.accelerator, machine: boot.machine, cpu: boot.cpu,
            memoryMiB: boot.memoryMiB, cpus: boot.cpus, kernelCommandLine: boot.kernelCommandLine, ending: ending,
            reached: "somewhere", seconds: 1, consoleSHA256: boot.consoleSHA256, consoleLines: 10, events: events,
            tests: tests,
            modules: modules, notesSHA256: notes ?? boot.notesSHA256)
        return Assessment(
            status: TreeStatus(version: "7.3.4", pieces: []), configuration: configuration, build: record.build,
            audit: AuditReport(files: []), boot: run,
            baseline: before.map { before in
                RunRecord.Baseline(
                    configuration: configuration, build: record.build, boot: record.boot,
                    tests: TestComparison(baseline: before, candidate: tests))
            }, selfTestProblem: selfTestProblem, drift: [],
            waivers: waivers, at: now)
    }

    @Test func `a kernel that ran and is not the one that was built fails the run`() {
        let other = assess(tests: [suite(.pass, [.pass])], notes: Digest(of: "another kernel"))
        #expect(other.verdict == .failed)
        #expect(other.findings.contains { $0.rule == "KRN001" })
        #expect(!assess(tests: [suite(.pass, [.pass])]).findings.contains { $0.rule == "KRN001" })
    }

    private var configuration: ConfigurationFacts {
        let facts = record.configuration
        return ConfigurationFacts(
            base: facts.base, fragments: facts.fragments, digest: facts.digest, enabled: 1, asked: 1, unmet: [],
            rust: true,
            testOptions: [])
    }

    private func suite(_ outcome: TestOutcome, _ children: [TestOutcome]) -> TestResult {
        TestResult(
            name: "suite", outcome: outcome, diagnostics: [], line: 1,
            children: children.enumerated().map { index, outcome in
                TestResult(name: "case\(index)", outcome: outcome, diagnostics: [], line: 2 + index, children: [])
            })
    }

    private func waiver(expires: String) -> Waiver {
        Waiver(test: "suite/case1", reason: "known", owner: "somebody", expires: expires)
    }

    @Test func `passes where every test passed or was skipped`() {
        let assessment = assess(tests: [suite(.pass, [.pass, .skip])])
        #expect(assessment.verdict == .passed)
        #expect(assessment.findings.isEmpty)
    }

    @Test func `a self-test that could not be built leaves the run undecided, and says why`() {
        let assessment = assess(tests: [suite(.pass, [.pass])], selfTestProblem: "stack.c:1: no such header")
        #expect(assessment.verdict == .unknown)
        #expect(assessment.findings.contains { $0.rule == "SLF001" && $0.found?.contains("no such header") == true })
    }

    @Test func `a failed test fails the run`() {
        let assessment = assess(tests: [suite(.fail, [.pass, .fail])])
        #expect(assessment.verdict == .failed)
        #expect(assessment.reasons == ["1 test failed"])
        #expect(assessment.findings.map(\.rule) == ["TST001"])
    }

    @Test func `a test that fails without Rust, too, is told and does not fail the run`() {
        let tests = [suite(.fail, [.pass, .fail])]
        let old = assess(tests: tests, before: tests)
        #expect(old.verdict == .passed)
        #expect(old.reasons.last == "1 test fails without Rust, too")
        #expect(old.findings.map(\.severity) == [.warning])
        let new = assess(tests: tests, before: [suite(.pass, [.pass, .pass])])
        #expect(new.verdict == .failed)
        #expect(new.reasons == ["1 new failure"])
    }

    @Test func `a test that only the kernel without Rust ran is a finding`() {
        let assessment = assess(tests: [suite(.pass, [.pass])], before: [suite(.pass, [.pass, .pass])])
        #expect(assessment.verdict == .passed)
        #expect(assessment.findings.map(\.rule) == ["TST003"])
    }

    @Test func `a suite that failed on its own account counts though all its tests passed`() {
        #expect(assess(tests: [suite(.fail, [.pass, .pass])]).verdict == .failed)
    }

    @Test func `an undecided test, and no test at all, never pass`() {
        #expect(assess(tests: [suite(.pass, [.pass, .unknown])]).verdict == .unknown)
        #expect(assess(tests: []).verdict == .unknown)
    }

    @Test func `a waived failure stays visible and does not decide`() {
        let assessment = assess(tests: [suite(.fail, [.pass, .fail])], waivers: [waiver(expires: "2027-05-31")])
        #expect(assessment.verdict == .passed)
        #expect(assessment.waived.map(\.test) == ["suite/case1"])
        #expect(assessment.findings.map(\.severity) == [.note])
        #expect(assessment.reasons.last == "1 failure is waived")
    }

    @Test(arguments: ["2020-01-01", "someday", ""])
    func `an expired or unreadable waiver waives nothing and is told`(expires: String) {
        let assessment = assess(tests: [suite(.fail, [.pass, .fail])], waivers: [waiver(expires: expires)])
        #expect(assessment.verdict == .failed)
        #expect(assessment.findings.contains { $0.rule == "WVR001" && $0.severity == .warning })
    }

    @Test func `a waiver holds to the end of its last day`() throws {
        let waiver = waiver(expires: "2027-05-31")
        #expect(waiver.holds(at: try Date("2027-05-31T23:59:59Z", strategy: .iso8601)))
        #expect(!waiver.holds(at: try Date("2027-06-01T00:00:00Z", strategy: .iso8601)))
    }

    @Test func `a waiver that nothing needs is told`() {
        let assessment = assess(tests: [suite(.pass, [.pass, .pass])], waivers: [waiver(expires: "2027-05-31")])
        #expect(assessment.verdict == .passed)
        #expect(assessment.findings.map(\.rule) == ["WVR001"])
    }

    @Test(arguments: [GuestRun.Ending.panic, .deadline, .flood, .early])
    func `a guest that did not come to its end fails the run`(ending: GuestRun.Ending) {
        #expect(assess(tests: [suite(.pass, [.pass])], ending: ending).verdict == .failed)
    }

    @Test func `a module that can't be unloaded fails the run`() {
        let module = ModuleResult(name: "rust_minimal", loaded: true, unloaded: false, messages: [])
        #expect(assess(tests: [suite(.pass, [.pass])], modules: [module]).verdict == .failed)
    }

    @Test func `what a test provokes is its own business, an Oops outside of tests is not`() {
        let tests = [suite(.pass, [.pass])]
        let inside = ConsoleEvent(kind: .warning, line: 3, text: "WARNING", duringTest: "ida")
        #expect(assess(tests: tests, events: [inside]).findings.isEmpty)
        let outside = ConsoleEvent(kind: .oops, line: 3, text: "Oops", duringTest: nil)
        #expect(assess(tests: tests, events: [outside]).verdict == .failed)
        let lost = ConsoleEvent(kind: .lost, line: 3, text: "dropped", duringTest: nil)
        #expect(assess(tests: tests, events: [lost]).verdict == .unknown)
    }

    @Test func `a run's folder and its steps are their owner's alone`() async throws {
        try await withTemporaryFolder { folder in
            let run = try RunFolder(folder.appending("run"))
            _ = try await run.step("one", inputs: []) { 1 }
            func mode(_ path: FilePath) -> mode_t {
                var status = stat()
                _ = unsafe lstat(path.string, &status)
                return status.st_mode & 0o7777
            }
            #expect(mode(run.path) == 0o700 && mode(run.path.appending("steps")) == 0o700)
            #expect(mode(run.path.pushing("steps/one.json")) == 0o600)
        }
    }
}
