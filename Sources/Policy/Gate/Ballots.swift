// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records
package import Signing

/// Who said something, by the policy's people, and whose word counts.
package struct Ballots: Sendable {
    package let policy: Policy

    package init(_ policy: Policy) { self.policy = policy }

    /// SHA-256 of a statement's canonical bytes: what an approval names.
    package static func digest(of statement: some PersonalStatement) throws -> Digest {
        Digest(of: try CanonicalJSON.encode(statement))
    }

    /// Signs what a person says.
    package static func signed<Statement: PersonalStatement>(
        _ statement: Statement, by signer: any Signer
    ) async throws -> Signed<Statement> {
        let envelope = try await Envelope(
            CanonicalJSON.encode(statement), type: Statement.payloadType, signers: [signer])
        return Signed(
            statement: statement, publicKey: signer.publicKey.pem, fingerprint: signer.publicKey.fingerprint,
            envelope: String(decoding: envelope.bytes, as: UTF8.self))
    }

    func voice<Statement>(_ ballot: Ballot<Statement>) -> WaiverStatus.Voice {
        WaiverStatus.Voice(
            name: policy.person(withKey: ballot.key)?.name, key: ballot.key, entry: ballot.entry, time: ballot.time)
    }

    /// Whether both are the same person, as far as the policy tells: by the key, or by two keys of one person.
    static func isSame(_ one: WaiverStatus.Voice, _ other: WaiverStatus.Voice) -> Bool {
        one.key == other.key || one.name != nil && one.name == other.name
    }

    /// Refuses an approval that would not count. `asker` is who requested it, nil for nobody; `approved` are those who approved
    /// it already.
    ///
    /// Throws `Failure` with codes `approval.unknown`, `approval.right`, `approval.own`, `approval.unrequested`,
    /// `approval.twice`.
    package func check(
        approvalBy key: Digest, of asker: WaiverStatus.Voice?, after approved: [WaiverStatus.Voice] = [], what: String
    ) throws {
        guard let asker else {
            throw Failure(
                "approval.unrequested", "nobody requested \(what)",
                advice: "who wants it requests it first (`bessemer approve --help`), with a key of their own")
        }
        guard let person = policy.person(withKey: key) else {
            throw Failure(
                "approval.unknown", "the policy does not name the key \(key.short)",
                advice: "approve with a key of one of its people: \(names)")
        }
        guard person.may.contains(.approve) else {
            throw Failure(
                "approval.right", "\(person.name) may not approve", advice: "let somebody approve it who may: \(names)")
        }
        if let fault = fault(ofRequestBy: asker.key) {
            throw Failure(
                "approval.unrequested", "nobody whose word counts requested \(what): \(fault)",
                advice: "let one of the policy's people request it, with their own key: \(names)")
        }
        guard key != asker.key, person.name != asker.name else {
            throw Failure(
                "approval.own", "\(person.name) requested \(what), and nobody approves their own request",
                advice: "let somebody else approve it: the policy distinguishes people by their keys")
        }
        guard !isAmong(approved, key) else {
            throw Failure(
                "approval.twice", "\(person.name) approved \(what) already", advice: "let somebody else approve it, too"
            )
        }
    }

    /// Whether one of them is the person with that key.
    package func isAmong(_ voices: [WaiverStatus.Voice], _ key: Digest) -> Bool {
        let name = policy.person(withKey: key)?.name
        return voices.contains { $0.key == key || name != nil && $0.name == name }
    }

    /// Why what somebody requested does not count; nil where it does. A key that nobody answers for could be the approver's
    /// own.
    func fault(ofRequestBy key: Digest) -> String? {
        guard let person = policy.person(withKey: key) else {
            return "the policy does not name the key \(key.short) that requested it"
        }
        return person.may.contains(.request) ? nil : "\(person.name) may not request"
    }

    private func mayApprove(_ key: Digest) -> Bool { policy.person(withKey: key)?.may.contains(.approve) == true }

    /// Refuses a request that would not count. Throws `Failure` with code `request.unknown`.
    package func check(requestBy key: Digest) throws {
        guard let fault = fault(ofRequestBy: key) else { return }
        throw Failure(
            "request.unknown", fault,
            advice: "sign with a key of somebody whom `people` in the policy names (\(names)); this key is \(key)")
    }

    private var names: String {
        policy.people.isEmpty ? "there is nobody yet" : policy.people.map(\.name).joined(separator: ", ")
    }

    /// Each approver once, without those who asked.
    func counted(
        _ approvals: [WaiverStatus.Voice], askedBy askers: [WaiverStatus.Voice]
    ) -> (counted: [WaiverStatus.Voice], notes: [String]) {
        var counted: [WaiverStatus.Voice] = []
        var notes: [String] = []
        for voice in approvals {
            if voice.name == nil {
                notes.append("the policy does not name the key \(voice.key.short) that approved it")
            } else if !mayApprove(voice.key) {
                notes.append("\(voice.name ?? "") may not approve (entry \(voice.entry.sequence))")
            } else if askers.contains(where: { Self.isSame(voice, $0) }) {
                notes.append("\(voice.name ?? "") requested it and can't approve it (entry \(voice.entry.sequence))")
            } else if !counted.contains(where: { Self.isSame($0, voice) }) {
                counted.append(voice)
            }
        }
        return (counted, notes)
    }
}
