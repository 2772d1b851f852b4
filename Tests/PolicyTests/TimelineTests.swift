// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Signing
import TestSupport
import Testing

@testable import Policy

/// Milestones against the gate, which the same policy judges day by day.
@Suite struct TimelineTests {
    private let run = SampleRecord.passed()
    private let start: Day
    private let asker: PrivateKey
    private let approver: PrivateKey

    init() throws {
        start = Day(run.finishedAt)
        asker = try PrivateKey(generating: .ed25519)
        approver = try PrivateKey(generating: .ed25519)
    }

    private func policy(
        months: Int = 1, age: Int = 90, allowed: String = "DEV", milestones: String = ""
    ) throws -> Policy {
        try PolicyFile.read(
            Array(
                """
                people:
                  - {name: Ada, keys: [\(approver.publicKey.fingerprint)]}
                  - {name: Bob, keys: [\(asker.publicKey.fingerprint)]}
                waivers: {longest-term: 400}
                stages:
                  - {name: staging, suites: ["*"], compilers: [stable, bootstrap], allowed: [\(allowed)], ages: {run: \(age)}}
                  - name: production
                    after: staging
                    validation: {stage: staging, months: \(months)}
                    suites: ["*"]
                    compilers: [stable, bootstrap]
                    allowed: [\(allowed)]
                    ages: {run: \(age)}
                \(milestones)
                """.utf8))
    }

    private func reference(_ number: Int, _ kind: RecordKind) -> EntryReference {
        EntryReference(sequence: number, digest: Digest(of: "\(number)"), kind: kind)
    }

    private func evidence(
        gates: [Dated<GateReport>] = [], waivers: [Dated<Signed<WaiverStatement>>] = [], flags: [String] = []
    ) -> GateEvidence {
        GateEvidence(
            run: Dated(run, entry: reference(1, .run), time: start.start + 3600), gates: gates, waivers: waivers,
            unstableFlags: (flags, reference(1, .run)))
    }

    /// The verdict of the staging gate, recorded on a day.
    private func passed(_ policy: Policy, on day: Day, _ number: Int = 5) throws -> Dated<GateReport> {
        let report = try Gate(policy, stage: "staging").judge(evidence(), asOf: day, toolVersion: "1")
        #expect(report.verdict == .pass, "\(report.failing.map(\.reason))")
        return Dated(report, entry: reference(number, .gate), time: day.start + 7200)
    }

    private func timeline(
        _ policy: Policy, _ evidence: GateEvidence, asOf day: Day, _ observations: [Observation] = [],
        moves: Bool = false
    ) throws -> Timeline {
        try TimelineQuestion(
            policy: policy, runs: [evidence], isOneRun: false, observations: observations, asOf: day,
            store: Digest(of: "log"), toolVersion: "1", countsMoves: moves
        ).answer()
    }

    private func milestone(_ identifier: String, _ timeline: Timeline) throws -> Milestone {
        try #require(timeline.milestones.first { $0.identifier == identifier })
    }

    @Test func `a stage that passes is eligible since the run, until the run is too old`() throws {
        let found = try milestone(
            "stage-staging", timeline(policy(), evidence(), asOf: start.adding(days: 20)))
        #expect(found.state == .eligible)
        #expect(found.day == start)
        #expect(found.until == start.adding(days: 90))
    }

    @Test func `a stage that was passed is reached on that day, and the next waits for its validation`() throws {
        let policy = try policy()
        let evidence = try evidence(gates: [passed(policy, on: start.adding(days: 3))])
        let timeline = try timeline(policy, evidence, asOf: start.adding(days: 5))
        let staging = try milestone("stage-staging", timeline)
        #expect(staging.state == .reached)
        #expect(staging.day == start.adding(days: 3))
        #expect(staging.entry?.sequence == 5)
        let production = try milestone("stage-production", timeline)
        #expect(production.state == .eligible)
        #expect(production.day == start.adding(days: 3).adding(months: 1))
        #expect(production.until == start.adding(days: 90))
    }

    @Test func `a hypothetical pass is not one`() throws {
        let policy = try policy()
        let report = try Gate(policy, stage: "staging").judge(evidence(), asOf: start.adding(days: 9), toolVersion: "1")
        let early = Dated(report, entry: reference(5, .gate), time: start.start + 7200)
        let found = try milestone(
            "stage-staging", timeline(policy, evidence(gates: [early]), asOf: start.adding(days: 1)))
        #expect(found.state == .eligible)
    }

    @Test func `what is recorded after the day does not count`() throws {
        let policy = try policy()
        let evidence = try evidence(gates: [passed(policy, on: start.adding(days: 3))])
        let timeline = try timeline(policy, evidence, asOf: start.adding(days: 2))
        #expect(try milestone("stage-staging", timeline).state == .eligible)
        let production = try milestone("stage-production", timeline)
        #expect(production.state == .held)
        #expect(production.heldBy.map(\.name) == ["GAT010", "GAT011"])
    }

