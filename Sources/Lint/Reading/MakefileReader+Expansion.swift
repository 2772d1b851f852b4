// SPDX-License-Identifier: Apache-2.0
internal import Host

extension MakefileReader {
    private static let deepest = 16
    private static let functions: Set<String> = [
        "subst", "patsubst", "strip", "findstring", "filter", "filter-out", "sort", "word", "words", "wordlist",
        "firstword", "lastword", "dir", "notdir", "suffix", "basename", "addsuffix", "addprefix", "join", "wildcard",
        "realpath", "abspath", "error", "warning", "info", "shell", "origin", "flavor", "let", "foreach", "if", "or",
        "and", "intcmp", "call", "eval", "file", "value", "guile",
    ]

    /// What an expansion sees besides the variables.
    struct Scope {
        var overlay = Overlay()
        /// Of a `$(call …)`.
        var arguments: [ScriptText] = []
        var level = 0

        var deeper: Scope { Scope(overlay: overlay, arguments: arguments, level: level + 1) }
    }

    /// Puts variables in; `$$` becomes `$`; what only make can tell is unknown (GNU make manual, § 6.1, 8).
    mutating func expanded(_ text: ScriptText, _ scope: Scope = Scope()) -> ScriptText {
        var result = ScriptText()
        expand(text, scope, into: &result)
        return result
    }

    private mutating func expand(_ text: ScriptText, _ scope: Scope, into result: inout ScriptText) {
        let bytes = text.bytes
        // What is only looked through costs something, too.
        room -= bytes.count >> 4
        var start = 0
        while let dollar = bytes[start...].firstIndex(of: UInt8(ascii: "$")), dollar + 1 < bytes.count {
            append(text, start..<dollar, to: &result)
            let line = text.line(at: dollar)
            let next = bytes[dollar + 1]
            switch next {
            case UInt8(ascii: "$"):
                result.append("$".utf8, line: line)
                start = dollar + 2
            case UInt8(ascii: "("), UInt8(ascii: "{"):
                let end = bytes.closing(dollar + 1) ?? bytes.count
                reference(text[min(dollar + 2, end)..<end], line, scope, into: &result)
                start = min(end + 1, bytes.count)
            default:
                // A byte of a longer character is not a name of its own.
                let more = next < 0x80 ? 0 : bytes[(dollar + 2)...].prefix { $0 & 0xC0 == 0x80 }.count
                start = dollar + 2 + more
                reference(text[dollar + 1..<start], line, scope, into: &result)
            }
        }
        append(text, start..<bytes.count, to: &result)
    }

    private mutating func append(_ text: ScriptText, _ range: Range<Int>? = nil, to result: inout ScriptText) {
        let range = range ?? 0..<text.bytes.count
        guard room >= range.count else { return }
        room -= range.count + 1
        result.append(text, range)
    }

    private mutating func append(_ text: String, _ line: Int, to result: inout ScriptText) {
        guard room >= text.utf8.count else { return }
        room -= text.utf8.count + 1
        result.append(text.utf8, line: line)
    }

