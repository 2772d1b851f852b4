// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// Everything that is known of one pilot: the body of its entry in the evidence log, and `report.json` with its drills.
///
/// Published as a JSON Schema in `Docs/report.schema.json`.
package struct RunRecord: RecordBody {
    package static let kind = RecordKind.run
    package static let version = 2

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
        /// The name of what its versions were chosen of: `newest`; nil in records of before it was kept.
        package let specification: String?
        package let packages: Int
        package let suites: [Suite]
        /// How the lock that was used differs from the one that was asked for, a line each; empty: not at all.
        package let drift: [String]
        /// nil in records of before it was checked.
        package let isolation: Isolation?

        package init(
            lockDigest: Digest, specification: String? = nil, packages: Int, suites: [Suite], drift: [String],
            isolation: Isolation? = nil
        ) {
            self.lockDigest = lockDigest
            self.specification = specification
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

    /// One of the kernels, of the same tree and configuration but for Rust.
    package struct Kernel: Codable, Hashable, Sendable {
        package let role: KernelRole
        package let configuration: ConfigurationFacts
        package let build: BuildFacts
        package let boot: GuestRun

        package init(role: KernelRole, configuration: ConfigurationFacts, build: BuildFacts, boot: GuestRun) {
            self.role = role
            self.configuration = configuration
            self.build = build
            self.boot = boot
        }
    }

    /// The kernels of a run, as JSON a list: the one that is judged, and where one was built the one without Rust.
    package struct Kernels: Codable, Hashable, Sendable {
        package let candidate: Kernel
        package let baseline: Kernel?

        package init(candidate: Kernel, baseline: Kernel?) {
            self.candidate = candidate
            self.baseline = baseline
        }

        package init(from decoder: any Decoder) throws {
            let list = try [Kernel](from: decoder)
            guard let candidate = list.first(where: { $0.role == .candidate }) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "there is no candidate among the kernels"))
            }
            self.init(candidate: candidate, baseline: list.first { $0.role == .baseline })
        }

        /// The candidate first.
        package var all: [Kernel] { [candidate] + (baseline.map { [$0] } ?? []) }

        package func encode(to encoder: any Encoder) throws { try all.encode(to: encoder) }
    }

    /// One step of the pilot.
    package struct Step: Timed, Codable, Hashable, Sendable {
        package let name: String
        package let startedAt: Date
        package let milliseconds: Int

        package init(name: String, startedAt: Date, seconds: Double) {
            self.name = name
            self.startedAt = startedAt
            milliseconds = Milliseconds.of(seconds)
        }
    }

    package static let schema = "bessemer-report/2"

    package let schema: String
    /// Time-ordered and unique: `20261122T101500Z-5f3a9c01`.
    package let identifier: String
    package let toolVersion: String
    package let startedAt: Date
    package let finishedAt: Date
    package let verdict: Verdict
    /// Why the verdict is what it is; one sentence each.
    package let reasons: [String]
    package let source: SourceIdentity
    /// Of the tree that was built.
    package let readiness: TreeStatus
    /// nil where the tree had all that it needs.
    package let enablement: Enablement?
    package let sandbox: SandboxFacts
    package let toolchain: [Tool]
    package let kernels: Kernels
    /// What the same tests came to on both kernels; nil where there is one.
    package let comparison: TestComparison?
    /// Between the kernels' configurations; nil where there is one kernel, and in records of before it was reported.
    package let difference: ConfigurationDifference?
    /// nil in records of before there was an audit.
    package let audit: AuditReport?
    /// Those that nobody accepts.
    package let findings: [Finding]
    /// Findings that somebody accepts, with the waiver.
    package let accepted: [Acceptance]
    package let steps: [Step]

    package var configuration: ConfigurationFacts { kernels.candidate.configuration }
    package var build: BuildFacts { kernels.candidate.build }
    package var boot: GuestRun { kernels.candidate.boot }
    package var baseline: Kernel? { kernels.baseline }

    /// The source, the lock, and of both kernels the configuration and what was built.
    /// What the notes of a kernel that ran are called among the subjects: machines that run it are found by them.
    package static let notes = "kernel-notes"

    package var subjects: [Subject] {
        func built(_ kernel: Kernel) -> [Subject] {
            let role = kernel.role.rawValue
            return [Subject("\(role)/.config", kernel.configuration.digest)]
                + kernel.build.artifacts.map { Subject("\(role)/\($0.path)", $0.sha256) }
                + [kernel.boot.notesSHA256.map { Subject("\(role)/\(Self.notes)", $0) }].compactMap(\.self)
        }
        return [Subject("source", source.digest), Subject("lock", sandbox.lockDigest)] + built(kernels.candidate)
            + (baseline.map(built) ?? [])
    }

    /// Tests of which somebody accepts a finding, by their paths.
    package var acceptedTests: [String: Waiver] {
        let tests = accepted.filter { $0.finding.rule.hasPrefix("TST") }
        return Dictionary(tests.compactMap { test in test.finding.location?.symbol.map { ($0, test.waiver) } }) {
            first, _ in first
        }
    }

    /// The number of tests that failed and are accepted.
    package var acceptedFailures: Int { boot.tests.failures(acceptedBy: acceptedTests) }

    /// Grave events outside of tests, and those in tests that neither the test nor the baseline accounts for.
    package var unexplainedEvents: [ConsoleEvent] {
        boot.events.filter(\.isFatal) + boot.unexplainedInTests(beside: baseline?.boot)
    }

    package init(
        identifier: String, toolVersion: String, startedAt: Date, finishedAt: Date, verdict: Verdict,
        reasons: [String], source: SourceIdentity, readiness: TreeStatus, enablement: Enablement? = nil,
        sandbox: SandboxFacts, toolchain: [Tool], kernels: Kernels, comparison: TestComparison? = nil,
        difference: ConfigurationDifference? = nil, audit: AuditReport?, findings: [Finding], accepted: [Acceptance],
        steps: [Step]
    ) {
        schema = Self.schema
        self.identifier = identifier
        self.toolVersion = toolVersion
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.verdict = verdict
        self.reasons = reasons
        self.source = source
        self.readiness = readiness
        self.enablement = enablement
        self.sandbox = sandbox
        self.toolchain = toolchain
        self.kernels = kernels
        self.comparison = comparison
        self.difference = difference
        self.audit = audit
        self.findings = findings
        self.accepted = accepted
        self.steps = steps
    }
}
