// SPDX-License-Identifier: Apache-2.0

/// One type as Rust has it beside one as C has it.
struct LayoutComparison: Hashable {
    /// One thing in which they differ.
    struct Difference: Hashable {
        enum Kind: Hashable {
            case size, offset, fieldSize, field, alignment, bitField, enumerator
        }

        let kind: Kind
        /// The field's path; empty for the whole type.
        let path: String
        let c: String
        let rust: String
        /// What bindgen did, where that is known.
        var note: String?
    }

    private(set) var differences: [Difference] = []
    /// Fields whose offset was compared, bit-fields included.
    private(set) var fields = 0
    /// Fields of C that Rust keeps room for and has no name for.
    private(set) var hidden = 0
    /// Whether the alignments could be compared.
    private(set) var isAlignmentKnown = false
    /// Nothing but size and alignment could be compared.
    private(set) var isSizeOnly = false

    init(rust: RecordLayout, c: RecordLayout) {
        if rust.size != c.size { differ(.size, c: "\(c.size) bytes", rust: "\(rust.size) bytes") }
        compareAlignment(rust, c)
        if rust.isOpaque || c.isOpaque || c.kind == .enumeration && rust.kind != .enumeration {
            isSizeOnly = true
        } else if c.kind == .enumeration {
            compareEnumerators(rust, c)
        } else {
            compareFields(rust, c)
        }
    }

    private mutating func differ(
        _ kind: Difference.Kind, _ path: String = "", c: String, rust: String, note: String? = nil
    ) {
        differences.append(Difference(kind: kind, path: path, c: c, rust: rust, note: note))
    }

    private mutating func compareAlignment(_ rust: RecordLayout, _ c: RecordLayout) {
        guard let ours = rust.alignment else { return }
        if let theirs = c.alignment {
            if ours != theirs { differ(.alignment, c: "\(theirs) bytes", rust: "\(ours) bytes") }
            isAlignmentKnown = true
            return
        }
        // DWARF tells no alignment of a C record unless an attribute raised it, and never that one is packed.
        guard let natural = c.naturalAlignment, !c.isPacked else { return }
        if ours > natural { differ(.alignment, c: "\(natural) bytes", rust: "\(ours) bytes") }
        isAlignmentKnown = ours >= natural
    }

