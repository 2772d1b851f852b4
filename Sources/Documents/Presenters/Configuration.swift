// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension ConfigurationFacts {
    /// How a kernel of a run was configured.
    var section: Document.Section {
        let needed = unmet.filter(\.required)
        let wanted = unmet.filter { !$0.required }
        let inEffect = Quantities.number(max(0, requested) - unmet.count)
        var blocks: [Block] = [
            .facts([Fact(".config", .digest(digest))]),
            .sentence(
                Span(
                    "\(Quantities.count(requested, "option")) requested: \(inEffect) in effect, \(Quantities.number(wanted.count)) optional "
                        + "not, \(needed.isEmpty ? "none" : Quantities.number(needed.count)) of the required missing")),
            .table(
                Table(
                    columns: ["Fragment", Table.Column("Options", isNumber: true, isNamed: true), "SHA-256"],
                    rows: fragments.map {
                        [[Span($0.name)], [Span(Quantities.number($0.options))], [.digest($0.sha256)]]
                    },
                    isDetail: true)),
        ]
        if !needed.isEmpty {
            blocks.append(
                .fold(
                    Fold(
                        title: Span("\(Quantities.count(needed.count, "required option")) not in effect", .bad),
                        isOpen: true,
                        blocks: [Self.table(needed)])))
        }
        if !wanted.isEmpty {
            blocks.append(
                .fold(
                    Fold(
                        title: Span("\(Quantities.count(wanted.count, "optional option")) not in effect").detail,
                        blocks: [Self.table(wanted)])))
        }
        blocks.append(
            .list(
                List(
                    title: Span(Quantities.count(testOptions.count, "test option") + " on"), items: testOptions,
                    isCode: false)))
        if !warnings.isEmpty {
            blocks.append(
                .list(
                    List(
                        title: Span(
                            "\(Quantities.count(warnings.count, "warning")) of the configuration tools", .caution),
                        items: warnings)))
        }
        let sources = ([base] + fragments.map(\.name)).joined(separator: " + ")
        return .init("Configuration", Span("\(sources): \(Quantities.count(enabled, "option")) on"), blocks)
    }

    private static func table(_ options: [Unmet]) -> Block {
        .table(
            Table(
                columns: [
                    "Option", Table.Column("Requested", isNamed: true), Table.Column("Got", isNamed: true),
                    "Dependency that does not hold",
                ],
                rows: options.map { option in
                    let decided = Finding.Location(option.reasonFile, option.reasonLine)
                    let declared = Finding.Location(option.file, option.line).map {
                        Span.code("declared at \($0.text)", .quiet)
                    }
                    return [
                        [.code(option.option)], [.code(option.requested)], [.code(option.got)],
                        [.code([decided?.text, option.reason].compactMap { $0 }.joined(separator: ": "))]
                            + (declared.map { [decided == nil ? $0 : $0.detail] } ?? []),
                    ]
                }, noun: "option"))
    }
}

