// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The three values of Kconfig's logic (Documentation/kbuild/kconfig-language.rst, "Menu dependencies").
package enum Tristate: Int, Sendable, Hashable, Comparable {
    case no
    case module
    case yes

    package static func < (left: Tristate, right: Tristate) -> Bool { left.rawValue < right.rawValue }

    /// `n`, `m` or `y`.
    package var text: String { Self.letters[rawValue] }

    private static let letters = ["n", "m", "y"]

    /// Takes `n`, `m` or `y`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard let value = Self.letters.firstIndex(where: { $0 == text }) else { return nil }
        self.init(rawValue: value)
    }
}

/// What stands in an expression: a symbol, a quoted constant, or a macro that only the kernel's own tool can expand.
package enum KconfigOperand: Sendable, Hashable {
    case symbol(String)
    case constant(String)
    case macro(String)

    package var text: String {
        switch self {
        case .symbol(let name): name
        case .constant(let value): "\"\(value)\""
        case .macro(let text): text
        }
    }

    /// The same without quotes.
    var plain: String {
        switch self {
        case .symbol(let text), .constant(let text), .macro(let text): text
        }
    }
}

/// A condition as a Kconfig file writes it (scripts/kconfig/parser.y, `expr`).
package indirect enum KconfigExpression: Sendable, Hashable {
    package enum Relation: String, Sendable, Hashable {
        case equal = "="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    case operand(KconfigOperand)
    case not(KconfigExpression)
    case and(KconfigExpression, KconfigExpression)
    case or(KconfigExpression, KconfigExpression)
    case compare(KconfigOperand, Relation, KconfigOperand)

    /// The expression as one would write it in a Kconfig file.
    package var text: String { text(above: 0) }

    private func text(above level: Int) -> String {
        switch self {
        case .operand(let operand): return operand.text
        case .not(let inner): return "!" + inner.text(above: 3)
        case .compare(let left, let relation, let right):
            let plain = "\(left.text) \(relation.rawValue) \(right.text)"
            return level > 2 ? "(\(plain))" : plain
        case .and(let left, let right):
            let plain = "\(left.text(above: 2)) && \(right.text(above: 2))"
            return level > 2 ? "(\(plain))" : plain
        case .or(let left, let right):
            let plain = "\(left.text(above: 1)) || \(right.text(above: 1))"
            return level > 1 ? "(\(plain))" : plain
        }
    }

    /// The symbols that it names, in the order in which they stand.
    package var symbols: [String] {
        func name(_ operand: KconfigOperand) -> [String] {
            if case .symbol(let name) = operand { [name] } else { [] }
        }
        return switch self {
        case .operand(let operand): name(operand)
        case .not(let inner): inner.symbols
        case .and(let left, let right), .or(let left, let right): left.symbols + right.symbols
        case .compare(let left, _, let right): name(left) + name(right)
        }
    }
}

extension KconfigExpression {
    private static let yes = KconfigExpression.operand(.constant("y"))
    private static let no = KconfigExpression.operand(.constant("n"))

    /// The symbols that speak against it: those under an odd number of `!`, and those that are to be `n` or not `y`.
    package var negatedSymbols: [String] { negated(false) }

    private func negated(_ isNegated: Bool) -> [String] {
        switch self {
        case .operand(.symbol(let name)): return isNegated ? [name] : []
        case .operand: return []
        case .not(let inner): return inner.negated(!isNegated)
        case .and(let left, let right), .or(let left, let right):
            return left.negated(isNegated) + right.negated(isNegated)
        case .compare(.symbol(let name), let relation, let other):
            let isAgainst = other.plain == "n" && relation == .equal || other.plain == "y" && relation == .unequal
            let isFor = other.plain == "y" && relation == .equal || other.plain == "n" && relation == .unequal
            return isAgainst && !isNegated || isFor && isNegated ? [name] : []
        case .compare: return []
        }
    }

    /// What is left of it where `name` is `y`; a constant where that decides.
    package func given(_ name: String) -> KconfigExpression {
        switch self {
        case .operand(.symbol(name)): return Self.yes
        case .operand(.symbol("y")): return Self.yes
        case .operand(.symbol("n")): return Self.no
        case .operand: return self
        case .not(let inner):
            let inner = inner.given(name)
            return inner == Self.yes ? Self.no : inner == Self.no ? Self.yes : .not(inner)
        case .and(let left, let right):
            let (left, right) = (left.given(name), right.given(name))
            if left == Self.no || right == Self.no { return Self.no }
            return left == Self.yes ? right : right == Self.yes ? left : .and(left, right)
        case .or(let left, let right):
            let (left, right) = (left.given(name), right.given(name))
            if left == Self.yes || right == Self.yes { return Self.yes }
            return left == Self.no ? right : right == Self.no ? left : .or(left, right)
        case .compare(.symbol(name), let relation, let other) where Tristate(other.plain) != nil:
            switch relation {
            case .equal: return other.plain == "y" ? Self.yes : Self.no
            case .unequal: return other.plain == "y" ? Self.no : Self.yes
            default: return self
            }
        case .compare: return self
        }
    }

    /// `y` and `n` written out; nil for anything else.
    package var constant: Tristate? { self == Self.yes ? .yes : self == Self.no ? .no : nil }

    /// The parts that must all hold.
    package var conjuncts: [KconfigExpression] {
        if case .and(let left, let right) = self { return left.conjuncts + right.conjuncts }
        return [self]
    }
}

/// The tokens of one Kconfig statement (scripts/kconfig/lexer.l).
enum KconfigToken: Hashable {
    /// A word is a symbol until its place says that it is a keyword.
    case operand(KconfigOperand)
    /// `&&`, `(`, `:=`, …
    case sign(String)

    /// Splits one statement, its continuation lines already joined. Never fails: what Kconfig ignores is ignored.
    static func tokens(of line: [UInt8], variables: [String: String]) -> [KconfigToken] {
        var tokens: [KconfigToken] = []
        var index = 0
        while index < line.count {
            let byte = line[index]
            switch byte {
            case UInt8(ascii: "#"): return tokens
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                tokens.append(.operand(quoted(line, &index, variables)))
            case UInt8(ascii: "&"), UInt8(ascii: "|"):
                let two = index + 1 < line.count && line[index + 1] == byte
                if two { tokens.append(.sign(byte == UInt8(ascii: "&") ? "&&" : "||")) }
                index += two ? 2 : 1
            case UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: ":"),
                UInt8(ascii: "+"):
                let two = index + 1 < line.count && line[index + 1] == UInt8(ascii: "=")
                let text = String(decoding: line[index..<(index + (two ? 2 : 1))], as: UTF8.self)
                if text != ":" && text != "+" { tokens.append(.sign(text)) }
                index += two ? 2 : 1
            case UInt8(ascii: "("), UInt8(ascii: ")"):
                tokens.append(.sign(byte == UInt8(ascii: "(") ? "(" : ")"))
                index += 1
            case _ where isWord(byte) || byte == UInt8(ascii: "$"):
                tokens.append(.operand(word(line, &index, variables)))
            default: index += 1
            }
        }
        return tokens
    }

    static func isWord(_ byte: UInt8) -> Bool { byte.isWord || byte == UInt8(ascii: "-") }

    /// The end of `$(…)` or `$x` that starts at `index`; parentheses are counted, quotes are not (preprocess.c).
    private static func macroEnd(_ line: [UInt8], _ index: Int) -> Int {
        var end = index + 1
        guard end < line.count, line[end] == UInt8(ascii: "(") else { return min(end, line.count) }
        var depth = 0
        while end < line.count {
            if line[end] == UInt8(ascii: "(") { depth += 1 }
            if line[end] == UInt8(ascii: ")") {
                depth -= 1
                if depth == 0 { return end + 1 }
            }
            end += 1
        }
        return end
    }

    /// Takes the macro that starts at `index`: what it stands for, or, where that is not known, itself.
    private static func takeMacro(
        _ line: [UInt8], _ index: inout Int, _ variables: [String: String], _ isOpaque: inout Bool
    ) -> String {
        let end = macroEnd(line, index)
        let macro = String(decoding: line[index..<end], as: UTF8.self)
        index = end
        if macro.hasPrefix("$("), macro.hasSuffix(")"),
            let known = variables[String(macro.dropFirst(2).dropLast())]
        {
            return known
        }
        isOpaque = true
        return macro
    }

    private static func word(
        _ line: [UInt8], _ index: inout Int, _ variables: [String: String]
    ) -> KconfigOperand {
        var text = ""
        var opaque = false
        while index < line.count {
            if line[index] == UInt8(ascii: "$") {
                text += takeMacro(line, &index, variables, &opaque)
            } else {
                let word = line[index...].prefix(while: isWord)
                if word.isEmpty { break }
                text += String(decoding: word, as: UTF8.self)
                index = word.endIndex
            }
        }
        return opaque ? .macro(text) : .symbol(text)
    }

    private static func quoted(
        _ line: [UInt8], _ index: inout Int, _ variables: [String: String]
    ) -> KconfigOperand {
        let quote = line[index]
        index += 1
        var bytes: [UInt8] = []
        var opaque = false
        while index < line.count, line[index] != quote {
            if line[index] == UInt8(ascii: "\\"), index + 1 < line.count {
                bytes.append(line[index + 1])
                index += 2
            } else if line[index] == UInt8(ascii: "$") {
                bytes += takeMacro(line, &index, variables, &opaque).utf8
            } else {
                bytes.append(line[index])
                index += 1
            }
        }
        index = min(index + 1, line.count)
        let text = String(decoding: bytes, as: UTF8.self)
        return opaque ? .macro(text) : .constant(text)
    }
}

