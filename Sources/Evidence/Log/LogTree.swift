// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records
package import Signing

/// The entries that one key has put into the log, as a tree. A log whose key was changed has one for each key.
package struct LogTree: Sendable {
    package struct Leaf: Hashable, Sendable {
        /// Of the entry.
        package let sequence: Int
        /// Of the entry; nil where it is not there.
        package let digest: Digest?
        package let signature: [UInt8]

        package init(sequence: Int, digest: Digest?, signature: [UInt8]) {
            self.sequence = sequence
            self.digest = digest
            self.signature = signature
        }
    }

    package let keyHash: Digest
    /// As the store has it; nil where it has none with that hash.
    package let key: PublicKey?
    /// In the order of their entries.
    package let leaves: [Leaf]
    private let tree: MerkleTree

    package init(keyHash: Digest, key: PublicKey?, leaves: [Leaf]) {
        self.keyHash = keyHash
        self.key = key.flatMap { LogKey.hash(of: $0) == keyHash ? $0 : nil }
        self.leaves = leaves
        let hash = keyHash.bytes
        tree = MerkleTree(leaves.map { Self.hash(of: $0, hash) })
    }

    /// Without its entry a leaf has no checksum, and the tree is another.
    private static func hash(of leaf: Leaf, _ keyHash: [UInt8]) -> MerkleTree.Hash {
        MerkleTree.leaf((leaf.digest.map { Digest.bytes(of: $0.bytes) } ?? []) + leaf.signature + keyHash)
    }

    package var origin: String { LogKey.origin(keyHash) }

    /// The place of an entry in the tree, from 0.
    package func index(of sequence: Int) -> Int? {
        var (low, high) = (0, leaves.count)
        while low < high {
            let middle = (low + high) / 2
            if leaves[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low < leaves.count && leaves[low].sequence == sequence ? low : nil
    }

    /// The head when the tree had that many entries, or of all; nil where it never had as many, or has none.
    package func head(_ size: Int? = nil) -> LogHead? {
        let size = size ?? leaves.count
        guard size > 0, let root = tree.root(size).flatMap({ Digest(bytes: $0) }) else { return nil }
        return LogHead(origin: origin, size: size, rootHash: root)
    }

    package func consistencyProof(from old: Int, to size: Int) -> [MerkleTree.Hash]? {
        tree.consistencyProof(from: old, to: size)
    }

    package func inclusionPath(of index: Int, in size: Int) -> [MerkleTree.Hash]? {
        tree.inclusionPath(of: index, in: size)
    }

    /// That the leaf of that place is in the tree of that many entries; nil where it is not.
    package func proof(of index: Int, in size: Int) -> InclusionProof? {
        guard leaves.indices.contains(index), let path = tree.inclusionPath(of: index, in: size),
            let leaf = Digest(bytes: Self.hash(of: leaves[index], keyHash.bytes))
        else { return nil }
        return InclusionProof(index: index, leaf: leaf, path: path.compactMap { Digest(bytes: $0) })
    }

    /// The numbers of the entries whose leaf the key did not sign; checked on all processors.
    package func badSignatures(_ key: PublicKey) throws -> [Int] {
        let hash = keyHash
        return try leaves.mapConcurrently { leaf -> Int? in
            guard let digest = leaf.digest else { return nil }
            return LogLeaf(of: digest, signature: leaf.signature, keyHash: hash).isSigned(by: key)
                ? nil : leaf.sequence
        }.compactMap(\.self)
    }

    /// What a head that was kept elsewhere says of it, which has its origin.
    package func verdict(on head: LogHead) -> (verdict: HeadComparison.Verdict, difference: Int, entry: Int?) {
        guard head.size <= leaves.count else { return (.shorter, head.size - leaves.count, nil) }
        let entry = head.size > 0 ? leaves[head.size - 1].sequence : nil
        let root = tree.root(head.size)
        guard root == head.rootHash.bytes else { return (.forked, 0, entry) }
        let more = leaves.count - head.size
        return (more == 0 ? .same : .extended, more, entry)
    }
}

/// A store that keeps the log as trees beside its entries.
package protocol LogStore: Sendable {
    /// The trees, the oldest first.
    func trees() async throws -> [LogTree]
}

extension LogStore {
    /// Where that entry is, with the head of the log when it was the last, and the proof that it is in it.
    package func place(of entry: Entry) async throws -> EntryPlace { try await trees().place(of: entry.sequence) }
}

extension [LogTree] {
    /// Where the entry of that number is.
    package func place(of sequence: Int) -> EntryPlace {
        for tree in self {
            if let index = tree.index(of: sequence) {
                return EntryPlace(
                    entry: sequence, head: tree.head(index + 1), proof: tree.proof(of: index, in: index + 1))
            }
        }
        return EntryPlace(entry: sequence)
    }
}
