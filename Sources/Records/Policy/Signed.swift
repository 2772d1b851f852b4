// SPDX-License-Identifier: Apache-2.0
package import Host

/// What a person says about waivers and stages, signed with a key of theirs.
package protocol PersonalStatement: Codable, Hashable, Sendable {
    static var kind: RecordKind { get }
    /// Of the envelope's payload.
    static var payloadType: String { get }
    var subjects: [Subject] { get }
}

/// A signed statement of a person: the body of an entry.
///
/// The statement counts only where the envelope is signed by the key and holds the statement's canonical bytes
/// (`Policy`'s `Ballots` checks both).
package struct Signed<Statement: PersonalStatement>: RecordBody {
    package static var isEvent: Bool { true }
    package static var kind: RecordKind { Statement.kind }
    package static var version: Int { 1 }

    package let statement: Statement
    /// PEM.
    package let publicKey: String
    /// SHA-256 of the key's DER form.
    package let fingerprint: Digest
    /// A DSSE envelope of the statement.
    package let envelope: String

    package init(statement: Statement, publicKey: String, fingerprint: Digest, envelope: String) {
        self.statement = statement
        self.publicKey = publicKey
        self.fingerprint = fingerprint
        self.envelope = envelope
    }

    package var subjects: [Subject] { statement.subjects + [Subject("key", fingerprint)] }
}
