// SPDX-License-Identifier: Apache-2.0
internal import Records

/// How a console wraps lines.
struct ConsoleWrapping: Sendable, Hashable {
    /// Characters of a line that goes on in the next.
    let columns: Int
    /// Most lines have a prefix of printk's.
    let isStamped: Bool
}

/// Joins the lines of a console that wraps.
struct ConsoleUnwrapper: Sendable {
    private struct Open {
        let number: Int
        var bytes: [UInt8]
        var isCut: Bool
        var isJoined = false
        /// The last piece is one character too short: a blank at its end was taken away.
        var isShort: Bool
    }

    private static let blank = UInt8(ascii: " ")
    /// Blanks that may stand where a line was cut.
    private static let mostBlanks = 8

    let wrapping: ConsoleWrapping
    private var open: Open?
    /// Lines that were joined to the one before.
    private(set) var joined = 0

    init(_ wrapping: ConsoleWrapping) {
        self.wrapping = wrapping
    }

    /// Takes a line, and hands over those that are whole.
    mutating func add(_ line: ConsoleLine, _ onLine: (ConsoleLine) -> Void) {
        if var whole = open, isRest(line) {
            joined += 1
            whole.isJoined = true
            if whole.isShort { whole.bytes.append(Self.blank) }
            let room = max(0, LineAssembler.longestLine - whole.bytes.count)
            whole.bytes += line.bytes.prefix(room)
            whole.isCut = whole.isCut || line.isCut || line.bytes.count > room
            open = whole
        } else {
            if isSaying(line) || wrapping.isStamped && isText(line) && !isStamped(line) { open?.isCut = true }
            release(onLine)
            open = Open(number: line.number, bytes: line.bytes, isCut: line.isCut, isShort: false)
        }
        let blanks = line.bytes.count - line.bytes.withoutTrailingBlanks.count
        if let missing = ConsoleWidth.missing(line.bytes[...], to: wrapping.columns), blanks <= Self.mostBlanks {
            open?.isShort = missing == 1
        } else {
            release(onLine)
        }
    }

    mutating func finish(_ onLine: (ConsoleLine) -> Void) { release(onLine) }

    private mutating func release(_ onLine: (ConsoleLine) -> Void) {
        guard var whole = open else { return }
        open = nil
        // A blank too many or too few at the edge makes another word of a directive.
        if whole.isJoined, case let message = PrintkPrefix.start(of: whole.bytes, at: 0).message,
            case .result(let result) = KTAPLine(Self.body(whole.bytes[min(message, whole.bytes.count)...])),
            result.isOK, result.directive == nil, !result.remark.isEmpty
        {
            whole.isCut = true
        }
        onLine(ConsoleLine(number: whole.number, bytes: whole.bytes, isCut: whole.isCut))
    }

    /// Whether a line begins with nothing that the lines of this console begin with.
    private func isRest(_ line: ConsoleLine) -> Bool { isText(line) && !isStamped(line) && !isSaying(line) }

    /// Whether a line says something by itself: printk writes of dropped messages without a time stamp, and a level stands
    /// before each row where something else has wrapped them.
    private func isSaying(_ line: ConsoleLine) -> Bool {
        let text = line.bytes.withoutTrailingBlanks
        if ConsoleEvent.Kind(message: text) != nil || text.first == UInt8(ascii: "<") { return true }
        return KTAPLine(Self.body(text)).isOfResults
    }

    private static func body(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        text.drop { $0 == blank }.withoutTrailingBlanks
    }

    private func isText(_ line: ConsoleLine) -> Bool { !line.bytes.withoutTrailingBlanks.isEmpty }

    private func isStamped(_ line: ConsoleLine) -> Bool {
        PrintkPrefix.start(of: line.bytes, at: 0).start == .whole
    }
}

extension [UInt8] {
    fileprivate var withoutTrailingBlanks: ArraySlice<UInt8> { self[...].withoutTrailingBlanks }
}
