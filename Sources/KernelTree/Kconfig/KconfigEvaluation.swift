// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Kconfig's expressions under a finished configuration.
///
/// A value is nil where only the kernel's own tool could tell (a macro that runs the compiler): unknown is neither
/// yes nor no. Source: scripts/kconfig/expr.c (`expr_calc_value`), symbol.c (`sym_get_string_value`).
package struct KconfigEvaluation: Sendable {
    package let kconfig: Kconfig
    package let configuration: DotConfig

    package init(_ kconfig: Kconfig, _ configuration: DotConfig) {
        self.kconfig = kconfig
        self.configuration = configuration
    }

    package func type(of name: String) -> Kconfig.OptionType? {
        kconfig.declarations[name]?.lazy.compactMap(\.type).first
    }

    /// The symbol's own value as a condition; `n` for what is not declared or not set.
    package func tristate(of name: String) -> Tristate {
        if let constant = Tristate(name) { return limited(constant) }
        guard let type = type(of: name), type == .bool || type == .tristate else { return .no }
        return configuration[name].flatMap { Tristate($0) } ?? .no
    }

    /// Whether the kernel can have modules.
    package var allowsModules: Bool { configuration[kconfig.modulesOption] == "y" }

    /// `m` in an expression stands for `m && MODULES`.
    private func limited(_ constant: Tristate) -> Tristate {
        constant == .module && !allowsModules ? .no : constant
    }

    /// What a comparison sees; nil where it can't be known.
    package func string(of operand: KconfigOperand) -> String? {
        switch operand {
        case .constant(let value): return value
        case .macro: return nil
        case .symbol(let name):
            guard kconfig.declarations[name] != nil else { return name }
            if let value = configuration[name] { return value }
            let type = type(of: name)
            return type == .bool || type == .tristate ? "n" : ""
        }
    }

    package func value(of expression: KconfigExpression) -> Tristate? {
        switch expression {
        case .operand(.symbol(let name)): return tristate(of: name)
        case .operand(.constant(let text)): return Tristate(text).map(limited) ?? .no
        case .operand(.macro): return nil
        case .not(let inner):
            guard let value = value(of: inner) else { return nil }
            return Tristate(rawValue: 2 - value.rawValue)
        case .and(let left, let right):
            let (left, right) = (value(of: left), value(of: right))
            if left == .no || right == .no { return .no }
            guard let left, let right else { return nil }
            return min(left, right)
        case .or(let left, let right):
            let (left, right) = (value(of: left), value(of: right))
            if left == .yes || right == .yes { return .yes }
            guard let left, let right else { return nil }
            return max(left, right)
        case .compare(let left, let relation, let right):
            guard let left = string(of: left), let right = string(of: right) else { return nil }
            return Self.compare(left, relation, right) ? .yes : .no
        }
    }

    /// A decimal number, or a hexadecimal one behind `0x`; nil for any other text.
    static func number(_ text: String) -> Int? {
        let digits = text.lowercased()
        if digits.hasPrefix("0x") { return Int(digits.dropFirst(2), radix: 16) }
        return Int(digits)
    }

    static func compare(_ left: String, _ relation: KconfigExpression.Relation, _ right: String) -> Bool {
        let order: Int
        if let left = number(left), let right = number(right) {
            order = left < right ? -1 : left > right ? 1 : 0
        } else {
            order = left == right ? 0 : left.precedes(right) ? -1 : 1
        }
        return switch relation {
        case .equal: order == 0
        case .unequal: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    /// The smallest parts of `expression` that keep it below `needed`; empty where it reaches it or can't be known.
    package func shortfalls(of expression: KconfigExpression, below needed: Tristate) -> [KconfigExpression] {
        guard let value = value(of: expression), value < needed else { return [] }
        switch expression {
        case .and(let left, let right):
            return shortfalls(of: left, below: needed) + shortfalls(of: right, below: needed)
        case .not(.not(let inner)):
            return shortfalls(of: inner, below: needed)
        case .not(.or(let left, let right)):
            return shortfalls(of: .not(left), below: needed) + shortfalls(of: .not(right), below: needed)
        default: return [expression]
        }
    }

    /// The macros of `expression` whose outcome would decide whether it reaches `needed`.
    package func unknowns(of expression: KconfigExpression, below needed: Tristate) -> [String] {
        guard value(of: expression) == nil else { return [] }
        return switch expression {
        case .operand(let operand): [operand.text]
        case .not(let inner): unknowns(of: inner, below: needed)
        case .and(let left, let right), .or(let left, let right):
            unknowns(of: left, below: needed) + unknowns(of: right, below: needed)
        case .compare: [expression.text]
        }
    }
}

extension KconfigEvaluation {
    /// Whether a person is offered the option: its dependencies, prompt and menus hold. Nil where that can't be known,
    /// false for an option that nobody can set by hand. Source: symbol.c, `sym_calc_visibility`.
    package func isOffered(_ name: String) -> Bool? {
        var result: Bool? = false
        for declaration in kconfig.declarations[name] ?? [] where declaration.prompt != nil {
            let conditions =
                declaration.clauses.map(\.expression) + declaration.visibility.map(\.expression)
                + (declaration.promptCondition.map { [$0] } ?? [])
            let values = conditions.map { value(of: $0) }
            if values.contains(.no) { continue }
            if !values.contains(nil) { return true }
            result = nil
        }
        return result
    }
}
