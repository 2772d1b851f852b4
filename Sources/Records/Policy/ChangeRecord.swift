// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// What a change board takes: what changes in taking a run's kernel to a stage, what was shown of it, and the way back.
///
/// Made from records alone, and not one itself.
package struct ChangeRecord: Codable, Hashable, Sendable {
    package static let schema = "bessemer-change/1"

    /// What a row of the table of requirements can point to.
    package enum Part: String, Codable, Hashable, Sendable, CaseIterable {
        case scope
        case validity
        /// Source, patches, toolchain and the compiler's flags.
        case source
        /// What differs from the kernel without Rust, and what that means for security.
        case configuration
        case tests
        case comparison
        case audit
        case deviations
        /// Emergency waivers, approved afterwards.
        case emergency
        case implementation
        case backOut = "back-out"
        case drill
        case abort
        case request
        case approval
        case gate
        case evidence
    }

    /// What the record has of one part.
    package struct Answer: Codable, Hashable, Sendable {
        package let part: Part
        package let isShown: Bool
        /// What is there, or what is missing; one sentence without its full stop.
        package let reason: String

        package init(_ part: Part, isShown: Bool, _ reason: String) {
            self.part = part
            self.isShown = isShown
            self.reason = reason
        }
    }

    /// What a catalogue asks of changes, as a mapping has it.
    package struct Requirement: Codable, Hashable, Sendable {
        /// Title and version of the catalogue.
        package let framework: String
        /// As the catalogue writes it: `Art. 17(1)(e)`.
        package let reference: String
        /// In the words of who wrote the mapping, not the catalogue's.
        package let subject: String
        /// Whether who wrote the mapping read it in the catalogue.
        package let isRead: Bool
        package let note: String?
        /// The parts that answer it; empty where Bessemer has none.
        package let parts: [Part]

        package init(
            framework: String, reference: String, subject: String, isRead: Bool, note: String?, parts: [Part]
        ) {
            self.framework = framework
            self.reference = reference
            self.subject = subject
            self.isRead = isRead
            self.note = note
            self.parts = parts
        }
    }

    /// A requirement and what the record has of it. Whether it is met is for the board to say.
    package struct Row: Codable, Hashable, Sendable {
        package enum State: String, Codable, Hashable, Sendable, CaseIterable {
            /// Each of its parts is.
            case shown
            case notShown = "not-shown"
            case notAnswered = "not-answered"
        }

        package let requirement: Requirement
        package let state: State

        package init(_ requirement: Requirement, _ answers: [Answer]) {
            self.requirement = requirement
            let shown = Set(answers.filter(\.isShown).map(\.part))
            state =
                requirement.parts.isEmpty
                ? .notAnswered : requirement.parts.allSatisfy(shown.contains) ? .shown : .notShown
        }
    }

    /// When the change is to be carried out, as it was given.
    package struct Window: Codable, Hashable, Sendable {
        package let start: Date?
        package let end: Date?

        package init(start: Date?, end: Date?) {
            self.start = start
            self.end = end
        }
    }

    /// One of the kernels.
    package struct Kernel: Codable, Hashable, Sendable {
        package let role: KernelRole
        package let release: String
        /// Of the image that a boot loader takes; nil where none was built.
        package let image: Digest?
        /// In hexadecimal; nil where it is not known.
        package let buildID: String?

        package init(role: KernelRole, release: String, image: Digest?, buildID: String?) {
            self.role = role
            self.release = release
            self.image = image
            self.buildID = buildID
        }
    }

    /// Where something ran, or is to run.
    package struct Machine: Codable, Hashable, Sendable {
        /// What it was used for.
        package let purpose: String
        package let name: String

        package init(purpose: String, name: String) {
            self.purpose = purpose
            self.name = name
        }
    }

    /// What the tests came to.
    package struct Tests: Codable, Hashable, Sendable {
        package let candidate: TestCounts
        /// nil where no kernel without Rust ran.
        package let baseline: TestCounts?
        /// Failures that a declared waiver accepts.
        package let accepted: Int
        /// nil where there is no comparison, as the others.
        package let passedOnBoth: Int?
        /// Other tests of the comparison, by their verdicts.
        package let changes: [String: Int]

        package init(
            candidate: TestCounts, baseline: TestCounts?, accepted: Int, passedOnBoth: Int?, changes: [String: Int]
        ) {
            self.candidate = candidate
            self.baseline = baseline
            self.accepted = accepted
            self.passedOnBoth = passedOnBoth
            self.changes = changes
        }
    }

    /// What the audit of the built files came to.
    package struct Audit: Codable, Hashable, Sendable {
        package let files: Int
        package let findings: Int
        package let accepted: Int
        package let isClean: Bool

        package init(files: Int, findings: Int, accepted: Int, isClean: Bool) {
            self.files = files
            self.findings = findings
            self.accepted = accepted
            self.isClean = isClean
        }
    }

    /// One line of a plan, as its own README has it.
    package struct Command: Codable, Hashable, Sendable {
        package let line: String
        /// What the plan says of it.
        package let comment: String?
        /// The plan's file that it runs; nil for a program of the machine.
        package let script: RollbackPlan.File?

        package init(line: String, comment: String?, script: RollbackPlan.File?) {
            self.line = line
            self.comment = comment
            self.script = script
        }
    }

    /// The rollback plan whose commands carry out the change and take it back.
    package struct Plan: Codable, Hashable, Sendable {
        /// Where it was read: a folder, or the log.
        package let origin: String
        /// nil for a folder's.
        package let entry: EntryReference?
        /// Of its `SHA256SUMS`; nil where that was not kept.
        package let sums: Digest?
        /// Of both kernels, by their roles.
        package let images: [Subject]
        /// The disk to IPL from; nil for the one that the machine was started from.
        package let device: String?
        package let implementation: [Command]
        package let backOut: [Command]
        /// What a person has to know or do beside them.
        package let notes: [String]

        package init(
            origin: String, entry: EntryReference?, sums: Digest?, images: [Subject], device: String?,
            implementation: [Command], backOut: [Command], notes: [String]
        ) {
            self.origin = origin
            self.entry = entry
            self.sums = sums
            self.images = images
            self.device = device
            self.implementation = implementation
            self.backOut = backOut
            self.notes = notes
        }
    }

    package let schema: String
    package let toolVersion: String
    /// The verdict, with deviations, waivers and people.
    package let gate: GateReport
    /// What was said where the stage was requested; nil for nothing.
    package let purpose: String?
    /// nil where none was given.
    package let window: Window?
    /// The last day on which the gate passes where nothing else happens; nil where it has none, or refuses.
    package let validUntil: Day?
    /// Of a gate that refuses, the first day on which it would pass; nil where no day is.
    package let passesFrom: Day?
    package let source: SourceIdentity
    /// The one with Rust first.
    package let kernels: [Kernel]
    /// Those that are known.
    package let machines: [Machine]
    package let patches: [GlueSeries.Patch]
    package let toolchain: [Tool]
    /// Flags that only an unlocked compiler takes; nil where the run has no list of commands.
    package let unstableFlags: [String]?
    package let difference: ConfigurationDifference?
    package let tests: Tests
    package let audit: Audit?
    package let plan: Plan?
    /// The last one with these kernels.
    package let drill: RollbackDrill?
    package let drillEntry: EntryReference?
    /// When the change is not begun, or is taken back; a sentence each.
    package let abort: [String]
    /// Of the log, when the record was made.
    package let head: LogHead?
    /// Everything that it stands on, in the order of the log.
    package let entries: [EntryReference]
    /// Of every part, in their order.
    package let answers: [Answer]
    package let rows: [Row]

    package init(
        toolVersion: String, gate: GateReport, purpose: String?, window: Window?, validUntil: Day?, passesFrom: Day?,
        source: SourceIdentity, kernels: [Kernel], machines: [Machine], patches: [GlueSeries.Patch], toolchain: [Tool],
        unstableFlags: [String]?, difference: ConfigurationDifference?, tests: Tests, audit: Audit?, plan: Plan?,
        drill: RollbackDrill?, drillEntry: EntryReference?, abort: [String], head: LogHead?, entries: [EntryReference],
        answers: [Answer], rows: [Row]
    ) {
        schema = Self.schema
        self.toolVersion = toolVersion
        self.gate = gate
        self.purpose = purpose
        self.window = window
        self.validUntil = validUntil
        self.passesFrom = passesFrom
        self.source = source
        self.kernels = kernels
        self.machines = machines
        self.patches = patches
        self.toolchain = toolchain
        self.unstableFlags = unstableFlags
        self.difference = difference
        self.tests = tests
        self.audit = audit
        self.plan = plan
        self.drill = drill
        self.drillEntry = drillEntry
        self.abort = abort
        self.head = head
        self.entries = entries
        self.answers = answers
        self.rows = rows
    }

    package var isRefused: Bool { gate.verdict != .pass }
}
