// SPDX-License-Identifier: Apache-2.0

/// Splits a POSIX shell's text into simple commands (POSIX.1-2024, Shell Command Language, § 2.2, 2.3, 2.9).
///
/// Comments, here-documents and quoted text are not commands. Variables that the text assigns are put in where they
/// are used; one that branches set counts as unknown after them. Never fails: what is left open ends with the text.
struct ShellLexer {
    private let text: ScriptText
    private let bytes: [UInt8]
    private var index = 0
    private var pieceIndex = 0
    private let depth: Int
    private(set) var variables: [String: ScriptWord]
    private(set) var exported: Set<String>
    private var exportsAll = false
    private var commands: [ScriptCommand] = []
    private var branches: [Branch] = []
    private var documents: [HereDocument] = []

    private struct Branch {
        var before: [String: ScriptWord?] = [:]
        var changed: Set<String> = []
    }

    private struct HereDocument {
        let delimiter: String
        let isIndented: Bool
        let isScript: Bool
    }

    /// Bounds on what a file can make of a word: bytes, parts; and on commands and nested texts.
    private static let longestWord = 65_536
    private static let longestValue = 4096
    private static let mostCommands = 100_000
    private static let deepest = 4
    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "zsh"]

    init(_ text: ScriptText, variables: [String: ScriptWord] = [:], exported: Set<String> = [], depth: Int = 0) {
        self.text = text
        bytes = text.bytes
        self.variables = variables
        self.exported = exported
        self.depth = depth
    }

    static func isShell(_ name: String) -> Bool { shells.contains(ScriptCommand.baseName(name)) }

    static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, isNameStart(first) else { return false }
        return text.utf8.allSatisfy { isNameStart($0) || isDigit($0) }
    }

    static func isNameStart(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
    }
    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// All commands, in the order of the text.
    mutating func read() -> [ScriptCommand] {
        var words: [ScriptWord] = []
        while let byte = peek(0), commands.count < Self.mostCommands {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                index += 1
            case UInt8(ascii: "\n"):
                index += 1
                end(&words)
                skipDocuments()
            case UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "&"):
                let isNextCase = byte == UInt8(ascii: ";") && peek(1) == UInt8(ascii: ";")
                let isRedirection = byte == UInt8(ascii: "&") && peek(1) == UInt8(ascii: ">")
                index += 1
                if isRedirection { continue }
                end(&words)
                if isNextCase { nextBranch() }
            case UInt8(ascii: "("), UInt8(ascii: ")"):
                index += 1
                end(&words)
            case UInt8(ascii: "#"):
                while let byte = peek(0), byte != UInt8(ascii: "\n") { index += 1 }
            case UInt8(ascii: "<"), UInt8(ascii: ">"):
                redirection(words)
            case UInt8(ascii: "\\") where isLineEnd(index + 1):
                skipContinuation()
            default:
                let pieces = readWord()
                let next = peek(0)
                let isRedirection = next == UInt8(ascii: "<") || next == UInt8(ascii: ">")
                if isRedirection, pieces.allSatisfy({ $0.part.text.utf8.allSatisfy(Self.isDigit) }) { continue }
                if words.count < Self.longestValue { words += Self.fields(pieces) }
            }
        }
        end(&words)
        return commands
    }

    private func peek(_ ahead: Int) -> UInt8? { index + ahead < bytes.count ? bytes[index + ahead] : nil }

    private func isLineEnd(_ place: Int) -> Bool {
        guard place < bytes.count else { return true }
        if bytes[place] == UInt8(ascii: "\n") { return true }
        guard bytes[place] == UInt8(ascii: "\r") else { return false }
        return place + 1 >= bytes.count || bytes[place + 1] == UInt8(ascii: "\n")
    }

    private mutating func skipContinuation() {
        index += 1
        if peek(0) == UInt8(ascii: "\r") { index += 1 }
        if index < bytes.count { index += 1 }
    }

    // MARK: Words

    /// A part of a word in the making; a value that was put in without quotes is split at its blanks.
    private struct Fragment {
        let part: ScriptWord.Part
        let isSplit: Bool
    }

    private mutating func place(_ offset: Int) -> (file: Int?, line: Int) {
        while pieceIndex + 1 < text.pieces.count, text.pieces[pieceIndex + 1].start <= offset { pieceIndex += 1 }
        guard pieceIndex < text.pieces.count else { return (nil, 1) }
        let piece = text.pieces[pieceIndex]
        return (piece.file.map { $0 + offset - piece.start }, piece.line)
    }

    /// Bytes that stand together in the file.
    private struct Run {
        var bytes: [UInt8] = []
        var file: Int?
        var line = 1
    }

    private mutating func add(_ offset: Int, to run: inout Run, _ fragments: inout [Fragment]) {
        let place = place(offset)
        let isNext =
            !run.bytes.isEmpty && place.line == run.line && place.file == run.file.map { $0 + run.bytes.count }
        if !isNext {
            close(&run, &fragments)
            run.file = place.file
            run.line = place.line
        }
        run.bytes.append(bytes[offset])
    }

    private func close(_ run: inout Run, _ fragments: inout [Fragment]) {
        guard !run.bytes.isEmpty else { return }
        let text = String(decoding: run.bytes, as: UTF8.self)
        // Where a byte is no UTF-8 the text is not what the file spells.
        let isSpelled = text.utf8.count == run.bytes.count
        fragments.append(
            Fragment(part: .init(text: text, file: isSpelled ? run.file : nil, line: run.line), isSplit: false))
        run.bytes = []
    }

    private mutating func readWord() -> [Fragment] {
        var fragments: [Fragment] = []
        var run = Run()
        var quote: UInt8?
        let start = index
        let line = place(index).line
        loop: while let byte = peek(0) {
            if index - start > Self.longestWord {
                // No command has such a word: read on, but keep nothing of it.
                fragments = [
                    Fragment(part: .init(text: String(ScriptWord.unknown), file: nil, line: line), isSplit: false)
                ]
                run = Run()
            }
            if quote == UInt8(ascii: "'") {
                if byte == UInt8(ascii: "'") { quote = nil } else { add(index, to: &run, &fragments) }
                index += 1
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                quote = quote == nil ? byte : nil
                index += 1
            case UInt8(ascii: "'") where quote == nil:
                quote = byte
                index += 1
            case UInt8(ascii: "\\"):
                if isLineEnd(index + 1) {
                    skipContinuation()
                } else if quote == nil || isEscapable(peek(1)) {
                    index += 1
                    add(index, to: &run, &fragments)
                    index += 1
                } else {
                    add(index, to: &run, &fragments)
                    index += 1
                }
            case UInt8(ascii: "$"):
                close(&run, &fragments)
                fragments += expansion(isQuoted: quote != nil)
            case UInt8(ascii: "`"):
                close(&run, &fragments)
                let begin = index + 1
                index += 1
                while let byte = peek(0), byte != UInt8(ascii: "`") {
                    index += byte == UInt8(ascii: "\\") ? 2 : 1
                }
                let finish = min(index, bytes.count)
                index = min(finish + 1, bytes.count)
                substitute(begin..<finish)
                fragments.append(unknown(line))
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: ";"),
                UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"),
                UInt8(ascii: ">"):
                if quote == nil { break loop }
                add(index, to: &run, &fragments)
                index += 1
            default:
                add(index, to: &run, &fragments)
                index += 1
            }
        }
        close(&run, &fragments)
        if fragments.isEmpty {
            fragments.append(Fragment(part: .init(text: "", file: nil, line: line), isSplit: false))
        }
        return fragments
    }

    private func isEscapable(_ byte: UInt8?) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "$")
            || byte == UInt8(ascii: "`")
    }

    private func unknown(_ line: Int, isQuoted: Bool = false) -> Fragment {
        let text = String(isQuoted ? ScriptWord.unknownWord : ScriptWord.unknown)
        return Fragment(part: .init(text: text, file: nil, line: line), isSplit: false)
    }

    /// What stands behind a `$`: a variable's value, or what cannot be known.
    private mutating func expansion(isQuoted: Bool) -> [Fragment] {
        let line = place(index).line
        index += 1
        guard let byte = peek(0) else {
            return [Fragment(part: .init(text: "$", file: nil, line: line), isSplit: false)]
        }
        if byte == UInt8(ascii: "(") {
            let begin = index + 1
            skipBalanced(UInt8(ascii: "("), UInt8(ascii: ")"))
            if begin < bytes.count, bytes[begin] != UInt8(ascii: "(") {
                substitute(begin..<max(begin, min(index - 1, bytes.count)))
            }
            return [unknown(line, isQuoted: isQuoted)]
        }
        var name = ""
        var fallback: Range<Int>?
        if byte == UInt8(ascii: "{") {
            let begin = index + 1
            skipBalanced(UInt8(ascii: "{"), UInt8(ascii: "}"))
            let finish = max(begin, min(index - 1, bytes.count))
            var end = begin
            while end < finish, Self.isNameStart(bytes[end]) || Self.isDigit(bytes[end]) { end += 1 }
            name = String(decoding: bytes[begin..<end], as: UTF8.self)
            if end < finish {
                // ${NAME:-word} and its like; every other operator makes a value of its own.
                var after = end
                if bytes[after] == UInt8(ascii: ":") { after += 1 }
                guard after < finish, bytes[after] == UInt8(ascii: "-") || bytes[after] == UInt8(ascii: "=") else {
                    return [githubEnvironment(begin..<finish, isQuoted: isQuoted) ?? unknown(line, isQuoted: isQuoted)]
                }
                fallback = after + 1..<finish
            }
        } else if Self.isNameStart(byte) {
            let begin = index
            while let byte = peek(0), Self.isNameStart(byte) || Self.isDigit(byte) { index += 1 }
            name = String(decoding: bytes[begin..<index], as: UTF8.self)
        } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
            if isQuoted { return [Fragment(part: .init(text: "$", file: nil, line: line), isSplit: false)] }
            return []
        } else {
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") {
                return [Fragment(part: .init(text: "$", file: nil, line: line), isSplit: false)]
            }
            index += 1
            // "$@" is as many words as the script was given.
            return [unknown(line, isQuoted: isQuoted && byte != UInt8(ascii: "@"))]
        }
        if let value = variables[name] {
            return value.parts.map { Fragment(part: $0, isSplit: !isQuoted) }
        }
        if let fallback, depth < Self.deepest {
            var inner = ShellLexer(text[fallback], variables: variables, depth: depth + 1)
            return inner.readWord().map { Fragment(part: $0.part, isSplit: !isQuoted) }
        }
        return [unknown(line, isQuoted: isQuoted)]
    }

    /// `${{ env.NAME }}` of a GitHub workflow.
    private func githubEnvironment(_ range: Range<Int>, isQuoted: Bool) -> Fragment? {
        let inner = String(decoding: bytes[range].prefix(200), as: UTF8.self)
        guard let match = inner.wholeMatch(of: /\{ *env\.([A-Za-z_][A-Za-z0-9_]*) *\}/),
            let value = variables[String(match.1)], value.parts.count == 1, let part = value.parts.first
        else { return nil }
        return Fragment(part: part, isSplit: !isQuoted)
    }

    /// Goes behind the bracket that closes the one here.
    private mutating func skipBalanced(_ open: UInt8, _ close: UInt8) {
        var level = 0
        var quote: UInt8?
        while let byte = peek(0) {
            index += 1
            if byte == UInt8(ascii: "\\") {
                index = min(index + 1, bytes.count)
            } else if let inside = quote {
                if byte == inside { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == open {
                level += 1
            } else if byte == close {
                level -= 1
                if level == 0 { return }
            }
        }
        index = bytes.count + 1
    }

    private mutating func substitute(_ range: Range<Int>) {
        guard depth < Self.deepest, range.upperBound <= bytes.count, !range.isEmpty else { return }
        var inner = ShellLexer(text[range], variables: variables, exported: exported, depth: depth + 1)
        commands += inner.read()
    }

    /// A word's parts as words: values that stood without quotes are split at their blanks.
    private static func fields(_ fragments: [Fragment]) -> [ScriptWord] {
        var words: [ScriptWord] = []
        var open: [ScriptWord.Part] = []
        var isOpen = false
        func line() -> Int { open.first?.line ?? fragments.first?.part.line ?? 1 }
        for fragment in fragments {
            guard fragment.isSplit else {
                open.append(fragment.part)
                isOpen = true
                continue
            }
            var offset = 0
            for (position, field) in fragment.part.text.split(
                omittingEmptySubsequences: false, whereSeparator: \.isWhitespace
            )
            .enumerated() {
                if position > 0 {
                    if isOpen { words.append(ScriptWord(parts: open, line: line())) }
                    open = []
                    isOpen = false
                    offset += 1
                }
                if !field.isEmpty {
                    open.append(
                        .init(
                            text: String(field), file: fragment.part.file.map { $0 + offset }, line: fragment.part.line)
                    )
                    isOpen = true
                }
                offset += field.utf8.count
            }
        }
        if isOpen { words.append(ScriptWord(parts: open, line: line())) }
        return words
    }

    // MARK: Redirections and here-documents

    private mutating func redirection(_ words: [ScriptWord]) {
        let isDocument = peek(0) == UInt8(ascii: "<") && peek(1) == UInt8(ascii: "<") && peek(2) != UInt8(ascii: "<")
        while let byte = peek(0),
            byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&")
                || byte == UInt8(ascii: "|")
        {
            index += 1
        }
        var isIndented = false
        if isDocument, peek(0) == UInt8(ascii: "-") {
            isIndented = true
            index += 1
        }
        while let byte = peek(0), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { index += 1 }
        // Process substitution: <(command).
        if peek(0) == UInt8(ascii: "(") { return }
        guard let byte = peek(0), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: ";"), byte != UInt8(ascii: ")")
        else {
            return
        }
        let before = index
        let target = readWord().map(\.part.text).joined()
        if index == before { index += 1 }
        if isDocument, documents.count < 100 {
            let isScript = words.first.map { Self.isShell($0.text) && words.count == 1 } ?? false
            documents.append(HereDocument(delimiter: target, isIndented: isIndented, isScript: isScript))
        }
    }

    private mutating func skipDocuments() {
        let waiting = documents
        documents = []
        for document in waiting {
            let begin = index
            var finish = bytes.count
            while index < bytes.count {
                let start = index
                while let byte = peek(0), byte != UInt8(ascii: "\n") { index += 1 }
                var line = bytes[start..<index]
                if index < bytes.count { index += 1 }
                if document.isIndented { line = line.drop { $0 == UInt8(ascii: "\t") } }
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                if line.elementsEqual(document.delimiter.utf8) {
                    finish = start
                    break
                }
            }
            if document.isScript { substitute(begin..<max(begin, finish)) }
        }
    }

    // MARK: Commands

    private mutating func end(_ words: inout [ScriptWord]) {
        defer { words = [] }
        var rest = words[...]
        while let word = rest.first {
            switch word.text {
            case "if", "while", "until":
                openBranch()
            case "elif", "else":
                nextBranch()
            case "fi", "done", "esac":
                closeBranch()
            case "{":
                openBranch()
            case "}":
                closeBranch()
            case "then", "do", "!", "time":
                break
            case "for", "select", "case":
                openBranch()
                if rest.count > 1 { forget(rest[rest.startIndex + 1].text) }
                return
            case "function":
                return
            default:
                run(rest)
                return
            }
            rest = rest.dropFirst()
        }
    }

    private mutating func run(_ given: ArraySlice<ScriptWord>) {
        var words = given
        var environment: [String: ScriptWord] = [:]
        while let (name, value) = words.first?.assignment, words.first?.text.contains(":=") == false {
            environment[name] = value
            words = words.dropFirst()
        }
        guard let first = words.first else {
            for (name, value) in environment { assign(name, value) }
            return
        }
        switch first.text {
        case "export", "declare", "local", "readonly", "typeset":
            var isExport = first.text == "export"
            for word in words.dropFirst() {
                if word.text.hasPrefix("-") {
                    if word.text.contains("x") { isExport = true }
                } else if let (name, value) = word.assignment {
                    assign(name, value)
                    if isExport { exported.insert(name) }
                } else if isExport {
                    exported.insert(word.text)
                }
            }
            return
        case "unset", "read":
            for word in words.dropFirst() { forget(word.text) }
            return
        case "set":
            if words.contains(where: { $0.text == "-a" || $0.text == "allexport" }) { exportsAll = true }
            return
        default:
            break
        }
        var effective: [String: ScriptWord] = [:]
        for (name, value) in variables where exportsAll || exported.contains(name) { effective[name] = value }
        effective.merge(environment) { $1 }
        words = Self.behindWrappers(words, &effective)
        guard let program = words.first else { return }
        if Self.isShell(program.text), depth < Self.deepest,
            let flag = words.dropFirst().prefix(while: { $0.text.hasPrefix("-") && $0.text != "--" && $0.text != "-s" })
                .firstIndex(where: { !$0.text.hasPrefix("--") && $0.text.hasSuffix("c") }),
            flag + 1 < words.endIndex
        {
            var inner = ScriptText()
            inner.append(words[flag + 1].parts)
            var lexer = ShellLexer(
                inner, variables: effective, exported: Set(effective.keys), depth: depth + 1)
            commands += lexer.read()
            return
        }
        commands.append(ScriptCommand(words: Array(words), environment: effective, line: first.line))
    }

    /// The command that a wrapper such as sudo, env or timeout runs.
    private static func behindWrappers(
        _ words: ArraySlice<ScriptWord>, _ environment: inout [String: ScriptWord]
    ) -> ArraySlice<ScriptWord> {
        var words = words
        while let word = words.first {
            let valued: Set<String>
            var operands = 0
            switch ScriptCommand.baseName(word.text) {
            case "sudo": valued = ["-u", "-g", "-C", "-D", "-h", "-p", "-r", "-t", "-U"]
            case "env": valued = ["-u", "-C", "--unset", "--chdir"]
            case "nice": valued = ["-n"]
            case "ionice": valued = ["-c", "-n"]
            case "timeout":
                valued = ["-k", "-s"]
                operands = 1
            case "exec", "command", "nohup", "time", "eval", "ccache", "sccache", "builtin", "setsid", "fakeroot":
                valued = ["-a"]
            case "stdbuf": valued = ["-i", "-o", "-e"]
            default: return words
            }
            words = words.dropFirst()
            while let option = words.first, option.text.hasPrefix("-"), option.text.count > 1 {
                words = words.dropFirst(valued.contains(option.text) ? 2 : 1)
            }
            words = words.dropFirst(operands)
            while let (name, value) = words.first?.assignment {
                environment[name] = value
                words = words.dropFirst()
            }
        }
        return words
    }

    // MARK: Variables

    private mutating func assign(_ name: String, _ value: ScriptWord) {
        let size = value.parts.reduce(0) { $0 + $1.text.utf8.count }
        // A value that doubles with each line would else fill the memory.
        let isSmall = size <= Self.longestValue && value.parts.count <= 256
        set(name, isSmall ? value : ScriptWord(String(ScriptWord.unknown), line: value.line))
    }

    private mutating func forget(_ name: String) { set(name, nil) }

    private mutating func set(_ name: String, _ value: ScriptWord?) {
        if let last = branches.indices.last {
            if branches[last].before[name] == nil { branches[last].before[name] = .some(variables[name]) }
            branches[last].changed.insert(name)
        }
        variables[name] = value
    }

    private mutating func openBranch() {
        if branches.count < 200 { branches.append(Branch()) }
    }

    private mutating func nextBranch() {
        guard let last = branches.indices.last else { return }
        for (name, value) in branches[last].before { variables[name] = value }
        branches[last].before = [:]
    }

    private mutating func closeBranch() {
        guard let branch = branches.popLast() else { return }
        for (name, value) in branch.before {
            if let outer = branches.indices.last, branches[outer].before[name] == nil {
                branches[outer].before[name] = .some(value)
            }
        }
        for name in branch.changed {
            variables[name] = nil
            if let outer = branches.indices.last { branches[outer].changed.insert(name) }
        }
    }
}
