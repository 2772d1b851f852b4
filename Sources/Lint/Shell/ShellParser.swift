// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Reads a shell's text by the grammar of POSIX.1-2024 (Shell Command Language, § 2.10) with bash's additions (Bash
/// Reference Manual, § 3.2).
///
/// Where the text is not shell, the error keeps its place and reading goes on with the line after the command's first
/// one, so that no construct takes the rest of a file with it.
struct ShellParser {
    let text: ScriptText
    let bytes: [UInt8]
    /// Nothing at or behind this offset belongs to what is read.
    var limit: Int
    var index = 0
    var depth: Int
    private var documents: [[ShellPart]] = []
    private var pending: [PendingDocument] = []
    /// Whether the last command ended with `;` or `&`.
    private var isSeparated = false

    private struct PendingDocument {
        let index: Int
        let delimiter: [UInt8]
        let isQuoted: Bool
        let isIndented: Bool
        let offset: Int
    }

    /// Bounds on nesting, on errors, and on what reading again after an error may cost.
    static let deepest = 60
    private static let mostErrors = 20
    static let longestSubscript = 1024

    private init(_ text: ScriptText, depth: Int) {
        self.text = text
        bytes = text.bytes
        limit = text.bytes.count
        self.depth = depth
    }

    /// Never fails: what is not shell is among the program's errors.
    static func program(_ text: ScriptText, depth: Int = 0) -> ShellProgram {
        var parser = ShellParser(text, depth: depth)
        let (items, errors) = parser.top()
        return ShellProgram(text: text, items: items, documents: parser.documents, errors: errors)
    }

    private mutating func top() -> ([ShellItem], [ShellSyntaxError]) {
        var items: [ShellItem] = []
        var errors: [ShellSyntaxError] = []
        var work = 0
        var last = -1
        let outer = depth
        while true {
            var start = index
            do {
                try skipLines()
                start = index
                guard index < limit else {
                    try finishDocuments()
                    break
                }
                if last >= 0, skipCloser() { continue }
                items.append(try item())
                try endItem()
                if index >= limit { try finishDocuments() }
            } catch {
                if !errors.contains(error), !(last >= 0 && error.message.hasPrefix("unexpected")) {
                    errors.append(error)
                }
                depth = outer
                limit = bytes.count
                pending = []
                work += max(index, error.offset) - start
                if errors.count >= Self.mostErrors || work > 4 * bytes.count + 65_536 {
                    errors.append(.init(message: "and what follows was not read", offset: start))
                    break
                }
                last = start
                let line = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1
                index = max(line, start) + 1
            }
        }
        return (items, errors)
    }

    /// After an error: what closes a command whose beginning could not be read.
    private mutating func skipCloser() -> Bool {
        if let word = reservedWord(), Self.closers.contains(word) { return take(word) }
        return take(")") || take(";") || take("&")
    }

    private static let closers: Set<String> = ["then", "else", "elif", "fi", "do", "done", "esac", "}"]

    // MARK: Bytes

    func peek(_ ahead: Int = 0) -> UInt8? { index + ahead < limit ? bytes[index + ahead] : nil }

    func has(_ text: String) -> Bool {
        let utf8 = text.utf8
        return index + utf8.count <= limit && bytes[index..<index + utf8.count].elementsEqual(utf8)
    }

    /// Goes behind a text, if it is here.
    mutating func take(_ text: String) -> Bool {
        guard has(text) else { return false }
        index += text.utf8.count
        return true
    }

    mutating func skip(while holds: (UInt8) -> Bool) { while let byte = peek(), holds(byte) { index += 1 } }

    /// A stretch of the text, without the line ends that a backslash takes away.
    func string(_ range: Range<Int>) -> String {
        let text = String(decoding: bytes[range], as: UTF8.self)
        return bytes[range].contains(10) ? text.replacing("\\\n", with: "").replacing("\\\r\n", with: "") : text
    }

    /// A `<(` or `>(`.
    var hasProcess: Bool { peek(1) == UInt8(ascii: "(") && (has("<") || has(">")) }

