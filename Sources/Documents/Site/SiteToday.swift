// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// Something that somebody has to decide or do.
struct SiteDecision {
    let tag: Span
    let subject: [Span]
    let reason: [Span]
    let remedy: [Span]

    var isBad: Bool { tag.role == .bad }

    var row: [Table.Cell] { [[tag], subject, reason + remedy] }
}

extension SiteFacts {
    /// What needs a decision, and below it where everything stands.
    func todayDocument(_ book: RuleBook) -> Document {
        let all = decisions(book)
        let decisions = all.filter(\.isBad) + all.filter { !$0.isBad }
        return Document("today", banner: banner(decisions), footer: footer) {
            Document.Section("To decide", .quiet(decisions.isEmpty ? "nothing" : Quantities.number(decisions.count))) {
                if decisions.isEmpty {
                    Block.sentence(Span("Nothing needs a decision.", .good))
                } else {
                    Block.table(
                        Table(
                            columns: ["STATE", "WHAT", "REASON, AND WHAT TO DO"], rows: decisions.map(\.row),
                            caption: "What needs a decision, the gravest first", heading: 1))
                }
            }
            Document.Section("Lines of kernels") { linesBlock }
            Document.Section("Machines") { machinesBlock }
            if !watched.changes.isEmpty || watched.sources > 0 { watchSection }
        }
    }

    private var footer: String {
        let log = head.map {
            "the log of \(Quantities.count($0.size, "entry", "entries")) with the root \($0.rootHash.short)"
        }
        let law = policy.map { "the policy with SHA-256 \($0.short)" }
        let sources = [log, law].compactMap(\.self)
        return "As of \(day) UTC" + (sources.isEmpty ? "" : ", by " + sources.joined(separator: " and "))
            + ". Bessemer \(toolVersion)."
    }

    private func banner(_ decisions: [SiteDecision]) -> Document.Banner {
        let bad = decisions.count(where: \.isBad)
        let count = decisions.count
        let refused = lines.count { line in line.gates.contains { $0.isPassed && $0.isRefused } }
        return Document.Banner(
            word: count == 0 ? "ALL CLEAR" : "\(Quantities.number(count)) TO DECIDE",
            role: bad > 0 ? .bad : count > 0 ? .caution : .good, title: "Today, \(day)",
            lines: [
                Span(
                    count == 0
                        ? "Nothing needs a decision today."
                        : bad == 0
                            ? "None of it stops what runs now."
                            : "\(Quantities.number(bad)) of \(Quantities.number(count)) \(bad == 1 ? "is grave and stands" : "are grave and stand") first."
                )
            ],
            numbers: [
                ("Runs", runs.count), ("Machines", machines.count),
                ("Waivers in effect", waivers.count(where: \.holds)), ("Passed stages refused now", refused),
            ].map { Fact($0, Span(Quantities.number($1))) })
    }
}

// MARK: Decisions

extension SiteFacts {
    /// In the order in which they are looked at.
    func decisions(_ book: RuleBook) -> [SiteDecision] {
        lines.compactMap(\.failure) + unreportedRuns + lines.flatMap { $0.gateDecisions(book) }
            + waivers.flatMap(\.decisions)
            + machineDecisions + (policy == nil ? lines.compactMap { $0.drillDecision(day) } + [Self.noPolicy] : [])
    }

    private static let noPolicy = SiteDecision(
        tag: .tag("no policy", .caution), subject: [Span("Stages, waivers and milestones")],
        reason: [Span("Nothing is judged without a policy.")], remedy: [.code("bessemer policy init")])

    /// Runs that did not come to their report, after the last one that did.
    private var unreportedRuns: [SiteDecision] {
        runs.filter { $0.imported == nil }.prefix { $0.sourceKind == nil }.prefix(3).map { run in
            let words = run.verdict.words
            return SiteDecision(
                tag: .tag(words.word, words.role), subject: [run.link, .quiet(run.kernelVersion)],
                reason: [Span("It did not come to its report.")],
                remedy: [.code("bessemer evidence show \(run.identifier)")])
        }
    }

