// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Signing

/// What heads and proofs are written in: lines of text that have one form each.
enum NoteText {
    /// Bytes, of a file that is read.
    static let largest = 1 << 20

    /// Throws `Failure` with that code where the bytes are not lines that each end in a newline, or hold control characters.
    static func lines(of bytes: [UInt8], _ failure: (String) -> Failure) throws -> [String] {
        guard bytes.count <= largest else { throw failure("it has \(bytes.count) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("it is not UTF-8") }
        guard !bytes.contains(where: { $0 < 0x20 && $0 != 0x0a || $0 == 0x7f }) else {
            throw failure("it holds control characters")
        }
        guard bytes.last == 0x0a else { throw failure("its last line has no end") }
        return text.utf8.dropLast().split(separator: 0x0a, omittingEmptySubsequences: false).map { String($0) ?? "" }
    }

    /// A number without a sign or leading zeros.
    static func number(_ text: some StringProtocol) -> Int? {
        guard let value = Int(text), value >= 0, "\(value)".utf8.elementsEqual(text.utf8) else { return nil }
        return value
    }

    /// 32 bytes in base64.
    static func hash(_ text: some StringProtocol) -> MerkleTree.Hash? {
        Base64.bytes(of: text).flatMap { $0.count == 32 ? $0 : nil }
    }

    /// That many bytes as lower-case hexadecimal digits.
    static func bytes(hexadecimal text: some StringProtocol, count: Int) -> [UInt8]? {
        [UInt8](hexadecimal: text).flatMap { $0.count == count ? $0 : nil }
    }
}
