// SPDX-License-Identifier: Apache-2.0
internal import Host

/// An arithmetic expression of the shell (Bash Reference Manual, § 6.5), as far as its variables are known.
struct ShellArithmetic {
    private let characters: [UInt8]
    private var index = 0
    private var depth = 0
    private var isRefused = false
    /// What a name holds; nil where it is not known.
    private let lookup: (String) -> Int?
    /// What the expression assigns, in order; nil where the value is not known.
    private(set) var assignments: [(name: String, value: Int?)] = []

    private static let deepest = 40

    private typealias Operator = @Sendable (Int, Int) -> Int?

    /// Operators of two sides by how tightly they bind.
    private static let levels: [[(sign: String, apply: Operator)]] = [
        [("||", { $0 != 0 || $1 != 0 ? 1 : 0 })],
        [("&&", { $0 != 0 && $1 != 0 ? 1 : 0 })],
        [("|", { $0 | $1 })],
        [("^", { $0 ^ $1 })],
        [("&", { $0 & $1 })],
        [("==", { $0 == $1 ? 1 : 0 }), ("!=", { $0 != $1 ? 1 : 0 })],
        [
            ("<=", { $0 <= $1 ? 1 : 0 }), (">=", { $0 >= $1 ? 1 : 0 }), ("<", { $0 < $1 ? 1 : 0 }),
            (">", { $0 > $1 ? 1 : 0 }),
        ],
        [("<<", { (0..<64).contains($1) ? $0 << $1 : nil }), (">>", { (0..<64).contains($1) ? $0 >> $1 : nil })],
        [("+", { $0 &+ $1 }), ("-", { $0 &- $1 })],
        [("*", { $0 &* $1 }), ("/", { divides($1, $0) ? $0 / $1 : nil }), ("%", { divides($1, $0) ? $0 % $1 : nil })],
    ]

    private static func divides(_ divisor: Int, _ value: Int) -> Bool { divisor != 0 && value != .min }

    init(_ text: String, _ lookup: @escaping (String) -> Int?) {
        characters = Array(text.utf8)
        self.lookup = lookup
    }

    /// The value; nil where it cannot be told.
    mutating func value() -> Int? {
        var result: Int? = 0
        skipBlanks()
        guard index < characters.count else { return 0 }
        repeat { result = assignment() } while take(",")
        skipBlanks()
        return index == characters.count && !isRefused ? result : nil
    }

    /// What is here is no expression: nothing more of it is read.
    private mutating func refuse() {
        isRefused = true
        index = characters.count
    }

    private mutating func skipBlanks() {
        while index < characters.count, [32, 9, 10, 13].contains(characters[index]) { index += 1 }
    }

    private func has(_ text: String) -> Bool { characters[index...].starts(with: text.utf8) }

    private mutating func take(_ text: String) -> Bool {
        skipBlanks()
        guard has(text) else { return false }
        index += text.utf8.count
        return true
    }

    private mutating func name() -> String? {
        skipBlanks()
        guard index < characters.count, Shell.isNameStart(characters[index]) else { return nil }
        let start = index
        while index < characters.count, characters[index].isWord { index += 1 }
        return String(decoding: characters[start..<index], as: UTF8.self)
    }

    private func held(_ name: String) -> Int? { assignments.last { $0.name == name }.map(\.value) ?? lookup(name) }

    private mutating func assignment() -> Int? {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else {
            refuse()
            return nil
        }
        let start = index
        if let name = name() {
            skipBlanks()
            for sign in ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="] where has(sign) {
                if sign == "=", has("==") { break }
                index += sign.utf8.count
                let right = assignment()
                let change = Self.levels.joined().first { $0.sign == sign.dropLast() }
                let value = change.map { Self.result(held(name), right, $0.apply) } ?? right
                assignments.append((name, value))
                return value
            }
        }
        index = start
        return choice()
    }

    private mutating func choice() -> Int? {
        let condition = binary(0)
        guard take("?") else { return condition }
        let first = assignment()
        guard take(":") else { return nil }
        let second = assignment()
        return condition.flatMap { $0 != 0 ? first : second }
    }

    private mutating func binary(_ level: Int) -> Int? {
        guard level < Self.levels.count else { return unary() }
        var left = binary(level + 1)
        loop: while true {
            skipBlanks()
            guard index < characters.count else { return left }
            for (sign, apply) in Self.levels[level] where has(sign) {
                let next = index + sign.utf8.count < characters.count ? characters[index + sign.utf8.count] : 0
                // A longer operator, or an assignment.
                if next == UInt8(ascii: "="), !["==", "!=", "<=", ">="].contains(sign) { continue }
                if sign.utf8.count == 1, sign.utf8.first == next, "|&<>".contains(sign) { continue }
                index += sign.utf8.count
                left = Self.result(left, binary(level + 1), apply)
                continue loop
            }
            return left
        }
    }

    private static func result(_ left: Int?, _ right: Int?, _ apply: Operator) -> Int? {
        left.flatMap { left in right.flatMap { apply(left, $0) } }
    }

    private mutating func unary() -> Int? {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else {
            refuse()
            return nil
        }
        for (sign, step) in [("++", 1), ("--", -1)] where take(sign) {
            guard let name = name() else { return nil }
            let value = held(name).map { $0 &+ step }
            assignments.append((name, value))
            return value
        }
        if take("!") { return unary().map { $0 == 0 ? 1 : 0 } }
        if take("~") { return unary().map { ~$0 } }
        if take("-") { return unary().map { 0 &- $0 } }
        if take("+") { return unary() }
        if take("(") {
            var value: Int?
            repeat { value = assignment() } while take(",")
            return take(")") ? value : nil
        }
        if let name = name() {
            let value = held(name)
            for (sign, step) in [("++", 1), ("--", -1)] where take(sign) {
                assignments.append((name, value.map { $0 &+ step }))
            }
            return value
        }
        return number()
    }

    private mutating func number() -> Int? {
        let start = index
        index += characters[start...].prefix { $0.isWord || $0 == UInt8(ascii: "#") }.count
        let text = String(decoding: characters[start..<index], as: UTF8.self).lowercased()
        if text.isEmpty { refuse() }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) }
        let halves = text.split(separator: "#", omittingEmptySubsequences: false)
        if halves.count == 2, let radix = Int(halves[0]), (2...36).contains(radix) {
            return Int(halves[1], radix: radix)
        }
        return text.hasPrefix("0") && text.count > 1 ? Int(text, radix: 8) : Int(text)
    }
}
