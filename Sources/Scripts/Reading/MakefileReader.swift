// SPDX-License-Identifier: Apache-2.0

/// Reads a Makefile's variables, targets and recipes (GNU make manual, § 3.1, 5.1, 6.5).
struct MakefileReader {
    private let source: ScriptSource
    private var variables: [String: ScriptWord] = [:]
    private var exported: Set<String> = []
    private(set) var targets: Set<String> = []

    private struct Line {
        var text: ScriptText
        let number: Int
        let isRecipe: Bool
    }

    init(_ source: ScriptSource) { self.source = source }

    mutating func unit() -> ScriptUnit {
        let lines = logicalLines()
        // A recipe sees the last value of a variable, so all are read first.
        for line in lines where !line.isRecipe { read(line) }
        var statements: [ScriptStatement] = []
        let environment = variables.filter { exported.contains($0.key) }
        for line in lines where line.isRecipe {
            var text = ScriptText()
            expand(line.text, into: &text)
            var lexer = ShellLexer(text, variables: environment, exported: exported)
            statements += lexer.read().map(ScriptStatement.command)
        }
        for name in variables.keys.sorted() where KernelFlags.isFlagVariable(name) {
            if let value = variables[name] { statements.append(.flags(name, KernelFlags.words(value))) }
        }
        return ScriptUnit(statements: statements)
    }

    private func logicalLines() -> [Line] {
        var lines: [Line] = []
        var number = 1
        while number <= source.lineStarts.count {
            let first = number
            var text = ScriptText()
            var isRecipe = false
            while number <= source.lineStarts.count {
                var range = source.range(ofLine: number)
                if number == first, source.bytes[range].first == UInt8(ascii: "\t") {
                    isRecipe = true
                    range = range.lowerBound + 1..<range.upperBound
                    while let byte = source.bytes[range].first,
                        [
                            UInt8(ascii: "@"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: " "),
                            UInt8(ascii: "\t"),
                        ]
                        .contains(byte)
                    {
                        range = range.lowerBound + 1..<range.upperBound
                    }
                }
                number += 1
                let slashes = source.bytes[range].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
                if slashes % 2 == 1 {
                    text.append(source, range.lowerBound..<range.upperBound - 1)
                    text.append(" ".utf8, line: number - 1)
                    continue
                }
                text.append(source, range)
                break
            }
            lines.append(Line(text: text, number: first, isRecipe: isRecipe))
        }
        return lines
    }

    private mutating func read(_ line: Line) {
        var bytes = line.text.bytes[...]
        if let comment = bytes.firstIndex(of: UInt8(ascii: "#")) { bytes = bytes[..<comment] }
        func trim() {
            while let byte = bytes.first, byte == 32 || byte == 9 { bytes = bytes.dropFirst() }
        }
        trim()
        while let space = bytes.firstIndex(of: 32),
            ["export", "override", "private", "unexport"].contains(String(decoding: bytes[..<space], as: UTF8.self))
        {
            let isExport = bytes[..<space].elementsEqual("export".utf8)
            bytes = bytes[(space + 1)...]
            trim()
            if isExport {
                for name in String(
                    decoding: bytes.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ":") }, as: UTF8.self
                )
                .split(separator: " ") {
                    exported.insert(String(name.filter { $0 != "?" && $0 != "+" }))
                }
            }
        }
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            readTargets(bytes)
            return
        }
        var name = bytes[..<equals]
        var isAppending = false
        var isDefault = false
        while let last = name.last,
            [UInt8(ascii: ":"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "!")].contains(last)
        {
            isAppending = isAppending || last == UInt8(ascii: "+")
            isDefault = isDefault || last == UInt8(ascii: "?")
            name = name.dropLast()
        }
        if let colon = name.firstIndex(of: UInt8(ascii: ":")) {
            // A variable of one target.
            readTargets(bytes[...colon])
            return
        }
        let key = String(decoding: name, as: UTF8.self).filter { !$0.isWhitespace }
        guard ShellLexer.isName(key) else { return }
        var start = equals + 1
        while start < bytes.endIndex, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
        var end = bytes.endIndex
        while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
        var expanded = ScriptText()
        expand(line.text[start..<max(start, end)], into: &expanded)
        let value = ScriptWord(parts: expanded.parts, line: line.number)
        if isAppending, let old = variables[key] {
            let parts = old.parts + [.init(text: " ", file: nil, line: line.number)] + value.parts
            let size = parts.reduce(0) { $0 + $1.text.utf8.count }
            variables[key] =
                size > 8192 || parts.count > 256 ? unknown(line.number) : ScriptWord(parts: parts, line: old.line)
        } else if isDefault, variables[key] != nil {
            return
        } else if let old = variables[key], old.text != value.text {
            // Two values: which of them holds only make can tell.
            variables[key] = unknown(line.number)
        } else {
            variables[key] = value
        }
    }

    private func unknown(_ line: Int) -> ScriptWord { ScriptWord(String(ScriptWord.unknown), line: line) }

    private mutating func readTargets(_ bytes: ArraySlice<UInt8>) {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), targets.count < 10_000 else { return }
        var text = ScriptText()
        text.append(bytes[..<colon], line: 1)
        var expanded = ScriptText()
        expand(text, into: &expanded)
        for name in String(decoding: expanded.bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace) {
            targets.insert(String(name))
        }
    }

    /// Puts variables in; `$$` becomes `$`; a function's call is unknown.
    private func expand(_ text: ScriptText, into result: inout ScriptText) {
        let bytes = text.bytes
        var index = 0
        var start = 0
        func flush(_ end: Int, _ result: inout ScriptText) {
            guard start < end else { return }
            result.append(text[start..<end].parts)
        }
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
                index += 1
                continue
            }
            flush(index, &result)
            let piece = text.pieces[max(text.firstPiece(after: index) - 1, 0)]
            let next = bytes[index + 1]
            if next == UInt8(ascii: "$") {
                result.append("$".utf8, line: piece.line)
                index += 2
            } else if next == UInt8(ascii: "(") || next == UInt8(ascii: "{") {
                let close = next == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "}")
                var level = 0
                var end = index + 1
                while end < bytes.count {
                    if bytes[end] == next { level += 1 }
                    if bytes[end] == close { level -= 1 }
                    if level == 0 { break }
                    end += 1
                }
                let name = String(decoding: bytes[min(index + 2, end)..<end], as: UTF8.self)
                if name == "MAKE" {
                    result.append("make".utf8, line: piece.line)
                } else if let value = variables[name], result.bytes.count < 65_536 {
                    result.append(value.parts)
                } else {
                    result.append(String(ScriptWord.unknown).utf8, line: piece.line)
                }
                index = min(end + 1, bytes.count)
            } else {
                // $@, $< and their like are names of files.
                result.append(String(ScriptWord.unknownWord).utf8, line: piece.line)
                index += 2
            }
            start = index
        }
        flush(bytes.count, &result)
    }
}
