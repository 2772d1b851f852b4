// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import GRDB
package import Host
internal import Records
package import Signing
package import SystemPackage

/// The file with the key of the log, which is made when something is recorded first.
package struct LogKeyFile: Sendable {
    package static let fileName = "log.key"

    package let file: KeyFile
    package var path: FilePath { file.path }

    package init(_ path: FilePath) { file = KeyFile(path) }

    /// The private half, from the file or from where a change of keys leaves it.
    ///
    /// Throws `Failure` with code `log.key` where it is not there, and as reading a key does.
    package func key(of publicKey: PublicKey) throws -> LogKey {
        if let key = try file.key(of: publicKey) { return try LogKey(key, from: path.string) }
        let isOther = Files.status(path, followingLinks: false) != nil
        throw Failure(
            "log.key",
            isOther
                ? "\(path) is not the key of the evidence log"
                : "the key of the evidence log, \(path), is not there",
            advice:
                "put the key with the fingerprint \(publicKey.fingerprint.short) there again, from a backup; where it "
                + "is lost, `bessemer key rotate --log --lost` begins a new tree that names the old one")
    }

    /// The key of a new log. Throws as reading and writing a key do.
    func make() throws -> LogKey {
        if Files.status(path, followingLinks: false) == nil { try PrivateKey(generating: .ed25519).write(to: path) }
        return try LogKey(PrivateKey(file: path), from: path.string)
    }
}

/// The leaves of the log and its keys, as the evidence file has them.
enum StoreLog {
    /// Never touched by what makes lists again or removes old files.
    static let tables: Set<String> = ["leaf", "log_key"]

    static func create(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE leaf (
                    sequence INTEGER PRIMARY KEY,
                    key TEXT NOT NULL CHECK (length(key) = 64),
                    signature BLOB NOT NULL CHECK (length(signature) = 64)) STRICT;
                CREATE TABLE log_key (
                    sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
                    bytes BLOB NOT NULL CHECK (length(bytes) = 32)) STRICT;
                """)
    }

    /// Whether entries wait for a leaf.
    static func isWaiting(_ db: Database) throws -> Bool {
        try Int.fetchOne(
            db, sql: "SELECT 1 FROM entry WHERE sequence > (SELECT coalesce(max(sequence), 0) FROM leaf) LIMIT 1")
            != nil
    }

    /// Gives the entries behind the last leaf their leaves, where the key of the log can be had: a key that is lost is no
    /// reason to record nothing.
    static func sign(_ db: Database, _ settings: StoreSettings) throws {
        guard let file = settings.log, try isWaiting(db) else { return }
        let key: LogKey
        do {
            key = if let current = try currentKey(db) { try file.key(of: current) } else { try file.make() }
        } catch is Failure {
            return
        } catch is StoreFault {
            return
        }
        try sign(db, with: key)
    }

    static func sign(_ db: Database, with key: LogKey) throws {
        let waiting = try Row.fetchAll(
            db,
            sql: """
                SELECT sequence, sha256 FROM entry
                WHERE sequence > (SELECT coalesce(max(sequence), 0) FROM leaf) ORDER BY sequence
                """)
        let hash = LogKey.hash(of: key.publicKey).hexadecimal
        try db.execute(
            sql: "INSERT OR IGNORE INTO log_key VALUES (?, ?)", arguments: [hash, Data(key.publicKey.bytes)])
        for row in waiting {
            // What is altered is named by who verifies, and does not keep more from being recorded.
            guard let sequence = Int.fromDatabaseValue(row[0]),
                let digest = String.fromDatabaseValue(row[1]).flatMap({ Digest(hexadecimal: $0) })
            else { continue }
            try db.execute(
                sql: "INSERT INTO leaf VALUES (?, ?, ?)",
                arguments: [sequence, hash, Data(try LogLeaf(of: digest, signedBy: key).signature)])
        }
    }

    /// The public half of the key that signed the last leaf; nil where there is none yet.
    ///
    /// Throws `StoreFault` where the file does not have it.
    static func currentKey(_ db: Database) throws -> PublicKey? {
        guard let hash = try String.fetchOne(db, sql: "SELECT key FROM leaf ORDER BY sequence DESC LIMIT 1") else {
            return nil
        }
        guard let key = try keys(db)[hash] else { throw StoreFault("the public key of the log is not in the file") }
        return key
    }

    private static func keys(_ db: Database) throws -> [String: PublicKey] {
        var keys: [String: PublicKey] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT sha256, bytes FROM log_key") {
            guard let hash = String.fromDatabaseValue(row[0]), let bytes = Data.fromDatabaseValue(row[1]),
                let key = PublicKey(.ed25519, Array(bytes)), LogKey.hash(of: key).hexadecimal == hash
            else { continue }
            keys[hash] = key
        }
        return keys
    }

    /// A file of version 2 has none.
    static func trees(_ db: Database) throws -> [LogTree] {
        guard try db.tableExists("leaf") else { return [] }
        let keys = try keys(db)
        var trees: [(key: String, leaves: [LogTree.Leaf])] = []
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT leaf.sequence, leaf.key, leaf.signature, entry.sha256
                FROM leaf LEFT JOIN entry ON entry.sequence = leaf.sequence ORDER BY leaf.sequence
                """)
        while let row = try rows.next() {
            guard let sequence = Int.fromDatabaseValue(row[0]), let key = String.fromDatabaseValue(row[1]),
                let signature = Data.fromDatabaseValue(row[2])
            else { throw StoreFault("a leaf's row holds what no Bessemer writes") }
            let digest = String.fromDatabaseValue(row[3]).flatMap { Digest(hexadecimal: $0) }
            let leaf = LogTree.Leaf(sequence: sequence, digest: digest, signature: Array(signature))
            if trees.last?.key != key { trees.append((key, [])) }
            trees[trees.count - 1].leaves.append(leaf)
        }
        return try trees.map { key, leaves in
            guard let hash = Digest(hexadecimal: key) else {
                throw StoreFault("a leaf's row holds what no Bessemer writes")
            }
            return LogTree(keyHash: hash, key: keys[key], leaves: leaves)
        }
    }
}

extension SQLiteEvidenceStore: LogStore {
    package func trees() async throws -> [LogTree] { try await read(StoreLog.trees) }

    /// The tree that the log grows, and its key. Throws `Failure` with code `log.key` or `evidence.missing`, and as reading a
    /// key does.
    package func currentTree() async throws -> (tree: LogTree, key: LogKey) {
        let (trees, isWaiting) = try await read { db in (try StoreLog.trees(db), try StoreLog.isWaiting(db)) }
        guard let file = settings.log, let tree = trees.last else {
            throw Failure(
                "evidence.missing", "nothing is in the log yet", advice: "`bessemer pilot` makes a run and records it")
        }
        guard let publicKey = tree.key else { throw Self.noPublicKey }
        let key = try file.key(of: publicKey)
        guard !isWaiting else {
            throw Failure(
                "log.key", "entries of the log wait for their leaves", advice: "run this again: the key is there now")
        }
        return (tree, key)
    }

    /// Why what is recorded now does not get into the tree; nil where it does.
    package func obstacleToLeaves() throws -> Failure? {
        guard let file = settings.log else { return nil }
        do {
            if let key = try queue.read(StoreLog.currentKey) { _ = try file.key(of: key) }
            return nil
        } catch let failure as Failure {
            return failure
        } catch is StoreFault {
            return Self.noPublicKey
        }
    }

    static let noPublicKey = Failure(
        "log.key", "the public key of the log is not in the evidence file",
        advice: "take the file from a backup: `bessemer evidence verify` says what else is altered")
}
