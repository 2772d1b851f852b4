// SPDX-License-Identifier: Apache-2.0

/// How deep a YAML text is nested, before a recursive reader meets it.
package enum TextNesting {
    private static let deepest = 200

    /// The first line, counted from 1, on which more is open than a recursive reader's stack should hold; nil for none.
    package static func line(in bytes: [UInt8]) -> Int? {
        var flow = 0
        var dashes = 0
        var line = 1
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): flow += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): flow = max(flow - 1, 0)
            case UInt8(ascii: "\n"):
                dashes = 0
                line += 1
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): dashes += 1
            case UInt8(ascii: " "): break
            default: if dashes < 100 { dashes = 0 }
            }
            if flow > deepest || dashes > deepest { return line }
        }
        return nil
    }
}
