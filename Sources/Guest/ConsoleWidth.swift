// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// Finds out whether a console wrapped or cut its lines at a width, so that the end of a result, which may say that it
/// was skipped, stands on the next line or is missing.
///
/// Nothing says so by itself. Many lines of one width, none that is wider, and after them lines that begin with
/// nothing of what the others begin with, do. Where that is certain, a second reading joins the lines
/// (`ConsoleUnwrapper`); elsewhere the results at the edge are unknown.
struct ConsoleWidth: Sendable {
    /// A line, as it is read.
    struct Line {
        let number: Int
        let bytes: [UInt8]
        /// Where the text begins after what something between the kernel and us wrote.
        let begin: Int?
        /// It begins with that, be it with fewer blanks.
        let hasPrefix: Bool
        /// A whole prefix of printk's stands there.
        let isStamped: Bool
        /// After all prefixes, and without blanks at its end.
        let text: ArraySlice<UInt8>
        /// What it says as a result; nil where it is none.
        let isOK: Bool?
    }

    /// A result that may be unknown for its width.
    private struct Candidate {
        let line: Int
        let width: Int
        /// The next line may be its rest.
        var isFollowed = false
    }

    /// Lines measured from one column on.
    private struct Edge {
        var widest = 0
        /// Lines as wide as that, what they say (without numbers, and of results the lengths of words), and those that
        /// a line without a head follows.
        var count = 0
        var texts: Set<Int> = []
        var followed = 0
        var continued = 0
        var continuedTexts: Set<Int> = []
        /// Lines that begin as the kernel's do, and lines that do not and follow none of full width.
        var heads = 0
        var stamped = 0
        var strays = 0
        /// The hash of the last line's text, where it is as wide as the widest so far.
        var open: Int?
        var candidates: [Candidate] = []

        mutating func widen(to width: Int) {
            widest = width
            strays += continued
            (count, followed, continued) = (0, 0, 0)
            texts = []
            continuedTexts = []
            candidates.removeAll { $0.width < width - 1 }
        }

        /// Results whose names are made alike have one width for that reason, and are not many lines.
        var isLimit: Bool {
            widest >= ConsoleWidth.narrowest
                && (texts.count >= ConsoleWidth.few || ConsoleWidth.usual.contains(widest) && count >= 2)
        }

        /// Whether each doubt is excluded that lines of this width go on in the next.
        var isWrapped: Bool {
            widest >= ConsoleWidth.narrowest && continuedTexts.count >= ConsoleWidth.few
                && continued * 4 >= followed * 3 && heads >= 10 && heads >= strays * 4
        }
    }

    static let usual: Set<Int> = [79, 80, 131, 132]
    static let narrowest = 40
    private static let few = 3
    private static let blank = UInt8(ascii: " ")
    private static let hash = UInt8(ascii: "#")
    private static let tab: UInt8 = 0x09
    private static let not = Array("not".utf8)
    private static let starts = ["KTAP version ", "TAP version ", "1.."].map { Array($0.utf8) }
    private static let anyResult = Array("ok 1 ".utf8)
    /// Reasons that are kept; the results of a log have no more lines.
    private static let most = 200_000

    /// Lines are joined already: what is as wide as the console is whole.
    private let isUnwrapped: Bool
    /// From the first column, and from what follows the text that is not the kernel's.
    private var outer = Edge()
    private var inner = Edge()
    private var doubts: [Int: String] = [:]
    /// The result on the last line, or on one that the lines since may go on with.
    private var last: (line: Int, hasTab: Bool, isStamped: Bool)?
    private var torn = Torn.none

    /// Whether a line since the last result may hold the beginning of one that failed.
    private enum Torn {
        case none
        /// The line before does.
        case mayBe
        /// One says `not` and nothing else, before the kernel's message or its end.
        case certain
    }

    init(isUnwrapped: Bool = false) {
        self.isUnwrapped = isUnwrapped
    }

    /// Whether the last line was as wide as the widest so far.
    var isOpen: Bool { outer.open != nil || inner.open != nil }

