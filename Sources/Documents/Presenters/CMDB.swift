// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension CMDBModel: Presentable {
    /// A table a kind.
    package func document(_ book: RuleBook) -> Document {
        let index = CMDBIndex(self)
        return Document("CMDB model") {
            if items.isEmpty {
                Document.Section {
                    Block.sentence("No machine was seen; `bessemer machine look` looks at one.")
                }
            }
            for kind in Kind.allCases {
                let some = items.filter { $0.kind == kind }
                if !some.isEmpty {
                    Document.Section(kind.title, "\(some.count)") {
                        Block.table(
                            ["NAME", "KEY", "WHAT IT SAYS"],
                            some.map { item in
                                [
                                    [Span(item.name)] + (item.isRetired ? [.tag("retired", .caution)] : []),
                                    [.code(item.key)], words(of: item, index),
                                ]
                            }, most: 40, noun: kind.rawValue)
                    }
                }
            }
        }
    }

    /// The attributes that people look for first, and what it is related to.
    private func words(of item: Item, _ index: CMDBIndex) -> [Span] {
        let first: [CMDBAttribute] = [
            .verdict, .release, .role, .run, .stages, .compilerC, .compilerRust, .flags, .state, .found, .runVerdict,
            .controlProgram, .lparNumber, .model, .type, .lastSeen,
        ]
        let said = first.compactMap { attribute in
            item.attributes[attribute].map { Span("\(attribute.title): \($0)") }
        }
        let related = relations.filter { $0.source == item.reference }.map { relation in
            Span.quiet(
                relation.target.kind == .patchSeries
                    ? "with the patch series \(index.name(relation.target))"
                    : "\(relation.kind.words) \(index.name(relation.target))")
        }
        return said + related
    }
}

extension CMDBModel.Kind {
    fileprivate var title: String {
        switch self {
        case .cpc: "Machines (CPC)"
        case .hypervisor: "Hypervisors"
        case .lpar: "LPARs"
        case .guest: "Guests"
        case .kernel: "Kernel builds"
        case .toolchain: "Toolchains"
        case .patchSeries: "Patch series"
        case .deviation: "Deviations"
        case .evidence: "Evidence"
        }
    }
}

extension CMDBPlan: Presentable {
    /// What changes, what stays, what is held back.
    package func document(_ book: RuleBook) -> Document {
        Document(
            "CMDB plan",
            banner: .init(
                word: operations.isEmpty
                    ? (held.isEmpty ? "IN STEP" : "HELD BACK")
                    : Quantities.count(operations.count, "change").uppercased(),
                role: held.isEmpty ? (operations.isEmpty ? .good : nil) : .caution, title: "\(target): \(location)",
                lines: [Span("\(Quantities.count(unchanged, "object")) as they have to be")]
                    + notes.map { Span($0, .caution) } + refusals.map { Span($0, .bad) })
        ) {
            if !operations.isEmpty {
                Document.Section("Changes", "\(summary)") { Self.table(operations) }
            }
            if !held.isEmpty { Document.Section("Held back", "\(held.count)") { Self.table(held) } }
        }
    }

    private var summary: String {
        Action.allCases.compactMap { action in
            let count = operations.count { $0.action == action }
            return count == 0 ? nil : "\(count) to \(action.rawValue)"
        }.joined(separator: ", ")
    }

    private static func table(_ operations: [Operation]) -> Block {
        .table(
            [.number("NO"), "CHANGE", "WHERE", "NAME", "FIELDS"],
            operations.map { operation in
                [
                    operation.number == 0 ? [] : [Span("\(operation.number)")],
                    [.tag(operation.action.rawValue, operation.action.role)],
                    [.quiet(operation.collection)],
                    [Span(operation.shownName)]
                        + (operation.key.map { $0 == operation.shownName ? [] : [.quiet($0)] } ?? []),
                    operation.changes,
                ]
            }, leading: 3, most: 200, noun: "change")
    }
}

extension CMDBPlan.Operation {
    /// `status: Active → Decommissioning`; of something new the number of its members.
    fileprivate var changes: [Span] {
        guard !before.members.isEmpty else {
            let count = (after["values"]?.members ?? after.members).count
            return [.quiet("new, \(Quantities.count(count, "field"))")]
        }
        return after.members.flatMap { member -> [Span] in
            let (old, new) = (Self.lines(before[member.name]), Self.lines(member.value))
            guard old.count > 1 || new.count > 1 else {
                return [Span("\(member.name): \(Self.line(old.first)) → \(Self.line(new.first))")]
            }
            let gone = old.filter { !new.contains($0) }
            let come = new.filter { !old.contains($0) }
            return [Span("\(member.name): \(gone.count) lines go, \(come.count) come")]
                + gone.prefix(Self.mostLines).map { .quiet("− \(Self.line($0))") }
                + come.prefix(Self.mostLines).map { .quiet("+ \(Self.line($0))") }
        }
    }

    /// What it is called there, where that is another name.
    fileprivate var shownName: String { after["name"]?.text ?? after["version"]?.text ?? name }

    private static let longest = 100
    private static let mostLines = 3

    private static func lines(_ value: CanonicalJSON?) -> [String] {
        guard let value, value != .null else { return [] }
        let text = value.text ?? String(decoding: value.bytes, as: UTF8.self)
        // Of Markdown the backslashes are for who shows it.
        return text.replacing(#/\\([!-\/:-@\[-`{-~])/#) { $0.output.1 }.split(whereSeparator: \.isNewline).map(
            String.init)
    }

    private static func line(_ text: String?) -> String {
        guard let text else { return "none" }
        return text.count > longest ? text.prefix(longest) + "…" : text
    }
}

extension CMDBPlan.Action {
    fileprivate var role: Style.Role? {
        switch self {
        case .define, .create: .good
        case .update: nil
        case .retire: .caution
        }
    }
}

extension CMDBReport: Presentable {
    /// What came of each operation, those that are not done first.
    package func document(_ book: RuleBook) -> Document {
        let open = results.filter { $0.state != .done }
        return Document(
            "CMDB report",
            banner: .init(
                word: isComplete ? "DONE" : "INCOMPLETE", role: isComplete ? .good : .bad,
                title: "\(target): \(location)",
                lines: [
                    Span(
                        State.allCases.compactMap { state in
                            count(state) == 0 ? nil : "\(count(state)) \(state.rawValue)"
                        }.joined(separator: ", ")),
                    Span(
                        isComplete
                            ? ""
                            : "`bessemer cmdb apply` with the same plan tries the rest again; a new plan sees what is there"
                    ),
                ].filter { !$0.text.isEmpty })
        ) {
            if !open.isEmpty {
                Document.Section("Not done") {
                    Block.table(
                        [.number("NO"), "STATE", "CHANGE", "NAME", "REASON"],
                        open.map { result in
                            [
                                [Span("\(result.number)")],
                                [.tag(result.state.rawValue, result.state == .refused ? .bad : .caution)],
                                [Span("\(result.action.rawValue) \(result.collection)")], [Span(result.name)],
                                result.reason.map { [Span($0)] } ?? [],
                            ]
                        }, leading: 3, most: 200, noun: "operation")
                }
            }
        }
    }
}
