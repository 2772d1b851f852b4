// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Reads a Dockerfile's stages: their images, variables and commands (Dockerfile reference).
struct DockerfileReader: BuildFileReader {
    /// What a stage hands to its instructions, and to a stage that begins with it.
    private struct Stage {
        var environment: [String: ScriptWord] = [:]
        /// Set by ARG: known while the stage is built, not when its image runs.
        var arguments: [String: ScriptWord] = [:]
        var hasShell = true
        /// CMD and ENTRYPOINT.
        var command: (body: ScriptText, line: Int)?
        var entry: (body: ScriptText, line: Int)?

        var variables: [String: ScriptWord] { arguments.merging(environment) { $1 } }
    }

    private static let instructions: Set<String> = [
        "FROM", "RUN", "CMD", "LABEL", "MAINTAINER", "EXPOSE", "ENV", "ADD", "COPY", "ENTRYPOINT", "VOLUME", "USER",
        "WORKDIR", "ARG", "ONBUILD", "STOPSIGNAL", "HEALTHCHECK", "SHELL",
    ]

    private let source: ScriptSource
    private var escape = UInt8(ascii: "\\")
    private var number = 1
    private var unit = ScriptUnit()
    private var stage = Stage()
    /// What ONBUILD makes of the stage.
    private var later: Stage?
    private var stages: [String: Stage] = [:]
    private var stageName: String?
    private var stageCount = 0
    private var globals: [String: ScriptWord] = [:]
    var problems: [ScriptProblem] = []

    private let files: ScriptFiles?

    init(_ source: ScriptSource, files: ScriptFiles? = nil) {
        self.source = source
        self.files = files
    }

    mutating func units() -> [ScriptUnit] {
        readDirectives()
        while number <= source.lineStarts.count {
            let range = source.range(ofLine: number)
            let begin = firstNonBlank(range)
            guard begin < range.upperBound, source.bytes[begin] != UInt8(ascii: "#") else {
                number += 1
                continue
            }
            readInstruction(begin)
        }
        endStage()
        return [unit]
    }

    private func firstNonBlank(_ range: Range<Int>) -> Int {
        source.bytes[range].firstIndex { !$0.isBlank } ?? range.upperBound
    }

    /// `# escape=` in the comments at the top.
    private mutating func readDirectives() {
        for line in 1...max(source.lineStarts.count, 1) {
            let text = source.text(ofLine: line).filter { !$0.isWhitespace }.lowercased()
            guard text.hasPrefix("#"), text.contains("=") else { return }
            if text == "#escape=`" { escape = UInt8(ascii: "`") }
        }
    }

    // MARK: Instructions

    private mutating func readInstruction(_ begin: Int) {
        let first = number
        guard var (name, body) = instruction(from: begin).firstWord else { return }
        name = name.uppercased()
        let own = stage
        var isLater = false
        if name == "ONBUILD", let inner = body.firstWord {
            (name, body) = (inner.word.uppercased(), inner.rest)
            isLater = true
            // It runs where the image is built upon, after what that build has seen of these.
            stage = later ?? stage
        }
        defer {
            if isLater { (later, stage) = (stage, own) }
        }
        guard Self.instructions.contains(name) else {
            return problem(first, "not an instruction: \(String(name.prefix(40)))")
        }
        let takesDocuments = ["RUN", "COPY", "ADD"].contains(name)
        let documents = takesDocuments ? readDocuments(Self.delimiters(body), first) : []
        switch name {
        case "FROM": beginStage(body, first)
        case "ARG":
            for (name, value) in pairs(body, stageCount == 0 ? globals : stage.variables) where isRoom {
                if stageCount == 0 {
                    globals[name] = value?.assumed
                } else if stage.environment[name] == nil {
                    // Without a value it takes the one from before the first stage.
                    stage.arguments[name] = value?.assumed ?? globals[name]
                }
            }
        case "ENV":
            for (name, value) in environment(body) where isRoom { stage.environment[name] = value }
        case "SHELL":
            let words = Self.strings(body) ?? []
            stage.hasShell = words.first.map { Shell.isInterpreter($0.text) } ?? true
        case "RUN": run(body, documents, first)
        case "CMD": stage.command = (body, first)
        case "ENTRYPOINT": stage.entry = (body, first)
        default: break
        }
    }

    private var isRoom: Bool {
        stage.environment.count + stage.arguments.count + globals.count < 5000
    }

    /// An instruction's lines joined; comments and blank lines between them are not part of it.
    private mutating func instruction(from begin: Int) -> ScriptText {
        var text = ScriptText()
        var isFirst = true
        while number <= source.lineStarts.count {
            let range = source.range(ofLine: number)
            let start = isFirst ? begin : range.lowerBound
            let content = firstNonBlank(range)
            if !isFirst, content == range.upperBound || source.bytes[content] == UInt8(ascii: "#") {
                number += 1
                continue
            }
            isFirst = false
            number += 1
            let blanks = source.bytes[start..<range.upperBound].reversed().prefix(while: \.isBlank)
            let end = range.upperBound - blanks.count
            // One that another stands before is text (setEscapeToken() in BuildKit's frontend/dockerfile/parser).
            guard end > start, source.bytes[end - 1] == escape,
                end - 1 == start || source.bytes[end - 2] != escape
            else {
                text.append(source, start..<max(start, range.upperBound))
                return text
            }
            text.append(source, start..<end - 1)
        }
        return text
    }

