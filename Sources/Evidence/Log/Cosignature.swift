// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Signing

/// Somebody else's word that a head follows from the last one that was seen, and when that was: C2SP tlog-cosignature,
/// version 1, Ed25519.
package struct Cosignature: Hashable, Sendable {
    package let key: PublicKey
    /// Seconds since 1970, by the cosigner's clock.
    package let time: Int
    package let signature: [UInt8]

    /// The cosignature line of a head by that key. Throws what signing throws.
    package static func line(for checkpoint: Checkpoint, at time: Int, by key: PrivateKey) throws -> NoteSignature {
        let name = name(of: key.publicKey)
        let signature = try key.signature(of: message(checkpoint, time))
        return NoteSignature(
            name: name, identifier: NoteSignature.identifier(name, .cosignature, key.publicKey),
            bytes: bytes(of: time) + signature)
    }

    /// `YYYY-MM-DDThh:mm:ssZ`.
    package var timeText: String { Date(timeIntervalSince1970: Double(time)).formatted(.iso8601) }

    /// As Sigsum's witnesses call themselves.
    package static func name(of key: PublicKey) -> String { "sigsum.org/v1/witness/\(LogKey.hash(of: key))" }

    private static func bytes(of time: Int) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: time >> ($0 * 8)) }
    }

    fileprivate static func message(_ checkpoint: Checkpoint, _ time: Int) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n\(checkpoint.body)".utf8)
    }
}

extension Checkpoint {
    /// That of the key, among those lines or the head's own; nil where none of them is one.
    package func cosignature(by key: PublicKey, among lines: [NoteSignature]? = nil) -> Cosignature? {
        guard key.algorithm == .ed25519 else { return nil }
        for line in lines ?? signatures
        where line.bytes.count == 72
            && line.identifier == NoteSignature.identifier(line.name, .cosignature, key)
        {
            let time = line.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard let time = Int(exactly: time) else { continue }
            let signature = Array(line.bytes.dropFirst(8))
            if key.verifies(signature, of: Cosignature.message(self, time)) {
                return Cosignature(key: key, time: time, signature: signature)
            }
        }
        return nil
    }
}

/// What a cosigner is asked: a head, and the proof that it follows from the last one that the cosigner saw (the body of an
/// `add-checkpoint` request, C2SP tlog-witness).
package struct CosignRequest: Hashable, Sendable {
    /// Of the head that the cosigner saw last; 0 where it has not seen any.
    package let oldSize: Int
    package let proof: [MerkleTree.Hash]
    package let checkpoint: Checkpoint

    package init(oldSize: Int, proof: [MerkleTree.Hash], checkpoint: Checkpoint) {
        self.oldSize = oldSize
        self.proof = proof
        self.checkpoint = checkpoint
    }

    package var text: String {
        "old \(oldSize)\n" + proof.map { Base64.text(of: $0) + "\n" }.joined() + "\n" + checkpoint.text
    }

    /// Throws `Failure` with code `checkpoint.unreadable`.
    package init(_ bytes: [UInt8], from file: String) throws {
        func failure(_ reason: String) -> Failure {
            Failure(
                "checkpoint.unreadable", "\(file) is not a request for a cosignature: \(reason)",
                advice: "`bessemer evidence head --since OLDHEAD --output FILE` writes one, and --since 0 the first")
        }
        let lines = try NoteText.lines(of: bytes, failure)
        guard let first = lines.first, first.utf8.starts(with: "old ".utf8),
            let size = NoteText.number(first.dropFirst(4)), let end = lines.firstIndex(of: "")
        else { throw failure("it does not begin with `old` and a size") }
        guard end <= MerkleTree.longestProof + 1 else { throw failure("its proof is too long") }
        oldSize = size
        proof = try lines[1..<end].map {
            guard let hash = NoteText.hash($0) else { throw failure("its proof is not 32 bytes in base64 a line") }
            return hash
        }
        let rest = lines[(end + 1)...].map { $0 + "\n" }.joined()
        checkpoint = try Checkpoint(Array(rest.utf8), from: file)
    }
}