/// Reads expressions from a statement's tokens.
struct KconfigExpressionParser {
    private let tokens: ArraySlice<KconfigToken>
    private(set) var position: Int
    private var depth = 0
    /// Deeper nesting than any Kconfig file has; a hostile file must not exhaust the stack.
    static let deepest = 200

    init(_ tokens: ArraySlice<KconfigToken>) {
        self.tokens = tokens
        position = tokens.startIndex
    }

    var next: KconfigToken? { position < tokens.endIndex ? tokens[position] : nil }

    private mutating func take(_ token: KconfigToken) -> Bool {
        guard next == token else { return false }
        position += 1
        return true
    }

    /// Takes the word if it stands next.
    mutating func take(word: String) -> Bool { take(.operand(.symbol(word))) }

    mutating func takeOperand() -> KconfigOperand? {
        guard case .operand(let operand) = next else { return nil }
        position += 1
        return operand
    }

    /// `a || b`; nil where the tokens are no expression.
    mutating func expression() -> KconfigExpression? {
        chain("||", { $0.chain("&&", { $0.unary() }, KconfigExpression.and) }, KconfigExpression.or)
    }

    /// Parts with an operator between them, taken from the left.
    private mutating func chain(
        _ sign: String, _ part: (inout Self) -> KconfigExpression?,
        _ join: (KconfigExpression, KconfigExpression) -> KconfigExpression
    ) -> KconfigExpression? {
        guard var left = part(&self) else { return nil }
        var operators = 0
        while take(.sign(sign)) {
            operators += 1
            guard operators < Self.deepest, let right = part(&self) else { return nil }
            left = join(left, right)
        }
        return left
    }

    private mutating func unary() -> KconfigExpression? {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { return nil }
        if take(.sign("!")) { return unary().map { .not($0) } }
        if take(.sign("(")) {
            guard let inner = expression(), take(.sign(")")) else { return nil }
            return inner
        }
        guard let left = takeOperand() else { return nil }
        guard case .sign(let sign) = next, let relation = KconfigExpression.Relation(rawValue: sign) else {
            return .operand(left)
        }
        position += 1
        return takeOperand().map { .compare(left, relation, $0) }
    }

    /// `if <expr>`: nil where there is none, an opaque macro where it can't be read.
    mutating func condition() -> KconfigExpression? {
        guard take(word: "if") else { return nil }
        return expression() ?? .operand(.macro("an expression that could not be read"))
    }
}
