// SPDX-License-Identifier: Apache-2.0

/// Where a NUL-terminated string lies: a section and an offset in it, in eight bytes. No string is made until asked.
@frozen public struct StringReference: Hashable, Sendable {
    /// The sections that hold strings.
    @frozen public enum Place: UInt8, Sendable {
        case none = 0
        case str = 1
        case lineStr = 2
        case info = 3
        case types = 4
        case alternateStr = 5
        case line = 6
        /// `.debug_info` of the alternate file.
        case alternateInfo = 7

        /// The section's name.
        public var section: String {
            switch self {
            case .none: ""
            case .str: ".debug_str"
            case .lineStr: ".debug_line_str"
            case .info: ".debug_info"
            case .types: ".debug_types"
            case .alternateStr: ".debug_str (alternate)"
            case .line: ".debug_line"
            case .alternateInfo: ".debug_info (alternate)"
            }
        }
    }

    /// Three bits of place, 61 bits of offset.
    @usableFromInline let raw: UInt64

    @inlinable init(raw: UInt64) { self.raw = raw }

    @inlinable init(_ place: Place, _ offset: UInt64) {
        raw = UInt64(place.rawValue) << 61 | (offset & 0x1fff_ffff_ffff_ffff)
    }

    /// No string.
    @inlinable public static var none: StringReference { StringReference(raw: 0) }

    @inlinable public var isNone: Bool { raw >> 61 == 0 }

    @inline(__always) var isInStr: Bool { raw >> 61 == 1 }

    /// The same string of the alternate file, as the main file names it.
    var inAlternate: StringReference {
        switch place {
        case .str: StringReference(.alternateStr, offset)
        case .info: StringReference(.alternateInfo, offset)
        default: .none
        }
    }

    /// The section that holds it.
    @inlinable public var place: Place { Place(rawValue: UInt8(truncatingIfNeeded: raw >> 61)) ?? .none }

    /// Bytes from the section's start.
    @inlinable public var offset: UInt64 { raw & 0x1fff_ffff_ffff_ffff }
}