    /// One for each verdict and each kind of remark, however many machines there are.
    private var machineDecisions: [SiteDecision] {
        let verdicts = MachineStanding.Verdict.allCases.compactMap { verdict -> SiteDecision? in
            let found = machines.filter { $0.verdict == verdict }
            guard let remedy = verdict.remedy, !found.isEmpty else { return nil }
            let command: String =
                switch verdict {
                case .lost, .unseen: "bessemer machine look --inventory FILE"
                case .refused: "bessemer gate RUN --stage STAGE"
                default: "bessemer machine show MACHINE"
                }
            return Self.decision(
                .tag(verdict.text, verdict.role), found, [Span(verdict.meaning(lostAfter))],
                [.code(command), .quiet(remedy)])
        }
        let rest = machines.filter { $0.verdict.remedy == nil }
        let remarks = MachineStanding.Remark.Kind.allCases.compactMap { kind -> SiteDecision? in
            let found = rest.filter { $0.remarks.contains { $0.kind == kind } }
            guard let first = found.first?.remarks.first(where: { $0.kind == kind }) else { return nil }
            return Self.decision(
                .tag(kind.word, .caution), found, [Span(first.text)], [.code("bessemer machine show MACHINE")])
        }
        return verdicts + remarks
    }

    private static func decision(
        _ tag: Span, _ machines: [MachineStanding], _ reason: [Span], _ remedy: [Span]
    ) -> SiteDecision {
        let most = 5
        return SiteDecision(
            tag: tag,
            subject: [Span(Quantities.count(machines.count, "machine")).leading(to: SitePath.machines)]
                + machines.prefix(most).map(\.link)
                + (machines.count > most ? [.quiet("and \(Quantities.number(machines.count - most)) more")] : []),
            reason: reason, remedy: remedy)
    }
}

extension SiteFacts.Line {
    /// nil where the newest run passed.
    fileprivate var failure: SiteDecision? {
        guard run.verdict != .passed else { return nil }
        let words = run.verdict.words
        return SiteDecision(
            tag: .tag(words.word, words.role), subject: [run.link, .quiet("the newest run of \(name)")],
            reason: [Span(Quantities.counts(run.counts, waived: run.waived))],
            remedy: [.code("bessemer evidence show \(run.identifier)")])
    }

    /// Of stages that were passed and are refused now, and of the next one.
    fileprivate func gateDecisions(_ book: RuleBook) -> [SiteDecision] {
        var found: [SiteDecision] = []
        for gate in gates {
            if gate.isRefused {
                found += gate.report.failing.map { decision(gate, $0, book) }
            } else if !gate.isPassed {
                found.append(
                    SiteDecision(
                        tag: .tag("ready", .caution), subject: subject(gate),
                        reason: [Span("Every rule passes; no verdict of this run is recorded.")],
                        remedy: [.code("bessemer gate \(run.identifier) --stage \(gate.report.stage)")]))
            }
            // What comes after it waits for this one.
            if !gate.isPassed { break }
        }
        return found
    }

    private func subject(_ gate: SiteFacts.Gate) -> [Span] {
        [Span("\(gate.report.stage), Linux \(run.kernelVersion)"), run.link]
    }

    private func decision(
        _ gate: SiteFacts.Gate, _ result: GateReport.Result, _ book: RuleBook
    ) -> SiteDecision {
        SiteDecision(
            tag: gate.isPassed ? .tag("refused now", .bad) : .tag("not yet", .caution), subject: subject(gate),
            reason: [Span("\(result.rule): \(result.reason)")]
                + (result.passesFrom.map { [.quiet("passes from \($0)")] } ?? []),
            remedy: gate.report.remedy(result.rule, book).map(Self.remedy) ?? [.code("bessemer explain \(result.rule)")]
        )
    }

