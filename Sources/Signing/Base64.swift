// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Base64 with padding (RFC 4648 § 4), of which each text has one reading and each value one text.
package enum Base64 {
    package static func text(of bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// The bytes; nil where the text is not what `text(of:)` writes: bits that are left over change the text and not the
    /// bytes, so that a signature would hold for both (RFC 4648 § 3.5).
    package static func bytes(of text: some StringProtocol) -> [UInt8]? {
        guard let data = Data(base64Encoded: String(text)), data.base64EncodedString().utf8.elementsEqual(text.utf8)
        else { return nil }
        return Array(data)
    }
}
