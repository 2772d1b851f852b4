// SPDX-License-Identifier: Apache-2.0

/// How a console wraps lines.
struct ConsoleWrapping: Sendable, Hashable {
    /// Characters of a line that goes on in the next.
    let columns: Int
    /// They are counted after the text that something between the kernel and us writes before each line, since that was
    /// written when the lines were wrapped already.
    let isBehindPrefix: Bool
    /// Most lines have a prefix of printk's.
    let isStamped: Bool
}

/// Joins the lines of a console that wraps.
struct ConsoleUnwrapper: Sendable {
    private struct Open {
        let number: Int
        var bytes: [UInt8]
        let begin: Int?
        var isCut: Bool
        var isJoined = false
        /// The last piece is one character too short: a blank at its end was taken away.
        var isShort: Bool
    }

    private static let blank = UInt8(ascii: " ")
    /// Blanks that may stand where a line was cut.
    private static let mostBlanks = 8

    let wrapping: ConsoleWrapping
    /// What something between the kernel and us writes before lines.
    private let prefix: ConsolePrefix?
    private var open: Open?
    /// Lines that were joined to the one before.
    private(set) var joined = 0

    init(_ wrapping: ConsoleWrapping, _ prefix: ConsolePrefix?) {
        self.wrapping = wrapping
        self.prefix = prefix
    }

    /// Takes a line, and hands over those that are whole.
    mutating func add(_ line: ConsoleLine, _ begin: Int?, _ onLine: (ConsoleLine, Int?) -> Void) {
        let start = wrapping.isBehindPrefix ? begin ?? 0 : 0
        if var whole = open {
            if isRest(line, begin) {
                joined += 1
                whole.isJoined = true
                if whole.isShort { whole.bytes.append(Self.blank) }
                let room = max(0, LineAssembler.longestLine - whole.bytes.count)
                let rest = line.bytes[min(start, line.bytes.count)...]
                whole.bytes += rest.prefix(room)
                whole.isCut = whole.isCut || line.isCut || rest.count > room
                open = whole
            } else {
                // A time in a name looks like a clock before a line, and no clock runs back.
                if isSaying(line, begin)
                    || (wrapping.isStamped ? isText(line) && !isStamped(line, begin) : precedes(line, whole.bytes))
                {
                    open?.isCut = true
                }
                release(onLine)
                open = Open(number: line.number, bytes: line.bytes, begin: begin, isCut: line.isCut, isShort: false)
            }
        } else {
            open = Open(number: line.number, bytes: line.bytes, begin: begin, isCut: line.isCut, isShort: false)
        }
        let piece = line.bytes[min(start, line.bytes.count)...]
        let blanks = piece.count - piece.withoutTrailingBlanks.count
        if let missing = ConsoleWidth.missing(piece, to: wrapping.columns), blanks <= Self.mostBlanks {
            open?.isShort = missing == 1
        } else {
            release(onLine)
        }
    }

    mutating func finish(_ onLine: (ConsoleLine, Int?) -> Void) { release(onLine) }

    private mutating func release(_ onLine: (ConsoleLine, Int?) -> Void) {
        guard var whole = open else { return }
        open = nil
        // A blank too many or too few at the edge makes another word of a directive.
        if whole.isJoined, case let message = PrintkPrefix.start(of: whole.bytes, at: whole.begin ?? 0).message,
            case .result(let result) = KTAPLine(Self.body(whole.bytes[min(message, whole.bytes.count)...])),
            result.isOK, result.directive == nil, !result.remark.isEmpty
        {
            whole.isCut = true
        }
        onLine(ConsoleLine(number: whole.number, bytes: whole.bytes, isCut: whole.isCut), whole.begin)
    }

    /// Whether a line begins with nothing that the lines of this console begin with.
    private func isRest(_ line: ConsoleLine, _ begin: Int?) -> Bool {
        guard isText(line), wrapping.isBehindPrefix == (begin != nil),
            wrapping.isBehindPrefix || prefix?.begins(line.bytes) != true
        else { return false }
        return !isStamped(line, begin) && !isSaying(line, begin)
    }

    /// Whether a line says something by itself: printk writes of dropped messages without a time stamp, and a level stands
    /// before each row where something else has wrapped them.
    private func isSaying(_ line: ConsoleLine, _ begin: Int?) -> Bool {
        let text = line.bytes[min(begin ?? 0, line.bytes.count)...].withoutTrailingBlanks
        if ConsoleEvent.Kind(message: text) != nil || text.first == UInt8(ascii: "<") { return true }
        switch KTAPLine(Self.body(text)) {
        case .version, .plan, .result, .subtest, .statistics, .bailOut: return true
        case .diagnostic, .other: return false
        }
    }

    private static func body(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        text.drop { $0 == blank }.withoutTrailingBlanks
    }

    private func isText(_ line: ConsoleLine) -> Bool { !line.bytes.withoutTrailingBlanks.isEmpty }

    /// Whether the clock before a line is earlier than that of the line before.
    private func precedes(_ line: ConsoleLine, _ before: [UInt8]) -> Bool {
        guard let prefix, let time = prefix.values(in: line.bytes), let last = prefix.values(in: before) else {
            return false
        }
        return time.lexicographicallyPrecedes(last)
    }

    private func isStamped(_ line: ConsoleLine, _ begin: Int?) -> Bool {
        PrintkPrefix.start(of: line.bytes, at: begin ?? 0).start == .whole
    }
}

extension [UInt8] {
    fileprivate var withoutTrailingBlanks: ArraySlice<UInt8> { self[...].withoutTrailingBlanks }
}
