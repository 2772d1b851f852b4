// SPDX-License-Identifier: Apache-2.0
internal import Records

extension TestTree {
    /// What the page's template shows.
    var values: TemplateValues {
        var page = TestPage(waivers: waivers)
        let tests = results.worstFirst.compactMap { page.test($0) }
        var values = TemplateValues(["tests": tests])
        values["rest"] = Quantities.rest(results.count - tests.count, "suite")
        return values
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
    ) -> TemplateValues? {
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
        var values = TemplateValues([
            "suite": isSuite, "open": outcome.rank < TestOutcome.skip.rank, "tag": outcome.role?.tag ?? "none",
            "word": outcome.rawValue, "name": name, "counts": Quantities.counts(total),
            "waived": waivers[whole].map { [$0.acceptance] } ?? [],
            "diagnostics": isReason ? [] : Self.block(lines),
        ])
        guard isSuite else {
            if result.children.isEmpty {
                let line = result.line.map { "line \($0)" } ?? "no result line"
                values["counts"] = outcome == .pass ? "" : isReason ? lines[0] : line
            }
            return values
        }
        let inner =
            depth + 1 == Self.deepest
            ? result.leaves.filter(\.result.children.isEmpty).prefix(results).map { leaf in
                (String(decoding: leaf.path.utf8.dropFirst(result.name.utf8.count + 1), as: UTF8.self), leaf.result)
            } : result.children.map { ($0.name, $0) }
        var shown: [TemplateValues] = []
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
        values["children"] = shown
        values["passed"] = names.isEmpty ? [] : [TemplateValues(["title": title, "names": names])]
        values["hidden"] = left == 0 ? [] : ["and \(Quantities.number(left)) more: the JSON has all"]
        return values
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
