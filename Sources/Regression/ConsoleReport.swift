// SPDX-License-Identifier: Apache-2.0
package import Guest
package import Host

/// What saved consoles say: test results, events, and what of it is not known.
package struct ConsoleReport: Codable, Hashable, Sendable {
    package static let schema = "bessemer-console/1"

    /// One saved console.
    package struct Log: Codable, Hashable, Sendable {
        /// As the user named it.
        package let name: String
        package let bytes: Int
        package let lines: Int
        package let sha256: Digest
        /// Of the kernel, where it says which one it is.
        package let release: String?
        /// What stands before each line, and was taken off.
        package let prefix: String?
        /// Where its lines are wrapped, and were joined.
        package let wrapping: Wrapping?
        /// All results that were announced came, and the kernel did not die: a test that is not here did not run.
        package let isWhole: Bool
        /// Outermost documents of results that began.
        package let documents: Int
        /// It shows that nothing was to come: the machine was halted, restarted or switched off.
        package let isEnded: Bool
        package let events: [ConsoleEvent]
        /// Top-level suites in the order of their start.
        package let tests: [TestResult]
        /// Of the results without results inside.
        package let counts: TestCounts
        /// What else one should know of it.
        package let notes: [String]

        /// A test passed or failed.
        package var hasDecided: Bool { counts.pass + counts.fail > 0 }

        /// Events that speak against the kernel. A kernel without a root file system panics after its tests; that is
        /// not one of them where every result came.
        package var fatalEvents: [ConsoleEvent] {
            let hasTests = counts.pass + counts.fail > 0 && counts.unknown == 0
            return events.filter { ($0.isFatal || $0.kind == .panic) && !($0.isForLackOfRoot && hasTests) }
        }

        /// Grave events in tests that do not say that they provoke them.
        package var doubtfulEvents: [ConsoleEvent] {
            EventComparison().unexplained(in: run).filter { $0.duringTest != nil && $0.kind != .panic }
        }

        /// Where the other console has more documents, this one ended early, if it does not show that it ended.
        fileprivate func run(beside other: Log) -> TestRun {
            TestRun(tests: tests, isWhole: isWhole && (isEnded || documents >= other.documents))
        }

        fileprivate var run: EventComparison.Run { EventComparison.Run(events: events, tests: tests) }

        /// Events that say that results may be missing.
        package var gaps: [ConsoleEvent] { losses + events.filter { $0.kind == .plan } }

        /// Those of them that count beside a baseline, too; there, the tests that are missing say what a plan would.
        fileprivate var losses: [ConsoleEvent] { events.filter { $0.kind == .lost || $0.kind == .prefix } }
    }

    /// How a console wrapped its lines.
    package struct Wrapping: Codable, Hashable, Sendable {
        /// Characters of a line that goes on in the next.
        package let columns: Int
        /// Lines that were joined to the one before.
        package let joined: Int
    }

    package enum Verdict: String, Codable, Sendable {
        /// Every test was decided and none failed; against a baseline, none failed newly and none is unknown.
        case passed
        case failed
        /// Some results are not known.
        case unknown
        /// There is no result that was decided: nothing is proven.
        case inconclusive
    }

    package let schema: String
    package let toolVersion: String
    package let verdict: Verdict
    package let logs: [Log]
    /// What the logs are compared with.
    package let baseline: Log?
    /// Every test of the baseline and the logs, which are runs of one kernel; nil without a baseline.
    package let tests: [TestComparison.Change]?
    /// Of each log, the grave events that neither its tests nor the baseline account for; nil without a baseline.
    package let newEvents: [[ConsoleEvent]]?
    /// Of each log, the warnings that the baseline does not have; they decide nothing. Nil without a baseline.
    package let newWarnings: [[ConsoleEvent]]?

    package init(toolVersion: String, logs: [Log], baseline: Log? = nil) {
        schema = Self.schema
        self.toolVersion = toolVersion
        self.logs = logs
        self.baseline = baseline
        guard let baseline else {
            tests = nil
            newEvents = nil
            newWarnings = nil
            let counts = logs.reduce(into: TestCounts()) { $0 += $1.counts }
            if counts.fail > 0 || logs.contains(where: { !$0.fatalEvents.isEmpty }) {
                verdict = .failed
            } else if !logs.allSatisfy(\.hasDecided) {
                verdict = .inconclusive
            } else {
                let isKnown = counts.unknown == 0 && logs.allSatisfy { $0.gaps.isEmpty && $0.doubtfulEvents.isEmpty }
                verdict = isKnown ? .passed : .unknown
            }
            return
        }
        let changes = TestComparison.all(
            baseline: [baseline.run(beside: logs.max { $0.documents < $1.documents } ?? baseline)],
            candidate: logs.map { $0.run(beside: baseline) })
        tests = changes
        let comparison = EventComparison(baseline: [baseline.run])
        let events = logs.map { comparison.unexplained(in: $0.run) }
        newEvents = events
        newWarnings = logs.map { comparison.newWarnings(in: $0.run) }
        if events.contains(where: { !$0.isEmpty }) || changes.contains(where: { $0.verdict == .newFailure }) {
            verdict = .failed
        } else if !([baseline] + logs).allSatisfy(\.hasDecided) {
            verdict = .inconclusive
        } else if changes.contains(where: \.isLostPass) {
            verdict = .failed
        } else {
            let isKnown = !changes.contains { $0.verdict == .unknown } && logs.allSatisfy(\.losses.isEmpty)
            verdict = isKnown ? .passed : .unknown
        }
    }

    /// What the logs say of each test that did not pass, by its path: why, and in which line.
    package var reasons: [String: [String]] {
        var reasons: [String: [String]] = [:]
        for leaf in logs.flatMap(\.tests).flatMap(\.leaves) where leaf.result.outcome != .pass {
            guard reasons[leaf.path] == nil else { continue }
            let said =
                leaf.result.outcome == .skip ? [leaf.result.skipReason].compactMap { $0 } : leaf.result.diagnostics
            reasons[leaf.path] = said + (leaf.result.line.map { ["console line \($0)"] } ?? [])
        }
        return reasons
    }

    package func count(_ verdict: TestComparison.Verdict) -> Int { (tests ?? []).count { $0.verdict == verdict } }
}

