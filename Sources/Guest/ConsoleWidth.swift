// SPDX-License-Identifier: Apache-2.0

/// Tells whether a console cut or wrapped its lines at a width, so that the end of a result, which may say that it was
/// skipped, can be missing.
///
/// Nothing says so by itself: many lines of one length, and none that is longer, do. Lines of results have one length
/// for other reasons, too, so that those count at the usual widths only.
struct ConsoleWidth: Sendable {
    private static let usual: Set<Int> = [79, 80, 131, 132]
    private static let narrowest = 60
    private static let most = 10_000

    private var widest = 0
    private var count = 0
    /// The texts of that length, without their numbers.
    private var texts: Set<Int> = []
    private var results: Set<Int> = []

    /// Takes a line's number, its width, its text, and whether that is a result.
    mutating func add(_ line: Int, _ width: Int, _ text: ArraySlice<UInt8>, _ isResult: Bool) {
        guard width >= widest, width >= Self.narrowest else { return }
        if width > widest {
            widest = width
            count = 0
            texts = []
            results = []
        }
        count += 1
        if isResult {
            if results.count < Self.most { results.insert(line) }
        } else if texts.count < 3 {
            var hasher = Hasher()
            for byte in text.prefix(200) where !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                hasher.combine(byte)
            }
            texts.insert(hasher.finalize())
        }
    }

    private var isLimit: Bool { texts.count >= 3 || Self.usual.contains(widest) && count >= 2 }

    /// The results, of which those that say ok at the very edge are unknown.
    func judged(_ tests: [TestResult]) -> [TestResult] {
        guard isLimit, !results.isEmpty else { return tests }
        return tests.map(judged)
    }

    /// Results nest no deeper than the parser allows.
    private func judged(_ test: TestResult) -> TestResult {
        let children = test.children.map(judged)
        var reasons: [String] = []
        if test.outcome == .pass {
            if let line = test.line, results.contains(line) {
                reasons.append(
                    "its line is as wide as the console, \(widest) characters: its end, and what it says there, may be cut"
                )
            }
            let unknown = children.count { $0.outcome == .unknown }
            if unknown > 0 { reasons.append("\(unknown) of the results inside are unknown") }
        }
        guard !reasons.isEmpty || children != test.children else { return test }
        return TestResult(
            name: test.name, outcome: reasons.isEmpty ? test.outcome : .unknown,
            diagnostics: reasons + test.diagnostics, line: test.line, children: children)
    }
}
