// SPDX-License-Identifier: Apache-2.0

/// One type, C and Rust side by side, with its holes and padding.
package struct LayoutSheet: Codable, Hashable, Sendable {
    /// One side's view of the whole type.
    package struct Side: Codable, Hashable, Sendable {
        /// `struct`, `union`, `enum`
        package let kind: String
        /// In bytes.
        package let size: UInt64
        /// In bytes, where it is known.
        package let alignment: UInt64?
        package let declaredAt: String?
        package let isOpaque: Bool
    }

    /// One side's view of a field.
    package struct Field: Codable, Hashable, Sendable {
        package let type: String
        /// From the start of the type, in bits.
        package let bitOffset: UInt64
        package let bitSize: UInt64?
    }

    package struct Row: Codable, Hashable, Sendable {
        /// The field's path; nil for bytes that no field uses.
        package let path: String?
        package let bitOffset: UInt64
        package let bitSize: UInt64?
        package let c: Field?
        package let rust: Field?

        /// Whether both sides have it and agree, or only one side is known.
        package var agrees: Bool {
            guard let c, let rust else { return true }
            return c.bitOffset == rust.bitOffset
                && (c.bitSize == nil || rust.bitSize == nil || c.bitSize == rust.bitSize)
        }
    }

    package let name: String
    package let c: Side?
    package let rust: Side?
    package let rows: [Row]
    /// What the layout rules say of the pair; empty where they agree.
    package let differences: [String]

    init(name: String, c: RecordLayout?, rust: RecordLayout?) {
        self.name = name
        self.c = c.map(Self.side)
        self.rust = rust.map(Self.side)
        let comparison = c.flatMap { c in rust.map { LayoutComparison(rust: $0, c: c) } }
        differences = (comparison?.differences ?? []).map {
            ($0.path.isEmpty ? "" : "\($0.path): ") + "C has \($0.c), Rust has \($0.rust)"
        }
        var rows: [Row] = []
        var ours: [String: RecordLayout.Leaf] = [:]
        var matched: Set<String> = []
        for leaf in rust?.leaves ?? [] { ours[leaf.path] = leaf }
        for leaf in c?.leaves ?? [] {
            let other = LayoutComparison.match(leaf, in: ours)
            if let other { matched.insert(other.path) }
            rows.append(
                Row(
                    path: leaf.path, bitOffset: leaf.bitOffset, bitSize: leaf.bitSize, c: Self.field(leaf),
                    rust: other.map(Self.field)))
        }
        for leaf in rust?.leaves ?? [] where !matched.contains(leaf.path) && !leaf.looksLikeBindgen {
            rows.append(
                Row(path: leaf.path, bitOffset: leaf.bitOffset, bitSize: leaf.bitSize, c: nil, rust: Self.field(leaf)))
        }
        // Members of an array's elements count from their element, so they stay behind their array.
        let holes = Self.holes(rows, size: (c ?? rust)?.size ?? 0, isUnion: (c ?? rust)?.kind == .union)
        self.rows = Self.merged(rows, holes)
    }

    private static func side(_ record: RecordLayout) -> Side {
        Side(
            kind: record.kind.rawValue, size: record.size, alignment: record.alignment ?? record.naturalAlignment,
            declaredAt: record.declaredAt, isOpaque: record.isOpaque)
    }

    private static func field(_ leaf: RecordLayout.Leaf) -> Field {
        Field(type: leaf.type, bitOffset: leaf.bitOffset, bitSize: leaf.bitSize)
    }

    /// The bits that no field covers: between fields, and behind the last.
    private static func holes(_ rows: [Row], size: UInt64, isUnion: Bool) -> [Row] {
        guard !isUnion else { return [] }
        let used = rows.filter { !($0.path ?? "").contains("[].") }
            .map { ($0.bitOffset, $0.bitOffset &+ ($0.bitSize ?? 0)) }.sorted { $0 < $1 }
        var holes: [Row] = []
        var end: UInt64 = 0
        for (start, stop) in used + [(size &* 8, size &* 8)] {
            if start > end { holes.append(Row(path: nil, bitOffset: end, bitSize: start - end, c: nil, rust: nil)) }
            end = max(end, stop)
        }
        return holes
    }

    private static func merged(_ rows: [Row], _ holes: [Row]) -> [Row] {
        var result: [Row] = []
        var left = holes[...]
        for row in rows {
            let isElement = (row.path ?? "").contains("[].")
            while let hole = left.first, !isElement, hole.bitOffset < row.bitOffset {
                result.append(hole)
                left.removeFirst()
            }
            result.append(row)
        }
        return result + left
    }
}