    /// One level deeper. Throws where that is too deep.
    mutating func enter(_ offset: Int) throws(ShellSyntaxError) {
        guard depth + 1 < Self.deepest else { throw fail("nested too deeply", offset) }
        depth += 1
    }

    mutating func expect(_ sign: String) throws(ShellSyntaxError) { guard take(sign) else { throw unexpected() } }

    func fail(_ message: String, _ offset: Int) -> ShellSyntaxError { .init(message: message, offset: offset) }

    func unexpected() -> ShellSyntaxError {
        guard index < limit else { return fail("unexpected end", max(limit - 1, 0)) }
        if bytes[index] == UInt8(ascii: "\n") { return fail("unexpected end of the line", index) }
        var end = index + 1
        while end < limit, end < index + 20, !Self.isMeta(bytes[end]) { end += 1 }
        return fail("unexpected `\(string(index..<end))`", index)
    }

    static func isMeta(_ byte: UInt8) -> Bool { " \t\n;&|()<>".utf8.contains(byte) }

    /// A carriage return before a newline: the line end of another system.
    func isLineReturn(_ place: Int) -> Bool {
        place < limit && bytes[place] == 13 && (place + 1 >= limit || bytes[place + 1] == 10)
    }

    /// Whether no word goes on here.
    private func isWordEnd(_ place: Int) -> Bool {
        var place = place
        while let length = continuation(place) { place += length }
        return place >= limit || Self.isMeta(bytes[place]) || isLineReturn(place)
    }

    /// The length of a backslash with the line end behind it.
    func continuation(_ place: Int) -> Int? {
        guard place < limit, bytes[place] == UInt8(ascii: "\\") else { return nil }
        if place + 1 >= limit { return 1 }
        if bytes[place + 1] == 10 { return 2 }
        return isLineReturn(place + 1) ? min(3, limit - place) : nil
    }

    mutating func skipBlanks() {
        while let byte = peek(), let length = byte.isBlank || isLineReturn(index) ? 1 : continuation(index) {
            index += length
        }
    }

    /// Blanks, comments and newlines.
    mutating func skipLines() throws(ShellSyntaxError) {
        while true {
            skipBlanks()
            if has("#") { skip { $0 != 10 } }
            guard peek() == 10 else { return }
            index += 1
            try readDocuments()
        }
    }

    // MARK: Lists

    /// A reserved word, if one stands here whole.
    private func reservedWord() -> String? {
        var end = index
        while end - index < 9, !isWordEnd(end) { end += 1 }
        guard end > index, isWordEnd(end) else { return nil }
        let word = string(index..<end)
        return Self.reserved.contains(word) ? word : nil
    }

    private static let reserved: Set<String> = [
        "if", "then", "else", "elif", "fi", "while", "until", "for", "select", "do", "done", "case", "esac", "in", "{",
        "}", "!", "[[", "function", "coproc", "time",
    ]

    /// Commands up to one of the reserved words, a `)` or a `;;`, which stay.
    private mutating func list(_ ends: Set<String>) throws(ShellSyntaxError) -> [ShellItem] {
        var items: [ShellItem] = []
        while true {
            try skipLines()
            guard peek() != nil, !has(")") else { return items }
            if has(";;") || has(";&") { return items }
            if let word = reservedWord(), ends.contains(word) { return items }
            items.append(try item())
            try endItem(ends)
        }
    }

    private mutating func item() throws(ShellSyntaxError) -> ShellItem {
        try enter(index)
        defer { depth -= 1 }
        let first = try pipeline()
        var rest: [ShellItem.Next] = []
        while true {
            skipBlanks()
            let isAnd = take("&&")
            guard isAnd || take("||") else { break }
            try skipLines()
            rest.append(.init(isAnd: isAnd, pipeline: try pipeline()))
        }
        let isBackground = take("&")
        isSeparated = isBackground || !has(";;") && !has(";&") && take(";")
        return ShellItem(first: first, rest: rest, isBackground: isBackground)
    }

