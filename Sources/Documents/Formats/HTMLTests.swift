// SPDX-License-Identifier: Apache-2.0
internal import Records

extension TestTree {
    /// What the page's template shows.
    var values: TemplateFields {
        var page = TestPage(waivers: waivers)
        let tests = results.worstFirst.compactMap { page.test($0) }
        return TemplateFields([
            "tests": .list(tests), "rest": Quantities.rest(results.count - tests.count, "suite").map { .text($0) },
        ])
    }
}

/// What the page may still show of test results, which keeps a hostile record's page small, and which failures are accepted.
private struct TestPage {
    var results = 8000
    var diagnostics = 4000
    let waivers: [String: Waiver]

    /// Deeper suites are shown as single lines, named by their way from here.
    static let deepest = 8

    /// One result, by the names of its template; nil where no more may be shown.
    mutating func test(
        _ result: TestResult, path: String? = nil, under parent: String? = nil, depth: Int = 0
    ) -> TemplateFields? {
        guard results > 0 else { return nil }
        results -= 1
        let total = result.counts
        let isSuite = !result.children.isEmpty && depth < Self.deepest
        let outcome = result.children.isEmpty ? result.outcome : total.worst
        let name = path ?? result.name
        let whole = parent.map { $0 + "/" + name } ?? result.name
        let lines = outcome == .pass ? [] : Array(result.diagnostics.prefix(max(0, diagnostics)))
        diagnostics -= lines.count
        let isReason = outcome == .skip && lines.count == 1 && !isSuite
        /// With what says how much of it, and what is in it.
        func values(
            _ counts: String, _ children: [TemplateFields] = [], passed: TemplateFields? = nil, hidden: Int = 0
        ) -> TemplateFields {
            TemplateFields([
                "suite": .flag(isSuite), "open": .flag(outcome.rank < TestOutcome.skip.rank),
                "tag": .text(outcome.role?.tag ?? "none"), "word": .text(outcome.rawValue), "name": .text(name),
                "counts": .text(counts), "waived": .texts(waivers[whole].map { [$0.acceptance] } ?? []),
                "diagnostics": .texts(isReason ? [] : Self.block(lines)), "children": .list(children),
                "passed": .list(passed.map { [$0] } ?? []),
                "hidden": .texts(hidden == 0 ? [] : ["and \(Quantities.number(hidden)) more: the JSON has all"]),
            ])
        }
        guard isSuite else {
            guard result.children.isEmpty else { return values(Quantities.counts(total)) }
            let line = result.line.map { "line \($0)" } ?? "no result line"
            return values(outcome == .pass ? "" : isReason ? lines[0] : line)
        }
        let inner =
            depth + 1 == Self.deepest
            ? result.leaves.filter(\.result.children.isEmpty).prefix(results).map { leaf in
                (String(decoding: leaf.path.utf8.dropFirst(result.name.utf8.count + 1), as: UTF8.self), leaf.result)
            } : result.children.map { ($0.name, $0) }
        var shown: [TemplateFields] = []
        var names: [String] = []
        var left = 0
        for (path, child) in inner.sorted(by: { $0.1.rank < $1.1.rank }) {
            if child.children.isEmpty, child.outcome == .pass {
                if results > 0 { names.append(path) } else { left += 1 }
                results -= 1
            } else if let test = test(child, path: path, under: whole, depth: depth + 1) {
                shown.append(test)
            } else {
                left += 1
            }
        }
        let title = shown.isEmpty ? [] : ["\(Quantities.number(names.count)) passed"]
        let passed = names.isEmpty ? nil : TemplateFields(["title": .texts(title), "names": .texts(names)])
        return values(Quantities.counts(total), shown, passed: passed, hidden: left)
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
