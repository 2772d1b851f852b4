// SPDX-License-Identifier: Apache-2.0
package import Records

/// The orders of the list of runs, each with pages of its own.
private enum RunOrder: String, CaseIterable {
    case newest
    case oldest
    case verdict
    case kernel

    /// In the names of its pages; the first has the plain names.
    var name: String? { self == .newest ? nil : rawValue }

    var words: String {
        switch self {
        case .newest: "newest first"
        case .oldest: "oldest first"
        case .verdict: "failed ones first"
        case .kernel: "by kernel, newest version first"
        }
    }

    /// `runs` are the newest first, and stay so where the order says nothing else.
    func sorted(_ runs: [RunSummary]) -> [RunSummary] {
        switch self {
        case .newest: return runs
        case .oldest: return runs.reversed()
        case .verdict:
            return [RunRecord.Verdict.failed, .unknown, .passed].flatMap { verdict in
                runs.filter { $0.verdict == verdict }
            }
        case .kernel: return runs.newestFirst(\.kernelVersion)
        }
    }

    private func order(_ orders: [(RunOrder, Table.Column.Order.Direction)]) -> Table.Column.Order {
        let index = orders.firstIndex { $0.0 == self }
        let other = index.map { orders[($0 + 1) % orders.count].0 } ?? orders[0].0
        return Table.Column.Order(
            direction: index.map { orders[$0].1 },
            target: other == self ? nil : SitePath.list("runs", other.name, 1))
    }

    var columns: [Table.Column] {
        var columns: [Table.Column] =
            ["RUN", "KERNEL", "VERDICT"] + ["PASS", "FAIL", "WAIVED", "UNKNOWN", "SKIP"].map { .number($0) } + [
                "KERNELS"
            ]
        columns[0].order = order([(.newest, .descending), (.oldest, .ascending)])
        columns[1].order = order([(.kernel, .descending)])
        columns[2].order = order([(.verdict, .descending)])
        return columns
    }
}

extension SiteFacts {
    func runPages() -> [SitePage] {
        RunOrder.allCases.flatMap { order in
            SiteList(name: "runs", order: order.name, rows: order.sorted(runs)).pages(.runs) { rows, range in
                runsDocument(rows, range, order)
            }
        }
    }

    private func runsDocument(_ rows: [RunSummary], _ range: String, _ order: RunOrder) -> Document {
        guard !runs.isEmpty else {
            return Document("runs", banner: .init(title: "No run is recorded")) {
                Document.Section { Block.sentence("A pilot makes one and records it:", [.code("bessemer pilot")]) }
            }
        }
        let failed = runs.count { $0.verdict == .failed }
        let unknown = runs.count { $0.verdict == .unknown }
        return Document(
            "runs",
            banner: .init(
                title: "Runs: " + Quantities.number(runs.count),
                lines: [
                    Span(
                        "\(Quantities.number(runs.count - failed - unknown)) passed, \(Quantities.number(failed)) failed, "
                            + "\(Quantities.number(unknown)) unknown")
                ])
        ) {
            Document.Section {
                Block.table(
                    Table(
                        columns: order.columns, rows: rows.map(\.row),
                        caption: "Runs, \(order.words)" + (range.isEmpty ? "" : ": \(range)"), heading: 0,
                        isCompact: true))
            }
        }
    }
}

extension RunSummary {
    /// Its page.
    var link: Span { Span(identifier).leading(to: SitePath.run(identifier)) }

    fileprivate var row: [Table.Cell] {
        let words = verdict.words
        let isReported = counts != TestCounts()
        return [
            [link], [Span(kernelVersion)] + (imported == nil ? [] : [.quiet("imported")]),
            [.tag(words.word, words.role)],
        ]
            + [counts.pass, counts.fail - waived, waived, counts.unknown, counts.skip]
            .map { isReported ? [Span(Quantities.number($0))] : [] }
            + [sourceKind == nil ? [] : [Span("compare").leading(to: SitePath.comparison(identifier))]]
    }
}

// MARK: One run

/// A run of the log, or of another one, as its pages show it.
package enum SiteRun: Sendable {
    case own(ReportedRun)
    case unfinished(UnfinishedRun)
    case imported(ImportedRun)

    /// The report, and of a run that came to it the comparison of its kernels. `name` is the run's.
    package func pages(_ name: String, _ book: RuleBook) -> [SitePage] {
        let shown =
            switch self {
            case .own(let run): run.document(book)
            case .unfinished(let run): run.document(book)
            case .imported(let run): run.document(book)
            }
        let record: RunRecord? =
            switch self {
            case .own(let run): run.record
            case .unfinished: nil
            case .imported(let run): run.run?.record
            }
        let report = Document(
            shown.name, banner: shown.banner,
            footer: "Run \(name). The same facts for programs: bessemer evidence show \(name) --format json."
        ) {
            if record != nil {
                Document.Section {
                    Block.sentence(
                        Span("Both kernels beside each other").leading(to: SitePath.comparison(name)))
                }
            }
            shown.sections
        }
        return [SitePage(SitePath.run(name), of: .runs, report)]
            + (record.map { [SitePage(SitePath.comparison(name), of: .runs, $0.comparisonDocument)] } ?? [])
    }
}

extension RunRecord {
    /// Its two kernels beside each other: tests, configurations, what their consoles said.
    fileprivate var comparisonDocument: Document {
        let title = "Linux \(source.version) without and with Rust"
        let run = Block.sentence(
            Span("The run's report: \(identifier)").leading(to: SitePath.run(identifier)))
        guard let comparison, let baseline else {
            return Document("comparison", banner: .init(title: title)) {
                Document.Section {
                    run
                    Block.sentence(
                        Span("This run has one kernel: nothing was built or booted without Rust beside it.", .caution))
                }
            }
        }
        let accepted = acceptedTests
        let all = comparison.changes.filter(\.isWorse)
        let worse = all.count { accepted[$0.path] == nil }
        return Document(
            "comparison",
            banner: .init(
                word: worse == 0 ? "NOTHING WORSE" : "WORSE", role: worse == 0 ? .good : .bad, title: title,
                lines: [
                    Span(
                        worse == 0
                            ? all.isEmpty
                                ? "No test is worse with Rust than without."
                                : "Somebody accepts each of the \(Quantities.count(all.count, "test")) that got worse."
                            : "\(Quantities.count(worse, "test")) \(worse == 1 ? "is" : "are") worse with Rust than without."
                    )
                ]), footer: "Bessemer \(toolVersion), run \(identifier)"
        ) {
            Document.Section { run }
            comparison.section(baseline, beside: kernels.candidate)
            if let difference { difference.section }
            for kernel in kernels.all.reversed() {
                Document.Section(
                    kernel.role == .candidate ? "Console with Rust" : "Console without Rust",
                    Span(Quantities.count(kernel.boot.events.count, "event"))
                ) {
                    if !kernel.boot.events.isEmpty { kernel.boot.events.table() }
                }
            }
        }
    }
}
