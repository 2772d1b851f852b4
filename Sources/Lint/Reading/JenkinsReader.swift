// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Reads the shell steps, environments and images of a Jenkinsfile, block by block (Jenkins handbook, "Pipeline
/// Syntax"). What Groovy code computes is unknown.
struct JenkinsReader: BuildFileReader {
    private enum Token {
        case word(String)
        case string([Piece])
        case mark(UInt8)
    }

    /// Text of a string, and the expressions within it.
    private enum Piece {
        case text(ScriptText)
        case expression(String, line: Int)
    }

    private struct Scope {
        var environment: [String: ScriptWord] = [:]
        /// Groovy's own variables.
        var values: [String: ScriptWord] = [:]
        var lists: [String: [ScriptWord]] = [:]

        /// What a block in it sees that has more variables.
        func adding(environment more: [String: ScriptWord] = [:], values: [String: ScriptWord] = [:]) -> Scope {
            var inner = self
            inner.environment.merge(more) { $1 }
            inner.values.merge(values) { $1 }
            return inner
        }
    }

    private let source: ScriptSource
    private var tokens: [Token] = []
    private var lines: [Int] = []
    private var ends: [Int: Int] = [:]
    private var unit = ScriptUnit()
    private var runs = 0
    private var steps = 0
    private var isCut = false
    var problems: [ScriptProblem] = []

    private static let mostTokens = 200_000
    private static let escapes: [UInt8: String] = [
        UInt8(ascii: "n"): "\n", UInt8(ascii: "t"): "\t", UInt8(ascii: "r"): "\r", 10: "",
    ]
    private static let mostCells = 64
    private static let mostRuns = 10_000
    private static let deepest = 60
    /// Tokens and variables that are looked at in all: blocks in blocks, cells in cells and strings in strings multiply
    /// them.
    private static let mostSteps = 1_000_000
    private static let mostValues = 2000

    private let files: ScriptFiles?

    init(_ source: ScriptSource, files: ScriptFiles? = nil) {
        self.source = source
        self.files = files
    }

    mutating func units() -> [ScriptUnit] {
        split()
        match()
        var scope = Scope()
        if let files { scope.environment["WORKSPACE"] = .tree(files.repository) }
        walk(0..<tokens.count, &scope, 0)
        return [unit]
    }

    private func isMark(_ index: Int, _ sign: String) -> Bool {
        guard tokens.indices.contains(index), case .mark(let byte) = tokens[index] else { return false }
        return byte == sign.utf8.first
    }

    private func name(_ index: Int) -> String? {
        guard tokens.indices.contains(index), case .word(let name) = tokens[index] else { return nil }
        return name
    }

    /// Which bracket closes which.
    private mutating func match() {
        let closers: [Character: Character] = ["{": "}", "(": ")", "[": "]"]
        var open: [(index: Int, close: Character)] = []
        for (index, token) in tokens.enumerated() {
            guard case .mark(let byte) = token, case let sign = Character(Unicode.Scalar(byte)) else { continue }
            if let close = closers[sign] {
                open.append((index, close))
            } else if let last = open.last, last.close == sign {
                ends[last.index] = index
                open.removeLast()
            } else if closers.values.contains(sign) {
                problem(lines[index], "unexpected `\(sign)`")
            }
        }
        for (index, close) in open.prefix(20) { problem(lines[index], "a bracket has no `\(close)`") }
    }

    private mutating func cut(_ line: Int) {
        if !isCut { problem(line, "too much to follow: what comes late in it was not judged") }
        isCut = true
    }

    // MARK: Blocks

