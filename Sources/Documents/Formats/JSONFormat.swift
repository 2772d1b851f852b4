// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host

extension JSON {
    /// The value as JSON for standard output: as it is stored, and in its strings an escape (RFC 8259 § 7) for each
    /// character that can't be seen or that acts on a terminal.
    package static func text(_ value: some Encodable) throws -> String {
        escaped(String(decoding: try encode(value), as: UTF8.self))
    }

    /// Such characters stand in strings alone: outside of them JSON is ASCII without control characters but line breaks.
    static func escaped(_ json: String) -> String {
        if json.utf8.allSatisfy({ $0 == 0x0A || $0 >= 0x20 && $0 < 0x7F }) { return json }
        var shown = String.UnicodeScalarView()
        for scalar in json.unicodeScalars {
            guard scalar != "\n", VisibleText.isHidden(scalar) else {
                shown.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                shown.append(contentsOf: ("\\u" + String(format: "%04X", unit)).unicodeScalars)
            }
        }
        return String(shown)
    }
}
