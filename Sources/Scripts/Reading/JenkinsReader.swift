// SPDX-License-Identifier: Apache-2.0

/// Reads the shell steps, environments and images of a Jenkinsfile (Jenkins handbook, "Pipeline Syntax").
struct JenkinsReader {
    private enum Token {
        case word(String)
        case string(ScriptText)
        case mark(UInt8)
    }

    private let source: ScriptSource
    private var tokens: [Token] = []

    init(_ source: ScriptSource) { self.source = source }

    mutating func unit() -> ScriptUnit {
        split()
        var unit = ScriptUnit()
        var variables: [String: ScriptWord] = [:]
        var level = 0
        var environmentLevel: Int?
        for (index, token) in tokens.enumerated() {
            switch token {
            case .mark(UInt8(ascii: "{")):
                level += 1
                if case .word("environment") = before(index, 1) { environmentLevel = level }
            case .mark(UInt8(ascii: "}")):
                if environmentLevel == level { environmentLevel = nil }
                level -= 1
            case .string(let text):
                if environmentLevel != nil, case .mark(UInt8(ascii: "=")) = before(index, 1),
                    case .word(let name) = before(index, 2)
                {
                    variables[name] = word(text)
                } else if isArgument(of: ["sh"], index) {
                    var lexer = ShellLexer(text, variables: variables, exported: Set(variables.keys))
                    unit.statements += lexer.statements()
                } else if isArgument(of: ["image"], index) {
                    unit.statements.append(.image(word(text)))
                } else if isInWithEnv(index), let (name, value) = word(text).assignment {
                    variables[name] = value
                }
            default: break
            }
        }
        return unit
    }

    private func before(_ index: Int, _ count: Int) -> Token? { index >= count ? tokens[index - count] : nil }

    /// `sh 'x'`, `sh('x')`, `sh(script: 'x')`, `sh script: 'x'`.
    private func isArgument(of names: Set<String>, _ index: Int) -> Bool {
        var place = index - 1
        if place >= 1, case .mark(UInt8(ascii: ":")) = tokens[place], case .word("script") = tokens[place - 1] {
            place -= 2
        }
        if place >= 0, case .mark(UInt8(ascii: "(")) = tokens[place] { place -= 1 }
        guard place >= 0, case .word(let name) = tokens[place] else { return false }
        return names.contains(name)
    }

    private func isInWithEnv(_ index: Int) -> Bool {
        var place = index - 1
        while place >= 0, index - place < 100 {
            switch tokens[place] {
            case .word("withEnv"): return true
            case .string, .mark(UInt8(ascii: ",")), .mark(UInt8(ascii: "[")), .mark(UInt8(ascii: "(")): place -= 1
            default: return false
            }
        }
        return false
    }

    private func word(_ text: ScriptText) -> ScriptWord {
        let parts = text.parts
        return ScriptWord(parts: parts, line: parts.first?.line ?? 1)
    }

    private mutating func split() {
        let bytes = source.bytes
        var index = 0
        func has(_ text: String, _ place: Int) -> Bool { bytes[place...].starts(with: text.utf8) }
        while index < bytes.count, tokens.count < 200_000 {
            let byte = bytes[index]
            if has("//", index) || (index == 0 && has("#!", 0)) {
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            } else if has("/*", index) {
                index += 2
                while index < bytes.count, !has("*/", index) { index += 1 }
                index = min(index + 2, bytes.count)
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                let quote =
                    has("'''", index)
                    ? "'''" : has("\"\"\"", index) ? "\"\"\"" : String(decoding: [byte], as: UTF8.self)
                index += quote.utf8.count
                var text = ScriptText()
                var start = index
                while index < bytes.count, !has(quote, index) {
                    if quote.utf8.count == 1, bytes[index] == UInt8(ascii: "\n") { break }
                    guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                        index += 1
                        continue
                    }
                    text.append(source, start..<index)
                    let line = source.line(at: index)
                    switch bytes[index + 1] {
                    case UInt8(ascii: "n"): text.append("\n".utf8, line: line)
                    case UInt8(ascii: "t"): text.append("\t".utf8, line: line)
                    case UInt8(ascii: "\n"): break
                    default: text.append([bytes[index + 1]], line: line)
                    }
                    index += 2
                    start = index
                }
                text.append(source, min(start, index)..<index)
                index = min(index + quote.utf8.count, bytes.count)
                tokens.append(.string(text))
            } else if ShellLexer.isNameStart(byte) {
                let start = index
                while index < bytes.count, ShellLexer.isNameStart(bytes[index]) || ShellLexer.isDigit(bytes[index]) {
                    index += 1
                }
                tokens.append(.word(String(decoding: bytes[start..<index], as: UTF8.self)))
            } else {
                if byte != 32, byte != 9, byte != 10, byte != 13 { tokens.append(.mark(byte)) }
                index += 1
            }
        }
    }
}
