// SPDX-License-Identifier: Apache-2.0

/// A structure, union or enumeration as one language lays it out, its anonymous members resolved into their parents.
package struct RecordLayout: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case structure = "struct"
        case union
        case enumeration = "enum"
    }

    /// A named member, however deep in anonymous ones.
    package struct Leaf: Hashable, Sendable {
        /// `a`, `b.c` for a member of a named member of an anonymous type, `d[].e` for one of an array's elements.
        package var path: String
        /// From the start of the record; for an array's elements from the start of the element.
        package var bitOffset: UInt64
        /// nil where the size is not known.
        package var bitSize: UInt64?
        package var isBitField: Bool
        /// As the language writes it.
        package var type: String
        /// The type of the member without a name that this is inside of, where that type has a tag: `struct inner`.
        package var holder: String?
        /// Whether its name is one that bindgen gives to members of its own (`_unused`, `_bitfield_1`): a field of C's
        /// only where C has it, too.
        package var looksLikeBindgen: Bool

        package init(
            path: String, bitOffset: UInt64, bitSize: UInt64?, isBitField: Bool = false, type: String = "",
            holder: String? = nil, looksLikeBindgen: Bool = false
        ) {
            self.path = path
            self.bitOffset = bitOffset
            self.bitSize = bitSize
            self.isBitField = isBitField
            self.type = type
            self.holder = holder
            self.looksLikeBindgen = looksLikeBindgen
        }
    }

    /// A run of bytes that bindgen keeps bit-fields in (`_bitfield_1`).
    package struct BitFieldUnit: Hashable, Sendable {
        /// The path of the record that the unit stands in, with its dot; empty for the record itself.
        package var parent: String
        package var bits: Range<UInt64>

        package init(parent: String, bits: Range<UInt64>) {
            self.parent = parent
            self.bits = bits
        }
    }

    package struct Enumerator: Hashable, Sendable {
        package var name: String
        package var value: Int64

        package init(name: String, value: Int64) {
            self.name = name
            self.value = value
        }
    }

    package var name: String
    /// The crate that a Rust type is in; empty for C.
    package var crate = ""
    package var kind: Kind
    /// In bytes.
    package var size: UInt64
    /// In bytes, where it is stated.
    package var alignment: UInt64?
    /// What the members would give; nil where a member's alignment is not known.
    package var naturalAlignment: UInt64?
    /// Whether the members lie where only a packed record can have them.
    package var isPacked = false
    /// Known by name only.
    package var isDeclaration = false
    /// A member's type is not described, so that fields may be missing here.
    package var isPartial = false
    /// Nothing but the size and the alignment is known.
    package var isOpaque = false
    package var leaves: [Leaf] = []
    package var bitFieldUnits: [BitFieldUnit] = []
    /// Bits that bindgen fills (`__bindgen_padding_0`): holes, and members that it can't name.
    package var paddings: [Range<UInt64>] = []
    package var enumerators: [Enumerator] = []
    /// `include/linux/list.h:12`
    package var declaredAt: String?

    /// Whether it is what bindgen writes for a type that it saw declared only, and not a type that has just that member in
    /// C, too.
    func isDeclaration(beside c: RecordLayout?) -> Bool {
        isDeclaration && !leaves.contains { leaf in c?.leaves.contains { $0.path == leaf.path } ?? false }
    }

    /// Whether the source has it behind another one, in the same file; also where it is not recorded (BTF).
    func mayBeDeclared(behind other: RecordLayout) -> Bool {
        func place(_ text: String?) -> (file: Substring, line: Int)? {
            guard let text, let colon = text.lastIndex(of: ":"), let line = Int(text[text.index(after: colon)...])
            else { return nil }
            return (text[..<colon], line)
        }
        guard let mine = place(declaredAt), let theirs = place(other.declaredAt) else {
            return declaredAt == nil && other.declaredAt == nil
        }
        return mine.file == theirs.file && mine.line > theirs.line
    }

    package init(name: String, kind: Kind, size: UInt64) {
        self.name = name
        self.kind = kind
        self.size = size
    }
}
