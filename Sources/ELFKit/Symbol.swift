// SPDX-License-Identifier: Apache-2.0

/// One entry of a symbol table (`Elf64_Sym`); its name stays in the string table until somebody asks for it.
@frozen public struct Symbol: Hashable, Sendable {
    /// What a symbol names: the low four bits of `st_info`.
    @frozen public struct Kind: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt8
        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

        @inlinable public static var none: Kind { Kind(rawValue: 0) }
        @inlinable public static var object: Kind { Kind(rawValue: 1) }
        @inlinable public static var function: Kind { Kind(rawValue: 2) }
        @inlinable public static var section: Kind { Kind(rawValue: 3) }
        /// `STT_GNU_IFUNC`
        @inlinable public static var indirectFunction: Kind { Kind(rawValue: 10) }
    }

    /// Who sees a symbol: the high four bits of `st_info`.
    @frozen public struct Binding: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt8
        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

        @inlinable public static var local: Binding { Binding(rawValue: 0) }
        @inlinable public static var global: Binding { Binding(rawValue: 1) }
        @inlinable public static var weak: Binding { Binding(rawValue: 2) }
    }

    /// An address; in relocatable files an offset into the section; of common symbols the alignment.
    public let value: UInt64
    /// Size in bytes; 0 where it is not known.
    public let size: UInt64
    /// Place in the symbol table; 0 is the null symbol.
    public let index: Int
    /// Offset of the name in the string table.
    public let nameOffset: UInt32
    @usableFromInline let sectionNumber: UInt32
    @usableFromInline let information: UInt8

    @inlinable init(
        value: UInt64, size: UInt64, index: Int, nameOffset: UInt32, sectionNumber: UInt32, information: UInt8
    ) {
        self.value = value
        self.size = size
        self.index = index
        self.nameOffset = nameOffset
        self.sectionNumber = sectionNumber
        self.information = information
    }

    @inlinable public var kind: Kind { Kind(rawValue: information & 0xf) }
    @inlinable public var binding: Binding { Binding(rawValue: information >> 4) }

    /// Index of the section it is defined in; nil for undefined, absolute and common symbols.
    @inlinable public var sectionIndex: Int? {
        sectionNumber == 0 || sectionNumber >= Self.firstReserved ? nil : Int(sectionNumber)
    }

    /// `SHN_UNDEF`: defined in another file.
    @inlinable public var isUndefined: Bool { sectionNumber == 0 }
    /// `SHN_ABS`: the value is no address of this file's.
    @inlinable public var isAbsolute: Bool { sectionNumber == Self.firstReserved | 0xf1 }
    /// A function that is defined here.
    @inlinable public var isDefinedFunction: Bool {
        (kind == .function || kind == .indirectFunction) && sectionIndex != nil
    }

    /// Reserved 16-bit section indexes are moved up here, out of the way of sections that have such numbers.
    @usableFromInline static var firstReserved: UInt32 { 0xffff_ff00 }
}
