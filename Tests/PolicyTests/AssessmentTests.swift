// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Policy
import Records
import TestSupport
import Testing

@Suite struct AssessmentTests {
    private let record = SampleRecord.passed()
    private let now = Date(timeIntervalSince1970: 1_795_000_000)

    private func assess(
        tests: [TestResult], ending: GuestRun.Ending = .powerOff, events: [ConsoleEvent] = [],
        modules: [ModuleResult] = [],
        waivers: [Waiver] = [], before: [TestResult]? = nil, selfTestProblem: String? = nil,
        notes: Digest? = nil, buildIDs: (built: String?, ran: String?) = (nil, nil),
        audit: AuditReport = AuditReport(files: [])
    ) -> Assessment {
        let boot = record.boot
        let run = GuestRun(
            emulator: boot.emulator, accelerator: boot.accelerator, machine: boot.machine, cpu: boot.cpu,
            memoryMiB: boot.memoryMiB, cpus: boot.cpus, kernelCommandLine: boot.kernelCommandLine, ending: ending,
            reached: "somewhere", seconds: 1, consoleSHA256: boot.consoleSHA256, consoleLines: 10, events: events,
            tests: tests,
            modules: modules, notesSHA256: notes ?? boot.notesSHA256,
            buildID: buildIDs.ran)
        func kernel(_ role: KernelRole, _ boot: GuestRun) -> RunRecord.Kernel {
            let build = record.build
            return .init(
                role: role, configuration: configuration,
                build: BuildFacts(
                    command: build.command, environment: build.environment, seconds: build.seconds, steps: build.steps,
                    warnings: build.warnings, artifacts: build.artifacts, release: build.release,
                    notesSHA256: build.notesSHA256, buildID: role == .candidate ? buildIDs.built : nil),
                boot: boot)
        }
        return Assessment(
            readiness: TreeStatus(version: "7.3.4", pieces: []),
            kernels: .init(
                candidate: kernel(.candidate, run), baseline: before.map { _ in kernel(.baseline, record.boot) }),
            comparison: before.map { TestComparison(baseline: $0, candidate: tests) }, audit: audit,
            selfTestProblem: selfTestProblem, waivers: waivers, at: now)
    }

    @Test func `a kernel that ran and is not the one that was built fails the run`() {
        let other = assess(tests: [suite(.pass, [.pass])], notes: Digest(of: "another kernel"))
        #expect(other.verdict == .failed)
        #expect(other.findings.contains { $0.rule == "KRN001" })
        #expect(!assess(tests: [suite(.pass, [.pass])]).findings.contains { $0.rule == "KRN001" })
        let identified = assess(tests: [suite(.pass, [.pass])], buildIDs: ("95413a70", "95413a71"))
        #expect(identified.findings.map(\.rule) == ["KRN001"])
        #expect(identified.findings[0].found?.hasPrefix("build identifier 95413a71,") == true)
        #expect(assess(tests: [suite(.pass, [.pass])], buildIDs: ("95413a70", "95413a70")).verdict == .passed)
    }

