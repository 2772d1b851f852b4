// SPDX-License-Identifier: Apache-2.0

/// What a byte is in ASCII.
extension UInt8 {
    @inlinable package var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    @inlinable package var isLetter: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }
    @inlinable package var isHexadecimalDigit: Bool {
        isDigit || (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "f")
    }
    /// A letter, a digit or an underscore.
    @inlinable package var isWord: Bool { isLetter || isDigit || self == UInt8(ascii: "_") }
    /// A blank or a tab.
    @inlinable package var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

extension Sequence<UInt8> {
    /// Two lower-case digits a byte.
    var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

extension String {
    /// As one word of a POSIX shell.
    package var shellQuoted: String { "'" + replacing("'", with: "'\\''") + "'" }
}
