// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import Signing

extension KeyRecord {
    private static let payloadType = "application/x-pem-file"

    /// An envelope of a key's PEM, signed by the key that it follows. Throws what signing throws.
    package static func succession(of key: PublicKey, signedBy old: any Signer) async throws -> String {
        let envelope = try await Envelope(Array(key.pem.utf8), type: payloadType, signers: [old])
        return String(decoding: envelope.bytes, as: UTF8.self)
    }

    /// Why what it says of its keys does not hold; nil where it does.
    package var fault: String? {
        guard let key = try? PublicKey(pem: publicKey, from: "key"), key.fingerprint == fingerprint else {
            return "its key can't be read"
        }
        guard let replaced else { return nil }
        guard let old = try? PublicKey(pem: replaced.publicKey, from: "key"), old.fingerprint == replaced.fingerprint
        else { return "the key that it replaced can't be read" }
        if let text = replaced.signature {
            guard let envelope = try? Envelope(Array(text.utf8), from: "signature"),
                envelope.payload == Array(publicKey.utf8), envelope.isSigned(by: old)
            else { return "the key that it replaced did not sign it" }
        }
        if purpose == .log, let checkpoint {
            guard let read = try? Checkpoint(Array(checkpoint.utf8), from: "head"), read.head == head,
                read.isSigned(by: old)
            else { return "the old log's last head is not signed by its key" }
        }
        return nil
    }
}
