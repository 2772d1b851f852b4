// SPDX-License-Identifier: Apache-2.0

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
    private var documents: [ShellDocument] = []
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
        if let word = reservedWord(), Self.closers.contains(word) {
            index += word.utf8.count
            return true
        }
        guard let byte = peek(), byte == UInt8(ascii: ")") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "&")
        else { return false }
        index += 1
        return true
    }

    private static let closers: Set<String> = ["then", "else", "elif", "fi", "do", "done", "esac", "}"]

    // MARK: Bytes

    func peek(_ ahead: Int = 0) -> UInt8? { index + ahead < limit ? bytes[index + ahead] : nil }

    func has(_ text: String) -> Bool {
        let utf8 = text.utf8
        return index + utf8.count <= limit && bytes[index..<index + utf8.count].elementsEqual(utf8)
    }

    func fail(_ message: String, _ offset: Int) -> ShellSyntaxError { .init(message: message, offset: offset) }

    func unexpected() -> ShellSyntaxError {
        guard index < limit else { return fail("unexpected end", max(limit - 1, 0)) }
        if bytes[index] == UInt8(ascii: "\n") { return fail("unexpected end of the line", index) }
        var end = index + 1
        while end < limit, end < index + 20, !Self.isMeta(bytes[end]) { end += 1 }
        return fail("unexpected `\(String(decoding: bytes[index..<end], as: UTF8.self))`", index)
    }

    static func isMeta(_ byte: UInt8) -> Bool {
        switch byte {
        case 32, 9, 10, UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "<"), UInt8(ascii: ">"):
            true
        default: false
        }
    }

    /// A carriage return before a newline: the line end of another system.
    func isLineReturn(_ place: Int) -> Bool {
        place < limit && bytes[place] == 13 && (place + 1 >= limit || bytes[place + 1] == 10)
    }

    /// The length of a backslash with the line end behind it.
    func continuation(_ place: Int) -> Int? {
        guard place < limit, bytes[place] == UInt8(ascii: "\\") else { return nil }
        if place + 1 >= limit { return 1 }
        if bytes[place + 1] == 10 { return 2 }
        return isLineReturn(place + 1) ? min(3, limit - place) : nil
    }

    mutating func skipBlanks() {
        while let byte = peek() {
            if byte == 32 || byte == 9 || isLineReturn(index) {
                index += 1
            } else if let length = continuation(index) {
                index += length
            } else {
                break
            }
        }
    }

    private mutating func skipComment() {
        guard peek() == UInt8(ascii: "#") else { return }
        while let byte = peek(), byte != 10 { index += 1 }
    }

    /// Blanks, comments and newlines.
    mutating func skipLines() throws(ShellSyntaxError) {
        while true {
            skipBlanks()
            skipComment()
            guard peek() == 10 else { return }
            index += 1
            try readDocuments()
        }
    }

    // MARK: Lists

    /// A reserved word, if one stands here whole.
    private func reservedWord() -> String? {
        var end = index
        while end < limit, end - index < 9, !Self.isMeta(bytes[end]), !isLineReturn(end) { end += 1 }
        guard end > index, end >= limit || Self.isMeta(bytes[end]) || isLineReturn(end) else { return nil }
        let word = String(decoding: bytes[index..<end], as: UTF8.self)
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
            guard let byte = peek(), byte != UInt8(ascii: ")") else { return items }
            if byte == UInt8(ascii: ";"), peek(1) == byte || peek(1) == UInt8(ascii: "&") { return items }
            if let word = reservedWord(), ends.contains(word) { return items }
            items.append(try item())
            try endItem(ends)
        }
    }

    private mutating func item() throws(ShellSyntaxError) -> ShellItem {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw fail("nested too deeply", index) }
        let first = try pipeline()
        var rest: [ShellItem.Next] = []
        while true {
            skipBlanks()
            let isAnd = has("&&")
            guard isAnd || has("||") else { break }
            index += 2
            try skipLines()
            rest.append(.init(isAnd: isAnd, pipeline: try pipeline()))
        }
        var isBackground = false
        isSeparated = false
        if peek() == UInt8(ascii: "&") {
            isBackground = true
            isSeparated = true
            index += 1
        } else if peek() == UInt8(ascii: ";"), peek(1) != UInt8(ascii: ";"), peek(1) != UInt8(ascii: "&") {
            isSeparated = true
            index += 1
        }
        return ShellItem(first: first, rest: rest, isBackground: isBackground)
    }

    /// What follows a command without a separator is the end of its line or of what holds it.
    private mutating func endItem(_ ends: Set<String> = []) throws(ShellSyntaxError) {
        guard !isSeparated else { return }
        skipBlanks()
        guard let byte = peek(), byte != 10, byte != UInt8(ascii: "#") else { return }
        if let word = reservedWord(), ends.contains(word) { return }
        if depth > 0, byte == UInt8(ascii: ")") { return }
        if depth > 0, byte == UInt8(ascii: ";"), peek(1) == byte || peek(1) == UInt8(ascii: "&") { return }
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
                if has("-p"), index + 2 >= limit || Self.isMeta(bytes[index + 2]) { index += 2 }
                skipBlanks()
                if index >= limit || peek() == 10 || peek() == UInt8(ascii: ";") {
                    return ShellPipeline(isNegated: isNegated, commands: [])
                }
            } else {
                break
            }
        }
        var commands = [try command()]
        while true {
            skipBlanks()
            guard peek() == UInt8(ascii: "|"), peek(1) != UInt8(ascii: "|") else { break }
            index += peek(1) == UInt8(ascii: "&") ? 2 : 1
            try skipLines()
            commands.append(try command())
        }
        return ShellPipeline(isNegated: isNegated, commands: commands)
    }

    // MARK: Commands

    private mutating func command() throws(ShellSyntaxError) -> ShellCommand {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw fail("nested too deeply", index) }
        skipBlanks()
        let start = index
        guard peek() != nil else { throw unexpected() }
        guard let kind = try compound(start) else { return try simple() }
        if case .function = kind { return ShellCommand(offset: start, kind: kind, redirections: []) }
        if case .coprocess = kind { return ShellCommand(offset: start, kind: kind, redirections: []) }
        var redirections: [ShellRedirection] = []
        while true {
            skipBlanks()
            guard let redirection = try redirection() else { break }
            redirections.append(redirection)
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
        if peek() == UInt8(ascii: "(") {
            if peek(1) == UInt8(ascii: "("), let end = arithmeticEnd(index + 2) {
                let parts = try passage(index + 2..<end, .arithmetic)
                index = end + 2
                return .arithmetic(parts)
            }
            index += 1
            let items = try list([])
            guard peek() == UInt8(ascii: ")") else {
                if index >= limit { throw fail("`(` has no `)`", start) }
                throw unexpected()
            }
            if items.isEmpty { throw unexpected() }
            index += 1
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
            if peek() == UInt8(ascii: "(") {
                index += 1
                skipBlanks()
                guard peek() == UInt8(ascii: ")") else { throw unexpected() }
                index += 1
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
                if peek() == UInt8(ascii: "{") || peek() == UInt8(ascii: "(") {
                    return .coprocess(try command())
                }
            }
            index = before
            return .coprocess(try command())
        default: throw unexpected()
        }
    }

    private mutating func functionName() throws(ShellSyntaxError) -> String {
        let begin = index
        while let byte = peek(), !Self.isMeta(byte), !isLineReturn(index) { index += 1 }
        guard index > begin else { throw unexpected() }
        return String(decoding: bytes[begin..<index], as: UTF8.self)
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
        if has("(("), let end = arithmeticEnd(index + 2) {
            let parts = try passage(index + 2..<end, .arithmetic)
            index = end + 2
            skipBlanks()
            if peek() == UInt8(ascii: ";") { index += 1 }
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
        if peek() == UInt8(ascii: ";") { index += 1 }
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
            if peek() == UInt8(ascii: "(") {
                index += 1
                skipBlanks()
            }
            var patterns = [try word()]
            while true {
                skipBlanks()
                guard peek() == UInt8(ascii: "|") else { break }
                index += 1
                skipBlanks()
                patterns.append(try word())
            }
            guard peek() == UInt8(ascii: ")") else { throw unexpected() }
            index += 1
            let body = try list(["esac"])
            var ending = ShellArm.Ending.end
            if let end = [";;&", ";;", ";&"].first(where: { has($0) }) {
                index += end.utf8.count
                ending = end == ";&" ? .falls : end == ";;&" ? .tests : .end
            } else if reservedWord() != "esac", index < limit {
                throw unexpected()
            }
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
            if has("]]"), index + 2 >= limit || Self.isMeta(bytes[index + 2]) || isLineReturn(index + 2) {
                index += 2
                return words
            }
            let begin = index
            if isExpression {
                words.append(try word(.expression))
                isExpression = false
                continue
            } else if has("&&") || has("||") {
                index += 2
            } else if [UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">")].contains(byte) {
                index += 1
            } else if byte == UInt8(ascii: ";") || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "|") {
                throw unexpected()
            } else {
                words.append(try word())
                isExpression = bytes[begin..<index].elementsEqual("=~".utf8)
                continue
            }
            if index == begin { throw unexpected() }
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
            guard let byte = peek() else { break }
            if byte == 10 || byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "&")
                || byte == UInt8(ascii: "|") || byte == UInt8(ascii: ")")
            {
                break
            }
            if byte == UInt8(ascii: "(") {
                guard words.count == 1, assignments.isEmpty, redirections.isEmpty, let name = words.first?.range else {
                    throw unexpected()
                }
                index += 1
                skipBlanks()
                guard peek() == UInt8(ascii: ")") else { throw unexpected() }
                index += 1
                try skipLines()
                return ShellCommand(
                    offset: start,
                    kind: .function(String(decoding: bytes[name], as: UTF8.self), try command()), redirections: [])
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
                let name = String(decoding: bytes[word.range], as: UTF8.self)
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
        var end = index
        while end < limit, Shell.isNameStart(bytes[end]) || Shell.isDigit(bytes[end]) { end += 1 }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        var brackets: Range<Int>?
        if end < limit, bytes[end] == UInt8(ascii: "[") {
            guard let close = subscriptEnd(end) else { return nil }
            brackets = end + 1..<close - 1
            end = close
        }
        var isAppending = false
        if end < limit, bytes[end] == UInt8(ascii: "+") {
            isAppending = true
            end += 1
        }
        guard end < limit, bytes[end] == UInt8(ascii: "=") else { return nil }
        index = end + 1
        if peek() == UInt8(ascii: "("), brackets == nil {
            let words = try elements(index)
            return ShellAssignment(
                range: start..<index, name: name, index: nil, isAppending: isAppending, value: .array(words))
        }
        var index: [ShellPart]?
        if let brackets { index = try passage(brackets, .arithmetic) }
        var parts: [ShellPart] = []
        if let byte = peek(),
            !Self.isMeta(byte) && !isLineReturn(self.index) || has("<(") || has(">(")
        {
            parts = try word().parts
        }
        return ShellAssignment(
            range: start..<self.index, name: name, index: index, isAppending: isAppending, value: .word(parts))
    }

    /// Behind the `]` of a subscript.
    private func subscriptEnd(_ open: Int) -> Int? {
        var level = 0
        var place = open
        var quote: UInt8?
        while place < limit, place - open < Self.longestSubscript, bytes[place] != 10 {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\\") {
                place += 1
            } else if let inside = quote {
                if byte == inside { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "[") {
                level += 1
            } else if byte == UInt8(ascii: "]") {
                level -= 1
                if level == 0 { return place + 1 }
            }
            place += 1
        }
        return nil
    }

    /// The words of an array, its brackets taken.
    private mutating func elements(_ start: Int) throws(ShellSyntaxError) -> [ShellWord] {
        index += 1
        var words: [ShellWord] = []
        while true {
            try skipLines()
            guard let byte = peek() else { throw fail("`(` of an array has no `)`", start) }
            if byte == UInt8(ascii: ")") {
                index += 1
                return words
            }
            let begin = index
            if byte == UInt8(ascii: "["), let close = subscriptEnd(index), close < limit,
                bytes[close] == UInt8(ascii: "=")
            {
                let key = try passage(index + 1..<close - 1, .arithmetic)
                index = close + 1
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
        var place = index
        if place < limit, bytes[place] == UInt8(ascii: "{") {
            place += 1
            while place < limit, Shell.isNameStart(bytes[place]) || Shell.isDigit(bytes[place]) { place += 1 }
            guard place < limit, bytes[place] == UInt8(ascii: "}"), place > index + 1 else { return nil }
            place += 1
        } else {
            while place < limit, Shell.isDigit(bytes[place]) { place += 1 }
        }
        guard place < limit, bytes[place] == UInt8(ascii: "<") || bytes[place] == UInt8(ascii: ">") || place == index
        else { return nil }
        let before = index
        index = place
        guard let operation = Self.operators.first(where: { has($0) }), !has("<("), !has(">(") else {
            index = before
            return nil
        }
        let descriptor = place > before ? String(decoding: bytes[before..<place], as: UTF8.self) : nil
        index += operation.utf8.count
        skipBlanks()
        if operation == "<<" || operation == "<<-" {
            let target = try delimiter(isIndented: operation == "<<-", place)
            return ShellRedirection(
                operation: operation, offset: place, target: target, descriptor: descriptor,
                document: documents.count - 1)
        }
        guard let byte = peek(), !Self.isMeta(byte) || has("<(") || has(">(") else { throw unexpected() }
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
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                isQuoted = true
            } else if byte == UInt8(ascii: "\\") {
                isQuoted = true
                index += 1
                if let next = peek() { delimiter.append(next) }
            } else if Self.isMeta(byte) || isLineReturn(index) {
                break
            } else if byte == UInt8(ascii: "$"), let next = peek(1),
                next == UInt8(ascii: "'") || next == UInt8(ascii: "\"")
            {
                isQuoted = true
            } else {
                delimiter.append(byte)
            }
            index = min(index + 1, limit)
        }
        guard index > begin else { throw unexpected() }
        documents.append(ShellDocument(isQuoted: isQuoted))
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
                while let byte = peek(), byte != 10 { index += 1 }
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
                documents[document.index].parts = lines.map { .text($0, isQuoted: true) }
            } else {
                let end = lines.last?.upperBound ?? begin
                documents[document.index].parts =
                    try passage(begin..<end, document.isIndented ? .indentedDocument : .document)
            }
            index = after
        }
    }

    /// Behind the commands of `$(…)`, `<(…)` and `${ …; }`.
    mutating func substitution(_ start: Int, end: String) throws(ShellSyntaxError) -> [ShellItem] {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw fail("nested too deeply", start) }
        let items = try list(end == "}" ? ["}"] : [])
        guard has(end) else {
            if index >= limit { throw fail("a substitution has no `\(end)`", start) }
            throw unexpected()
        }
        index += end.utf8.count
        return items
    }
}
