// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// One entry of the section header table (`Elf64_Shdr`).
public struct Section: Sendable {
    /// What a section holds: `sh_type`.
    @frozen public struct Kind: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt32
        @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let null = Kind(rawValue: 0)
        public static let symbolTable = Kind(rawValue: 2)
        public static let stringTable = Kind(rawValue: 3)
        /// Relocations with addends of their own.
        public static let rela = Kind(rawValue: 4)
        public static let note = Kind(rawValue: 7)
        /// Takes memory when loaded, and no bytes of the file.
        public static let noBits = Kind(rawValue: 8)
        /// Relocations whose addends are in the fields to be relocated.
        public static let rel = Kind(rawValue: 9)
        public static let dynamicSymbolTable = Kind(rawValue: 11)
        /// Section indexes of symbols that do not fit 16 bits.
        public static let symbolTableIndexes = Kind(rawValue: 18)
        /// Compact relocations, an extension of LLVM's.
        public static let crel = Kind(rawValue: 0x4000_0014)
    }

    /// What a section is like: `sh_flags`.
    @frozen public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt64
        @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

        /// Takes memory when the program runs.
        public static let allocate = Flags(rawValue: 0x2)
        public static let execute = Flags(rawValue: 0x4)
        public static let group = Flags(rawValue: 0x200)
        public static let compressed = Flags(rawValue: 0x800)
    }

    /// Place in the section header table; 0 is the null section.
    public let index: Int
    /// The bytes of the name, without a NUL.
    public internal(set) var nameBytes = Bytes.empty
    /// Offset of the name in the section of names.
    let nameOffset: UInt32
    public let type: Kind
    public let flags: Flags
    /// Address in memory; in relocatable files 0, or one that is made up (`ELFFile.placed()`).
    public private(set) var address: UInt64
    /// Place in the file, in bytes.
    public let offset: UInt64
    /// Size in bytes, as the header has it: of a compressed section, the compressed size.
    public let size: UInt64
    /// An index of another section; which, depends on the type.
    public let link: UInt32
    /// More information; of relocations, the index of the section that they change.
    public let info: UInt32
    public let alignment: UInt64
    /// Size of one entry, for tables.
    public let entrySize: UInt64

    /// Reads a header, whose name is not known yet.
    init(_ cursor: inout ByteCursor, index: Int) throws(FormatError) {
        self.index = index
        nameOffset = try cursor.u32()
        type = Kind(rawValue: try cursor.u32())
        flags = Flags(rawValue: try cursor.u64())
        address = try cursor.u64()
        offset = try cursor.u64()
        size = try cursor.u64()
        link = try cursor.u32()
        info = try cursor.u32()
        alignment = try cursor.u64()
        entrySize = try cursor.u64()
    }

    /// The name; what is not UTF-8 in it is replaced.
    public var name: String { nameBytes.text }

    /// Whether the name is this one; makes no String of it.
    public func isNamed(_ name: String) -> Bool {
        name.utf8.count == nameBytes.count && hasNamePrefix(name)
    }

    /// Whether the name begins with this.
    public func hasNamePrefix(_ prefix: String) -> Bool {
        nameBytes.holds(prefix.utf8)
    }

    /// The same section at another address.
    func moved(to address: UInt64) -> Section {
        var moved = self
        moved.address = address
        return moved
    }

    /// Whether it is code.
    public var isExecutable: Bool { flags.contains(.execute) }

    /// The first address after it; nil where the addresses run over.
    public var endAddress: UInt64? {
        let (end, overflow) = address.addingReportingOverflow(size)
        return overflow ? nil : end
    }
}
