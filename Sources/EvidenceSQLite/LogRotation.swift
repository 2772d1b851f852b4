// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import GRDB
internal import Host
internal import Records
internal import Signing
internal import SystemPackage

extension SQLiteEvidenceStore {
    /// Begins a new tree under a new key. Its first entry holds the last head of the old one, signed by the old key, and that
    /// key's signature of the new one; where the old key `isLost`, neither is signed.
    ///
    /// The old key's file is kept beside the new one's. Throws `Failure` with code `evidence.missing` where there is no log yet,
    /// and `log.key` where the old key is not there.
    @discardableResult
    package func rotateLogKey(isLost: Bool) async throws -> Entry {
        guard let file = settings.log, let old = try await read(StoreLog.currentKey) else {
            throw Failure(
                "evidence.missing", "nothing is in the log yet, so its key is not changed",
                advice: "`bessemer pilot` makes a run and records it")
        }
        let oldKey = isLost ? nil : try file.key(of: old)
        let new = try PrivateKey(generating: .ed25519)
        var signature: String?
        if let oldKey { signature = try await KeyRecord.succession(of: new.publicKey, signedBy: oldKey.signer) }
        let newKey = try LogKey(new, from: file.path.string)
        return try await write { [signature] db in
            if let oldKey { try StoreLog.sign(db, with: oldKey) }
            guard try StoreLog.currentKey(db) == old, let head = try StoreLog.trees(db).last?.head() else {
                throw Failure(
                    "log.key", "another process changed the key of the log", advice: "look with `bessemer key list`")
            }
            let record = KeyRecord(
                purpose: .log, algorithm: new.algorithm.rawValue, publicKey: new.publicKey.pem,
                fingerprint: new.publicKey.fingerprint, time: settings.clock().formatted(.iso8601),
                replaced: .init(
                    publicKey: old.pem, fingerprint: old.fingerprint,
                    signature: signature),
                head: head, checkpoint: try oldKey.map { try Checkpoint(head, signedBy: $0).text })
            let entry = try StoreTables.append(
                try Entry.Draft(record), db, at: settings.clock(), recorder: settings.recorder, settings.projection)
            try StoreLog.sign(db, with: newKey)
            try file.replace(by: new)
            return entry
        }
    }
}

extension LogKeyFile {
    /// Puts the key there; one that was there stays under a name of its own.
    fileprivate func replace(by key: PrivateKey) throws {
        if Files.status(path, followingLinks: false) != nil {
            let kept = (try? PrivateKey(file: path)).map { self.path(of: $0.publicKey) }
            try Files.rename(path, to: kept ?? FilePath("\(path).unreadable"))
        }
        try key.write(to: path)
    }
}
