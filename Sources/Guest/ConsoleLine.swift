// SPDX-License-Identifier: Apache-2.0
internal import Host

/// One line of a console, without its line end, escape sequences and control characters.
package struct ConsoleLine: Sendable, Hashable {
    /// Counted from 1, as line feeds divide the log.
    package let number: Int
    package let bytes: [UInt8]
    /// Longer than the limit, or the log ended before its line feed: the text is not all of it.
    package let isCut: Bool
    /// A carriage return, or a byte that is zero, stands in it: what was written over what, or lost, is not known.
    package var isOverwritten = false

    package var text: String { bytes[...].consoleText }

    /// Whether printk's prefix begins the line, and what follows it; all of the line where there is none.
    package var record: (isKernel: Bool, message: String) {
        let (start, message) = PrintkPrefix.start(of: bytes)
        return (start == .whole, start == .whole ? bytes[message...].consoleText : text)
    }
}

extension ArraySlice<UInt8> {
    /// As text: what is not UTF-8, and the control characters U+0080 to U+009F, become U+FFFD.
    var consoleText: String {
        let text = String(decoding: self, as: UTF8.self)
        guard contains(0xc2) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { scalars.append((0x80...0x9f).contains(scalar.value) ? "\u{fffd}" : scalar) }
        return String(scalars)
    }

    /// The same text of at most so many bytes.
    func consoleText(limit: Int) -> String { prefix(limit).consoleText }

    /// Without blanks and tabs at its end.
    var withoutTrailingBlanks: ArraySlice<UInt8> {
        self[..<(lastIndex { !$0.isBlank }.map { $0 + 1 } ?? startIndex)]
    }

    /// Where `word` stands first.
    func offset(of word: [UInt8]) -> Int? {
        guard let first = word.first, count >= word.count else { return nil }
        let (bytes, wanted) = (span, word.span)
        for index in 0...(bytes.count - wanted.count) where bytes[index] == first {
            var length = 1
            while length < wanted.count, bytes[index + length] == wanted[length] { length += 1 }
            if length == wanted.count { return startIndex + index }
        }
        return nil
    }

    func hasSuffix(_ word: [UInt8]) -> Bool { suffix(word.count).elementsEqual(word) }

    func contains(_ word: [UInt8]) -> Bool { offset(of: word) != nil }
}

/// Cuts a console's bytes into lines, in pieces as they come, and keeps no more than one line of bounded length.
package struct LineAssembler: Sendable {
    private enum Escape {
        case none
        /// After ESC.
        case started
        /// After ESC [: up to a final byte (ECMA-48 5.4).
        case controlSequence
        /// After ESC ] P X ^ or _: up to BEL or ESC \ (ECMA-48 5.6).
        case string
        case stringEnd
    }

    /// A printk record has at most 2048 bytes with its prefixes (PRINTK_MESSAGE_MAX in kernel/printk/internal.h).
    package static let longestLine = 8192

    private let limit: Int
    private var bytes: [UInt8] = []
    private var isCut = false
    private var isOverwritten = false
    private var escape = Escape.none
    private var pendingReturn = false
    package private(set) var lines = 0
    private var hasBytes = false

    /// `limit` is the bytes of a line that are kept.
    package init(limit: Int = Self.longestLine) {
        self.limit = limit
    }

    /// Takes bytes as they come, and hands over each line that is whole now.
    package mutating func add(_ piece: [UInt8], _ onLine: (ConsoleLine) -> Void) {
        var start = 0
        while start < piece.count {
            let end = Self.endOfPlain(piece, from: start)
            var after = end
            if after < piece.count, piece[after] == 0x0d { after += 1 }
            if after < piece.count, piece[after] == 0x0a, !hasBytes {
                // Most lines come whole and hold nothing else.
                lines += 1
                let kept = min(end, start + limit)
                onLine(
                    ConsoleLine(number: lines, bytes: withoutMark(Array(piece[start..<kept])), isCut: kept < end))
                start = after + 1
                continue
            }
            add(plain: piece[start..<end])
            if end > start { hasBytes = true }
            guard end < piece.count else { return }
            if piece[end] == 0x0a {
                onLine(take(isCut: isCut))
            } else {
                hasBytes = true
                add(piece[end])
            }
            start = end + 1
        }
    }

    /// The last line where it has no line feed.
    package mutating func finish(_ onLine: (ConsoleLine) -> Void) {
        if hasBytes { onLine(take(isCut: true)) }
    }

    /// The first byte from `start` on that is not plain; the end where all are.
    private static func endOfPlain(_ piece: [UInt8], from start: Int) -> Int {
        let bytes = piece.span
        var end = start
        while end < bytes.count, isPlain(bytes[end]) { end += 1 }
        return end
    }

    private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7f || byte == 0x09 }

    private mutating func take(isCut: Bool) -> ConsoleLine {
        lines += 1
        let line = ConsoleLine(
            number: lines, bytes: withoutMark(bytes), isCut: isCut, isOverwritten: isOverwritten)
        bytes = []
        self.isCut = false
        isOverwritten = false
        escape = .none
        pendingReturn = false
        hasBytes = false
        return line
    }

    private mutating func add(plain text: ArraySlice<UInt8>) {
        // The first byte behind a carriage return, and those of an escape sequence, are more than text.
        var rest = text
        while let byte = rest.first, escape != .none || pendingReturn {
            add(byte)
            rest.removeFirst()
        }
        let kept = rest.prefix(limit - bytes.count)
        bytes += kept
        if kept.count < rest.count { isCut = true }
    }

    private mutating func add(_ byte: UInt8) {
        switch escape {
        case .none: addPlain(byte)
        case .started:
            switch byte {
            case UInt8(ascii: "["): escape = .controlSequence
            case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
                escape = .string
            case 0x20...0x2f: break
            default: escape = .none
            }
        case .controlSequence:
            if byte == 0x1b { escape = .started } else if (0x40...0x7e).contains(byte) { escape = .none }
        case .string:
            if byte == 0x07 { escape = .none } else if byte == 0x1b { escape = .stringEnd }
        case .stringEnd: escape = byte == UInt8(ascii: "\\") ? .none : .string
        }
    }

    private mutating func addPlain(_ byte: UInt8) {
        switch byte {
        case 0x1b: escape = .started
        case 0x0d:
            // At a line's ends it belongs to the line feed; elsewhere it moves the cursor over text that stays.
            if !bytes.isEmpty { pendingReturn = true }
        case 0x09, 0x20...0x7e, 0x80...0xff:
            if pendingReturn {
                pendingReturn = false
                isOverwritten = true
                append(0x20)
            }
            append(byte)
        case 0x00: isOverwritten = true
        default: break
        }
    }

    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// What an editor may have put before the first line is not of the console.
    private func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        lines == 1 && bytes.starts(with: Self.byteOrderMark) ? Array(bytes.dropFirst(Self.byteOrderMark.count)) : bytes
    }

    private mutating func append(_ byte: UInt8) {
        if bytes.count < limit { bytes.append(byte) } else { isCut = true }
    }
}

