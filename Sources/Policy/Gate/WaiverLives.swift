// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records

/// The waivers of a log as of a day, each with what became of it.
package struct WaiverLives: Sendable {
    /// What somebody asked for: by a request or a renewal, of which `digest` is.
    private struct Offer {
        let digest: Digest
        let terms: WaiverStatement.Terms
        let asker: WaiverStatus.Voice
        var approved: [WaiverStatus.Voice] = []
    }

    private struct Life {
        /// The request, then the renewals.
        var offers: [Offer]
        var approvals: [Digest: [WaiverStatus.Voice]] = [:]
        var revoked: (voice: WaiverStatus.Voice, note: String?)?
        var notes: [String] = []
    }

    /// In the order of their requests.
    package let all: [WaiverStatus]
    /// What waits for approval, by waiver.
    private let waiting: [String: Offer]

    /// `events` are in the order of the log; those after the end of `day` are not looked at.
    package init(_ events: [Dated<Signed<WaiverStatement>>], policy: Policy, asOf day: Day) {
        self.init(events.map(Ballot.init), policy: policy, asOf: day)
    }

    init(_ ballots: [Ballot<WaiverStatement>], policy: Policy, asOf day: Day) {
        let people = Ballots(policy)
        var lives: [String: Life] = [:]
        var order: [String] = []
        for ballot in ballots where ballot.time < day.end && ballot.fault == nil {
            let statement = ballot.statement
            let voice = people.voice(ballot)
            let offer = statement.terms.map { Offer(digest: ballot.digest, terms: $0, asker: voice) }
            if statement.event == .request {
                let name = WaiverStatement.identifier(of: ballot.digest)
                guard lives[name] == nil, let offer else { continue }
                order.append(name)
                lives[name] = Life(offers: [offer])
                continue
            }
            guard let name = statement.waiver, var life = lives[name] else { continue }
            switch statement.event {
            case .request: break
            case .renew:
                if let offer { life.offers.append(offer) }
            case .approve:
                if let approved = statement.approves { life.approvals[approved, default: []].append(voice) }
            case .revoke:
                // Who asked may take it back, and so may everyone who may approve.
                if voice.name != nil || Ballots.isSame(voice, life.offers[0].asker) {
                    if life.revoked == nil { life.revoked = (voice, statement.note) }
                } else {
                    life.notes.append("the policy does not name the key \(voice.key.short) that revoked it")
                }
            }
            lives[name] = life
        }
        var all: [WaiverStatus] = []
        var waiting: [String: Offer] = [:]
        // Rules of emergencies that nobody approved: another one, of whatever scope, would make them endless.
        var unapproved: [String: String] = [:]
        for name in order {
            guard let life = lives[name] else { continue }
            let (status, open) = Self.status(
                life, name, people, day, earlier: unapproved[life.offers[0].terms.scope.rule])
            all.append(status)
            if status.terms.emergency, status.missing > 0, people.fault(ofRequestBy: status.requestedBy.key) == nil {
                unapproved[status.terms.scope.rule] = name
            }
            if status.state != .revoked { waiting[name] = open }
        }
        self.all = all
        self.waiting = waiting
    }

    /// Who asked for what waits for approval of that waiver, the digest that an approval of it names, and who approved it; nil
    /// where nothing does.
    package func open(
        _ name: String
    ) -> (digest: Digest, asker: WaiverStatus.Voice, approved: [WaiverStatus.Voice])? {
        waiting[name].map { ($0.digest, $0.asker, $0.approved) }
    }

    /// `earlier` is an emergency for the same rule that was not approved; nil for none.
    private static func status(
        _ life: Life, _ name: String, _ people: Ballots, _ day: Day, earlier: String?
    ) -> (status: WaiverStatus, open: Offer?) {
        let policy = people.policy
        var notes = life.notes
        var current: Offer?
        var open: Offer?
        for var offer in life.offers {
            let (approved, more) = people.counted(life.approvals[offer.digest] ?? [], askedBy: [offer.asker])
            notes += more
            let fault = people.fault(ofRequestBy: offer.asker.key)
            offer.approved = fault == nil ? approved : []
            if let fault { notes.append(fault) }
            if approved.count >= policy.waivers.approvals, fault == nil {
                current = offer
                open = nil
            } else {
                open = offer
            }
        }
        let shown = current ?? open ?? life.offers[0]
        var state: WaiverStatus.State
        var ends: Day?
        if let fault = fault(of: shown.terms, policy) {
            state = .invalid
            notes.append(fault)
        } else if life.revoked != nil {
            state = .revoked
        } else if current != nil {
            state = Self.state(of: shown.terms, policy, day)
        } else {
            state = .pending
            let asker = life.offers[0].asker
            let last = Day(asker.time).adding(days: policy.waivers.emergency)
            if shown.terms.emergency, life.offers.count == 1 {
                if people.fault(ofRequestBy: asker.key) != nil {
                    notes.append("so the emergency does not count at once")
                } else if let earlier {
                    notes.append(
                        "the emergency \(earlier) for the same rule was not approved, so this one does not count at once"
                    )
                } else if day <= last, shown.terms.from <= day, day <= shown.terms.until {
                    state = .active
                    ends = last
                    notes.append("an emergency: it holds until \(last), end of day UTC, and has to be approved by then")
                } else {
                    notes.append("an emergency that was not approved by \(last)")
                }
            }
        }
        let status = WaiverStatus(
            identifier: name, state: state, terms: shown.terms, requestedBy: shown.asker, approvedBy: shown.approved,
            missing: max(0, policy.waivers.approvals - shown.approved.count), revokedBy: life.revoked?.voice,
            revokedFor: life.revoked?.note, ends: ends,
            renewal: current == nil ? nil : open?.terms, notes: notes)
        return (status, open)
    }

    private static func state(of terms: WaiverStatement.Terms, _ policy: Policy, _ day: Day) -> WaiverStatus.State {
        if day < terms.from { return .future }
        if day > terms.until { return .expired }
        let longest = policy.waivers.warnings.max() ?? 0
        return terms.until.number - day.number < longest ? .expiring : .active
    }

    /// Refuses terms that could not count. Throws `Failure` with code `waiver.terms`.
    package static func check(_ terms: WaiverStatement.Terms, _ policy: Policy, today: Day) throws {
        let reason = terms.until < today ? "its last day, \(terms.until), has passed" : fault(of: terms, policy)
        guard let reason else { return }
        throw Failure(
            "waiver.terms", "such a waiver can't count: \(reason)", advice: "change its terms, or the policy's")
    }

    /// What the policy does not let a waiver be; nil for nothing.
    package static func fault(of terms: WaiverStatement.Terms, _ policy: Policy) -> String? {
        if terms.until < terms.from { return "it ends before it begins" }
        let term = terms.until.number - terms.from.number + 1
        if term > policy.waivers.longestTerm {
            let last = terms.from.adding(days: policy.waivers.longestTerm - 1)
            return
                "its term of \(term) days is longer than the policy's \(policy.waivers.longestTerm): it can end on \(last)"
        }
        // Pattern characters alone accept whatever there is.
        if terms.scope.finding == nil, !terms.scope.location.contains(where: { $0.isLetter || $0.isNumber }) {
            return "its location accepts every finding of \(terms.scope.rule)"
        }
        return nil
    }
}

extension WaiverStatus {
    /// Whether it is about such a finding of that run, whatever the day.
    package func accepts(_ finding: Finding, in run: RunRecord) -> Bool {
        let scope = terms.scope
        if let identifier = scope.run, identifier != run.identifier { return false }
        if let line = scope.line, line != run.source.line { return false }
        if let artifact = scope.artifact,
            !run.kernels.all.contains(where: { $0.build.artifacts.contains { $0.sha256 == artifact } })
        {
            return false
        }
        if let fingerprint = scope.finding { return Deviation.fingerprint(of: finding) == fingerprint }
        return Waiver(
            rule: scope.rule, location: scope.location, reason: terms.reason, owner: terms.owner,
            expires: terms.until.description
        ).accepts(finding)
    }
}

extension SourceIdentity {
    /// `6.12`: the first two numbers of its version.
    package var line: String { Self.line(of: version) }

    package static func line(of version: String) -> String {
        version.prefix { $0 != "-" }.split(separator: ".").prefix(2).joined(separator: ".")
    }
}
