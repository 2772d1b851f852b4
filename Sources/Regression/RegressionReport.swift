// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import Guest
public import KernelTree

/// What is run on both kernels.
public enum TestSuite: String, Codable, Sendable, CaseIterable {
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
/// lost on the candidate while the baseline passed: those may hide one. Everything else is told and fails nothing.
public struct RegressionReport: Codable, Hashable, Sendable {
    public static let form = "bessemer-regression/1"

    /// One boot of one kernel.
    public struct Boot: Codable, Hashable, Sendable {
        public let kind: BootKind
        /// Counted from 1.
        public let turn: Int
        /// The folder of its console log, relative to the report's.
        public let folder: String
        public let run: GuestRun
        /// From the kernel's start to the first step of user space, in seconds of the kernel's own clock (printk's time
        /// stamps); nil where it did not get there.
        public let startSeconds: Double?
        /// KiB by the names of /proc/meminfo, read before anything else ran; nil where that was not asked for or lost.
        public let memory: [String: Int]?
        /// The kernel's own words, where the machine lacks what it was built for.
        public let refusal: [String]?
    }

    /// Everything on one machine.
    public struct Machine: Codable, Hashable, Sendable {
        public let model: MachineModel
        public let baseline: [Boot]
        public let candidate: [Boot]
        /// Every test of either, also those that pass.
        public let tests: [TestComparison.Change]
        /// What was said of tests that failed or were not decided, by their paths: of the candidate, else of the baseline.
        public let reasons: [String: String]
        /// Why the suites were not run; nil where they were.
        public let notCompared: String?

        /// The tests that are worth a look.
        public var changes: [TestComparison.Change] { tests.filter(\.verdict.isWorthALook) }
        public func count(_ verdict: TestComparison.Verdict) -> Int { tests.count { $0.verdict == verdict } }

        /// The grave events of the candidate's boots that neither its tests nor the baseline account for.
        public var newEvents: [(boot: Boot, event: ConsoleEvent)] {
            let comparison = EventComparison(baseline: baseline.map(\.run.said))
            return candidate.flatMap { boot in comparison.unexplained(in: boot.run.said).map { (boot, $0) } }
        }
    }

    public let form: String
    public let bessemer: String
    public let startedAt: Date
    public let seconds: Double
    public let baseline: KernelFacts
    public let candidate: KernelFacts
    public let suites: [TestSuite]
    public let turns: Int
    public let cpus: Int
    public let memoryMiB: Int
    public let machines: [Machine]
    /// The selftests that were run, and those that were left out; nil where they were not asked for.
    public let selftests: SelftestFacts?
    /// Suites that were asked for and ran on neither kernel, with the reason.
    public let notes: [String]

    public var newFailures: Int { machines.reduce(0) { $0 + $1.count(.newFailure) } }
    /// Results that the baseline passed and that are lost on the candidate.
    public var lostPasses: Int { machines.reduce(0) { $0 + $1.tests.count(where: \.isLostPass) } }
    public var newEvents: Int { machines.reduce(0) { $0 + $1.newEvents.count } }
    public var isClean: Bool { newFailures == 0 && lostPasses == 0 && newEvents == 0 }
    /// Whether both kernels came to user space on any machine, so that more than that was compared.
    public var hasCompared: Bool { machines.contains { $0.model.impossible == nil && $0.notCompared == nil } }
}

/// What a boot is for.
public enum BootKind: String, Codable, Sendable, CaseIterable {
    /// The kernel alone: whether it starts, how long that takes, and the memory that is left.
    case start
    /// With the built-in KUnit suites.
    case kunit
    /// With modules and programs.
    case programs
}