    /// How the lines are wrapped, where that is certain.
    var wrapping: ConsoleWrapping? {
        guard !isUnwrapped, let edge = [outer, inner].first(where: \.isWrapped) else { return nil }
        return ConsoleWrapping(columns: edge.widest, isStamped: edge.stamped * 10 >= edge.heads * 9)
    }

    /// Says that a result is not known for another reason.
    mutating func doubt(_ line: Int, _ reason: String) {
        if doubts.count < Self.most { doubts[line] = reason }
    }

    /// The last line holds another message after `text`, which the next line may go on with.
    mutating func interrupt(after text: ArraySlice<UInt8>) {
        outer.open = nil
        inner.open = nil
        last = nil
        noteNot(text, isBlank: false)
    }

    mutating func add(_ line: Line, hasPrefix: Bool) {
        let mayGoOn = !line.isStamped && !line.text.isEmpty
        if mayGoOn {
            if line.isOK != nil {
                if torn != .none, line.isOK == true {
                    doubt(line.number, "the line before it holds a \"not\" that may be its beginning")
                }
            } else if let last, Self.hasDirective(line.text),
                line.text.first != Self.hash || last.hasTab || last.isStamped
            {
                // One that begins so is most often a comment; how wide a line with tabs is is not known, and comments
                // of stamped results are stamped.
                doubt(last.line, "the next line has a directive, and may be its rest")
            }
        }
        let isFull = Self.measure(
            line, from: 0, isHead: line.isStamped || line.hasPrefix, mayGoOn, isUnwrapped, &outer)
        var isFullInside = false
        if hasPrefix {
            if let begin = line.begin {
                isFullInside = Self.measure(
                    line, from: begin, isHead: line.isStamped, mayGoOn, isUnwrapped, &inner)
            } else {
                inner.open = nil
            }
        }
        if line.isOK != nil {
            last = (line.number, line.text.contains(Self.tab), line.isStamped)
        } else if !mayGoOn || !isFull && !isFullInside {
            last = nil
        }
        if line.isOK == nil {
            noteNot(line.text, isBlank: line.text.isEmpty && !line.isStamped)
        } else if !line.isStamped {
            torn = .none
        }
    }

    /// Takes a line that is no result, or what stands before another message in one.
    private mutating func noteNot(_ text: ArraySlice<UInt8>, isBlank: Bool) {
        if text.drop(while: { $0.isBlank }) == Self.not[...] {
            torn = .certain
        } else if torn != .certain, !isBlank {
            torn = Self.hasNot(text) ? .mayBe : .none
        }
    }

    /// Whether a line may hold the beginning of a result that failed: it ends so, or begins so and another message follows.
    private static func hasNot(_ text: ArraySlice<UInt8>) -> Bool {
        if text.suffix(not.count) == not[...] {
            // A comment of words may end so.
            let isWord = text.dropLast(not.count).last == 0x20
            return !(text.first == hash && isWord)
        }
        let body = text.drop(while: \.isBlank)
        guard body.starts(with: not), let next = body.dropFirst(not.count).first else { return false }
        return next == 0x20 || next == UInt8(ascii: "[")
    }

    /// Whether the line is as wide as the widest so far.
    private static func measure(
        _ line: Line, from start: Int, isHead: Bool, _ mayGoOn: Bool, _ isUnwrapped: Bool, _ edge: inout Edge
    ) -> Bool {
        guard isHead || !line.text.isEmpty else {
            edge.open = nil
            return false
        }
        if isHead { edge.heads += 1 }
        if line.isStamped { edge.stamped += 1 }
        let opened = edge.open
        edge.open = nil
        if let opened {
            edge.followed += 1
            if !isHead {
                edge.continued += 1
                if edge.continuedTexts.count < few { edge.continuedTexts.insert(opened) }
            }
            if mayGoOn, !isUnwrapped {
                let place = edge.candidates.indices.last
                if let place, edge.candidates[place].line == line.number - 1, !isStart(line) {
                    edge.candidates[place].isFollowed = true
                }
                // Its head may stand on the line before.
                if line.isOK == true { edge.candidates.append(Candidate(line: line.number, width: edge.widest)) }
            }
        } else if !isHead {
            edge.strays += 1
        }
        guard line.bytes.count - start >= edge.widest - 1 else { return false }
        let width = columns(line.bytes[start...])
        if width > edge.widest { edge.widen(to: width) }
        let used = width - (line.bytes.count - max(start, line.text.endIndex))
        // Where blanks fill all lines, those do not count.
        guard used >= edge.widest - 1 || line.text.isEmpty && line.bytes.count - start <= edge.widest else {
            return false
        }
        edge.count += 1
        let text = hash(line.text)
        if edge.texts.count < few { edge.texts.insert(line.isOK == nil ? text : shape(line.text)) }
        if line.isOK == true, !isUnwrapped { edge.candidates.append(Candidate(line: line.number, width: used)) }
        edge.open = text
        return true
    }

