// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import Foundation
package import SystemPackage

/// What digests of any length are as text: lower-case hexadecimal digits.
package protocol HexadecimalDigest: Hashable, Sendable, Codable, CustomStringConvertible {
    static var algorithm: String { get }
    /// Bytes.
    static var size: Int { get }
    var hexadecimal: String { get }
    /// Takes two digits a byte; nil for anything else.
    init?(hexadecimal: String)
}

extension HexadecimalDigest {
    fileprivate static func digits(_ text: String) -> String? {
        text.utf8.count == 2 * size && text.utf8.allSatisfy(\.isHexadecimalDigit) ? text.lowercased() : nil
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Self(hexadecimal: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a \(Self.algorithm) digest: \(text)")
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hexadecimal)
    }

    package var description: String { hexadecimal }
}

/// A SHA-256 digest (FIPS 180-4) as 64 lower-case hexadecimal digits.
package struct Digest: HexadecimalDigest {
    package static let algorithm = "SHA-256"
    package static let size = 32
    package let hexadecimal: String

    /// Takes 64 hexadecimal digits; nil for anything else.
    package init?(hexadecimal: String) {
        guard let digits = Self.digits(hexadecimal) else { return nil }
        self.hexadecimal = digits
    }

    fileprivate init(_ digest: SHA256Digest) {
        hexadecimal = digest.hexadecimal
    }

    /// Takes 32 bytes; nil for any other number of them.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        hexadecimal = bytes.hexadecimal
    }

    package init(of bytes: some Sequence<UInt8>) {
        self.init(SHA256.hash(data: Array(bytes)))
    }

    package init(of text: String) {
        self.init(of: text.utf8)
    }

    /// Reads the file as `readPieces` does, and throws what that throws.
    package init(ofFile path: FilePath) throws {
        var digester = Digester()
        try readPieces(of: path) { digester.add($0) }
        self = digester.finish()
    }

    /// The 32 bytes of the digest of those bytes, where many are made and none is shown.
    package static func bytes(of bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// The 32 bytes.
    package var bytes: [UInt8] { [UInt8](hexadecimal: hexadecimal) ?? [] }

    /// The first twelve digits, for people.
    package var short: String { String(hexadecimal.prefix(12)) }
}

/// A SHA-256 digest in the making, fed piece by piece.
package struct Digester {
    private var hash = SHA256()

    package init() {}

    package mutating func add(_ bytes: [UInt8]) { hash.update(data: bytes) }
    package mutating func add(_ text: String) { add(Array(text.utf8)) }
    package func finish() -> Digest { Digest(hash.finalize()) }
}

/// A SHA-512 digest (FIPS 180-4) as 128 lower-case hexadecimal digits, for formats that want one beside SHA-256.
package struct LongDigest: HexadecimalDigest {
    package static let algorithm = "SHA-512"
    package static let size = 64
    package let hexadecimal: String

    /// Takes 128 hexadecimal digits; nil for anything else.
    package init?(hexadecimal: String) {
        guard let digits = Self.digits(hexadecimal) else { return nil }
        self.hexadecimal = digits
    }

    fileprivate init(_ digest: SHA512Digest) {
        hexadecimal = digest.hexadecimal
    }

    package init(of bytes: some Sequence<UInt8>) {
        self.init(SHA512.hash(data: Array(bytes)))
    }

    /// Reads the file as `readPieces` does, and throws what that throws.
    package init(ofFile path: FilePath) throws {
        var digester = LongDigester()
        try readPieces(of: path) { digester.add($0) }
        self = digester.finish()
    }
}

/// A SHA-512 digest in the making, fed piece by piece.
package struct LongDigester {
    private var hash = SHA512()

    package init() {}

    package mutating func add(_ bytes: [UInt8]) { hash.update(data: bytes) }
    package func finish() -> LongDigest { LongDigest(hash.finalize()) }
}

/// An MD5 digest (RFC 1321) in the making: only for comparing with what dpkg records, never for identity.
package struct PackageChecksum {
    private var hash = Insecure.MD5()

    package init() {}

    package mutating func add(_ bytes: [UInt8]) { hash.update(data: bytes) }
    package func finish() -> String { hash.finalize().hexadecimal }
}

/// Reads a file that a person named or Bessemer made, in pieces of 1 MiB; a pipe is read to its end.
///
/// In a folder that others write to, `ForeignFolder.readPieces` reads. Throws `Failure` with codes `file.unreadable`, and
/// `file.too-large` where there are more than `limit` bytes; and `CancellationError`.
package func readPieces(of path: FilePath, limit: Int = 1 << 36, _ body: ([UInt8]) throws -> Void) throws {
    try open(path, limit: limit).readPieces(named: path, limit: limit, body)
}

private func open(_ path: FilePath, limit: Int) throws -> Descriptor {
    do {
        // A pipe or a device without this would be waited for, and no signal would end that.
        let file = try Descriptor(
            unsafe path.withPlatformString { unsafe open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) })
        let status = try file.status()
        guard status.st_size <= limit || status.st_mode & S_IFMT != S_IFREG else {
            throw tooLarge(path, Int(status.st_size), limit: limit)
        }
        return file
    } catch let error as Errno {
        throw Failure(
            "file.unreadable", "could not read \(path)", advice: "check that the file exists and may be read",
            underlying: error)
    }
}
