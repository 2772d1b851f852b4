// SPDX-License-Identifier: Apache-2.0
internal import ByteKit

/// A named record or enumeration that a pass over all units found, once for each distinct shape of it.
public struct TypeRecord: Sendable {
    public internal(set) var kind: TypeLayout.Kind
    /// Whether the record has no name of its own and a typedef gives it this one.
    public internal(set) var isNamedByTypedef: Bool
    /// Whether this is a declaration only: no size, no members.
    public internal(set) var isDeclaration: Bool
    public internal(set) var language: Language.Family
    /// The first unit that has it, as a place in the file's `units`.
    public internal(set) var unit: Int
    /// Its entry in that unit: the record's, also where a typedef names it.
    public internal(set) var die: DIEOffset
    public internal(set) var name: StringReference
    /// The names around it, from the outermost: namespaces, and records that it is inside of. A place in
    /// `TypeScan.paths`; zero for none.
    public internal(set) var path: Int
    /// Bytes; nil where the entry does not tell.
    public internal(set) var byteSize: UInt64?
    /// A hash over size and members or enumerators: names, places, sizes and values, and the same of anonymous records
    /// among the members. Types of members are no part of it.
    public internal(set) var shape: UInt64
    /// How many entries in all units are this type with this shape.
    public internal(set) var count: Int

    /// Hash of the name's bytes, and the path's and kind's.
    var nameHash: UInt64
    var pathHash: UInt64

    @inline(__always) var key: UInt64 {
        let flags =
            UInt64(kind.rawValue) | (isNamedByTypedef ? 0x100 : 0) | (isDeclaration ? 0x200 : 0)
            | UInt64(language.rawValue) << 16
        return Bytes.mix(Bytes.mix(shape, nameHash), Bytes.mix(pathHash, flags))
    }
}
