// SPDX-License-Identifier: Apache-2.0

/// What gives a symbol the value that it has in a finished configuration.
package enum KconfigOrigin: Sendable, Hashable {
    case granted(Kconfig.Grant)
    /// The first `default` whose conditions hold.
    case byDefault(Kconfig.Default)
    /// The member that the `choice` there takes by itself.
    case ofChoice(Kconfig.Place)
    /// Off, or empty, since nothing gives it anything.
    case unset
    /// Nothing in the Kconfig files gives this value: somebody chose it.
    case chosen
    /// Only the kernel's own tool could tell.
    case unknown
}

extension KconfigEvaluation {
    /// Tells how the symbol came by its value.
    ///
    /// Of several grants the one that was not there in `before` is named, where there is one.
    /// Source: scripts/kconfig/symbol.c, `sym_calc_value`.
    package func origin(of name: String, before: KconfigEvaluation? = nil) -> KconfigOrigin {
        guard let declarations = kconfig.declarations[name] else { return .unknown }
        switch type(of: name) {
        case .bool, .tristate: return switchOrigin(of: name, declarations, before)
        default: return valueOrigin(of: name, declarations)
        }
    }

    /// Whether the option is one that a person could have set: conf writes `is not set` only of those.
    private func isSettable(_ name: String) -> Bool { isOffered(name) ?? (configuration[name] != nil) }

    private func switchOrigin(
        of name: String, _ declarations: [Kconfig.Declaration], _ before: KconfigEvaluation?
    ) -> KconfigOrigin {
        let has = tristate(of: name)
        if let choice = declarations.lazy.compactMap(\.choice).first {
            guard let standard = standardMember(of: choice) else { return .unknown }
            if has != .no { return standard == name ? .ofChoice(choice) : .chosen }
            return standard == name ? .chosen : .unset
        }
        if has != .no {
            let granting = (kconfig.grants[name] ?? []).filter { grant in
                grant.kind == .select && strength(of: grant).map { reaches(has, $0, name) } ?? false
            }
            if let grant = granting.first(where: { before?.strength(of: $0) == .no }) ?? granting.first {
                return .granted(grant)
            }
        }
        let (standard, entry) = standardValue(declarations)
        if let standard, standard == has || (type(of: name) == .bool && (standard != .no) == (has != .no)) {
            if has != .no, let entry { return .byDefault(entry) }
            if has == .no { return implying(name) != nil && isSettable(name) ? .chosen : .unset }
        }
        if has != .no, let grant = implying(name) { return .granted(grant) }
        if !isSettable(name) {
            // A default that a tool of the build decides has decided.
            if let entry, has != .no { return .byDefault(entry) }
            return has == .no ? .unset : .unknown
        }
        return standard == nil ? entry.map { .byDefault($0) } ?? .unknown : .chosen
    }

    /// The first `imply` of the symbol that holds.
    private func implying(_ name: String) -> Kconfig.Grant? {
        kconfig.grants[name]?.first { $0.kind == .imply && strength(of: $0).map { $0 > .no } ?? false }
    }

    private func reaches(_ has: Tristate, _ given: Tristate, _ name: String) -> Bool {
        type(of: name) == .bool ? given != .no : given >= has
    }

    /// What a grant comes to; nil where its condition can't be known and its symbol is on.
    func strength(of grant: Kconfig.Grant) -> Tristate? {
        let source = tristate(of: grant.by)
        guard let condition = grant.condition, source != .no else { return source }
        return value(of: condition).map { min($0, source) }
    }

    /// The value by default, nil where it can't be known, and the line that gives it.
    private func standardValue(_ declarations: [Kconfig.Declaration]) -> (Tristate?, Kconfig.Default?) {
        for declaration in declarations {
            // A default counts only where its declaration's dependencies hold (menu.c, menu_finalize).
            let around = declaration.clauses.map { value(of: $0.expression) }
            if around.contains(.no) { continue }
            for entry in declaration.defaults {
                let condition = entry.condition.map { value(of: $0) } ?? .yes
                if condition == .no { continue }
                guard let condition, !around.contains(nil), let given = value(of: entry.value) else {
                    return (value(of: entry.value) == .no ? .no : nil, entry)
                }
                return (around.reduce(min(condition, given)) { min($0, $1 ?? .no) }, entry)
            }
        }
        return (.no, nil)
    }

    /// The member that a choice takes where nobody chooses; nil where that can't be known.
    private func standardMember(of choice: Kconfig.Place) -> String? {
        for entry in kconfig.choiceDefaults[choice] ?? [] {
            guard case .operand(.symbol(let name)) = entry.value else { continue }
            let condition = entry.condition.map { value(of: $0) } ?? .yes
            if condition == .no || !isSettable(name) { continue }
            return condition == nil ? nil : name
        }
        return kconfig.choices[choice]?.first(where: isSettable)
    }

    private func valueOrigin(of name: String, _ declarations: [Kconfig.Declaration]) -> KconfigOrigin {
        let has = configuration[name] ?? ""
        for declaration in declarations where !declaration.clauses.contains(where: { value(of: $0.expression) == .no })
        {
            for entry in declaration.defaults {
                let condition = entry.condition.map { value(of: $0) } ?? .yes
                if condition == .no { continue }
                guard case .operand(let operand) = entry.value, let given = string(of: operand) else {
                    return .byDefault(entry)
                }
                if given == has { return .byDefault(entry) }
                return condition == nil ? .unknown : isSettable(name) ? .chosen : .unknown
            }
        }
        return has.isEmpty ? .unset : isSettable(name) ? .chosen : .unknown
    }

    /// What has come to hold since `before` that the option needs to be offered, or to count at all: the clauses of its
    /// first declaration that holds now.
    func opened(_ name: String, since before: KconfigEvaluation) -> [Kconfig.Clause] {
        guard
            let declaration = kconfig.declarations[name]?.first(where: { declaration in
                !declaration.clauses.contains { value(of: $0.expression) == .no }
            })
        else { return [] }
        let prompt = declaration.promptCondition.map {
            [Kconfig.Clause(expression: $0, place: declaration.place, kind: .dependency)]
        }
        return (declaration.clauses + declaration.visibility + (prompt ?? [])).filter { clause in
            guard let now = value(of: clause.expression), let earlier = before.value(of: clause.expression) else {
                return false
            }
            return now > earlier
        }
    }
}
