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

    let differences: [Difference]
    /// Fields whose offset was compared, bit-fields included.
    let fields: Int
    /// Fields of C that Rust keeps room for and has no name for.
    let hidden: Int
    /// Whether the alignments could be compared.
    let isAlignmentKnown: Bool
    /// Nothing but size and alignment could be compared.
    let isSizeOnly: Bool

    init(rust: RecordLayout, c: RecordLayout) {
        var differences: [Difference] = []
        if rust.size != c.size {
            differences.append(.init(kind: .size, path: "", c: "\(c.size) bytes", rust: "\(rust.size) bytes"))
        }
        isAlignmentKnown = Self.compareAlignment(rust, c, &differences)
        if rust.isOpaque || c.isOpaque {
            (fields, hidden, isSizeOnly) = (0, 0, true)
        } else if c.kind == .enumeration {
            (fields, isSizeOnly) = Self.compareEnumerators(rust, c, &differences)
            hidden = 0
        } else {
            (fields, hidden) = Self.compareFields(rust, c, &differences)
            isSizeOnly = false
        }
        self.differences = differences
    }

    private static func compareAlignment(
        _ rust: RecordLayout, _ c: RecordLayout, _ differences: inout [Difference]
    ) -> Bool {
        guard let ours = rust.alignment else { return false }
        if let theirs = c.alignment {
            if ours != theirs {
                differences.append(.init(kind: .alignment, path: "", c: "\(theirs) bytes", rust: "\(ours) bytes"))
            }
            return true
        }
        // DWARF tells no alignment of a C record unless an attribute raised it, and never that one is packed.
        guard let natural = c.naturalAlignment, !c.isPacked else { return false }
        if ours > natural {
            differences.append(.init(kind: .alignment, path: "", c: "\(natural) bytes", rust: "\(ours) bytes"))
            return true
        }
        return ours == natural
    }

    private static func compareEnumerators(
        _ rust: RecordLayout, _ c: RecordLayout, _ differences: inout [Difference]
    ) -> (Int, Bool) {
        guard rust.kind == .enumeration else { return (0, true) }
        let theirs = Dictionary(c.enumerators.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        for enumerator in rust.enumerators where theirs[enumerator.name] != enumerator.value {
            differences.append(
                .init(
                    kind: .enumerator, path: enumerator.name, c: theirs[enumerator.name].map { "\($0)" } ?? "absent",
                    rust: "\(enumerator.value)"))
        }
        return (rust.enumerators.count, false)
    }

    private static func compareFields(
        _ rust: RecordLayout, _ c: RecordLayout, _ differences: inout [Difference]
    ) -> (compared: Int, hidden: Int) {
        var compared = 0
        var hidden = 0
        var ours: [String: RecordLayout.Leaf] = [:]
        for leaf in rust.leaves { ours[leaf.path] = leaf }
        var matched: Set<String> = []
        let left = leftOut(rust, c, ours)
        for holder in left {
            differences.append(
                .init(
                    kind: .field, path: "", c: "\(holder.type) at \(holder.place)",
                    rust: "no such member",
                    note: "bindgen left out a member that has a tag and no name, `\(holder.type)`, with "
                        + (holder.fields.count == 1
                            ? "its field" : "its \(holder.fields.count) fields") + ": "
                        + holder.fields.joined(separator: ", ")))
        }
        let gone = Set(left.flatMap(\.fields))
        for leaf in c.leaves where !gone.contains(leaf.path) {
            if leaf.isBitField {
                compared += 1
                compareBitField(leaf, rust, &differences)
                continue
            }
            guard let mine = match(leaf, in: ours) else {
                // bindgen leaves out an array of no elements in the middle of a record, which holds nothing.
                if leaf.bitSize == 0 || rust.isPartial { continue }
                // Members of a member without a name but with a tag (-fms-extensions): bindgen keeps their room.
                let bits = leaf.bitOffset..<(leaf.bitOffset &+ (leaf.bitSize ?? 0))
                if rust.paddings.contains(where: { $0.contains(bits) }) {
                    hidden += 1
                    continue
                }
                differences.append(
                    .init(kind: .field, path: leaf.path, c: "\(leaf.type) at \(place(leaf))", rust: "no such field"))
                continue
            }
            matched.insert(mine.path)
            compared += 1
            if mine.bitOffset != leaf.bitOffset {
                differences.append(.init(kind: .offset, path: leaf.path, c: place(leaf), rust: place(mine)))
            }
            if let size = leaf.bitSize, let mySize = mine.bitSize, size != mySize {
                differences.append(
                    .init(
                        kind: .fieldSize, path: leaf.path, c: "\(size / 8) bytes, \(leaf.type)",
                        rust: "\(mySize / 8) bytes, \(mine.type)"))
            }
        }
        for leaf in rust.leaves where !matched.contains(leaf.path) && leaf.bitSize != 0 && !leaf.looksLikeBindgen {
            differences.append(
                .init(kind: .field, path: leaf.path, c: "no such field", rust: "\(leaf.type) at \(place(leaf))"))
        }
        return (compared, hidden)
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
                let bits = leaf.bitOffset..<(leaf.bitOffset &+ (leaf.bitSize ?? 0))
                return match(leaf, in: ours) == nil && !rust.paddings.contains { $0.contains(bits) }
                    && !rust.bitFieldUnits.contains { leaf.isBitField && $0.bits.contains(bits) }
            }
            guard isAbsent, !rust.isPartial, let first = leaves.first else { return nil }
            return LeftOut(type: type, place: place(first), fields: leaves.map(\.path))
        }
    }

    private static func compareBitField(
        _ leaf: RecordLayout.Leaf, _ rust: RecordLayout, _ differences: inout [Difference]
    ) {
        let name = leaf.path.split(separator: ".").last.map(String.init) ?? leaf.path
        let parent = String(leaf.path.dropLast(name.count))
        let bits = leaf.bitOffset..<(leaf.bitOffset &+ max(leaf.bitSize ?? 1, 1))
        if rust.bitFieldUnits.contains(where: { $0.parent == parent && $0.bits.contains(bits) }) { return }
        let units = rust.bitFieldUnits.filter { $0.parent == parent }
            .map { "bits \($0.bits.lowerBound) to \(max($0.bits.upperBound, 1) - 1)" }.joined(separator: ", ")
        differences.append(
            .init(
                kind: .bitField, path: leaf.path, c: "bits \(bits.lowerBound) to \(bits.upperBound - 1)",
                rust: units.isEmpty ? "no bit-field unit" : "units of \(units)"))
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