    /// What follows a command without a separator is the end of its line or of what holds it.
    private mutating func endItem(_ ends: Set<String> = []) throws(ShellSyntaxError) {
        guard !isSeparated else { return }
        skipBlanks()
        guard let byte = peek(), byte != 10, byte != UInt8(ascii: "#") else { return }
        if let word = reservedWord(), ends.contains(word) { return }
        if depth > 0, has(")") || has(";;") || has(";&") { return }
        throw unexpected()
    }

    private mutating func pipeline() throws(ShellSyntaxError) -> ShellPipeline {
        var isNegated = false
        while true {
            skipBlanks()
            if reservedWord() == "!" || has("!(") {
                isNegated.toggle()
                index += 1
            } else if reservedWord() == "time" {
                index += 4
                skipBlanks()
                if peek(2).map(Self.isMeta) ?? true, take("-p") { skipBlanks() }
                if index >= limit || has("\n") || has(";") { return ShellPipeline(isNegated: isNegated, commands: []) }
            } else {
                break
            }
        }
        var commands = [try command()]
        while true {
            skipBlanks()
            guard !has("||"), take("|&") || take("|") else { break }
            try skipLines()
            commands.append(try command())
        }
        return ShellPipeline(isNegated: isNegated, commands: commands)
    }

    // MARK: Commands

    private mutating func command() throws(ShellSyntaxError) -> ShellCommand {
        try enter(index)
        defer { depth -= 1 }
        skipBlanks()
        let start = index
        guard peek() != nil else { throw unexpected() }
        guard let kind = try compound(start) else { return try simple() }
        var redirections: [ShellRedirection] = []
        switch kind {
        case .function, .coprocess: break
        default:
            skipBlanks()
            while let redirection = try redirection() {
                redirections.append(redirection)
                skipBlanks()
            }
        }
        return ShellCommand(offset: start, kind: kind, redirections: redirections)
    }

    private mutating func expect(_ word: String, _ start: Int, _ opener: String) throws(ShellSyntaxError) {
        try skipLines()
        guard index < limit else { throw fail("`\(opener)` has no `\(word)`", start) }
        guard reservedWord() == word else { throw unexpected() }
        index += word.utf8.count
    }

    private mutating func compound(_ start: Int) throws(ShellSyntaxError) -> ShellCommand.Kind? {
        if let parts = try arithmetic() { return .arithmetic(parts) }
        if take("(") {
            let items = try list([])
            if index >= limit { throw fail("`(` has no `)`", start) }
            guard !items.isEmpty, take(")") else { throw unexpected() }
            return .subshell(items)
        }
        guard let word = reservedWord() else { return nil }
        switch word {
        case "{":
            index += 1
            let items = try list(["}"])
            try expect("}", start, word)
            if items.isEmpty { throw fail("`{` holds no command", start) }
            return .group(items)
        case "if": return try conditional(start)
        case "while", "until":
            index += 5
            let condition = try list(["do"])
            return .loop(ShellBranch(condition: condition, body: try body(start, word), isUntil: word == "until"))
        case "for", "select": return try iteration(start, word)
        case "case": return try choice(start)
        case "[[": return .test(try test(start))
        case "function":
            index += word.utf8.count
            skipBlanks()
            let name = try functionName()
            skipBlanks()
            if take("(") {
                skipBlanks()
                try expect(")")
            }
            try skipLines()
            return .function(name, try command())
        case "coproc":
            index += word.utf8.count
            skipBlanks()
            // A name stands only before a compound command; a simple one begins with its own.
            let before = index
            if let name = try? functionName(), Shell.isName(name) {
                skipBlanks()
                if has("{") || has("(") { return .coprocess(try command()) }
            }
            index = before
            return .coprocess(try command())
        default: throw unexpected()
        }
    }

    private mutating func functionName() throws(ShellSyntaxError) -> String {
        let begin = index
        while index < limit, !Self.isMeta(bytes[index]), !isLineReturn(index) { index += continuation(index) ?? 1 }
        guard index > begin else { throw unexpected() }
        return string(begin..<index)
    }

