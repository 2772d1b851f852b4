// SPDX-License-Identifier: Apache-2.0
internal import Records

/// What the page's template shows of test results.
struct HTMLTests {
    let tests: [HTMLTest]
    let rest: String?

    init(_ tree: TestTree) {
        var budget = HTMLTest.Budget(waivers: tree.waivers)
        tests = tree.results.worstFirst.compactMap { HTMLTest($0, budget: &budget) }
        rest = Quantities.rest(tree.results.count - tests.count, "suite")
    }
}

/// One test result of the page.
struct HTMLTest {
    struct Passed {
        let title: [String]
        let names: [String]
    }

    /// What the page may still show, which keeps a hostile record's page small, and which failures are accepted.
    struct Budget {
        var results = 8000
        let waivers: [String: Waiver]
        var diagnostics = 4000
    }

    let suite: Bool
    let open: Bool
    let tag: String
    let word: String
    let name: String
    let counts: String
    let waived: [String]
    let diagnostics: [String]
    let children: [HTMLTest]
    let passed: [Passed]
    let hidden: [String]

    /// Deeper suites are shown as single lines, named by their way from here.
    private static let deepest = 8

    /// Nil where the budget is used up.
    init?(_ result: TestResult, path: String? = nil, under parent: String? = nil, depth: Int = 0, budget: inout Budget)
    {
        guard budget.results > 0 else { return nil }
        budget.results -= 1
        let total = result.counts
        let isSuite = !result.children.isEmpty && depth < Self.deepest
        let outcome = result.children.isEmpty ? result.outcome : total.worst
        suite = isSuite
        tag = outcome.role?.tag ?? "none"
        word = outcome.rawValue
        name = path ?? result.name
        let whole = parent.map { $0 + "/" + (path ?? result.name) } ?? result.name
        waived = budget.waivers[whole].map { [$0.acceptance] } ?? []
        open = outcome.rank < TestOutcome.skip.rank
        let lines = outcome == .pass ? [] : Array(result.diagnostics.prefix(max(0, budget.diagnostics)))
        budget.diagnostics -= lines.count
        let isReason = outcome == .skip && lines.count == 1 && !isSuite
        diagnostics = isReason ? [] : Self.block(lines)
        guard isSuite else {
            if result.children.isEmpty {
                let line = result.line.map { "line \($0)" } ?? "no result line"
                counts = outcome == .pass ? "" : isReason ? lines[0] : line
            } else {
                counts = Quantities.counts(total)
            }
            children = []
            passed = []
            hidden = []
            return
        }
        counts = Quantities.counts(total)
        let inner =
            depth + 1 == Self.deepest
            ? result.leaves.filter(\.result.children.isEmpty).prefix(budget.results).map { leaf in
                (String(decoding: leaf.path.utf8.dropFirst(result.name.utf8.count + 1), as: UTF8.self), leaf.result)
            } : result.children.map { ($0.name, $0) }
        var shown: [HTMLTest] = []
        var names: [String] = []
        var left = 0
        for (path, child) in inner.sorted(by: { $0.1.rank < $1.1.rank }) {
            if child.children.isEmpty, child.outcome == .pass {
                if budget.results > 0 { names.append(path) } else { left += 1 }
                budget.results -= 1
            } else if let test = HTMLTest(child, path: path, under: whole, depth: depth + 1, budget: &budget) {
                shown.append(test)
            } else {
                left += 1
            }
        }
        children = shown
        passed =
            names.isEmpty
            ? [] : [Passed(title: shown.isEmpty ? [] : ["\(Quantities.number(names.count)) passed"], names: names)]
        hidden = left == 0 ? [] : ["and \(Quantities.number(left)) more: the JSON has all"]
    }

    /// Lines for one `pre`, none where there are none; a long text's middle is left out.
    private static func block(_ lines: [String], most: Int = 60) -> [String] {
        guard !lines.isEmpty else { return [] }
        var shown = Array(lines.prefix(most))
        if let rest = Quantities.rest(lines.count - most, "line") { shown.append("... " + rest) }
        return [shown.joined(separator: "\n")]
    }
}

extension TestResult {
    fileprivate var rank: Int { children.isEmpty ? outcome.rank : counts.worst.rank }
}

extension [TestResult] {
    /// Suites with a failure first, then undecided ones, then those that passed and those that were only skipped, each
    /// in the order of their start.
    fileprivate var worstFirst: [TestResult] {
        map { (rank: $0.rank, result: $0) }.sorted { $0.rank < $1.rank }.map(\.result)
    }
}
