// SPDX-License-Identifier: Apache-2.0

/// How a record lies in memory, or which values an enumeration has.
public struct TypeLayout: Sendable {
    public enum Kind: UInt8, Sendable {
        case structure
        case union
        case `class`
        case enumeration

        init(_ tag: Tag) {
            switch tag {
            case .unionType: self = .union
            case .classType: self = .class
            case .enumerationType: self = .enumeration
            default: self = .structure
            }
        }

        /// As the source spells it.
        public var word: String { ["struct", "union", "class", "enum"][Int(rawValue)] }
    }

    /// A place in the source.
    public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
        public var file: String
        public var line: UInt64

        /// `include/linux/list.h:12`
        public var description: String { "\(file):\(line)" }
    }

    public struct Field: Sendable {
        /// Nil for an anonymous member.
        public var name: String?
        /// Bits from the record's start, in the order of memory: a bit-field's first bit is its most significant one
        /// in big-endian files and its least significant one in little-endian files.
        public var bitOffset: UInt64
        /// Nil where the type has no size: a flexible array, an incomplete type.
        public var bitSize: UInt64?
        public var isBitField = false
        /// `DW_AT_alignment` of the member, in bytes.
        public var alignment: UInt64?
        public var type: TypeReference
    }

    /// An enumerator's value, with the sign that the enumeration's type has.
    public enum Value: Hashable, Sendable {
        case signed(Int64)
        case unsigned(UInt64)
    }

    public struct Enumerator: Hashable, Sendable {
        public var name: String
        public var value: Value
    }

    public var kind: Kind
    public var name: String?
    /// Bytes; nil for a declaration.
    public var byteSize: UInt64?
    /// `DW_AT_alignment`, in bytes: what the source asked for, not what the type has by nature.
    public var alignment: UInt64?
    public var isDeclaration = false
    public var declaredAt: SourcePlace?
    public var members: [Field] = []
    public var enumerators: [Enumerator] = []
}
