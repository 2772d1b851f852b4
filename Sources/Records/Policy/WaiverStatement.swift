// SPDX-License-Identifier: Apache-2.0
package import Host

/// One event in the life of a waiver, as a person signs it.
package struct WaiverStatement: PersonalStatement {
    package static let kind = RecordKind.waiver
    package static let payloadType = "application/vnd.bessemer.waiver.v1+json"
    package static let schema = "bessemer-waiver/1"

    package enum Event: String, Codable, Hashable, Sendable, CaseIterable {
        case request
        /// Of the request or renewal that `approves` names.
        case approve
        /// The same waiver until another day; has to be approved as a request is.
        case renew
        case revoke
    }

    /// What a waiver accepts.
    package struct Scope: Codable, Hashable, Sendable {
        /// `TST001`, `DEV004`.
        package let rule: String
        /// As `Waiver.location`, with `*` for any text.
        package let location: String
        /// Of the finding; nil where rule and location alone decide.
        package let finding: Digest?
        /// Identifier of the only run that it holds for; nil for any.
        package let run: String?
        /// SHA-256 of a file that the run has to have built; nil for any.
        package let artifact: Digest?
        /// `6.12`: the line of the kernel's version; nil for any.
        package let line: String?

        package init(
            rule: String, location: String, finding: Digest? = nil, run: String? = nil, artifact: Digest? = nil,
            line: String? = nil
        ) {
            self.rule = rule
            self.location = location
            self.finding = finding
            self.run = run
            self.artifact = artifact
            self.line = line
        }
    }

    /// What is requested.
    package struct Terms: Codable, Hashable, Sendable {
        package let scope: Scope
        package let reason: String
        /// What is done instead, so that the deviation does less harm.
        package let compensation: String
        /// Who answers for it.
        package let owner: String
        /// In the shop's own system; nil for none.
        package let ticket: String?
        package let from: Day
        /// The last day; it holds to its end, midnight UTC.
        package let until: Day
        /// It holds at once, and is approved afterwards.
        package let emergency: Bool

        package init(
            scope: Scope, reason: String, compensation: String, owner: String, ticket: String?, from: Day, until: Day,
            emergency: Bool
        ) {
            self.scope = scope
            self.reason = reason
            self.compensation = compensation
            self.owner = owner
            self.ticket = ticket
            self.from = from
            self.until = until
            self.emergency = emergency
        }
    }

    package let schema: String
    package let event: Event
    /// Of the waiver: `W-` and the first digits of its request's SHA-256; nil in the request itself.
    package let waiver: String?
    /// Of a request or renewal.
    package let terms: Terms?
    /// SHA-256 of the canonical bytes of the request or renewal that is approved.
    package let approves: Digest?
    /// Why it is approved or revoked; nil where nothing was said.
    package let note: String?
    /// `YYYY-MM-DDThh:mm:ssZ`, by the person's clock.
    package let time: String
    /// Makes two equal requests of one second two; nil where there is nothing to tell apart.
    package let nonce: String?

    package init(
        event: Event, waiver: String?, terms: Terms?, approves: Digest? = nil, note: String? = nil, time: String,
        nonce: String? = nil
    ) {
        schema = Self.schema
        self.event = event
        self.waiver = waiver
        self.terms = terms
        self.approves = approves
        self.note = note
        self.time = time
        self.nonce = nonce
    }

    package var subjects: [Subject] {
        [terms?.scope.finding.map { Subject("finding", $0) }, terms?.scope.artifact.map { Subject("artifact", $0) }]
            .compactMap(\.self)
    }

    /// A waiver's name, of the digest of its request.
    package static func identifier(of request: Digest) -> String { "W-" + request.hexadecimal.prefix(12) }
}

/// What a person says of a run and a stage.
package struct ApprovalStatement: PersonalStatement {
    package static let kind = RecordKind.approval
    package static let payloadType = "application/vnd.bessemer.approval.v1+json"
    package static let schema = "bessemer-approval/1"

    package enum Event: String, Codable, Hashable, Sendable, CaseIterable {
        case request
        case approve
        /// Takes back what the same person approved.
        case withdraw
    }

    package let schema: String
    package let event: Event
    /// Its identifier, and the digest of its entry.
    package let run: String
    package let entry: Digest
    package let stage: String
    /// SHA-256 of the policy that was in force.
    package let policy: Digest
    package let note: String?
    /// `YYYY-MM-DDThh:mm:ssZ`, by the person's clock.
    package let time: String

    package init(
        event: Event, run: String, entry: Digest, stage: String, policy: Digest, note: String?, time: String
    ) {
        schema = Self.schema
        self.event = event
        self.run = run
        self.entry = entry
        self.stage = stage
        self.policy = policy
        self.note = note
        self.time = time
    }

    package var subjects: [Subject] { [Subject("run", entry), Subject("policy", policy)] }
}