    private mutating func walk(_ range: Range<Int>, _ scope: inout Scope, _ depth: Int) {
        steps += range.count + scope.environment.count + scope.values.count
        guard depth < Self.deepest, runs < Self.mostRuns, steps < Self.mostSteps else {
            if !range.isEmpty { cut(lines[range.lowerBound]) }
            return
        }
        // An environment holds for its whole block, wherever it stands in it.
        var index = range.lowerBound
        while index < range.upperBound {
            if isMark(index, "{"), let end = ends[index] {
                if name(index - 1) == "environment" { readEnvironment(index + 1..<end, &scope) }
                if name(index - 1) == "parameters" { readParameters(index + 1..<end, &scope) }
                index = end
            }
            index += 1
        }
        index = range.lowerBound
        while index < range.upperBound {
            if isMark(index, "{") {
                let end = ends[index] ?? range.upperBound
                let inner = index + 1..<min(end, range.upperBound)
                // What each round has beside the scope around it.
                var rounds: [(environment: [String: ScriptWord], values: [String: ScriptWord])] = []
                switch name(index - 1) {
                case "environment", "parameters": break
                case "matrix": rounds = cells(inner).map { ($0, [:]) }
                default:
                    if let (name, words) = self.rounds(before: index, scope) {
                        rounds = words.prefix(Self.mostCells).map { ([:], [name: $0]) }
                    } else {
                        var own = scope.adding(environment: withEnvironment(before: index, scope))
                        walk(inner, &own, depth + 1)
                        // Only a block's environment ends with it; `env.NAME = …` holds on.
                        for (name, value) in own.values where scope.values[name] != nil { scope.values[name] = value }
                    }
                }
                for round in rounds where runs < Self.mostRuns {
                    runs += 1
                    var own = scope.adding(environment: round.environment, values: round.values)
                    walk(inner, &own, depth + 1)
                }
                index = max(end, index) + 1
                continue
            }
            if isMark(index, "="), !isMark(index + 1, "="), !isMark(index - 1, "="), !isMark(index - 1, "!"),
                let name = name(index - 1)
            {
                var next = index + 1
                scope.lists[name] = list(next, scope)
                let value = expression(&next, range.upperBound, scope)
                if isMark(index - 2, "."), self.name(index - 3) == "env" {
                    scope.environment[name] = value
                } else if scope.values.count < Self.mostValues {
                    scope.values[name] = value
                }
            }
            if case .string = tokens[index], !isMark(index - 1, "+") { readString(index, range.upperBound, scope) }
            index += 1
        }
    }

    private mutating func readString(_ index: Int, _ end: Int, _ scope: Scope) {
        var next = index
        if isArgument(of: "sh", index) {
            let text = ScriptText(expression(&next, end, scope).parts)
            runs += 1
            guard Shell.isScript(text), unit.statements.count < ShellRun.mostStatements else { return }
            var run = ShellRun(environment: scope.environment, in: files, at: files.map { [$0.repository] })
            run.run(text)
            unit.statements += run.statements
            report(run.problems)
        } else if isArgument(of: "image", index) {
            unit.statements.append(.image(expression(&next, end, scope)))
        }
    }

    private mutating func readEnvironment(_ range: Range<Int>, _ scope: inout Scope) {
        for index in range where isMark(index, "=") && !isMark(index + 1, "=") && scope.environment.count < 5000 {
            guard let name = name(index - 1) else { continue }
            var next = index + 1
            scope.environment[name] = expression(&next, range.upperBound, scope)
        }
    }

    /// `string(name: 'ARCH', defaultValue: 's390')`: each is a variable of the environment, too.
    private mutating func readParameters(_ range: Range<Int>, _ scope: inout Scope) {
        for open in range where isMark(open, "(") {
            var parameter: String?
            var value: ScriptWord?
            for index in open..<(ends[open] ?? range.upperBound) where isMark(index, ":") {
                var next = index + 1
                if name(index - 1) == "name" { parameter = expression(&next, range.upperBound, scope).text }
                if name(index - 1) == "defaultValue" { value = expression(&next, range.upperBound, scope).assumed }
            }
            if let parameter, let value, scope.environment.count < 5000 { scope.environment[parameter] = value }
        }
    }

    /// The words of `['a', 'b']`; nil for another list.
    private mutating func list(_ open: Int, _ scope: Scope) -> [ScriptWord]? {
        guard isMark(open, "["), let end = ends[open], end - open < 2 * Self.mostCells else { return nil }
        var words: [ScriptWord] = []
        for index in open + 1..<end {
            if case .string(let pieces) = tokens[index] {
                words.append(word(pieces, lines[index], scope))
            } else if !isMark(index, ",") {
                return nil
            }
        }
        return words
    }

    /// What a block is repeated for, `for (a in list) {` and `list.each { a ->`: the name, and its values in turn.
    private mutating func rounds(before open: Int, _ scope: Scope) -> (name: String, words: [ScriptWord])? {
        if name(open - 1) == "each", isMark(open - 2, ".") {
            let variable = isMark(open + 2, "-") && isMark(open + 3, ">") ? name(open + 1) ?? "it" : "it"
            if let name = name(open - 3) { return scope.lists[name].map { (variable, $0) } }
            return opener(of: open - 3, "]", 2 * Self.mostCells).flatMap { list($0, scope) }.map { (variable, $0) }
        }
        guard let start = opener(of: open - 1, ")", 3 * Self.mostCells), name(start - 1) == "for",
            let place = (start + 1..<open - 1).first(where: { name($0) == "in" || isMark($0, ":") }),
            let variable = name(place - 1)
        else { return nil }
        let words = name(place + 1).flatMap { scope.lists[$0] } ?? list(place + 1, scope)
        return words.map { (variable, $0) }
    }

