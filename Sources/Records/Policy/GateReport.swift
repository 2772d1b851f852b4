// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host

/// Where something stands in the log.
package struct EntryReference: Codable, Hashable, Sendable {
    package let sequence: Int
    package let digest: Digest
    package let kind: RecordKind

    package init(sequence: Int, digest: Digest, kind: RecordKind) {
        self.sequence = sequence
        self.digest = digest
        self.kind = kind
    }
}

/// Something in which a kernel differs from what its upstream and its distribution support, found in the evidence.
package struct Deviation: Codable, Hashable, Sendable {
    /// The same from run to run: of the rule and what it is about, without versions, times and lines.
    package let fingerprint: Digest
    package let finding: Finding
    /// Where it was found.
    package let entries: [EntryReference]
    /// The waiver that accepts it; nil for none.
    package let waiver: String?
    /// The stage's policy asks for no waiver.
    package let isAllowed: Bool

    package init(
        fingerprint: Digest, finding: Finding, entries: [EntryReference], waiver: String?, isAllowed: Bool
    ) {
        self.fingerprint = fingerprint
        self.finding = finding
        self.entries = entries
        self.waiver = waiver
        self.isAllowed = isAllowed
    }

    /// Nothing allows or accepts it.
    package var isOpen: Bool { waiver == nil && !isAllowed }

    /// A finding's, whose location names no line, no address and no version.
    package static func fingerprint(of finding: Finding) -> Digest {
        let place = [finding.location?.file, finding.location?.symbol].map { $0 ?? "" }
        return Digest(of: ([finding.rule] + place).joined(separator: "\0"))
    }
}

/// The life of a waiver as of a day.
package struct WaiverStatus: Codable, Hashable, Sendable {
    package enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Not approved by enough people.
        case pending
        /// Approved, and its first day is to come.
        case future
        case active
        /// Active, and ends within the longest warning.
        case expiring
        case expired
        case revoked
        /// Something in its statements can't count; `notes` says what.
        case invalid
    }

    /// Who said something.
    package struct Voice: Codable, Hashable, Sendable {
        /// As the policy names the person; nil for a key that it does not name.
        package let name: String?
        package let key: Digest
        package let entry: EntryReference
        /// By the log, when it was recorded.
        package let time: Date

        package init(name: String?, key: Digest, entry: EntryReference, time: Date) {
            self.name = name
            self.key = key
            self.entry = entry
            self.time = time
        }
    }

    /// `W-3f2a9c01b7de`.
    package let identifier: String
    package let state: State
    /// Those in force; of a pending one, those that were requested.
    package let terms: WaiverStatement.Terms
    package let requestedBy: Voice
    package let approvedBy: [Voice]
    /// Approvals that are still needed.
    package let missing: Int
    package let revokedBy: Voice?
    /// What was said when it was revoked; nil where it was not, and in records of before it was kept.
    package let revokedFor: String?
    /// The last day of an emergency that is not approved; nil where the terms say it.
    package let ends: Day?
    /// A renewal that was requested and is not approved.
    package let renewal: WaiverStatement.Terms?
    /// What does not count, and why; what comes next.
    package let notes: [String]
    /// Findings that it accepted in the run that was looked at; nil where none was.
    package let uses: Int?
    /// It accepts more findings than the policy lets one accept.
    package let isOverwide: Bool

    package init(
        identifier: String, state: State, terms: WaiverStatement.Terms, requestedBy: Voice, approvedBy: [Voice],
        missing: Int, revokedBy: Voice?, revokedFor: String? = nil, ends: Day? = nil,
        renewal: WaiverStatement.Terms?, notes: [String], uses: Int? = nil, isOverwide: Bool = false
    ) {
        self.identifier = identifier
        self.state = state
        self.terms = terms
        self.requestedBy = requestedBy
        self.approvedBy = approvedBy
        self.missing = missing
        self.revokedBy = revokedBy
        self.revokedFor = revokedFor
        self.ends = ends
        self.renewal = renewal
        self.notes = notes
        self.uses = uses
        self.isOverwide = isOverwide
    }

    /// The last day on which it counts, as things stand.
    package var lastDay: Day { ends.map { min($0, terms.until) } ?? terms.until }

    /// Whether it accepts findings.
    package var holds: Bool { state == .active || state == .expiring }

    /// The same, beside a run of which it accepted that many findings.
    package func used(_ uses: Int, widest: Int) -> WaiverStatus {
        WaiverStatus(
            identifier: identifier, state: state, terms: terms, requestedBy: requestedBy, approvedBy: approvedBy,
            missing: missing, revokedBy: revokedBy, revokedFor: revokedFor, ends: ends, renewal: renewal, notes: notes,
            uses: uses, isOverwide: uses > widest)
    }
}

