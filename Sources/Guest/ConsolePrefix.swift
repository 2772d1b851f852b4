// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// What something between the kernel and us writes before each line: a clock, a name, or both.
///
/// It is known by its shape: numbers can have other digits, months and days other names; all else is the same on each
/// line.
struct ConsolePrefix: Sendable, Hashable {
    private enum Element: Sendable, Hashable {
        case byte(UInt8)
        /// Digits, with blanks before them where `isPadded`.
        case number(isPadded: Bool)
        /// One of the words of a table.
        case word(Table)
        /// What `dmesg --decode` writes, `kern  :info  :`, or BusyBox's syslogd, `kern.info`.
        case priority
        /// What `dmesg --human` writes: `[Nov27 17:09]` once a minute, else `[  +0.000006]`.
        case moment
    }

    private enum Table: CaseIterable {
        case month
        case weekday
        case half

        var words: [[UInt8]] {
            switch self {
            case .month: months
            case .weekday: weekdays
            case .half: halves
            }
        }
    }

    private static let months = words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
    private static let weekdays = words("Mon Tue Wed Thu Fri Sat Sun")
    private static let halves = words("AM PM am pm")
    /// Of syslog(3), as dmesg writes them.
    private static let facilities = words(
        "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp local0 local1 local2 local3 local4 local5 "
            + "local6 local7")
    private static let levels = words("emerg alert crit err warn notice info debug")
    private static let blank = UInt8(ascii: " ")
    private static let result = words("ok not")
    /// A prefix is no longer.
    static let longest = 100
    /// Lines that are looked at together where none of them shows by itself where its prefix ends.
    static let window = 12

    private let elements: [Element]
    /// Of the elements, those before the blanks at the end.
    private let unblank: Int
    /// The text that its shape was taken from.
    let sample: String
    /// It has a time of day or a date in it.
    let hasClock: Bool

