// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Signing
import TestSupport
import Testing

@testable import Policy

struct WaiverLivesTests {
    private let people: SampleDecision
    private let today = SampleDecision.today

    init() throws { people = try SampleDecision() }

    private func status(_ events: [Dated<Signed<WaiverStatement>>], _ day: Int = 0) throws -> WaiverStatus {
        try #require(WaiverLives(events, policy: people.policy, asOf: today.adding(days: day)).all.first)
    }

    @Test("a waiver holds from its first day to the end of its last, once somebody else approved it")
    func life() async throws {
        let events = try await people.waiver(
            SampleDecision.terms(from: 2, until: 60), by: people.ada, approvedBy: [people.bob])
        #expect(try status([events[0]]).state == .pending)
        #expect(try status([events[0]]).missing == 1)
        for (day, state) in [
            (0, WaiverStatus.State.future), (1, .future), (2, .active), (30, .active), (31, .expiring),
            (60, .expiring), (61, .expired),
        ] {
            #expect(try status(events, day).state == state, "day \(day)")
        }
        #expect(try status(events).approvedBy.map(\.name) == ["Bob"])
    }

    @Test("nobody approves their own, with either key; a stranger's approval does not count")
    func own() async throws {
        for (asker, approvers) in [
            (people.ada, [people.ada]), (people.ada, [people.adaHome]), (people.adaHome, [people.ada]),
            (people.ada, [people.eve]), (people.eve, [people.eve]), (people.eve, [people.bob]),
            (people.ada, [people.cyd]),
        ] {
            let status = try status(
                try await people.waiver(SampleDecision.terms(), by: asker, approvedBy: approvers))
            #expect(status.state == .pending && status.missing == 1)
            #expect(!status.notes.isEmpty)
        }
        let ballots = Ballots(people.policy)
        let asker = try status(try await people.waiver(SampleDecision.terms(), by: people.ada, approvedBy: []))
            .requestedBy
        for key in [people.ada, people.adaHome, people.eve, people.cyd] {
            #expect(throws: Failure.self) {
                try ballots.check(approvalBy: key.publicKey.fingerprint, of: asker, what: "it")
            }
        }
        #expect(throws: Failure.self) {
            try ballots.check(approvalBy: people.bob.publicKey.fingerprint, of: nil, what: "it")
        }
        try ballots.check(approvalBy: people.bob.publicKey.fingerprint, of: asker, what: "it")
    }

    @Test("what is altered after it was signed does not count")
    func altered() async throws {
        let events = try await people.waiver(SampleDecision.terms(), by: people.ada, approvedBy: [people.bob])
        let real = events[0].body
        let longer = WaiverStatement(
            event: .request, waiver: nil, terms: SampleDecision.terms(until: 170), time: real.statement.time)
        let faults = [
            Signed(
                statement: longer, publicKey: real.publicKey, fingerprint: real.fingerprint, envelope: real.envelope),
            Signed(
                statement: real.statement, publicKey: people.bob.publicKey.pem, fingerprint: real.fingerprint,
                envelope: real.envelope),
            Signed(
                statement: real.statement, publicKey: people.bob.publicKey.pem,
                fingerprint: people.bob.publicKey.fingerprint, envelope: real.envelope),
            Signed(
                statement: real.statement, publicKey: real.publicKey, fingerprint: real.fingerprint,
                envelope: real.envelope.replacing("\"sig\":\"", with: "\"sig\":\"A")),
            Signed(statement: real.statement, publicKey: "", fingerprint: real.fingerprint, envelope: "{}"),
        ]
        #expect(Ballot(SampleDecision.dated(real, 100)).fault == nil)
        for fault in faults {
            #expect(Ballot(SampleDecision.dated(fault, 100)).fault != nil)
            let lives = WaiverLives(
                [SampleDecision.dated(fault, 100), events[1]], policy: people.policy, asOf: today)
            #expect(lives.all.allSatisfy { !$0.holds })
        }
    }

    @Test("a renewal changes nothing until it is approved; a revocation ends it")
    func renewal() async throws {
        var events = try await people.waiver(SampleDecision.terms(until: 20), by: people.ada, approvedBy: [people.bob])
        let name = try status(events).identifier
        let renewal = try await people.says(.renew, name, SampleDecision.terms(until: 90), by: people.ada)
        events.append(SampleDecision.dated(renewal, 110))
        #expect(try status(events, 21).state == .expired)
        #expect(try status(events).renewal == renewal.statement.terms)
        let open = WaiverLives(events, policy: people.policy, asOf: today).open(name)
        #expect(open?.digest == (try Ballots.digest(of: renewal.statement)))
        let approval = try await people.says(.approve, name, approves: open?.digest, by: people.bob)
        events.append(SampleDecision.dated(approval, 111))
        #expect(try status(events, 21).state == .active)
        #expect(WaiverLives(events, policy: people.policy, asOf: today).open(name) == nil)
        let stranger = try await people.says(.revoke, name, by: people.eve)
        #expect(try status(events + [SampleDecision.dated(stranger, 112)], 21).state == .active)
        let end = try await people.says(.revoke, name, by: people.ada)
        #expect(try status(events + [SampleDecision.dated(end, 112)], 21).state == .revoked)
    }

    @Test("an emergency holds for the policy's days, and past them only where it was approved")
    func emergency() async throws {
        let terms = SampleDecision.terms(emergency: true)
        let events = try await people.waiver(terms, by: people.ada, approvedBy: [])
        for (day, state) in [(0, WaiverStatus.State.active), (3, .active), (4, .pending)] {
            #expect(try status(events, day).state == state, "day \(day)")
        }
        let approved = try await people.waiver(terms, by: people.ada, approvedBy: [people.bob])
        #expect(try status(approved, 4).state == .active)
    }

    @Test("an emergency of a stranger, or a second one for the same, does not count before it is approved")
    func emergencies() async throws {
        let terms = SampleDecision.terms(emergency: true)
        let stranger = try await people.waiver(terms, by: people.eve, approvedBy: [])
        #expect(try status(stranger).state == .pending)
        #expect(try status(try await people.waiver(terms, by: people.cyd, approvedBy: [people.bob])).state == .active)
        // A stranger's does not stand in the way of another one.
        let both =
            stranger
            + (try await people.waiver(
                SampleDecision.terms(until: 40, emergency: true), by: people.ada, approvedBy: [], from: 110))
        #expect(WaiverLives(both, policy: people.policy, asOf: today).all.map(\.state) == [.pending, .active])
        func states(_ first: [PrivateKey]) async throws -> [WaiverStatus.State] {
            let events =
                try await people.waiver(terms, by: people.ada, approvedBy: first)
                + people.waiver(
                    SampleDecision.terms("DEV001", "rustc *", until: 50, emergency: true), by: people.adaHome,
                    approvedBy: [], from: 110)
            return WaiverLives(events, policy: people.policy, asOf: today).all.map(\.state)
        }
        #expect(try await states([]) == [.active, .pending])
        #expect(try await states([people.bob]) == [.active, .active])
    }

    @Test("terms that a policy does not let a waiver have are refused, and do not count where they are in the log")
    func terms() async throws {
        for terms in [
            SampleDecision.terms(until: 180), SampleDecision.terms("TST001", "*"),
            SampleDecision.terms("TST001", "**/*"),
            SampleDecision.terms(from: 5, until: 4),
        ] {
            #expect(throws: Failure.self) { try WaiverLives.check(terms, people.policy, today: today) }
            let events = try await people.waiver(terms, by: people.ada, approvedBy: [people.bob])
            #expect(try status(events).state == .invalid)
        }
        #expect(throws: Failure.self) {
            try WaiverLives.check(SampleDecision.terms(from: -9, until: -1), people.policy, today: today)
        }
        try WaiverLives.check(SampleDecision.terms(until: 179), people.policy, today: today)
    }

    @Test("what is recorded after a day is not seen as of it")
    func asOf() async throws {
        let events = try await people.waiver(SampleDecision.terms(), by: people.ada, approvedBy: [people.bob])
        let late = [events[0], Dated(events[1].body, entry: events[1].entry, time: today.end)]
        #expect(try status(late).state == .pending)
        #expect(try status(late, 1).state == .active)
    }
}
