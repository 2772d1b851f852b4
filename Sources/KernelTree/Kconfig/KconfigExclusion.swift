// SPDX-License-Identifier: Apache-2.0

/// An option that can't be on beside another one, read from the other one's Kconfig lines.
package struct KconfigExclusion: Sendable, Hashable {
    /// One line that the exclusion follows from.
    package struct Link: Sendable, Hashable {
        /// E.g. "RUST needs `HAVE_RUST`".
        package let text: String
        package let place: Kconfig.Place
    }

    /// The option that is excluded, without `CONFIG_`.
    package let symbol: String
    /// What lifts the exclusion; nil where nothing does.
    package let unless: KconfigExpression?
    /// From the other option to the line that names this one.
    package let links: [Link]
}

extension Kconfig {
    private static let deepestRequirement = 6
    /// A symbol with more is one that something always gives.
    private static let mostGivers = 200

    /// The options that `name` excludes: those that speak against what it needs to be on, followed through symbols that
    /// nobody can set by hand, and those whose own dependencies speak against it. Sorted by name.
    ///
    /// An option is named once, with the first line that excludes it entirely, or else with the first.
    package func exclusions(by name: String) -> [KconfigExclusion] {
        var found: [KconfigExclusion] = []
        var visited: Set<String> = []
        follow(name, [], &visited, &found)
        for (other, all) in declarations where other != name {
            guard all.count == 1, let declaration = all.first else { continue }
            for clause in declaration.clauses where clause.expression.negatedSymbols.contains(name) {
                let link = KconfigExclusion.Link(
                    text: "\(other) needs `\(clause.expression.text)`", place: clause.place)
                exclude(other, clause.expression.given(name), [link], &found)
            }
        }
        var named: [String: KconfigExclusion] = [:]
        for exclusion in found {
            if let known = named[exclusion.symbol], known.unless == nil || exclusion.unless != nil { continue }
            named[exclusion.symbol] = exclusion
        }
        return named.values.sorted { $0.symbol < $1.symbol }
    }

    private func follow(
        _ name: String, _ links: [KconfigExclusion.Link], _ visited: inout Set<String>,
        _ found: inout [KconfigExclusion]
    ) {
        guard links.count < Self.deepestRequirement, visited.insert(name).inserted,
            let declarations = declarations[name]
        else { return }
        // Of several declarations one is enough, so that none of them alone excludes anything.
        if declarations.count == 1, let clauses = declarations.first?.clauses {
            for clause in clauses {
                examine(
                    clause.expression,
                    links + [.init(text: "\(name) needs `\(clause.expression.text)`", place: clause.place)],
                    &visited, &found)
            }
        }
        // A symbol that can be set by hand needs no giver.
        guard !declarations.contains(where: { $0.prompt != nil }) else { return }
        var givers: [(expression: KconfigExpression, link: KconfigExclusion.Link)] = []
        func add(_ value: KconfigExpression, if condition: KconfigExpression?, _ text: String, _ place: Place) {
            let under = condition.map { " if `\($0.text)`" } ?? ""
            givers.append((condition.map { .and(value, $0) } ?? value, .init(text: text + under, place: place)))
        }
        for grant in grants[name] ?? [] where grant.kind == .select {
            let only = grant.condition == nil ? "" : " only"
            add(.operand(.symbol(grant.by)), if: grant.condition, "\(grant.by) selects \(name)\(only)", grant.place)
        }
        for entry in declarations.flatMap(\.defaults) {
            add(entry.value, if: entry.condition, "\(name) is `\(entry.value.text)`", entry.place)
        }
        guard let first = givers.first, givers.count <= Self.mostGivers else { return }
        let all = givers.dropFirst().reduce(first.expression) { .or($0, $1.expression) }
        guard givers.count > 1 else { return examine(all, links + [first.link], &visited, &found) }
        for symbol in Set(all.negatedSymbols) {
            guard let giver = givers.first(where: { $0.expression.negatedSymbols.contains(symbol) }) else { continue }
            exclude(symbol, all.given(symbol), links + [giver.link], &found)
        }
    }

    /// One expression that has to hold.
    private func examine(
        _ expression: KconfigExpression, _ links: [KconfigExclusion.Link], _ visited: inout Set<String>,
        _ found: inout [KconfigExclusion]
    ) {
        for symbol in Set(expression.negatedSymbols) { exclude(symbol, expression.given(symbol), links, &found) }
        for case .operand(.symbol(let needed)) in expression.conjuncts
        where declarations[needed]?.contains(where: { $0.prompt != nil }) == false {
            follow(needed, links, &visited, &found)
        }
    }

    /// Notes what `left` of a condition allows beside the symbol.
    private func exclude(
        _ symbol: String, _ left: KconfigExpression, _ links: [KconfigExclusion.Link],
        _ found: inout [KconfigExclusion]
    ) {
        // What this architecture does not declare can't be on anyway.
        guard left.constant != .yes, declarations[symbol] != nil else { return }
        found.append(KconfigExclusion(symbol: symbol, unless: left.constant == .no ? nil : left, links: links))
    }
}