    /// The shape of a text; nil where it can't be a prefix.
    init?(_ bytes: ArraySlice<UInt8>) {
        let body = bytes.drop(while: \.isBlank).withoutTrailingBlanks
        // BuildKit's number of a step and seconds, `#11 12.34 `.
        let isStep = body.first == UInt8(ascii: "#") && body.dropFirst().first.map(\.isDigit) == true
        guard bytes.count <= Self.longest, let first = body.first, first != UInt8(ascii: "#") || isStep else {
            return nil
        }
        // A record of another form ends in more than its message.
        guard !bytes.contains(UInt8(ascii: "{")), !bytes.contains(UInt8(ascii: "\"")) else { return nil }
        // Another message may stand in a result, or in the beginning of one.
        guard KTAPLine(body) == .other || isStep,
            !Self.result.contains(where: { body.elementsEqual($0) || body.starts(with: $0 + [Self.blank]) })
        else { return nil }
        var elements: [Element] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "["), let end = Self.momentEnd(in: bytes, from: index) {
                elements.append(.moment)
                index = end
                continue
            }
            if index == bytes.startIndex || bytes[index - 1] == Self.blank,
                let end = Self.priorityEnd(in: bytes, from: index)
            {
                elements.append(.priority)
                index = end
                continue
            }
            if byte.isDigit {
                var isPadded = elements.isEmpty || elements.last == .byte(UInt8(ascii: "["))
                while elements.last == .byte(Self.blank) {
                    elements.removeLast()
                    isPadded = true
                }
                if isPadded, elements.last.map(Self.isWord) == true { elements.append(.byte(Self.blank)) }
                elements.append(.number(isPadded: isPadded))
                while index < bytes.endIndex, bytes[index].isDigit { index += 1 }
                continue
            }
            let word = bytes[index...].prefix(while: \.isLetter)
            if word.isEmpty {
                elements.append(.byte(byte))
                index += 1
                continue
            }
            let table = Table.allCases.first { $0.words.contains(Array(word)) }
            elements += table.map { [.word($0)] } ?? word.map(Element.byte)
            index = word.endIndex
        }
        // A name or a number that goes on in the message is not a prefix, and a comment of KTAP is not one.
        guard bytes.withoutTrailingBlanks.last != UInt8(ascii: "#"), let last = bytes.last, !last.isLetter,
            !last.isDigit
        else { return nil }
        self.elements = elements
        unblank = elements.count - elements.reversed().prefix { $0 == .byte(Self.blank) || $0 == .byte(0x09) }.count
        sample = bytes.withoutTrailingBlanks.consoleText
        hasClock = Self.hasClock(elements)
    }

    /// Where the message of a line begins; nil where the line does not begin with this prefix. Of a line that is
    /// nothing else, blanks at the end may be missing.
    func end(in bytes: [UInt8], from start: Int = 0) -> Int? {
        end(in: bytes, from: start, elements.count)
    }

    /// Whether a line begins with it, be it with fewer blanks at its end.
    func begins(_ bytes: [UInt8]) -> Bool { end(in: bytes, from: 0, unblank) != nil }

    private func end(in bytes: [UInt8], from start: Int, _ count: Int) -> Int? {
        var index = start
        for (place, element) in elements.prefix(count).enumerated() {
            switch element {
            case .byte(let byte):
                guard index < bytes.count else {
                    let isRestBlank = elements[place...].allSatisfy { $0 == .byte(Self.blank) || $0 == .byte(0x09) }
                    return isRestBlank && index > start ? index : nil
                }
                guard bytes[index] == byte else { return nil }
                index += 1
            case .number(let isPadded):
                if isPadded { while index < bytes.count, bytes[index] == Self.blank { index += 1 } }
                let digits = index
                while index < bytes.count, index - digits < 20, bytes[index].isDigit { index += 1 }
                guard index > digits else { return nil }
            case .word(let table):
                guard let word = table.words.first(where: bytes[index...].starts) else { return nil }
                index += word.count
            case .priority:
                guard let end = Self.priorityEnd(in: bytes[...], from: index) else { return nil }
                index = end
            case .moment:
                guard let end = Self.momentEnd(in: bytes[...], from: index) else { return nil }
                index = end
            }
        }
        return index
    }

    /// Where it stands inside of a line, too, for which two lines may have become one.
    func places(in bytes: [UInt8], from start: Int) -> [Int] {
        guard hasClock, start < bytes.count else { return [] }
        return (start..<bytes.count).filter { bytes[$0] != Self.blank && end(in: bytes, from: $0) != nil }
    }

    /// The numbers and months of it where a line has it, to be compared one after the other; nil where they can't be.
    func values(in bytes: [UInt8], from start: Int = 0) -> [Int]? {
        guard let end = end(in: bytes, from: start), !elements.contains(.word(.half)), !elements.contains(.moment)
        else { return nil }
        var values: [Int] = []
        var index = start
        while index < end {
            if bytes[index].isDigit {
                let digits = bytes[index..<end].prefix(while: \.isDigit)
                guard digits.count <= 18 else { return nil }
                values.append(digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
                index = digits.endIndex
            } else if bytes[index].isLetter {
                let word = Array(bytes[index..<end].prefix(while: \.isLetter))
                if let month = Self.months.firstIndex(of: word) { values.append(month) }
                index += word.count
            } else {
                index += 1
            }
        }
        return values
    }

    /// The prefix that lines have in common, where it can be told from what they say: a clock on most of them, or a name
    /// with `:`, `|`, `>`, `]` or `)` behind it on all.
    static func common(to lines: [ConsoleLine]) -> ConsolePrefix? {
        let full = lines.filter { line in !line.bytes.allSatisfy(\.isBlank) }
        for first in full.prefix(3).map(\.bytes) {
            var found: ConsolePrefix?
            for end in 1..<max(2, min(first.count, longest)) where first[end - 1].isBlank && !first[end].isBlank {
                guard let prefix = ConsolePrefix(first[..<end]), prefix.isPlausible else { continue }
                let count = full.count { prefix.end(in: $0.bytes) != nil }
                guard prefix.hasClock ? count >= 2 && count * 4 >= full.count * 3 : count == full.count else { break }
                // A word of the kernel's own that all lines begin with is none.
                guard prefix.hasClock || full.count >= 8 && !full.contains(where: { isKernelText($0.bytes[...]) })
                else {
                    break
                }
                found = prefix
            }
            if let found { return found }
        }
        return nil
    }

    private static func isKernelText(_ bytes: ArraySlice<UInt8>) -> Bool {
        ConsoleEvent.Kind(message: bytes) != nil || bytes.starts(with: ConsoleReader.markerBytes)
    }

    private var isPlausible: Bool {
        let trimmed = elements.reversed().drop { $0 == .byte(Self.blank) || $0 == .byte(0x09) }
        guard let last = trimmed.first else { return false }
        switch last {
        case .byte(let byte):
            guard ":|>])".utf8.contains(byte) || "ZC".utf8.contains(byte) && hasClock else { return false }
            return hasClock || elements.allSatisfy { if case .byte = $0 { true } else { false } }
        case .priority: return true
        case .number, .word, .moment: return hasClock
        }
    }

    /// `12:36:27`, `2026-11-27`, seconds since 1970.
    private static func hasClock(_ elements: [Element]) -> Bool {
        if elements.contains(.moment) { return true }
        func isNumber(_ index: Int) -> Bool {
            guard elements.indices.contains(index), case .number = elements[index] else { return false }
            return true
        }
        return elements.indices.contains { index in
            guard isNumber(index), elements.indices.contains(index + 1), case .byte(let mark) = elements[index + 1],
                isNumber(index + 2)
            else { return false }
            return mark == UInt8(ascii: ":") || mark == UInt8(ascii: ".")
                || mark == UInt8(ascii: "-") && elements.indices.contains(index + 3)
                    && elements[index + 3] == .byte(mark) && isNumber(index + 4)
        }
    }

    private static func isWord(_ element: Element) -> Bool {
        if case .byte(let byte) = element { byte.isLetter } else { element != .moment }
    }

    /// Past `kern  :info  :`, each word padded to six characters, or `kern.info`.
    private static func priorityEnd(in bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
        func end(of table: [[UInt8]], from start: Int) -> Int? {
            let word = bytes[start...].prefix { $0.isLetter || $0.isDigit }
            return table.contains { $0.elementsEqual(word) } ? word.endIndex : nil
        }
        func colonEnd(from start: Int) -> Int? {
            let rest = bytes[start...].drop { $0 == blank }
            return rest.first == UInt8(ascii: ":") ? rest.startIndex + 1 : nil
        }
        guard start < bytes.endIndex, let facility = end(of: facilities, from: start), facility < bytes.endIndex else {
            return nil
        }
        if bytes[facility] == UInt8(ascii: ".") { return end(of: levels, from: facility + 1) }
        guard let level = colonEnd(from: facility) else { return nil }
        return end(of: levels, from: level).flatMap(colonEnd)
    }

    /// Past `[Nov27 17:09]`, `[Nov 7 17:09]` or `[  +0.000006]`.
    private static func momentEnd(in bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
        guard start < bytes.endIndex, bytes[start] == UInt8(ascii: "[") else { return nil }
        let text = bytes[(start + 1)...].prefix(24).prefix { $0 != UInt8(ascii: "]") }
        guard text.endIndex < bytes.endIndex, bytes[text.endIndex] == UInt8(ascii: "]") else { return nil }
        let end = text.endIndex + 1
        let number = text.drop { $0 == blank }
        if let sign = number.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            let parts = number.dropFirst().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            let isNumber = parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isDigit) }
            return isNumber ? end : nil
        }
        guard months.contains(where: { text.starts(with: $0) }), text.count == 11 else { return nil }
        let form = text.dropFirst(3).map { $0.isDigit ? UInt8(ascii: "0") : $0 }
        return form == Array("00 00:00".utf8) || form == Array(" 0 00:00".utf8) ? end : nil
    }

    private static func words(_ text: String) -> [[UInt8]] { text.split(separator: " ").map { Array($0.utf8) } }
}

