// SPDX-License-Identifier: Apache-2.0

/// Names a type in the source that gave it; `void` is a type like others.
public struct TypeReference: Hashable, Sendable {
    /// An entry's place, or a number of the source's own; nil for `void`.
    let raw: UInt64?

    init(raw: UInt64?) { self.raw = raw }

    public static var void: TypeReference { TypeReference(raw: nil) }

    public var isVoid: Bool { raw == nil }
}

/// One step of a type: what it is, and which types it is made of.
public enum TypeNode: Sendable {
    /// How a base type's bits are meant (DWARF 5 § 7.8).
    public enum Encoding: UInt8, Sendable {
        case unknown = 0
        case address = 1
        case boolean = 2
        case complexFloat = 3
        case float = 4
        case signed = 5
        case signedCharacter = 6
        case unsigned = 7
        case unsignedCharacter = 8
        case utf = 0x10
    }

    public enum Qualifier: String, Sendable {
        case const, volatile, restrict, atomic = "_Atomic"
        /// Immutable, packed and other words that change nothing in the layout.
        case other = ""
    }

    case void
    /// A size in bytes; nil where it is not told.
    case base(name: String, encoding: Encoding, byteSize: UInt64?)
    case pointer(to: TypeReference, byteSize: UInt64?)
    case typedef(name: String, TypeReference)
    case qualified(Qualifier, TypeReference)
    /// Elements in each dimension, from the outermost; nil for a dimension without a count.
    case array(of: TypeReference, counts: [UInt64?], byteSize: UInt64?, isVector: Bool)
    case function(returns: TypeReference, parameters: [TypeReference], isVariadic: Bool)
    /// A record or an enumeration: `layout(of:)` tells more.
    case record(TypeLayout.Kind, name: String?, byteSize: UInt64?, isDeclaration: Bool)
    /// Anything else that has a name only.
    case unspecified(name: String)
}
