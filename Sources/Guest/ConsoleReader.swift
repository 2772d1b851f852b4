// SPDX-License-Identifier: Apache-2.0

/// Turns a console's bytes, as they come, into events, test results and the guest's steps.
///
/// Any bytes will do; memory is bounded by the limits of the parts. Test results are read as `KTAPParser` says.
public struct ConsoleReader: Sendable {
    /// What became of one step of the guest.
    public struct Step: Sendable, Hashable {
        public let title: String
        public var hasStarted = false
        /// Exit status of its command; nil where it did not end.
        public var status: Int?
        /// What the command and the kernel said meanwhile.
        public var messages: [String] = []
        /// What the command alone said, where that is asked for.
        public var said: [String] = []
        /// By the kernel's clock, in seconds; nil where the line had no time stamp or did not come.
        public var startedAt: Double?
        public var endedAt: Double?
    }

    private static let refusalStart = "The Linux kernel requires more recent processor hardware"
    private static let eventLimit = 2000
    private static let messageLimit = 200

    private var assembler = LineAssembler()
    private var parser = KTAPParser()
    /// The steps that the guest was told to take.
    public private(set) var steps: [Step]
    public private(set) var events: [ConsoleEvent] = []
    /// Events beyond the limit.
    private var moreEvents = 0
    /// The printk prefix of the line before, where it had a whole one; lines of one record have the same.
    private var lastPrefix: ArraySlice<UInt8> = []
    /// Index of the last step that the guest began.
    private var current: Int?
    /// The last line that is not empty, its printk prefix taken off.
    public private(set) var lastLine = ""
    /// A line with a printk prefix came: there is a kernel on this console.
    public private(set) var hasKernel = false
    public private(set) var hasPanicked = false
    /// The machine lacks what the kernel was built for: what its first instructions said of that, line by line
    /// (arch/s390/boot/als.c). There is no kernel after that.
    public private(set) var refusal: [String] = []
    /// Of the line that is read now.
    private var time: Double?
    /// How often a kernel proper has said which one it is.
    public private(set) var starts = 0
    private let saidLimit: Int

    /// - Parameters:
    ///   - steps: titles of the steps that the guest's script announces (`GuestPlan.steps`).
    ///   - saidLimit: lines that are kept of what each step's command said, beside its messages.
    public init(steps: [String] = [], saidLimit: Int = 0) {
        self.steps = steps.map { Step(title: $0) }
        self.saidLimit = saidLimit
    }

    /// Lines read so far.
    public var lines: Int { assembler.lines }
    /// Results read so far, those without results inside.
    public var counts: TestCounts { parser.counts }
    /// The test that runs now.
    public var currentTest: String? { parser.currentTest }
    /// The last step that the guest began, counted from 1; 0 before the first.
    public var stepNumber: Int { current.map { $0 + 1 } ?? 0 }

    public mutating func add(_ bytes: [UInt8]) {
        var lines: [ConsoleLine] = []
        assembler.add(bytes) { lines.append($0) }
        for line in lines { read(line) }
    }

    /// Ends the console: what is open becomes unknown. Returns the outermost test results in the order of their start.
    public mutating func finish() -> [TestResult] {
        var lines: [ConsoleLine] = []
        assembler.finish { lines.append($0) }
        for line in lines { read(line) }
        let tests = parser.finish()
        for index in events.indices {
            let event = events[index]
            events[index] = ConsoleEvent(
                kind: event.kind, line: event.line, text: event.text, duringTest: parser.test(ofEvent: index))
        }
        if moreEvents > 0 {
            events.append(
                ConsoleEvent(
                    kind: .lost, line: self.lines, text: "\(moreEvents) more events are in the console log only"))
        }
        return tests
    }

    private mutating func read(_ line: ConsoleLine) {
        let bytes = Array(line.text.utf8)
        let (start, message) = PrintkPrefix.start(of: bytes)
        if start == .whole { hasKernel = true }
        time = PrintkPrefix.time(of: bytes)
        let prefix = start == .whole ? bytes[..<message] : []
        let isContinuation = !prefix.isEmpty && prefix == lastPrefix
        lastPrefix = prefix
        let cut = hasKernel ? PrintkPrefix.inside(bytes, from: message) : []
        guard !cut.isEmpty else {
            // Without prefixes of its own, a stream has none to lose.
            let begin = start == .partial && !hasKernel ? 0 : message
            return read(text(bytes[begin...]), line, start != .none, line.isCut, isContinuation: isContinuation)
        }
        note(.interleaved, line, text(bytes[message...]))
        var begin = message
        for place in cut {
            read(text(bytes[begin..<place]), line, start != .none || begin > message, true)
            begin = place + PrintkPrefix.start(of: bytes[place...]).message
        }
        read(text(bytes[begin...]), line, true, true)
    }