    private mutating func reference(
        _ inner: ScriptText, _ line: Int, _ scope: Scope, into result: inout ScriptText
    ) {
        let unknown = String(ScriptWord.unknown).utf8
        guard scope.level < Self.deepest, room > 0 else { return result.append(unknown, line: line) }
        room -= 8
        let word = String(
            decoding: inner.bytes.prefix(64).prefix { !$0.isBlank && $0 != UInt8(ascii: "$") }, as: UTF8.self)
        if Self.functions.contains(word), inner.bytes.count > word.utf8.count {
            let operands = Self.operands(inner, from: word.utf8.count)
            if !function(word, operands, line, scope.deeper, into: &result) { result.append(unknown, line: line) }
            return
        }
        let spelled = expanded(inner, scope.deeper)
        let name = spelled.string
        if name == "MAKE" {
            result.append("make".utf8, line: line)
        } else if let number = Int(name), number > 0 {
            if number <= scope.arguments.count {
                append(scope.arguments[number - 1], to: &result)
            } else if scope.arguments.isEmpty {
                result.append(unknown, line: line)
            }
        } else if let colon = name.firstIndex(of: ":"), let equals = name[colon...].firstIndex(of: "=") {
            // `$(NAME:x=y)`: the ends of its words.
            let old = name[colon..<equals].dropFirst()
            let new = name[equals...].dropFirst()
            var words = ScriptText()
            // As any other reference: it may lead back to itself.
            let end = spelled.bytes.firstIndex(of: UInt8(ascii: ":")) ?? 0
            reference(spelled[0..<end], line, scope.deeper, into: &words)
            let sign = old.contains("%") ? "" : "%"
            guard !words.holdsUnknown, !words.isEmpty, !new.contains(ScriptWord.unknown),
                let text = Self.changed("patsubst", [sign + old, sign + new, words.string])
            else { return result.append(unknown, line: line) }
            append(text, line, to: &result)
        } else if let variable = scope.overlay.variables[name] ?? variables[name] {
            if variable.isAssumed { input.hasAssumed = true }
            guard variable.isDeferred else { return append(variable.text, to: &result) }
            // make ends there: "Recursive variable references itself".
            guard expanding.insert(name).inserted else {
                if !input.isRecursive { problem(line, "the variable `\(name.prefix(100))` refers to itself") }
                input.isRecursive = true
                return result.append(unknown, line: line)
            }
            expand(variable.text, scope.deeper, into: &result)
            expanding.remove(name)
        } else {
            // $@, $< and their like are names of files.
            let isFile = inner.bytes.count == 1 && !Shell.isName(name)
            result.append(String(isFile ? ScriptWord.unknownWord : ScriptWord.unknown).utf8, line: line)
        }
    }

    /// A function's arguments, which commas part.
    private static func operands(_ inner: ScriptText, from start: Int) -> [ScriptText] {
        let text = inner.dropFirst(inner.bytes[start...].firstIndex { !$0.isBlank } ?? inner.bytes.count)
        var begin = 0
        var operands: [ScriptText] = []
        for comma in places(of: ",", in: text.bytes).prefix(100) {
            operands.append(text[begin..<comma])
            begin = comma + 1
        }
        return operands + [text.dropFirst(begin)]
    }

