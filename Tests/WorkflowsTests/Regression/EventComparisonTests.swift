// SPDX-License-Identifier: Apache-2.0
import Guest
import Records
import Testing
import Workflows

@Suite struct EventComparisonTests {
    private func log(inTest: String = "", after: String = "") throws -> ConsoleReport.Log {
        let lines = """
            Linux version 6.12.0 x
            KTAP version 1
            1..1
                KTAP version 1
                # Subtest: s
                1..2
                ok 1 a
            \(inTest)
                ok 2 b
            ok 1 s
            \(after)
            """
        let text = lines.split(separator: "\n").map { "[    1.000000] \($0)\n" }.joined()
        return try consoleLog(text)
    }

    private static let report = "BUG: KASAN: slab-use-after-free in foo+0x1/0x2"
    private static let fault = "Unable to handle kernel pointer dereference in virtual kernel address space"
    private static let caught = "    # b: try faulted: last line seen lib/kunit/kunit-test.c:131"

    private func verdict(_ log: ConsoleReport.Log, _ baseline: ConsoleReport.Log? = nil) -> ConsoleReport.Verdict {
        ConsoleReport(toolVersion: "0", logs: [log], baseline: baseline).verdict
    }

    @Test func `a BUG in a test that passes is unknown, and new where the baseline's test has none`() throws {
        let (good, bad) = (try log(), try log(inTest: Self.report))
        #expect(verdict(good) == .passed && verdict(bad) == .unknown)
        #expect(bad.doubtfulEvents.map(\.duringTest) == ["s > b"])
        #expect(verdict(bad, good) == .failed && verdict(bad, bad) == .passed && verdict(good, bad) == .passed)
        #expect(verdict(try log(after: Self.report)) == .failed)
        // The same words in a test excuse nothing outside of it.
        #expect(verdict(try log(after: Self.report), bad) == .failed)
    }

    @Test func `a fault that KUnit says it caught is the test's, a stall is not`() throws {
        let good = try log()
        let provoked = try log(inTest: Self.fault + "\n" + Self.caught)
        #expect(verdict(provoked) == .passed && verdict(provoked, good) == .passed)
        #expect(verdict(try log(inTest: Self.fault), good) == .failed)
        let stall = "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [kunit_try_catch:99]"
        #expect(verdict(try log(inTest: stall + "\n" + Self.caught)) == .unknown)
        let oops = "    # b: provokes an Oops\nkernel BUG at rust/helpers/bug.c:8!\nOops: 0040 ilc:2 [#1] SMP"
        #expect(verdict(try log(inTest: oops)) == .passed)
        #expect(verdict(try log(inTest: oops + "\n" + Self.report)) == .unknown)
    }

    @Test func `outside of tests, the same words with other numbers are the same`() throws {
        let old = try log(after: "Oops: 0004 ilc:3 [#1] SMP")
        #expect(verdict(try log(after: "Oops: 0011 ilc:2 [#2] SMP"), old) == .passed)
        #expect(verdict(try log(after: "Oops: 0011 ilc:2 [#2] SMP\nOops: 0011 ilc:2 [#3] SMP"), old) == .failed)
        let added = try log(after: "BUG: KASAN: slab-out-of-bounds in page_add+0x1/0x2")
        #expect(verdict(try log(after: "BUG: KASAN: slab-out-of-bounds in page_add+0xaf/0x2c"), added) == .passed)
        #expect(verdict(try log(after: "BUG: KASAN: slab-out-of-bounds in page_dec+0x1/0x2"), added) == .failed)
        #expect(verdict(try log(after: Self.report), old) == .failed)
        let worker = "INFO: task kworker/u8:3:123 blocked for more than 122 seconds."
        let other = "INFO: task kworker/u16:1:7 blocked for more than 245 seconds."
        #expect(verdict(try log(after: other), try log(after: worker)) == .passed)
    }

    @Test func `numbers in the names of functions are not left out`() throws {
        let old = try log(after: "BUG: KASAN: slab-out-of-bounds in sha1_update+0x10/0x20")
        #expect(verdict(try log(after: "BUG: KASAN: slab-out-of-bounds in sha1_update+0x1c/0x20"), old) == .passed)
        #expect(verdict(try log(after: "BUG: KASAN: slab-out-of-bounds in sha512_update+0x10/0x20"), old) == .failed)
    }

    @Test func `a warning that the baseline does not have is named, and decides nothing`() throws {
        let warning = "WARNING: CPU: 0 PID: 1 at lib/idr.c:594 ida_free+0x15a/0x170"
        let (good, bad) = (try log(), try log(inTest: warning, after: warning))
        let report = ConsoleReport(toolVersion: "0", logs: [bad], baseline: good)
        #expect(report.verdict == .passed && report.newWarnings?.map(\.count) == [2])
        #expect(ConsoleReport(toolVersion: "0", logs: [bad], baseline: bad).newWarnings == [[]])
    }
}
