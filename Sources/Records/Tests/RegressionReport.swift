// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// What is run on both kernels.
package enum TestSuite: String, Codable, Sendable, CaseIterable {
    /// Every KUnit suite that is built in.
    case kunit
    /// Each module is inserted and removed; the KUnit suites in modules run.
    case modules
    /// Programs of the kernel's own selftests.
    case kselftest
}

/// What two kernels came to, side by side.
///
/// A gate fails (`isClean` is false) for new failures, for a new panic, Oops, BUG or stall, and for results that are
/// lost on the candidate while the baseline passed: those may hide one. Everything else is reported and fails nothing.
package struct RegressionReport: Timed, RecordBody {
    package static let kind = RecordKind.comparison
    /// Version 1 is `ComparisonSummary`.
    package static let version = 3

    /// The images of both kernels.
    package var subjects: [Subject] {
        [Subject("baseline", baseline.imageSHA256), Subject("candidate", candidate.imageSHA256)]
    }

    package static let schema = "bessemer-regression/2"

    /// One boot of one kernel.
    package struct Boot: Codable, Hashable, Sendable {
        package let kind: BootKind
        /// Counted from 1.
        package let repetition: Int
        /// The folder of its console log, relative to the report's.
        package let folder: String
        package let run: GuestRun
        /// From the kernel's start to the first step of user space, in milliseconds of the kernel's own clock (printk's time
        /// stamps); nil where it did not get there.
        package let startMilliseconds: Int?
        /// KiB by the names of /proc/meminfo, read before anything else ran; nil where that was not asked for or lost.
        package let memory: [String: Int]?
        /// The kernel's own words, where the machine lacks what it was built for.
        package let refusal: [String]?

        package init(
            kind: BootKind, repetition: Int, folder: String, run: GuestRun, startSeconds: Double?,
            memory: [String: Int]?,
            refusal: [String]?
        ) {
            self.kind = kind
            self.repetition = repetition
            self.folder = folder
            self.run = run
            startMilliseconds = startSeconds.map(Milliseconds.of)
            self.memory = memory
            self.refusal = refusal
        }
    }

    /// Everything on one machine.
    package struct Machine: Codable, Hashable, Sendable {
        package let model: MachineModel
        package let baseline: [Boot]
        package let candidate: [Boot]
        /// Every test of either, also those that pass.
        package let tests: [TestComparison.Change]
        /// What was said of tests that failed or were not decided, by their paths: of the candidate, else of the baseline.
        package let reasons: [String: String]
        /// Why the suites were not run; nil where they were.
        package let notCompared: String?

        package init(
            model: MachineModel, baseline: [Boot], candidate: [Boot], tests: [TestComparison.Change],
            reasons: [String: String], notCompared: String?
        ) {
            self.model = model
            self.baseline = baseline
            self.candidate = candidate
            self.tests = tests
            self.reasons = reasons
            self.notCompared = notCompared
        }

        package func count(_ verdict: TestComparison.Verdict) -> Int { tests.count { $0.verdict == verdict } }

        /// The grave events of the candidate's boots that neither its tests nor the baseline account for.
        package var newEvents: [(boot: Boot, event: ConsoleEvent)] {
            let comparison = EventComparison(baseline: baseline.map(\.run.said))
            return candidate.flatMap { boot in comparison.unexplained(in: boot.run.said).map { (boot, $0) } }
        }
    }

    /// The sandbox that the guests ran in, and that built what they ran.
    package struct Sandbox: Codable, Hashable, Sendable {
        package let lockDigest: Digest
        /// The name of what its versions were chosen of: `newest`; nil where its lock does not say.
        package let specification: String?

        package init(lockDigest: Digest, specification: String?) {
            self.lockDigest = lockDigest
            self.specification = specification
        }
    }

    package let schema: String
    package let toolVersion: String
    package let startedAt: Date
    package let milliseconds: Int
    /// nil in records of before it was kept.
    package let sandbox: Sandbox?
    package let baseline: KernelFacts
    package let candidate: KernelFacts
    package let suites: [TestSuite]
    package let repetitions: Int
    package let cpus: Int
    package let memoryMiB: Int
    package let machines: [Machine]
    /// The selftests that were run, and those that were left out; nil where they were not asked for.
    package let selftests: SelftestFacts?
    /// Suites that were asked for and ran on neither kernel, with the reason.
    package let notes: [String]

    package init(
        schema: String, toolVersion: String, startedAt: Date, seconds: Double, sandbox: Sandbox? = nil,
        baseline: KernelFacts, candidate: KernelFacts, suites: [TestSuite], repetitions: Int, cpus: Int, memoryMiB: Int,
        machines: [Machine],
        selftests: SelftestFacts?,
        notes: [String]
    ) {
        self.schema = schema
        self.toolVersion = toolVersion
        self.startedAt = startedAt
        milliseconds = Milliseconds.of(seconds)
        self.sandbox = sandbox
        self.baseline = baseline
        self.candidate = candidate
        self.suites = suites
        self.repetitions = repetitions
        self.cpus = cpus
        self.memoryMiB = memoryMiB
        self.machines = machines
        self.selftests = selftests
        self.notes = notes
    }

    package var newFailures: Int { machines.reduce(0) { $0 + $1.count(.newFailure) } }
    /// Results that the baseline passed and that are lost on the candidate.
    package var lostPasses: Int { machines.reduce(0) { $0 + $1.tests.count(where: \.isLostPass) } }
    package var newEvents: Int { machines.reduce(0) { $0 + $1.newEvents.count } }
    package var isClean: Bool { newFailures == 0 && lostPasses == 0 && newEvents == 0 }
    /// Whether both kernels came to user space on any machine, so that more than that was compared.
    package var hasCompared: Bool { machines.contains { $0.model.impossible == nil && $0.notCompared == nil } }
}

/// What a boot is for.
package enum BootKind: String, Codable, Sendable, CaseIterable {
    /// The kernel alone: whether it starts, how long that takes, and the memory that is left.
    case start
    /// With the built-in KUnit suites.
    case kunit
    /// With modules and programs.
    case programs
}
