// SPDX-License-Identifier: Apache-2.0
import Guest
import Host
import Regression
import Testing

@Suite struct ConsoleLogReaderTests {
    @Test func `a console without end is read up to a limit, and the error says where`() throws {
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
        let log = reader.finish()
        #expect(log.tests.isEmpty && !log.hasDecided)
        #expect(log.notes.contains { $0.contains("not text") })
    }

    @Test func `a kernel that finds no root file system after its tests has ended well, and one in its tests has not`()
        throws
    {
        let panic = "[    2.000000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n"
        let tests = "[    1.000000] KTAP version 1\n[    1.000000] 1..1\n"
        func verdict(_ text: String) throws -> ConsoleReport.Verdict {
            var reader = ConsoleLogReader(name: "x")
            try reader.add(Array(text.utf8))
            return ConsoleReport(toolVersion: "0", logs: [reader.finish()]).verdict
        }
        #expect(try verdict(tests + "[    1.000000] ok 1 a\n" + panic) == .passed)
        #expect(try verdict(tests + "[    1.000000] ok 1 a\n" + panic.replacing("VFS", with: "x")) == .failed)
        #expect(try verdict(tests + panic) != .passed)
        #expect(try verdict(panic) == .failed)
    }

    @Test func `a test that the second console never came to is lost, not missing`() throws {
        func log(_ text: String) throws -> ConsoleReport.Log {
            var reader = ConsoleLogReader(name: "x")
            try reader.add(Array(text.utf8))
            return reader.finish()
        }
        let whole = try log("KTAP version 1\n1..2\nok 1 a\nok 2 b\n")
        let other = try log("KTAP version 1\n1..1\nok 1 a\n")
        let broken = try log("KTAP version 1\n1..2\nok 1 a\nKernel panic - not syncing: x\n")
        #expect(ConsoleReport(toolVersion: "0", logs: [other], baseline: whole).count(.missing) == 1)
        #expect(ConsoleReport(toolVersion: "0", logs: [other], baseline: whole).verdict == .passed)
        #expect(ConsoleReport(toolVersion: "0", logs: [broken], baseline: whole).verdict == .failed)
    }
}