/// Reads one saved console, in pieces as they come.
package struct ConsoleLogReader {
    /// A console that is longer is not read to its end.
    package struct Limits: Sendable {
        package var bytes = 2 << 30
        package var lines = 30_000_000

        package init() {}
    }

    private let name: String
    private let limits: Limits
    private var reader = ConsoleReader()
    private var digester = Digester()
    private var bytes = 0
    private var zeros = 0
    /// Its first bytes, of which other forms than text are known.
    private var start: [UInt8] = []

    private static let startSize = 16 << 10
    private static let forms = [
        ("\"dmesg\":", "the JSON of dmesg", "dmesg"), ("\"MESSAGE\":", "the JSON of journalctl", "journalctl -k"),
        ("\"MESSAGE\" :", "the JSON of journalctl", "journalctl -k"),
        ("__REALTIME_TIMESTAMP=", "the export format of journalctl", "journalctl -k"),
        ("    _TRANSPORT=", "the verbose form of journalctl", "journalctl -k"),
        ("\"lvl\":", "the YAML of LAVA", "yq --raw-output '.[].msg'"),
        ("lvl: target", "the YAML of LAVA", "yq --raw-output '.[].msg'"),
    ].map { (mark: $0.0, name: $0.1, command: $0.2) }

    private static let compressions: [(magic: [UInt8], command: String)] = [
        ([0x1f, 0x8b], "zcat"), ([0x28, 0xb5, 0x2f, 0xfd], "zstdcat"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xzcat"),
        ([0x42, 0x5a, 0x68], "bzcat"),
    ]

    package init(name: String, limits: Limits = Limits()) {
        self.name = name
        self.limits = limits
    }

    /// Throws `Failure` with code `console.limit` beyond the limits.
    package mutating func add(_ piece: [UInt8]) throws {
        bytes += piece.count
        guard bytes <= limits.bytes, reader.lines <= limits.lines else {
            let limit =
                bytes > limits.bytes
                ? "\(limits.bytes >> 20) MiB" : "\(limits.lines) lines"
            throw Failure(
                "console.limit", "\(name) is longer than \(limit); reading stopped at line \(reader.lines)",
                advice: "give a part of it, such as `tail --bytes 1G FILE | bessemer console -`")
        }
        digester.add(piece)
        zeros += piece.count { $0 == 0 }
        if start.count < Self.startSize { start += piece.prefix(Self.startSize - start.count) }
        reader.add(piece)
    }

    /// The console has no more bytes. Where it wraps its lines, `again` hands over the same bytes once more; lines stay
    /// as they are where it is nil.
    ///
    /// Throws what `again` throws, and `Failure` with code `file.changed` where the bytes are others then.
    package mutating func finish(
        again: ((_ take: ([UInt8]) -> Void) throws -> Void)? = nil
    ) throws -> ConsoleReport.Log {
        var tests = reader.finish()
        let digest = digester.finish()
        var notes: [String] = []
        if let columns = reader.columns {
            if let again, var second = reader.rereader {
                var digester = Digester()
                try again { piece in
                    digester.add(piece)
                    second.add(piece)
                }
                guard digester.finish() == digest else {
                    throw Failure(
                        "file.changed", "\(name) changed while it was read", advice: "read it when it is complete")
                }
                tests = second.finish()
                reader = second
                notes.append("lines are wrapped at \(columns) columns; \(second.joinedLines) joined")
            } else {
                let reason =
                    reader.rereader == nil
                    ? "something else writes text before lines" : "the log could not be read twice: give it as a file"
                notes.append("lines are wrapped at \(columns) columns, and were not joined, since \(reason)")
            }
        }
        if bytes == 0 { notes.append("it is empty") }
        if zeros > bytes / 10 { notes.append("it is not text: one byte in ten or more is zero") }
        if let packer = Self.compressions.first(where: { start.starts(with: $0.magic) }) {
            notes.append("it is compressed: `\(packer.command) FILE | bessemer console -`")
        }
        if let form = Self.forms.first(where: { start.firstRange(of: $0.mark.utf8) != nil }) {
            tests = []
            notes.append("it is \(form.name), in which results are not read: give what `\(form.command)` prints")
        }
        if reader.starts > 1 {
            notes.append("\(reader.starts) kernels started in it; the results are of all of them")
        }
        if let prefix = reader.prefix {
            notes.append("its lines begin with what is not the kernel's, as in \"\(prefix)\"; that was taken off")
        }
        if tests.isEmpty, bytes > 0 { notes.append("no test results in the form of KTAP or TAP were found in it") }
        if !tests.isEmpty, !reader.isWhole {
            notes.append("its end is not known to be the end of the tests: others may have run, or were to run")
        }
        return ConsoleReport.Log(
            name: name, bytes: bytes, lines: reader.lines, sha256: digest, release: reader.release,
            prefix: reader.prefix,
            wrapping: reader.joinedLines == 0
                ? nil : reader.columns.map { ConsoleReport.Wrapping(columns: $0, joined: reader.joinedLines) },
            isWhole: reader.isWhole && !tests.isEmpty, documents: reader.documents, isEnded: reader.isEnded,
            events: reader.events, tests: tests,
            counts: tests.reduce(into: TestCounts()) { $0 += $1.counts }, notes: notes)
    }
}