/// Finds out what stands before each line of a console.
///
/// Some lines show it: where a time stamp of printk's, a version line of KTAP or the kernel's first line does not begin
/// the line, all before it is a prefix. Where none of the first lines does, what they have in common is.
struct ConsolePrefixFinder: Sendable {
    private(set) var prefix: ConsolePrefix?
    /// The longest line so far: one that is as long may go on in the next, which has no prefix then.
    private var longest = 0
    private var isOpen = false
    /// A line has shown where its prefix ends.
    private var isAnchored = false
    /// Prefixes that a line showed and the following ones do not have.
    private var refuted = 0
    private var hits = 0
    private var misses = 0
    private var held: [ConsoleLine] = []
    private var isDecided = false
    private var lastHeld = 0

    private static let mark = Array("TAP version ".utf8)
    private static let banner = Array("Linux version ".utf8)
    private static let source = Array("kernel: ".utf8)
    /// Lines that have to have a prefix, most of them, after the one that showed it.
    private static let sample = 32

    /// Of a console of which an earlier reading has found none: it looks for none.
    static var ofNone: ConsolePrefixFinder {
        var finder = ConsolePrefixFinder()
        finder.isAnchored = true
        finder.isDecided = true
        return finder
    }

    /// Where a line's text begins.
    struct Place {
        /// Behind the prefix; nil where the line does not have it.
        let end: Int?
        /// There is one that the lines before it have.
        let hasPrefix: Bool
    }

