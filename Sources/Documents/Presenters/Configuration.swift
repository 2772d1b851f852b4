// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension ConfigurationFacts {
    /// How a kernel of a run was configured.
    var section: Document.Section {
        let needed = unmet.filter(\.required)
        let wanted = unmet.filter { !$0.required }
        let inEffect = Quantities.number(max(0, requested) - unmet.count)
        let sources = ([base] + fragments.map(\.name)).joined(separator: " + ")
        return .init("Configuration", Span("\(sources): \(Quantities.count(enabled, "option")) on")) {
            Block.facts([Fact(".config", .digest(digest))])
            Block.sentence(
                Span(
                    "\(Quantities.count(requested, "option")) requested: \(inEffect) in effect, \(Quantities.number(wanted.count)) optional "
                        + "not, \(needed.isEmpty ? "none" : Quantities.number(needed.count)) of the required missing"))
            Block.table(
                ["Fragment", .number("Options"), "SHA-256"],
                fragments.map { [[Span($0.name)], [Span(Quantities.number($0.options))], [.digest($0.sha256)]] },
                isDetail: true)
            if !needed.isEmpty {
                Block.fold(
                    Span("\(Quantities.count(needed.count, "required option")) not in effect", .bad), isOpen: true
                ) { Self.table(needed) }
            }
            if !wanted.isEmpty {
                Block.fold(Span("\(Quantities.count(wanted.count, "optional option")) not in effect").detail) {
                    Self.table(wanted)
                }
            }
            Block.list(
                Span(Quantities.count(testOptions.count, "test option") + " on"), testOptions, isCode: false)
            if !warnings.isEmpty {
                Block.list(
                    Span("\(Quantities.count(warnings.count, "warning")) of the configuration tools", .caution),
                    warnings)
            }
        }
    }

    private static func table(_ options: [Unmet]) -> Block {
        .table(
            ["Option", .named("Requested"), .named("Got"), "Dependency that does not hold"],
            options.map { option in
                let decided = Finding.Location(option.reasonFile, option.reasonLine)
                let declared = Finding.Location(option.file, option.line).map {
                    Span.code("declared at \($0.text)", .quiet)
                }
                return [
                    [.code(option.option)], [.code(option.requested)], [.code(option.got)],
                    [.code([decided?.text, option.reason].compactMap { $0 }.joined(separator: ": "))]
                        + (declared.map { [decided == nil ? $0 : $0.detail] } ?? []),
                ]
            }, noun: "option")
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
                } + [.quiet("reasons from Linux \(tree), \(architecture)")])
        ) {
            if !notes.isEmpty { Document.Section { noteBlocks } }
            groups(isOpen: true).map { block in Document.Section { block } }
        }
    }

    /// The same as a part of a run's report.
    var section: Document.Section {
        .init("Difference", Span("with Rust: \(sum)")) {
            noteBlocks
            groups(isOpen: false)
        }
    }

    private var noteBlocks: [Block] { Block.sentences(notes, .caution, tag: .tag("note", .caution)) }

    /// `9 requested, 31 pulled in, 2 lost, 1 no longer offered`.
    var sum: String {
        changes.isEmpty
            ? "no difference"
            : [Group.asked, .pulledIn, .lost, .withdrawn]
                .map { "\(Quantities.number(changes($0).count)) \($0.words)" }.joined(separator: ", ")
    }

    /// What is lost of security in its own right.
    var ownLosses: [Change] { securityLosses.filter { $0.security?.follows == nil } }

    @Parts<Block> private func groups(isOpen: Bool) -> [Block] {
        let own = ownLosses
        let others = changes(.lost).filter { $0.security == nil || $0.security?.follows != nil }
        if !own.isEmpty { Block.cards(Cards(cards: own.map(card), most: 40)) }
        if !exclusions.isEmpty {
            Block.fold(
                Span("Excluded by Rust: \(Quantities.count(exclusions.count, "option"))", .strong), isOpen: isOpen
            ) { Block.table(["State", "Option", "Reason"], exclusions.map(\.row), isHeaded: false) }
        }
        let lists = [("Lost besides", others)] + [Group.asked, .pulledIn, .withdrawn].map { ($0.title, changes($0)) }
        lists.filter { !$0.1.isEmpty }.map { title, changes in
            Block.fold(Span("\(title): \(Quantities.count(changes.count, "option"))", .strong), isOpen: isOpen) {
                Block.table(
                    ["Option", .named("GCC only"), .named("With Rust"), "Reason"],
                    changes.map {
                        [
                            [.code($0.option)], [.code($0.baseline ?? "absent")], [.code($0.rust ?? "absent")],
                            [.quiet($0.reason)],
                        ]
                    }, isHeaded: false, noun: "option")
            }
        }
    }

    func card(_ change: Change) -> Cards.Card {
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