    @Test func `a build identifier is read from a kernel's notes, and from no damaged ones`() {
        // A note of the name Linux, then the identifier that readelf -n showed of a kernel.
        let identifier = "95413a7057f09d338ae6fdd94b88ad45434db499"
        let hex =
            "0000000600000004000001004c696e757800000000000000" + "000000040000001400000003474e5500" + identifier
        let bytes = stride(from: 0, to: hex.count, by: 2).map { UInt8(hex.dropFirst($0).prefix(2), radix: 16) ?? 0 }
        #expect(BuildFacts.buildID(inNotes: bytes) == identifier)
        for size in bytes.indices { #expect(BuildFacts.buildID(inNotes: Array(bytes.prefix(size))) == nil) }
        // Its own sizes, type and name.
        for index in 24..<40 {
            var damaged = bytes
            damaged[index] ^= 0xff
            #expect(BuildFacts.buildID(inNotes: damaged) != identifier)
        }
    }

    private var configuration: ConfigurationFacts {
        let facts = record.configuration
        return ConfigurationFacts(
            base: facts.base, fragments: facts.fragments, digest: facts.digest, enabled: 1, requested: 1, unmet: [],
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
        Waiver(rule: "TST001", location: "suite/case1", reason: "known", owner: "somebody", expires: expires)
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
        #expect(assessment.reasons == ["suite/case1 failed: "] || assessment.reasons == ["suite/case1 failed"])
        #expect(assessment.findings.map(\.rule) == ["TST001"])
    }

    @Test func `a test that fails without Rust, too, is reported and does not fail the run`() {
        let tests = [suite(.fail, [.pass, .fail])]
        let old = assess(tests: tests, before: tests)
        #expect(old.verdict == .passed)
        #expect(old.reasons.last?.hasPrefix("suite/case1 fails without Rust, too") == true)
        #expect(old.findings.map(\.rule) == ["TST005"])
        let new = assess(tests: tests, before: [suite(.pass, [.pass, .pass])])
        #expect(new.verdict == .failed)
        #expect(new.findings.map(\.rule) == ["TST001"])
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
        let none = assess(tests: [])
        #expect(none.verdict == .unknown && none.findings.map(\.rule) == ["TST004"])
    }

    @Test func `a waived failure stays visible and does not decide`() {
        let assessment = assess(tests: [suite(.fail, [.pass, .fail])], waivers: [waiver(expires: "2027-05-31")])
        #expect(assessment.verdict == .passed)
        #expect(assessment.accepted.map(\.finding.location?.symbol) == ["suite/case1"])
        #expect(assessment.findings.isEmpty)
        #expect(assessment.reasons.last == "1 finding is accepted")
    }

    @Test(arguments: ["2020-01-01", "someday", ""])
    func `an expired or unreadable waiver waives nothing and is reported`(expires: String) {
        let assessment = assess(tests: [suite(.fail, [.pass, .fail])], waivers: [waiver(expires: expires)])
        #expect(assessment.verdict == .failed)
        #expect(assessment.findings.contains { $0.rule == "WVR002" && $0.severity == .warning })
    }

    @Test func `a waiver holds to the end of its last day`() throws {
        let waiver = waiver(expires: "2027-05-31")
        #expect(waiver.holds(at: try Date("2027-05-31T23:59:59Z", strategy: .iso8601)))
        #expect(!waiver.holds(at: try Date("2027-06-01T00:00:00Z", strategy: .iso8601)))
    }

    @Test func `a waiver that nothing needs is reported`() {
        let assessment = assess(tests: [suite(.pass, [.pass, .pass])], waivers: [waiver(expires: "2027-05-31")])
        #expect(assessment.verdict == .passed)
        #expect(assessment.findings.map(\.rule) == ["WVR001"])
    }

    @Test(arguments: [GuestRun.Ending.panic, .deadline, .flood, .early])
    func `a guest that did not come to its end fails the run`(ending: GuestRun.Ending) {
        #expect(assess(tests: [suite(.pass, [.pass])], ending: ending).findings.map(\.rule) == ["BOT001"])
    }

    @Test func `a module that can't be unloaded fails the run`() {
        let module = ModuleResult(name: "rust_minimal", loaded: true, unloaded: false, messages: [])
        #expect(assess(tests: [suite(.pass, [.pass])], modules: [module]).findings.map(\.rule) == ["BOT003"])
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

    @Test func `what the audit could not look at leaves the run undecided, and can be accepted`() {
        let outcome = RuleOutcome(family: "PRD", state: .unknown, reason: "no debug information")
        func file(_ name: String, _ outcomes: [RuleOutcome], _ error: String? = nil) -> AuditReport.File {
            .init(name: name, machine: "s390x", kind: "linked", units: [], outcomes: outcomes, error: error)
        }
        let audit = AuditReport(files: [file("vmlinux", [outcome]), file("x.ko", [], "damaged at byte 8")])
        let tests = [suite(.pass, [.pass])]
        let open = assess(tests: tests, audit: audit)
        #expect(open.verdict == .unknown && open.findings.map(\.rule) == ["AUD002", "AUD001"])
        let waivers = [("AUD001", "x.ko"), ("AUD002", "vmlinux PRD")].map {
            Waiver(rule: $0, location: $1, reason: "r", owner: "o", expires: "2027-05-31")
        }
        let accepted = assess(tests: tests, waivers: waivers, audit: audit)
        #expect(accepted.verdict == .passed && accepted.accepted.count == 2 && accepted.findings.isEmpty)
    }

    @Test func `every cause of a verdict is a finding of a rule that explains itself`() {
        let failing = assess(
            tests: [suite(.fail, [.fail, .unknown])], ending: .panic,
            events: [ConsoleEvent(kind: .oops, line: 3, text: "Oops", duringTest: nil)],
            modules: [ModuleResult(name: "m", loaded: false, unloaded: false, messages: [])],
            selfTestProblem: "none", notes: Digest(of: "another kernel"))
        let rules = RunRules.families.flatMap(\.rules)
        let causes = failing.findings.filter { finding in
            rules.first { $0.identifier == finding.rule }?.decides != nil
        }
        // A sentence a rule, and no verdict without one.
        #expect(failing.reasons.count == Set(causes.map(\.rule)).count)
        for finding in causes {
            let waiver = Waiver(
                rule: finding.rule, location: "*", reason: "r", owner: "o", expires: "2027-05-31")
            #expect(waiver.accepts(finding), "\(finding.rule)")
        }
    }
}
