// SPDX-License-Identifier: Apache-2.0
internal import Host

/// Reads TOML 1.0.0. What is not TOML is refused with its line: the first fault ends it.
struct TOMLReader {
    private typealias Key = TOMLDocument.Key
    private typealias Value = TOMLDocument.Value

    /// How deep arrays and inline tables may stand in each other, and how many parts a key may have.
    private static let deepest = 100

    private let source: ScriptSource
    private var index = 0
    private var document = TOMLDocument()
    /// Counts headers and inline tables: dotted keys extend only what dotted keys of the same one began.
    private var sections = 0

    private init(_ source: ScriptSource) { self.source = source }

    static func document(_ source: ScriptSource) throws(ScriptProblem) -> TOMLDocument {
        if String(validating: source.bytes, as: UTF8.self) == nil {
            // No character of UTF-8 holds the byte of a line end.
            let line = source.lineStarts.indices.first {
                String(validating: source.bytes[source.range(ofLine: $0 + 1)], as: UTF8.self) == nil
            }
            throw ScriptProblem(line: (line ?? 0) + 1, message: "is not UTF-8 text")
        }
        var reader = TOMLReader(source)
        return try reader.read()
    }

    private mutating func read() throws(ScriptProblem) -> TOMLDocument {
        // A byte order mark, which editors put there.
        if source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        var table = 0
        while true {
            skipBlanks()
            switch byte {
            case nil: return document
            case Self.lineFeed, Self.carriageReturn: try skipLineEnd()
            case UInt8(ascii: "#"): try skipComment()
            case UInt8(ascii: "["):
                table = try readHeader()
                try endLine()
            default:
                try readPair(into: table, section: sections, depth: 0)
                try endLine()
            }
        }
    }

    // MARK: Bytes

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private var byte: UInt8? { byte(at: index) }

    private var isAtLineEnd: Bool { byte == Self.lineFeed || byte == Self.carriageReturn }

    private func byte(at index: Int) -> UInt8? { index < source.bytes.count ? source.bytes[index] : nil }

    private func problem(_ message: String, at offset: Int? = nil) -> ScriptProblem {
        ScriptProblem(line: source.line(at: offset ?? index), message: message)
    }

    private func unexpected(_ wanted: String) -> ScriptProblem {
        guard byte != nil else { return problem("expected \(wanted), found the end of the file") }
        if isAtLineEnd { return problem("expected \(wanted), found the end of the line") }
        let character = String(decoding: source.bytes[index...].prefix(4), as: UTF8.self).unicodeScalars.first
        return problem("expected \(wanted), found `\(character.map { String($0) } ?? "")`")
    }

    private mutating func expect(_ wanted: Character) throws(ScriptProblem) {
        guard take(wanted) else { throw unexpected("`\(wanted)`") }
    }

    /// Goes behind a character, if it is here.
    private mutating func take(_ character: Character) -> Bool {
        guard byte == character.asciiValue else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() { while byte?.isBlank == true { index += 1 } }

    private mutating func skipLineEnd() throws(ScriptProblem) {
        if byte == Self.carriageReturn {
            guard byte(at: index + 1) == Self.lineFeed else { throw problem("a carriage return without a line feed") }
            index += 1
        }
        index += 1
    }

    private mutating func skipComment() throws(ScriptProblem) {
        while let byte, !isAtLineEnd {
            if Self.isControl(byte) { throw problem("a control character in a comment") }
            index += 1
        }
    }

    /// Blanks and a comment up to the end of the line.
    private mutating func endLine() throws(ScriptProblem) {
        skipBlanks()
        if byte == UInt8(ascii: "#") { try skipComment() }
        guard byte == nil || isAtLineEnd else { throw unexpected("the end of the line") }
        if isAtLineEnd { try skipLineEnd() }
    }

    /// Blanks, line ends and comments, as they may stand in an array.
    private mutating func skipSpace() throws(ScriptProblem) {
        skipBlanks()
        while isAtLineEnd || byte == UInt8(ascii: "#") {
            if isAtLineEnd { try skipLineEnd() } else { try skipComment() }
            skipBlanks()
        }
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 9 || byte == 0x7F }

    private static func isBare(_ byte: UInt8) -> Bool { byte.isWord || byte == UInt8(ascii: "-") }

    // MARK: Keys

    private mutating func readKey() throws(ScriptProblem) -> [Key] {
        var keys: [Key] = []
        while true {
            guard keys.count < Self.deepest else { throw problem("a key of more than \(Self.deepest) parts") }
            keys.append(try readKeyPart())
            skipBlanks()
            guard take(".") else { return keys }
            skipBlanks()
        }
    }

    private mutating func readKeyPart() throws(ScriptProblem) -> Key {
        let start = index
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let word = try readString(spansLines: false)
            return Key(name: Array(word.text.utf8), range: start..<index)
        default:
            while let byte, Self.isBare(byte) { index += 1 }
            guard index > start else { throw unexpected("a key") }
            return Key(name: Array(source.bytes[start..<index]), range: start..<index)
        }
    }

