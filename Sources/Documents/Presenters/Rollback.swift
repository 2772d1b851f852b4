// SPDX-License-Identifier: Apache-2.0
package import Records

extension RollbackPlan: Presentable {
    /// A plan of the rollback.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "rollback plan",
            banner: .init(
                title:
                    "The machine's own default stays until the GCC kernel has come up once and is promoted; the kernel with "
                    + "Rust is chosen for one IPL.")
        ) {
            for kernel in kernels {
                let signed = kernel.image.isSigned ? "signed" : "not signed"
                let modules = kernel.modules.map { ", \(Quantities.count($0, "module"))" } ?? ""
                Document.Section(kernel.role == .baseline ? "GCC only" : "With Rust", Span(kernel.image.release)) {
                    Block.sentence(
                        .quiet(
                            "menu entry \(kernel.role.menuNumber), \(Quantities.size(kernel.image.size)), \(signed)\(modules)"
                        ), [.digest(kernel.image.sha256)])
                    Block.sentence(.code(kernel.parameters))
                }
            }
            Document.Section("To know", Span(Quantities.count(notes.count, "point"))) {
                Block.list(Span("").detail, notes, isOpen: true, isCode: false, most: 100)
            }
            Document.Section("Files", Span(Quantities.count(files.count, "file"))) {
                Block.table(
                    ["File", "SHA-256"], files.map { [[.code($0.path)], [.digest($0.sha256)]] }, isHeaded: false,
                    noun: "file")
            }
        }
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
            footer: "Bessemer \(toolVersion), schema \(schema)."
        ) {
            Document.Section { facts }
            Document.Section("Steps") { timeline }
            Document.Section("Details", isDetail: true) { details }
        }
    }

    /// The same as a part of its run's report.
    func section(earlier: [RollbackDrill]) -> Document.Section {
        .init("Rollback", Span("\(verdict.rawValue): \(sum)", verdict.role)) {
            Block.sentence(.quiet("drill \(identifier), \(Quantities.time(startedAt))"))
            facts
            timeline
            details
            if !earlier.isEmpty {
                Block.list(
                    Span("and \(Quantities.count(earlier.count, "earlier drill"))", .quiet),
                    earlier.reversed().map { "\($0.identifier): \($0.verdict.rawValue), \($0.sum)" }, isCode: false)
            }
        }
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
            steps.map { step in
                let place = step.lineNumber.map { " (\(step.console ?? ""):\($0))" } ?? ""
                return Moment(
                    tag: .tag(step.verdict.rawValue, step.verdict.role), title: step.title,
                    more: [Span(step.found + place, step.verdict == .pass ? .quiet : step.verdict.role)],
                    seconds: step.seconds)
            })
    }

    @Parts<Block> private var details: [Block] {
        Block.fold(Span("What each step had to show, and the console's own line").detail) {
            Block.table(
                ["Step", "Expected", "Console"],
                steps.map { [[Span($0.title)], [Span($0.expected)], $0.line.map { [.code($0)] } ?? []] })
        }
        Block.list(
            Span("On the disk: \(Quantities.count(packages.count, "package")), each pinned").detail,
            packages.map { "\($0.name) \($0.version) (\($0.architecture))" }, isCode: false)
    }

    /// `17 of 17 steps passed`.
    var sum: String {
        let parts =
            ["\(count(.pass)) of \(Quantities.count(steps.count, "step")) passed"]
            + (count(.fail) > 0 ? ["\(count(.fail)) failed"] : [])
            + (count(.unknown) > 0 ? ["\(count(.unknown)) undecided"] : [])
        return parts.joined(separator: ", ") + " in " + Quantities.duration(steps.reduce(0) { $0 + max(0, $1.seconds) })
    }
}

extension RollbackDrill.Verdict {
    var role: Style.Role {
        switch self {
        case .pass: .good
        case .fail: .bad
        case .unknown: .caution
        }
    }
}