    /// Appends what a function makes; false where only make can tell.
    private mutating func function(
        _ name: String, _ operands: [ScriptText], _ line: Int, _ scope: Scope, into result: inout ScriptText
    ) -> Bool {
        /// The words of an operand, if all of them are known.
        func list(_ operand: Int, _ reader: inout MakefileReader) -> [ScriptWord]? {
            let list = KernelFlags.words(ScriptWord(reader.expanded(operands[operand], scope), line: line))
            return list.allSatisfy(\.isKnown) ? list : nil
        }
        switch name {
        case "call":
            let texts = operands.map { expanded($0, scope) }
            let called = texts[0].string
            guard let variable = scope.overlay.variables[called] ?? variables[called] else { return false }
            var inner = scope
            inner.arguments = Array(texts.dropFirst())
            expand(variable.text, inner, into: &result)
        case "eval": evaluate(expanded(operands[0], scope))
        case "info", "warning", "error": break
        case "strip":
            let text = expanded(operands[0], scope)
            append(text[text.trimmed(0..<text.bytes.count)], to: &result)
        case "foreach" where operands.count > 2:
            let variable = expanded(operands[0], scope).string
            guard let list = list(1, &self), list.count <= 64 else { return false }
            for (index, word) in list.enumerated() where room > 0 {
                var inner = scope
                inner.overlay.variables[variable] = Variable(text: ScriptText(word.parts))
                if index > 0 { result.append(" ".utf8, line: line) }
                // A text with commas is one text.
                for (place, body) in operands[2...].enumerated() {
                    if place > 0 { result.append(",".utf8, line: line) }
                    expand(body, inner, into: &result)
                }
            }
        case "dir", "notdir", "firstword", "lastword", "abspath", "realpath":
            guard let list = list(0, &self) else { return false }
            let texts = list.map(\.text)
            let words: [String] =
                switch name {
                case "dir": texts.map { text in text.lastIndex(of: "/").map { String(text[...$0]) } ?? "./" }
                case "notdir":
                    texts.map { String($0.split(separator: "/", omittingEmptySubsequences: false).last ?? "") }
                case "firstword": Array(texts.prefix(1))
                case "lastword": Array(texts.suffix(1))
                default: texts
                }
            result.append(words.joined(separator: " ").utf8, line: line)
        case "wildcard":
            guard let files, let list = list(0, &self) else { return false }
            // What a build makes is not there yet: nothing found is not known.
            let found = list.compactMap { files.path($0.text) }.flatMap { path in
                files.tree.files(matching: path).map { "\(ScriptWord.tree)/\($0)" }
            }
            guard !found.isEmpty else { return false }
            result.append(found.joined(separator: " ").utf8, line: line)
        case "if" where operands.count > 1:
            let condition = expanded(operands[0], scope)
            guard !condition.holdsUnknown else { return false }
            let holds = condition.firstWord != nil
            if holds || operands.count > 2 { expand(operands[holds ? 1 : 2], scope, into: &result) }
        case "subst", "patsubst", "filter", "filter-out", "findstring", "word", "words", "addprefix", "addsuffix":
            let texts = operands.map { expanded($0, scope) }
            guard !texts.contains(where: \.holdsUnknown), let text = Self.changed(name, texts.map(\.string)) else {
                return false
            }
            append(text, line, to: &result)
        case "shell":
            var command = ScriptText()
            for (index, operand) in operands.enumerated() {
                if index > 0 { command.append(",".utf8, line: line) }
                command.append(expanded(operand, scope))
            }
            guard let text = output(of: command) else { return false }
            append(text, line, to: &result)
        default:
            for operand in operands { _ = expanded(operand, scope) }
            return false
        }
        return true
    }

    /// What `%` of a pattern stands for; nothing where a pattern without one is the word.
    static func stem(_ word: String, _ pattern: String) -> String? {
        guard let percent = pattern.firstIndex(of: "%") else { return word == pattern ? "" : nil }
        let (begin, end) = (pattern[..<percent], pattern[percent...].dropFirst())
        guard word.count >= begin.count + end.count, word.hasPrefix(begin), word.hasSuffix(end) else { return nil }
        return String(word.dropFirst(begin.count).dropLast(end.count))
    }

    /// The text that a function makes of texts (GNU make manual, § 8.2); nil for what it does not take.
    private static func changed(_ name: String, _ operands: [String]) -> String? {
        switch (name, operands.count) {
        case ("subst", 3...):
            let text = operands[2...].joined(separator: ",")
            return operands[0].isEmpty ? text : text.replacing(operands[0], with: operands[1])
        case ("patsubst", 3...):
            let (pattern, new) = (operands[0].filter { !$0.isWhitespace }, operands[1])
            return words(operands[2]).map { word in
                guard let stem = stem(word, pattern) else { return word }
                guard pattern.contains("%"), let percent = new.firstIndex(of: "%") else { return new }
                return new[..<percent] + stem + new[percent...].dropFirst()
            }.joined(separator: " ")
        case ("filter", 2...), ("filter-out", 2...):
            let patterns = words(operands[0])
            return words(operands[1]).filter { word in
                patterns.contains { stem(word, $0) != nil } == (name == "filter")
            }.joined(separator: " ")
        case ("findstring", 2...): return operands[1].contains(operands[0]) || operands[0].isEmpty ? operands[0] : ""
        case ("words", 1...): return "\(words(operands[0]).count)"
        case ("word", 2...):
            let list = words(operands[1])
            guard let number = Int(operands[0].filter { !$0.isWhitespace }), number > 0 else { return nil }
            return number <= list.count ? list[number - 1] : ""
        case ("addprefix", 2...): return words(operands[1]).map { operands[0] + $0 }.joined(separator: " ")
        case ("addsuffix", 2...): return words(operands[1]).map { $0 + operands[0] }.joined(separator: " ")
        default: return nil
        }
    }
}