    /// Commands of a sentence first, and the sentence where it says more.
    private static func remedy(_ text: String) -> [Span] {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        let commands = parts.enumerated().filter { $0.offset % 2 == 1 && $0.element.hasPrefix("bessemer ") }.map {
            Span.code(String($0.element))
        }
        let isCommand = parts.enumerated().allSatisfy {
            $0.offset % 2 == 1 || $0.element.allSatisfy { " .".contains($0) }
        }
        return isCommand ? commands : commands + [.quiet(text.replacing("`", with: ""))]
    }

    /// Days after which a drill counts as old where no policy says it.
    private static let oldDrill = 90

    fileprivate func drillDecision(_ today: Day) -> SiteDecision? {
        let age = drill.map { today.number - $0.number }
        guard age.map({ $0 > Self.oldDrill }) ?? true else { return nil }
        return SiteDecision(
            tag: .tag(age == nil ? "no drill" : "old drill", .caution),
            subject: [run.link, .quiet("the newest run of \(name)")],
            reason: [
                Span(
                    age.map { "The last drill of the rollback was \(Quantities.count($0, "day")) ago." }
                        ?? "The rollback of these kernels was never drilled.")
            ], remedy: [.code("bessemer rollback drill")])
    }
}

extension WaiverStatus {
    fileprivate var decisions: [SiteDecision] {
        func decision(_ word: String, _ role: Style.Role, _ reason: String, _ remedy: String) -> SiteDecision {
            SiteDecision(
                tag: .tag(word, role),
                subject: [
                    Span("waiver \(identifier)").leading(to: SitePath.waivers),
                    .code("\(terms.scope.rule) \(terms.scope.location)"),
                ], reason: [Span(reason), .quiet("owner \(terms.owner)")], remedy: [.code(remedy)])
        }
        let approve = "bessemer waiver approve \(identifier) --key FILE"
        let renew = "bessemer waiver renew \(identifier) --until +90"
        let revoke = "bessemer waiver revoke \(identifier) --note TEXT"
        var found: [SiteDecision] = []
        switch state {
        case .pending:
            found.append(
                decision("pending", .caution, Quantities.count(missing, "approval") + " missing", approve))
        case .expiring: found.append(decision("expiring", .caution, "It ends on \(lastDay), end of day UTC.", renew))
        case .expired: found.append(decision("expired", .bad, "It ended on \(lastDay), end of day UTC.", renew))
        case .active, .future, .revoked, .invalid: break
        }
        if holds, missing > 0, state != .pending {
            found.append(
                decision("emergency", .caution, Quantities.count(missing, "approval") + " missing", approve))
        }
        if let renewal { found.append(decision("renewal", .caution, "A renewal to \(renewal.until) waits.", approve)) }
        if holds, isOverwide {
            found.append(
                decision("too wide", .bad, "It accepts more findings than the policy lets one accept.", revoke))
        } else if holds, uses == 0 {
            found.append(decision("unused", .caution, "It accepts nothing in the newest runs.", revoke))
        }
        return found
    }
}

extension MachineStanding.Verdict {
    fileprivate func meaning(_ days: Int) -> String {
        switch self {
        case .proven, .baseline: ""
        case .refused: "The gate that their kernel had passed refuses it now."
        case .unknown: "No run of this log that passed has the kernel that they run."
        case .lost: "They were not seen for more than \(Quantities.count(days, "day"))."
        case .unseen:
            "They were named, and none was seen: nothing answered, nobody was let in, or it is something else."
        }
    }
}

extension MachineStanding.Remark.Kind {
    fileprivate var word: String {
        switch self {
        case .gate: "gate"
        case .expoline: "expolines"
        case .trial: "trial"
        case .outcome: "no answer"
        case .moved: "moved"
        case .unnamed: "not named"
        }
    }
}

// MARK: Where everything stands

extension SiteFacts {
    private var linesBlock: Block {
        guard !lines.isEmpty else {
            return .sentence("No run came to its report yet:", [.code("bessemer pilot")])
        }
        let stages = lines.first?.gates.map(\.report.stage) ?? []
        return .table(
            Table(
                columns: ["LINE", "NEWEST RUN", "VERDICT"] + stages.map { Table.Column($0.uppercased(), isNamed: true) }
                    + [.named("DRILL")],
                rows: lines.map { line in
                    let words = line.run.verdict.words
                    return [
                        [Span(line.name)], [line.run.link, .quiet("Linux \(line.run.kernelVersion)")],
                        [.tag(words.word, words.role)],
                    ] + line.gates.map { [$0.tag] } + [[line.drill.map { Span("\($0)") } ?? .quiet("none")]]
                }, caption: "The newest run of each line of kernels", heading: 0, isCompact: true))
    }

