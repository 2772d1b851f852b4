// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

extension ConsoleEvent.Kind {
    private static let starts = [
        "WARNING: ", "BUG: ", "BUG ", "[ BUG: ", "Kernel panic", "kernel BUG at ", "Unable to handle ", "UBSAN: ",
        "rust_kernel: panicked at ", "INFO: ", "rcu: INFO: ", "Missed ", "imjournal: ", "watchdog: ", "NMI watchdog: ",
        "Watchdog detected ", "PANIC: ", "CPU", "Oops", "** ",
        "general protection fault", "Kernel stack overflow", "kernel stack overflow", "Insufficient stack space",
    ].map { Array($0.utf8) }
    private static let firsts = (0...255).map { byte in starts.contains { $0.first == UInt8(byte) } }
    // A console can cut what follows.
    private static let panicStart = Array("Kernel panic - ".utf8)
    private static let panicEnd = Array("end Kernel panic - ".utf8)
    private static let death = Array(" ilc:".utf8)
    /// `disabled wait`, whatever its first letter.
    static let wait = Array("isabled wait".utf8)
    private static let stateWord = Array("PSW".utf8)
    private static let ratelimiting = Array("ratelimiting".utf8)
    private static let bugStart = Array("BUG: ".utf8)
    private static let reports = [
        "KASAN: ", "KFENCE: ", "KMSAN: ", "KCSAN: ", "unable to handle ", "kernel NULL ",
        "sleeping function ", "scheduling while atomic", "spinlock ", "Bad page ",
    ].map { Array($0.utf8) }
    private static let lockups = ["soft lockup", "workqueue lockup"].map { Array($0.utf8) }
    private static let dropped = Array(" printk messages dropped **".utf8)
    private static let countStart = Array(" [#".utf8)

    /// What kernel message a line says; nil for all that is not an event.
    init?(message bytes: ArraySlice<UInt8>) { self.init(message: bytes, Self.marks(in: bytes)) }

    /// The same of a line whose marks are known.
    init?(message bytes: ArraySlice<UInt8>, _ marks: Marks) {
        // Most lines are none of these.
        let isStart =
            bytes.first.map { Self.firsts[Int($0)] } == true && Self.starts.contains { bytes.starts(with: $0) }
        if isStart || marks.contains(.death) || bytes.suffix(Self.ratelimiting.count) == Self.ratelimiting[...],
            let kind = Self.init(message: bytes.consoleText(limit: 1000), bytes, isDeath: marks.contains(.death))
        {
            self = kind
            return
        }
        let isLoss = bytes.last == Self.dropped.last && bytes.suffix(Self.dropped.count) == Self.dropped[...]
        guard isLoss || !marks.subtracting(.result).isEmpty else { return nil }
        // What is a kernel's message whatever stands before it; a comment may speak of it, and the name of a test hold it.
        let body = bytes.drop(while: \.isBlank)
        guard body.first != UInt8(ascii: "#") else { return nil }
        if marks.contains(.panic), !bytes.contains(Self.panicEnd) {
            self = .panic
        } else if marks.contains(.wait), bytes.contains(Self.stateWord) {
            // What the machine itself says: z/VM's HCP450W, the hardware console.
            self = .panic
        } else if KTAPResultLine(body) != nil {
            return nil
        } else if isLoss {
            self = .lost
        } else if marks.contains(.oops) {
            self = .oops
        } else if marks.contains(.bug) || marks.contains(.stall) {
            self = marks.contains(.bug) ? .bug : .stall
        } else {
            return nil
        }
    }

    /// What stands somewhere in a line.
    struct Marks: OptionSet {
        let rawValue: UInt8
        /// ` ilc:`
        static let death = Marks(rawValue: 1)
        /// ` [#1]`
        static let oops = Marks(rawValue: 2)
        static let bug = Marks(rawValue: 4)
        static let stall = Marks(rawValue: 8)
        static let panic = Marks(rawValue: 16)
        /// ` ok `
        static let result = Marks(rawValue: 64)
        /// `isabled wait`
        static let wait = Marks(rawValue: 32)
    }