    /// Where the bracket opens that closes here, if it is near.
    private func opener(of close: Int, _ sign: String, _ most: Int) -> Int? {
        guard isMark(close, sign) else { return nil }
        return (max(0, close - most)..<close).last { ends[$0] == close }
    }

    /// The variables of each cell of a matrix.
    private mutating func cells(_ range: Range<Int>) -> [[String: ScriptWord]] {
        var cells: [[String: ScriptWord]] = [[:]]
        for index in range where name(index) == "axis" && isMark(index + 1, "{") {
            var axis: String?
            var values: [ScriptWord] = []
            var isValue = false
            for place in index + 2..<(ends[index + 1] ?? range.upperBound) {
                if let name = name(place) { isValue = name == "values" || name == "notValues" && isValue }
                guard case .string(let pieces) = tokens[place] else { continue }
                let word = word(pieces, lines[place], Scope())
                if isValue { values.append(word) } else if name(place - 1) == "name" { axis = word.text }
            }
            guard let axis, !values.isEmpty else { continue }
            cells = cells.flatMap { cell in values.prefix(Self.mostCells).map { cell.merging([axis: $0]) { $1 } } }
            cells = Array(cells.prefix(Self.mostCells))
        }
        return cells
    }

    /// `withEnv(['A=b']) {`: what stands before the bracket.
    private mutating func withEnvironment(before open: Int, _ scope: Scope) -> [String: ScriptWord] {
        guard let start = opener(of: open - 1, ")", 2000), name(start - 1) == "withEnv" else { return [:] }
        var result: [String: ScriptWord] = [:]
        for index in start + 1..<open - 1 {
            if case .string(let pieces) = tokens[index],
                let (name, value) = word(pieces, lines[index], scope).assignment
            {
                result[name] = value
            }
        }
        return result
    }

    // MARK: Values

    /// `sh 'x'`, `sh('x')`, `sh(returnStdout: true, script: 'x')`.
    private func isArgument(of step: String, _ index: Int) -> Bool {
        var place = index - 1
        if isMark(place, ":") {
            guard name(place - 1) == "script" else { return false }
            place -= 2
            while isMark(place, ","), isMark(place - 2, ":") { place -= 4 }
        }
        if isMark(place, "(") { place -= 1 }
        return name(place) == step && !isMark(place - 1, ".")
    }

    /// Strings and names joined by `+`; goes behind them.
    private mutating func expression(_ index: inout Int, _ end: Int, _ scope: Scope) -> ScriptWord {
        var parts: [ScriptWord.Part] = []
        let line = lines.indices.contains(index) ? lines[index] : 1
        let unknown = ScriptWord.Part(ScriptWord.unknown, line: line)
        while index < end {
            switch tokens[index] {
            case .string(let pieces):
                parts += word(pieces, lines[index], scope).parts
                index += 1
                // `.trim()`, `.stripIndent()`.
                while isMark(index, "."), name(index + 1) != nil, isMark(index + 2, "("), let close = ends[index + 2] {
                    index = close + 1
                }
            case .word(let first):
                var path = [first]
                index += 1
                while isMark(index, "."), let next = name(index + 1) {
                    path.append(next)
                    index += 2
                }
                if isMark(index, "("), let close = ends[index] {
                    index = close + 1
                    parts.append(unknown)
                } else {
                    parts += taken(value(path, scope), line)
                }
            case .mark: return ScriptWord(parts: parts + [unknown], line: line)
            }
            guard isMark(index, "+") else { break }
            index += 1
        }
        if isMark(index, "?") { parts = [unknown] }
        return ScriptWord(parts: parts, line: line)
    }

    private func value(_ path: [String], _ scope: Scope) -> ScriptWord? {
        switch (path.count, path.first) {
        case (2, "env"), (2, "params"): scope.environment[path[1]]
        case (1, .some(let name)): scope.values[name] ?? scope.environment[name]
        default: nil
        }
    }

    /// A variable's value as a part of another one.
    private mutating func taken(_ value: ScriptWord?, _ line: Int) -> [ScriptWord.Part] {
        let unknown = [ScriptWord.Part(ScriptWord.unknown, line: line)]
        guard let value else { return unknown }
        steps += value.parts.reduce(0) { $0 + 1 + $1.text.utf8.count >> 4 }
        guard steps < Self.mostSteps else {
            cut(line)
            return unknown
        }
        return value.parts
    }

    private mutating func word(_ pieces: [Piece], _ line: Int, _ scope: Scope) -> ScriptWord {
        var parts: [ScriptWord.Part] = []
        for piece in pieces {
            switch piece {
            case .text(let text): parts += text.parts
            case .expression(let text, let line):
                let path = text.split(separator: ".").map { $0.filter { !$0.isWhitespace } }
                let value = path.allSatisfy(Shell.isName) ? value(path, scope) : nil
                parts += taken(value, line)
            }
        }
        return ScriptWord(parts: parts, line: parts.first?.line ?? line)
    }

