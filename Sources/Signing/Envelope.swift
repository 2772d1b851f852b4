// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A signed payload: DSSE (Dead Simple Signing Envelope) version 1.
package struct Envelope: Hashable, Sendable {
    package struct Signature: Hashable, Sendable {
        /// Of the key; a hint that proves nothing.
        package let identifier: String
        package let bytes: [UInt8]
    }

    /// The only type that both cosign and trestle take.
    package static let statementType = "application/vnd.in-toto+json"

    package let payloadType: String
    package let payload: [UInt8]
    package let signatures: [Signature]

    /// Signs with each signer, in their order.
    package init(
        _ payload: [UInt8], type: String = Envelope.statementType, signers: [any Signer]
    ) async throws {
        payloadType = type
        self.payload = payload
        let message = Self.message(type, payload)
        var signatures: [Signature] = []
        for signer in signers {
            signatures.append(
                Signature(identifier: signer.publicKey.identifier, bytes: try await signer.signature(of: message)))
        }
        self.signatures = signatures
    }

    /// Bytes, of an envelope that is read.
    package static let largest = 256 << 20

    /// Reads an envelope in the one form that Bessemer writes. Throws `Failure` with code `envelope.unreadable`; `file`
    /// names it there.
    package init(_ bytes: [UInt8], from file: String) throws {
        func failure(_ reason: String) -> Failure {
            Failure(
                "envelope.unreadable", "\(file) is not a signed envelope that Bessemer writes: \(reason)",
                advice: "take the file from where it was made")
        }
        guard bytes.count <= Self.largest else { throw failure("it has \(bytes.count) bytes") }
        let value: CanonicalJSON
        do {
            value = try CanonicalJSON(canonical: bytes)
        } catch {
            throw failure(error.description)
        }
        guard case .object(let members) = value, members.map(\.name) == ["payload", "payloadType", "signatures"],
            case .string(let payload) = members[0].value, case .string(let type) = members[1].value,
            case .array(let list) = members[2].value
        else { throw failure("it has other members than payload, payloadType and signatures") }
        guard let payload = Base64.bytes(of: payload) else { throw failure("its payload is not canonical base64") }
        signatures = try list.map { signature in
            guard case .object(let members) = signature, members.map(\.name) == ["keyid", "sig"],
                case .string(let identifier) = members[0].value, case .string(let text) = members[1].value,
                let bytes = Base64.bytes(of: text)
            else { throw failure("one of its signatures can't be read") }
            return Signature(identifier: identifier, bytes: bytes)
        }
        guard !signatures.isEmpty, Set(signatures.map(\.identifier)).count == signatures.count else {
            throw failure("it has no signature, or two by one key")
        }
        payloadType = type
        self.payload = payload
    }

    /// In RFC 8785 form.
    package var bytes: [UInt8] {
        CanonicalJSON(object: [
            .init("payload", .string(Base64.text(of: payload))), .init("payloadType", .string(payloadType)),
            .init(
                "signatures",
                .array(
                    signatures.map {
                        CanonicalJSON(object: [
                            .init("keyid", .string($0.identifier)), .init("sig", .string(Base64.text(of: $0.bytes))),
                        ])
                    })),
        ]).bytes
    }

    /// Whether one of its signatures is by that key.
    package func isSigned(by key: PublicKey) -> Bool {
        let message = Self.message(payloadType, payload)
        return signatures.contains { $0.identifier == key.identifier && key.verifies($0.bytes, of: message) }
    }

    /// What is signed: DSSE's pre-authentication encoding.
    package static func message(_ type: String, _ payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}
