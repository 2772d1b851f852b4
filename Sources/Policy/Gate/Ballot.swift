// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records
internal import Signing

/// What somebody said, and whether it counts: checked once, however often it is judged by.
package struct Ballot<Statement: PersonalStatement>: Sendable {
    package let statement: Statement
    /// SHA-256 of the statement's canonical bytes: what an approval names.
    let digest: Digest
    /// SHA-256 of the key's DER form.
    let key: Digest
    package let entry: EntryReference
    /// When it was recorded.
    let time: Date
    /// Why it does not count; nil where it does: signed by the key that it names, in the bytes that it shows.
    let fault: String?

    init(_ signed: Dated<Signed<Statement>>) {
        let bytes = try? CanonicalJSON.encode(signed.body.statement)
        statement = signed.body.statement
        digest = Digest(of: bytes ?? [])
        key = signed.body.fingerprint
        entry = signed.entry
        time = signed.time
        fault = Self.fault(of: signed.body, bytes)
    }

    private static func fault(of signed: Signed<Statement>, _ bytes: [UInt8]?) -> String? {
        do {
            let key = try PublicKey(pem: signed.publicKey, from: "the entry")
            guard key.fingerprint == signed.fingerprint else { return "its key is not the one that it names" }
            let envelope = try Envelope(Array(signed.envelope.utf8), from: "the entry's envelope")
            guard envelope.payloadType == Statement.payloadType else {
                return "it is signed as \(envelope.payloadType.prefix(60))"
            }
            guard envelope.isSigned(by: key) else { return "it is not signed by the key that it names" }
            return bytes == envelope.payload ? nil : "what is signed is not what it says"
        } catch {
            return Failure(of: error).message
        }
    }
}