    /// `do … done`, or the `{ … }` that bash also takes behind `for`.
    private mutating func body(_ start: Int, _ opener: String) throws(ShellSyntaxError) -> [ShellItem] {
        try skipLines()
        if opener == "for" || opener == "select", reservedWord() == "{" {
            index += 1
            let items = try list(["}"])
            try expect("}", start, "{")
            return items
        }
        try expect("do", start, opener)
        let items = try list(["done"])
        try expect("done", start, opener)
        if items.isEmpty { throw fail("`do` holds no command", start) }
        return items
    }

    private mutating func conditional(_ start: Int) throws(ShellSyntaxError) -> ShellCommand.Kind {
        index += 2
        var branches: [ShellBranch] = []
        while true {
            let condition = try list(["then"])
            try expect("then", start, "if")
            branches.append(ShellBranch(condition: condition, body: try list(["elif", "else", "fi"])))
            if branches.last?.body.isEmpty == true || condition.isEmpty { throw unexpected() }
            guard reservedWord() == "elif" else { break }
            index += 4
        }
        var otherwise: [ShellItem]?
        if reservedWord() == "else" {
            index += 4
            otherwise = try list(["fi"])
        }
        try expect("fi", start, "if")
        return .conditional(branches, otherwise: otherwise)
    }

    private mutating func iteration(_ start: Int, _ opener: String) throws(ShellSyntaxError) -> ShellCommand.Kind {
        index += opener.utf8.count
        skipBlanks()
        if let parts = try arithmetic() {
            skipBlanks()
            _ = take(";")
            return .counting(parts, body: try body(start, opener))
        }
        let name = try functionName()
        try skipLines()
        var words: [ShellWord]?
        if reservedWord() == "in" {
            index += 2
            var list: [ShellWord] = []
            while true {
                skipBlanks()
                guard let byte = peek(), byte != 10, byte != UInt8(ascii: ";"), byte != UInt8(ascii: "#") else { break }
                list.append(try word())
            }
            words = list
        }
        skipBlanks()
        _ = take(";")
        return .iteration(name: name, words: words, body: try body(start, opener))
    }

    private mutating func choice(_ start: Int) throws(ShellSyntaxError) -> ShellCommand.Kind {
        index += 4
        skipBlanks()
        let subject = try word()
        try expect("in", start, "case")
        var arms: [ShellArm] = []
        while true {
            try skipLines()
            guard index < limit else { throw fail("`case` has no `esac`", start) }
            if reservedWord() == "esac" { break }
            _ = take("(")
            var patterns: [ShellWord] = []
            repeat {
                skipBlanks()
                patterns.append(try word())
                skipBlanks()
            } while take("|")
            try expect(")")
            let body = try list(["esac"])
            let ending: ShellArm.Ending = take(";;&") ? .tests : take(";&") ? .falls : .end
            if ending == .end, !take(";;"), reservedWord() != "esac", index < limit { throw unexpected() }
            arms.append(ShellArm(patterns: patterns, body: body, ending: ending))
        }
        index += 4
        return .choice(subject, arms)
    }

    private mutating func test(_ start: Int) throws(ShellSyntaxError) -> [ShellWord] {
        index += 2
        var words: [ShellWord] = []
        var isExpression = false
        while true {
            try skipLines()
            guard let byte = peek() else { throw fail("`[[` has no `]]`", start) }
            if has("]]"), isWordEnd(index + 2) {
                index += 2
                return words
            }
            let begin = index
            if isExpression {
                words.append(try word(.expression))
                isExpression = false
                continue
            }
            guard take("&&") || take("||") || take("(") || take(")") || take("<") || take(">") else {
                if ";&|".utf8.contains(byte) { throw unexpected() }
                words.append(try word())
                isExpression = string(begin..<index) == "=~"
                continue
            }
            words.append(ShellWord(range: begin..<index, parts: [.text(begin..<index, isQuoted: false)]))
        }
    }

    private static let declaring: Set<String> = ["export", "declare", "typeset", "local", "readonly"]

