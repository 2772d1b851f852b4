// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records
internal import Signing

/// An entry with the proof that it is in its log's tree, to the newest head that was cosigned where that covers it.
struct ProvenEntry {
    /// Of the log.
    let key: PublicKey
    /// The same as OpenSSH writes keys.
    let openSSH: String
    let checkpoint: Checkpoint
    /// Whose signatures of the head are kept.
    let cosigners: [PublicKey]
    let sigsumProof: [UInt8]
    let tlogProof: [UInt8]

    /// Throws `Failure` with codes `evidence.altered` and `log.key`.
    init(_ entry: Entry, in store: SQLiteEvidenceStore) async throws {
        let tree = try await Self.tree(with: entry, store)
        (checkpoint, cosigners) = try await Self.head(covering: entry, tree, store)
        guard let key = tree.key, let proof = EntryProof(of: entry.sequence, in: tree, by: checkpoint),
            proof.holds(for: entry.statement, key: key),
            let sigsum = proof.sigsumProof(key, cosigners: cosigners), let openSSH = key.openSSH
        else {
            throw Failure(
                "evidence.altered", "entry \(entry.sequence) is not what the log's tree holds",
                advice: "`bessemer evidence verify` says what is altered")
        }
        self.key = key
        self.openSSH = openSSH
        sigsumProof = Array(sigsum.utf8)
        tlogProof = Array(proof.tlogProof.utf8)
    }

    /// Sigsum's policy file: the log, and every cosigner, of whom all have to have signed.
    var policy: String { Self.policy(key, cosigners) }

    private static func tree(with entry: Entry, _ store: SQLiteEvidenceStore) async throws -> LogTree {
        if let tree = try await store.trees().last(where: { $0.index(of: entry.sequence) != nil }) { return tree }
        // Says what keeps it out.
        return try await store.currentTree().tree
    }

    /// The newest head that somebody cosigned and that covers the entry, with those keys; otherwise the tree's last one.
    private static func head(
        covering entry: Entry, _ tree: LogTree, _ store: SQLiteEvidenceStore
    ) async throws -> (Checkpoint, [PublicKey]) {
        let index = tree.index(of: entry.sequence) ?? .max
        let records = try await store.find(EntryQuery(kind: .cosignature)).compactMap {
            try $0.record(as: CosignatureRecord.self)
        }.filter {
            $0.head.size > index && $0.head == tree.head($0.head.size)
        }
        guard let size = records.map(\.head.size).max() else {
            return (try await lastHead(of: tree, store), [])
        }
        var checkpoint: Checkpoint?
        var cosigners: [PublicKey] = []
        for record in records where record.head.size == size {
            let read = try Checkpoint(Array(record.checkpoint.utf8), from: "the cosignature")
            let cosigner = try PublicKey(pem: record.publicKey, from: "the cosignature")
            guard read.cosignature(by: cosigner) != nil, !cosigners.contains(cosigner) else { continue }
            checkpoint = (checkpoint ?? read).with(read.signatures)
            cosigners.append(cosigner)
        }
        if let checkpoint { return (checkpoint, cosigners) }
        return (try await lastHead(of: tree, store), [])
    }

    /// Signed now, or, of a tree whose key was changed since, when that was done.
    private static func lastHead(of tree: LogTree, _ store: SQLiteEvidenceStore) async throws -> Checkpoint {
        let (current, key) = try await store.currentTree()
        if current.keyHash == tree.keyHash, let head = current.head() { return try Checkpoint(head, signedBy: key) }
        let changes = try await store.find(EntryQuery(kind: .key)).compactMap { try $0.record(as: KeyRecord.self) }
        guard let text = changes.first(where: { $0.head == tree.head() })?.checkpoint else {
            throw Failure(
                "log.key", "the key of the tree \(tree.origin) was lost before its last head was signed",
                advice:
                    "a head of it that was kept elsewhere still shows what it was: `bessemer evidence verify --head`")
        }
        return try Checkpoint(Array(text.utf8), from: "the entry of the new key")
    }

    /// Sigsum's policy file: the log, and every cosigner, of whom all have to have signed.
    private static func policy(_ log: PublicKey, _ cosigners: [PublicKey]) -> String {
        let names = cosigners.indices.map { "cosigner\($0 + 1)" }
        let witnesses = zip(names, cosigners).map { "witness \($0) \($1.hexadecimal)" }
        let quorum =
            names.isEmpty
            ? ["quorum none"] : ["group cosigners all \(names.joined(separator: " "))", "quorum cosigners"]
        return (["log \(log.hexadecimal)"] + witnesses + quorum).map { $0 + "\n" }.joined()
    }
}
