// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records
package import Signing

/// What a cosigner has seen: of each log the last head that it cosigned.
package struct CosignerState: Hashable, Sendable {
    private struct Log: Codable, Hashable, Sendable {
        /// Of the log, PEM.
        let publicKey: String
        /// The head, with the log's signature.
        let checkpoint: String
    }

    private struct Form: Codable {
        let schema: String
        let logs: [Log]
    }

    private static let schema = "bessemer-cosigner/1"

    private var seen: [(key: PublicKey, checkpoint: Checkpoint)] = []

    package init() {}

    package static func == (one: CosignerState, other: CosignerState) -> Bool { one.bytes == other.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    /// Reads a state that was written. Throws `Failure` with code `cosigner.unreadable`: to begin again from nothing would be
    /// to forget what was seen.
    package init(_ bytes: [UInt8], from file: String) throws {
        do {
            _ = try CanonicalJSON(canonical: bytes)
            let form = try JSONDecoder().decode(Form.self, from: Data(bytes))
            guard form.schema == Self.schema else { throw Failure("cosigner.schema", form.schema, advice: "") }
            seen = try form.logs.map {
                let key = try PublicKey(pem: $0.publicKey, from: file)
                let checkpoint = try Checkpoint(Array($0.checkpoint.utf8), from: file)
                guard checkpoint.isSigned(by: key) else {
                    throw Failure("cosigner.signature", "a head in it is not signed by its log's key", advice: "")
                }
                return (key, checkpoint)
            }
        } catch {
            throw Failure(
                "cosigner.unreadable", "\(file) is not what a cosigner remembers",
                advice: "take it from a backup: without it heads that were cosigned are forgotten",
                underlying: ErrorWords.of(error))
        }
    }

    package var bytes: [UInt8] {
        let logs = seen.map { Log(publicKey: $0.key.pem, checkpoint: $0.checkpoint.text) }
        // Texts alone: there is nothing in it that can't be written.
        return (try? CanonicalJSON.encode(Form(schema: Self.schema, logs: logs))) ?? []
    }

    /// The size of the last head that was cosigned for that origin; 0 where none was.
    package func size(of origin: String) -> Int {
        seen.first { $0.checkpoint.head.origin == origin }?.checkpoint.head.size ?? 0
    }

    /// Takes the request's head as the last one seen, if it follows from the one before (C2SP tlog-witness, `add-checkpoint`).
    ///
    /// `key` is the log's, which is remembered. Throws `Failure` with code `cosign.key` where it is needed,
    /// `checkpoint.signature`, `cosign.old` where the request is from another head than the last one, and `cosign.rollback` or
    /// `cosign.forked` where the log is not what it was.
    package mutating func take(_ request: CosignRequest, key: PublicKey?) throws {
        let checkpoint = request.checkpoint
        let head = checkpoint.head
        let place = seen.firstIndex { $0.checkpoint.head.origin == head.origin }
        guard let key = key ?? place.map({ seen[$0].key }) else {
            throw Failure(
                "cosign.key", "no head of the log \(head.origin) was cosigned here before",
                advice: "give its key, which its owner handed over by another way, with --log-key")
        }
        guard checkpoint.isSigned(by: key) else {
            throw Failure(
                "checkpoint.signature", "the head in the request is not signed by the key \(key.fingerprint.short)",
                advice: "take the request from where it was made, and the key from the log's owner")
        }
        let own = Checkpoint(head, key: key, signature: checkpoint.signature(by: key) ?? [])
        guard let place else {
            guard request.oldSize == 0, request.proof.isEmpty else { throw Self.old(request, 0) }
            seen.append((key, own))
            return
        }
        let last = seen[place].checkpoint.head
        guard head.size >= last.size else {
            throw Failure(
                "cosign.rollback",
                "the log had \(last.size) entries when it was cosigned, and has \(head.size): its end was cut off",
                advice: "do not trust this log; keep this request and \(last.rootHash) as evidence")
        }
        let forked = Failure(
            "cosign.forked",
            "one of the \(last.size) entries that the log had when it was cosigned is another now",
            advice: "do not trust this log; keep this request and \(last.rootHash) as evidence")
        if head.size == last.size {
            guard head.rootHash == last.rootHash else { throw forked }
        } else {
            guard request.oldSize == last.size else { throw Self.old(request, last.size) }
            guard
                MerkleTree.isConsistent(
                    (last.size, last.rootHash.bytes), (head.size, head.rootHash.bytes), proof: request.proof)
            else { throw forked }
        }
        seen[place] = (key, own)
    }

    private static func old(_ request: CosignRequest, _ size: Int) -> Failure {
        Failure(
            "cosign.old",
            "the request goes on from size \(request.oldSize), and the last head seen here has size \(size)",
            advice: "make it again with `bessemer evidence head --since \(size)`")
    }
}
