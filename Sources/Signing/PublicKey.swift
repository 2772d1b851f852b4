// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host

internal import enum Crypto.Curve25519
internal import enum Crypto.MLDSA65

/// How signatures are made.
package enum SignatureAlgorithm: String, Codable, Hashable, Sendable, CaseIterable {
    /// RFC 8032.
    case ed25519
    /// FIPS 204, without a context: a second signature for those who ask for one that quantum computers don't break.
    case mldsa65 = "ml-dsa-65"

    /// Bytes of a public key.
    package var publicKeySize: Int { self == .ed25519 ? 32 : 1952 }
    package var signatureSize: Int { self == .ed25519 ? 64 : 3309 }

    /// What stands before a public key's bytes in a SubjectPublicKeyInfo in DER (RFC 8410 § 4; RFC 9881 § 4).
    fileprivate var publicPrefix: [UInt8] {
        switch self {
        case .ed25519: [0x30, 0x2a] + algorithmIdentifier + [0x03, 0x21, 0x00]
        case .mldsa65: [0x30, 0x82, 0x07, 0xb2] + algorithmIdentifier + [0x03, 0x82, 0x07, 0xa1, 0x00]
        }
    }

    /// What stands before a private key's 32 bytes in a OneAsymmetricKey in DER (RFC 8410 § 7; RFC 9881 § 6, the seed).
    var privatePrefix: [UInt8] {
        switch self {
        case .ed25519: [0x30, 0x2e, 0x02, 0x01, 0x00] + algorithmIdentifier + [0x04, 0x22, 0x04, 0x20]
        case .mldsa65: [0x30, 0x34, 0x02, 0x01, 0x00] + algorithmIdentifier + [0x04, 0x22, 0x80, 0x20]
        }
    }

    private var algorithmIdentifier: [UInt8] {
        switch self {
        case .ed25519: [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70]
        case .mldsa65: [0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12]
        }
    }
}

/// By what a signature is checked.
package struct PublicKey: Hashable, Sendable {
    package let algorithm: SignatureAlgorithm
    /// As RFC 8032 and FIPS 204 encode it.
    package let bytes: [UInt8]

    /// Nil where there are not as many bytes as a key has.
    package init?(_ algorithm: SignatureAlgorithm, _ bytes: [UInt8]) {
        guard bytes.count == algorithm.publicKeySize else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// A PEM text (RFC 7468) of one public key. Throws `Failure` with code `key.unreadable`; `file` names it there.
    package init(pem text: String, from file: String) throws {
        let der = try PEM.bytes(of: text, label: "PUBLIC KEY", from: file)
        for algorithm in SignatureAlgorithm.allCases where der.starts(with: algorithm.publicPrefix) {
            if let key = PublicKey(algorithm, Array(der.dropFirst(algorithm.publicPrefix.count))) {
                self = key
                return
            }
        }
        throw PEM.failure(file, "it is not a public key of Ed25519 or ML-DSA-65")
    }

    /// As a SubjectPublicKeyInfo in DER (RFC 5280 § 4.1.2.7).
    package var der: [UInt8] { algorithm.publicPrefix + bytes }
    package var pem: String { PEM.text(of: der, label: "PUBLIC KEY") }
    /// As ssh-keygen writes it (RFC 8709 § 4), without a comment; nil for an algorithm that OpenSSH does not have.
    package var openSSH: String? {
        guard algorithm == .ed25519 else { return nil }
        let name = Array("ssh-ed25519".utf8)
        return "ssh-ed25519 \(Base64.text(of: [0, 0, 0, UInt8(name.count)] + name + [0, 0, 0, 32] + bytes))"
    }
    package var hexadecimal: String { bytes.hexadecimal }
    /// SHA-256 of the DER form, for people who compare keys: what `openssl pkey -pubin -outform DER | sha256sum` prints.
    package var fingerprint: Digest { Digest(of: der) }

    /// Its name in envelopes, which securesystemslib finds a signature by: SHA-256 of the key as canonical JSON.
    package var identifier: String {
        let name = algorithm == .ed25519 ? "ed25519" : "ml-dsa-65"
        return Digest(
            of: "{\"keytype\":\"\(name)\",\"keyval\":{\"public\":\"\(hexadecimal)\"},\"scheme\":\"\(name)\"}"
        ).hexadecimal
    }

    /// Whether the signature of the message is one by this key's private half.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == algorithm.signatureSize else { return false }
        switch algorithm {
        case .ed25519:
            return (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes))?
                .isValidSignature(signature, for: message) ?? false
        case .mldsa65:
            return (try? MLDSA65.PublicKey(rawRepresentation: bytes))?
                .isValidSignature(signature, for: message) ?? false
        }
    }
}

/// Keys as text between two lines (RFC 7468 § 3, strictly).
enum PEM {
    static func text(of der: [UInt8], label: String) -> String {
        let base64 = Array(Base64.text(of: der).utf8)
        let lines = stride(from: 0, to: base64.count, by: 64).map {
            String(decoding: base64[$0..<min($0 + 64, base64.count)], as: UTF8.self)
        }
        return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""]).joined(separator: "\n")
    }

    /// Throws `Failure` with code `key.unreadable`.
    static func bytes(of text: String, label: String, from file: String) throws -> [UInt8] {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN \(label)-----", lines.last == "-----END \(label)-----", lines.count > 2 else {
            let isPrivate = label == "PUBLIC KEY" && text.contains("PRIVATE KEY-----")
            throw failure(
                file, isPrivate ? "it is a private key" : "it does not hold one \(label.lowercased()) in PEM form",
                advice: isPrivate ? "give the public half: `bessemer key public`" : nil)
        }
        guard let bytes = Base64.bytes(of: lines.dropFirst().dropLast().joined()) else {
            throw failure(file, "its base64 is not in the one form of RFC 4648")
        }
        return bytes
    }

    static func failure(_ file: String, _ reason: String, advice: String? = nil) -> Failure {
        Failure(
            "key.unreadable", "\(file) can't be used as a key: \(reason)",
            advice: advice
                ?? "`bessemer key generate` makes a key; `openssl genpkey -algorithm ed25519` writes the same form")
    }
}
