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

    private let characters: [Character]
    private let line: Int
    private let lookup: ([String]) -> ScriptWord?
    private var index = 0
    private var depth = 0

    private static let deepest = 20
    private static let longest = 2000

    /// `lookup` gives the value of a path such as `env`, `ARCH`.
    static func value(_ text: String, line: Int, _ lookup: @escaping ([String]) -> ScriptWord?) -> Value {
        guard text.utf8.count <= longest else { return .unknown }
        var expression = GitHubExpression(characters: Array(text), line: line, lookup: lookup)
        let value = expression.disjunction()
        expression.skipBlanks()
        return expression.index == expression.characters.count ? value : .unknown
    }

    private init(characters: [Character], line: Int, lookup: @escaping ([String]) -> ScriptWord?) {
        self.characters = characters
        self.line = line
        self.lookup = lookup
    }

    private mutating func skipBlanks() {
        while index < characters.count, characters[index].isWhitespace { index += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        skipBlanks()
        guard characters[index...].starts(with: text) else { return false }
        index += text.count
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
        guard index < characters.count else { return .unknown }
        if characters[index] == "!", index + 1 < characters.count, characters[index + 1] != "=" {
            depth += 1
            defer { depth -= 1 }
            guard depth < Self.deepest else { return .unknown }
            index += 1
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
        while index < characters.count {
            if characters[index] == "." {
                index += 1
                path.append(name())
            } else if characters[index] == "[" {
                index += 1
                guard take("'"), let key = string(), take("]") else { return .unknown }
                path.append(key)
            } else {
                break
            }
        }
        if let value = Bool(path[0]) { return .boolean(value) }
        if path.count == 1, path[0].allSatisfy(\.isNumber) { return .word(ScriptWord(path[0], line: line)) }
        return lookup(path).map { .word($0) } ?? .unknown
    }

    private mutating func name() -> String {
        let name = characters[index...].prefix { $0.isLetter || $0.isNumber || "_-*".contains($0) }
        index += name.count
        return String(name)
    }

    /// Behind its first quote; `''` is a quote.
    private mutating func string() -> String? {
        var text = ""
        while let end = characters[index...].firstIndex(of: "'") {
            text += String(characters[index..<end])
            index = end + 1
            guard index < characters.count, characters[index] == "'" else { return text }
            text += "'"
            index += 1
        }
        index = characters.count
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