    // MARK: Here-documents

    /// The words `<<NAME` of an instruction; `<<<` is the shell's.
    private static func delimiters(_ body: ScriptText) -> [(name: String, isIndented: Bool)] {
        var quote: UInt8?
        let words = body.bytes.split { byte in
            if "\"'".utf8.contains(byte) { quote = quote == nil ? byte : byte == quote ? nil : quote }
            return quote == nil && " \t;&|>)".utf8.contains(byte)
        }
        let delimiters = words.lazy.compactMap { word -> (name: String, isIndented: Bool)? in
            let text = String(decoding: word, as: UTF8.self)
            guard word.count < 200, let match = text.wholeMatch(of: /[0-9]*<<(-?)([^<]+)/) else { return nil }
            let name = match.2.filter { $0 != "\"" && $0 != "'" }
            return name.isEmpty ? nil : (name, !match.1.isEmpty)
        }
        return Array(delimiters.prefix(100))
    }

    private mutating func readDocuments(
        _ delimiters: [(name: String, isIndented: Bool)], _ first: Int
    ) -> [(delimiter: String, body: ScriptText)] {
        var result: [(delimiter: String, body: ScriptText)] = []
        let before = number
        for (name, isIndented) in delimiters {
            var text = ScriptText()
            var hasEnd = false
            while number <= source.lineStarts.count {
                var range = source.range(ofLine: number)
                number += 1
                while isIndented, source.bytes[range].first == 9 { range = range.dropFirst() }
                if source.bytes[range].elementsEqual(name.utf8) {
                    hasEnd = true
                    break
                }
                text.append(source, range)
                text.append("\n".utf8, line: number - 1)
            }
            guard hasEnd else {
                problem(first, "the here-document has no line `\(name.prefix(40))`")
                // Without its end it would take the rest of the file.
                number = before
                return result
            }
            result.append((name, text))
        }
        return result
    }

    // MARK: Stages

    private mutating func beginStage(_ body: ScriptText, _ line: Int) {
        endStage()
        later = nil
        var words = words(body, globals).filter { !$0.text.hasPrefix("--") }
        guard !words.isEmpty else { return problem(line, "FROM names no image") }
        let image = words.removeFirst()
        stageCount += 1
        if let base = stages[image.text.lowercased()] {
            stage = base
            stage.arguments = [:]
        } else {
            stage = Stage()
            unit.statements.append(.image(image))
        }
        stageName = words.first?.text.lowercased() == "as" && words.count > 1 ? words[1].text.lowercased() : nil
    }

    /// What the finished image starts, and its name for later stages.
    private mutating func endStage() {
        guard stageCount > 0 else { return }
        if let start = stage.entry ?? stage.command {
            let more = stage.entry == nil ? nil : stage.command.flatMap { Self.strings($0.body) }
            let words = Self.strings(start.body).map { $0.isEmpty ? [] : $0 + (more ?? []) }
            run(start.body, words, stage.environment, start.line)
        }
        stage.command = nil
        stage.entry = nil
        guard stages.count < 1000 else { return }
        stages["\(stageCount - 1)"] = stage
        if let stageName { stages[stageName] = stage }
    }

    private mutating func run(_ given: ScriptText, _ documents: [(delimiter: String, body: ScriptText)], _ line: Int) {
        var body = given
        while let (word, rest) = body.firstWord, word.hasPrefix("--") { body = rest }
        let words = Self.strings(body)
        if documents.count == 1, body.string.wholeMatch(of: /\s*<<-?["']?[^<\s"';&|>]+["']?\s*/) != nil {
            guard Shell.isScript(documents[0].body) else { return }
            body = documents[0].body
        } else {
            for (delimiter, text) in documents {
                body.append("\n".utf8, line: line)
                body.append(text)
                body.append(delimiter.utf8, line: line)
            }
        }
        run(body, words, stage.variables, line)
    }

    /// Follows a command: a list of words, or the shell's.
    private mutating func run(
        _ body: ScriptText, _ words: [ScriptWord]?, _ environment: [String: ScriptWord], _ line: Int
    ) {
        // What it finds of the tree has most likely been copied from the Dockerfile's folder or the top.
        var run = ShellRun(environment: environment, in: files, at: files?.likelyFolders)
        if let words {
            if !words.isEmpty {
                run.execute(ShellProcess(words: words[...], environment: environment, line: line), nil)
            }
        } else if stage.hasShell {
            run.run(body)
        }
        guard unit.statements.count < ShellRun.mostStatements else { return }
        unit.statements += run.statements
        report(run.problems)
    }

    // MARK: Words

