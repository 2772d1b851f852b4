// SPDX-License-Identifier: Apache-2.0
package import Host
internal import Records
package import Signing

/// That an entry is in a log, for who has its statement, the log's key, and, where they count, cosigners' keys.
///
/// Written in two forms that others read: `sigsumProof` and `tlogProof`.
package struct EntryProof: Hashable, Sendable {
    /// Of the entry's leaf.
    package let keyHash: Digest
    package let leafSignature: [UInt8]
    /// From 0.
    package let index: Int
    package let path: [MerkleTree.Hash]
    package let checkpoint: Checkpoint

    /// Nil where the head does not cover the entry.
    package init?(of sequence: Int, in tree: LogTree, by checkpoint: Checkpoint) {
        guard let index = tree.index(of: sequence),
            let path = tree.inclusionPath(of: index, in: checkpoint.head.size)
        else { return nil }
        self.init(
            keyHash: tree.keyHash, leafSignature: tree.leaves[index].signature, index: index, path: path,
            checkpoint: checkpoint)
    }

    init(keyHash: Digest, leafSignature: [UInt8], index: Int, path: [MerkleTree.Hash], checkpoint: Checkpoint) {
        self.keyHash = keyHash
        self.leafSignature = leafSignature
        self.index = index
        self.path = path
        self.checkpoint = checkpoint
    }

    /// Whether the entry with that statement is in the log of that key, which signed leaf and head.
    package func holds(for statement: [UInt8], key: PublicKey) -> Bool {
        let leaf = LogLeaf(of: Digest(of: statement), signature: leafSignature, keyHash: keyHash)
        return leaf.isSigned(by: key) && checkpoint.isSigned(by: key)
            && MerkleTree.root(of: leaf.hash, at: index, in: checkpoint.head.size, path: path)
                == checkpoint.head.rootHash.bytes
    }

    // MARK: C2SP tlog-proof

    private static let tlogTitle = "c2sp.org/tlog-proof@v1"

    /// C2SP tlog-proof, version 1. Its `extra` line has what the leaf has beside the entry's checksum: signature and key hash.
    package var tlogProof: String {
        let lines =
            [Self.tlogTitle, "extra \(Base64.text(of: leafSignature + keyHash.bytes))", "index \(index)"]
            + path.map(Base64.text)
        return lines.map { $0 + "\n" }.joined() + "\n" + checkpoint.text
    }

    /// Reads such a file. Throws `Failure` with code `proof.unreadable` or `checkpoint.unreadable`.
    package init(tlogProof bytes: [UInt8], from file: String) throws {
        let failure = Self.failure(file)
        let lines = try NoteText.lines(of: bytes, failure)
        guard let end = lines.firstIndex(of: ""), (3...MerkleTree.longestProof + 3).contains(end),
            lines[0].utf8.elementsEqual(Self.tlogTitle.utf8), lines[1].utf8.starts(with: "extra ".utf8),
            let extra = Base64.bytes(of: lines[1].dropFirst(6)), extra.count == 96,
            lines[2].utf8.starts(with: "index ".utf8), let index = NoteText.number(lines[2].dropFirst(6)),
            let hash = Digest(bytes: extra.suffix(32))
        else { throw failure("it is not a tlog-proof of a log of Bessemer") }
        let path = try lines[3..<end].map {
            guard let hash = NoteText.hash($0) else { throw failure("its path is not 32 bytes in base64 a line") }
            return hash
        }
        let rest = lines[(end + 1)...].map { $0 + "\n" }.joined()
        self.init(
            keyHash: hash, leafSignature: Array(extra.prefix(64)), index: index, path: path,
            checkpoint: try Checkpoint(Array(rest.utf8), from: file))
    }

    private static func failure(_ file: String) -> (String) -> Failure {
        { reason in
            Failure(
                "proof.unreadable", "\(file) can't be read as a proof: \(reason)",
                advice: "`bessemer evidence prove ENTRY` writes one")
        }
    }

    // MARK: Sigsum

    /// Sigsum's proof, version 2 (sigsum-go, doc/sigsum-proof.md), with the cosignatures by those keys. Nil where the head is
    /// not one by the leaf's key.
    package func sigsumProof(_ key: PublicKey, cosigners: [PublicKey] = []) -> String? {
        guard let signature = checkpoint.signature(by: key) else { return nil }
        let head = checkpoint.head
        var lines = [
            "version=2", "log=\(LogKey.hash(of: key))",
            "leaf=\(keyHash) \(leafSignature.hexadecimal)", "",
            "size=\(head.size)", "root_hash=\(head.rootHash)", "signature=\(signature.hexadecimal)",
        ]
        for cosignature in cosigners.compactMap({ checkpoint.cosignature(by: $0) }) {
            let signature = cosignature.signature.hexadecimal
            lines.append("cosignature=\(LogKey.hash(of: cosignature.key)) \(cosignature.time) \(signature)")
        }
        // A tree of one leaf has no path, and the form no part for it.
        if head.size > 1 {
            lines += ["", "leaf_index=\(index)"] + path.map { "node_hash=\($0.hexadecimal)" }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// Reads Sigsum's proof of a log whose key is that; cosignatures are left out. Throws `Failure` with code
    /// `proof.unreadable`.
    package init(sigsumProof bytes: [UInt8], key: PublicKey, from file: String) throws {
        let failure = Self.failure(file)
        var lines = try NoteText.lines(of: bytes, failure)[...]
        func value(_ name: String) throws -> String {
            guard let line = lines.popFirst(), line.utf8.starts(with: "\(name)=".utf8) else {
                throw failure("`\(name)=` is expected")
            }
            return String(line.dropFirst(name.count + 1))
        }
        func hash(_ text: some StringProtocol) throws -> MerkleTree.Hash {
            guard let bytes = NoteText.bytes(hexadecimal: text, count: 32) else {
                throw failure("32 bytes in hexadecimal are expected")
            }
            return bytes
        }
        func empty() throws {
            guard lines.popFirst()?.isEmpty == true else { throw failure("an empty line is expected") }
        }
        guard try value("version") == "2" else { throw failure("it is not of version 2") }
        let log = try hash(try value("log"))
        let leaf = try value("leaf").utf8.split(separator: 0x20, omittingEmptySubsequences: false).map { Substring($0) }
        guard leaf.count == 2, let signature = NoteText.bytes(hexadecimal: leaf[1], count: 64),
            let keyHash = Digest(bytes: try hash(leaf[0])), let logHash = Digest(bytes: log)
        else { throw failure("its leaf can't be read") }
        try empty()
        guard let size = NoteText.number(try value("size")), size > 0,
            let root = Digest(bytes: try hash(try value("root_hash"))),
            let headSignature = NoteText.bytes(hexadecimal: try value("signature"), count: 64)
        else { throw failure("its head can't be read") }
        while let line = lines.first, line.utf8.starts(with: "cosignature=".utf8) { lines.removeFirst() }
        var index = 0
        var path: [MerkleTree.Hash] = []
        if size > 1 {
            try empty()
            guard let number = NoteText.number(try value("leaf_index")) else { throw failure("its index is none") }
            index = number
            guard lines.count <= MerkleTree.longestProof else { throw failure("its path is too long") }
            while !lines.isEmpty { path.append(try hash(try value("node_hash"))) }
        }
        guard lines.isEmpty else { throw failure("more follows its end") }
        let head = LogHead(origin: LogKey.origin(logHash), size: size, rootHash: root)
        self.init(
            keyHash: keyHash, leafSignature: signature, index: index, path: path,
            checkpoint: Checkpoint(head, key: key, signature: headSignature))
    }
}
