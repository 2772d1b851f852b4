// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Records
internal import Signing

/// `bessemer evidence head`.
struct EvidenceHead: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Write the signed head of the evidence log, to be kept elsewhere.",
        discussion: """
            Everything that is recorded follows from the head; `evidence verify --head FILE` compares the log with one that was \
            kept. With --since the answer is a request for `evidence cosign` on another machine; with --cosignature that \
            machine's answer is checked and recorded, and the head is written with it.

            --output replaces an earlier head of this log, and a request; anything else only with --force.

            Examples:
              bessemer evidence head --output lpar1.head
              bessemer evidence head --since old.head --output lpar1.request
              bessemer evidence head --cosignature lpar1.cosignature --cosigner audit.pem \\
                  --output lpar1.head
            """)

    @Option(help: .value("FILE", "Write there, not to standard output."), completion: .file())
    var output: String?

    @Flag(help: "Replace any file that is there already.")
    var force = false

    @Option(
        help: .value(
            "OLDHEAD", "Write a request for a cosigner whose last head is this file's, or has this size; 0 for none."),
        completion: .file())
    var since: String?

    @Option(help: .value("FILE", "A cosigner's answer."), completion: .file())
    var cosignature: String?

    @Option(help: .value("PUB.pem", "The cosigner's public key."), completion: .file())
    var cosigner: String?

    func validate() throws {
        try require((cosignature == nil) == (cosigner == nil), "--cosignature and --cosigner belong together.")
        try require(since == nil || cosignature == nil, "Give either --since or --cosignature.")
    }

    func run(_ context: Context) async throws {
        try context.requireEvidence()
        let store = try context.store()
        let (tree, key) = try await store.currentTree()
        if let cosignature, let cosigner {
            return try await record(cosignature, cosigner, tree, key, store, context)
        }
        guard let head = tree.head() else { throw Context.nothingRecorded }
        let checkpoint = try Checkpoint(head, signedBy: key)
        guard let since else { return try put(checkpoint, tree, context) }
        let old = try oldSize(since, tree, key, context)
        guard let proof = tree.consistencyProof(from: old, to: head.size) else {
            throw Failure(
                "log.shorter", "the log has \(head.size) entries, and the old head \(old)",
                advice: "`bessemer evidence verify --head FILE` compares the log with a head")
        }
        let request = CosignRequest(oldSize: old, proof: proof, checkpoint: checkpoint)
        try context.put(request.text, output, force: force, replacing: "a request for a cosigner") {
            (try? CosignRequest($0, from: "")) != nil
        }
    }

    /// In place of an earlier head of the same log alone: the only witness of a log that was cut off is not lost.
    private func put(_ checkpoint: Checkpoint, _ tree: LogTree, _ context: Context) throws {
        try context.put(checkpoint.text, output, force: force, replacing: "an earlier head of this log") {
            guard let old = try? Checkpoint($0, from: "").head, old.size <= checkpoint.head.size else { return false }
            return [.same, .extended].contains(tree.verdict(on: old).verdict)
        }
    }

    private func oldSize(_ since: String, _ tree: LogTree, _ key: LogKey, _ context: Context) throws -> Int {
        if let size = Int(since), size >= 0, !Files.exists(context.path(since)) { return size }
        let old = try context.checkpoint(since)
        guard old.isSigned(by: key.publicKey), [.same, .extended].contains(tree.verdict(on: old.head).verdict) else {
            throw Failure(
                "log.forked", "\(since) is not an earlier head of this log",
                advice: "`bessemer evidence verify --head \(since)` says how they differ")
        }
        return old.head.size
    }

    /// The newest head that one of the lines is a cosignature of: the answer may be to an older one than today's.
    private func record(
        _ file: String, _ cosigner: String, _ tree: LogTree, _ key: LogKey, _ store: SQLiteEvidenceStore,
        _ context: Context
    ) async throws {
        let publicKey = try context.publicKey(cosigner)
        guard publicKey != key.publicKey else {
            throw Failure(
                "key.own", "\(cosigner) is the log's own key: a log does not vouch for itself",
                advice: "name the key of the machine that cosigned")
        }
        let bytes = try Files.bytes(context.path(file), limit: 1 << 20)
        let whole = try? Checkpoint(bytes, from: file)
        let lines = try whole?.signatures ?? NoteSignature.lines(bytes, from: file)
        let sizes = whole.map { [$0.head.size] } ?? Array((1...max(1, tree.leaves.count)).reversed())
        for size in sizes {
            guard let head = tree.head(size), whole.map({ $0.head == head }) ?? true else { continue }
            let checkpoint = try Checkpoint(head, signedBy: key)
            guard let found = checkpoint.cosignature(by: publicKey, among: lines) else { continue }
            let line = lines.filter { checkpoint.cosignature(by: publicKey, among: [$0]) != nil }
            let cosigned = checkpoint.with(line)
            try await context.record(
                CosignatureRecord(
                    head: head, publicKey: publicKey.pem, fingerprint: publicKey.fingerprint, time: found.timeText,
                    checkpoint: cosigned.text))
            return try put(cosigned, tree, context)
        }
        throw Failure(
            "cosignature.unknown", "\(file) is not a cosignature of a head of this log by that key",
            advice: "name the key of the machine that cosigned, and give its answer as it wrote it")
    }
}

extension Context {
    static let nothingRecorded = Failure(
        "evidence.missing", "nothing is recorded, so there is no head of the log",
        advice: "`bessemer pilot` makes a run and records it")

    /// Makes no store to look into it.
    func requireEvidence() throws {
        guard try evidence() != nil else { throw Self.nothingRecorded }
    }

    /// Writes a text to a file, or to standard output; a file that is there is replaced where it is of that kind. Throws
    /// `Failure` as `refuseToReplace` does.
    func put(
        _ text: String, _ output: String?, force: Bool, replacing kind: String, _ isOfKind: ([UInt8]) -> Bool
    ) throws {
        guard let output else { return write(text) }
        try refuseToReplace(output, force: force, unless: kind, isOfKind)
        try AtomicFile.write(text, to: path(output))
        say("\(output) is written")
    }

    /// Throws `Failure` with code `output.exists` where something is there that would be lost: a file that is neither empty
    /// nor of that kind, or a folder with files.
    func refuseToReplace(
        _ output: String, force: Bool, unless kind: String? = nil, _ isOfKind: ([UInt8]) -> Bool = { _ in false }
    ) throws {
        let place = path(output)
        guard !force, let status = Files.status(place) else { return }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            guard status.st_size > 0 else { return }
            if kind != nil, let bytes = try? Files.bytes(place, limit: 1 << 20), isOfKind(bytes) { return }
        case S_IFDIR: guard !Files.names(in: place).isEmpty else { return }
        // Writing says what it is.
        default: return
        }
        throw Failure(
            "output.exists", "\(output) is there already" + (kind.map { ", and is not \($0)" } ?? ""),
            advice: "name another with --output, or replace it with --force")
    }

    /// A head that was kept. Throws `Failure` with code `checkpoint.unreadable` and those of reading a file.
    func checkpoint(_ file: String) throws -> Checkpoint {
        try Checkpoint(try Files.bytes(path(file), limit: 1 << 20), from: file)
    }

    /// A public key in PEM. Throws `Failure` with code `key.unreadable` and those of reading a file.
    func publicKey(_ file: String) throws -> PublicKey {
        try PublicKey(pem: try Files.text(path(file), limit: 1 << 16), from: file)
    }
}
