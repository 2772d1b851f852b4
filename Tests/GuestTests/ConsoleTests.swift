// SPDX-License-Identifier: Apache-2.0
import Guest
import Records
import Testing

private func read(_ text: String, steps: [String] = []) -> ConsoleReader { read(Array(text.utf8), steps: steps) }

private func read(_ bytes: [UInt8], steps: [String] = []) -> ConsoleReader {
    var reader = ConsoleReader(steps: steps)
    reader.add(bytes)
    _ = reader.finish()
    return reader
}

@Suite struct ConsoleTests {
    // MARK: Lines

    @Test(arguments: ["a\nb\n", "a\r\nb\r\n", "a\n\rb\n\r", "a\nb", "\na\n\n"])
    func `lines are counted by their line feeds`(text: String) {
        let feeds = text.utf8.count { $0 == 0x0a }
        #expect(read(text).lines == feeds + (text.hasSuffix("b") || text.hasSuffix("\r") ? 1 : 0))
    }

    @Test(arguments: [
        ("\u{1b}[1;31mred\u{1b}[0m text\n", "red text"), ("\u{1b}]0;title\u{07}text\n", "text"),
        ("\u{1b}]0;title\u{1b}\\text\n", "text"), ("\u{1b}(Btext\n", "text"), ("te\0xt\n", "text"),
        ("te\u{08}xt\n", "text"),
        ("tab\tstays\n", "tab\tstays"), ("old\rnew\n", "old new"), ("text\r\r\n", "text"),
        ("c1\u{9b}31m\n", "c1\u{fffd}31m"),
        ("\u{1b}[\u{1b}[never ends\n", "ever ends"), ("\u{1b}]never ends\nnext\n", "next"),
    ])
    func `escape sequences and control characters are taken out`(text: String, line: String) {
        #expect(read(text).lastLine == line)
    }

    @Test func `bytes that are no UTF-8 are replaced`() {
        #expect(read([0x61, 0xff, 0xfe, 0x62, 0x0a]).lastLine == "a\u{fffd}\u{fffd}b")
    }

    @Test(arguments: [
        "[    1.234567] text", "[12345.678901] text", "[    1.234567][    T1] text", "[    1.234567][   C12] text",
        "<6>[    1.234567] text", "[    T1] text", "234567] text", "T1] text",
    ])
    func `a printk prefix is taken off`(line: String) {
        #expect(read("[    0.000000] first\n\(line)\n").lastLine == "text")
    }

    @Test(arguments: [
        "[1.2] text", "[    1.234567]text", "[<00000000deadbeef>] f+0x1/0x2", "(1.234567) text", "a] text",
    ])
    func `what is no printk prefix stays`(line: String) {
        #expect(read("\(line)\n").lastLine == line)
    }

    // MARK: Events, in the words of the kernel's sources

    @Test(arguments: [
        ("WARNING: lib/idr.c:594 at ida_free+0x15a/0x170, CPU#1: swapper/0/1", ConsoleEvent.Kind.warning),
        ("WARNING: CPU: 0 PID: 1 at lib/idr.c:594 ida_free+0x15a/0x170", .warning),
        ("WARNING: possible circular locking dependency detected", .bug),
        ("WARNING: suspicious RCU usage", .bug),
        ("[ BUG: Invalid wait context ]", .bug),
        ("BUG kmalloc-64 (Not tainted): Poison overwritten", .bug),
        ("HCPGIR450W CP entered; disabled wait PSW 00020001 80000000 00000000 0012E0B2", .panic),
        ("kernel BUG at lib/list_debug.c:29!", .bug),
        ("BUG: sleeping function called from invalid context at mm/slab.h:1", .bug),
        ("BUG: KASAN: slab-out-of-bounds in f+0x1/0x2", .bug),
        ("UBSAN: array-index-out-of-bounds in lib/x.c:3:4", .bug),
        ("rust_kernel: panicked at rust/kernel/x.rs:1:2:", .bug),
        ("Unable to handle kernel pointer dereference in virtual kernel address space", .oops),
        ("Oops: 0004 ilc:2 [#1]SMP", .oops),
        ("monitor event: 0040 ilc:2 [#1]SMP", .oops),
        ("illegal operation: 0001 ilc:1 [#1]SMP", .oops),
        ("Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)", .panic),
        ("watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:1]", .stall),
        ("BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 30s!", .stall),
        ("watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 1", .stall),
        ("INFO: task sh:1 blocked for more than 120 seconds.", .stall),
        ("rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", .stall),
        ("rcu: INFO: rcu_preempt self-detected stall on CPU", .stall),
        ("INFO: rcu_tasks detected stalls on tasks:", .stall),
        ("rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-....", .stall),
        ("** 12 printk messages dropped **", .lost),
        ("sh: 7 output lines suppressed due to ratelimiting", .lost),
    ])
    func `events are told by the kernel's words`(text: String, kind: ConsoleEvent.Kind) {
        let reader = read("[    1.000000] first\n[    1.234567] \(text)\n")
        #expect(reader.events == [ConsoleEvent(kind: kind, line: 2, text: text)])
    }