    @Test func `where rules never pass together, the nearest day says which fail`() throws {
        let policy = try policy(months: 6)
        let evidence = try evidence(gates: [passed(policy, on: start)])
        let found = try milestone(
            "stage-production", timeline(policy, evidence, asOf: start.adding(days: 5)))
        #expect(found.state == .held)
        #expect(found.heldBy.map(\.name) == ["GAT011"])
        #expect(found.notes.contains { $0.contains("never all rules pass at once") && $0.contains("GAT002") })
    }

    /// The oracle: the gate itself at each day.
    @Test(arguments: [(1, 90), (2, 40), (3, 120), (6, 90), (1, 31)])
    func `eligible days are those on which the gate passes`(months: Int, age: Int) throws {
        let policy = try policy(months: months, age: age)
        let evidence = try evidence(gates: [passed(policy, on: start.adding(days: 4))])
        let asOf = start.adding(days: 6)
        let found = try milestone("stage-production", timeline(policy, evidence, asOf: asOf))
        let gate = try Gate(policy, stage: "production")
        let passing = try (6...220).map { start.adding(days: $0) }.filter {
            try gate.judge(evidence, asOf: $0, toolVersion: "1").verdict == .pass
        }
        #expect(found.day == passing.first)
        #expect(found.until == passing.last)
    }

    // MARK: Waivers

    private func waiver(
        _ event: WaiverStatement.Event, _ from: Day, _ until: Day, of waiver: String? = nil
    ) async throws -> Signed<WaiverStatement> {
        try await Ballots.signed(
            WaiverStatement(
                event: event, waiver: waiver,
                terms: .init(
                    scope: .init(rule: "DEV001", location: "rustc -Zpacked-stack"), reason: "no stable option",
                    compensation: "audited", owner: "Kernel", ticket: nil, from: from, until: until, emergency: false),
                time: "2026-11-22T10:00:00Z"), by: asker)
    }

    private func approval(of signed: Signed<WaiverStatement>, _ waiver: String) async throws -> Signed<WaiverStatement>
    {
        try await Ballots.signed(
            WaiverStatement(
                event: .approve, waiver: waiver, terms: nil, approves: Ballots.digest(of: signed.statement),
                time: "2026-11-22T10:00:00Z"), by: approver)
    }

    @Test func `a waiver makes a stage eligible from its first day to its last, and its renewal moves that`()
        async throws
    {
        let policy = try policy(allowed: "DEV002, DEV005, DEV006, DEV007, DEV008, DEV009, DEV010, DEV004")
        let request = try await waiver(.request, start.adding(days: 10), start.adding(days: 40))
        let name = WaiverStatement.identifier(of: try Ballots.digest(of: request.statement))
        let renewal = try await waiver(.renew, start.adding(days: 10), start.adding(days: 60), of: name)
        let events = [
            (request, 1), (try await approval(of: request, name), 1), (renewal, 20),
            (try await approval(of: renewal, name), 20),
        ].enumerated().map { number, event in
            Dated(event.0, entry: reference(10 + number, .waiver), time: start.adding(days: event.1).start + 60)
        }
        let evidence = evidence(waivers: events, flags: ["-Zpacked-stack"])
        let before = try timeline(policy, evidence, asOf: start.adding(days: 2), moves: true)
        let staging = try milestone("stage-staging", before)
        #expect(staging.state == .eligible, "\(staging.heldBy)")
        #expect(staging.day == start.adding(days: 10))
        #expect(staging.until == start.adding(days: 40))
        #expect(before.waivers.map(\.waiver.terms.until) == [start.adding(days: 40)])
        #expect(before.waivers.map(\.moves) == [0])
        let after = try timeline(policy, evidence, asOf: start.adding(days: 25), moves: true)
        #expect(after.waivers.map(\.waiver.terms.until) == [start.adding(days: 60)])
        #expect(after.waivers.map(\.moves) == [1])
        #expect(try milestone("stage-staging", after).until == start.adding(days: 60))
        // The day is the same, so it did not move.
        #expect(try milestone("stage-staging", after).moves == 0)
        let late = try milestone("stage-staging", timeline(policy, evidence, asOf: start.adding(days: 61)))
        #expect(late.state == .held)
        #expect(late.heldBy.map(\.name) == ["GAT012"])
    }

    @Test func `a renewal on the day of the request counts as a move`() async throws {
        let policy = try policy()
        let request = try await waiver(.request, start, start.adding(days: 40))
        let name = WaiverStatement.identifier(of: try Ballots.digest(of: request.statement))
        let renewal = try await waiver(.renew, start, start.adding(days: 60), of: name)
        let events = [
            request, try await approval(of: request, name), renewal, try await approval(of: renewal, name),
        ].enumerated().map { number, event in
            Dated(event, entry: reference(10 + number, .waiver), time: start.adding(days: 1).start + Double(number))
        }
        let timeline = try timeline(policy, evidence(waivers: events), asOf: start.adding(days: 2))
        #expect(timeline.waivers.map(\.moves) == [1])
    }

