// SPDX-License-Identifier: Apache-2.0

/// How a record lies in memory, or which values an enumeration has.
public struct TypeLayout: Sendable {
    public enum Kind: String, Sendable {
        case structure = "struct"
        case union
        case `class`
        case enumeration = "enum"
    }

    /// A place in the source.
    public struct SourcePlace: Hashable, Sendable {
        public var file: String
        public var line: UInt64

        public init(file: String, line: UInt64) {
            self.file = file
            self.line = line
        }
    }

    public struct Field: Sendable {
        /// Nil for an anonymous member.
        public var name: String?
        /// Bits from the record's start, in the order of memory: a bit-field's first bit is its most significant one
        /// in big-endian files and its least significant one in little-endian files.
        public var bitOffset: UInt64
        /// Nil where the type has no size: a flexible array, an incomplete type.
        public var bitSize: UInt64?
        public var isBitField: Bool
        /// `DW_AT_alignment` of the member, in bytes.
        public var alignment: UInt64?
        public var type: TypeReference

        public init(
            name: String?, bitOffset: UInt64, bitSize: UInt64?, isBitField: Bool = false, alignment: UInt64? = nil,
            type: TypeReference
        ) {
            self.name = name
            self.bitOffset = bitOffset
            self.bitSize = bitSize
            self.isBitField = isBitField
            self.alignment = alignment
            self.type = type
        }
    }

    /// An enumerator's value, with the sign that the enumeration's type has.
    public enum Value: Hashable, Sendable {
        case signed(Int64)
        case unsigned(UInt64)
    }

    public struct Enumerator: Hashable, Sendable {
        public var name: String
        public var value: Value

        public init(name: String, value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// One alternative of a Rust enumeration.
    public struct Variant: Sendable {
        /// Nil for the one that every other discriminant means.
        public var discriminant: UInt64?
        public var members: [Field]
    }

    /// The alternatives of a Rust enumeration and the field that tells which one it is.
    public struct VariantPart: Sendable {
        public var discriminant: Field?
        public var variants: [Variant]
    }

    public var kind: Kind
    public var name: String?
    /// Bytes; nil for a declaration.
    public var byteSize: UInt64?
    /// `DW_AT_alignment`, in bytes: what the source asked for, not what the type has by nature.
    public var alignment: UInt64?
    public var isDeclaration: Bool
    public var declaredAt: SourcePlace?
    public var members: [Field]
    public var enumerators: [Enumerator]
    public var variantParts: [VariantPart]

    public init(
        kind: Kind, name: String?, byteSize: UInt64?, alignment: UInt64? = nil, isDeclaration: Bool = false,
        declaredAt: SourcePlace? = nil, members: [Field] = [], enumerators: [Enumerator] = [],
        variantParts: [VariantPart] = []
    ) {
        self.kind = kind
        self.name = name
        self.byteSize = byteSize
        self.alignment = alignment
        self.isDeclaration = isDeclaration
        self.declaredAt = declaredAt
        self.members = members
        self.enumerators = enumerators
        self.variantParts = variantParts
    }
}
