// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// What was seen about a milestone on a day: in the log, in a file, in a tree.
package struct Observation: Codable, Hashable, Sendable {
    /// Identifier of the milestone.
    package let milestone: String
    package let day: Day
    /// Whether what the milestone waits for is there; unknown where it could not be looked.
    package let verdict: Ability.Verdict
    /// One sentence.
    package let what: String
    /// What was not there, each in a word or two; empty for the other verdicts.
    package let missing: [String]
    /// `entry 12`, or the name of a file or tree.
    package let source: String
    /// Where it was recorded; nil for what was looked at now.
    package let entry: EntryReference?
    /// When that was recorded; nil where it was not.
    package let time: Date?

    package init(
        _ milestone: String, _ verdict: Ability.Verdict, on day: Day, what: String, missing: [String] = [],
        source: String, entry: EntryReference? = nil, time: Date? = nil
    ) {
        self.milestone = milestone
        self.day = day
        self.verdict = verdict
        self.what = what
        self.missing = missing
        self.source = source
        self.entry = entry
        self.time = time
    }

    /// Of what an entry holds.
    package init<Body>(
        _ milestone: String, _ verdict: Ability.Verdict, in dated: Dated<Body>, what: String, missing: [String] = []
    ) {
        self.init(
            milestone, verdict, on: Day(dated.time), what: what, missing: missing,
            source: "entry \(dated.entry.sequence)", entry: dated.entry, time: dated.time)
    }
}

/// Something that a shop waits for, and what is known of it as of a day.
package struct Milestone: Codable, Hashable, Sendable {
    package enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// It was there on `day`.
        case reached
        /// It is there from `day` on where nothing else happens.
        case eligible
        /// `heldBy` says what is missing.
        case held
        /// Nobody looked, or it could not be looked.
        case unknown
    }

    /// What decides it.
    package enum Basis: String, Codable, Hashable, Sendable, CaseIterable {
        /// What was seen of others' work.
        case observation
        /// The gate of a stage of the policy.
        case gate
        /// A day that the policy names.
        case declared
    }

    /// What holds it back.
    package struct Obstacle: Codable, Hashable, Sendable {
        /// A rule (`GAT011`), or what was not found (`CONFIG_RUST`).
        package let name: String
        /// One sentence.
        package let reason: String

        package init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    /// The names of those that every shop has; a stage's is `stage-NAME`, a shop's own `own-NUMBER`.
    package static let mainline = "mainline"
    package static let toolchain = "toolchain-flag"
    package static let stableFlag = "stable-flag"
    package static let vendorKernel = "vendor-kernel"
    package static func stage(_ name: String) -> String { "stage-\(name)" }

    package let identifier: String
    package let title: String
    package let basis: Basis
    package let state: State
    /// Reached on, eligible from; nil for the other states.
    package let day: Day?
    /// The last day on which an eligible one still is, where nothing else happens; nil where none is known.
    package let until: Day?
    /// The entry that shows that it was reached.
    package let entry: EntryReference?
    package let heldBy: [Obstacle]
    /// When it was looked at last; nil for never, and where nothing has to be looked at.
    package let lastLooked: Day?
    /// What is known of it, a sentence each.
    package let notes: [String]
    /// How often its day moved since it had one first; nil where that was not asked for.
    package var moves: Int?
    /// When the newest entry that decides it was recorded.
    package let changedAt: Date

    package init(
        identifier: String, title: String, basis: Basis, state: State, day: Day? = nil, until: Day? = nil,
        entry: EntryReference? = nil, heldBy: [Obstacle] = [], lastLooked: Day? = nil, notes: [String] = [],
        moves: Int? = nil, changedAt: Date
    ) {
        self.identifier = identifier
        self.title = title
        self.basis = basis
        self.state = state
        self.day = day
        self.until = until
        self.entry = entry
        self.heldBy = heldBy
        self.lastLooked = lastLooked
        self.notes = notes
        self.moves = moves
        self.changedAt = changedAt
    }
}

/// The milestones of a line of kernels as of a day, and the waivers whose ends they wait for.
package struct Timeline: Codable, Hashable, Sendable {
    package static let schema = "bessemer-timeline/1"

    /// A waiver and how often its last day moved.
    package struct WaiverEnd: Codable, Hashable, Sendable {
        package let waiver: WaiverStatus
        package let moves: Int
        package let changedAt: Date

        package init(waiver: WaiverStatus, moves: Int, changedAt: Date) {
            self.waiver = waiver
            self.moves = moves
            self.changedAt = changedAt
        }
    }

    package let schema: String
    package let toolVersion: String
    /// Names the log that it was read from, for ever; nil for a log without a tree.
    package let store: Digest?
    /// `6.12`, or the run's identifier where one was named: what its stages are about.
    package let subject: String
    /// `6.12.117`.
    package let kernelVersion: String
    /// The run whose gates were judged.
    package let run: String
    package let asOf: Day
    package let policy: Digest
    package let milestones: [Milestone]
    /// Those that count, or will, or did.
    package let waivers: [WaiverEnd]

    package init(
        toolVersion: String, store: Digest?, subject: String, kernelVersion: String, run: String, asOf: Day,
        policy: Digest, milestones: [Milestone], waivers: [WaiverEnd]
    ) {
        schema = Self.schema
        self.toolVersion = toolVersion
        self.store = store
        self.subject = subject
        self.kernelVersion = kernelVersion
        self.run = run
        self.asOf = asOf
        self.policy = policy
        self.milestones = milestones
        self.waivers = waivers
    }
}
