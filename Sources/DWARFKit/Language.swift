// SPDX-License-Identifier: Apache-2.0

/// A unit's source language: `DW_LANG_…` (DWARF 5 § 7.12 and the later codes of dwarfstd.org).
@frozen public struct Language: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Languages whose types follow the same rules, whatever their year.
    @frozen public enum Family: UInt8, Sendable {
        case unknown
        case c
        case cPlusPlus
        case rust
        case assembler
        case other
    }

    public var family: Family {
        switch rawValue {
        case 0: .unknown
        case 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x3e: .c
        case 0x04, 0x19, 0x1a, 0x21, 0x2a, 0x2b, 0x3a: .cPlusPlus
        case 0x1c: .rust
        case 0x31, 0x8001: .assembler
        default: .other
        }
    }
}
