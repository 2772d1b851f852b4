// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension AffectedReport: Presentable {
    /// Each kernel with its verdict, what it stands on, and what follows.
    package func document(_ book: RuleBook) -> Document {
        let what = "\(question.kind.rawValue) \(question.value)"
        let counts = Verdict.allCases.map { ($0, count($0)) }.filter { $0.1 > 0 }
        let sums = counts.map { "\(Quantities.number($0.1)) \($0.0.rawValue)" }.joined(separator: ", ")
        let worst: Verdict =
            count(.affected) > 0 ? .affected : isClear ? .notAffected : .unknown
        return Document(
            "affected kernels",
            banner: .init(
                word: kernels.isEmpty ? "" : worst.rawValue.uppercased(), role: worst.role,
                title: kernels.isEmpty ? "No kernel is recorded" : "\(what): \(sums)",
                lines: [
                    .quiet(
                        "\(Quantities.count(runs, "recorded run")) looked at"
                            + (importedRuns == 0 ? "" : ", \(Quantities.number(importedRuns)) of them imported"))
                ]
                    + (unreadableRuns == 0
                        ? []
                        : [Span("\(Quantities.count(unreadableRuns, "run")) can't be read by this Bessemer", .caution)])
            )
        ) {
            for kernel in kernels { kernel.section }
        }
    }
}

extension AffectedReport.Verdict {
    fileprivate var role: Style.Role {
        switch self {
        case .affected: .bad
        case .notAffected: .good
        case .unknown: .caution
        }
    }
}

extension AffectedReport.Kernel {
    fileprivate var section: Document.Section {
        Document.Section("\(release) (\(role.rawValue))", .tag(verdict.rawValue, verdict.role)) {
            Block.facts(
                [
                    Fact(
                        "run", .code(run),
                        otherRuns.isEmpty
                            ? [] : [.quiet("and \(Quantities.count(otherRuns.count, "other run")) of the same kernel")])
                ]
                    + (imported.map { imported in
                        let key = imported.key.map { ", signed by the key \($0.short)" } ?? ""
                        return [
                            Fact(
                                "imported", Span("as entry \(imported.entry)\(key)", .caution),
                                [.quiet("evidence of another log: the entries below have that log's numbers")])
                        ]
                    } ?? []) + (sha256.map { [Fact("image", .digest($0))] } ?? [])
                    + (reason.map { [Fact("not known", Span($0, .caution))] } ?? [])
                    + evidence.map {
                        Fact(
                            "evidence", Span($0.statement),
                            [
                                .quiet(
                                    "entry \($0.entry), \($0.step)\($0.file.map { ", \($0)" } ?? ""), SHA-256 \($0.sha256.short)"
                                )
                            ])
                    }
                    + (statements.isEmpty
                        ? [] : [Fact("statements", Span(statements.joined(separator: ", ")))]))
        }
    }
}
