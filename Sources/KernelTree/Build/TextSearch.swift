// SPDX-License-Identifier: Apache-2.0

/// Looks for several texts at once in bytes that come in pieces (Horspool's search over the shortest of them).
struct TextSearch {
    /// Those that were seen.
    private(set) var found: Set<String> = []
    private let texts: [[UInt8]]
    /// The length of the shortest.
    private let width: Int
    /// By the last byte of a window: how far on the next one can begin.
    private let steps: [Int]
    /// What a text that goes over the end of a piece may have begun with.
    private var tail: [UInt8] = []

    /// Empty texts are not looked for.
    init(_ texts: [String]) {
        let texts = texts.map { Array($0.utf8) }.filter { !$0.isEmpty }
        let width = texts.map(\.count).min() ?? 0
        var steps = Array(repeating: max(width, 1), count: 256)
        for text in texts {
            for (place, byte) in text.prefix(width).dropLast().enumerated() {
                steps[Int(byte)] = min(steps[Int(byte)], width - 1 - place)
            }
        }
        self.texts = texts
        self.width = width
        self.steps = steps
    }

    mutating func add(_ piece: [UInt8]) {
        guard width > 0 else { return }
        let bytes = tail + piece
        var end = width - 1
        while end < bytes.count {
            let start = end - width + 1
            for text in texts where text[width - 1] == bytes[end] && bytes[start...].starts(with: text) {
                found.insert(String(decoding: text, as: UTF8.self))
            }
            end += steps[Int(bytes[end])]
        }
        tail = bytes.suffix((texts.map(\.count).max() ?? 1) - 1)
    }
}
