// SPDX-License-Identifier: Apache-2.0
package import Host

/// A key that was made, or took another's place.
package struct KeyRecord: RecordBody {
    package static let kind = RecordKind.key
    package static let version = 1

    package enum Purpose: String, Codable, Hashable, Sendable, CaseIterable {
        /// Signs statements about runs.
        case attestation
        /// Signs the leaves and the heads of the log.
        case log
    }

    /// The key whose place it took.
    package struct Replaced: Codable, Hashable, Sendable {
        /// PEM.
        package let publicKey: String
        package let fingerprint: Digest
        /// A DSSE envelope of the new key's PEM, signed by this one; nil where this one was lost.
        package let signature: String?

        package init(publicKey: String, fingerprint: Digest, signature: String?) {
            self.publicKey = publicKey
            self.fingerprint = fingerprint
            self.signature = signature
        }
    }

    package let purpose: Purpose
    /// `ed25519`, `ml-dsa-65`.
    package let algorithm: String
    /// PEM.
    package let publicKey: String
    /// SHA-256 of its DER form.
    package let fingerprint: Digest
    /// `YYYY-MM-DDThh:mm:ssZ`.
    package let time: String
    package let replaced: Replaced?
    /// Of a log's key: the last head of the tree before.
    package let head: LogHead?
    /// The same, signed by the old key; nil where that was lost.
    package let checkpoint: String?

    package init(
        purpose: Purpose, algorithm: String, publicKey: String, fingerprint: Digest, time: String, replaced: Replaced?,
        head: LogHead? = nil, checkpoint: String? = nil
    ) {
        self.purpose = purpose
        self.algorithm = algorithm
        self.publicKey = publicKey
        self.fingerprint = fingerprint
        self.time = time
        self.replaced = replaced
        self.head = head
        self.checkpoint = checkpoint
    }

    package var subjects: [Subject] {
        [Subject("key", fingerprint)] + (replaced.map { [Subject("replaced key", $0.fingerprint)] } ?? [])
    }
}

/// Somebody else's signature of a head of the log, which says that it followed from the one that was seen before.
package struct CosignatureRecord: RecordBody {
    package static let kind = RecordKind.cosignature
    package static let version = 1

    package let head: LogHead
    /// Of the cosigner, PEM.
    package let publicKey: String
    package let fingerprint: Digest
    /// By the cosigner's clock, `YYYY-MM-DDThh:mm:ssZ`.
    package let time: String
    /// The head with the log's signature and the cosigner's.
    package let checkpoint: String

    package init(head: LogHead, publicKey: String, fingerprint: Digest, time: String, checkpoint: String) {
        self.head = head
        self.publicKey = publicKey
        self.fingerprint = fingerprint
        self.time = time
        self.checkpoint = checkpoint
    }

    package var subjects: [Subject] { [Subject("cosigner", fingerprint)] }
}