/// What a policy says of a run and a stage, as of a day: the body of an entry.
package struct GateReport: RecordBody {
    package static let isEvent = true
    package static let kind = RecordKind.gate
    package static let version = 1
    package static let schema = "bessemer-gate/1"

    package enum State: String, Codable, Hashable, Sendable, CaseIterable {
        case pass
        case fail
        /// There is no evidence that decides; refuses, as a failure does.
        case unknown
    }

    /// One requirement of the stage.
    package struct Result: Codable, Hashable, Sendable {
        /// `GAT004`.
        package let rule: String
        package let title: String
        package let state: State
        /// One sentence.
        package let reason: String
        /// What it was read from.
        package let entries: [EntryReference]
        /// The first day on which it passes where nothing else happens; nil where no day is, or it passes.
        package let passesFrom: Day?

        package init(
            rule: String, title: String, state: State, reason: String, entries: [EntryReference],
            passesFrom: Day? = nil
        ) {
            self.rule = rule
            self.title = title
            self.state = state
            self.reason = reason
            self.entries = entries
            self.passesFrom = passesFrom
        }
    }

    package let schema: String
    package let toolVersion: String
    package let run: String
    package let runEntry: EntryReference
    /// `6.12.117`.
    package let kernelVersion: String
    package let release: String
    package let stage: String
    /// The gate saw what was recorded until the end of that day.
    package let asOf: Day
    package let policy: Digest
    package let verdict: State
    /// In the order of the rules.
    package let results: [Result]
    package let deviations: [Deviation]
    /// Those that were requested for what this run has, or for everything.
    package let waivers: [WaiverStatus]
    package let requestedBy: WaiverStatus.Voice?
    package let approvedBy: [WaiverStatus.Voice]

    package init(
        toolVersion: String, run: String, runEntry: EntryReference, kernelVersion: String, release: String,
        stage: String, asOf: Day, policy: Digest, results: [Result], deviations: [Deviation],
        waivers: [WaiverStatus], requestedBy: WaiverStatus.Voice?, approvedBy: [WaiverStatus.Voice]
    ) {
        schema = Self.schema
        self.toolVersion = toolVersion
        self.run = run
        self.runEntry = runEntry
        self.kernelVersion = kernelVersion
        self.release = release
        self.stage = stage
        self.asOf = asOf
        self.policy = policy
        verdict = Self.verdict(of: results)
        self.results = results
        self.deviations = deviations
        self.waivers = waivers
        self.requestedBy = requestedBy
        self.approvedBy = approvedBy
    }

    /// What refuses it.
    /// The entries that it was read from, the run's own among them, in their order: of rules, deviations, people, and of the
    /// waivers that accept something.
    package var read: [EntryReference] {
        var all = [runEntry] + results.flatMap(\.entries) + deviations.flatMap(\.entries)
        all += [requestedBy?.entry].compactMap(\.self) + approvedBy.map(\.entry)
        let used = Set(deviations.compactMap(\.waiver))
        for waiver in waivers where used.contains(waiver.identifier) {
            all += [waiver.requestedBy.entry] + waiver.approvedBy.map(\.entry)
        }
        return Set(all).sorted { ($0.sequence, $0.digest.hexadecimal) < ($1.sequence, $1.digest.hexadecimal) }
    }

    package var failing: [Result] { results.filter { $0.state != .pass } }

    /// A gate without a requirement has proven nothing.
    package static func verdict(of results: [Result]) -> State {
        if results.contains(where: { $0.state == .fail }) { return .fail }
        return results.isEmpty || results.contains { $0.state == .unknown } ? .unknown : .pass
    }

    package var subjects: [Subject] { [Subject("run", runEntry.digest), Subject("policy", policy)] }
}

extension [Deviation] {
    /// Paths of tests of which a waiver accepts a finding.
    package var acceptedTests: Set<String> {
        Set(filter { $0.waiver != nil && $0.finding.rule.hasPrefix("TST") }.compactMap(\.finding.location?.symbol))
    }
}
