// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// Turns a console's bytes, as they come, into events, test results and the guest's steps.
///
/// Any bytes will do; memory is bounded by the limits of the parts. Test results are read as `KTAPParser` says.
package struct ConsoleReader: Sendable {
    /// What became of one step of the guest.
    package struct Step: Sendable, Hashable {
        package let title: String
        package var hasStarted = false
        /// Exit status of its command; nil where it did not end.
        package var status: Int?
        /// What the command and the kernel said meanwhile.
        package var messages: [String] = []
        /// What the command alone said, where that is asked for.
        package var said: [String] = []
        /// By the kernel's clock, in seconds; nil where the line had no time stamp or did not come.
        package var startedAt: Double?
        package var endedAt: Double?
    }

    /// Begins each line that the guest's script says.
    static let marker = "bessemer: "
    static let markerBytes = Array(marker.utf8)
    /// kernel/reboot.c
    private static let endStart = Array("reboot: ".utf8)
    private static let bannerStart = Array("Linux version ".utf8)
    private static let refusalStart = Array("The Linux kernel requires more recent processor hardware".utf8)
    private static let resultStart = Array(" ok ".utf8)
    private static let eventLimit = 2000
    private static let messageLimit = 200

    private var assembler = LineAssembler()
    private var finder: ConsolePrefixFinder
    private var unwrapper: ConsoleUnwrapper?
    private var width: ConsoleWidth
    private var parser = KTAPParser()
    /// The steps that the guest was told to take.
    package private(set) var steps: [Step]
    package private(set) var events: [ConsoleEvent] = []
    /// Events beyond the limit.
    private var moreEvents = 0
    /// The printk prefix of the line before, where it had a whole one; lines of one record have the same.
    private var lastPrefix: ArraySlice<UInt8> = []
    /// How wide all that stood before the last message was, where that was something.
    private var lastMargin: Int?
    /// What the line before says, after its prefixes.
    private var openText: ArraySlice<UInt8> = []
    /// The last result that may hold a second line: the prefix's numbers before it, and inside.
    private var two: (line: Int, before: [Int]?, inside: [[Int]?])?
    /// Index of the last step that the guest began.
    private var current: Int?
    private var lastBytes: ArraySlice<UInt8> = []
    /// A line with a printk prefix came: there is a kernel on this console.
    package private(set) var hasKernel = false
    package private(set) var hasPanicked = false
    /// The machine lacks what the kernel was built for: what its first instructions said of that, line by line
    /// (arch/s390/boot/als.c). There is no kernel after that.
    package private(set) var refusal: [String] = []
    /// The kernel's version, from the line in which it says it.
    package private(set) var release: String?
    /// No document of results that began was still open when the console ended, and the last line is whole.
    package private(set) var isWhole = false
    /// A line that has a result in it which was not read, for what stands before it.
    private var unreadLines = 0
    private var firstUnread: (line: Int, text: String)?
    private var isLastCut = false
    /// Outermost documents of results that began; known at the end.
    package private(set) var documents = 0
    /// The machine was halted, restarted or switched off, or the kernel had no more to do: nothing was to come.
    package private(set) var isEnded = false
    /// It panicked for another reason than that there was nothing to go on with after its tests.
    private var hasDied = false
    /// How often a kernel proper has said which one it is.
    package private(set) var starts = 0
    private let saidLimit: Int

    /// - Parameters:
    ///   - steps: titles of the steps that the guest's script announces (`GuestPlan.steps`).
    ///   - saidLimit: lines that are kept of what each step's command said, beside its messages.
    package init(steps: [String] = [], saidLimit: Int = 0) {
        self.steps = steps.map { Step(title: $0) }
        self.saidLimit = saidLimit
        finder = ConsolePrefixFinder()
        width = ConsoleWidth()
    }

    /// Reads once more what another has read, and joins the lines that the console wrapped.
    private init(again reader: ConsoleReader, _ wrapping: ConsoleWrapping) {
        steps = reader.steps.map { Step(title: $0.title) }
        saidLimit = reader.saidLimit
        finder = ConsolePrefixFinder.ofNone
        unwrapper = ConsoleUnwrapper(wrapping)
        width = ConsoleWidth(isUnwrapped: true)
    }

    /// After the end of a console that wraps its lines: a reader that joins them, for the same bytes; else nil.
    /// Where something writes text before lines, it is not known whether it did so before or after they were wrapped.
    package var rereader: ConsoleReader? {
        finder.prefix == nil ? width.wrapping.map { ConsoleReader(again: self, $0) } : nil
    }

    /// Ends the console as `finish` does; where it wraps its lines, `again` hands over the same bytes once more.
    package mutating func finished(
        again: (_ take: ([UInt8]) -> Void) throws -> Void
    ) rethrows -> (reader: ConsoleReader, tests: [TestResult]) {
        let tests = finish()
        guard var second = rereader else { return (self, tests) }
        try again { second.add($0) }
        return (second, second.finish())
    }

    /// Characters at which the console certainly wraps its lines; nil where it does not.
    package var columns: Int? { unwrapper?.wrapping.columns ?? width.wrapping?.columns }
    /// Lines that were joined to the one before.
    package var joinedLines: Int { unwrapper?.joined ?? 0 }

    /// Lines read so far.
    package var lines: Int { assembler.lines }
    /// Results read so far, those without results inside.
    package var counts: TestCounts { parser.counts }
    /// The test that runs now.
    package var currentTest: String? { parser.currentTest }
    /// The last step that the guest began, counted from 1; 0 before the first.
    package var stepNumber: Int { current.map { $0 + 1 } ?? 0 }

    /// The last line that is not empty, its prefixes taken off.
    package var lastLine: String { lastBytes.consoleText(limit: 200) }

    /// What stands before each line, and is neither the kernel's nor a test's: a clock, or a name; nil where there is
    /// nothing.
    package var prefix: String? { finder.prefix?.sample }

    package mutating func add(_ bytes: [UInt8]) {
        var lines: [(ConsoleLine, ConsolePrefixFinder.Place)] = []
        assembler.add(bytes) { line in finder.add(line) { lines.append(($0, $1)) } }
        read(lines)
    }

    private mutating func read(_ lines: [(ConsoleLine, ConsolePrefixFinder.Place)]) {
        guard var unwrapper else {
            for (line, place) in lines { read(line, place) }
            return
        }
        for (line, _) in lines { unwrapper.add(line) { read($0, Self.whole) } }
        self.unwrapper = unwrapper
    }

    /// Ends the console: what is open becomes unknown. Returns the outermost test results in the order of their start.
    package mutating func finish() -> [TestResult] {
        var lines: [(ConsoleLine, ConsolePrefixFinder.Place)] = []
        assembler.finish { line in finder.add(line) { lines.append(($0, $1)) } }
        finder.finish { lines.append(($0, $1)) }
        read(lines)
        if var unwrapper {
            unwrapper.finish { read($0, Self.whole) }
            self.unwrapper = unwrapper
        }
        settleTwo(nil)
        isWhole = parser.isComplete && !hasDied && !isLastCut
        documents = parser.outerDocuments
        let tests = width.judged(parser.finish())
        for index in events.indices {
            let event = events[index]
            events[index] = ConsoleEvent(
                kind: event.kind, line: event.line, text: event.text, duringTest: parser.test(ofEvent: index))
        }
        func add(_ kind: ConsoleEvent.Kind, _ line: Int, _ text: String) {
            events.append(ConsoleEvent(kind: kind, line: line, text: text))
        }
        if moreEvents > 0 { add(.lost, self.lines, "\(moreEvents) more events are in the console log only") }
        if let line = parser.unplanned, !isEnded {
            add(.plan, line, "no plan (1..N) says how many results were to come: there may be more")
        }
        if let firstUnread {
            let count = unreadLines == 1 ? "a result" : "\(unreadLines) results"
            let which = tests.isEmpty ? "a prefix that is not known" : "another prefix than the others"
            add(.prefix, firstUnread.line, "\(count) behind \(which); the first: \(firstUnread.text)")
        }
        return tests
    }

    /// Of lines that nothing stands before.
    private static let whole = ConsolePrefixFinder.Place(end: nil, hasPrefix: false)

    private mutating func read(_ line: ConsoleLine, _ place: ConsolePrefixFinder.Place) {
        let bytes = line.bytes
        isLastCut = line.isCut && !bytes.isEmpty
        var begin = place.end
        var (start, message) = PrintkPrefix.start(of: bytes, at: begin ?? 0)
        let isIndented = begin == nil && start == .none && Self.isDirective(bytes, behind: lastMargin)
        if isIndented, let lastMargin {
            message = lastMargin
            if place.hasPrefix { begin = lastMargin } else { start = .whole }
        }
        let outer = begin == nil ? 0 : 1
        if start == .whole, !isIndented {
            hasKernel = true
            // Something between wrote a time stamp in printk's way before it.
            while message < bytes.count, bytes[message] == UInt8(ascii: "["),
                case let next = PrintkPrefix.start(of: bytes, at: message), next.start == .whole, next.message > message
            {
                message = next.message
            }
        }
        let prefix = start == .whole ? bytes[(begin ?? 0)..<message] : []
        let isContinuation = isIndented || !prefix.isEmpty && prefix == lastPrefix
        let whole = bytes[min(message, bytes.count)...].withoutTrailingBlanks
        // A blank line divides no record.
        if !isIndented, !prefix.isEmpty || !whole.isEmpty {
            lastPrefix = prefix
            lastMargin = start == .whole || begin != nil ? message : nil
        }
        let cut = PrintkPrefix.inside(bytes, from: message)
        guard !cut.isEmpty else {
            // Without prefixes of its own, a stream has none to lose.
            if start == .partial, !hasKernel {
                start = .none
                message = begin ?? 0
            }
            let text = bytes[min(message, bytes.count)...].withoutTrailingBlanks
            settleTwo(begin == nil ? nil : bytes)
            if outer == 1, Self.mayBeResult(text) { lookForTwo(line, from: message) }
            let isRest = start != .whole && width.isOpen
            let reading = read(
                text, line, outer + (start == .none ? 0 : 1), line.isCut || line.isOverwritten,
                isLast: line.isCut && !line.isOverwritten && bytes.count < LineAssembler.longestLine,
                isContinuation: isContinuation,
                stray: begin != nil || start == .whole ? .no : place.hasPrefix ? .ofPrefix : hasKernel ? .ofStamps : .no
            )
            if isRest { readTogether(text, line.number - 1) }
            openText = bytes[min(message, bytes.count)...]
            // Its indentation says that no console wrapped it.
            if isIndented, reading == .directive { return }
            var isOK: Bool?
            if case .result(let said, _) = reading { isOK = said }
            width.add(
                .init(
                    number: line.number, bytes: bytes, begin: begin,
                    hasPrefix: begin != nil || finder.prefix?.begins(bytes) == true, isStamped: start == .whole,
                    text: text, isOK: isOK),
                hasPrefix: place.hasPrefix)
            return
        }
        settleTwo(nil)
        width.interrupt(after: bytes[message..<cut[0]].withoutTrailingBlanks)
        openText = []
        note(.interleaved, line.number, whole)
        var from = message
        for next in cut {
            _ = read(
                bytes[from..<next].withoutTrailingBlanks, line, outer + (start != .none || from > message ? 1 : 0),
                true, isContinuation: isContinuation && from == message)
            from = PrintkPrefix.start(of: bytes, at: next).message
        }
        _ = read(bytes[min(from, bytes.count)...].withoutTrailingBlanks, line, outer + 1, true)
    }

    /// Whether a line is a directive behind as many blanks as stood before the message of the line before: dmesg and
    /// journalctl write the second line of a record so.
    private static func isDirective(_ bytes: [UInt8], behind margin: Int?) -> Bool {
        guard let margin, bytes.count > margin, bytes.prefix(margin).allSatisfy({ $0 == 0x20 }) else { return false }
        return bytes[margin...].first { $0 != 0x20 } == UInt8(ascii: "#")
    }

    /// Looks for an event whose words the console's edge divides.
    private mutating func readTogether(_ text: ArraySlice<UInt8>, _ line: Int) {
        guard ConsoleEvent.Kind(message: openText) == nil, ConsoleEvent.Kind(message: text) == nil else { return }
        let whole = (openText + text)[...]
        if let kind = ConsoleEvent.Kind(message: whole) { take(kind, line, whole) }
    }

    /// A result in which the prefix stands once more: another line may have been written into it, or its name has a time
    /// in it. Where the clock runs on from line to line, and that time is not between, it is a name.
    private mutating func lookForTwo(_ line: ConsoleLine, from message: Int) {
        guard let prefix = finder.prefix, case let places = prefix.places(in: line.bytes, from: message),
            !places.isEmpty
        else { return }
        two = (line.number, prefix.values(in: line.bytes), places.map { prefix.values(in: line.bytes, from: $0) })
    }

    /// Decides on the last such result, with the line after it where that has the prefix.
    private mutating func settleTwo(_ next: [UInt8]?) {
        guard let found = two else { return }
        two = nil
        let after = next.flatMap { finder.prefix?.values(in: $0) }
        let isName = found.inside.allSatisfy { value in
            guard let value, let before = found.before else { return false }
            guard let after else { return value.lexicographicallyPrecedes(before) }
            return !after.lexicographicallyPrecedes(before)
                && (value.lexicographicallyPrecedes(before) || after.lexicographicallyPrecedes(value))
        }
        if !isName { width.doubt(found.line, "its result line may hold another line") }
    }

    /// What a line lacks that others have.
    private enum Stray {
        case no
        case ofPrefix
        case ofStamps
    }

    private static func mayBeResult(_ text: ArraySlice<UInt8>) -> Bool {
        let first = text.first { $0 != 0x20 && $0 != 0x09 }
        return first == UInt8(ascii: "o") || first == UInt8(ascii: "n")
    }

    private mutating func read(
        _ text: ArraySlice<UInt8>, _ line: ConsoleLine, _ prefixes: Int, _ isGarbled: Bool, isLast: Bool = false,
        isContinuation: Bool = false, stray: Stray = .no
    ) -> KTAPParser.Reading {
        if !text.isEmpty { lastBytes = text }
        if readMarker(text, line.bytes) { return .other }
        if text.starts(with: Self.bannerStart) {
            starts += 1
            if release == nil {
                release = text.dropFirst(Self.bannerStart.count).prefix { $0 != 0x20 }.consoleText(limit: 100)
            }
        }
        if !refusal.isEmpty || starts == 0 && text.contains(Self.refusalStart) {
            if refusal.count < 8, !text.isEmpty { refusal.append(text.consoleText(limit: 500)) }
        }
        let marks = ConsoleEvent.Kind.marks(in: text)
        if let kind = ConsoleEvent.Kind(message: text, marks) {
            take(kind, line.number, text)
        } else if stray != .no, let (kind, message) = Self.event(behindPrefixIn: text) {
            take(kind, line.number, message)
        }
        if text.starts(with: Self.endStart) { isEnded = true }
        if let current, steps[current].status == nil { addMessage(text, to: current) }
        let reading = parser.add(
            .init(
                number: line.number, bytes: text, prefixes: prefixes, isGarbled: isGarbled, isLast: isLast,
                isContinuation: isContinuation))
        let isOutside = parser.hasDocuments && !parser.isInside
        let isUnread =
            reading == .other && marks.contains(.result) && (stray != .no || !parser.isInside)
            && Self.hasResult(text, anywhere: !parser.hasDocuments, isStray: stray == .ofPrefix)
        if isUnread || stray == .ofPrefix && Self.hasVersion(text) {
            unreadLines += 1
            if firstUnread == nil { firstUnread = (line.number, text.consoleText(limit: 200)) }
        }
        switch reading {
        case .other, .result(isOK: false, isPlaced: false):
            let isFailure = Self.saysFailure(text, anywhere: line.isOverwritten)
            // A program that the runner announced, or a failed check, after the last result.
            if isFailure || isOutside && Self.isOfTest(text) { note(.prefix, line.number, text) }
        case .result(isOK: true, isPlaced: false) where isOutside: note(.prefix, line.number, text)
        case .result, .heard, .directive: break
        }
        return reading
    }

    private static let notOK = Array("not ok".utf8)
    private static let bailOut = Array("Bail out!".utf8)
    private static let totals = Array("Totals: ".utf8)
    private static let counts = Array(" pass:".utf8)
    private static let ok = Array("ok".utf8)
    private static let failed = Array("FAILED: ".utf8)
    private static let passed = Array(" tests passed.".utf8)

    /// Whether a line that is no result speaks of a failure: `not ok` with no number or in a comment, totals with
    /// failures, or the end of all tests.
    private static func saysFailure(_ text: ArraySlice<UInt8>, anywhere: Bool) -> Bool {
        var rest = text
        var stamps = 0
        while let first = rest.first {
            if first == 0x20 || first == 0x09 || first == UInt8(ascii: "#") {
                rest = rest.dropFirst()
            } else if first == UInt8(ascii: "["), stamps < 4, case let bytes = Array(rest),
                case let (start, message) = PrintkPrefix.start(of: bytes), start == .whole
            {
                stamps += 1
                rest = rest.dropFirst(message)
            } else {
                break
            }
        }
        switch rest.first {
        case UInt8(ascii: "n"):
            if rest.starts(with: not), case let second = rest.dropFirst(not.count).drop(while: \.isBlank),
                second.count < rest.count - not.count, second.starts(with: ok),
                case let after = second.dropFirst(ok.count),
                after.first.map(\.isBlank) ?? true
            {
                let body =
                    KTAPResultLine(rest)
                    ?? KTAPResultLine((Array("not ok 1 ".utf8) + after.drop(while: \.isBlank))[...])
                return body?.outcome.0 != .skip
            }
        case UInt8(ascii: "F"):
            // tools/testing/selftests/kselftest_harness.h
            if rest.starts(with: failed), rest.hasSuffix(passed) { return true }
        case UInt8(ascii: "B"): if rest.starts(with: bailOut) { return true }
        case UInt8(ascii: "T"):
            if rest.starts(with: totals), case .totals(let counts) = KTAPLine((Array("# ".utf8) + rest)[...]) {
                return counts.notOK > 0
            }
        default: break
        }
        // KUnit's counts where no document holds them.
        if isComment(text), rest.contains(counts),
            case .statistics(_, let counts) = KTAPLine((Array("# ".utf8) + rest)[...])
        {
            return counts.fail > 0
        }
        return anywhere && text.contains(notOK + [0x20])
    }

    private mutating func take(_ kind: ConsoleEvent.Kind, _ line: Int, _ text: ArraySlice<UInt8>) {
        if kind == .lost { parser.noteLostLines() }
        if kind == .panic {
            let isNoRoot = text.contains(ConsoleEvent.noRoot)
            // A machine that waits after its panic has not died twice.
            if hasPanicked, text.contains(ConsoleEvent.Kind.wait) { return }
            hasPanicked = true
            if isNoRoot { isEnded = true } else { hasDied = true }
        }
        note(kind, line, text)
    }

    /// Whether a line is what the runner of selftests says before a program, or KUnit of a check that failed.
    private static func isOfTest(_ text: ArraySlice<UInt8>) -> Bool {
        let body = text.drop(while: \.isBlank)
        guard isComment(body) else { return false }
        return body.starts(with: runnerStart) || failedChecks.contains { body.contains($0) }
    }

    private static let runnerStart = Array("# selftests: ".utf8)
    private static let failedChecks = [": EXPECTATION FAILED at ", ": ASSERTION FAILED at "].map { Array($0.utf8) }

    /// Whether a line ends in a version line behind something else.
    private static func hasVersion(_ text: ArraySlice<UInt8>) -> Bool {
        guard !isComment(text), text.last.map(\.isDigit) == true else { return false }
        return KTAPLine.versions.contains { text.hasSuffix([0x20] + $0) }
    }

    private static func isComment(_ text: ArraySlice<UInt8>) -> Bool {
        text.first { !$0.isBlank } == UInt8(ascii: "#")
    }

    /// Whether `ok 1` or `not ok 1` stands inside of a line that is not a comment: behind what may be a prefix, or
    /// `anywhere`; in a stray line a failure anywhere.
    private static func hasResult(_ text: ArraySlice<UInt8>, anywhere: Bool, isStray: Bool) -> Bool {
        guard !isComment(text) else { return false }
        var rest = text
        while let place = rest.offset(of: resultStart) {
            let next = place + resultStart.count
            if next < rest.endIndex, rest[next].isDigit {
                let before = text[..<place].withoutTrailingBlanks
                let isFailure = before.hasSuffix(not)
                if anywhere || isStray && isFailure || endsPrefix(isFailure ? before.dropLast(not.count) : before) {
                    return true
                }
            }
            rest = rest[next...]
        }
        return false
    }

    private static let not = Array("not".utf8)
    /// Where a message can begin behind what something wrote before it.
    private static let prefixEnds = Array(":|>])".utf8)

    private static func endsPrefix(_ text: ArraySlice<UInt8>) -> Bool {
        let text = text.withoutTrailingBlanks
        return text.last.map(prefixEnds.contains) == true && text.count <= ConsolePrefix.longest
    }

    /// The event of a line that lacks the prefix of the others: something else may stand before it.
    private static func event(
        behindPrefixIn text: ArraySlice<UInt8>
    ) -> (ConsoleEvent.Kind, ArraySlice<UInt8>)? {
        guard text.first != UInt8(ascii: "#") else { return nil }
        for place in text.indices.dropFirst(2).prefix(ConsolePrefix.longest)
        where text[place] != 0x20 && text[place - 1] == 0x20 && prefixEnds.contains(text[place - 2]) {
            if let kind = ConsoleEvent.Kind(message: text[place...]) { return (kind, text[place...]) }
        }
        return nil
    }

    private mutating func note(_ kind: ConsoleEvent.Kind, _ line: Int, _ text: ArraySlice<UInt8>) {
        guard events.count < Self.eventLimit || kind == .panic && events.count < 2 * Self.eventLimit else {
            moreEvents += 1
            return
        }
        parser.noteEvent(events.count)
        events.append(ConsoleEvent(kind: kind, line: line, text: text.consoleText(limit: 500)))
    }

    private mutating func addMessage(_ text: ArraySlice<UInt8>, to step: Int) {
        let count = steps[step].messages.count
        guard !text.isEmpty, count <= Self.messageLimit else { return }
        steps[step].messages.append(
            count == Self.messageLimit ? "(more lines are in the console log)" : text.consoleText(limit: 1000))
    }

    /// Reads a line of the guest's script: `bessemer: step 2/5 title`, `bessemer: said 2/5 text` or
    /// `bessemer: end 2/5 0`.
    private mutating func readMarker(_ bytes: ArraySlice<UInt8>, _ line: [UInt8]) -> Bool {
        guard bytes.starts(with: Self.markerBytes) else { return false }
        let text = bytes.consoleText
        var time: Double? { PrintkPrefix.time(of: line, at: finder.prefix?.end(in: line) ?? 0) }
        let words = text.dropFirst(Self.marker.count).split(
            separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3 else { return false }
        let numbers = words[1].split(separator: "/", omittingEmptySubsequences: false)
        guard numbers.count == 2, let number = Int(numbers[0]), Int(numbers[1]) == steps.count,
            steps.indices.contains(number - 1)
        else { return false }
        switch words[0] {
        case "step":
            guard words[2] == steps[number - 1].title else { return false }
            steps[number - 1].hasStarted = true
            steps[number - 1].startedAt = time
            current = number - 1
        case "said":
            addMessage(Array(words[2].utf8)[...], to: number - 1)
            if steps[number - 1].said.count < saidLimit {
                steps[number - 1].said.append(String(words[2].prefix(1000)))
            }
        case "end":
            guard let status = Int(words[2]), (0...255).contains(status) else { return false }
            steps[number - 1].hasStarted = true
            steps[number - 1].status = status
            steps[number - 1].endedAt = time
            current = max(current ?? 0, number - 1)
        default: return false
        }
        return true
    }
}