    // MARK: Tables

    /// A header, and the table that it opens.
    private mutating func readHeader() throws(ScriptProblem) -> Int {
        let start = index
        index += 1
        let isArray = take("[")
        skipBlanks()
        let keys = try readKey()
        try expect("]")
        if isArray { try expect("]") }
        sections += 1
        guard let last = keys.last else { throw unexpected("a key") }
        let parent = try table(above: keys)
        let opened: Int
        switch document.tables[parent].entries[last.name]?.value {
        case nil:
            opened = addTable(.header)
            if isArray { document.lists.append([opened]) }
            set(keys, to: isArray ? .tables(document.lists.count - 1) : .table(opened), in: parent, start..<index)
        case .table(let known) where !isArray && document.tables[known].form == .implicit:
            opened = known
            document.tables[opened].form = .header
            set(keys, to: .table(opened), in: parent, start..<index)
        case .tables(let list) where isArray:
            opened = addTable(.header)
            document.lists[list].append(opened)
        default: throw problem("`\(last.text)` is defined twice", at: start)
        }
        return opened
    }

    private mutating func set(
        _ keys: some BidirectionalCollection<Key>, to value: Value, in table: Int, _ range: Range<Int>
    ) {
        guard let first = keys.first, let last = keys.last else { return }
        document.tables[table].entries[last.name] = .init(
            key: last, start: first.range.lowerBound, value: value, range: range)
    }

    private mutating func addTable(_ form: TOMLDocument.Form) -> Int {
        document.tables.append(.init(form: form))
        return document.tables.count - 1
    }

    /// Makes a table that no header has named.
    private mutating func addTable(_ form: TOMLDocument.Form, _ keys: ArraySlice<Key>, in table: Int) -> Int {
        let made = addTable(form)
        if let last = keys.last { set(keys, to: .table(made), in: table, last.range) }
        return made
    }

    /// The table that holds a header's last part; those above it that are missing are made.
    private mutating func table(above keys: [Key]) throws(ScriptProblem) -> Int {
        var current = 0
        for (number, key) in keys.dropLast().enumerated() {
            switch document.tables[current].entries[key.name]?.value {
            case nil: current = addTable(.implicit, keys.prefix(number + 1), in: current)
            case .table(let known) where document.tables[known].form != .inline: current = known
            case .tables(let list):
                guard let last = document.lists[list].last else { throw problem("`\(key.text)` has no table") }
                current = last
            default: throw problem("`\(key.text)` is not a table that can be extended", at: key.range.lowerBound)
            }
        }
        return current
    }

    /// `key = value`.
    private mutating func readPair(into table: Int, section: Int, depth: Int) throws(ScriptProblem) {
        let keys = try readKey()
        try expect("=")
        skipBlanks()
        var current = table
        for (number, key) in keys.dropLast().enumerated() {
            switch document.tables[current].entries[key.name]?.value {
            case nil: current = addTable(.dotted(section), keys.prefix(number + 1), in: current)
            case .table(let known) where [.implicit, .dotted(section)].contains(document.tables[known].form):
                document.tables[known].form = .dotted(section)
                current = known
            default: throw problem("`\(key.text)` is defined twice", at: key.range.lowerBound)
            }
        }
        guard let last = keys.last else { throw unexpected("a key") }
        guard document.tables[current].entries[last.name] == nil else {
            throw problem("`\(last.text)` is defined twice", at: last.range.lowerBound)
        }
        let start = index
        let value = try readValue(depth: depth)
        set(keys, to: value, in: current, start..<index)
    }

    // MARK: Values

