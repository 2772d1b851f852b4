// SPDX-License-Identifier: Apache-2.0
package import Host

/// What became of one module that the guest loaded and unloaded.
package struct ModuleResult: Codable, Hashable, Sendable {
    package let name: String
    package let loaded: Bool
    package let unloaded: Bool
    /// What the kernel said meanwhile, and the tool's error.
    package let messages: [String]

    package init(name: String, loaded: Bool, unloaded: Bool, messages: [String]) {
        self.name = name
        self.loaded = loaded
        self.unloaded = unloaded
        self.messages = messages
    }
}

/// One boot of a kernel in a guest, from its first console line to its end.
package struct GuestRun: Timed, Codable, Hashable, Sendable {
    package enum Ending: String, Codable, Sendable {
        /// The guest powered itself off, or restarted its machine, as its last step.
        case powerOff = "power-off"
        /// The machine ended before the guest reached its last step.
        case early
        case panic
        /// Ended by us: nothing finished within the time allowed.
        case deadline
        /// Ended by us: more console output than the limit.
        case flood
    }

    /// QEMU's version; on a machine that was there already, what started the kernel.
    package let emulator: String
    /// `tcg` or `kvm`; `none` without QEMU.
    package let accelerator: String
    package let machine: String
    package let cpu: String
    package let memoryMiB: Int
    package let cpus: Int
    /// Without the values that may be secret (`KernelParameters`).
    package let kernelCommandLine: String
    package let ending: Ending
    /// The point that the guest had reached, as a sentence: last step, running test, last console line.
    package let reached: String
    package let milliseconds: Int
    package let consoleSHA256: Digest
    package let consoleLines: Int
    package let events: [ConsoleEvent]
    /// Top-level suites in the order of their start.
    package let tests: [TestResult]
    package let modules: [ModuleResult]
    /// Of the running kernel's notes (`GuestStep.showNotes`); nil where it was not asked, or gave no answer.
    package let notesSHA256: Digest?
    /// The build identifier among these notes, in hexadecimal; nil where there is none, and in records of before it was read.
    package let buildID: String?

    package init(
        emulator: String, accelerator: String, machine: String, cpu: String, memoryMiB: Int, cpus: Int,
        kernelCommandLine: String, ending: Ending, reached: String, seconds: Double, consoleSHA256: Digest,
        consoleLines: Int, events: [ConsoleEvent], tests: [TestResult], modules: [ModuleResult],
        notesSHA256: Digest? = nil, buildID: String? = nil
    ) {
        self.emulator = emulator
        self.accelerator = accelerator
        self.machine = machine
        self.cpu = cpu
        self.memoryMiB = memoryMiB
        self.cpus = cpus
        self.kernelCommandLine = KernelParameters.redacted(kernelCommandLine)
        self.ending = ending
        self.reached = reached
        milliseconds = Milliseconds.of(seconds)
        self.consoleSHA256 = consoleSHA256
        self.consoleLines = consoleLines
        self.events = events
        self.tests = tests
        self.modules = modules
        self.notesSHA256 = notesSHA256
        self.buildID = buildID
    }

    /// What speaks against its kernel, with what can account for it.
    package var said: EventComparison.Run { EventComparison.Run(events: events, tests: tests) }

    /// The grave events in tests that neither the test nor a boot of the kernel that is compared with accounts for.
    package func unexplainedInTests(beside baseline: GuestRun?) -> [ConsoleEvent] {
        EventComparison(baseline: baseline.map { [$0.said] } ?? []).unexplained(in: said).filter {
            $0.duringTest != nil
        }
    }

    package var counts: TestCounts { tests.reduce(into: TestCounts()) { $0 += $1.counts } }
}