extension ConfigurationDifference: Presentable {
    /// What differs between a configuration without Rust and one with it: the losses first.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "configuration with and without Rust",
            banner: .init(
                role: securityLosses.isEmpty ? .strong : .bad, title: "Configuration: \(sum)",
                lines: [("without Rust", baseline), ("with Rust", rust)].map { label, side in
                    .quiet("\(label): \(Quantities.count(side.enabled, "option")) on, SHA-256 \(side.sha256.short)")
                } + [.quiet("reasons from Linux \(tree), \(architecture)")]),
            sections: [.init(notes.map { .sentence(Span($0, .caution), tag: .tag("note", .caution)) })].filter {
                !$0.blocks.isEmpty
            }
                + groups(isOpen: true).map { .init([$0]) })
    }

    /// The same as a part of a run's report.
    var section: Document.Section {
        .init(
            "Difference", Span("with Rust: \(sum)"),
            Block.sentences(notes, .caution, tag: .tag("note", .caution)) + groups(isOpen: false))
    }

    /// `9 requested, 31 pulled in, 2 lost, 1 no longer offered`.
    private var sum: String {
        changes.isEmpty
            ? "no difference"
            : [Group.asked, .pulledIn, .lost, .withdrawn]
                .map { "\(Quantities.number(changes($0).count)) \($0.words)" }.joined(separator: ", ")
    }

    private func groups(isOpen: Bool) -> [Block] {
        let own = securityLosses.filter { $0.security?.follows == nil }
        let others = changes(.lost).filter { $0.security == nil || $0.security?.follows != nil }
        var blocks: [Block] = []
        if !own.isEmpty { blocks.append(.cards(Cards(cards: own.map(card), most: 40))) }
        if !exclusions.isEmpty {
            blocks.append(
                .fold(
                    Fold(
                        title: Span("Excluded by Rust: \(Quantities.count(exclusions.count, "option"))", .strong),
                        isOpen: isOpen,
                        blocks: [
                            .table(
                                Table(
                                    columns: ["State", "Option", "Reason"], rows: exclusions.map(\.row), isHeaded: false
                                ))
                        ])))
        }
        let lists = [("Lost besides", others)] + [Group.asked, .pulledIn, .withdrawn].map { ($0.title, changes($0)) }
        for (title, changes) in lists where !changes.isEmpty {
            blocks.append(
                .fold(
                    Fold(
                        title: Span("\(title): \(Quantities.count(changes.count, "option"))", .strong), isOpen: isOpen,
                        blocks: [
                            .table(
                                Table(
                                    columns: [
                                        "Option", Table.Column("GCC only", isNamed: true),
                                        Table.Column("With Rust", isNamed: true), "Reason",
                                    ],
                                    rows: changes.map {
                                        [
                                            [.code($0.option)], [.code($0.baseline ?? "absent")],
                                            [.code($0.rust ?? "absent")], [.quiet($0.reason)],
                                        ]
                                    }, isHeaded: false, noun: "option"))
                        ])))
        }
        return blocks
    }

    private func card(_ change: Change) -> Cards.Card {
        var parts: [Fact] = []
        if let security = change.security {
            parts.append(Fact("means", Span(security.meaning)))
            if let machines = security.machines {
                let place = security.file.map { " (\($0)\(security.line.map { ":\($0)" } ?? ""))" } ?? ""
                parts.append(Fact("machines", Span(machines + place)))
            }
        }
        parts.append(Fact("reason", Span(change.reason)))
        let followers = securityLosses.filter { $0.security?.follows == change.option }.map(\.option)
        if !followers.isEmpty { parts.append(Fact("with it", Span(followers.joined(separator: ", ")))) }
        return Cards.Card(
            tag: .tag("lost", .bad),
            title: Span(
                "\(change.option) \(change.baseline ?? "absent") -> \(change.rust ?? "absent") (\(change.security?.kind.words ?? ""))"
            ),
            parts: parts)
    }
}

extension ConfigurationDifference.Group {
    /// After a number.
    fileprivate var words: String {
        switch self {
        case .asked: "requested"
        case .pulledIn: "pulled in"
        case .lost: "lost"
        case .withdrawn: "no longer offered"
        }
    }

    fileprivate var title: String { words.prefix(1).uppercased() + words.dropFirst() }
}

extension ConfigurationDifference.Security.Kind {
    fileprivate var words: String { rawValue.replacing("-", with: " ") }
}

extension ConfigurationDifference.Exclusion {
    fileprivate var row: [Table.Cell] {
        var reason: Table.Cell = [.quiet(self.reason)]
        // What is lost has said this already; what is not excluded here has nothing to say.
        if isInForce != false, state == .off || state == .inTheWay, let security {
            reason.append(Span("without it: \(security.meaning)\(security.machines.map { " Machines: \($0)" } ?? "")"))
        }
        return [[.tag(words, role)], [.code(option)] + (unless.map { [.quiet("unless \($0)")] } ?? []), reason]
    }

    /// Whether this pair of configurations is touched by it.
    private var words: String {
        switch state {
        case .lost: "lost"
        case .inTheWay: "in the way"
        case .kept: "kept"
        case .gained: "on"
        case .off: isInForce == false ? "allowed" : isInForce == nil ? "undecided" : "untouched"
        case .unavailable: "not offered"
        }
    }

    private var role: Style.Role {
        switch state {
        case .lost, .inTheWay: .bad
        case .kept, .gained: .good
        case .off, .unavailable: .quiet
        }
    }
}
