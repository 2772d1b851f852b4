// SPDX-License-Identifier: Apache-2.0
import Guest
import Records
import Testing
import Workflows

/// Logs that hold an `ok` for each test, and something that speaks against it.
@Suite struct UnprovenLogTests {
    private func verdict(_ text: String) throws -> ConsoleReport.Verdict {
        ConsoleReport(toolVersion: "0", logs: [try consoleLog(text)]).verdict
    }

    @Test(arguments: [
        "1..3\nok 1 a\nnot [    1.234567] foo: bar\nok 2 b\nnot ok 3 c\n",
        "[    1.000000] boot\nTAP version 13\n1..2\n[    1.000001] x\nok 1 a\nnot [    1.000002] foo\n[    1.000003] bar\nok 2 b\n",
        "TAP version 13\n1..1\nnot [    1.234567] foo\n[    1.234568] bar\nok 1 a\n",
        "TAP version 13\n1..2\nok 1 a\nnot \nfoo bar\nok 2 b\n",
        "TAP version 13\n1..2\nok 1 a\nnot\n\nok 2 b\n",
        "TAP version 13\n1..1\n# selftests: mm: x\n# not ok 2 y\nok 1 selftests: mm: x\n",
        "TAP version 13\n1..1\n# # not ok 1 y\nok 1 x\n",
        "TAP version 13\n1..1\n# # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0\nok 1 x\n",
        "TAP version 13\n1..1\n# Bail out! no memory\nok 1 x\n",
        "TAP version 13\n1..1\n#  not ok 1 y\nok 1 x\n",
        "TAP version 13\n1..1\n# 1..1\n# ok 1 z\n#     not ok 2 z2\nok 1 a\n",
        "TAP version 13\n1..1\n# not ok y\nok 1 a\n",
        "TAP version 13\n1..1\n# progress 1\r# not ok 1 y\nok 1 a\n",
        "TAP version 13\n1..1\n# [    3.000000] # not ok 2 y\nok 1 a\n",
        "TAP version 13\n1..1\n# # # # # # not ok 1 y\nok 1 a\n",
        "[   12.000001] not ok 70 suite_x\n[   12.000002] ok 71 suite_y\n[   20.000001] KTAP version 1\n[   20.000002] 1..1\n[   20.000003] ok 1 m\n",
        "not ok 5 x\nTAP version 13\n1..1\nok 1 a\n",
        "TAP version 13\n1..1\nok 1 a\n    not ok 1 b\n    not ok 2 c\n",
        "TAP version 13\n1..1\nok 1 a\nTAP version 13\n    not ok 1 c\n",
        "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: s\n    1..1\n    ok 1 a\n        not ok 1 p\nok 1 s\n",
        "TAP version 13\nok 1 a\nnot ok\n",
        "TAP version 13\n1..1\nok 1 a\n# not ok 2 b\n",
        "TAP version 13\n1..1\nok 1 a\n# Totals: pass:0 fail:0 xfail:0 xpass:0 skip:1 error:0\n",
        "TAP version 13\n1..1\n# 1..2\n# ok 1 y\n# ok 2 z # SKIP\n# # Totals: pass:0 fail:0 xfail:0 xpass:0 skip:2 error:0\nok 1 x\n",
        "TAP version 13\n1..2\nok 1 a\nok 2 b\n# Totals: pass:1 fail:0 xfail:0 xpass:0 skip:0 error:0\n",
        "TAP version 13\n1..2\n# Totals: pass:0 fail:1 xfail:0 xpass:0 skip:0 error:0\nok 1 a\n# Totals: pass:1 fail:0 xfail:0 xpass:0 skip:0 error:0\nok 2 b\n",
        "Nov 27 12:00:00 h kst.sh[123]: TAP version 13\nNov 27 12:00:00 h kst.sh[123]: 1..1\nNov 27 12:00:01 h kernel: BUG: KASAN: slab-out-of-bounds in f+0x1/0x2\nNov 27 12:00:01 h kst.sh[123]: ok 1 a\n",
        "12:30:00  TAP version 13\n12:30:00  1..1\n12:30:01 ** 12 printk messages dropped **\n12:30:00  ok 1 a\n",
        "TAP version 13\n1..1\n[Fri Nov 27 12:00:00 2026] BUG: KASAN: x in f\nok 1 a\n",
        "  TAP version 13\n  1..1\n  [    1.000000] BUG: KASAN: x in f\n  ok 1 a\n",
        "TAP version 13\n1..1\n# Trying clone3[   12.345678] BUG: KASAN: x in f\nok 1 a\n",
        "TAP version 13\n1..1\n# x\r[    1.000000] BUG: KASAN: x in f\nok 1 a\n",
        "[    1.000000] TAP version 13\n[    1.000001] 1..2\n[    1.966110] ok 1 a\n[    1.966110]  # SKIP no[    1.966111] foo\n[    1.966112] ok 2 b\n",
        "[    1.000000] TAP version 13\n[    1.000001] 1..2\n[    1.966110] ok 1 a\n# SKIP no\n[    1.966112] ok 2 b\n",
        "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: s\n    1..0\nok 1 s\n",
        "TAP version 13\n1..1\n\0\0\0\0ok 1 a\n",
        "12:00:01 h kernel: KTAP version 1\n12:00:01 h kernel: 1..1\n12:00:01 h kernel: ok 1 s\n12:00:06 h run.sh[8]: TAP version 13\n12:00:06 h run.sh[8]: 1..1\n12:00:06 h run.sh[8]: not ok 1 z\n",
        "12:00:01 h kernel: KTAP version 1\n12:00:01 h kernel: 1..1\n12:00:01 h kernel: ok 1 s\n12:00:06 lpar1 kernel: INFO: task x:1 blocked for more than 122 seconds.\n",
        "kern  :info  : [Fri Nov 27 12:00:01 2026] KTAP version 1\nkern  :info  : [Fri Nov 27 12:00:01 2026] 1..1\nkern  :info  : [Fri Nov 27 12:00:01 2026] ok 1 s\nkern  :err   : [Fri Nov 27 12:00:06 2026] INFO: task x:1 blocked for more than 122 seconds.\n",
        "[Nov27 12:00] KTAP version 1\n[  +0.000003] 1..1\n[  +0.000003] ok 1 s\n[Nov27 12:03] INFO: task x:1 blocked for more than 122 seconds.\n",
        "Nov 27 12:00:01 h kern.info kernel: KTAP version 1\nNov 27 12:00:01 h kern.info kernel: 1..1\nNov 27 12:00:01 h kern.info kernel: ok 1 s\nNov 27 12:00:06 h kern.err kernel: INFO: task x:1 blocked for more than 122 seconds.\n",
        "[    1.000000] ok 70 x\n[    1.000001] ok 71 y\n[    2.000000] KTAP version 1\n[    2.000001] 1..1\n[    2.000002] ok 1 m\n",
        "[    1.000000] # x: pass:4 fail:1 skip:0 total:5\n[    2.000000] KTAP version 1\n[    2.000001] 1..1\n[    2.000002] ok 1 m\n",
        "TAP version 13\nok 1 a\nok 2 b\nSegmentation fault (core dumped)\n",
        "TAP version 13\nok 1 a\nok 2 b    not ok 3 c\n",
        "    # alpha: pass:2 fail:0 skip:1 total:3\nok 1 alpha\nok 2 beta\n",
        "Nov 27 12:00:00 h kernel: TAP version 13\nNov 27 12:00:00 h kernel: 1..1\nNov 27 12:00:00 h kernel: ok 1 a\nNov 27 12:00:00 h systemd-journald[201]: Missed 412 kernel messages\n",
        "Nov 27 12:00:00 h kernel: TAP version 13\nNov 27 12:00:00 h kernel: 1..1\nNov 27 12:00:00 h kernel: ok 1 a\nNov 27 12:00:00 h rsyslogd: imjournal: 1203 messages lost due to rate-limiting (20000 allowed within 600 seconds)\n",
        "12:00:00 TAP version 13\n12:00:00 1..1\n12:00:00 ok 1 a\n12:00:10.123 TAP version 13\n12:00:10.123 1..1\n12:00:10.123 not ok 1 y\n",
        "1T00:00:00 01O TAP version 13\n1T00:00:00 01O 1..1\n1T00:00:00 01O ok 1 a\n1T00:00:00 01E not ok 1 y\n",
        "12:00:00 h kernel: TAP version 13\n12:00:00 h kernel: 1..1\n12:00:00 h kernel: ok 1 a\n12:00:00 h rsyslogd:  message repeated 2 times: [ not ok 2 s]\n",
        "[    1.000000] TAP version 13\n[    1.000001] 1..1\n[    1.000002] ok 1 a\nNov 27 12:00:00 h kernel: kernel BUG at lib/x.c:3!\n",
        "TAP version 13\n1..2\nok 1 a\nnot ok 2 selftests: mm: b # exit=1 # SKIP no hugepages\n",
        "TAP version 13\n1..1\n# FAILED: 3 / 6 tests passed.\nok 1 a\n",
        "TAP version 13\n1..1\nok 1 a\n# selftests: net: b\n",
        "KTAP version 1\n1..1\nok 1 a\n    # b: EXPECTATION FAILED at lib/x.c:12\n",
        "KTAP version 1\n1..1\nok 1 a\n# s: pass:3 fail:2 skip:0 total:5\n",
        "KTAP version 1\n1..1\n# Totals: pass:1 fail:1 skip:0 total:2\nok 1 a\n",
        "    ok 4 d\n    ok 5 e\nKTAP version 1\n1..1\nok 1 z\n",
        "TAP version 13\n1..1\nok 1 a\n    ok 3 lost\nTAP version 13\n1..1\nok 1 b\n",
        "KTAP version 1\n1..1\nok 1 z\nKTAP version 1\n",
        "TAP version 13\n1..1\nok 1 a\nnot ok\t4 d\n", "TAP version 13\n1..1\nok 1 a\nnot  ok 3 d\n",
        "TAP version 13\n1..1\nok 1 a\n[    9.000000] Watchdog detected hard LOCKUP on cpu 3\n",
        "TAP version 13\n1..1\nok 1 a\nqemu-system-s390x: CPU #0 disabled wait: PSW 0x2000180000000 0x0\n",
        "- {\"dt\": \"2026-11-27T12:00:01\", \"msg\": \"TAP version 13\"}\n- {\"dt\": \"2026-11-27T12:00:01\", \"msg\": \"1..9\"}\n- {\"dt\": \"2026-11-27T12:00:01\", \"msg\": \"ok 1 a\"}\n",
        "TAP version 13\n1..1\nok 1 a\n[    2.000000] BUG kmalloc-64 (Not tainted): Poison overwritten\n",
        "TAP version 13\n1..1\nok 1 a\n[    2.000000] [ BUG: Invalid wait context ]\n",
        "TAP version 13\n1..1\nok 1 a\n[    2.000000] WARNING: possible circular locking dependency detected\n",
        "TAP version 13\n1..1\nok 1 a\n00: HCPGIR450W CP entered; disabled wait PSW 00020001 80000000 00000000 0012E0B2\n",
    ])
    func `a failure, a gap or a death that stands anywhere in a log is no pass`(_ text: String) throws {
        #expect(try verdict(text) != .passed)
    }

