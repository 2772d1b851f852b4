// SPDX-License-Identifier: Apache-2.0

/// How many of each kind of thing there are in each language's code; kinds are small numbers.
struct LanguageCounts: Sendable {
    private let kinds: Int
    private var counts: [Int]

    init(kinds: Int) {
        self.kinds = kinds
        counts = [Int](repeating: 0, count: kinds * Origin.Language.allCases.count)
    }

    /// Of a kind from 0 on that is less than `kinds`.
    subscript(_ language: Origin.Language, _ kind: Int) -> Int {
        get { counts[language.place * kinds + kind] }
        set { counts[language.place * kinds + kind] = newValue }
    }

    var total: Int { counts.reduce(0, +) }

    /// Adds counts of the same kinds.
    static func += (left: inout LanguageCounts, right: LanguageCounts) {
        for (place, count) in right.counts.enumerated() { left.counts[place] += count }
    }
}