    @Test(arguments: [
        "---[ end Kernel panic - not syncing: x ]---", "    # test: WARNING: x", "this is no BUG: at all",
        "INFO: lockdep is turned off.", "Unable to handle swap header version 3",
        "rcu: Hierarchical RCU implementation.",
        "Kernel command line: panic=-1", "Panic not", "warning: lower case",
        "INFO: Stall ended before state dump start",
        "CPU0: Spectre", "x ilc:y",
    ])
    func `innocent messages are no events`(text: String) {
        #expect(read("[    1.234567] \(text)\n").events.isEmpty)
    }

    @Test func `a flood of events is kept up to a limit and says so`() {
        let reader = read(
            String(repeating: "WARNING: again\n", count: 10_000) + "Kernel panic - not syncing: at last\n")
        #expect(reader.events.count < 2100)
        #expect(reader.events.contains { $0.kind == .panic })
        #expect(reader.events.last?.kind == .lost)
        #expect(reader.events.last?.text.contains("8000") == true)
        #expect(reader.hasPanicked)
    }

    // MARK: Steps

    private let steps = ["mount /proc", "insert x", "power off"]

    @Test func `steps are followed with what is said meanwhile`() {
        let reader = read(
            """
            [    1.000000] bessemer: step 1/3 mount /proc
            [    1.000001] bessemer: end 1/3 0
            [    1.000002] between
            [    1.000003] bessemer: step 2/3 insert x
            [    1.000004] x: loading
            [    1.000005] bessemer: said 2/3 insmod: no
            [    1.000006] bessemer: end 2/3 1
            [    1.000007] bessemer: step 3/3 power off

            """, steps: steps)
        #expect(reader.steps.map(\.status) == [0, 1, nil])
        #expect(reader.steps[1].messages == ["x: loading", "insmod: no"])
        #expect(reader.steps[0].messages.isEmpty)
        #expect(reader.stepNumber == 3)
    }

    @Test(arguments: [
        "bessemer: step 4/3 x", "bessemer: step 0/3 x", "bessemer: step 1/2 mount /proc", "bessemer: step 1/3 other",
        "bessemer: step x/y z", "bessemer: step", "bessemer: end 1/3 999", "bessemer: end 1/3 -",
        "bessemer: dance 1/3 x",
        "bessemer:step 1/3 mount /proc", "said: bessemer: step 1/3 mount /proc",
    ])
    func `a line that no script of ours says moves no step`(line: String) {
        #expect(read("[    1.000000] \(line)\n", steps: steps).stepNumber == 0)
    }

    @Test func `a step whose beginning is lost is known by its end`() {
        let reader = read("[    1.000000] bessemer: end 2/3 0\n", steps: steps)
        #expect(reader.stepNumber == 2)
        #expect(reader.steps[1].status == 0)
        #expect(!reader.steps[0].hasStarted)
    }

    @Test func `each step has the kernel's time, and what its command alone said where that is asked for`() {
        var reader = ConsoleReader(steps: steps, saidLimit: 2)
        reader.add(
            Array(
                """
                [    0.084000] Linux version 6.12
                [    1.250000] bessemer: step 1/3 mount /proc
                [    1.300000] x: the kernel says
                [    1.300001] bessemer: said 1/3     ok 1 a
                [    1.300002] bessemer: said 1/3 two
                [    1.300003] bessemer: said 1/3 three
                <6>[   12.500000][    T1] bessemer: end 1/3 0
                bessemer: step 2/3 insert x

                """.utf8))
        _ = reader.finish()
        #expect(reader.steps[0].startedAt == 1.25 && reader.steps[0].endedAt == 12.5)
        #expect(reader.steps[0].said == ["    ok 1 a", "two"])
        #expect(reader.steps[0].messages.count == 4)
        #expect(reader.steps[1].hasStarted && reader.steps[1].startedAt == nil)
    }

    @Test(arguments: ["", "[    0.000000] "])
    func `a machine that is too old for the kernel is told in the kernel's own words`(prefix: String) {
        let words = [
            "The Linux kernel requires more recent processor hardware", "Detected machine-type number: 2094",
            "Missing facilities: 27,32,33,34,35", "See Principles of Operations for facility bits",
        ]
        #expect(read(words.map { "\(prefix)\($0)\n" }.joined()).refusal == words)
        let kernel = "[    0.000001] Linux version 6.12\n"
        #expect(read(kernel + kernel + words[0] + "\n").refusal.isEmpty)
    }
}
