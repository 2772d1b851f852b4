// SPDX-License-Identifier: Apache-2.0

/// What kernels said that speaks against them, and what accounts for it: a test that provokes it, or a baseline that says
/// the same.
public struct EventComparison: Sendable {
    /// What one boot said, and what its tests came to.
    public struct Run: Sendable {
        public let events: [ConsoleEvent]
        public let tests: [TestResult]

        public init(events: [ConsoleEvent], tests: [TestResult]) {
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
            place = event.duringTest ?? Self.words(event.text)
        }

        /// Addresses, offsets and process numbers differ from boot to boot.
        private static func words(_ text: String) -> String {
            var words = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                if scalar.properties.isASCIIHexDigit {
                    if words.last != "#" { words.append("#") }
                } else {
                    words.append(scalar)
                }
            }
            return String(words)
        }
    }

    private let known: Set<Key>

    /// - Parameter baseline: the boots of the kernel that is compared with; what they say, the other may say, too.
    public init(baseline: [Run] = []) {
        known = Set(baseline.flatMap(\.events).filter(\.isGrave).map(Key.init))
    }

    /// The grave events of a boot that neither its tests nor the baseline account for.
    public func unexplained(in run: Run) -> [ConsoleEvent] {
        let grave = run.events.filter { $0.isGrave && !known.contains(Key($0)) }
        // The tests of the events, and those around them.
        var places: Set<String> = []
        for path in Set(grave.compactMap(\.duringTest)) {
            let names = path.split(separator: ConsoleEvent.pathSeparator, omittingEmptySubsequences: false)
            for count in 1...names.count {
                places.insert(names.prefix(count).joined(separator: ConsoleEvent.pathSeparator))
            }
        }
        guard !places.isEmpty else { return grave }
        var provokers: Set<String> = []
        var waiting = run.tests.map { (path: $0.name, result: $0) }
        while let (path, result) = waiting.popLast() {
            guard places.contains(path) else { continue }
            if result.diagnostics.contains(where: Self.isProvocation) { provokers.insert(path) }
            waiting += result.children.map { ("\(path)\(ConsoleEvent.pathSeparator)\($0.name)", $0) }
        }
        return grave.filter { event in
            guard let path = event.duringTest, [.bug, .oops].contains(event.kind) else { return true }
            return !provokers.contains(path)
        }
    }

    /// KUnit caught a fault of the test's thread (lib/kunit/try-catch.c), or the self-test module says that it provokes one.
    private static func isProvocation(_ line: String) -> Bool {
        line.hasPrefix("#") && (line.contains(": try faulted: last line seen ") || line.hasSuffix(": provokes an Oops"))
    }
}
