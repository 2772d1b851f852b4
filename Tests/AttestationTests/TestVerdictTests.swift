// SPDX-License-Identifier: Apache-2.0
import Attestation
import Host
import Records
import TestSupport
import Testing

@Suite struct TestVerdictTests {
    private let run = SampleRecord.passed()

    private func verdict(
        _ outcomes: [TestOutcome], modules: [ModuleResult] = [], events: [ConsoleEvent] = [],
        ending: GuestRun.Ending = .powerOff
    ) -> TestVerdict {
        let (kernel, boot) = (run.kernels.candidate, run.boot)
        let tests = outcomes.enumerated().map {
            TestResult(name: "t\($0)", outcome: $1, diagnostics: [], line: nil, children: [])
        }
        return TestVerdict(
            RunRecord.Kernel(
                role: .candidate, configuration: kernel.configuration, build: kernel.build,
                boot: GuestRun(
                    emulator: boot.emulator, accelerator: boot.accelerator, machine: boot.machine, cpu: boot.cpu,
                    memoryMiB: boot.memoryMiB, cpus: boot.cpus, kernelCommandLine: boot.kernelCommandLine,
                    ending: ending, reached: "", seconds: 1, consoleSHA256: boot.consoleSHA256, consoleLines: 1,
                    events: events, tests: tests, modules: modules)), of: run)
    }

    @Test func `passed is only what passed in everything`() {
        #expect(verdict([.pass, .pass]).result == .passed)
        #expect(verdict([.pass, .skip]).result == .warned)
        #expect(verdict([.pass, .unknown]).result == .warned)
        #expect(verdict([.pass, .unknown, .fail]).result == .failed)
        #expect(verdict([]).result == .warned)
        #expect(verdict([.skip]).result == .warned)
        let verdict = verdict([.pass, .skip, .unknown, .fail])
        #expect(verdict.passedTests == ["t0"] && verdict.warnedTests == ["t1", "t2"])
        #expect(verdict.failedTests == ["t3"])
    }

    @Test func `a kernel that died, a module that stayed and an end that did not come count`() {
        #expect(verdict([.pass], ending: .panic).result == .failed)
        #expect(verdict([.pass], ending: .deadline).result == .warned)
        #expect(verdict([.pass], ending: .early).warnedTests == ["boot/early"])
        let stays = ModuleResult(name: "m", loaded: true, unloaded: false, messages: [])
        #expect(verdict([.pass], modules: [stays]).failedTests == ["module/m"])
        let oops = ConsoleEvent(kind: .oops, line: 7, text: "Oops")
        #expect(verdict([.pass], events: [oops]).failedTests == ["console/oops in line 7"])
        let lost = ConsoleEvent(kind: .warning, line: 7, text: "WARNING")
        #expect(verdict([.pass], events: [lost]).result == .passed)
    }

    @Test func `it names configuration, image, machine and log`() {
        let verdict = verdict([.pass])
        #expect(verdict.configuration.map(\.name) == [".config", "arch/s390/boot/bzImage", "machine"])
        #expect(verdict.configuration[2].uri == "urn:bessemer:machine:s390-ccw-virtio")
        #expect(verdict.url == "bundle:logs/boot/console.log")
        let statement = TestVerdict.statement(SampleRecord.waived().kernels.candidate, of: run)
        #expect(statement.subject.first?.name == "arch/s390/boot/bzImage")
        #expect(statement.subject.dropFirst().allSatisfy { $0.name?.hasSuffix(".ko") == true })
        #expect(statement.subject.count > 1)
    }
}
