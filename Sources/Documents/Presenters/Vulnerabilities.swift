// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension VulnerabilityReport: Presentable {
    /// How many there are of each status, each that is not settled, and each that is fixed.
    package func document(_ book: RuleBook) -> Document {
        let open = verdicts.filter { [.affected, .underInvestigation].contains($0.status) }
        let affected = open.contains { $0.status == .affected }
        return Document(
            "vulnerabilities",
            banner: .init(
                word: isClear ? "CLEAR" : affected ? "AFFECTED" : "UNDER INVESTIGATION",
                role: isClear ? .good : affected ? .bad : .caution,
                title: "Linux \(version), run \(run): \(Quantities.count(records, "vulnerability", "vulnerabilities"))",
                lines: [
                    .quiet(
                        "\(Quantities.count(rejected, "record")) withdrawn, \(Quantities.number(others)) of other products"
                    )
                ])
        ) {
            Document.Section("Kernels") {
                Block.table(
                    ["KERNEL"] + Status.allCases.map { .number($0.words.uppercased()) } + ["COMPILED FILES"],
                    kernels.map { kernel in
                        [[Span("\(kernel.release) (\(kernel.role.rawValue))")]]
                            + Status.allCases.map { [Span(Quantities.number(count($0, kernel.role)))] }
                            + [
                                kernel.compiledFiles.map {
                                    [
                                        Span(Quantities.number($0)),
                                        kernel.gaps == 0
                                            ? "" : Span(Quantities.count(kernel.gaps, "gap"), .caution),
                                    ].filter { !$0.text.isEmpty }
                                } ?? [Span("not recorded", .caution)]
                            ]
                    })
            }
            let gaps = kernels.filter { $0.gaps > 0 }
            if !gaps.isEmpty {
                Document.Section("Gaps in the lists of files", Span("what is not listed may still be there")) {
                    Block.facts(
                        gaps.map { kernel in
                            let more = kernel.gaps - kernel.gapFiles.count
                            return Fact(
                                kernel.role.rawValue,
                                Span(
                                    kernel.gapFiles.joined(separator: ", ") + (more > 0 ? " and \(more) more" : ""),
                                    .caution))
                        })
                }
            }
            for (title, verdicts) in [
                ("Affected, or to be looked at", open), ("Fixed", verdicts.filter { $0.status == .fixed }),
            ] where !verdicts.isEmpty {
                Document.Section(title) { Self.table(verdicts) }
            }
        }
    }

    private static func table(_ verdicts: [Verdict]) -> Block {
        .table(
            ["CVE", "KERNEL", "STATUS", "RATIONALE"],
            verdicts.map { verdict in
                [
                    [Span(verdict.identifier)], [Span(verdict.role.rawValue)],
                    [.tag(verdict.status.words, verdict.status.role)], [Span(verdict.title), .quiet(verdict.reason)],
                ]
            }, breaksLast: true, most: 200, noun: "verdict")
    }
}

extension VulnerabilityReport.Status {
    fileprivate var words: String {
        switch self {
        case .affected: "affected"
        case .underInvestigation: "under investigation"
        case .fixed: "fixed"
        case .notAffected: "not affected"
        }
    }

    fileprivate var role: Style.Role {
        switch self {
        case .affected: .bad
        case .underInvestigation: .caution
        case .fixed, .notAffected: .good
        }
    }
}
