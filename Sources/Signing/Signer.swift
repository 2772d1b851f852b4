// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import Foundation
internal import Host
package import SystemPackage

/// Who makes signatures: a key in a file, or a program that holds one.
package protocol Signer: Sendable {
    var publicKey: PublicKey { get }
    /// Of the message as it is. Throws `Failure`.
    func signature(of message: [UInt8]) async throws -> [UInt8]
}

/// A private key of this process.
package struct PrivateKey: Signer {
    package let algorithm: SignatureAlgorithm
    /// An Ed25519 private key (RFC 8032 § 5.1.5), or the seed of an ML-DSA-65 one (FIPS 204).
    private let seed: [UInt8]
    package let publicKey: PublicKey

    private init(_ algorithm: SignatureAlgorithm, seed: [UInt8]) throws {
        self.algorithm = algorithm
        self.seed = seed
        let bytes =
            switch algorithm {
            case .ed25519: try Curve25519.Signing.PrivateKey(rawRepresentation: seed).publicKey.rawRepresentation
            case .mldsa65:
                try MLDSA65.PrivateKey(seedRepresentation: seed, publicKey: nil).publicKey.rawRepresentation
            }
        guard let key = PublicKey(algorithm, Array(bytes)) else { throw CryptoKitError.incorrectKeySize }
        publicKey = key
    }

    /// A new one.
    package init(generating algorithm: SignatureAlgorithm) throws {
        let seed =
            switch algorithm {
            case .ed25519: Curve25519.Signing.PrivateKey().rawRepresentation
            case .mldsa65: try MLDSA65.PrivateKey().seedRepresentation
            }
        try self.init(algorithm, seed: Array(seed))
    }

    /// A PEM text of one private key in PKCS#8. Throws `Failure` with code `key.unreadable`; `file` names it there.
    package init(pem text: String, from file: String) throws {
        let der = try PEM.bytes(of: text, label: "PRIVATE KEY", from: file)
        for algorithm in SignatureAlgorithm.allCases
        where der.starts(with: algorithm.privatePrefix) && der.count == algorithm.privatePrefix.count + 32 {
            try self.init(algorithm, seed: der.suffix(32))
            return
        }
        throw PEM.failure(file, "it is not a private key of Ed25519, or of ML-DSA-65 as a seed, in PKCS#8 form")
    }

    package var pem: String { PEM.text(of: algorithm.privatePrefix + seed, label: "PRIVATE KEY") }

    package func signature(of message: [UInt8]) throws -> [UInt8] {
        switch algorithm {
        case .ed25519: Array(try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: message))
        case .mldsa65: Array(try MLDSA65.PrivateKey(seedRepresentation: seed, publicKey: nil).signature(for: message))
        }
    }
}

extension PrivateKey {
    /// Bytes; no key file is as large.
    private static let largestFile = 64 << 10

    /// Reads a key that its owner alone may read, in a folder that nobody else may write to.
    ///
    /// Throws `Failure` with code `key.unsafe`, `key.missing` or `key.unreadable`.
    package init(file: FilePath) throws {
        guard let status = Files.status(file, followingLinks: false) else {
            throw Failure(
                "key.missing", "there is no key \(file)",
                advice: "name the file of a key; `bessemer key generate --output FILE` makes one")
        }
        func unsafe(_ reason: String, _ advice: String) -> Failure {
            Failure("key.unsafe", "\(file) is not used as a key: \(reason)", advice: advice)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw unsafe("it is not a file", "name the key's file itself") }
        guard status.st_uid == geteuid() else {
            throw unsafe("it belongs to another user", "use a key that is yours")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw unsafe("others may read it", "chmod 600 \(file), if nobody has read it; otherwise make a new key")
        }
        let folder = file.removingLastComponent()
        guard let parent = Files.status(folder.isEmpty ? "." : folder),
            parent.st_mode & 0o022 == 0 || parent.st_mode & UInt32(S_ISVTX) != 0,
            [geteuid(), 0].contains(parent.st_uid)
        else { throw unsafe("others may write to its folder", "move it to a folder that is yours alone") }
        try self.init(pem: try Files.text(file, limit: Self.largestFile), from: file.string)
    }

    /// Writes it where nothing is yet. Throws `Failure` with code `key.exists`, and as `AtomicFile.write` does.
    package func write(to file: FilePath) throws {
        guard Files.status(file, followingLinks: false) == nil else {
            throw Failure(
                "key.exists", "\(file) is there already, and a key is never replaced",
                advice: "name another file with --output")
        }
        try AtomicFile.write(pem, to: file, permissions: AtomicFile.own)
    }
}

extension PublicKey {
    /// Where the private half is kept that is not used any more, or not yet: beside the file of the one that is.
    package func keptFile(beside file: FilePath) -> FilePath { FilePath("\(file).\(fingerprint.short)") }
}

/// A program that signs: it gets the message on standard input and writes the signature's bytes, and nothing else, on
/// standard output.
package struct CommandSigner: Signer {
    private let text: String
    package let publicKey: PublicKey
    /// A person may have to touch the device.
    private static let deadline = Duration.seconds(120)

    /// `command` is for a POSIX shell.
    package init(_ command: String, publicKey: PublicKey) {
        text = command
        self.publicKey = publicKey
    }

    /// Throws `Failure` with code `key.signer` where the program fails, or the signature is not one of that key's.
    package func signature(of message: [UInt8]) async throws -> [UInt8] {
        let outcome = try await Command("/bin/sh", ["-c", text]).capture(
            limit: 1 << 20, deadline: Self.deadline, input: message)
        func failure(_ reason: String) -> Failure {
            Failure(
                "key.signer", "the signing program \(reason)",
                advice: "it gets the bytes to sign on standard input and writes the signature alone on standard output",
                underlying: Redaction.text(outcome.error, ofShellCommand: text))
        }
        guard outcome.succeeded else { throw failure("ended with \(outcome.ending.text)") }
        guard publicKey.verifies(outcome.bytes, of: message) else {
            throw failure(
                "wrote \(outcome.bytes.count) bytes that are not a signature by the public key that was given")
        }
        return outcome.bytes
    }
}