/// What printk puts before a message: `[    1.234567]`, with PRINTK_CALLER `[    T1]` too (info_print_prefix() in
/// kernel/printk/printk.c).
enum PrintkPrefix {
    /// How a line begins.
    enum Start: Sendable, Hashable {
        /// With a whole prefix.
        case whole
        /// With the end of a prefix: the line's head was lost, its message was not.
        case partial
        case none
    }

    /// Where the message begins.
    static func start(of bytes: [UInt8], at offset: Int = 0) -> (start: Start, message: Int) {
        if let end = end(in: bytes, from: level(in: bytes, at: offset)) { return (.whole, end) }
        // The prefix's last part: `34567] `, `T1] `.
        let rest = bytes.dropFirst(offset).prefix(16).prefix { $0.isDigit || ". TC".utf8.contains($0) }.endIndex
        return bytes[rest...].starts(with: "] ".utf8) ? (.partial, rest + 2) : (.none, offset)
    }

    /// The time stamp of a whole prefix, in seconds; nil where it has none.
    static func time(of bytes: [UInt8], at offset: Int = 0) -> Double? {
        let start = level(in: bytes, at: offset)
        guard let end = timeEnd(in: bytes, from: start) else { return nil }
        return bytes[start..<end].filter(\.isDigit).reduce(0) { $0 * 10 + Double($1 - UInt8(ascii: "0")) } / 1e6
    }

    /// Offsets at which whole prefixes with a time stamp stand from `message` on.
    static func inside(_ bytes: [UInt8], from message: Int) -> [Int] {
        var places: [Int] = []
        var index = message
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "["), timeEnd(in: bytes, from: index) != nil,
                let end = end(in: bytes, from: index)
            {
                places.append(index)
                index = end
            } else {
                index += 1
            }
        }
        return places
    }

    /// Past `<6>`.
    private static func level(in bytes: [UInt8], at offset: Int) -> Int {
        let rest = bytes.dropFirst(offset)
        let digits = rest.dropFirst().prefix(4).prefix(while: \.isDigit)
        let isLevel = rest.first == UInt8(ascii: "<") && !digits.isEmpty
        return isLevel && bytes[digits.endIndex...].first == UInt8(ascii: ">") ? digits.endIndex + 1 : offset
    }

    private static func end(in bytes: [UInt8], from start: Int) -> Int? {
        let time = timeEnd(in: bytes, from: start)
        let caller = callerEnd(in: bytes, from: time ?? start, width: time == nil ? 6 : 2)
        guard let end = caller ?? time else { return nil }
        if end == bytes.count { return end }
        return bytes[end] == UInt8(ascii: " ") ? end + 1 : nil
    }

    /// What stands in brackets there.
    private static func bracketed(in bytes: [UInt8], from start: Int) -> ArraySlice<UInt8>? {
        guard bytes.dropFirst(start).first == UInt8(ascii: "[") else { return nil }
        let text = bytes[(start + 1)...].prefix(30).prefix { $0 != UInt8(ascii: "]") }
        return bytes[text.endIndex...].isEmpty || text.count == 30 ? nil : text
    }

    /// `[%5lu.%06lu]`
    private static func timeEnd(in bytes: [UInt8], from start: Int) -> Int? {
        guard let text = bracketed(in: bytes, from: start), text.count >= 12,
            text.suffix(6).allSatisfy(\.isDigit), text.dropLast(6).last == UInt8(ascii: "."),
            case let seconds = text.dropLast(7).drop(while: { $0 == UInt8(ascii: " ") }), !seconds.isEmpty,
            seconds.allSatisfy(\.isDigit)
        else { return nil }
        return text.endIndex + 1
    }

    /// `[%6s]` of T or C and a number, of at least `width` characters.
    private static func callerEnd(in bytes: [UInt8], from start: Int, width: Int) -> Int? {
        guard let text = bracketed(in: bytes, from: start), (width..<15).contains(text.count),
            case let caller = text.drop(while: { $0 == UInt8(ascii: " ") }), caller.count > 1,
            caller.first == UInt8(ascii: "T") || caller.first == UInt8(ascii: "C"),
            caller.dropFirst().allSatisfy(\.isDigit)
        else { return nil }
        return text.endIndex + 1
    }
}