    /// Takes a line, and hands over those whose prefix is decided.
    mutating func add(_ line: ConsoleLine, _ onLine: (ConsoleLine, Place) -> Void) {
        if !isAnchored { look(at: line) }
        if !isDecided {
            held.append(line)
            guard held.count >= ConsolePrefix.window else { return }
            prefix = ConsolePrefix.common(to: held)
            isDecided = true
        }
        if held.isEmpty { return hand(over: line, onLine) }
        release(onLine)
        // Where the line itself decided, it was not held.
        if line.number > lastHeld { hand(over: line, onLine) }
    }

    /// The console has no more lines: hands over what is held.
    mutating func finish(_ onLine: (ConsoleLine, Place) -> Void) {
        if !isDecided { prefix = ConsolePrefix.common(to: held) }
        isDecided = true
        release(onLine)
    }

    private mutating func release(_ onLine: (ConsoleLine, Place) -> Void) {
        let lines = held
        held = []
        lastHeld = lines.last?.number ?? lastHeld
        for line in lines { hand(over: line, onLine) }
    }

    private mutating func hand(over line: ConsoleLine, _ onLine: (ConsoleLine, Place) -> Void) {
        let end = prefix?.end(in: line.bytes)
        if prefix != nil, !line.bytes.isEmpty, hits + misses < Self.sample {
            if end != nil { hits += 1 } else if !isOpen { misses += 1 }
            longest = max(longest, line.bytes.count)
            isOpen = line.bytes.count + 1 >= longest
            if misses >= 16, misses > hits {
                // The line that showed it was not like the others.
                prefix = nil
                refuted += 1
                isAnchored = refuted > 3
            }
        }
        onLine(line, Place(end: end, hasPrefix: prefix != nil))
    }

    private mutating func look(at line: ConsoleLine) {
        guard let offset = Self.anchor(in: line.bytes, after: prefix) else { return }
        if let prefix, prefix.end(in: line.bytes) == offset {
            isAnchored = true
            return
        }
        if offset == 0 || line.bytes[..<offset].allSatisfy({ $0.isBlank }) {
            prefix = nil
        } else if let found = ConsolePrefix(Self.withoutIndentation(line.bytes[..<offset])) {
            prefix = found
            (hits, misses) = (0, 0)
        } else {
            return
        }
        isAnchored = true
        isDecided = true
    }

    /// KTAP indents by four blanks; those of a document that is inside another are not of the prefix.
    private static func withoutIndentation(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let blanks = bytes.count - bytes.withoutTrailingBlanks.count
        return blanks > 4 ? bytes.dropLast((blanks - 1) / 4 * 4) : bytes
    }

    /// Where the kernel's own text begins in a line that shows it.
    private static func anchor(in bytes: [UInt8], after prefix: ConsolePrefix?) -> Int? {
        let (start, message) = PrintkPrefix.start(of: bytes)
        if start == .whole { return journalEnd(in: bytes, from: message) ?? 0 }
        var offset = PrintkPrefix.inside(bytes, from: 0).first
        // With the level before it.
        if let place = offset, place >= 3, bytes[place - 1] == UInt8(ascii: ">"), bytes[place - 3] == UInt8(ascii: "<")
        {
            offset = place - 3
        }
        let line = bytes[...].withoutTrailingBlanks
        if let place = line.offset(of: mark) {
            for version in KTAPLine.versions
            where line.count >= version.count && line.suffix(version.count).elementsEqual(version) {
                // `TAP` is the end of `KTAP`.
                let isWhole = version[0] == UInt8(ascii: "K") || place == 0 || line[place - 1] != UInt8(ascii: "K")
                if isWhole { offset = min(offset ?? .max, line.endIndex - version.count) }
            }
        }
        if let place = line.prefix(ConsolePrefix.longest + banner.count).offset(of: banner) {
            let next = place + banner.count
            if next < bytes.count, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(bytes[next]) {
                offset = min(offset ?? .max, place)
            }
        }
        return offset.flatMap { $0 <= ConsolePrefix.longest ? $0 : nil }
    }

    /// Past the names that `journalctl --output short-monotonic` writes behind a time stamp that looks as printk's:
    /// `lpar7 kernel: `.
    private static func journalEnd(in bytes: [UInt8], from start: Int) -> Int? {
        let host = bytes[start...].prefix { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
        let name = bytes[host.endIndex...].starts(with: [0x20]) ? host.endIndex + 1 : start
        return bytes[name...].starts(with: source) ? name + source.count : nil
    }
}
