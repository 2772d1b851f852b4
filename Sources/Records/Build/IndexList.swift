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

    /// nil for what `text` does not write. Lists have millions of numbers: they are read byte by byte.
    private static func indices(in text: String) -> [Int]? {
        var indices: [Int] = []
        var first: Int?
        var number: Int?
        /// Takes the run that ends here.
        func endRun() -> Bool {
            guard let last = number else { return false }
            let start = first ?? last
            guard first == nil || start < last, start > indices.last ?? -1, indices.count + (last - start) < largest
            else { return false }
            indices += start...last
            (first, number) = (nil, nil)
            return true
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: ","): guard endRun() else { return nil }
            case UInt8(ascii: "-"):
                guard first == nil, number != nil else { return nil }
                (first, number) = (number, nil)
            default:
                guard byte.isDigit else { return nil }
                let next = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
                guard next < largest else { return nil }
                number = next
            }
        }
        return text.isEmpty || endRun() ? indices : nil
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
