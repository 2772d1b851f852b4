// SPDX-License-Identifier: Apache-2.0

extension MakefileReader {
    private static let deepest = 16
    private static let functions: Set<String> = [
        "subst", "patsubst", "strip", "findstring", "filter", "filter-out", "sort", "word", "words", "wordlist",
        "firstword", "lastword", "dir", "notdir", "suffix", "basename", "addsuffix", "addprefix", "join", "wildcard",
        "realpath", "abspath", "error", "warning", "info", "shell", "origin", "flavor", "let", "foreach", "if", "or",
        "and", "intcmp", "call", "eval", "file", "value", "guile",
    ]

    /// Puts variables in; `$$` becomes `$`; what only make can tell is unknown (GNU make manual, § 6.1, 8).
    mutating func expand(
        _ text: ScriptText, _ overlay: Overlay, _ arguments: [ScriptText], _ level: Int, into result: inout ScriptText
    ) {
        let bytes = text.bytes
        // What is only looked through costs something, too.
        room -= bytes.count >> 4
        var index = 0
        var start = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
                index += 1
                continue
            }
            append(text, start..<index, to: &result)
            let line = text.line(at: index)
            let next = bytes[index + 1]
            if next == UInt8(ascii: "$") {
                result.append("$".utf8, line: line)
                index += 2
            } else if next == UInt8(ascii: "(") || next == UInt8(ascii: "{") {
                let end = Self.end(bytes, index + 1)
                let inner = text[min(index + 2, end)..<end]
                reference(inner, line, overlay, arguments, level, into: &result)
                index = min(end + 1, bytes.count)
            } else {
                var end = index + 2
                // A byte of a longer character is not a name of its own.
                while end < bytes.count, next >= 0x80, bytes[end] & 0xC0 == 0x80 { end += 1 }
                reference(text[index + 1..<end], line, overlay, arguments, level, into: &result)
                index = end
            }
            start = index
        }
        append(text, start..<bytes.count, to: &result)
    }

    private mutating func append(_ text: ScriptText, _ range: Range<Int>, to result: inout ScriptText) {
        guard room >= range.count else { return }
        room -= range.count + 1
        result.append(text, range)
    }

    /// The bracket that closes the one here.
    private static func end(_ bytes: [UInt8], _ open: Int) -> Int {
        let opener = bytes[open]
        let closer = opener == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "}")
        var level = 0
        var end = open
        while end < bytes.count {
            if bytes[end] == opener { level += 1 }
            if bytes[end] == closer { level -= 1 }
            if level == 0 { break }
            end += 1
        }
        return end
    }

    private mutating func reference(
        _ inner: ScriptText, _ line: Int, _ overlay: Overlay, _ arguments: [ScriptText], _ level: Int,
        into result: inout ScriptText
    ) {
        func unknown(_ isWord: Bool) -> String.UTF8View {
            String(isWord ? ScriptWord.unknownWord : ScriptWord.unknown).utf8
        }
        guard level < Self.deepest, room > 0 else {
            result.append(unknown(false), line: line)
            return
        }
        room -= 8
        let word = String(
            decoding: inner.bytes.prefix(64).prefix { $0 != 32 && $0 != 9 && $0 != UInt8(ascii: "$") }, as: UTF8.self)
        if Self.functions.contains(word), inner.bytes.count > word.utf8.count {
            let operands = Self.operands(inner, from: word.utf8.count)
            function(word, operands, line, overlay, arguments, level, into: &result)
            return
        }
        var spelled = ScriptText()
        expand(inner, overlay, arguments, level + 1, into: &spelled)
        let name = String(decoding: spelled.bytes, as: UTF8.self)
        if name == "MAKE" {
            result.append("make".utf8, line: line)
        } else if let number = Int(name), number > 0 {
            if number <= arguments.count {
                append(arguments[number - 1], 0..<arguments[number - 1].bytes.count, to: &result)
            } else if arguments.isEmpty {
                result.append(unknown(false), line: line)
            }
        } else if let colon = name.firstIndex(of: ":"), let equals = name[colon...].firstIndex(of: "=") {
            // `$(NAME:x=y)`: the ends of its words.
            let old = name[colon...].dropFirst().prefix { $0 != "=" }
            let new = name[equals...].dropFirst()
            var words = ScriptText()
            let end = spelled.bytes.firstIndex(of: UInt8(ascii: ":")) ?? 0
            // As any other reference: it may lead back to itself.
            reference(spelled[0..<end], line, overlay, arguments, level + 1, into: &words)
            let isPattern = old.contains("%")
            guard !words.holdsUnknown, !words.bytes.isEmpty, !new.contains(ScriptWord.unknown),
                let text = Self.changed(
                    "patsubst",
                    [
                        isPattern ? String(old) : "%\(old)", isPattern ? String(new) : "%\(new)",
                        String(decoding: words.bytes, as: UTF8.self),
                    ])
            else {
                result.append(unknown(false), line: line)
                return
            }
            append(text, line, to: &result)
        } else if let variable = overlay.variables[name] ?? variables[name] {
            if variable.isAssumed { hasAssumed = true }
            if variable.isDeferred {
                // make ends there: "Recursive variable references itself".
                guard expanding.insert(name).inserted else {
                    if !isRecursive { problem(line, "the variable `\(name.prefix(100))` refers to itself") }
                    isRecursive = true
                    result.append(unknown(false), line: line)
                    return
                }
                expand(variable.text, overlay, arguments, level + 1, into: &result)
                expanding.remove(name)
            } else {
                append(variable.text, 0..<variable.text.bytes.count, to: &result)
            }
        } else {
            // $@, $< and their like are names of files.
            result.append(unknown(inner.bytes.count == 1 && !Shell.isName(name)), line: line)
        }
    }

    /// A function's arguments, which commas part.
    private static func operands(_ inner: ScriptText, from start: Int) -> [ScriptText] {
        var operands: [ScriptText] = []
        var level = 0
        var begin = inner.bytes[start...].firstIndex { $0 != 32 && $0 != 9 } ?? inner.bytes.count
        for index in begin..<inner.bytes.count {
            switch inner.bytes[index] {
            case UInt8(ascii: "("), UInt8(ascii: "{"): level += 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"): level -= 1
            case UInt8(ascii: ",") where level <= 0 && operands.count < 100:
                operands.append(inner[begin..<index])
                begin = index + 1
            default: break
            }
        }
        operands.append(inner[begin..<inner.bytes.count])
        return operands
    }

    private mutating func function(
        _ name: String, _ operands: [ScriptText], _ line: Int, _ overlay: Overlay, _ arguments: [ScriptText],
        _ level: Int, into result: inout ScriptText
    ) {
        func expanded(_ text: ScriptText, _ reader: inout MakefileReader) -> ScriptText {
            var result = ScriptText()
            reader.expand(text, overlay, arguments, level + 1, into: &result)
            return result
        }
        switch name {
        case "call":
            let texts = operands.map { expanded($0, &self) }
            let called = texts.first.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
            guard let variable = overlay.variables[called] ?? variables[called] else { break }
            expand(variable.text, overlay, Array(texts.dropFirst()), level + 1, into: &result)
            return
        case "eval":
            evaluate(expanded(operands[0], &self))
            return
        case "info", "warning", "error": return
        case "strip":
            let text = expanded(operands[0], &self)
            let start = text.bytes.firstIndex { $0 != 32 && $0 != 9 } ?? text.bytes.count
            let end = text.bytes.lastIndex { $0 != 32 && $0 != 9 }.map { $0 + 1 } ?? start
            append(text, start..<max(start, end), to: &result)
            return
        case "foreach" where operands.count > 2:
            let variable = String(decoding: expanded(operands[0], &self).bytes, as: UTF8.self)
            let list = KernelFlags.words(ScriptWord(parts: expanded(operands[1], &self).parts, line: line))
            guard list.count <= 64, list.allSatisfy(\.isKnown) else { break }
            for (index, word) in list.enumerated() where room > 0 {
                var inner = overlay
                var text = ScriptText()
                text.append(word.parts)
                inner.variables[variable] = Variable(text: text, isDeferred: false)
                if index > 0 { result.append(" ".utf8, line: line) }
                // A text with commas is one text.
                for (place, body) in operands[2...].enumerated() {
                    if place > 0 { result.append(",".utf8, line: line) }
                    expand(body, inner, arguments, level + 1, into: &result)
                }
            }
            return
        case "dir", "notdir", "firstword", "lastword", "abspath", "realpath":
            let list = KernelFlags.words(ScriptWord(parts: expanded(operands[0], &self).parts, line: line))
            guard list.allSatisfy(\.isKnown) else { break }
            let texts = list.map(\.text)
            let words: [String] =
                switch name {
                case "dir": texts.map { text in text.lastIndex(of: "/").map { String(text[...$0]) } ?? "./" }
                case "notdir":
                    texts.map { String($0.split(separator: "/", omittingEmptySubsequences: false).last ?? "") }
                case "firstword": texts.prefix(1).map { $0 }
                case "lastword": texts.suffix(1).map { $0 }
                default: texts
                }
            result.append(words.joined(separator: " ").utf8, line: line)
            return
        case "wildcard":
            let list = KernelFlags.words(ScriptWord(parts: expanded(operands[0], &self).parts, line: line))
            guard let files, list.allSatisfy(\.isKnown) else { break }
            let folder = ScriptTree.folder(of: files.name)
            // What a build makes is not there yet: nothing found is not known.
            let found = list.flatMap { word -> [String] in
                let isInTree = word.text.first == ScriptWord.tree
                guard
                    let path = ScriptTree.path(
                        isInTree ? "" : folder, isInTree ? String(word.text.dropFirst()) : word.text)
                else { return [] }
                return files.tree.files(matching: path).map { "\(ScriptWord.tree)/\($0)" }
            }
            guard !found.isEmpty else { break }
            result.append(found.joined(separator: " ").utf8, line: line)
            return
        case "if" where operands.count > 1:
            let condition = expanded(operands[0], &self)
            guard !condition.holdsUnknown else { break }
            let holds = condition.bytes.contains { $0 != 32 && $0 != 9 }
            if holds || operands.count > 2 {
                expand(operands[holds ? 1 : 2], overlay, arguments, level + 1, into: &result)
            }
            return
        case "subst", "patsubst", "filter", "filter-out", "findstring", "word", "words", "addprefix", "addsuffix":
            let texts = operands.map { expanded($0, &self) }
            guard !texts.contains(where: \.holdsUnknown),
                let text = Self.changed(name, texts.map { String(decoding: $0.bytes, as: UTF8.self) })
            else { break }
            append(text, line, to: &result)
            return
        case "shell":
            var command = ScriptText()
            for (index, operand) in operands.enumerated() {
                if index > 0 { command.append(",".utf8, line: line) }
                let text = expanded(operand, &self)
                command.append(text, 0..<text.bytes.count)
            }
            guard statements.count < ShellRun.mostStatements, let written = run(command) else { break }
            let text = String(decoding: written.bytes, as: UTF8.self)
            append(text.split(separator: "\n").joined(separator: " "), line, to: &result)
            return
        default:
            for operand in operands { _ = expanded(operand, &self) }
        }
        result.append(String(ScriptWord.unknown).utf8, line: line)
    }

    private mutating func append(_ text: String, _ line: Int, to result: inout ScriptText) {
        guard room >= text.utf8.count else { return }
        room -= text.utf8.count + 1
        result.append(text.utf8, line: line)
    }

    /// The text that a function makes of texts (GNU make manual, § 8.2); nil for what it does not take.
    private static func changed(_ name: String, _ operands: [String]) -> String? {
        func words(_ text: String) -> [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }
        /// What `%` stands for.
        func stem(_ word: String, _ pattern: String) -> String? {
            guard let percent = pattern.firstIndex(of: "%") else { return word == pattern ? "" : nil }
            let (begin, end) = (pattern[..<percent], pattern[percent...].dropFirst())
            guard word.count >= begin.count + end.count, word.hasPrefix(begin), word.hasSuffix(end) else { return nil }
            return String(word.dropFirst(begin.count).dropLast(end.count))
        }
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