    // MARK: Tokens

    private func has(_ text: String, _ place: Int) -> Bool { source.bytes[place...].starts(with: text.utf8) }

    private mutating func add(_ token: Token, _ place: Int) {
        tokens.append(token)
        lines.append(source.line(at: place))
    }

    private mutating func split() {
        let bytes = source.bytes
        var index = 0
        while index < bytes.count {
            guard tokens.count < Self.mostTokens else {
                problem(source.line(at: index), "and what follows was not read: too much for one pipeline")
                return
            }
            let byte = bytes[index]
            if has("//", index) || (index == 0 && has("#!", 0)) {
                index = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            } else if has("/*", index) {
                if let end = (index + 2..<max(bytes.count, index + 2)).first(where: { has("*/", $0) }) {
                    index = end + 2
                } else {
                    problem(source.line(at: index), "a comment does not end")
                    index = nextLine(index)
                }
            } else if "'\"".utf8.contains(byte) {
                let sign = String(decoding: [byte], as: UTF8.self)
                let long = sign + sign + sign
                readString(has(long, index) ? long : sign, &index)
            } else if byte == UInt8(ascii: "/"), isValueNext, let end = slashes(index) {
                add(.string([.text(ScriptText(source, index + 1..<end))]), index)
                index = end + 1
            } else if byte.isWord {
                let start = index
                index += bytes[start...].prefix(while: \.isWord).count
                add(.word(String(decoding: bytes[start..<index], as: UTF8.self)), start)
            } else {
                if !" \t\n\r".utf8.contains(byte) { add(.mark(byte), index) }
                index += 1
            }
        }
    }

    private func nextLine(_ place: Int) -> Int {
        let line = source.line(at: place)
        return line < source.lineStarts.count ? source.lineStarts[line] : source.bytes.count
    }

    /// Whether a `/` here begins a string and does not divide.
    private var isValueNext: Bool {
        if case .mark(let byte) = tokens.last { "=(,~[!&|:?{;+".utf8.contains(byte) } else { false }
    }

    /// The `/` that ends a string on the same line.
    private func slashes(_ start: Int) -> Int? {
        var index = start + 1
        while index < source.bytes.count, source.bytes[index] != 10 {
            if source.bytes[index] == UInt8(ascii: "\\") {
                index += 1
            } else if source.bytes[index] == UInt8(ascii: "/") {
                return index
            }
            index += 1
        }
        return nil
    }

    private mutating func readString(_ quote: String, _ index: inout Int) {
        let bytes = source.bytes
        let start = index
        let hasExpressions = quote.hasPrefix("\"")
        var pieces: [Piece] = []
        var text = ScriptText()
        index += quote.utf8.count
        var begin = index
        while index < bytes.count, !has(quote, index) {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n"), quote.utf8.count == 1 { break }
            if byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
                text.append(source, begin..<index)
                let next = bytes[index + 1]
                text.append(Self.escapes[next].map { Array($0.utf8) } ?? [next], line: source.line(at: index))
                index += 2
                begin = index
            } else if byte == UInt8(ascii: "$"), hasExpressions, let range = expressionRange(index) {
                text.append(source, begin..<index)
                pieces.append(.text(text))
                text = ScriptText()
                let isBraced = bytes[index + 1] == UInt8(ascii: "{")
                let name = String(decoding: bytes[range], as: UTF8.self)
                pieces.append(.expression(name, line: source.line(at: index)))
                index = range.upperBound + (isBraced ? 1 : 0)
                begin = index
            } else {
                index += 1
            }
        }
        guard index < bytes.count, has(quote, index) else {
            problem(source.line(at: start), "a string does not end")
            index = nextLine(start)
            return
        }
        text.append(source, begin..<index)
        pieces.append(.text(text))
        index += quote.utf8.count
        add(.string(pieces), start)
    }

    /// What stands in `${…}`, or the name behind `$`.
    private func expressionRange(_ dollar: Int) -> Range<Int>? {
        let bytes = source.bytes
        guard dollar + 1 < bytes.count else { return nil }
        var index = dollar + 1
        if bytes[index] == UInt8(ascii: "{") {
            return bytes.closing(index, within: 4095).map { dollar + 2..<$0 }
        }
        guard Shell.isNameStart(bytes[index]) else { return nil }
        while index < bytes.count,
            bytes[index].isWord
                || bytes[index] == UInt8(ascii: ".") && index + 1 < bytes.count && Shell.isNameStart(bytes[index + 1])
        {
            index += 1
        }
        return dollar + 1..<index
    }
}
