// SPDX-License-Identifier: Apache-2.0

/// An expression of a GitHub workflow: `matrix.arch == 's390' && 'a' || 'b'` (GitHub Actions, "Evaluate expressions").
struct GitHubExpression {
    enum Value {
        case unknown
        case boolean(Bool)
        case word(ScriptWord)

        /// Whether it counts as true; nil where that cannot be told.
        var isTrue: Bool? { text.map { !["", "0", "false"].contains($0) } }

        var text: String? {
            switch self {
            case .unknown: nil
            case .boolean(let value): "\(value)"
            case .word(let word): word.certain
            }
        }
    }

    private var rest: Substring
    private let line: Int
    private let lookup: ([String]) -> ScriptWord?
    private var depth = 0

    private static let deepest = 20
    private static let longest = 2000

    /// `lookup` gives the value of a path such as `env`, `ARCH`.
    static func value(_ text: String, line: Int, _ lookup: @escaping ([String]) -> ScriptWord?) -> Value {
        guard text.utf8.count <= longest else { return .unknown }
        var expression = GitHubExpression(rest: text[...], line: line, lookup: lookup)
        let value = expression.disjunction()
        expression.skipBlanks()
        return expression.rest.isEmpty ? value : .unknown
    }

    private mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }

    private mutating func take(_ text: String) -> Bool {
        skipBlanks()
        guard rest.hasPrefix(text) else { return false }
        rest = rest.dropFirst(text.count)
        return true
    }

    private mutating func disjunction() -> Value {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { return .unknown }
        var left = conjunction()
        while take("||") {
            let right = conjunction()
            if left.isTrue != true { left = left.isTrue == false ? right : .unknown }
        }
        return left
    }

    private mutating func conjunction() -> Value {
        var left = comparison()
        while take("&&") {
            let right = comparison()
            if left.isTrue == true {
                left = right
            } else if left.isTrue == nil {
                left = right.isTrue == false ? .boolean(false) : .unknown
            }
        }
        return left
    }

    private mutating func comparison() -> Value {
        let left = primary()
        let isEqual = take("==")
        guard isEqual || take("!=") else { return left }
        let right = primary()
        guard let first = left.text, let second = right.text else { return .unknown }
        // Strings are compared without regard to case.
        return .boolean((first.lowercased() == second.lowercased()) == isEqual)
    }

    private mutating func primary() -> Value {
        skipBlanks()
        if rest.hasPrefix("!"), !rest.hasPrefix("!=") {
            depth += 1
            defer { depth -= 1 }
            guard depth < Self.deepest else { return .unknown }
            rest.removeFirst()
            return primary().isTrue.map { .boolean(!$0) } ?? .unknown
        }
        if take("(") {
            let value = disjunction()
            return take(")") ? value : .unknown
        }
        if take("'") { return string().map { .word(ScriptWord($0, line: line)) } ?? .unknown }
        var path = [name()]
        if path == [""] { return .unknown }
        if take("(") { return call(path[0]) }
        while let sign = rest.first, sign == "." || sign == "[" {
            rest.removeFirst()
            if sign == "." {
                path.append(name())
            } else {
                guard take("'"), let key = string(), take("]") else { return .unknown }
                path.append(key)
            }
        }
        if let value = Bool(path[0]) { return .boolean(value) }
        if path.count == 1, path[0].allSatisfy(\.isNumber) { return .word(ScriptWord(path[0], line: line)) }
        return lookup(path).map { .word($0) } ?? .unknown
    }

    private mutating func name() -> String {
        let name = rest.prefix { $0.isLetter || $0.isNumber || "_-*".contains($0) }
        rest = rest[name.endIndex...]
        return String(name)
    }

    /// Behind its first quote; `''` is a quote.
    private mutating func string() -> String? {
        var text = ""
        while let end = rest.firstIndex(of: "'") {
            text += rest[..<end]
            rest = rest[end...].dropFirst()
            guard rest.first == "'" else { return text }
            text += "'"
            rest.removeFirst()
        }
        rest = ""
        return nil
    }

    private mutating func call(_ name: String) -> Value {
        var arguments: [Value] = []
        if !take(")") {
            repeat { arguments.append(disjunction()) } while take(",")
            guard take(")") else { return .unknown }
        }
        switch name.lowercased() {
        case "always", "success": return .boolean(true)
        case "failure", "cancelled": return .boolean(false)
        case "contains", "startswith", "endswith":
            guard arguments.count == 2, let text = arguments[0].text?.lowercased(),
                let part = arguments[1].text?.lowercased()
            else { return .unknown }
            return switch name.lowercased() {
            case "contains": .boolean(text.contains(part))
            case "startswith": .boolean(text.hasPrefix(part))
            default: .boolean(text.hasSuffix(part))
            }
        default: return .unknown
        }
    }
}