    static func marks(in bytes: ArraySlice<UInt8>) -> Marks {
        var marks: Marks = []
        let span = bytes.span
        for index in 0..<max(0, span.count - 4) {
            switch span[index] {
            case UInt8(ascii: " "):
                let next = span[index + 1]
                if next == UInt8(ascii: "o"), span[index + 2] == UInt8(ascii: "k"), span[index + 3] == UInt8(ascii: " ")
                {
                    marks.insert(.result)
                }
                guard next == UInt8(ascii: "i") || next == UInt8(ascii: "[") else { continue }
                let rest = bytes[(bytes.startIndex + index)...]
                if rest.starts(with: death) { marks.insert(.death) }
                if rest.starts(with: countStart),
                    case let after = rest.dropFirst(countStart.count).drop(while: \.isDigit),
                    after.count < rest.count - countStart.count, after.first == UInt8(ascii: "]")
                {
                    marks.insert(.oops)
                }
            case UInt8(ascii: "B") where span[index + 1] == UInt8(ascii: "U"):
                let rest = bytes[(bytes.startIndex + index)...]
                guard rest.starts(with: bugStart), case let report = rest.dropFirst(bugStart.count) else { continue }
                if lockups.contains(where: { report.starts(with: $0) }) { marks.insert(.stall) }
                if reports.contains(where: { report.starts(with: $0) }) { marks.insert(.bug) }
            case UInt8(ascii: "i") where span[index + 1] == UInt8(ascii: "s") && span[index + 2] == UInt8(ascii: "a"):
                if bytes[(bytes.startIndex + index)...].starts(with: wait) { marks.insert(.wait) }
            case UInt8(ascii: "K") where span[index + 1] == UInt8(ascii: "e"):
                if bytes[(bytes.startIndex + index)...].starts(with: panicStart) { marks.insert(.panic) }
            default: break
            }
        }
        return marks
    }

    private init?(message text: String, _ bytes: ArraySlice<UInt8>, isDeath: Bool) {
        let message =
            ["rcu: ", "watchdog: ", "NMI watchdog: "].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
            ?? text[...]
        func starts(_ words: String...) -> Bool { words.contains { message.hasPrefix($0) } }
        if starts("Kernel panic - ") {
            // kernel/panic.c
            self = .panic
        } else if starts("BUG: soft lockup", "BUG: workqueue lockup")
            || starts("CPU", "Watchdog ") && message.contains("Watchdog detected hard LOCKUP")
            || starts("INFO: ") && Self.isStall(message)
        {
            // kernel/watchdog.c, kernel/workqueue.c
            self = .stall
        } else if starts("WARNING: ") {
            // __warn() in kernel/panic.c
            self = Self.lockReports.contains { bytes.contains($0) } ? .bug : .warning
        } else if starts("BUG: ", "[ BUG: ", "kernel BUG at ", "UBSAN: ", "rust_kernel: panicked at ")
            || starts("BUG ") && message.contains("): ")
        {
            // lib/bug.c, lib/ubsan.c, rust/kernel/lib.rs, slab_bug() in mm/slub.c; KASAN and others begin with BUG:
            self = .bug
        } else if isDeath && Self.isDeath(message)
            || starts(
                "Unable to handle kernel ", "Oops: ", "Oops[", "general protection fault", "PANIC: double fault",
                "Insufficient stack space", "kernel stack overflow", "Kernel stack overflow")
        {
            self = .oops
        } else if Self.isLoss(message) {
            self = .lost
        } else {
            return nil
        }
    }

    /// What lockdep proves of locks, and of RCU (kernel/locking/lockdep.c, kernel/rcu): it begins as a warning does.
    private static let lockReports = [
        "locking dependency detected", "recursive locking detected", "lock inversion dependency", "lock order detected",
        "inconsistent lock state", "unlock balance detected", "contention detected", "held lock freed", "still held",
        "locks held", "lock held when returning", "suspicious RCU usage", "Nested lock was not taken",
    ].map { Array($0.utf8) }

    /// kernel/hung_task.c, kernel/rcu/tree_stall.h, kernel/rcu/tree_exp.h, kernel/rcu/tasks.h
    private static func isStall(_ text: Substring) -> Bool {
        text.contains(" detected stall") || text.contains("self-detected stall on CPU")
            || text.contains(" detected expedited stall")
            || text.hasPrefix("INFO: task ") && text.contains(" blocked") && text.contains(" for more than ")
    }

    /// `Oops: 0004 ilc:2 [#1]SMP`, also with another cause before the colon (die() in arch/s390/kernel/dumpstack.c).
    private static func isDeath(_ text: Substring) -> Bool {
        guard let place = text.firstRange(of: " ilc:") else { return false }
        let code = text[..<place.lowerBound].suffix(4)
        return code.count == 4 && code.allSatisfy(\.isHexDigit) && text[place.upperBound...].contains(" [#")
    }

    /// console_prepend_dropped() in kernel/printk/printk.c; devkmsg_write() and lib/ratelimit.c; systemd-journald; rsyslogd
    private static func isLoss(_ text: Substring) -> Bool {
        text.hasPrefix("** ") && text.hasSuffix(" printk messages dropped **")
            || text.hasSuffix(" output lines suppressed due to ratelimiting")
            || text.hasPrefix("Missed ") && text.hasSuffix(" kernel messages")
            || text.hasPrefix("imjournal: ") && text.contains(" messages lost due to rate-limiting")
    }
}
