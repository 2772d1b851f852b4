// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Signing
import TestSupport
import Testing

@testable import Policy

struct ChangeTests {
    private func shown(_ record: ChangeRecord) -> Set<ChangeRecord.Part> {
        Set(record.answers.filter(\.isShown).map(\.part))
    }

    @Test("a passed gate is a change with its validity, and what nobody said is not shown")
    func passed() throws {
        let change = try SampleChange.made("pilot")
        #expect(!change.isRefused)
        // The waivers file's last day, by which the gate passes.
        #expect(change.validUntil == Day("2027-05-31") && change.passesFrom == nil)
        #expect(change.answers.map(\.part) == ChangeRecord.Part.allCases)
        let parts = shown(change)
        #expect(
            parts.isSuperset(of: [
                .scope, .validity, .source, .implementation, .backOut, .drill, .abort, .gate, .evidence,
            ]))
        #expect(parts.isDisjoint(with: [.request, .approval]))
        #expect(change.purpose == nil && change.plan?.backOut.map(\.line) == ["./uninstall"])
        #expect(change.entries.map(\.sequence) == [2, 3, 4, 7])
        #expect(change.kernels.first?.role == .candidate)
    }

    @Test("a refused gate makes a record that says so")
    func refused() throws {
        let change = try SampleChange.made()
        #expect(change.isRefused && change.validUntil == nil)
        #expect(shown(change).isDisjoint(with: [.gate, .validity, .approval]))
        #expect(change.abort.contains { $0.contains("bessemer gate \(change.gate.run) --stage production") })
    }

    @Test("a row is shown where each of its parts is, and not answered where it has none")
    func rows() throws {
        #expect(try SampleChange.made().rows.map(\.state) == [.shown, .notShown, .notAnswered])
        let noPlan = try SampleChange.made(plan: nil)
        #expect(noPlan.rows.map(\.state) == [.notShown, .notShown, .notAnswered])
        #expect(shown(noPlan).isDisjoint(with: [.implementation, .backOut, .abort]))
        let failed = try SampleChange.question { SampleDrill.failed(of: $0) }.answer()
        #expect(failed.rows.first?.state == .notShown && !shown(failed).contains(.drill))
        let others = try SampleChange.question { _ in SampleDrill.passed() }.answer()
        #expect(!shown(others).contains(.drill) && others.drill == nil, "it was made with other kernels")
        let none = try SampleChange.question(drill: { _ in nil }, flags: nil).answer()
        #expect(shown(none).isDisjoint(with: [.drill, .source]) && none.unstableFlags == nil)
    }

    @Test("what was not recorded by that day is not in the record")
    func earlier() throws {
        let question = try SampleChange.question()
        let past = ChangeQuestion(
            policy: question.policy, stage: "pilot", evidence: question.evidence,
            asOf: SampleChange.today.adding(days: -1), plan: nil, requirements: [], head: nil, toolVersion: "1")
        #expect(throws: Failure.self) { try past.answer() }
        let other = ChangeQuestion(
            policy: question.policy, stage: "prodution", evidence: question.evidence, asOf: question.asOf, plan: nil,
            requirements: [], head: nil, toolVersion: "1")
        let failure = #expect(throws: Failure.self) { try other.answer() }
        #expect(failure?.code == "gate.stage")
    }

    @Test("who requested and approved is told by entry, and the purpose is the request's note")
    func people() async throws {
        let people = try SampleDecision(
            "stages:\n  - {name: s, suites: ['*'], compilers: [bootstrap], waivers: file, allowed: [DEV], approvals: 1}\n"
        )
        func said(
            _ event: ApprovalStatement.Event, _ note: String?, by key: PrivateKey, _ number: Int
        ) async throws -> Dated<Signed<ApprovalStatement>> {
            let statement = ApprovalStatement(
                event: event, run: "run", entry: SampleDecision.entry(1, .run).digest, stage: "s",
                policy: people.policy.digest, note: note, time: "2026-11-28T12:00:00Z")
            return SampleDecision.dated(try await Ballots.signed(statement, by: key), number)
        }
        let approvals = [
            try await said(.request, "a kernel with Rust drivers", by: people.ada, 20),
            try await said(.approve, nil, by: people.bob, 21),
        ]
        func change(_ approvals: [Dated<Signed<ApprovalStatement>>]) throws -> ChangeRecord {
            try ChangeQuestion(
                policy: people.policy, stage: "s",
                evidence: GateEvidence(
                    run: SampleDecision.dated(SampleRecord.waived(), 1), approvals: approvals,
                    unstableFlags: ([], SampleDecision.entry(2, .step))), asOf: SampleDecision.today, plan: nil,
                requirements: [], head: nil, toolVersion: "1"
            ).answer()
        }
        let approved = try change(approvals)
        #expect(approved.purpose == "a kernel with Rust drivers")
        #expect(shown(approved).isSuperset(of: [.request, .approval]))
        #expect(approved.entries.map(\.sequence).suffix(2) == [20, 21])
        let own = try change([approvals[0], try await said(.approve, nil, by: people.adaHome, 21)])
        #expect(shown(own).contains(.request) && !shown(own).contains(.approval))
    }
}
