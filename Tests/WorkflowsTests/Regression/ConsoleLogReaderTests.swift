// SPDX-License-Identifier: Apache-2.0
import Guest
import Host
import Records
import TestSupport
import Testing
import Workflows

@Suite struct ConsoleLogReaderTests {
    @Test(.integration) func `a console without end is read up to a limit, and the error says where`() throws {
        var limits = ConsoleLogReader.Limits()
        limits.bytes = 1 << 20
        var reader = ConsoleLogReader(name: "standard input", limits: limits)
        let piece = Array(String(repeating: "y\n", count: 1 << 16).utf8)
        let failure = #expect(throws: Failure.self) { while true { try reader.add(piece) } }
        #expect(failure?.code == "console.limit")
        #expect(failure?.description.contains("line 524288") == true)
        limits = .init()
        limits.lines = 1000
        reader = ConsoleLogReader(name: "x", limits: limits)
        #expect(throws: Failure.self) { while true { try reader.add(piece) } }
    }

    @Test func `bytes that are no text are said to be none, and hold no result`() throws {
        var reader = ConsoleLogReader(name: "x")
        try reader.add([UInt8](repeating: 0, count: 100_000))
        try reader.add((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) })
        let log = try reader.finish()
        #expect(log.tests.isEmpty && !log.hasDecided)
        #expect(log.notes.contains { $0.contains("not text") })
    }

    @Test func `a kernel that finds no root file system after its tests has ended well, and one in its tests has not`()
        throws
    {
        let panic = "[    2.000000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n"
        let tests = "[    1.000000] KTAP version 1\n[    1.000000] 1..1\n"
        func verdict(_ text: String) throws -> ConsoleReport.Verdict {
            ConsoleReport(toolVersion: "0", logs: [try consoleLog(text)]).verdict
        }
        #expect(try verdict(tests + "[    1.000000] ok 1 a\n" + panic) == .passed)
        #expect(try verdict(tests + "[    1.000000] ok 1 a\n" + panic.replacing("VFS", with: "x")) == .failed)
        #expect(try verdict(tests + panic) != .passed)
        #expect(try verdict(panic) == .failed)
    }

    @Test func `a test that the second console never came to is lost, not missing`() throws {
        let whole = try consoleLog("KTAP version 1\n1..2\nok 1 a\nok 2 b\n")
        let other = try consoleLog("KTAP version 1\n1..1\nok 1 a\n")
        let broken = try consoleLog("KTAP version 1\n1..2\nok 1 a\nKernel panic - not syncing: x\n")
        #expect(ConsoleReport(toolVersion: "0", logs: [other], baseline: whole).count(.missing) == 1)
        #expect(ConsoleReport(toolVersion: "0", logs: [other], baseline: whole).verdict == .passed)
        #expect(ConsoleReport(toolVersion: "0", logs: [broken], baseline: whole).verdict == .failed)
    }

    @Test(arguments: [
        ("{\n   \"dmesg\": [\n", "         \"msg\": \"", "\"\n", "JSON of dmesg"),
        ("", "{\"MESSAGE\":\"", "\",\"PRIORITY\":\"6\"}\n", "JSON of journalctl"),
        ("", "__REALTIME_TIMESTAMP=1\nPRIORITY=6\nMESSAGE=", "\n\n", "export format"),
    ])
    func `a log that is no text has no passes, and the form is named`(
        start: String, before: String, after: String, form: String
    ) throws {
        let lines = ["KTAP version 1", "1..3", "ok 1 a # SKIP", "not ok 2 b", "ok 3 c # SKIP no device"]
        var reader = ConsoleLogReader(name: "x")
        try reader.add(Array((start + lines.map { before + $0 + after }.joined()).utf8))
        let log = try reader.finish()
        #expect(log.counts.pass == 0)
        #expect(log.notes.contains { $0.contains(form) })
        #expect(ConsoleReport(toolVersion: "0", logs: [log]).verdict != .passed)
    }

    @Test(arguments: [
        ("ok 1 a # SK\rIP", ConsoleReport.Verdict.inconclusive), ("ok 1 a\rnot ok 1 a", .inconclusive),
        ("\rok 1 a\r", .passed), ("Kernel panic - not syncin", .failed), ("ok 1 a", .passed),
    ])
    func `what was written over is not known, and the beginning of a panic is one`(
        _ line: String, _ verdict: ConsoleReport.Verdict
    ) throws {
        var reader = ConsoleLogReader(name: "x")
        try reader.add(Array("\u{feff}TAP version 13\n1..1\n\(line)\n".utf8))
        let log = try reader.finish()
        #expect(ConsoleReport(toolVersion: "0", logs: [log]).verdict == verdict)
        #expect(log.tests.count == 1 && log.isWhole == (verdict != .failed))
    }

    @Test func `a "not" that another message cuts off takes the next line's ok with it`() throws {
        var reader = ConsoleLogReader(name: "x")
        let start = "[    1.000000] Linux version 6.12.0 x\nTAP version 13\n1..3\nok 1 a\n"
        try reader.add(Array((start + "not [    5.123456] random: crng init done\nok 2 b\nok 3 c\n").utf8))
        let log = try reader.finish()
        #expect(log.tests.map(\.outcome) == [.pass, .unknown, .pass])
    }

    @Test func `lines that are wrapped are joined in a second reading, or said not to be`() throws {
        let lines = (0..<60).map {
            "[    1.\(100_000 + $0)] part \($0)" + String(repeating: " is set up", count: $0 % 9)
        }
        let tests = ["KTAP version 1", "1..1", "ok 1 " + String(repeating: "long", count: 30) + " # SKIP no device"]
        let whole = lines + tests.map { "[    2.000000] \($0)" }
        let pieces = whole.flatMap { line in
            stride(from: 0, to: line.count, by: 60).map { String(line.dropFirst($0).prefix(60)) }
        }
        let bytes = Array((pieces.joined(separator: "\n") + "\n").utf8)
        var reader = ConsoleLogReader(name: "x")
        try reader.add(bytes)
        let log = try reader.finish { take in take(bytes) }
        #expect(log.counts.skip == 1 && log.counts.total == 1)
        #expect(log.wrapping?.columns == 60 && log.wrapping?.joined == pieces.count - whole.count)
        #expect(log.notes.contains { $0.hasPrefix("lines are wrapped at 60 columns; ") })
        reader = ConsoleLogReader(name: "x")
        try reader.add(bytes)
        let other = try reader.finish()
        #expect(other.counts.unknown == 1 && other.wrapping == nil)
        #expect(other.notes.contains { $0.contains("were not joined") })
        reader = ConsoleLogReader(name: "x")
        try reader.add(bytes)
        #expect(throws: Failure.self) { _ = try reader.finish { take in take(Array(bytes.dropLast())) } }
    }
}
