// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records
internal import Signing
internal import SystemPackage

/// `bessemer evidence prove`.
struct EvidenceProve: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Write the proof that an entry is in the log, for tools that are not Bessemer.",
        discussion: """
            Writes the entry's statement, its proof in Sigsum's form and as a C2SP tlog-proof, the log's public key, and a \
            policy for sigsum-verify (Debian: sigsum-go). The proof goes to the newest head that was cosigned, where that \
            covers the entry. Who checks it takes key and policy from elsewhere, not from this folder.

            Example: bessemer evidence prove 17 --output proof
            """)

    @Argument(help: .value("ENTRY", "An entry's number, or the beginning of its SHA-256; or a run's identifier."))
    var name: String

    @Option(help: .value("FOLDER", "Where to write the files (default: entry-N)."), completion: .directory)
    var output: String?

    func run(_ context: Context) async throws {
        try context.requireEvidence()
        let store = try context.store()
        let named = try await store.entry(named: name)
        let entry = if let named { named } else { try await store.runEntry(name) }
        let tree = try await tree(with: entry, store)
        let (checkpoint, cosigners) = try await head(covering: entry, tree, store)
        guard let key = tree.key, let proof = EntryProof(of: entry.sequence, in: tree, by: checkpoint),
            proof.holds(for: entry.statement, key: key),
            let sigsum = proof.sigsumProof(key, cosigners: cosigners), let ssh = key.openSSH
        else {
            throw Failure(
                "evidence.altered", "entry \(entry.sequence) is not what the log's tree holds",
                advice: "`bessemer evidence verify` says what is altered")
        }
        let stem = "entry-\(entry.sequence)"
        let folder = output ?? stem
        try Files.makeDirectory(context.path(folder))
        for (name, bytes) in [
            ("\(stem).json", entry.statement), ("\(stem).sigsum-proof", Array(sigsum.utf8)),
            ("\(stem).tlog-proof", Array(proof.tlogProof.utf8)), ("log.pub", Array("\(ssh) bessemer-log\n".utf8)),
            ("log.pem", Array(key.pem.utf8)),
            ("policy", Array(Self.policy(key, cosigners).utf8)),
        ] {
            try AtomicFile.write(bytes, to: context.path(folder).appending(name))
        }
        context.say(
            "\(folder) proves entry \(entry.sequence) in the log of size \(checkpoint.head.size); check it with\n"
                + "  cd \(folder) && sigsum-verify -k log.pub -p policy \(stem).sigsum-proof < \(stem).json")
    }

    private func tree(with entry: Entry, _ store: SQLiteEvidenceStore) async throws -> LogTree {
        if let tree = try await store.trees().last(where: { $0.index(of: entry.sequence) != nil }) { return tree }
        // Says what keeps it out.
        return try await store.currentTree().tree
    }

    /// The newest head that somebody cosigned and that covers the entry, with those keys; otherwise the tree's last one.
    private func head(
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
    private func lastHead(of tree: LogTree, _ store: SQLiteEvidenceStore) async throws -> Checkpoint {
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