    private mutating func compareEnumerators(_ rust: RecordLayout, _ c: RecordLayout) {
        let theirs = Dictionary(c.enumerators.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        for enumerator in rust.enumerators where theirs[enumerator.name] != enumerator.value {
            differ(
                .enumerator, enumerator.name, c: theirs[enumerator.name].map { "\($0)" } ?? "absent",
                rust: "\(enumerator.value)")
        }
        fields = rust.enumerators.count
    }

    private mutating func compareFields(_ rust: RecordLayout, _ c: RecordLayout) {
        let ours = rust.leavesByPath
        var matched: Set<String> = []
        let left = Self.leftOut(rust, c, ours)
        for holder in left {
            differ(
                .field, c: "\(holder.type) at \(holder.place)", rust: "no such member",
                note: "bindgen left out a member that has a tag and no name, `\(holder.type)`, with "
                    + (holder.fields.count == 1 ? "its field" : "its \(holder.fields.count) fields") + ": "
                    + holder.fields.joined(separator: ", "))
        }
        let gone = Set(left.flatMap(\.fields))
        for leaf in c.leaves where !gone.contains(leaf.path) {
            if leaf.isBitField {
                fields += 1
                compareBitField(leaf, rust)
                continue
            }
            guard let mine = Self.match(leaf, in: ours) else {
                // bindgen leaves out an array of no elements in the middle of a record, which holds nothing.
                if leaf.bitSize == 0 || rust.isPartial { continue }
                // Members of a member without a name but with a tag (-fms-extensions): bindgen keeps their room.
                if rust.paddings.contains(where: { $0.contains(leaf.bits) }) {
                    hidden += 1
                } else {
                    differ(.field, leaf.path, c: "\(leaf.type) at \(Self.place(leaf))", rust: "no such field")
                }
                continue
            }
            matched.insert(mine.path)
            fields += 1
            if mine.bitOffset != leaf.bitOffset {
                differ(.offset, leaf.path, c: Self.place(leaf), rust: Self.place(mine))
            }
            if let size = leaf.bitSize, let mySize = mine.bitSize, size != mySize {
                differ(
                    .fieldSize, leaf.path, c: "\(size / 8) bytes, \(leaf.type)",
                    rust: "\(mySize / 8) bytes, \(mine.type)")
            }
        }
        for leaf in rust.leaves where !matched.contains(leaf.path) && leaf.bitSize != 0 && !leaf.looksLikeBindgen {
            differ(.field, leaf.path, c: "no such field", rust: "\(leaf.type) at \(Self.place(leaf))")
        }
    }

    /// A member of C's without a name, none of whose fields Rust has.
    struct LeftOut {
        let type: String
        let place: String
        let fields: [String]
    }

    /// Members that have a tag and no name (-fms-extensions), of which Rust has nothing, not even the room.
    static func leftOut(
        _ rust: RecordLayout, _ c: RecordLayout, _ ours: [String: RecordLayout.Leaf]
    ) -> [LeftOut] {
        var groups: [(type: String, leaves: [RecordLayout.Leaf])] = []
        for leaf in c.leaves {
            guard let holder = leaf.holder else { continue }
            // Two members of one type would have fields of one name, which C forbids.
            if let at = groups.firstIndex(where: { $0.type == holder }) {
                groups[at].leaves.append(leaf)
            } else {
                groups.append((holder, [leaf]))
            }
        }
        return groups.compactMap { type, leaves in
            let isAbsent = leaves.allSatisfy { leaf in
                match(leaf, in: ours) == nil && !rust.paddings.contains { $0.contains(leaf.bits) }
                    && !rust.bitFieldUnits.contains { leaf.isBitField && $0.bits.contains(leaf.bits) }
            }
            guard isAbsent, !rust.isPartial, let first = leaves.first else { return nil }
            return LeftOut(type: type, place: place(first), fields: leaves.map(\.path))
        }
    }

    private mutating func compareBitField(_ leaf: RecordLayout.Leaf, _ rust: RecordLayout) {
        let name = leaf.path.split(separator: ".").last.map(String.init) ?? leaf.path
        let parent = String(leaf.path.dropLast(name.count))
        let bits = leaf.bitOffset..<(leaf.bitOffset &+ max(leaf.bitSize ?? 1, 1))
        let units = rust.bitFieldUnits.filter { $0.parent == parent }
        if units.contains(where: { $0.bits.contains(bits) }) { return }
        let words = units.map { "bits \($0.bits.lowerBound) to \(max($0.bits.upperBound, 1) - 1)" }
            .joined(separator: ", ")
        differ(
            .bitField, leaf.path, c: "bits \(bits.lowerBound) to \(bits.upperBound - 1)",
            rust: words.isEmpty ? "no bit-field unit" : "units of \(words)")
    }

    /// Rust's field for one of C's, by their paths.
    static func match(_ leaf: RecordLayout.Leaf, in ours: [String: RecordLayout.Leaf]) -> RecordLayout.Leaf? {
        ours[leaf.path] ?? ours[escaped(leaf.path, in: ours)]
    }

    /// The path as bindgen writes it where a component is a keyword of Rust: `type_` for `type`.
    private static func escaped(_ path: String, in known: [String: RecordLayout.Leaf]) -> String {
        var result = ""
        for component in path.split(separator: ".", omittingEmptySubsequences: false) {
            let isElement = component.hasSuffix("[]")
            let name = isElement ? component.dropLast(2) : component
            let plain = result + component
            // A parent of a known path counts as known.
            let isKnown = known[plain] != nil || known.keys.contains { $0.hasPrefix(plain + ".") }
            result = isKnown ? plain + "." : result + name + "_" + (isElement ? "[]" : "") + "."
        }
        return String(result.dropLast())
    }

    private static func place(_ leaf: RecordLayout.Leaf) -> String {
        leaf.bitOffset.isMultiple(of: 8) ? "offset \(leaf.bitOffset / 8)" : "bit \(leaf.bitOffset)"
    }
}

extension Range<UInt64> {
    fileprivate func contains(_ other: Range<UInt64>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
