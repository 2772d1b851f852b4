// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Indices of a list, each once and in ascending order.
///
/// Written as text, a run of neighbours by its ends: `0-4,7`. A compilation reads a thousand headers that stand beside
/// each other in a sorted list.
package struct IndexList: Codable, Hashable, Sendable {
    package let indices: [Int]

    package init(_ indices: some Sequence<Int>) {
        let sorted = indices.sorted()
        var unique: [Int] = []
        unique.reserveCapacity(sorted.count)
        for index in sorted where unique.last != index { unique.append(index) }
        self.indices = unique
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let indices = Self.indices(in: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a list of indices: \(text.prefix(40))")
        }
        self.indices = indices
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// More than any list of files has.
    private static let largest = 1 << 24

    /// nil for what `text` does not write.
    private static func indices(in text: String) -> [Int]? {
        var indices: [Int] = []
        for run in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: text.isEmpty) {
            let ends = run.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { end in
                end.allSatisfy(\.isDigit) ? Int(String(decoding: end, as: UTF8.self)) : nil
            }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                ends.count == 1 || first < last, last < largest, first > indices.last ?? -1,
                indices.count + (last - first) < largest
            else { return nil }
            indices += first...last
        }
        return indices
    }

    private var text: String {
        var text = ""
        var at = indices.startIndex
        while at < indices.endIndex {
            var end = at
            while end + 1 < indices.endIndex, indices[end + 1] == indices[end] + 1 { end += 1 }
            if !text.isEmpty { text += "," }
            text += end == at ? "\(indices[at])" : "\(indices[at])-\(indices[end])"
            at = end + 1
        }
        return text
    }
}