    private static func hash(_ text: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        for byte in text.prefix(200) where !byte.isDigit {
            hasher.combine(byte)
        }
        return hasher.finalize()
    }

    /// Characters, where the bytes are UTF-8.
    private static func columns(_ bytes: ArraySlice<UInt8>) -> Int { bytes.count { $0 & 0xc0 != 0x80 } }

    /// The lengths of a text's words: names that are made alike have them in common.
    private static func shape(_ text: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        for word in text.prefix(200).split(whereSeparator: { $0 == blank || $0 == tab || $0 == UInt8(ascii: "_") }) {
            hasher.combine(word.count)
        }
        return hasher.finalize()
    }

    /// How many columns a line lacks to a width, where that is none or one: a blank at its end may have been taken away.
    /// A tab is one column or goes to the next multiple of eight.
    static func missing(_ bytes: ArraySlice<UInt8>, to width: Int) -> Int? {
        let plain = bytes.count >= width - 1 ? columns(bytes) : 0
        if plain == width || plain == width - 1 { return width - plain }
        guard bytes.contains(tab) else { return nil }
        var column = 0
        for byte in bytes where byte & 0xc0 != 0x80 { column = byte == tab ? (column / 8 + 1) * 8 : column + 1 }
        return column == width || column == width - 1 ? width - column : nil
    }

    /// Whether a line says by itself that it is one.
    private static func isStart(_ line: Line) -> Bool {
        if line.isOK != nil { return true }
        let body = line.text.drop(while: \.isBlank)
        return body.first == hash && !hasDirective(body) || starts.contains { body.starts(with: $0) }
    }

    private static func hasDirective(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.contains(hash) else { return false }
        let body = text.drop(while: \.isBlank)
        return KTAPResultLine((anyResult + body)[...])?.directive != nil
    }

    // MARK: The judgement

    /// The results, of which those whose line may not be whole are unknown.
    func judged(_ tests: [TestResult]) -> [TestResult] {
        var reasons = doubts
        for edge in [outer, inner] where edge.widest >= Self.narrowest && !isUnwrapped {
            for candidate in edge.candidates where edge.isLimit || candidate.isFollowed {
                let what =
                    candidate.isFollowed
                    ? "its end, and what it says there, may stand on the next line"
                    : "its end, and what it says there, may be cut"
                reasons[candidate.line] = "its line is as wide as the console, \(edge.widest) characters: \(what)"
            }
        }
        guard !reasons.isEmpty else { return tests }
        return tests.map { judged($0, reasons) }
    }

    /// Results nest no deeper than the parser allows.
    private func judged(_ test: TestResult, _ known: [Int: String]) -> TestResult {
        let children = test.children.map { judged($0, known) }
        var reasons: [String] = []
        if let line = test.line, let reason = known[line], test.outcome == .pass || doubts[line] != nil {
            reasons.append(reason)
        }
        if test.outcome == .pass {
            let unknown = children.count { $0.outcome == .unknown }
            if unknown > 0 { reasons.append("\(unknown) of the results inside are unknown") }
        }
        guard !reasons.isEmpty || children != test.children else { return test }
        return test.with(reasons.isEmpty ? test.outcome : .unknown, reasons, children: children)
    }
}