    private mutating func readValue(depth: Int) throws(ScriptProblem) -> Value {
        guard depth < Self.deepest else { throw problem("values nested deeper than \(Self.deepest)") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try readString(spansLines: true))
        case UInt8(ascii: "["): return .array(try readArray(depth: depth + 1))
        case UInt8(ascii: "{"): return .table(try readInlineTable(depth: depth + 1))
        default: return .scalar(try readScalar())
        }
    }

    private mutating func readArray(depth: Int) throws(ScriptProblem) -> [Value] {
        let start = index
        index += 1
        var values: [Value] = []
        repeat {
            try skipSpace()
            if byte == nil || byte == UInt8(ascii: "]") { break }
            values.append(try readValue(depth: depth))
            try skipSpace()
        } while take(",")
        guard byte != nil else { throw problem("an array has no `]`", at: start) }
        guard take("]") else { throw unexpected("`,` or `]`") }
        return values
    }

    private mutating func readInlineTable(depth: Int) throws(ScriptProblem) -> Int {
        index += 1
        let table = addTable(.inline)
        sections += 1
        let section = sections
        skipBlanks()
        if take("}") { return table }
        repeat {
            skipBlanks()
            try readPair(into: table, section: section, depth: depth)
            skipBlanks()
        } while take(",")
        guard take("}") else { throw unexpected("`,` or `}`") }
        return table
    }

    private mutating func readScalar() throws(ScriptProblem) -> TOMLScalar {
        let start = index
        func skipWord() { while let byte, Self.isBare(byte) || ".:+".utf8.contains(byte) { index += 1 } }
        skipWord()
        // A date and a time may have a blank between them.
        if index - start == 10, source.bytes[start + 4] == UInt8(ascii: "-"), byte == UInt8(ascii: " "),
            let next = byte(at: index + 1), next.isDigit
        {
            index += 1
            skipWord()
        }
        guard index > start else { throw unexpected("a value") }
        let text = String(decoding: source.bytes[start..<min(index, start + TOMLScalar.longest)], as: UTF8.self)
        guard index - start <= TOMLScalar.longest, let scalar = TOMLScalar(text) else {
            throw problem("`\(text.prefix(100))` is not a value", at: start)
        }
        return scalar
    }

    // MARK: Strings

    /// A string of any of the four kinds; `spansLines`: also of those that three quotes begin.
    private mutating func readString(spansLines: Bool) throws(ScriptProblem) -> ScriptWord {
        let start = index
        let quote = source.bytes[index]
        let isBasic = quote == UInt8(ascii: "\"")
        let isMultiline = spansLines && quotes(quote) >= 3
        index += isMultiline ? 3 : 1
        // A line end right behind the quotes is not part of it.
        if isMultiline, isAtLineEnd { try skipLineEnd() }
        var text = ScriptText()
        // Where the bytes begin that are not in the text yet.
        var run = index
        while let byte {
            switch byte {
            case quote where !isMultiline:
                text.append(source, run..<index)
                index += 1
                return word(text, start)
            case quote:
                // Up to two quotes may stand before the three that end it.
                let count = min(quotes(quote), 5)
                index += count
                guard count >= 3 else { continue }
                text.append(source, run..<index - 3)
                return word(text, start)
            case UInt8(ascii: "\\") where isBasic:
                text.append(source, run..<index)
                try readEscape(into: &text, isMultiline: isMultiline)
                run = index
            case Self.lineFeed where isMultiline: index += 1
            case Self.carriageReturn where isMultiline:
                text.append(source, run..<index)
                try skipLineEnd()
                run = index - 1
            case Self.lineFeed, Self.carriageReturn: throw problem("a string does not end", at: start)
            case _ where Self.isControl(byte): throw problem("a control character in a string")
            default: index += 1
            }
        }
        throw problem("a string does not end", at: start)
    }

    private func quotes(_ quote: UInt8) -> Int { source.bytes[index...].prefix(6).prefix { $0 == quote }.count }

    private func word(_ text: ScriptText, _ start: Int) -> ScriptWord {
        ScriptWord(parts: text.parts, line: source.line(at: start))
    }

    private static let escapes: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "t"): "\t", UInt8(ascii: "n"): "\n", UInt8(ascii: "f"): "\u{C}",
        UInt8(ascii: "r"): "\r", UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\",
    ]

    private mutating func readEscape(into text: inout ScriptText, isMultiline: Bool) throws(ScriptProblem) {
        let start = index
        index += 1
        guard let byte else { throw problem("a string does not end", at: start) }
        var scalar = Self.escapes[byte]
        switch byte {
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let digits = source.bytes[(index + 1)...].prefix(count)
            let isHexadecimal =
                digits.count == count && digits.allSatisfy { Unicode.Scalar($0).properties.isASCIIHexDigit }
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
            scalar = isHexadecimal ? value.flatMap { Unicode.Scalar($0) } : nil
            if scalar != nil { index += count }
        case UInt8(ascii: " "), UInt8(ascii: "\t"), Self.lineFeed, Self.carriageReturn:
            // The line end and all that is blank behind it are not part of the string.
            guard isMultiline else { break }
            skipBlanks()
            guard isAtLineEnd else { break }
            while isAtLineEnd {
                try skipLineEnd()
                skipBlanks()
            }
            return
        default: break
        }
        guard let scalar else { throw problem("an unknown escape sequence", at: start) }
        index += 1
        text.append(String(Character(scalar)).utf8, line: source.line(at: start))
    }
}
