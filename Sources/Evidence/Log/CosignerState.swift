// SPDX-License-Identifier: Apache-2.0
package import Foundation
internal import Host
internal import Records
package import Signing

/// What a cosigner has seen: of each log the last head that it cosigned, and those before.
package struct CosignerState: Hashable, Sendable {
    private struct Log: Codable, Hashable, Sendable {
        /// Of the log, PEM.
        let publicKey: String
        /// The head, with the log's signature.
        let checkpoint: String
        /// When it was cosigned; nil where an older version kept no time.
        let time: String?
        /// Cosigned before it, the oldest first; nil for none.
        let earlier: [Earlier]?
    }

    private struct Earlier: Codable, Hashable, Sendable {
        let size: Int
        let rootHash: Digest
        let time: String?
    }

    private struct Seen: Sendable {
        let key: PublicKey
        let checkpoint: Checkpoint
        let time: String?
        let earlier: [Earlier]
    }

    private struct Form: Codable {
        let schema: String
        let logs: [Log]
    }

    private static let schema = "bessemer-cosigner/1"

    /// Heads of a log, behind the last one, that are remembered.
    private static let mostEarlier = 1000

    private var seen: [Seen] = []

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
                return Seen(key: key, checkpoint: checkpoint, time: $0.time, earlier: $0.earlier ?? [])
            }
        } catch {
            throw Failure(
                "cosigner.unreadable", "\(file) is not what a cosigner remembers",
                advice: "take it from a backup: without it heads that were cosigned are forgotten",
                underlying: ErrorWords.of(error))
        }
    }

    package var bytes: [UInt8] {
        let logs = seen.map {
            Log(
                publicKey: $0.key.pem, checkpoint: $0.checkpoint.text, time: $0.time,
                earlier: $0.earlier.isEmpty ? nil : $0.earlier)
        }
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
    /// `checkpoint.signature`, `cosign.old` where the request is from another head than the last one, or of a head that was
    /// cosigned before it, and `cosign.rollback` or `cosign.forked` where the log may not be or is not what it was.
    package mutating func take(_ request: CosignRequest, key: PublicKey?, at time: Date? = nil) throws {
        let time = time?.formatted(.iso8601)
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
            seen.append(Seen(key: key, checkpoint: own, time: time, earlier: []))
            return
        }
        let (last, earlier) = (seen[place].checkpoint.head, seen[place].earlier)
        guard head.size >= last.size else { throw Self.shorter(head, seen[place]) }
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
        let before = Earlier(size: last.size, rootHash: last.rootHash, time: seen[place].time)
        seen[place] = Seen(
            key: key, checkpoint: own, time: time,
            earlier: head.size == last.size ? earlier : (earlier + [before]).suffix(Self.mostEarlier))
    }

    /// Of a head with fewer entries than the last one. A head has no time: only one that was cosigned here before is known
    /// to be older.
    private static func shorter(_ head: LogHead, _ seen: Seen) -> Failure {
        func day(_ time: String?) -> String { time.map { " on \($0.prefix(10))" } ?? "" }
        let last = seen.checkpoint.head
        let again = "make the request again: `bessemer evidence head --since \(last.size)`"
        let cut =
            "; where the log has fewer than \(last.size) entries its end was cut off: do not trust it, and keep this request "
            + "and \(last.rootHash) as evidence"
        if let known = seen.earlier.last(where: { $0.size == head.size && $0.rootHash == head.rootHash }) {
            return Failure(
                "cosign.old",
                "the request is older than the last head that was cosigned here: its head, of size \(head.size), was "
                    + "cosigned\(day(known.time)), and one of size \(last.size)\(day(seen.time))",
                advice: again + cut)
        }
        return Failure(
            "cosign.rollback",
            "the request's head has size \(head.size), and the last one that was cosigned here\(day(seen.time)) has size "
                + "\(last.size): the request was made before that, or the end of the log was cut off",
            advice: again + cut)
    }

    private static func old(_ request: CosignRequest, _ size: Int) -> Failure {
        Failure(
            "cosign.old",
            "the request goes on from size \(request.oldSize), and the last head seen here has size \(size)",
            advice: "make it again with `bessemer evidence head --since \(size)`")
    }
}
