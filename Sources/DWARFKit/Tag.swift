// SPDX-License-Identifier: Apache-2.0

/// What a debugging information entry describes: `DW_TAG_…` (DWARF 5 § 7.5.3). Unknown tags are kept as numbers.
@frozen public struct Tag: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable init(_ rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var arrayType: Tag { Tag(0x01) }
    @inlinable public static var classType: Tag { Tag(0x02) }
    @inlinable public static var enumerationType: Tag { Tag(0x04) }
    @inlinable public static var formalParameter: Tag { Tag(0x05) }
    @inlinable public static var lexicalBlock: Tag { Tag(0x0b) }
    @inlinable public static var member: Tag { Tag(0x0d) }
    @inlinable public static var pointerType: Tag { Tag(0x0f) }
    @inlinable public static var referenceType: Tag { Tag(0x10) }
    @inlinable public static var compileUnit: Tag { Tag(0x11) }
    @inlinable public static var structureType: Tag { Tag(0x13) }
    @inlinable public static var subroutineType: Tag { Tag(0x15) }
    @inlinable public static var typedef: Tag { Tag(0x16) }
    @inlinable public static var unionType: Tag { Tag(0x17) }
    @inlinable public static var unspecifiedParameters: Tag { Tag(0x18) }
    @inlinable public static var variant: Tag { Tag(0x19) }
    @inlinable public static var inheritance: Tag { Tag(0x1c) }
    @inlinable public static var inlinedSubroutine: Tag { Tag(0x1d) }
    @inlinable public static var module: Tag { Tag(0x1e) }
    @inlinable public static var pointerToMember: Tag { Tag(0x1f) }
    @inlinable public static var subrangeType: Tag { Tag(0x21) }
    @inlinable public static var baseType: Tag { Tag(0x24) }
    @inlinable public static var constType: Tag { Tag(0x26) }
    @inlinable public static var enumerator: Tag { Tag(0x28) }
    @inlinable public static var packedType: Tag { Tag(0x2d) }
    @inlinable public static var subprogram: Tag { Tag(0x2e) }
    @inlinable public static var variantPart: Tag { Tag(0x33) }
    @inlinable public static var variable: Tag { Tag(0x34) }
    @inlinable public static var volatileType: Tag { Tag(0x35) }
    @inlinable public static var restrictType: Tag { Tag(0x37) }
    @inlinable public static var importedUnit: Tag { Tag(0x3d) }
    @inlinable public static var namespace: Tag { Tag(0x39) }
    @inlinable public static var partialUnit: Tag { Tag(0x3c) }
    @inlinable public static var typeUnit: Tag { Tag(0x41) }
    @inlinable public static var rvalueReferenceType: Tag { Tag(0x42) }
    @inlinable public static var atomicType: Tag { Tag(0x47) }
    @inlinable public static var skeletonUnit: Tag { Tag(0x4a) }
    @inlinable public static var immutableType: Tag { Tag(0x4b) }
}
