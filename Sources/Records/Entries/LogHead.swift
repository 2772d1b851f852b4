// SPDX-License-Identifier: Apache-2.0
package import Host

/// Of the evidence log, as a Merkle tree: everything that is in it follows from this.
package struct LogHead: Codable, Hashable, Sendable {
    /// Names the log: SHA-256 of its key, behind `sigsum.org/v1/tree/`.
    package let origin: String
    /// Entries in the tree.
    package let size: Int
    /// RFC 6962.
    package let rootHash: Digest

    package init(origin: String, size: Int, rootHash: Digest) {
        self.origin = origin
        self.size = size
        self.rootHash = rootHash
    }
}

/// Where something is in the evidence log.
package struct EntryPlace: Codable, Hashable, Sendable {
    /// From 1.
    package let entry: Int
    /// Of the log when that entry was its last; nil where it is not in the tree.
    package let head: LogHead?
    /// That the entry is in the tree of that head; nil where there is none.
    package let proof: InclusionProof?

    package init(entry: Int, head: LogHead? = nil, proof: InclusionProof? = nil) {
        self.entry = entry
        self.head = head
        self.proof = proof
    }
}

/// Hashes with which an entry's leaf gives the root of a tree (RFC 9162, section 2.1.3).
package struct InclusionProof: Codable, Hashable, Sendable {
    /// Of the entry, from 0.
    package let index: Int
    /// Hash of the entry's leaf.
    package let leaf: Digest
    /// From the leaf's neighbour upwards.
    package let path: [Digest]

    package init(index: Int, leaf: Digest, path: [Digest]) {
        self.index = index
        self.leaf = leaf
        self.path = path
    }
}

/// A head that was kept elsewhere, beside the log of today.
package struct HeadComparison: Codable, Hashable, Sendable {
    package enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
        case same
        /// The log has more entries, behind those of the head.
        case extended
        /// The log has fewer entries: the end was cut off.
        case shorter
        /// One of the entries that the head covers is another.
        case forked
        /// The log has no tree of that origin.
        case foreign
    }

    /// Somebody who cosigned the head, and when that was, by that one's clock.
    package struct Cosigner: Codable, Hashable, Sendable {
        /// Of the key.
        package let fingerprint: Digest
        /// `YYYY-MM-DDThh:mm:ssZ`.
        package let time: String

        package init(fingerprint: Digest, time: String) {
            self.fingerprint = fingerprint
            self.time = time
        }
    }

    /// Where the head came from.
    package let file: String
    package let head: LogHead
    package let verdict: Verdict
    /// Entries that the log has more, or fewer.
    package let difference: Int
    /// The last entry that the head covers; nil where it is not in the log.
    package let entry: Int?
    /// Whether the head's signature was checked with a key that was given, not with the store's own.
    package let isKeyGiven: Bool
    /// Of the keys that were given.
    package let cosigners: [Cosigner]

    package init(
        file: String, head: LogHead, verdict: Verdict, difference: Int = 0, entry: Int? = nil, isKeyGiven: Bool,
        cosigners: [Cosigner]
    ) {
        self.file = file
        self.head = head
        self.verdict = verdict
        self.difference = difference
        self.entry = entry
        self.isKeyGiven = isKeyGiven
        self.cosigners = cosigners
    }

    package var isGood: Bool { [.same, .extended].contains(verdict) }
}