    @Test func `a day that moved is counted once, and stays counted`() async throws {
        let policy = try policy(allowed: "DEV002, DEV004, DEV005, DEV006, DEV007, DEV008, DEV009, DEV010")
        let first = try await waiver(.request, start.adding(days: 10), start.adding(days: 40))
        let second = try await waiver(.request, start.adding(days: 20), start.adding(days: 50))
        func name(_ signed: Signed<WaiverStatement>) throws -> String {
            WaiverStatement.identifier(of: try Ballots.digest(of: signed.statement))
        }
        let revocation = try await Ballots.signed(
            WaiverStatement(event: .revoke, waiver: name(first), terms: nil, time: "2026-11-22T10:00:00Z"), by: asker)
        let events = [
            (first, 1), (try await approval(of: first, name(first)), 1), (revocation, 5), (second, 5),
            (try await approval(of: second, name(second)), 5),
        ].enumerated().map { number, event in
            Dated(
                event.0, entry: reference(10 + number, .waiver),
                time: start.adding(days: event.1).start + 60 * Double(number + 1))
        }
        let evidence = evidence(waivers: events, flags: ["-Zpacked-stack"])
        for (day, found, moves) in [(3, 10, 0), (8, 20, 1), (15, 20, 1), (30, 20, 1)] {
            let timeline = try timeline(policy, evidence, asOf: start.adding(days: day), moves: true)
            let staging = try milestone("stage-staging", timeline)
            #expect(staging.day == start.adding(days: found))
            #expect(staging.moves == moves, "day \(day)")
        }
    }

    // MARK: Observations

    @Test func `a milestone of others is reached when it was seen first, held by what was missing, or unknown`()
        throws
    {
        let day = start.adding(days: 30)
        func seen(_ verdict: Ability.Verdict, _ days: Int, _ missing: [String] = []) -> Observation {
            Observation(
                Milestone.vendorKernel, verdict, on: start.adding(days: days), what: "looked", missing: missing,
                source: "configs")
        }
        func found(_ observations: [Observation]) throws -> Milestone {
            try milestone(Milestone.vendorKernel, timeline(policy(), evidence(), asOf: day, observations))
        }
        let never = try found([])
        #expect(never.state == .unknown)
        #expect(never.lastLooked == nil)
        let unseen = try found([seen(.unknown, 9)])
        #expect(unseen.state == .unknown)
        #expect(unseen.lastLooked == start.adding(days: 9))
        let held = try found([seen(.no, 4, ["CONFIG_OLD"]), seen(.no, 10, ["CONFIG_RUST"]), seen(.unknown, 20)])
        #expect(held.state == .held)
        #expect(held.heldBy.map(\.name) == ["CONFIG_RUST"])
        #expect(held.lastLooked == start.adding(days: 10))
        #expect(held.notes.first?.contains("20 days before") == true)
        let reached = try found([seen(.yes, 12), seen(.no, 4, ["CONFIG_RUST"]), seen(.yes, 8)])
        #expect(reached.state == .reached)
        #expect(reached.day == start.adding(days: 8))
        #expect(try found([seen(.yes, 31)]).state == .unknown)
    }

    @Test func `a shop's own milestones are a day, a stage or an option`() throws {
        let policy = try policy(
            milestones: """
                milestones:
                  - {name: end of support, day: 2999-06-30}
                  - {name: ours, stage: staging}
                  - {name: vendor, option: CONFIG_RUST}
                """)
        let vendor = try #require(policy.milestones.last)
        let observation = Observation(
            TimelineQuestion.identifier(vendor), .yes, on: start, what: "seen", source: "config")
        let timeline = try timeline(policy, evidence(), asOf: start, [observation])
        #expect(timeline.milestones.suffix(3).map(\.state) == [.eligible, .eligible, .reached])
        #expect(timeline.milestones.suffix(3).first?.day == Day("2999-06-30"))
    }

    @Test(arguments: [
        ("{name: a}", "has to have one of the keys"), ("{name: a, day: 2027-02-30}", "not a day"),
        ("{name: a, day: 2027-02-03, stage: staging}", "has to have one of the keys"),
        ("{name: a, stage: production-2}", "not a stage"), ("{name: a, option: RUST}", "not like CONFIG_RUST"),
        ("{name: a, options: RUST}", "did you mean `option`?"),
        ("{name: a, day: 2027-02-03}\n  - {name: a, day: 2027-02-03}", "two milestones"),
    ])
    func `a milestone that says nothing is refused with its line`(text: String, reason: String) throws {
        let failure = #expect(throws: Failure.self) { try policy(milestones: "milestones:\n  - \(text)") }
        #expect(failure?.message.contains(reason) == true)
        #expect(failure?.message.contains("bessemer.yaml:") == true)
    }

    @Test func `the same input gives the same timeline`() throws {
        let policy = try policy()
        let evidence = try evidence(gates: [passed(policy, on: start)])
        let one = try timeline(policy, evidence, asOf: start.adding(days: 5), moves: true)
        #expect(try timeline(policy, evidence, asOf: start.adding(days: 5), moves: true) == one)
    }

    @Test func `a day before the run is refused`() throws {
        #expect(throws: Failure.self) { try timeline(policy(), evidence(), asOf: start.adding(days: -1)) }
    }
}
