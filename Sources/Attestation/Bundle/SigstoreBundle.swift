// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Signing

/// An envelope in the form that Sigstore's tools read (Sigstore bundle 0.3), by a key and without a transparency log.
enum SigstoreBundle {
    /// In RFC 8785 form. It has room for one signature: that of the first Ed25519 key; nil where there is none.
    static func bytes(of envelope: Envelope) -> [UInt8]? {
        guard let signature = envelope.signatures.first(where: { $0.bytes.count == 64 }) else { return nil }
        let value: CanonicalJSON = [
            "dsseEnvelope": [
                "payload": .string(Base64.text(of: envelope.payload)), "payloadType": .string(envelope.payloadType),
                "signatures": [["sig": .string(Base64.text(of: signature.bytes))]],
            ],
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": ["publicKey": ["hint": .string(signature.identifier)]],
        ]
        return value.bytes
    }
}
