// SPDX-License-Identifier: Apache-2.0

/// The name of an entry's attribute: `DW_AT_…` (DWARF 5 § 7.5.4). Unknown ones are kept as numbers.
@frozen public struct Attribute: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable init(_ rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var sibling: Attribute { Attribute(0x01) }
    @inlinable public static var name: Attribute { Attribute(0x03) }
    @inlinable public static var byteSize: Attribute { Attribute(0x0b) }
    /// DWARF 2 and 3: bits from the storage unit's most significant bit to the field's.
    @inlinable public static var bitOffset: Attribute { Attribute(0x0c) }
    @inlinable public static var bitSize: Attribute { Attribute(0x0d) }
    @inlinable public static var lineProgram: Attribute { Attribute(0x10) }
    @inlinable public static var lowAddress: Attribute { Attribute(0x11) }
    @inlinable public static var highAddress: Attribute { Attribute(0x12) }
    @inlinable public static var language: Attribute { Attribute(0x13) }
    @inlinable public static var discriminantValue: Attribute { Attribute(0x16) }
    @inlinable public static var importedEntry: Attribute { Attribute(0x18) }
    @inlinable public static var compilationDirectory: Attribute { Attribute(0x1b) }
    @inlinable public static var constValue: Attribute { Attribute(0x1c) }
    @inlinable public static var producer: Attribute { Attribute(0x25) }
    @inlinable public static var upperBound: Attribute { Attribute(0x2f) }
    @inlinable public static var lowerBound: Attribute { Attribute(0x22) }
    @inlinable public static var count: Attribute { Attribute(0x37) }
    @inlinable public static var memberLocation: Attribute { Attribute(0x38) }
    @inlinable public static var declarationFile: Attribute { Attribute(0x3a) }
    @inlinable public static var declarationLine: Attribute { Attribute(0x3b) }
    @inlinable public static var declaration: Attribute { Attribute(0x3c) }
    @inlinable public static var discriminantList: Attribute { Attribute(0x3d) }
    @inlinable public static var encoding: Attribute { Attribute(0x3e) }
    @inlinable public static var external: Attribute { Attribute(0x3f) }
    @inlinable public static var specification: Attribute { Attribute(0x47) }
    @inlinable public static var type: Attribute { Attribute(0x49) }
    @inlinable public static var ranges: Attribute { Attribute(0x55) }
    @inlinable public static var signature: Attribute { Attribute(0x69) }
    /// DWARF 4 and later: bits from the start of the record to the field.
    @inlinable public static var dataBitOffset: Attribute { Attribute(0x6b) }
    @inlinable public static var stringOffsetsBase: Attribute { Attribute(0x72) }
    @inlinable public static var addressBase: Attribute { Attribute(0x73) }
    @inlinable public static var rangeListsBase: Attribute { Attribute(0x74) }
    /// The file that has the rest of a skeleton unit.
    @inlinable public static var splitName: Attribute { Attribute(0x76) }
    @inlinable public static var alignment: Attribute { Attribute(0x88) }
    @inlinable public static var gnuVector: Attribute { Attribute(0x2107) }
    @inlinable public static var gnuSplitName: Attribute { Attribute(0x2130) }
    @inlinable public static var gnuRangesBase: Attribute { Attribute(0x2132) }
    @inlinable public static var gnuAddressBase: Attribute { Attribute(0x2133) }
}
