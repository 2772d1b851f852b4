// SPDX-License-Identifier: Apache-2.0
public import Audit
public import Findings
public import Foundation
public import Guest
public import Host
public import KernelTree
public import Sandbox
public import Toolchain

/// Everything that is known of one run of the journey; `report.json` is this, and so is the evidence store's row.
///
/// Published as a JSON Schema in `Docs/report.schema.json`.
public struct RunRecord: Codable, Hashable, Sendable {
    public enum Verdict: String, Codable, Sendable {
        /// Built, booted, every test decided, none failed.
        case passed
        /// Something failed; `reasons` says what.
        case failed
        /// Not everything could be decided; `reasons` says what.
        case unknown
    }

    /// What held the code that was built, and what a check from inside found before it ran.
    public struct Isolation: Codable, Hashable, Sendable {
        public let confinement: Confinement
        public let facts: IsolationFacts
        /// Which objects of earlier builds the builds could take over.
        public let compilerCache: String

        public init(confinement: Confinement, facts: IsolationFacts, compilerCache: String) {
            self.confinement = confinement
            self.facts = facts
            self.compilerCache = compilerCache
        }
    }

    /// The sandbox that everything ran in.
    public struct SandboxFacts: Codable, Hashable, Sendable {
        public struct Suite: Codable, Hashable, Sendable {
            public let name: String
            /// Of the Release file that the lock was resolved from.
            public let date: Date
            public let validUntil: Date?
            /// Past its validity when this run used it; sound, since every package is pinned by its digest.
            public let expired: Bool

            public init(name: String, date: Date, validUntil: Date?, expired: Bool) {
                self.name = name
                self.date = date
                self.validUntil = validUntil
                self.expired = expired
            }
        }

        public let lockDigest: Digest
        public let packages: Int
        public let suites: [Suite]
        /// How the lock that was used differs from the one that was asked for, a line each; empty: not at all.
        public let drift: [String]
        /// nil in records of before it was checked.
        public let isolation: Isolation?

        public init(
            lockDigest: Digest, packages: Int, suites: [Suite], drift: [String], isolation: Isolation? = nil
        ) {
            self.lockDigest = lockDigest
            self.packages = packages
            self.suites = suites
            self.drift = drift
            self.isolation = isolation
        }
    }

    /// The patch series that the tree got before it was built.
    public struct Enablement: Codable, Hashable, Sendable {
        public let series: GlueSeries
        /// What the tree had before.
        public let before: TreeStatus

        public init(series: GlueSeries, before: TreeStatus) {
            self.series = series
            self.before = before
        }
    }

    /// The kernel without Rust, of the same tree and configuration, and what the same tests came to on both.
    public struct Baseline: Codable, Hashable, Sendable {
        public let configuration: ConfigurationFacts
        public let build: BuildFacts
        public let boot: GuestRun
        public let tests: TestComparison
        /// nil in records of before it was told.
        public let difference: ConfigurationDifference?

        public init(
            configuration: ConfigurationFacts, build: BuildFacts, boot: GuestRun, tests: TestComparison,
            difference: ConfigurationDifference? = nil
        ) {
            self.configuration = configuration
            self.build = build
            self.boot = boot
            self.tests = tests
            self.difference = difference
        }
    }

    /// One step of the journey.
    public struct Step: Codable, Hashable, Sendable {
        public let name: String
        public let startedAt: Date
        public let seconds: Double

        public init(name: String, startedAt: Date, seconds: Double) {
            self.name = name
            self.startedAt = startedAt
            self.seconds = seconds
        }
    }

    /// The version of this form.
    public static let form = "bessemer-report/1"

    public let form: String
    /// Time-ordered and unique: `20261122T101500Z-5f3a9c01`.
    public let identifier: String
    public let bessemer: String
    public let startedAt: Date
    public let finishedAt: Date
    public let verdict: Verdict
    /// Why the verdict is what it is; one sentence each.
    public let reasons: [String]
    public let subject: SourceIdentity
    /// Of the tree that was built.
    public let readiness: TreeStatus
    /// nil where the tree had all that it needs.
    public let enablement: Enablement?
    public let sandbox: SandboxFacts
    public let toolchain: [Tool]
    public let configuration: ConfigurationFacts
    public let build: BuildFacts
    /// nil in records of before there was an audit.
    public let audit: AuditReport?
    public let boot: GuestRun
    /// nil where none was built.
    public let baseline: Baseline?
    public let findings: [Finding]
    /// Waivers that a failure made use of.
    public let waived: [Waiver]
    public let steps: [Step]

    /// Grave events outside of tests, and those in tests that neither the test nor the baseline accounts for.
    public var unexplainedEvents: [ConsoleEvent] {
        boot.events.filter(\.isFatal) + boot.unexplainedInTests(beside: baseline?.boot)
    }

    public init(
        identifier: String, bessemer: String, startedAt: Date, finishedAt: Date, verdict: Verdict, reasons: [String],
        subject: SourceIdentity, readiness: TreeStatus, enablement: Enablement? = nil, sandbox: SandboxFacts,
        toolchain: [Tool], configuration: ConfigurationFacts, build: BuildFacts, audit: AuditReport?, boot: GuestRun,
        baseline: Baseline? = nil, findings: [Finding], waived: [Waiver], steps: [Step]
    ) {
        self.form = Self.form
        self.identifier = identifier
        self.bessemer = bessemer
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.verdict = verdict
        self.reasons = reasons
        self.subject = subject
        self.readiness = readiness
        self.enablement = enablement
        self.sandbox = sandbox
        self.toolchain = toolchain
        self.configuration = configuration
        self.build = build
        self.audit = audit
        self.boot = boot
        self.baseline = baseline
        self.findings = findings
        self.waived = waived
        self.steps = steps
    }
}
