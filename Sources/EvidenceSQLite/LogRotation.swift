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
    /// `log.key` where the old key is not there, and `folder.busy` where another process changes it.
    @discardableResult
    package func rotateLogKey(isLost: Bool) async throws -> Entry {
        guard let log = settings.log, try await read(StoreLog.currentKey) != nil else {
            throw Failure(
                "evidence.missing", "nothing is in the log yet, so its key is not changed",
                advice: "`bessemer pilot` makes a run and records it")
        }
        let lock = try log.file.lock()
        defer { withExtendedLifetime(lock) {} }
        try await settle(log)
        guard let old = try await read(StoreLog.currentKey) else { throw Self.noPublicKey }
        let oldKey = isLost ? nil : try log.key(of: old)
        let new = try PrivateKey(generating: .ed25519)
        var signature: String?
        if let oldKey { signature = try await KeyRecord.succession(of: new.publicKey, signedBy: oldKey.signer) }
        let newKey = try LogKey(new, from: log.path.string)
        try log.file.prepare(new)
        let entry: Entry
        do {
            entry = try await write { [signature] db in
                if let oldKey { try StoreLog.sign(db, with: oldKey) }
                guard try StoreLog.currentKey(db) == old, let head = try StoreLog.trees(db).last?.head() else {
                    throw Failure(
                        "log.key", "another process changed the key of the log", advice: "look with `bessemer key list`"
                    )
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
                return entry
            }
        } catch {
            // Whether it was recorded is what the file says, and not the error.
            try? await settle(log)
            throw error
        }
        try await settle(log)
        return entry
    }

    /// Finishes a change of the log's key that was cut short, or forgets it where it was not recorded yet. Returns whether
    /// the key's file is another one now; a change that another process is at work on stays its own.
    package func finishKeyChange() throws -> Bool {
        guard let log = settings.log, log.file.isUnsettled(try queue.read(StoreLog.currentKey)),
            let lock = try? log.file.lock()
        else { return false }
        defer { withExtendedLifetime(lock) {} }
        return try log.file.settle(try queue.read(StoreLog.currentKey))
    }

    /// With the lock held.
    private func settle(_ log: LogKeyFile) async throws {
        let current = try await read(StoreLog.currentKey)
        do {
            try log.file.settle(current)
        } catch let failure as Failure {
            throw failure.aboutUnsettledKey(log.path)
        }
    }
}
