// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records

/// The waivers of a log as of a day, each with what became of it.
package struct WaiverLives: Sendable {
    /// In the order of their requests.
    package let all: [WaiverStatus]

    private struct Life {
        var request: Dated<Signed<WaiverStatement>>
        /// The request and the renewals, with their digests.
        var terms: [(digest: Digest, event: Dated<Signed<WaiverStatement>>)]
        var approvals: [Digest: [WaiverStatus.Voice]] = [:]
        var revoked: WaiverStatus.Voice?
        var notes: [String] = []
    }

    /// `events` are those that were recorded until the end of `day`, in their order.
    package init(_ events: [Dated<Signed<WaiverStatement>>], policy: Policy, asOf day: Day) {
        let ballots = Ballots(policy)
        var lives: [String: Life] = [:]
        var order: [String] = []
        for event in events where event.time < day.end {
            let statement = event.body.statement
            guard Ballots.fault(of: event.body) == nil, let digest = try? Ballots.digest(of: statement) else {
                continue
            }
            if statement.event == .request {
                let name = WaiverStatement.identifier(of: digest)
                guard lives[name] == nil, statement.terms != nil else { continue }
                order.append(name)
                lives[name] = Life(request: event, terms: [(digest, event)])
                continue
            }
            guard let name = statement.waiver, var life = lives[name] else { continue }
            let voice = ballots.voice(event)
            switch statement.event {
            case .request: break
            case .renew:
                if statement.terms != nil { life.terms.append((digest, event)) }
            case .approve:
                if let approved = statement.approves { life.approvals[approved, default: []].append(voice) }
            case .revoke:
                // Who asked may take it back, and so may everyone who may approve.
                if voice.name != nil || Ballots.isSame(voice, ballots.voice(life.request)) {
                    life.revoked = voice
                } else {
                    life.notes.append("the policy does not name the key \(voice.key.short) that revoked it")
                }
            }
            lives[name] = life
        }
        all = order.compactMap { name in lives[name].flatMap { Self.status($0, name, ballots, day) } }
    }

    private static func status(_ life: Life, _ name: String, _ ballots: Ballots, _ day: Day) -> WaiverStatus? {
        let policy = ballots.policy
        var notes = life.notes
        var current: (terms: WaiverStatement.Terms, asker: WaiverStatus.Voice, approved: [WaiverStatus.Voice])?
        var open: (terms: WaiverStatement.Terms, asker: WaiverStatus.Voice, approved: [WaiverStatus.Voice])?
        for (digest, event) in life.terms {
            guard let terms = event.body.statement.terms else { continue }
            let asker = ballots.voice(event)
            let (approved, more) = Ballots.counted(life.approvals[digest] ?? [], askedBy: asker)
            notes += more
            if approved.count >= policy.waivers.approvals {
                current = (terms, asker, approved)
                open = nil
            } else {
                open = (terms, asker, approved)
            }
        }
        let requestedBy = ballots.voice(life.request)
        guard let shown = current ?? open else { return nil }
        var state: WaiverStatus.State
        if let fault = fault(of: shown.terms, policy) {
            state = .invalid
            notes.append(fault)
        } else if life.revoked != nil {
            state = .revoked
        } else if current != nil {
            state = Self.state(of: shown.terms, policy, day)
        } else {
            state = .pending
            let last = Day(requestedBy.time).adding(days: policy.waivers.emergency)
            if shown.terms.emergency, life.terms.count == 1 {
                if day <= last, shown.terms.from <= day, day <= shown.terms.until {
                    state = .active
                    notes.append("an emergency: it holds until \(last), end of day UTC, and has to be approved by then")
                } else {
                    notes.append("an emergency that was not approved by \(last)")
                }
            }
        }
        return WaiverStatus(
            identifier: name, state: state, terms: shown.terms, requestedBy: shown.asker, approvedBy: shown.approved,
            missing: max(0, policy.waivers.approvals - shown.approved.count), revokedBy: life.revoked,
            renewal: current == nil ? nil : open?.terms, notes: notes)
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

    /// The request or renewal of a waiver that waits for approval, and who asked for it; nil where none does.
    package static func open(
        _ name: String, in events: [Dated<Signed<WaiverStatement>>], policy: Policy, asOf day: Day
    ) throws -> (digest: Digest, asker: WaiverStatus.Voice)? {
        let ballots = Ballots(policy)
        let lives = WaiverLives(events, policy: policy, asOf: day)
        guard let status = lives.all.first(where: { $0.identifier == name }), status.state != .revoked else {
            return nil
        }
        let wanted = status.renewal ?? (status.missing > 0 ? status.terms : nil)
        for event in events.reversed() where event.time < day.end && Ballots.fault(of: event.body) == nil {
            let statement = event.body.statement
            guard let wanted, statement.terms == wanted else { continue }
            let digest = try Ballots.digest(of: statement)
            let isIts = statement.waiver == name || WaiverStatement.identifier(of: digest) == name
            if isIts { return (digest, ballots.voice(event)) }
        }
        return nil
    }

    /// What the policy does not let a waiver be; nil for nothing.
    package static func fault(of terms: WaiverStatement.Terms, _ policy: Policy) -> String? {
        if terms.until < terms.from { return "it ends before it begins" }
        let term = terms.until.number - terms.from.number + 1
        if term > policy.waivers.longestTerm {
            return "its term of \(term) days is longer than the policy's \(policy.waivers.longestTerm)"
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
        if let line = scope.line, !run.source.isOfLine(line) { return false }
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

    package func isOfLine(_ line: String) -> Bool { self.line == line }
}
