// SPDX-License-Identifier: Apache-2.0
internal import Foundation

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
    package var hexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}

extension Array<UInt8> {
    /// The bytes whose `hexadecimal` the text is; nil for any other text.
    package init?(hexadecimal text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2), digits.allSatisfy({ $0.isDigit || (0x61...0x66).contains($0) }) else {
            return nil
        }
        let values = digits.map { $0.isDigit ? $0 - 0x30 : $0 - 0x57 }
        self = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}

extension String {
    /// Whether its bytes come before another's, as in `LC_ALL=C sort`.
    package func precedes(_ other: String) -> Bool {
        let (mine, others) = (utf8Span.span, other.utf8Span.span)
        let order = unsafe mine.withUnsafeBufferPointer { left in
            unsafe others.withUnsafeBufferPointer { right in
                guard let first = left.baseAddress, let second = right.baseAddress else { return Int32(0) }
                return unsafe memcmp(first, second, Swift.min(left.count, right.count))
            }
        }
        return order == 0 ? mine.count < others.count : order < 0
    }

    /// As one word of a POSIX shell.
    package var shellQuoted: String { "'" + replacing("'", with: "'\\''") + "'" }
}

extension Sequence<String> {
    /// In the order of their bytes.
    package func sortedByBytes() -> [String] { sorted { $0.precedes($1) } }
}