    private mutating func environment(_ body: ScriptText) -> [(String, ScriptWord)] {
        let words = words(body, stage.variables)
        guard let first = words.first, !first.text.contains("=") else {
            return words.compactMap(\.assignment).map { ($0.name, $0.value) }
        }
        // `ENV NAME value`: all that follows.
        guard words.count > 1 else { return [] }
        let blank = [ScriptWord.Part(" ", line: words[1].line)]
        let parts = Array(words.dropFirst().map(\.parts).joined(separator: blank))
        return [(first.text, ScriptWord(parts: parts, line: words[1].line))]
    }

    private func pairs(_ body: ScriptText, _ variables: [String: ScriptWord]) -> [(String, ScriptWord?)] {
        words(body, variables).map { word in word.assignment.map { ($0.name, $0.value) } ?? (word.text, nil) }
    }

    /// Words with quotes taken off and variables put in, as the builder itself does it.
    private func words(_ body: ScriptText, _ variables: [String: ScriptWord]) -> [ScriptWord] {
        var words: [ScriptWord] = []
        var parts: [ScriptWord.Part] = []
        var isOpen = false
        var quote: UInt8?
        let bytes = body.bytes
        var index = 0
        var begin = 0
        var size = 0
        func flush(_ end: Int) {
            if begin < end { parts += body[begin..<end].parts }
        }
        func close() {
            if isOpen { words.append(ScriptWord(parts: parts, line: parts.first?.line ?? body.line(at: begin))) }
            parts = []
            isOpen = false
            size = 0
        }
        while index < bytes.count, words.count < 1000 {
            let byte = bytes[index]
            if byte == quote || quote == nil && "\"'".utf8.contains(byte) {
                flush(index)
                quote = quote == nil ? byte : nil
                isOpen = true
                index += 1
                begin = index
            } else if byte == escape, quote != UInt8(ascii: "'"), index + 1 < bytes.count {
                flush(index)
                begin = index + 1
                isOpen = true
                index += 2
            } else if byte == UInt8(ascii: "$"), quote != UInt8(ascii: "'") {
                flush(index)
                isOpen = true
                let value = Self.value(body, &index, variables)
                size += value.reduce(0) { $0 + $1.text.utf8.count }
                if size < ShellRun.longestValue { parts += value }
                begin = index
            } else if quote == nil, byte.isBlank {
                flush(index)
                close()
                index += 1
                begin = index
            } else {
                isOpen = true
                index += 1
            }
        }
        flush(min(index, bytes.count))
        close()
        return words
    }

    /// `$NAME`, `${NAME}`, `${NAME:-word}`; goes behind it.
    private static func value(
        _ body: ScriptText, _ index: inout Int, _ variables: [String: ScriptWord]
    ) -> [ScriptWord.Part] {
        let bytes = body.bytes
        let line = body.line(at: index)
        let unknown = [ScriptWord.Part(ScriptWord.unknownWord, line: line)]
        index += 1
        let isBraced = index < bytes.count && bytes[index] == UInt8(ascii: "{")
        if isBraced { index += 1 }
        let begin = index
        while index < bytes.count, bytes[index].isWord { index += 1 }
        let name = String(decoding: bytes[begin..<index], as: UTF8.self)
        let value = variables[name]?.parts
        guard isBraced else { return name.isEmpty ? [.init("$", line: line)] : value ?? unknown }
        let end = bytes[index...].firstIndex(of: UInt8(ascii: "}")) ?? bytes.count
        defer { index = min(end + 1, bytes.count) }
        if index == end { return value ?? unknown }
        let isDefault = bytes[index..<end].starts(with: ":-".utf8)
        let word = body[min(index + 2, end)..<end].parts
        return isDefault && !word.contains(where: { $0.text.contains("$") }) ? value ?? word : unknown
    }

    /// The strings of `["program", "argument"]`; nil where it is not such a list.
    private static func strings(_ body: ScriptText) -> [ScriptWord]? {
        let bytes = body.bytes
        var index = 0
        var words: [ScriptWord] = []
        func take(_ sign: Character) -> Bool {
            while index < bytes.count, bytes[index].isBlank { index += 1 }
            guard index < bytes.count, bytes[index] == sign.asciiValue else { return false }
            index += 1
            return true
        }
        guard take("[") else { return nil }
        if take("]") { return [] }
        while words.count < 1000, take("\"") {
            var text = ScriptText()
            let line = body.line(at: index)
            var begin = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                    index += 1
                    continue
                }
                text.append(body, begin..<index)
                let spelled = ["n": "\n", "t": "\t", "r": "\r"][Character(Unicode.Scalar(bytes[index + 1]))]
                if let spelled { text.append(spelled.utf8, line: line) }
                begin = spelled == nil ? index + 1 : index + 2
                index += 2
            }
            guard index < bytes.count else { return nil }
            text.append(body, begin..<index)
            words.append(ScriptWord(parts: text.parts, line: line))
            index += 1
            if take("]") { return words }
            guard take(",") else { return nil }
        }
        return nil
    }
}
