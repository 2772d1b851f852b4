// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// How it is carried out and taken back, who decided, and what it stands on.
extension ChangeRecord {
    var implementation: Document.Section {
        .init("Implementation plan", .quiet(plan.map { "from \($0.origin)" } ?? "")) {
            commands(plan?.implementation)
        }
    }

    var backOut: Document.Section {
        .init("Back-out plan", .quiet(plan.map { "from \($0.origin)" } ?? "")) {
            commands(plan?.backOut)
            if let plan, !plan.notes.isEmpty {
                Block.sentence(Span("What the plan says beside", .strong))
                Block.sentences(plan.notes)
            }
            if let drill {
                Block.sentence(
                    Span("Last drill \(drill.identifier), \(Quantities.time(drill.startedAt)): \(drill.sum)"),
                    tag: .tag(drill.verdict.rawValue, drill.verdict.role),
                    [.quiet("\(drill.emulator), \(drill.accelerator)"), .quiet(planOfDrill(drill))])
                Block.table(
                    ["", "STEP", "EXPECTED", "SEEN"],
                    drill.steps.map { step in
                        [
                            [.tag(step.verdict.rawValue, step.verdict.role)], [Span(step.title)],
                            [.quiet(step.expected)],
                            [Span(step.found)],
                        ]
                    }, leading: 1, breaksLast: true, most: 100, noun: "step")
            } else {
                Block.sentence(
                    Span("No drill with these kernels is recorded: `bessemer rollback drill` makes one.", .caution))
            }
        }
    }

    private func planOfDrill(_ drill: RollbackDrill) -> String {
        guard let sums = plan?.sums else { return "the drill's plan has the SHA-256 \(drill.plan)" }
        return sums == drill.plan
            ? "the drill used this plan"
            : "the drill used a plan of its own for the same kernels, with the SHA-256 \(drill.plan)"
    }

    @Parts<Block> private func commands(_ commands: [Command]?) -> [Block] {
        if let commands, !commands.isEmpty {
            Block.table(
                ["COMMAND", "WHAT IT DOES", "FILE OF THE PLAN"],
                commands.map { command in
                    [
                        [.code(command.line)], [Span(command.comment ?? "")],
                        command.script.map { [.code($0.path), .digest($0.sha256).detail] } ?? [],
                    ]
                }, breaksLast: true)
        } else {
            Block.sentence(
                Span(
                    plan == nil
                        ? "No rollback plan of these kernels is recorded or given: `bessemer rollback plan` writes one, and "
                            + "--plan DIR names its folder."
                        : "The plan has no such commands.", .caution))
        }
    }

    var people: Document.Section {
        .init("People") {
            Block.facts(
                [
                    gate.requestedBy.map { Fact("Requested by", $0.span, $0.more) }
                        ?? Fact("Requested by", Span("nobody", .caution))
                ]
                    + (gate.approvedBy.isEmpty
                        ? [Fact("Approved by", Span("nobody", .caution))]
                        : gate.approvedBy.map { Fact("Approved by", $0.span, $0.more) }))
        }
    }

    var requirements: Document.Section {
        let reasons = Dictionary(answers.map { ($0.part, $0) }) { first, _ in first }
        return .init(
            "Requirements", .quiet("what this record shows; whether a requirement is met is for the board to say")
        ) {
            if rows.isEmpty { Block.sentence(.quiet("The mapping names no requirements of changes.")) }
            for name in rows.map(\.requirement.framework).unique {
                Block.sentence(Span(name, .strong))
                Block.table(
                    ["", "REQUIREMENT", "ANSWERED BY"],
                    rows.filter { $0.requirement.framework == name }.map { row in
                        [
                            [.tag(row.state.words, row.state.role)],
                            [Span(row.requirement.reference), .quiet(row.requirement.subject)]
                                + (row.requirement.isRead ? [] : [.quiet("not read in the catalogue")]),
                            row.answers(reasons)
                                + (row.requirement.note.map { [.quiet($0)] } ?? []),
                        ]
                    }, leading: 1, breaksLast: true, most: 100)
            }
        }
    }

    var evidence: Document.Section {
        .init("Evidence", .quiet(Quantities.count(entries.count, "entry", "entries"))) {
            Block.facts([
                head.map { head in
                    Fact(
                        "Head of the log", Span("\(Quantities.count(head.size, "entry", "entries")), \(head.origin)"),
                        [.digest(head.rootHash)])
                } ?? Fact("Head of the log", Span("none", .caution)),
                Fact("Run", Span("entry \(gate.runEntry.sequence)"), [.digest(gate.runEntry.digest)]),
                Fact("Policy", .digest(gate.policy)),
            ])
            Block.table(
                [.number("ENTRY"), "KIND", "SHA-256"],
                entries.map { [[Span(String($0.sequence))], [Span($0.kind.rawValue)], [.digest($0.digest)]] },
                breaksLast: true, most: 100, noun: "entry")
        }
    }
}

extension ChangeRecord.Row {
    fileprivate func answers(_ answers: [ChangeRecord.Part: ChangeRecord.Answer]) -> [Span] {
        guard !requirement.parts.isEmpty else { return ["not answered by Bessemer"] }
        return requirement.parts.compactMap { answers[$0] }.map { answer in
            Span("\(answer.part.rawValue): \(answer.reason)", answer.isShown ? nil : .caution)
        }
    }
}

extension ChangeRecord.Row.State {
    fileprivate var words: String {
        switch self {
        case .shown: "shown"
        case .notShown: "not shown"
        case .notAnswered: "not answered"
        }
    }

    fileprivate var role: Style.Role {
        switch self {
        case .shown: .good
        case .notShown: .caution
        case .notAnswered: .quiet
        }
    }
}

extension [String] {
    /// Each once, in the order of their first.
    fileprivate var unique: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
