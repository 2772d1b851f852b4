// SPDX-License-Identifier: Apache-2.0

/// What a test, or a suite of them, came to.
package enum TestOutcome: String, Codable, Sendable, CaseIterable {
    case pass
    case fail
    case skip
    /// Not decided: no result line, a lost or garbled one, or a plan that does not fit. Never counted as passed.
    case unknown
}

/// One KTAP result with the results inside it (Documentation/dev-tools/ktap.rst).
package struct TestResult: Codable, Hashable, Sendable {
    package let name: String
    package let outcome: TestOutcome
    /// Diagnostic lines that belong to it, the skip's reason, or why the outcome is unknown.
    package let diagnostics: [String]
    /// Line of the console log where its result stands, counted from 1; nil where there is none.
    package let line: Int?
    package let children: [TestResult]

    package init(name: String, outcome: TestOutcome, diagnostics: [String], line: Int?, children: [TestResult]) {
        self.name = name
        self.outcome = outcome
        self.diagnostics = diagnostics
        self.line = line
        self.children = children
    }

    /// Why it was skipped, where it says so; other comments that stand before it are none.
    package var skipReason: String? {
        diagnostics.first { !$0.hasPrefix("#") || $0.hasPrefix("# SKIP") }
    }

    /// The results without children, counted by outcome. A suite that failed or is unknown although no child shows it
    /// counts as one more.
    package var counts: TestCounts {
        if children.isEmpty { return TestCounts(outcome) }
        var inner = children.reduce(into: TestCounts()) { $0 += $1.counts }
        if !isShown(by: inner) { inner += TestCounts(outcome) }
        return inner
    }

    private func isShown(by inner: TestCounts) -> Bool {
        switch outcome {
        case .fail: inner.fail > 0
        case .unknown: inner.unknown > 0
        case .pass, .skip: true
        }
    }

    /// A suite whose outcome none of the tests inside accounts for.
    var decidesItself: Bool {
        !children.isEmpty && !isShown(by: children.reduce(into: TestCounts()) { $0 += $1.counts })
    }
}

/// How many tests came to what.
package struct TestCounts: Codable, Hashable, Sendable {
    package var pass = 0
    package var fail = 0
    package var skip = 0
    package var unknown = 0

    package init() {}

    package init(_ outcome: TestOutcome) {
        switch outcome {
        case .pass: pass = 1
        case .fail: fail = 1
        case .skip: skip = 1
        case .unknown: unknown = 1
        }
    }

    package var total: Int { pass + fail + skip + unknown }

    /// What a person should know first: something failed, was not decided or was only skipped, or all is well.
    package var worst: TestOutcome {
        fail > 0 ? .fail : unknown > 0 ? .unknown : pass > 0 ? .pass : .skip
    }

    package static func += (left: inout TestCounts, right: TestCounts) {
        left.pass += right.pass
        left.fail += right.fail
        left.skip += right.skip
        left.unknown += right.unknown
    }
}