    @Test(arguments: [
        "general protection fault, probably for non-canonical address 0xdead: 0000 [#1] PREEMPT SMP",
        "divide error: 0000 [#1] SMP",
        "Internal error: undefined instruction: 0 [#1] SMP",
        "Oops[#1]:",
        "NMI watchdog: BUG: soft lockup - CPU",
        "Kernel stack overflow.",
    ])
    func `the words of each architecture for a death are one`(_ words: String) throws {
        #expect(try verdict("TAP version 13\n1..1\n[    1.000000] \(words)\nok 1 a\n") == .unknown)
        #expect(try verdict("TAP version 13\n1..1\n# \(words)\nok 1 a\n") == .passed)
    }

    @Test(arguments: [
        "[    1.000000] TAP version 13\n[    1.000001] 1..2\n[    1.966110] ok 1 a\n\n[    1.966110]  # SKIP no\n[    1.966112] ok 2 b\n",
        "TAP version 13\n1..1\nok 1 a\n",
        "TAP version 13\n1..2\n# selftests: a: b\n# TAP version 13\n# 1..1\n# ok 1 x\n# # Totals: pass:1 fail:0 xfail:0 xpass:0 skip:0 error:0\nok 1 selftests: a: b\n# selftests: a: c\n# plain text\nok 2 selftests: a: c\n",
        "TAP version 13\n1..2\nok 1 a\nok 2 b # SKIP x\n# Totals: pass:1 fail:0 xfail:0 xpass:0 skip:1 error:0\n",
        "TAP version 13\n1..2\n# a\n# TAP version 13\n# 1..1\n# not ok 1 x # SKIP none\nok 1 a # SKIP\nok 2 b\n",
        "TAP version 13\n1..1\n# This is not ok at all\nok 1 a\n",
        "[    1.000000] it is not\n[    1.000001] TAP version 13\n[    1.000002] 1..1\n[    1.000003] ok 1 a\n",
        "[    1.000000] TAP version 13\n[    1.000001] 1..1\n[    1.000002] ok 1 a [#1]x\n",
        "TAP version 13\n1..1\n# check whether the page is mapped or not\nok 1 a\n",
        "[    1.000000] TAP version 13\n[    1.000001] 1..1\n[    1.000002] ok 1 a\n[    1.000003] # a: pass:4 fail:0 skip:0 total:4\n",
        "12:00:01 h kernel: TAP version 13\n12:00:01 h kernel: 1..1\n12:00:01 h kernel: ok 1 a\n12:00:06 h systemd[1]: Started x: it is ok 2 day.\n",
        "TAP version 13\n1..1\nok 1 a\n[    2.000000] WARNING: CPU: 0 PID: 1 at lib/idr.c:594 ida_free+0x15a/0x170\n",
        "TAP version 13\n1..1\nok 1 a\n[    2.000000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\nHCPGIR450W CP entered; disabled wait PSW 00020001 80000000 00000000 0012E0B2\n",
        "TAP version 13\n1..1\nok 1 a\n[    2.000000] on_panic=stop: a disabled wait follows a panic\n",
    ])
    func `what speaks against nothing leaves a pass`(_ text: String) throws {
        #expect(try verdict(text) == .passed)
    }

