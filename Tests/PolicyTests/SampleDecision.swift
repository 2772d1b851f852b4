// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Signing
import TestSupport

@testable import Policy

/// People with keys, a policy that names some of them, and what they say.
struct SampleDecision {
    let ada: PrivateKey
    let adaHome: PrivateKey
    let bob: PrivateKey
    /// May request, and not approve.
    let cyd: PrivateKey
    /// The policy does not name her.
    let eve: PrivateKey
    let policy: Policy
    static let today = Day("2026-11-28") ?? Day(number: 0)

    init(_ text: String? = nil) throws {
        ada = try PrivateKey(generating: .ed25519)
        adaHome = try PrivateKey(generating: .ed25519)
        bob = try PrivateKey(generating: .ed25519)
        cyd = try PrivateKey(generating: .ed25519)
        eve = try PrivateKey(generating: .ed25519)
        let people = """
            people:
              - {name: Ada, keys: [\(ada.publicKey.fingerprint), \(adaHome.publicKey.fingerprint)]}
              - {name: Bob, keys: [\(bob.publicKey.fingerprint)]}
              - {name: Cyd, keys: [\(cyd.publicKey.fingerprint)], may: [request]}

            """
        policy = try PolicyFile.read(
            Array((people + (text ?? PolicyFile.standard.replacing("people: []", with: ""))).utf8))
    }

    static func entry(_ number: Int, _ kind: RecordKind) -> EntryReference {
        EntryReference(sequence: number, digest: Digest(of: "entry \(number)"), kind: kind)
    }

    /// Recorded at noon of that day.
    static func dated<Body: RecordBody>(_ body: Body, _ number: Int, _ day: Day = today) -> Dated<Body> {
        Dated(body, entry: entry(number, Body.kind), time: day.start.addingTimeInterval(43_200))
    }

    static func terms(
        _ rule: String = "DEV001", _ location: String = "rustc -Zpacked-stack", finding: Digest? = nil,
        run: String? = nil, line: String? = nil, from: Int = 0, until: Int = 60, emergency: Bool = false
    ) -> WaiverStatement.Terms {
        .init(
            scope: .init(rule: rule, location: location, finding: finding, run: run, line: line), reason: "needed",
            compensation: "audited", owner: "Kernel team", ticket: nil, from: today.adding(days: from),
            until: today.adding(days: until), emergency: emergency)
    }

    func says(
        _ event: WaiverStatement.Event, _ waiver: String? = nil, _ terms: WaiverStatement.Terms? = nil,
        approves: Digest? = nil, by key: PrivateKey
    ) async throws -> Signed<WaiverStatement> {
        try await Ballots.signed(
            WaiverStatement(
                event: event, waiver: waiver, terms: terms, approves: approves, time: "2026-11-28T12:00:00Z"), by: key)
    }

    /// A request, and its approvals.
    func waiver(
        _ terms: WaiverStatement.Terms, by asker: PrivateKey, approvedBy approvers: [PrivateKey], from number: Int = 100
    ) async throws -> [Dated<Signed<WaiverStatement>>] {
        let request = try await says(.request, nil, terms, by: asker)
        let digest = try Ballots.digest(of: request.statement)
        var events = [Self.dated(request, number)]
        for (index, approver) in approvers.enumerated() {
            let approval = try await says(
                .approve, WaiverStatement.identifier(of: digest), approves: digest, by: approver)
            events.append(Self.dated(approval, number + 1 + index))
        }
        return events
    }

    func says(
        _ event: ApprovalStatement.Event, _ stage: String, policy digest: Digest? = nil, by key: PrivateKey
    ) async throws -> Signed<ApprovalStatement> {
        try await Ballots.signed(
            ApprovalStatement(
                event: event, run: "run", entry: Self.entry(1, .run).digest, stage: stage,
                policy: digest ?? policy.digest, note: nil, time: "2026-11-28T12:00:00Z"), by: key)
    }
}
