// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension BisectionReport: Presentable {
    /// The culprit, and what was tried.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "bisection report", banner: banner,
            footer: "Bessemer \(toolVersion), \(Quantities.time(startedAt)), "
                + "\(Quantities.duration(Double(milliseconds) / 1000))."
        ) {
            Document.Section("Tries") {
                Block.table(
                    [
                        Table.Column(axis.rawValue.uppercased()), .number("GOOD"), .number("BAD"),
                        .number("PASSED OVER"),
                        "",
                    ],
                    values.map { value in
                        [
                            [Span(value.name)], [Span("\(value.good)")], [Span("\(value.bad)")],
                            [Span("\(value.skipped)")],
                            suspects.contains(value.name)
                                ? [.tag(verdict == .culprit ? "culprit" : "suspect", .bad)] : [],
                        ]
                    }, most: 200, noun: "value")
            }
        }
    }

    private var banner: Document.Banner {
        let total = matrix.names(axis).count
        let title =
            switch verdict {
            case .culprit: "\(axis.rawValue) \(suspects.first ?? "") is the first that fails"
            case .range: "it is one of \(suspects.joined(separator: ", "))"
            case .inconclusive: "no first failure could be found"
            }
        return Document.Banner(
            word: verdict.rawValue.uppercased(), role: verdict == .culprit ? .good : .caution, title: title,
            lines: [
                failure.isEmpty ? nil : Span("the failure: \(failure)"), reason.isEmpty ? nil : Span(reason),
                .quiet(
                    "\(Quantities.number(values.count)) of \(Quantities.count(total, axis.rawValue)) tried, "
                        + Quantities.count(values.reduce(0) { $0 + $1.good + $1.bad + $1.skipped }, "try", "tries")),
            ].compactMap(\.self))
    }
}
