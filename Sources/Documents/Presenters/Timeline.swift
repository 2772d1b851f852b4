// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension Timeline: Presentable {
    /// A line of kernels, or one run.
    private var whose: String { subject == run ? "run \(run)" : "Linux \(subject)" }

    /// A picture of what stands on days, and a table that says the same and what holds the rest.
    package func document(_ book: RuleBook) -> Document {
        let reached = milestones.count { $0.state == .reached }
        return Document(
            "timeline",
            banner: .init(
                title: "\(whose): \(reached) of \(milestones.count) milestones reached",
                lines: [
                    .quiet("as of the end of \(asOf) UTC, by the policy with SHA-256 \(policy.short)"),
                    .quiet("the run that is judged: \(run), Linux \(kernelVersion)"),
                ]), footer: "bessemer \(toolVersion)"
        ) {
            Document.Section("Milestones", isTitleDetail: true) {
                Block.chart(chart)
                Block.table(
                    ["", "MILESTONE", "DAY", "REASON"], milestones.map(\.row), leading: 1, breaksLast: true)
            }
            if !waivers.isEmpty {
                Document.Section("Ends of waivers") {
                    Block.table(
                        ["WAIVER", "STATE", "LAST DAY", "FOR"],
                        waivers.map { end in
                            [
                                [.code(end.waiver.identifier)], [Span(end.waiver.state.rawValue)],
                                [Span("\(end.waiver.lastDay) 24:00 UTC")],
                                [
                                    .code("\(end.waiver.terms.scope.rule) \(end.waiver.terms.scope.location)"),
                                    .quiet("owner \(end.waiver.terms.owner)"),
                                ],
                            ]
                        }, breaksLast: true, most: 40, noun: "waiver")
                }
            }
        }
    }

    private var chart: DayChart {
        let rows =
            milestones.map { DayChart.Row(title: $0.title, words: $0.shortWords, mark: $0.mark) }
            + waivers.map { end in
                DayChart.Row(
                    title: "waiver \(end.waiver.identifier)",
                    words: "\(end.waiver.state.rawValue), \(end.waiver.terms.from) to \(end.waiver.lastDay)",
                    mark: .span(end.waiver.terms.from, end.waiver.lastDay))
            }
        return DayChart(
            title: "Milestones of \(whose) as of \(asOf)",
            description: rows.map { "\($0.title): \($0.words)." }.joined(separator: " "), today: asOf, rows: rows)
    }
}

extension Milestone {
    /// Its state in a sentence: `held by GAT007, GAT008`.
    var words: String {
        switch state {
        case .reached:
            (basis == .observation ? "reached, seen first on " : "reached on ") + (day?.description ?? "an unknown day")
                + (entry.map { " (entry \($0.sequence))" } ?? "")
        case .eligible:
            "\(basis == .declared ? "expected" : "eligible") on \(day?.description ?? "an unknown day")"
                + (until.map { ", until \($0)" } ?? "")
        case .held:
            "held by " + names(heldBy.count) + (lastLooked.map { " (last looked \($0))" } ?? "")
        case .unknown: "cannot tell (" + (lastLooked.map { "last looked \($0)" } ?? "never looked") + ")"
        }
    }

    /// The same where there is room for a line.
    fileprivate var shortWords: String {
        guard state == .held else { return words }
        let most = 3
        return "held by " + names(most) + (heldBy.count > most ? " and \(heldBy.count - most) more" : "")
    }

    private func names(_ count: Int) -> String { heldBy.prefix(count).map(\.name).joined(separator: ", ") }

    fileprivate var mark: DayChart.Mark {
        switch (state, day) {
        case (.eligible, .some(let day)) where basis == .declared: .span(day, day)
        case (.reached, .some(let day)): .reached(day)
        case (.eligible, .some(let day)): .span(day, until)
        case (.held, _): .held
        case (.reached, nil), (.eligible, nil), (.unknown, _): .unknown
        }
    }

    private var tag: String {
        switch state {
        case .unknown: "cannot tell"
        case .eligible where basis == .declared: "expected"
        default: state.rawValue
        }
    }

    fileprivate var row: [Table.Cell] {
        let role: Style.Role? =
            switch state {
            case .reached: .good
            case .eligible, .unknown: .caution
            case .held: .bad
            }
        let obstacles = heldBy.map { Span("\($0.name): \($0.reason)") }
        return [
            [.tag(tag, role)], [Span(title)],
            [Span(day?.description ?? "")] + [until.map { .quiet("until \($0)") }].compactMap(\.self),
            [Span(words)] + (basis == .gate ? obstacles.map { .quiet($0.text) } : []) + notes.map { .quiet($0) },
        ]
    }
}
