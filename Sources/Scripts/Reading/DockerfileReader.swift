// SPDX-License-Identifier: Apache-2.0

/// Reads a Dockerfile's images, variables and RUN commands (Dockerfile reference).
struct DockerfileReader {
    private let source: ScriptSource

    init(_ source: ScriptSource) { self.source = source }

    func unit() -> ScriptUnit {
        var unit = ScriptUnit()
        var variables: [String: ScriptWord] = [:]
        var number = 1
        while number <= source.lineStarts.count {
            let text = source.text(ofLine: number)
            let words = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            guard let word = words.first, !word.hasPrefix("#") else {
                number += 1
                continue
            }
            let begin = firstNonBlank(number) + word.utf8.count
            var body = instruction(&number, from: begin)
            switch word.uppercased() {
            case "FROM":
                var lexer = ShellLexer(Self.neutral(body), variables: variables)
                let image = lexer.read().first?.words.first { !$0.text.hasPrefix("--") }
                if let image { unit.statements.append(.image(image)) }
            case "ARG", "ENV":
                var lexer = ShellLexer(body, variables: variables)
                let words = lexer.read().last?.words ?? []
                if let first = words.first, first.assignment == nil, words.count > 1,
                    let value = words.dropFirst().first
                {
                    variables[first.text] = value
                } else {
                    // All assignments and no command: the lexer has taken them as its variables.
                    variables = lexer.variables
                    for (name, value) in words.compactMap(\.assignment) { variables[name] = value }
                }
            case "RUN":
                addDocuments(to: &body, &number)
                var lexer = ShellLexer(Self.neutral(body), variables: variables, exported: Set(variables.keys))
                for var command in lexer.read() {
                    while command.words.first?.text.hasPrefix("--") == true { command.words.removeFirst() }
                    if !command.words.isEmpty { unit.statements.append(.command(command)) }
                }
            default: break
            }
        }
        return unit
    }

    private func firstNonBlank(_ line: Int) -> Int {
        let range = source.range(ofLine: line)
        return source.bytes[range].firstIndex { $0 != 32 && $0 != 9 } ?? range.lowerBound
    }

    /// The rest of an instruction; comments between its lines are none of it.
    private func instruction(_ number: inout Int, from begin: Int) -> ScriptText {
        var text = ScriptText()
        var start = begin
        while number <= source.lineStarts.count {
            let range = source.range(ofLine: number)
            let isComment =
                start != begin && source.bytes[firstNonBlank(number)..<range.upperBound].first == UInt8(ascii: "#")
            start = max(start, range.lowerBound)
            number += 1
            if isComment {
                start = range.upperBound
                continue
            }
            var end = range.upperBound
            while end > start, source.bytes[end - 1] == 32 || source.bytes[end - 1] == 9 { end -= 1 }
            guard end > start, source.bytes[end - 1] == UInt8(ascii: "\\") else {
                text.append(source, start..<max(start, range.upperBound))
                return text
            }
            text.append(source, start..<end - 1)
            text.append(" ".utf8, line: number - 1)
            start = end
        }
        return text
    }

    /// The lines of `RUN <<EOF`, which are a script.
    private func addDocuments(to body: inout ScriptText, _ number: inout Int) {
        let head = String(decoding: body.bytes, as: UTF8.self)
        guard let match = head.firstMatch(of: /<<-?["']?([A-Za-z_][A-Za-z0-9_]*)["']?/) else { return }
        let isScript = head[..<match.range.lowerBound].allSatisfy(\.isWhitespace)
        var script = ScriptText()
        while number <= source.lineStarts.count {
            let range = source.range(ofLine: number)
            number += 1
            if source.text(ofLine: number - 1).trimmingPrefix(while: { $0 == "\t" }) == match.1 { break }
            script.append(source, range)
            script.append("\n".utf8, line: number - 1)
        }
        if isScript { body = script }
    }

    /// The exec form `["program", "argument"]` as words of a shell.
    private static func neutral(_ text: ScriptText) -> ScriptText {
        guard let first = text.bytes.first(where: { $0 != 32 && $0 != 9 }), first == UInt8(ascii: "[") else {
            return text
        }
        var result = ScriptText()
        var isInside = false
        for (offset, byte) in text.bytes.enumerated() {
            if byte == UInt8(ascii: "\"") { isInside.toggle() }
            let isPunctuation = !isInside && [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ",")].contains(byte)
            if isPunctuation {
                result.append(" ".utf8, line: text.pieces[max(text.firstPiece(after: offset) - 1, 0)].line)
            } else {
                let piece = text.pieces[max(text.firstPiece(after: offset) - 1, 0)]
                result.append(
                    [
                        .init(
                            text: String(decoding: [byte], as: UTF8.self),
                            file: piece.file.map { $0 + offset - piece.start }, line: piece.line)
                    ])
            }
        }
        return result
    }
}