    private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private mutating func read(
        _ text: String, _ line: ConsoleLine, _ hasPrefix: Bool, _ isGarbled: Bool, isContinuation: Bool = false
    ) {
        if !text.isEmpty { lastLine = String(text.prefix(200)) }
        if readMarker(text) { return }
        if text.hasPrefix("Linux version ") { starts += 1 }
        if !refusal.isEmpty || starts == 0 && text.contains(Self.refusalStart) {
            if refusal.count < 8, !text.isEmpty { refusal.append(String(text.prefix(500))) }
        }
        if let kind = ConsoleEvent.Kind(message: text) {
            if kind == .lost { parser.noteLostLines() }
            if kind == .panic { hasPanicked = true }
            note(kind, line, text)
        }
        if let current, steps[current].status == nil { addMessage(text, to: current) }
        parser.add(
            .init(
                number: line.number, text: text[...], hasPrefix: hasPrefix, isGarbled: isGarbled,
                isContinuation: isContinuation))
    }

    private mutating func note(_ kind: ConsoleEvent.Kind, _ line: ConsoleLine, _ text: String) {
        guard events.count < Self.eventLimit || kind == .panic && events.count < 2 * Self.eventLimit else {
            moreEvents += 1
            return
        }
        parser.noteEvent(events.count)
        events.append(ConsoleEvent(kind: kind, line: line.number, text: String(text.prefix(500))))
    }

    private mutating func addMessage(_ text: String, to step: Int) {
        let count = steps[step].messages.count
        guard !text.isEmpty, count <= Self.messageLimit else { return }
        steps[step].messages.append(
            count == Self.messageLimit ? "(more lines are in the console log)" : String(text.prefix(1000)))
    }

    /// Reads a line of the guest's script: `bessemer: step 2/5 title`, `bessemer: said 2/5 text` or
    /// `bessemer: end 2/5 0`.
    private mutating func readMarker(_ text: String) -> Bool {
        guard text.hasPrefix(GuestScript.marker) else { return false }
        let words = text.dropFirst(GuestScript.marker.count).split(
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
            addMessage(String(words[2]), to: number - 1)
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

extension ConsoleEvent.Kind {
    /// What kernel message begins so; nil for all that is no event.
    init?(message text: String) {
        // Most lines are none of these.
        let starts = [
            "WARNING: ", "BUG: ", "Kernel panic", "kernel BUG at ", "Unable to handle ", "UBSAN: ",
            "rust_kernel: panicked at ", "INFO: ", "rcu: INFO: ", "watchdog: ", "CPU", "Oops", "** ",
        ]
        guard starts.contains(where: text.hasPrefix) || text.contains(" ilc:") || text.contains("ratelimiting") else {
            return nil
        }
        let message =
            text.hasPrefix("rcu: ") ? text.dropFirst(5) : text.hasPrefix("watchdog: ") ? text.dropFirst(10) : text[...]
        if message.hasPrefix("Kernel panic - not syncing") {
            // kernel/panic.c
            self = .panic
        } else if message.hasPrefix("BUG: soft lockup") || message.hasPrefix("BUG: workqueue lockup")
            || message.contains("Watchdog detected hard LOCKUP")
        {
            // kernel/watchdog.c, kernel/workqueue.c
            self = .stall
        } else if message.hasPrefix("INFO: "), Self.isStall(message) {
            self = .stall
        } else if message.hasPrefix("WARNING: ") {
            // __warn() in kernel/panic.c; lockdep
            self = .warning
        } else if message.hasPrefix("BUG: ") || message.hasPrefix("kernel BUG at ") || message.hasPrefix("UBSAN: ")
            || message.hasPrefix("rust_kernel: panicked at ")
        {
            // lib/bug.c, lib/ubsan.c, rust/kernel/lib.rs; KASAN and others begin with BUG:
            self = .bug
        } else if message.hasPrefix("Unable to handle kernel ") || Self.isDeath(message) {
            self = .oops
        } else if Self.isLoss(message) {
            self = .lost
        } else {
            return nil
        }
    }

    /// kernel/hung_task.c, kernel/rcu/tree_stall.h, kernel/rcu/tree_exp.h, kernel/rcu/tasks.h
    private static func isStall(_ text: Substring) -> Bool {
        text.contains(" detected stall") || text.contains("self-detected stall on CPU")
            || text.contains(" detected expedited stall")
            || text.hasPrefix("INFO: task ") && text.contains(" blocked") && text.contains(" for more than ")
    }

    /// `Oops: 0004 ilc:2 [#1]SMP`, also with another cause before the colon (die() in arch/s390/kernel/dumpstack.c).
    private static func isDeath(_ text: Substring) -> Bool {
        guard let place = text.range(of: " ilc:") else { return text.hasPrefix("Oops: ") }
        let code = text[..<place.lowerBound].suffix(4)
        return code.count == 4 && code.allSatisfy(\.isHexDigit) && text[place.upperBound...].contains(" [#")
    }

    /// console_prepend_dropped() in kernel/printk/printk.c; devkmsg_write() and lib/ratelimit.c
    private static func isLoss(_ text: Substring) -> Bool {
        text.hasPrefix("** ") && text.hasSuffix(" printk messages dropped **")
            || text.hasSuffix(" output lines suppressed due to ratelimiting")
    }
}

extension Substring {
    /// Where `other` stands first.
    fileprivate func range(of other: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(other) { return index..<self.index(index, offsetBy: other.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
