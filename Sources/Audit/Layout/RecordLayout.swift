// SPDX-License-Identifier: Apache-2.0
internal import DWARFKit

/// A structure, union or enumeration as one language lays it out, its anonymous members resolved into their parents.
struct RecordLayout: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable {
        case structure = "struct"
        case union
        case enumeration = "enum"
    }

    /// A named member, however deep in anonymous ones.
    struct Leaf: Hashable, Sendable {
        /// `a`, `b.c` for a member of a named member of an anonymous type, `d[].e` for one of an array's elements.
        var path: String
        /// From the start of the record; for an array's elements from the start of the element.
        var bitOffset: UInt64
        /// nil where the size is not known.
        var bitSize: UInt64?
        var isBitField = false
        /// As the language writes it.
        var type = ""
        /// The type of the member without a name that this is inside of, where that type has a tag: `struct inner`.
        var holder: String?
        /// Whether its name is one that bindgen gives to members of its own (`_unused`, `_bitfield_1`): a field of C's
        /// only where C has it, too.
        var looksLikeBindgen = false

        /// Its bits, from the start of the record.
        var bits: Range<UInt64> { bitOffset..<(bitOffset &+ (bitSize ?? 0)) }
    }

    /// A run of bytes that bindgen keeps bit-fields in (`_bitfield_1`).
    struct BitFieldUnit: Hashable, Sendable {
        /// The path of the record that the unit stands in, with its dot; empty for the record itself.
        var parent: String
        var bits: Range<UInt64>
    }

    struct Enumerator: Hashable, Sendable {
        var name: String
        var value: Int64
    }

    var name: String
    /// The crate that a Rust type is in; empty for C.
    var crate = ""
    var kind: Kind
    /// In bytes.
    var size: UInt64
    /// In bytes, where it is stated.
    var alignment: UInt64?
    /// What the members would give; nil where a member's alignment is not known.
    var naturalAlignment: UInt64?
    /// Whether the members lie where only a packed record can have them.
    var isPacked = false
    /// Known by name only.
    var isDeclaration = false
    /// A member's type is not described, so that fields may be missing here.
    var isPartial = false
    /// Nothing but the size and the alignment is known.
    var isOpaque = false
    var leaves: [Leaf] = []
    var bitFieldUnits: [BitFieldUnit] = []
    /// Bits that bindgen fills (`__bindgen_padding_0`): holes, and members that it can't name.
    var paddings: [Range<UInt64>] = []
    var enumerators: [Enumerator] = []
    var declaredAt: TypeLayout.SourcePlace?

    /// Whether it is what bindgen writes for a type that it saw declared only, and not a type that has just that member in
    /// C, too.
    func isDeclaration(beside c: RecordLayout?) -> Bool {
        isDeclaration && !leaves.contains { leaf in c?.leaves.contains { $0.path == leaf.path } ?? false }
    }

    /// Whether the source has it behind another one, in the same file; also where it is not recorded (BTF).
    func mayBeDeclared(behind other: RecordLayout) -> Bool {
        guard let declaredAt, let place = other.declaredAt else { return declaredAt == other.declaredAt }
        return declaredAt.file == place.file && declaredAt.line > place.line
    }

    /// The members by their paths.
    var leavesByPath: [String: Leaf] { Dictionary(leaves.map { ($0.path, $0) }) { $1 } }
}