    /// The runner of selftests writes a document for each collection.
    @Test func `a console that ends after fewer documents than the baseline has is no proof that the others are gone`()
        throws
    {
        let first = "TAP version 13\n1..1\nok 1 a\n"
        let both = first + "TAP version 13\n1..1\nok 1 b\n"
        func verdict(_ text: String) throws -> TestComparison.Verdict? {
            ConsoleReport(toolVersion: "0", logs: [try consoleLog(text)], baseline: try consoleLog(both))
                .tests?.first { $0.path == "b" }?.verdict
        }
        #expect(try verdict(both) == .passing)
        #expect(try verdict(first) == .unknown)
        #expect(try verdict(first + "# selftests: net: b\n") == .unknown)
        #expect(try verdict(first + "[    9.000000] reboot: Power down\n") == .missing)
    }

    @Test func `a kernel that finds no root, where the baseline's does, has died`() throws {
        let good = "[    1.000000] KTAP version 1\n[    1.000001] 1..1\n[    1.000002] ok 1 a\n"
        func panic(_ device: String) -> String {
            good + "[    2.000000] Kernel panic - not syncing: VFS: Unable to mount root fs on \(device)\n"
        }
        func verdict(_ text: String, _ baseline: String) throws -> ConsoleReport.Verdict {
            ConsoleReport(toolVersion: "0", logs: [try consoleLog(text)], baseline: try consoleLog(baseline)).verdict
        }
        #expect(try verdict(panic("dasda1"), good) == .failed)
        #expect(try verdict(panic("dasda1"), panic("unknown-block(0,0)")) == .passed)
        #expect(try verdict(good, panic("dasda1")) == .passed)
    }

    @Test func `a compressed console is named, with what unpacks it`() throws {
        let notes = try consoleLog("BZh91AY&SY").notes
        #expect(notes.contains { $0.contains("bzcat FILE | bessemer console -") })
    }

    @Test func `lost messages and unread failures are unknown beside a baseline, too`() throws {
        let good = "TAP version 13\n1..1\nok 1 a\n"
        for (more, verdict) in [
            ("", ConsoleReport.Verdict.passed), ("** 12 printk messages dropped **\n", .unknown),
            ("not ok\n", .unknown),
        ] {
            #expect(
                ConsoleReport(toolVersion: "0", logs: [try consoleLog(good + more)], baseline: try consoleLog(good))
                    .verdict
                    == verdict)
        }
    }
}
