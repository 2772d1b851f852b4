// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension RollbackPlan: Presentable {
    /// A plan of the rollback.
    package func document(_ book: RuleBook) -> Document {
        let kernels: [Document.Section] = kernels.map { kernel in
            let signed = kernel.image.isSigned ? "signed" : "not signed"
            let modules = kernel.modules.map { ", \(Quantities.count($0, "module"))" } ?? ""
            return .init(
                kernel.role == .baseline ? "GCC only" : "With Rust", Span(kernel.image.release),
                [
                    .sentence(
                        .quiet(
                            "menu entry \(kernel.role.menuNumber), \(Quantities.size(kernel.image.size)), \(signed)\(modules)"
                        ),
                        [.digest(kernel.image.sha256)]), .sentence(.code(kernel.parameters)),
                ])
        }
        return Document(
            "rollback plan",
            banner: .init(
                title:
                    "The machine's own default stays until the GCC kernel has come up once and is promoted; the kernel with "
                    + "Rust is chosen for one IPL."),
            sections: kernels + [
                .init(
                    "To know", Span(Quantities.count(notes.count, "point")),
                    [.list(List(title: Span("").detail, items: notes, isOpen: true, isCode: false, most: 100))]),
                .init(
                    "Files", Span(Quantities.count(files.count, "file")),
                    [
                        .table(
                            Table(
                                columns: ["File", "SHA-256"],
                                rows: files.map { [[.code($0.path)], [.digest($0.sha256)]] },
                                isHeaded: false, noun: "file"))
                    ]),
            ])
    }
}

extension RollbackDrill: Presentable {
    /// Each step with its time and what was seen.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "rollback drill",
            banner: .init(
                word: verdict.rawValue.uppercased(), role: verdict.role, title: "Rollback: \(sum)",
                lines: [.quiet("drill \(identifier), \(Quantities.time(startedAt))")]),
            sections: [
                .init([facts]), .init("Steps", [timeline]), .init(title: "Details", isDetail: true, blocks: details),
            ],
            footer: "Bessemer \(toolVersion), schema \(schema).")
    }

    /// The same as a part of its run's report.
    func section(earlier: [RollbackDrill]) -> Document.Section {
        .init(
            "Rollback", Span("\(verdict.rawValue): \(sum)", verdict.role),
            [.sentence(.quiet("drill \(identifier), \(Quantities.time(startedAt))")), facts, timeline] + details
                + (earlier.isEmpty
                    ? []
                    : [
                        .list(
                            List(
                                title: Span("and \(Quantities.count(earlier.count, "earlier drill"))", .quiet),
                                items: earlier.reversed().map { "\($0.identifier): \($0.verdict.rawValue), \($0.sum)" },
                                isCode: false))
                    ]))
    }

    private var facts: Block {
        .facts(
            kernels.map { kernel in
                Fact(
                    kernel.role.rawValue, Span(kernel.image.release),
                    [
                        .quiet(
                            "menu entry \(kernel.role.menuNumber), \(Quantities.size(kernel.image.size)), "
                                + (kernel.image.isSigned ? "signed" : "not signed")
                        ).detail, .digest(kernel.image.sha256),
                    ])
            } + [
                Fact("machine", Span("\(emulator), \(accelerator)")), Fact("plan", .digest(plan), isDetail: true),
            ])
    }

    private var timeline: Block {
        .timeline(
            Timeline(
                moments: steps.map { step in
                    let place = step.lineNumber.map { " (\(step.console ?? ""):\($0))" } ?? ""
                    return .init(
                        tag: .tag(step.verdict.rawValue, step.verdict.role), title: step.title,
                        more: [Span(step.found + place, step.verdict == .pass ? .quiet : step.verdict.role)],
                        seconds: step.seconds)
                }))
    }

    private var details: [Block] {
        [
            .fold(
                Fold(
                    title: Span("What each step had to show, and the console's own line").detail,
                    blocks: [
                        .table(
                            Table(
                                columns: ["Step", "Expected", "Console"],
                                rows: steps.map {
                                    [[Span($0.title)], [Span($0.expected)], $0.line.map { [.code($0)] } ?? []]
                                }))
                    ])),
            .list(
                List(
                    title: Span("On the disk: \(Quantities.count(packages.count, "package")), each pinned").detail,
                    items: packages.map { "\($0.name) \($0.version) (\($0.architecture))" }, isCode: false)),
        ]
    }

    /// `17 of 17 steps passed`.
    private var sum: String {
        let parts =
            ["\(count(.pass)) of \(Quantities.count(steps.count, "step")) passed"]
            + (count(.fail) > 0 ? ["\(count(.fail)) failed"] : [])
            + (count(.unknown) > 0 ? ["\(count(.unknown)) undecided"] : [])
        return parts.joined(separator: ", ") + " in " + Quantities.duration(steps.reduce(0) { $0 + max(0, $1.seconds) })
    }
}

extension RollbackDrill.Verdict {
    fileprivate var role: Style.Role {
        switch self {
        case .pass: .good
        case .fail: .bad
        case .unknown: .caution
        }
    }
}
