// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// Everything that is known of one run of the journey; `report.json` is this, and so is the evidence store's row.
///
/// Published as a JSON Schema in `Docs/report.schema.json`.
package struct RunRecord: RecordBody {
    package static let kind = RecordKind.run
    package static let version = 1

    package enum Verdict: String, Codable, Sendable {
        /// Built, booted, every test decided, none failed.
        case passed
        /// Something failed; `reasons` says what.
        case failed
        /// Not everything could be decided; `reasons` says what.
        case unknown
    }

    /// What held the code that was built, and what a check from inside found before it ran.
    package struct Isolation: Codable, Hashable, Sendable {
        package let confinement: Confinement
        package let facts: IsolationFacts
        /// Which objects of earlier builds the builds could take over.
        package let compilerCache: String

        package init(confinement: Confinement, facts: IsolationFacts, compilerCache: String) {
            self.confinement = confinement
            self.facts = facts
            self.compilerCache = compilerCache
        }
    }

    /// The sandbox that everything ran in.
    package struct SandboxFacts: Codable, Hashable, Sendable {
        package struct Suite: Codable, Hashable, Sendable {
            package let name: String
            /// Of the Release file that the lock was resolved from.
            package let date: Date
            package let validUntil: Date?
            /// Past its validity when this run used it; sound, since every package is pinned by its digest.
            package let expired: Bool

            package init(name: String, date: Date, validUntil: Date?, expired: Bool) {
                self.name = name
                self.date = date
                self.validUntil = validUntil
                self.expired = expired
            }
        }

        package let lockDigest: Digest
        package let packages: Int
        package let suites: [Suite]
        /// How the lock that was used differs from the one that was asked for, a line each; empty: not at all.
        package let drift: [String]
        /// nil in records of before it was checked.
        package let isolation: Isolation?

        package init(
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
    package struct Enablement: Codable, Hashable, Sendable {
        package let series: GlueSeries
        /// What the tree had before.
        package let before: TreeStatus

        package init(series: GlueSeries, before: TreeStatus) {
            self.series = series
            self.before = before
        }
    }

    /// The kernel without Rust, of the same tree and configuration, and what the same tests came to on both.
    package struct Baseline: Codable, Hashable, Sendable {
        package let configuration: ConfigurationFacts
        package let build: BuildFacts
        package let boot: GuestRun
        package let tests: TestComparison
        /// nil in records of before it was told.
        package let difference: ConfigurationDifference?

        package init(
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
    package struct Step: Codable, Hashable, Sendable {
        package let name: String
        package let startedAt: Date
        package let seconds: Double

        package init(name: String, startedAt: Date, seconds: Double) {
            self.name = name
            self.startedAt = startedAt
            self.seconds = seconds
        }
    }

    /// The version of this form.
    package static let form = "bessemer-report/1"

    package let form: String
    /// Time-ordered and unique: `20261122T101500Z-5f3a9c01`.
    package let identifier: String
    package let bessemer: String
    package let startedAt: Date
    package let finishedAt: Date
    package let verdict: Verdict
    /// Why the verdict is what it is; one sentence each.
    package let reasons: [String]
    package let subject: SourceIdentity
    /// Of the tree that was built.
    package let readiness: TreeStatus
    /// nil where the tree had all that it needs.
    package let enablement: Enablement?
    package let sandbox: SandboxFacts
    package let toolchain: [Tool]
    package let configuration: ConfigurationFacts
    package let build: BuildFacts
    /// nil in records of before there was an audit.
    package let audit: AuditReport?
    package let boot: GuestRun
    /// nil where none was built.
    package let baseline: Baseline?
    package let findings: [Finding]
    /// Waivers that a failure made use of.
    package let waived: [Waiver]
    package let steps: [Step]

    /// The source, the lock, and of both kernels the configuration and what was built.
    package var subjects: [Subject] {
        func built(_ role: String, _ configuration: ConfigurationFacts, _ build: BuildFacts) -> [Subject] {
            [Subject("\(role)/.config", configuration.digest)]
                + build.artifacts.map { Subject("\(role)/\($0.path)", $0.sha256) }
        }
        return [Subject("source", subject.digest), Subject("lock", sandbox.lockDigest)]
            + built("candidate", configuration, build)
            + (baseline.map { built("baseline", $0.configuration, $0.build) } ?? [])
    }

    /// Grave events outside of tests, and those in tests that neither the test nor the baseline accounts for.
    package var unexplainedEvents: [ConsoleEvent] {
        boot.events.filter(\.isFatal) + boot.unexplainedInTests(beside: baseline?.boot)
    }

    package init(
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