    private mutating func simple() throws(ShellSyntaxError) -> ShellCommand {
        let start = index
        var assignments: [ShellAssignment] = []
        var declarations: [ShellAssignment] = []
        var words: [ShellWord] = []
        var redirections: [ShellRedirection] = []
        var isDeclaring = false
        var isEvaluating = false
        while true {
            skipBlanks()
            if let redirection = try redirection() {
                redirections.append(redirection)
                continue
            }
            guard let byte = peek(), !"\n#;&|)".utf8.contains(byte) else { break }
            if byte == UInt8(ascii: "(") {
                guard words.count == 1, assignments.isEmpty, redirections.isEmpty, let name = words.first?.range else {
                    throw unexpected()
                }
                index += 1
                skipBlanks()
                try expect(")")
                try skipLines()
                return ShellCommand(offset: start, kind: .function(string(name), try command()), redirections: [])
            }
            let before = index
            if words.isEmpty || isDeclaring || isEvaluating, let assignment = try assignment() {
                // `eval` takes arrays as they are written, and all else as text.
                if isEvaluating, case .word = assignment.value {
                    index = before
                    words.append(try word())
                    continue
                }
                if words.isEmpty { assignments.append(assignment) } else { declarations.append(assignment) }
                continue
            }
            let word = try word()
            if words.isEmpty {
                let name = string(word.range)
                isDeclaring = Self.declaring.contains(name)
                isEvaluating = name == "eval"
            }
            words.append(word)
        }
        if words.isEmpty, assignments.isEmpty, redirections.isEmpty { throw unexpected() }
        return ShellCommand(
            offset: start,
            kind: .simple(.init(assignments: assignments, words: words, declarations: declarations)),
            redirections: redirections)
    }

    /// `NAME=value`, `NAME+=value`, `NAME[i]=value`, `NAME=(…)`.
    private mutating func assignment() throws(ShellSyntaxError) -> ShellAssignment? {
        let start = index
        guard let first = peek(), Shell.isNameStart(first) else { return nil }
        skip(while: \.isWord)
        let name = string(start..<index)
        let brackets = brackets()
        if let brackets { index = brackets.upperBound + 1 }
        let isAppending = take("+")
        guard take("=") else {
            index = start
            return nil
        }
        if has("("), brackets == nil {
            let words = try elements(index)
            return ShellAssignment(
                range: start..<index, name: name, index: nil, isAppending: isAppending, value: .array(words))
        }
        var key: [ShellPart]?
        if let brackets { key = try passage(brackets, .arithmetic) }
        let parts = isWordEnd(index) && !hasProcess ? [] : try word().parts
        return ShellAssignment(
            range: start..<index, name: name, index: key, isAppending: isAppending, value: .word(parts))
    }

    /// What stands between the brackets of the subscript that begins here.
    private func brackets() -> Range<Int>? {
        guard has("[") else { return nil }
        return closing(index, UInt8(ascii: "["), UInt8(ascii: "]"), most: Self.longestSubscript, inLine: true)
            .map { index + 1..<$0 }
    }

    /// The words of an array, its brackets taken.
    private mutating func elements(_ start: Int) throws(ShellSyntaxError) -> [ShellWord] {
        index += 1
        var words: [ShellWord] = []
        while true {
            try skipLines()
            guard index < limit else { throw fail("`(` of an array has no `)`", start) }
            if take(")") { return words }
            let begin = index
            if let brackets = brackets(), brackets.upperBound + 1 < limit,
                bytes[brackets.upperBound + 1] == UInt8(ascii: "=")
            {
                let key = try passage(brackets, .arithmetic)
                index = brackets.upperBound + 2
                var word = ShellWord(range: index..<index, parts: [])
                if let byte = peek(), !Self.isMeta(byte) { word = try self.word() }
                word.key = key
                words.append(word)
                continue
            }
            words.append(try word())
            if index == begin { throw unexpected() }
        }
    }

    // MARK: Redirections

    private static let operators = ["&>>", "&>", "<<<", "<<-", "<<", "<>", "<&", ">>", ">&", ">|", "<", ">"]

