// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension CampaignReport: Presentable {
    /// The matrix, and where it differs.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "campaign report", banner: banner,
            footer: "Bessemer \(toolVersion), \(Quantities.time(startedAt)), \(Quantities.duration(seconds))."
        ) {
            Document.Section("Cells") { Block.table(table) }
            if !patterns.isEmpty {
                Document.Section("Failures", .quiet(Quantities.count(patterns.count, "failure"))) {
                    patterns.map { pattern in
                        Block.sentence(
                            Span(pattern.fault.text), tag: .tag("fail", .bad), [.quiet(words(of: pattern))])
                    }
                }
            }
            if count(.unknown) > 0 {
                Document.Section("Not decided", .quiet(Quantities.count(count(.unknown), "cell"))) {
                    Block.table(
                        ["CELL", "REASON"],
                        cells.filter { $0.verdict == .unknown }.map { cell in
                            [[Span(cell.cell.text)], [Span(cell.fault?.text ?? "no result", .caution)]]
                        }, breaksLast: true, most: 40, noun: "cell")
                }
            }
            if !builds.isEmpty {
                Document.Section("Builds", .quiet(Quantities.count(builds.count, "build"))) {
                    Block.table(buildTable)
                }
            }
        }
    }

    private var seconds: Double { Double(milliseconds) / 1000 }

    private var banner: Document.Banner {
        let parts = [(count(.passed), "passed"), (count(.failed), "failed"), (count(.unknown), "not decided")]
            .filter { $0.0 > 0 }.map { "\(Quantities.number($0.0)) \($0.1)" }
        return Document.Banner(
            word: verdict.rawValue.uppercased(), role: verdict.role,
            title: "\(matrix.name): " + parts.joined(separator: ", "),
            lines: [
                .quiet(
                    Quantities.count(cells.count, "cell") + ", " + Quantities.count(steps, "step") + ", "
                        + Quantities.number(done) + " of them done in this run")
            ],
            numbers: [
                Fact("cells", Span(Quantities.number(cells.count))),
                Fact("passed", Span(Quantities.number(count(.passed)), .good)),
                Fact("failed", Span(Quantities.number(count(.failed)), count(.failed) > 0 ? .bad : nil)),
                Fact("not decided", Span(Quantities.number(count(.unknown)), count(.unknown) > 0 ? .caution : nil)),
            ])
    }

    private static let names: [CampaignMatrix.Axis: String] = [
        .kernel: "KERNEL", .configuration: "CONFIGURATION", .toolchain: "TOOLCHAIN", .machine: "MACHINE",
    ]

    /// Axes of a row: of each only where it has several values, and the kernel anyway.
    private var rowAxes: [CampaignMatrix.Axis] {
        [.kernel, .configuration, .toolchain].filter { $0 == .kernel || matrix.names($0).count > 1 }
    }

    /// A row a kernel, configuration and toolchain, a column a machine.
    private var table: Table {
        var rows: [[String]] = []
        var found: [[String]: [String: Cell]] = [:]
        for cell in cells {
            let row = [cell.cell.kernel, cell.cell.configuration, cell.cell.toolchain]
            if found[row] == nil { rows.append(row) }
            found[row, default: [:]][cell.cell.machine] = cell
        }
        let all: [CampaignMatrix.Axis] = [.kernel, .configuration, .toolchain]
        let shown = all.indices.filter { rowAxes.contains(all[$0]) }
        var table = Table(
            columns: shown.map { Table.Column(Self.names[all[$0]] ?? "") }
                + matrix.machines.map { Table.Column($0, isNamed: true) })
        table.caption = "Verdicts of the campaign's cells"
        table.most = 200
        table.noun = "row"
        table.rows = rows.map { row in
            shown.map { [Span(row[$0])] }
                + matrix.machines.map { machine in
                    guard let cell = found[row]?[machine] else { return [.quiet("left out")] }
                    return [cell.tag] + [cell.words].compactMap(\.self)
                }
        }
        return table
    }

    // MARK: Differences

    private func words(of pattern: Pattern) -> String {
        guard !pattern.conditions.isEmpty else {
            return
                "in \(Quantities.number(pattern.failing)) of \(Quantities.count(pattern.covered, "decided cell"))"
        }
        let parts = CampaignMatrix.Axis.allCases.compactMap { axis in
            pattern.conditions[axis].map { words(axis, $0) }
        }
        let place = parts.joined(separator: ", ")
        return pattern.failing == pattern.covered
            ? "only \(place)" : "only \(place), in \(pattern.failing) of \(Quantities.count(pattern.covered, "cell"))"
    }

    /// Kernels are in an order: what fails with the last of them, fails from one on.
    private func words(_ axis: CampaignMatrix.Axis, _ values: [String]) -> String {
        let all = matrix.names(axis)
        if axis == .kernel, values.count > 1, values.count < all.count, Array(all.suffix(values.count)) == values {
            return "from \(values[0]) on"
        }
        let names = values.prefix(8).joined(separator: ", ") + (values.count > 8 ? ", …" : "")
        return axis == .machine ? "on \(names)" : "with \(names)"
    }

    // MARK: Builds

    /// A cell of each kernel, configuration and toolchain.
    private var builds: [Cell] {
        var seen: Set<[String]> = []
        return cells.filter {
            $0.facts?.lock != nil && seen.insert([$0.cell.kernel, $0.cell.configuration, $0.cell.toolchain]).inserted
        }
    }

    private var buildTable: Table {
        var table = Table(columns: ["BUILD", "RELEASE", "AUDIT", "MADE WITH"])
        table.caption = "What the cells' kernels were built with"
        table.breaksLast = true
        table.rows = builds.map { build in
            let facts = build.facts ?? CampaignResult.Facts()
            let cell = build.cell
            let tools = ["rust-compiler", "c-compiler", "bindings-generator"].compactMap { facts.tools?[$0] }
            let audit = facts.auditErrors.map { errors in
                Span(
                    Quantities.count(errors, "error") + ", " + Quantities.count(facts.auditWarnings ?? 0, "warning"),
                    errors > 0 ? .bad : nil)
            }
            return [
                [Span([cell.kernel, cell.configuration, cell.toolchain].joined(separator: ", "))],
                [.code(facts.release ?? "")], [audit ?? .quiet("none")], tools.map { Span.quiet($0) },
            ]
        }
        return table
    }
}

