// SPDX-License-Identifier: Apache-2.0
internal import Host

extension ShellParser {
    /// What ends a word, and which quotes count in it.
    enum Context: Equatable {
        case word
        /// Behind `=~`: brackets and `|` belong to it.
        case expression
        case doubleQuotes, document, indentedDocument, arithmetic
        /// `${NAME-…}`: up to the `}`; in double quotes single ones are plain characters.
        case braces(isQuoted: Bool)
    }

    mutating func word(_ context: Context = .word) throws(ShellSyntaxError) -> ShellWord {
        let start = index
        let parts = try parts(context)
        guard index > start else { throw unexpected() }
        return ShellWord(range: start..<index, parts: parts)
    }

    /// The parts of a stretch that has an end of its own.
    mutating func passage(_ range: Range<Int>, _ context: Context) throws(ShellSyntaxError) -> [ShellPart] {
        let (before, end) = (index, limit)
        index = range.lowerBound
        limit = range.upperBound
        defer {
            index = before
            limit = end
        }
        var parts: [ShellPart] = []
        repeat { parts += try self.parts(context) } while index < limit
        return parts
    }

    /// Parts up to what ends them in this context, which stays.
    private mutating func parts(_ context: Context) throws(ShellSyntaxError) -> [ShellPart] {
        let isWord = [.word, .expression].contains(context)
        let isDocument = [.document, .indentedDocument].contains(context)
        let isQuoted = !isWord && context != .braces(isQuoted: false)
        let close: UInt8? =
            switch context {
            case .doubleQuotes: UInt8(ascii: "\"")
            case .braces: UInt8(ascii: "}")
            default: nil
            }
        var parts: [ShellPart] = []
        var begin = index
        var level = 0
        func flush(_ end: Int) {
            if begin < end { parts.append(.text(begin..<end, isQuoted: isQuoted)) }
        }
        func add(_ part: ShellPart) {
            parts.append(part)
            begin = index
        }
        loop: while let byte = peek() {
            if byte == close { break }
            if context == .indentedDocument, byte == 9, bytes[index - 1] == 10 {
                flush(index)
                while peek() == 9 { index += 1 }
                begin = index
                continue
            }
            switch byte {
            case UInt8(ascii: "\\"):
                flush(index)
                if let length = continuation(index) {
                    index += length
                    begin = index
                } else {
                    let isEscape = !isQuoted || isEscaped(peek(1), isDocument: isDocument, close)
                    index = min(index + (isEscape ? 2 : 1), limit)
                    add(.text(index - 1..<index, isQuoted: true))
                }
            case UInt8(ascii: "'") where !isQuoted:
                flush(index)
                add(.text(try singleQuoted(), isQuoted: true))
            case UInt8(ascii: "\"") where !isDocument && context != .arithmetic:
                // Within `${…}` of a quoted word these quotes open and close a stretch, too.
                flush(index)
                parts += try doubleQuoted()
                begin = index
            case UInt8(ascii: "$"):
                flush(index)
                add(try dollar(isQuoted: isQuoted))
            case UInt8(ascii: "`"):
                flush(index)
                add(try backquoted(isQuoted: isQuoted))
            case _ where isWord && hasProcess:
                flush(index)
                let start = index
                index += 2
                let items = try substitution(start, end: ")")
                add(.process(items, start..<index))
            case _ where "@?*+!".utf8.contains(byte):
                index += 1
                if isWord, peek() == UInt8(ascii: "(") { try pattern() }
            case UInt8(ascii: "(") where context == .expression:
                level += 1
                index += 1
            case UInt8(ascii: ")") where context == .expression && level > 0:
                level -= 1
                index += 1
            case UInt8(ascii: "|") where context == .expression && peek(1) != UInt8(ascii: "|"): index += 1
            default:
                if isWord, Self.isMeta(byte), level == 0 || byte == 10 { break loop }
                if isWord, isLineReturn(index) { break loop }
                index += 1
            }
        }
        flush(index)
        return parts
    }