    private var machinesBlock: Block {
        guard !machines.isEmpty else {
            return .sentence("No machine was looked at:", [.code("bessemer machine look --host lpar1")])
        }
        return .facts(
            MachineStanding.Verdict.allCases.compactMap { verdict in
                let count = machines.count { $0.verdict == verdict }
                return count == 0
                    ? nil
                    : Fact(
                        Quantities.count(count, "machine"),
                        .tag(verdict.text, verdict.role).leading(to: SitePath.machines))
            })
    }

    private var watchSection: Document.Section {
        let most = 20
        return Document.Section(
            "Changed elsewhere",
            .quiet("\(Quantities.count(watched.sources, "source")), all of it: bessemer watch list")
        ) {
            if watched.changes.isEmpty {
                Block.sentence("No change was seen.")
            } else {
                Block.table(
                    Table(
                        columns: ["KIND", "SUBJECT", "CHANGE", "SEEN"],
                        rows: watched.changes.prefix(most).map { change in
                            [
                                [change.tag], [.code(change.subject), .quiet(change.source)],
                                [Span(change.difference)] + (change.detail.map { [.quiet($0)] } ?? []),
                                [.quiet(String(change.at.prefix(10)))],
                            ]
                        }, caption: "The last changes that a watch saw", heading: 1))
            }
        }
    }
}

extension SiteFacts.Gate {
    fileprivate var tag: Span {
        if isRefused { return isPassed ? .tag("refused now", .bad) : .tag("not yet", .quiet) }
        return isPassed ? .tag("passed", .good) : .tag("ready", .caution)
    }
}

// MARK: Waivers and milestones

extension SiteFacts {
    private static let withoutPolicy: [Block] = [
        .sentence(
            Span("There is no policy, and nothing is judged without one.", .caution),
            [.code("bessemer policy init"), .quiet("then write the site again, or name a policy with --policy")])
    ]

    func waiversDocument(_ book: RuleBook) -> Document {
        guard policy != nil else {
            return Document("waivers", banner: .init(title: "Waivers")) {
                Document.Section { Self.withoutPolicy }
            }
        }
        guard !waivers.isEmpty else {
            return Document("waivers", banner: .init(title: "No waiver was requested")) {
                Document.Section {
                    Block.sentence(
                        "What deviates is accepted by a waiver until a day:", [.code("bessemer waiver request --help")])
                }
            }
        }
        let states = Dictionary(grouping: waivers, by: \.state).mapValues(\.count)
        return Document(
            "waivers",
            banner: .init(
                title: "Waivers: " + Quantities.number(waivers.count),
                lines: [
                    Span(
                        WaiverStatus.State.allCases.compactMap { state in
                            states[state].map { "\(Quantities.number($0)) \(state.rawValue)" }
                        }.joined(separator: ", ")), .quiet("as of \(day) UTC"),
                ])
        ) {
            Document.Section {
                WaiverStatus.table(waivers).captioned("Waivers, in the order of their requests", heading: 0)
            }
        }
    }

    func timelineDocument(_ book: RuleBook) -> Document {
        if let timeline { return timeline.document(book) }
        return Document("timeline", banner: .init(title: "Milestones")) {
            Document.Section {
                if policy == nil {
                    Self.withoutPolicy
                } else {
                    Block.sentence("No run came to its report yet:", [.code("bessemer pilot")])
                }
            }
        }
    }
}

extension Block {
    /// A table with what its rows are; any other block as it is.
    func captioned(_ caption: String, heading: Int? = nil) -> Block {
        guard case .table(var table) = self else { return self }
        table.caption = caption
        table.heading = heading
        return .table(table)
    }
}