extension CampaignReport.Verdict {
    fileprivate var role: Style.Role {
        switch self {
        case .passed: .good
        case .failed: .bad
        case .unknown: .caution
        }
    }
}

extension CampaignReport.Cell {
    fileprivate var tag: Span { .tag(verdict.rawValue, verdict.role) }

    /// How many tests passed, or failed.
    fileprivate var words: Span? {
        guard let tests = facts?.tests else { return nil }
        return .quiet(verdict == .passed ? "\(Quantities.number(tests.pass)) tests" : Quantities.counts(tests))
    }
}

extension JUnitReport {
    /// A suite for each kernel, configuration and toolchain, a case for each machine.
    package init(_ report: CampaignReport) {
        self.init(name: "bessemer campaign")
        for cell in report.cells {
            let name = [cell.cell.kernel, cell.cell.configuration, cell.cell.toolchain].joined(separator: ", ")
            if suites.last?.name != name { suites.append(Suite(name: name, startedAt: report.startedAt)) }
            let outcome: Outcome =
                switch cell.verdict {
                case .passed: .passed
                case .failed: .failure
                case .unknown: .error
                }
            suites[suites.count - 1].add(
                "campaign.\(report.matrix.name)", cell.cell.machine, outcome, cell.fault?.text ?? "",
                cell.facts?.failing ?? [])
        }
    }
}

extension CampaignOutline: Presentable {
    /// The cells, and the steps that they share.
    package func document(_ book: RuleBook) -> Document {
        let done = steps.count(where: \.isDone)
        return Document(
            "campaign plan",
            banner: Document.Banner(
                title: "\(name): \(Quantities.count(cells.count, "cell")), \(Quantities.count(steps.count, "step"))",
                lines: [.quiet("\(Quantities.number(done)) of the steps are done already")])
        ) {
            Document.Section("Cells") {
                Block.table(
                    ["KERNEL", "CONFIGURATION", "TOOLCHAIN", "MACHINE"],
                    cells.map {
                        [[Span($0.kernel)], [Span($0.configuration)], [Span($0.toolchain)], [Span($0.machine)]]
                    },
                    most: 100, noun: "cell")
            }
            Document.Section("Steps") {
                Block.table(
                    ["", "STEP", "KEY"],
                    steps.map { step in
                        [
                            [step.isDone ? .tag("done", .good) : .tag("to do", nil)], [Span(step.title)],
                            [.digest(step.key)],
                        ]
                    }, leading: 1, most: 100, noun: "step")
            }
        }
    }
}
