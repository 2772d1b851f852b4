// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import Signing

/// A signed head of a log: a C2SP tlog-checkpoint without extension lines, as Sigsum's are, in a C2SP signed-note.
package struct Checkpoint: Hashable, Sendable {
    package let head: LogHead
    /// The log's, and those of cosigners.
    package private(set) var signatures: [NoteSignature]

    package init(_ head: LogHead, signedBy key: LogKey) throws {
        self.init(
            head, key: key.publicKey, signature: try key.signature(of: Array(Self.body(of: head).utf8)))
    }

    /// A head with the log's signature as another form has it, which is not checked.
    init(_ head: LogHead, key: PublicKey, signature: [UInt8]) {
        self.head = head
        signatures = [
            NoteSignature(
                name: head.origin, identifier: NoteSignature.identifier(head.origin, .ed25519, key), bytes: signature)
        ]
    }

    /// Reads a file in its one form. Throws `Failure` with code `checkpoint.unreadable`; `file` names it there.
    package init(_ bytes: [UInt8], from file: String) throws {
        func failure(_ reason: String) -> Failure {
            Failure(
                "checkpoint.unreadable", "\(file) is not a head of a Bessemer or Sigsum log: \(reason)",
                advice: "`bessemer evidence head --output FILE` writes one")
        }
        let lines = try NoteText.lines(of: bytes, failure)
        guard lines.count > 4, lines[3].isEmpty else {
            throw failure("it is not three lines, an empty one, and signatures")
        }
        let prefix = LogKey.originPrefix
        guard lines[0].utf8.starts(with: prefix.utf8),
            NoteText.bytes(hexadecimal: lines[0].dropFirst(prefix.count), count: 32) != nil
        else { throw failure("its origin is not \(prefix) and the SHA-256 of a key") }
        guard let size = NoteText.number(lines[1]) else { throw failure("its size is not a number") }
        guard let root = NoteText.hash(lines[2]).flatMap({ Digest(bytes: $0) }) else {
            throw failure("its root hash is not 32 bytes in base64")
        }
        head = LogHead(origin: lines[0], size: size, rootHash: root)
        signatures = try NoteSignature.read(Array(lines.dropFirst(4)), failure)
    }

    /// What is signed.
    package var body: String { Self.body(of: head) }

    private static func body(of head: LogHead) -> String {
        "\(head.origin)\n\(head.size)\n\(Base64.text(of: head.rootHash.bytes))\n"
    }

    package var text: String { body + "\n" + signatures.map(\.line).joined() }

    /// Whether the log of that key signed it.
    package func isSigned(by key: PublicKey) -> Bool { signature(by: key) != nil }

    /// The signature of the log's own key.
    package func signature(by key: PublicKey) -> [UInt8]? {
        guard key.algorithm == .ed25519, head.origin == LogKey.origin(LogKey.hash(of: key)) else { return nil }
        let identifier = NoteSignature.identifier(head.origin, .ed25519, key)
        let own = signatures.first { $0.isOf(head.origin, identifier) }
        guard let own, key.verifies(own.bytes, of: Array(body.utf8)) else { return nil }
        return own.bytes
    }

    /// The same with the signatures of others that it has not yet.
    package func with(_ more: [NoteSignature]) -> Checkpoint {
        var copy = self
        copy.signatures += more.filter { line in !signatures.contains { $0.isOf(line.name, line.identifier) } }
        return copy
    }
}

/// One signature line of a C2SP signed-note.
package struct NoteSignature: Hashable, Sendable {
    /// The signature types of the specification that Bessemer writes.
    package enum Kind: UInt8 {
        case ed25519 = 0x01
        case cosignature = 0x04
    }

    /// Of the key.
    package let name: String
    /// Four bytes; with the name it says which key to check with.
    package let identifier: [UInt8]
    package let bytes: [UInt8]

    package static func identifier(_ name: String, _ kind: Kind, _ key: PublicKey) -> [UInt8] {
        Array(Digest.bytes(of: Array(name.utf8) + [0x0a, kind.rawValue] + key.bytes).prefix(4))
    }

    /// Byte for byte: Swift takes two spellings of one letter for equal.
    func isOf(_ name: String, _ identifier: [UInt8]) -> Bool {
        self.name.utf8.elementsEqual(name.utf8) && self.identifier == identifier
    }

    /// With its newline.
    package var line: String { "— \(name) \(Base64.text(of: identifier + bytes))\n" }

    /// More than any head has.
    private static let most = 64

    static func read(_ lines: [String], _ failure: (String) -> Failure) throws -> [NoteSignature] {
        guard (1...most).contains(lines.count) else { throw failure("it has \(lines.count) signatures") }
        var read: [NoteSignature] = []
        for line in lines {
            let parts = line.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].elementsEqual("—".unicodeScalars), !parts[1].isEmpty,
                !parts[1].contains(where: { $0 == "+" || $0.properties.isWhitespace }),
                let bytes = Base64.bytes(of: String(parts[2])), bytes.count > 4
            else { throw failure("one of its signature lines can't be read") }
            let signature = NoteSignature(
                name: String(parts[1]), identifier: Array(bytes.prefix(4)), bytes: Array(bytes.dropFirst(4)))
            guard !read.contains(where: { $0.isOf(signature.name, signature.identifier) }) else {
                throw failure("it has two signatures by one key")
            }
            read.append(signature)
        }
        return read
    }

    /// Reads signature lines alone, as cosigners answer. Throws `Failure` with code `cosignature.unreadable`.
    package static func lines(_ bytes: [UInt8], from file: String) throws -> [NoteSignature] {
        func failure(_ reason: String) -> Failure {
            Failure(
                "cosignature.unreadable", "\(file) is not a cosignature: \(reason)",
                advice: "`bessemer evidence cosign` writes one")
        }
        return try read(try NoteText.lines(of: bytes, failure), failure)
    }
}
