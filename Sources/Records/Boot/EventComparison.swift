// SPDX-License-Identifier: Apache-2.0

/// What kernels said that speaks against them, and what accounts for it: a test that provokes it, or a baseline that says
/// the same.
package struct EventComparison: Sendable {
    /// What one boot said, and what its tests came to.
    package struct Run: Sendable {
        package let events: [ConsoleEvent]
        package let tests: [TestResult]

        package init(events: [ConsoleEvent], tests: [TestResult]) {
            self.events = events
            self.tests = tests
        }
    }

    private struct Key: Hashable {
        let kind: ConsoleEvent.Kind
        /// The test in which it happened; outside of tests what it says, without its numbers.
        let place: String
        let isInTest: Bool

        init(_ event: ConsoleEvent) {
            kind = event.kind
            isInTest = event.duringTest != nil
            // Which device it looked for is another matter.
            place = event.duringTest ?? (event.isForLackOfRoot ? "no root" : Self.words(event.text))
        }

        /// Addresses, offsets, process numbers and those of CPUs differ from boot to boot; numbers in names don't.
        private static func words(_ text: String) -> String {
            var words = String.UnicodeScalarView()
            var rest = Substring(text).unicodeScalars
            while let first = rest.first {
                let word = rest.prefix { $0.properties.isAlphabetic || isDigit($0) || $0 == "_" }
                let isAddress = word.count >= 8 || word.starts(with: "0x".unicodeScalars)
                if isAddress, word.allSatisfy({ $0.properties.isASCIIHexDigit || $0 == "x" }) {
                    words.append("#")
                } else if isDigit(first) {
                    words.append("#")
                    words.append(contentsOf: word.filter { !isDigit($0) })
                } else if word.count > 1, word.dropFirst().allSatisfy(isDigit) {
                    // `u8` of a worker, `T12` of a caller.
                    words.append(contentsOf: [first, "#"])
                } else {
                    words.append(contentsOf: word)
                }
                rest = rest.dropFirst(word.count)
                if word.isEmpty {
                    words.append(first)
                    rest = rest.dropFirst()
                }
            }
            return String(words)
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    /// How often each was said in the run that said it most.
    private let known: [Key: Int]

    /// - Parameter baseline: the boots of the kernel that is compared with; what they say, the other may say, too.
    package init(baseline: [Run] = []) {
        var known: [Key: Int] = [:]
        for run in baseline {
            let counts = run.events.reduce(into: [:]) { $0[Key($1), default: 0] += 1 }
            known.merge(counts, uniquingKeysWith: max)
        }
        self.known = known
    }

    /// The grave events of a boot that neither its tests nor the baseline account for.
    package func unexplained(in run: Run) -> [ConsoleEvent] {
        var left = known
        let grave = run.events.filter { event in
            guard event.isGrave else { return false }
            guard let count = left[Key(event)], count > 0 else { return true }
            left[Key(event)] = count - 1
            return false
        }
        // The tests of the events, and those around them.
        var places: Set<String> = []
        for path in Set(grave.compactMap(\.duringTest)) {
            let names = path.split(separator: ConsoleEvent.pathSeparator, omittingEmptySubsequences: false)
            for count in 1...names.count {
                places.insert(names.prefix(count).joined(separator: ConsoleEvent.pathSeparator))
            }
        }
        guard !places.isEmpty else { return grave }
        var results: [String: [(line: Int, isProvoking: Bool)]] = [:]
        var waiting = run.tests.map { (path: $0.name, result: $0) }
        while let (path, result) = waiting.popLast() {
            guard places.contains(path) else { continue }
            if let line = result.line {
                results[path, default: []].append((line, result.diagnostics.contains(where: Self.isProvocation)))
            }
            waiting += result.children.map { ("\(path)\(ConsoleEvent.pathSeparator)\($0.name)", $0) }
        }
        return grave.filter { event in
            guard let path = event.duringTest, [.bug, .oops].contains(event.kind), !Self.isReport(event.text) else {
                return true
            }
            // Of several tests of one name, the one whose result comes next.
            let next = results[path, default: []].filter { $0.line > event.line }.min { $0.line < $1.line }
            return next?.isProvoking != true
        }
    }

    /// The warnings of a boot that the baseline does not have.
    package func newWarnings(in run: Run) -> [ConsoleEvent] {
        var left = known
        return run.events.filter { event in
            guard event.kind == .warning else { return false }
            left[Key(event), default: 0] -= 1
            return left[Key(event), default: 0] < 0
        }
    }

    /// What no test makes by dying.
    private static func isReport(_ text: String) -> Bool { text.hasPrefix("BUG: ") || text.hasPrefix("UBSAN: ") }

    /// KUnit caught a fault of the test's thread (lib/kunit/try-catch.c), or the self-test module says that it provokes one.
    private static func isProvocation(_ line: String) -> Bool {
        line.hasPrefix("#") && (line.contains(": try faulted: last line seen ") || line.hasSuffix(": provokes an Oops"))
    }
}