    private mutating func redirection() throws(ShellSyntaxError) -> ShellRedirection? {
        let before = index
        var isOperator = true
        if take("{") {
            skip(while: \.isWord)
            isOperator = index > before + 1 && take("}")
        } else {
            skip(while: \.isDigit)
        }
        let place = index
        isOperator = isOperator && (has("<") || has(">") || place == before)
        guard isOperator, !hasProcess, let operation = Self.operators.first(where: { take($0) }) else {
            index = before
            return nil
        }
        let descriptor = place > before ? string(before..<place) : nil
        skipBlanks()
        if operation == "<<" || operation == "<<-" {
            let target = try delimiter(isIndented: operation == "<<-", place)
            return ShellRedirection(
                operation: operation, offset: place, target: target, descriptor: descriptor,
                document: documents.count - 1)
        }
        guard let byte = peek(), !Self.isMeta(byte) || hasProcess else { throw unexpected() }
        return ShellRedirection(
            operation: operation, offset: place, target: try word(), descriptor: descriptor, document: nil)
    }

    private mutating func delimiter(isIndented: Bool, _ offset: Int) throws(ShellSyntaxError) -> ShellWord {
        let begin = index
        var delimiter: [UInt8] = []
        var isQuoted = false
        var quote: UInt8?
        while let byte = peek() {
            if let inside = quote {
                if byte == 10 { throw fail("the delimiter of a here-document does not end", begin) }
                if byte == inside { quote = nil } else { delimiter.append(byte) }
            } else if "'\"".utf8.contains(byte) {
                quote = byte
                isQuoted = true
            } else if byte == UInt8(ascii: "\\") {
                isQuoted = true
                index += 1
                if let next = peek() { delimiter.append(next) }
            } else if Self.isMeta(byte) || isLineReturn(index) {
                break
            } else if has("$'") || has("$\"") {
                isQuoted = true
            } else {
                delimiter.append(byte)
            }
            index = min(index + 1, limit)
        }
        guard index > begin else { throw unexpected() }
        documents.append([])
        pending.append(
            .init(
                index: documents.count - 1, delimiter: delimiter, isQuoted: isQuoted, isIndented: isIndented,
                offset: offset))
        return ShellWord(range: begin..<index, parts: [.text(begin..<index, isQuoted: true)])
    }

    private mutating func finishDocuments() throws(ShellSyntaxError) {
        guard let first = pending.first else { return }
        pending = []
        throw fail("the here-document has no text", first.offset)
    }

    /// The bodies of the documents that the line before has announced.
    private mutating func readDocuments() throws(ShellSyntaxError) {
        let waiting = pending
        pending = []
        for document in waiting {
            let begin = index
            var lines: [Range<Int>] = []
            var hasEnd = false
            while index < limit {
                var start = index
                skip { $0 != 10 }
                var end = index
                if index < limit { index += 1 }
                if document.isIndented { while start < end, bytes[start] == 9 { start += 1 } }
                if end > start, bytes[end - 1] == 13 { end -= 1 }
                if bytes[start..<end].elementsEqual(document.delimiter) {
                    hasEnd = true
                    break
                }
                lines.append(start..<index)
            }
            guard hasEnd else {
                let name = String(decoding: document.delimiter.prefix(40), as: UTF8.self)
                throw fail("the here-document has no line `\(name)`", document.offset)
            }
            let after = index
            if document.isQuoted {
                documents[document.index] = lines.map { .text($0, isQuoted: true) }
            } else {
                let end = lines.last?.upperBound ?? begin
                documents[document.index] =
                    try passage(begin..<end, document.isIndented ? .indentedDocument : .document)
            }
            index = after
        }
    }

    /// Behind the commands of `$(…)`, `<(…)` and `${ …; }`.
    mutating func substitution(_ start: Int, end: String) throws(ShellSyntaxError) -> [ShellItem] {
        try enter(start)
        defer { depth -= 1 }
        let items = try list(end == "}" ? ["}"] : [])
        if index >= limit { throw fail("a substitution has no `\(end)`", start) }
        try expect(end)
        return items
    }
}