    private func isEscaped(_ byte: UInt8?, isDocument: Bool, _ close: UInt8?) -> Bool {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "`"): true
        case UInt8(ascii: "\""): !isDocument
        case .some(let byte): byte == close
        case nil: false
        }
    }

    /// `@(a|b)` and its like.
    private mutating func pattern() throws(ShellSyntaxError) {
        let start = index
        index += 1
        try enter(start)
        defer { depth -= 1 }
        while let byte = peek() {
            if take(")") { return }
            if byte == UInt8(ascii: "(") {
                try pattern()
            } else if Self.isMeta(byte) {
                index += 1
            } else {
                _ = try word()
            }
        }
        throw fail("a pattern's `(` has no `)`", start)
    }

    private mutating func singleQuoted() throws(ShellSyntaxError) -> Range<Int> {
        let start = index
        guard let end = bytes[start + 1..<max(limit, start + 1)].firstIndex(of: UInt8(ascii: "'")) else {
            throw fail("a quote `'` does not end", start)
        }
        index = end + 1
        return start + 1..<end
    }

    /// The parts between double quotes; empty ones are one empty part.
    private mutating func doubleQuoted() throws(ShellSyntaxError) -> [ShellPart] {
        let start = index
        try enter(start)
        defer { depth -= 1 }
        index += 1
        let parts = try parts(.doubleQuotes)
        guard peek() == UInt8(ascii: "\"") else { throw fail("a quote `\"` does not end", start) }
        index += 1
        return parts.isEmpty ? [.text(start + 1..<start + 1, isQuoted: true)] : parts
    }

    private mutating func backquoted(isQuoted: Bool) throws(ShellSyntaxError) -> ShellPart {
        let start = index
        var inner = ScriptText()
        index += 1
        var begin = index
        while let byte = peek(), byte != UInt8(ascii: "`") {
            guard byte == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            if let next = peek(1), (isQuoted ? "`\\$\"" : "`\\$").utf8.contains(next) {
                inner.append(text, begin..<index)
                begin = index + 1
            }
            index = min(index + 2, limit)
        }
        guard peek() == UInt8(ascii: "`") else { throw fail("a backquote does not end", start) }
        inner.append(text, begin..<index)
        index += 1
        guard depth + 10 < Self.deepest else { throw fail("nested too deeply", start) }
        let program = ShellParser.program(inner, depth: depth + 10)
        if let error = program.errors.first { throw fail("in backquotes: \(error.message)", start) }
        return .program(program, start..<index, isQuoted: isQuoted)
    }

    /// What stands behind a `$`.
    private mutating func dollar(isQuoted: Bool) throws(ShellSyntaxError) -> ShellPart {
        let start = index
        index += 1
        guard let byte = peek() else { return .text(start..<index, isQuoted: isQuoted) }
        switch byte {
        case UInt8(ascii: "("):
            if let parts = try arithmetic() { return .arithmetic(parts, start..<index) }
            index += 1
            let items = try substitution(start, end: ")")
            return .commands(items, start..<index, isQuoted: isQuoted)
        case UInt8(ascii: "["):
            guard let close = closing(index, UInt8(ascii: "["), UInt8(ascii: "]")) else {
                throw fail("`$[` has no `]`", start)
            }
            let parts = try passage(index + 1..<close, .arithmetic)
            index = close + 1
            return .arithmetic(parts, start..<index)
        case UInt8(ascii: "{"): return try parameter(start, isQuoted: isQuoted)
        case UInt8(ascii: "'") where !isQuoted: return try escapedQuotes()
        case UInt8(ascii: "\"") where !isQuoted:
            // A string to be translated: the quotes come next.
            return .text(index..<index, isQuoted: true)
        default:
            let begin = index
            if Shell.isNameStart(byte) {
                skip(while: \.isWord)
            } else if Self.isSpecial(byte) {
                index += 1
            } else {
                return .text(start..<index, isQuoted: isQuoted)
            }
            let name = string(begin..<index)
            return .parameter(ShellParameter(range: start..<index, name: name), isQuoted: isQuoted)
        }
    }

    /// The expression in the `((…))` that begins here; nil where the brackets hold commands.
    mutating func arithmetic() throws(ShellSyntaxError) -> [ShellPart]? {
        guard has("(("), let close = closing(index + 1, UInt8(ascii: "("), UInt8(ascii: ")")), close + 1 < limit,
            bytes[close + 1] == UInt8(ascii: ")")
        else { return nil }
        let parts = try passage(index + 2..<close, .arithmetic)
        index = close + 2
        return parts
    }

    /// A digit, or one of the parameters that a sign names.
    private static func isSpecial(_ byte: UInt8) -> Bool { byte.isDigit || "@*#?-$!".utf8.contains(byte) }

    /// The bracket that closes the one here; quotes and escapes hide brackets.
    func closing(_ open: Int, _ opener: UInt8, _ closer: UInt8, most: Int = .max, inLine: Bool = false) -> Int? {
        var level = 0
        var quote: UInt8?
        var place = open
        while place < limit, place - open < most, !inLine || bytes[place] != 10 {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\\") {
                place += 1
            } else if let inside = quote {
                if byte == inside { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == opener {
                level += 1
            } else if byte == closer {
                level -= 1
                if level == 0 { return place }
            }
            place += 1
        }
        return nil
    }

    private static let escapes = [UInt8: UInt8](
        uniqueKeysWithValues: zip("ntrabeEfv\\'\"?".utf8, "\n\t\r\u{7}\u{8}\u{1B}\u{1B}\u{C}\u{B}\\'\"?".utf8))

    /// `$'…'` (Bash Reference Manual, § 3.1.2.4).
    private mutating func escapedQuotes() throws(ShellSyntaxError) -> ShellPart {
        let start = index
        index += 1
        var result: [UInt8] = []
        var isSpelled = true
        while let byte = peek(), byte != UInt8(ascii: "'") {
            index += 1
            guard byte == UInt8(ascii: "\\"), let next = peek() else {
                result.append(byte)
                continue
            }
            isSpelled = false
            index += 1
            if let byte = Self.escapes[next] {
                result.append(byte)
                continue
            }
            func number(_ most: Int, _ radix: Int) -> UInt32? {
                let digits = bytes[index..<limit].prefix(most).prefix {
                    Character(Unicode.Scalar($0)).hexDigitValue.map { $0 < radix } ?? false
                }
                index = digits.endIndex
                return UInt32(string(digits.indices), radix: radix)
            }
            switch next {
            case UInt8(ascii: "c"): index = min(index + 1, limit)
            case UInt8(ascii: "x"): if let value = number(2, 16) { result.append(UInt8(truncatingIfNeeded: value)) }
            case UInt8(ascii: "u"), UInt8(ascii: "U"):
                if let scalar = number(next == UInt8(ascii: "u") ? 4 : 8, 16).flatMap(Unicode.Scalar.init) {
                    result += Array(String(scalar).utf8)
                }
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                index -= 1
                if let value = number(3, 8) { result.append(UInt8(truncatingIfNeeded: value)) }
            default: result += [byte, next]
            }
        }
        guard peek() == UInt8(ascii: "'") else { throw fail("a quote `$'` does not end", start) }
        index += 1
        return isSpelled ? .text(start + 1..<index - 1, isQuoted: true) : .bytes(result, start..<index)
    }

    /// `${…}` (Bash Reference Manual, § 3.5.3).
    private mutating func parameter(_ start: Int, isQuoted: Bool) throws(ShellSyntaxError) -> ShellPart {
        try enter(start)
        defer { depth -= 1 }
        index += 1
        guard let first = peek() else { throw fail("`${` has no `}`", start) }
        if " \t\n|".utf8.contains(first) {
            index += 1
            let items = try substitution(start, end: "}")
            return .commands(items, start..<index, isQuoted: isQuoted)
        }
        var prefix = ""
        if "!#".utf8.contains(first), let next = peek(1), Shell.isNameStart(next) || Self.isSpecial(next) {
            prefix = first == UInt8(ascii: "!") ? "indirect" : "length"
            index += 1
        }
        let begin = index
        skip(while: \.isWord)
        if index == begin, peek().map(Self.isSpecial) == true { index += 1 }
        let name = string(begin..<index)
        var result = ShellParameter(range: start..<start, name: name)
        if peek() == UInt8(ascii: "["),
            let close = closing(index, UInt8(ascii: "["), UInt8(ascii: "]"), most: Self.longestSubscript)
        {
            result.index = string(index + 1..<close)
            result.indexParts = try passage(index + 1..<close, .arithmetic)
            index = close + 1
        }
        if !prefix.isEmpty { result.operation = .other(prefix) }
        if name.isEmpty { result.operation = .other("?") }
        if peek() != UInt8(ascii: "}") {
            let operation = index
            result.hasColon = peek() == UInt8(ascii: ":")
            if result.hasColon { index += 1 }
            let isPlain = prefix.isEmpty && !name.isEmpty
            var keepsQuotes = isQuoted
            switch peek() {
            case UInt8(ascii: "-") where isPlain: result.operation = .fallback
            case UInt8(ascii: "=") where isPlain: result.operation = .assign
            case UInt8(ascii: "+") where isPlain: result.operation = .alternative
            case UInt8(ascii: "?") where isPlain: result.operation = .error
            default:
                index = operation
                result.hasColon = false
                keepsQuotes = false
                // An operator of two signs has the same one twice.
                if let byte = peek(), "#%/^,@:".utf8.contains(byte) {
                    index += peek(1) == byte && byte != UInt8(ascii: ":") && byte != UInt8(ascii: "@") ? 2 : 1
                }
                let spelled = string(operation..<index)
                result.operation = .other(isPlain ? spelled : prefix + spelled)
                index -= 1
            }
            index += 1
            result.word = try parts(.braces(isQuoted: keepsQuotes))
        }
        guard peek() == UInt8(ascii: "}") else { throw fail("`${` has no `}`", start) }
        index += 1
        result.range = start..<index
        return .parameter(result, isQuoted: isQuoted)
    }
}
