// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension VulnerabilityReport: Presentable {
    /// How many there are of each status, and each that is not settled.
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
                                        .quiet(kernel.gaps == 0 ? "" : Quantities.count(kernel.gaps, "gap")),
                                    ].filter { !$0.text.isEmpty }
                                } ?? [Span("not recorded", .caution)]
                            ]
                    })
            }
            if !open.isEmpty {
                Document.Section("Affected, or to be looked at") {
                    Block.table(
                        ["CVE", "KERNEL", "STATUS", "WHY"],
                        open.map { verdict in
                            [
                                [Span(verdict.identifier)], [Span(verdict.role.rawValue)],
                                [.tag(verdict.status.words, verdict.status.role)],
                                [Span(verdict.title), .quiet(verdict.reason)],
                            ]
                        }, breaksLast: true, most: 200, noun: "verdict")
                }
            }
        }
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
