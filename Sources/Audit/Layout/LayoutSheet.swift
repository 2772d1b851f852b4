// SPDX-License-Identifier: Apache-2.0
internal import DWARFKit
internal import Records

extension LayoutSheet {
    init(name: String, c: RecordLayout?, rust: RecordLayout?) {
        let comparison = c.flatMap { c in rust.map { LayoutComparison(rust: $0, c: c) } }
        let differences = (comparison?.differences ?? []).map {
            ($0.path.isEmpty ? "" : "\($0.path): ") + "C has \($0.c), Rust has \($0.rust)"
        }
        var rows: [Row] = []
        let ours = rust?.leavesByPath ?? [:]
        var matched: Set<String> = []
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
        self.init(
            name: name, c: c.map(Self.side), rust: rust.map(Self.side), rows: Self.merged(rows, holes),
            differences: differences)
    }

    private static func side(_ record: RecordLayout) -> Side {
        Side(
            kind: record.kind.rawValue, size: record.size, alignment: record.alignment ?? record.naturalAlignment,
            declaredAt: record.declaredAt?.description, isOpaque: record.isOpaque)
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
