// SPDX-License-Identifier: Apache-2.0
package import Host
package import Signing

/// The key of a log, which signs its leaves and its heads (Ed25519). Another key is another log.
package struct LogKey: Sendable {
    private let key: PrivateKey

    /// Throws `Failure` with code `key.unreadable` where it is a key of another algorithm.
    package init(_ key: PrivateKey, from file: String) throws {
        guard key.algorithm == .ed25519 else {
            throw Failure(
                "key.unreadable", "\(file) can't be the key of a log: it is not an Ed25519 key",
                advice: "put the log's own key there")
        }
        self.key = key
    }

    package var publicKey: PublicKey { key.publicKey }

    /// As leaves, proofs and origins name a key: SHA-256 of its 32 bytes.
    package static func hash(of key: PublicKey) -> Digest { Digest(of: key.bytes) }

    /// The first line of heads of the log with that key.
    package static func origin(_ hash: Digest) -> String { originPrefix + hash.hexadecimal }
    package static let originPrefix = "sigsum.org/v1/tree/"

    /// For what other modules sign with it.
    package var signer: any Signer { key }

    func signature(of message: [UInt8]) throws -> [UInt8] { try key.signature(of: message) }
}

/// An entry in the tree, in Sigsum's form (sigsum.org, log.md § 2.2.1): what the tree holds is the digest of its statement.
package struct LogLeaf: Hashable, Sendable {
    /// SHA-256 of the entry's digest.
    package let checksum: [UInt8]
    /// By the log's key.
    package let signature: [UInt8]
    package let keyHash: Digest

    package init(of entry: Digest, signature: [UInt8], keyHash: Digest) {
        checksum = Digest.bytes(of: entry.bytes)
        self.signature = signature
        self.keyHash = keyHash
    }

    package init(of entry: Digest, signedBy key: LogKey) throws {
        self.init(
            of: entry, signature: try key.signature(of: Self.message(Digest.bytes(of: entry.bytes))),
            keyHash: LogKey.hash(of: key.publicKey))
    }

    /// What the tree hashes.
    package var bytes: [UInt8] { checksum + signature + keyHash.bytes }
    package var hash: MerkleTree.Hash { MerkleTree.leaf(bytes) }

    package func isSigned(by key: PublicKey) -> Bool {
        LogKey.hash(of: key) == keyHash && key.verifies(signature, of: Self.message(checksum))
    }

    private static func message(_ checksum: [UInt8]) -> [UInt8] { Array("sigsum.org/v1/tree-leaf\0".utf8) + checksum }
}
