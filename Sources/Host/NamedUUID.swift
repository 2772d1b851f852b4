// SPDX-License-Identifier: Apache-2.0
internal import Crypto

/// Identifiers that follow from a name (RFC 9562 § 5.5, version 5): the same name has the same one everywhere.
package enum NamedUUID {
    /// The name space of URLs (RFC 9562 § 6.6).
    package static let urls: [UInt8] = [
        0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
    ]

    /// The identifier of a name in a name space of 16 bytes, in lower case with its hyphens.
    package static func text(of name: String, in space: [UInt8] = urls) -> String {
        let hash = Insecure.SHA1.hash(data: space + Array(name.utf8))
        return hash.prefix(16).enumerated().map { index, byte in
            let byte = index == 6 ? byte & 0x0f | 0x50 : index == 8 ? byte & 0x3f | 0x80 : byte
            let digits = [byte].hexadecimal
            return [4, 6, 8, 10].contains(index) ? "-" + digits : digits
        }.joined()
    }
}
