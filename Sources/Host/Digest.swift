// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import Foundation
public import SystemPackage

/// A SHA-256 digest (FIPS 180-4) as 64 lower-case hexadecimal digits.
public struct Digest: Hashable, Sendable, Codable, CustomStringConvertible {
    public let hexadecimal: String

    /// Takes 64 hexadecimal digits; nil for anything else.
    public init?(hexadecimal: String) {
        guard hexadecimal.utf8.count == 64, hexadecimal.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        self.hexadecimal = hexadecimal.lowercased()
    }

    fileprivate init(_ digest: SHA256Digest) {
        hexadecimal = digest.map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }.joined()
    }

    public init(of bytes: some Sequence<UInt8>) {
        self.init(SHA256.hash(data: Array(bytes)))
    }

    public init(of text: String) {
        self.init(of: text.utf8)
    }

    /// Reads the file in pieces of 1 MiB. Throws `Failure` with code `file.unreadable`.
    public init(ofFile path: FilePath) throws {
        var digester = Digester()
        try readPieces(of: path) { digester.add($0) }
        self = digester.finish()
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(hexadecimal: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256 digest: \(text)")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hexadecimal)
    }

    public var description: String { hexadecimal }
    /// The first twelve digits, for people.
    public var short: String { String(hexadecimal.prefix(12)) }
}

/// A SHA-256 digest in the making, fed piece by piece.
public struct Digester {
    private var hash = SHA256()

    public init() {}

    public mutating func add(_ bytes: [UInt8]) { hash.update(data: bytes) }
    public mutating func add(_ text: String) { add(Array(text.utf8)) }
    public func finish() -> Digest { Digest(hash.finalize()) }
}

/// An MD5 digest (RFC 1321) in the making: only for comparing with what dpkg records, never for identity.
public struct PackageChecksum {
    private var hash = Insecure.MD5()

    public init() {}

    public mutating func add(_ bytes: [UInt8]) { hash.update(data: bytes) }
    public func finish() -> String {
        hash.finalize().map { String(format: "%02x", $0) }.joined()
    }
}

/// Reads a file in pieces of 1 MiB. Throws `Failure` with code `file.unreadable`.
public func readPieces(of path: FilePath, _ body: ([UInt8]) throws -> Void) throws {
    do {
        let descriptor = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
        try descriptor.closeAfter {
            while true {
                var count = 0
                let piece = unsafe try [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, initialized in
                    initialized = unsafe try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
                    count = initialized
                }
                if count == 0 { return }
                try body(piece)
            }
        }
    } catch let error as Errno {
        throw Failure(
            "file.unreadable", "could not read \(path)", advice: "check that the file exists and may be read",
            underlying: error)
    }
}
