// SPDX-License-Identifier: Apache-2.0
import Guest
import Records
import Testing

/// Reads a console whose every line has a printk prefix, as a kernel with `printk.time=1` writes it.
private func read(_ lines: String, prefixed: Bool = true) -> (tests: [TestResult], reader: ConsoleReader) {
    var text = ""
    for (index, line) in lines.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        if line.hasPrefix("!") {
            text += line.dropFirst() + "\n"
        } else {
            text += (prefixed ? "[    1.0000\(10 + index)] " : "") + line + "\n"
        }
    }
    return read(bytes: Array(text.utf8))
}

private func read(bytes: [UInt8]) -> (tests: [TestResult], reader: ConsoleReader) {
    var reader = ConsoleReader()
    reader.add(bytes)
    let tests = reader.finish()
    return (tests, reader)
}

/// `name=outcome` of a result and, in brackets, of those inside.
private func outline(_ tests: [TestResult]) -> String {
    tests.map { test in
        "\(test.name)=\(test.outcome.rawValue)" + (test.children.isEmpty ? "" : "[\(outline(test.children))]")
    }.joined(separator: " ")
}

private func outline(_ lines: String, prefixed: Bool = true) -> String {
    outline(read(lines, prefixed: prefixed).tests)
}

@Suite struct KTAPTests {
    @Test func `the specification's own example is read as it describes`() {
        let text = """
            KTAP version 1
            1..1
              KTAP version 1
              1..3
                KTAP version 1
                1..1
                # test_1: initializing test_1
                ok 1 test_1
              ok 1 example_test_1
                KTAP version 1
                1..2
                ok 1 test_1 # SKIP test_1 skipped
                ok 2 test_2
              ok 2 example_test_2
                KTAP version 1
                1..3
                ok 1 test_1
                # test_2: FAIL
                not ok 2 test_2
                ok 3 test_3 # SKIP test_3 skipped
              not ok 3 example_test_3
            not ok 1 main_test
            """
        let expected =
            "main_test=fail[example_test_1=pass[test_1=pass] example_test_2=pass[test_1=skip test_2=pass] "
            + "example_test_3=fail[test_1=pass test_2=fail test_3=skip]]"
        #expect(outline(text) == expected)
        #expect(outline(text, prefixed: false) == expected)
        let tests = read(text).tests
        #expect(tests[0].children[2].children[1].diagnostics == ["# test_2: FAIL"])
        #expect(tests[0].children[1].children[0].diagnostics == ["test_1 skipped"])
        #expect(tests[0].line == 22)
        #expect(tests[0].counts.pass == 3 && tests[0].counts.fail == 1 && tests[0].counts.skip == 2)
    }

    @Test func `suites of KUnit have their parameters inside`() {
        #expect(
            outline(
                """
                KTAP version 1
                1..1
                    KTAP version 1
                    # Subtest: hash
                    # module: hash_test
                    1..2
                        KTAP version 1
                        # Subtest: vectors
                        ok 1 len=0
                        ok 2 len=1
                    # vectors: pass:2 fail:0 skip:0 total:2
                    ok 1 vectors
                    ok 2 plain
                # hash: pass:2 fail:0 skip:0 total:2
                # Totals: pass:3 fail:0 skip:0 total:3
                ok 1 hash
                """) == "hash=pass[vectors=pass[len=0=pass len=1=pass] plain=pass]")
    }

    @Test(arguments: [
        ("ok 1 a # SKIP no device", TestOutcome.skip), ("not ok 1 a # SKIP no device", .skip), ("ok 1 a # SKIP", .skip),
        ("ok 1 a # skip: lower", .skip), ("not ok 1 a # TODO broken", .skip), ("ok 1 a # TODO broken", .pass),
        ("not ok 1 a # XFAIL known", .skip), ("not ok 1 a # TIMEOUT 30 seconds", .fail), ("ok 1 a # TIMEOUT", .unknown),
        ("not ok 1 a # ERROR x", .fail), ("ok 1 a # rcode=0", .pass), ("ok 1 a # UNHEARD of", .pass),
        ("ok 1 - a", .pass),
        ("ok 1 a#b", .pass), ("ok 1", .pass), ("ok 1 # SKIP only", .skip), ("not ok 1", .fail),
    ])
    func `directives decide`(line: String, outcome: TestOutcome) {
        let tests = read("KTAP version 1\n1..1\n\(line)").tests
        #expect(tests.map(\.outcome) == [outcome])
    }

    @Test(arguments: [
        "okay 1 a", "ok", "ok a", "not  ok 1 a", "OK 1 a", "ok 1a", "ok -1 a", "ok 0 a", "not ok", "xok 1 a",
    ])
    func `what only looks like a result is none`(line: String) {
        #expect(outline("KTAP version 1\n1..1\n\(line)") == "test 1=unknown")
    }

    @Test func `messages between the lines change no result`() {
        let text = """
            KTAP version 1
            1..1
            random: crng init done
                KTAP version 1
                # Subtest: s
            usb 1-1: not ok, not at all
                1..2
            ------------[ cut here ]------------
                ok 1 a
              indented noise
                ok 2 b
            ok then
            ok 1 s
            """
        #expect(outline(text) == "s=pass[a=pass b=pass]")
    }

    @Test func `diagnostics of a failure are kept with what stands between them`() {
        let tests = read(
            """
            KTAP version 1
            1..1
                KTAP version 1
                # Subtest: s
                1..1
                # a: EXPECTATION FAILED at lib/a.c:10
                Expected x == y, but
                    x == 1
                not ok 1 a
            not ok 1 s
            """
        ).tests
        #expect(
            tests[0].children[0].diagnostics
                == ["# a: EXPECTATION FAILED at lib/a.c:10", "Expected x == y, but", "x == 1"])
    }

    @Test func `a plan with fewer results than announced makes the rest, and the suite, unknown`() {
        let text = """
            KTAP version 1
            1..1
                KTAP version 1
                # Subtest: s
                1..3
                ok 1 a
            ok 1 s
            """
        #expect(outline(text) == "s=unknown[a=pass test 2=unknown test 3=unknown]")
        let missing = read(text).tests[0].children[1]
        #expect(missing.line == nil)
        #expect(missing.diagnostics[0].contains("1..3"))
    }

    @Test func `a suite that says it failed stays failed although results are missing`() {
        #expect(
            outline("KTAP version 1\n1..1\n    KTAP version 1\n    1..2\n    ok 1 a\nnot ok 1 s")
                == "s=fail[a=pass test 2=unknown]")
    }

    @Test func `a lost result in the middle is unknown`() {
        #expect(
            outline("KTAP version 1\n1..1\n    KTAP version 1\n    1..3\n    ok 1 a\n    ok 3 c\nok 1 s")
                == "s=unknown[a=pass test 2=unknown c=pass]")
    }

    @Test func `a suite that says ok over a failure inside is unknown`() {
        #expect(
            outline("KTAP version 1\n1..1\n    KTAP version 1\n    1..1\n    not ok 1 a\nok 1 s") == "s=unknown[a=fail]"
        )
    }

    @Test func `a crash in the middle leaves the rest unknown`() {
        let (tests, reader) = read(
            """
            KTAP version 1
            1..3
                KTAP version 1
                # Subtest: first
                1..1
                ok 1 a
            ok 1 first
                KTAP version 1
                # Subtest: second
                1..2
                ok 1 b
            Kernel panic - not syncing: Fatal exception: panic_on_oops
            """)
        #expect(outline(tests) == "first=pass[a=pass] second=unknown[b=pass test 2=unknown] test 3=unknown")
        #expect(reader.events.map(\.kind) == [.panic])
        #expect(reader.events[0].duringTest == "second")
    }

    @Test func `a suite whose result line is lost is unknown, and the next one is read`() {
        #expect(
            outline(
                """
                KTAP version 1
                1..2
                    KTAP version 1
                    # Subtest: first
                    1..1
                    ok 1 a
                    KTAP version 1
                    # Subtest: second
                    1..1
                    ok 1 b
                ok 2 second
                """) == "first=unknown[a=pass] second=pass[b=pass]")
    }

    @Test func `a suite whose beginning is lost is unknown`() {
        #expect(outline("KTAP version 1\n1..1\n    ok 2 b\n    ok 3 c\nok 1 s") == "s=unknown")
    }

    @Test func `a lost version line is made up for by the plan`() {
        #expect(outline("KTAP version 1\n1..1\n    # Subtest: s\n    1..1\n    ok 1 a\nok 1 s") == "s=pass[a=pass]")
        #expect(outline("KTAP version 1\n1..1\n    1..1\n    ok 1 a\nok 1 s") == "s=pass[a=pass]")
        #expect(outline("1..1\n    KTAP version 1\n    1..1\n    ok 1 a\nok 1 s") == "s=pass[a=pass]")
    }

    @Test func `a lost level in between is unknown, and so is what it is in`() {
        #expect(
            outline("KTAP version 1\n1..1\n        KTAP version 1\n        1..1\n        ok 1 p\n    ok 4 c\nok 1 s")
                == "s=unknown[c=pass[p=pass]]")
    }

    @Test func `without a plan the results that came count`() {
        #expect(outline("KTAP version 1\nok 1 a\nnot ok 2 b") == "a=pass b=fail")
    }

    @Test func `a plan after the results counts too`() {
        #expect(outline("TAP version 13\nok 1 a\nok 2 b\n1..3") == "a=pass b=pass test 3=unknown")
    }

    @Test(arguments: [
        ("# ok 1 x\n# ok 2 y", "m=pass"),
        ("# ok 1 x\n# not ok 2 y", "m=unknown"),
        ("# ok 1 x", "m=unknown"),
        ("# ok 1 x # SKIP none\n# ok 2 y # SKIP none", "m=skip"),
        ("# ok 1 x\n# ok 2 y # SKIP none", "m=pass"),
        ("# ok 1 x\n# not ok 2 y # XFAIL known", "m=pass"),
        ("# ok 1 x\n# ok 2 y\n# # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0", "m=unknown"),
        ("# ok 1 x\n# ok 2 y\n# # Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0", "m=pass"),
        ("# ok 1 x\n#     KTAP version 1\n#     1..1\n#     not ok 1 z\n# ok 2 y", "m=unknown"),
        ("# ok 1 x\n# Bail out! no memory", "m=unknown"),
    ])
    func `what the runner of selftests puts into comments is heard against its result`(_ inner: String, _ all: String) {
        let text = "TAP version 13\n1..2\n# selftests: mm: m\n# TAP version 13\n# 1..2\n\(inner)\n"
        #expect(outline(text + "ok 1 m\nok 2 other", prefixed: false) == "\(all) other=pass")
        #expect(outline(text + "not ok 1 m\nok 2 other", prefixed: false) == "m=fail other=pass")
    }

    @Test func `totals of a program that its results do not bear out make it unknown`() {
        let totals = "# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0"
        #expect(outline("TAP version 13\n1..2\nok 1 a\nok 2 b\n\(totals)") == "a=pass b=pass test results=unknown")
        #expect(outline("TAP version 13\n1..2\nok 1 a\nnot ok 2 b\n\(totals)") == "a=pass b=fail")
    }

    @Test func `a document that has nothing to run is skipped, with its reason`() {
        let (tests, _) = read("TAP version 13\n1..0 # SKIP no device", prefixed: false)
        #expect(outline(tests) == "all tests=skip")
        #expect(tests.first?.diagnostics == ["no device"])
        #expect(outline("TAP version 13\n1..0", prefixed: false).isEmpty)
    }

    @Test func `a plan that comes twice is taken once, and two plans make the suite unknown`() {
        #expect(
            outline("KTAP version 1\n1..1\n    KTAP version 1\n    1..1\n    1..1\n    ok 1 a\nok 1 s")
                == "s=pass[a=pass]")
        #expect(
            outline("KTAP version 1\n1..1\n    KTAP version 1\n    1..1\n    1..2\n    ok 1 a\nok 1 s")
                == "s=unknown[a=pass]")
    }

    @Test func `a result after a finished document that is no suite's is unknown, or failed where it says so`() {
        let start = "TAP version 13\n1..2\nok 1 a\nok 2 b\n"
        #expect(outline(start + "not ok 2 d") == "a=pass b=pass d=fail")
        #expect(outline(start + "not ok 7 d") == "a=pass b=pass d=fail")
        #expect(outline(start + "ok 3 d") == "a=pass b=pass d=unknown")
        #expect(
            outline("KTAP version 1\n1..1\n    KTAP version 1\n    1..1\n    ok 1 a\nok 1 s\nok 2 again")
                == "s=pass[a=pass] again=pass")
        #expect(outline(start + "ok 7 d") == "a=pass b=pass d=unknown")
        #expect(outline(start + "not ok 3 d") == "a=pass b=pass d=fail")
        #expect(outline(start + "a text") == "a=pass b=pass")
    }

    @Test func `a plan after a finished document begins another, which needs no version line`() {
        #expect(outline("1..1\nok 1 a\n1..1\nnot ok 1 b") == "a=pass b=fail")
        #expect(outline("KTAP version 1\n1..1\nok 1 a\n1..2\nok 1 c\nok 2 d # SKIP") == "a=pass c=pass d=skip")
        #expect(outline("1..1\nok 1 a\n1..2\nok 1 b") == "a=pass b=pass test 2=unknown")
    }

    @Test func `tests that give up have failed, and what they announced is unknown`() {
        let reason = "Bail out! out of memory"
        #expect(outline("TAP version 13\n1..1\nok 1 a\n\(reason)") == "a=pass tests that gave up=fail")
        #expect(outline("1..2\nok 1 a\n\(reason)") == "a=pass test 2=unknown tests that gave up=fail")
        #expect(read("1..1\nok 1 a\n\(reason)").tests.last?.diagnostics.first?.hasSuffix(reason) == true)
        #expect(outline("1..1\nok 1 a # Bail out! is a name") == "a=pass")
    }

    @Test(arguments: [
        ("ok 1 x # SKIPPED no dev", "x=skip"), ("ok 1 x # skipped: no hw", "x=skip"), ("ok 1 x ## SKIP y", "x=skip"),
        ("ok 1 x # a # SKIP b", "x=skip"), ("ok 1 x # a # b", "x=pass"), ("not ok 1 x # SKIPPED", "x=skip"),
        ("ok 1 x # no skip", "x=pass"),
    ])
    func `each word that begins with SKIP is TAP's directive, behind another remark, too`(line: String, result: String)
    {
        #expect(outline("TAP version 13\n1..1\n\(line)") == result)
    }

    @Test func `a result beyond the plan makes the suite unknown`() {
        #expect(
            outline("KTAP version 1\n1..1\n    KTAP version 1\n    1..1\n    ok 1 a\n    ok 2 b\nok 1 s")
                == "s=unknown[a=pass]")
    }

    @Test func `the same result twice counts once, and two that differ are unknown`() {
        #expect(outline("KTAP version 1\n1..2\nok 1 a\nok 1 a\nok 2 b") == "a=pass b=pass")
        #expect(outline("KTAP version 1\n1..2\nok 1 a\nnot ok 1 a\nok 2 b") == "a=unknown b=pass")
    }

    @Test func `results under another suite's name are unknown`() {
        #expect(
            outline("KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: x\n    1..1\n    ok 1 a\nok 1 y")
                == "y=unknown[a=pass]")
    }

    @Test func `lost console lines make a suite without a plan unknown`() {
        let text = """
            KTAP version 1
            1..1
                KTAP version 1
                # Subtest: s
                ok 1 a
            !** 3 printk messages dropped **
                ok 2 b
            !** 3 printk messages dropped **
            ok 1 s
            """
        #expect(outline(text) == "s=unknown[a=pass b=unknown]")
        #expect(read(text).reader.events.map(\.kind) == [.lost, .lost])
    }

    @Test func `lost console lines do no harm where plan and numbers show that no result was among them`() {
        #expect(
            outline(
                """
                KTAP version 1
                1..1
                    KTAP version 1
                    # Subtest: s
                    1..1
                    ok 1 a
                !** 3 printk messages dropped **
                ok 1 s
                """) == "s=pass[a=pass]")
    }

    @Test func `the kernel's own count decides where it differs`() {
        #expect(
            outline(
                """
                KTAP version 1
                1..1
                    KTAP version 1
                    # Subtest: s
                    ok 1 a
                    ok 2 b
                # s: pass:3 fail:0 skip:0 total:3
                ok 1 s
                """) == "s=unknown[a=pass b=pass]")
    }

    @Test func `two messages in one line make the results in it unknown`() {
        let (tests, reader) = read("KTAP version 1\n1..3\n!ok 1 a[    1.234567] ok 2 b\nok 3 c")
        #expect(outline(tests) == "a=unknown b=unknown c=pass")
        #expect(reader.events.map(\.kind) == [.interleaved])
        #expect(reader.events[0].line == 3)
    }

    @Test func `a result that runs into another message is unknown, and its name may be`() {
        #expect(outline("KTAP version 1\n1..2\nok 1 a[    1.234567] usb 1-1: new device\nok 2 b") == "a=unknown b=pass")
    }

    @Test func `a result line without its prefix may have lost its not`() {
        #expect(outline("KTAP version 1\n1..3\n!ok 1 a\n!not ok 2 b\n!.123456] ok 3 c") == "a=unknown b=fail c=pass")
    }

    @Test func `an indented result without its prefix still shows its beginning`() {
        #expect(
            outline("KTAP version 1\n1..1\n!    KTAP version 1\n!    1..1\n!    ok 1 a\nok 1 s") == "s=pass[a=pass]")
    }

    @Test func `a result line that the log's end cut off is unknown`() {
        #expect(outline(read(bytes: Array("KTAP version 1\n1..2\nok 1 a\nok 2 b".utf8)).tests) == "a=pass b=unknown")
    }

    @Test func `a suite that is skipped or fails before its first test has no results inside`() {
        #expect(outline("KTAP version 1\n1..2\nok 1 s # SKIP no device\nnot ok 2 t") == "s=skip t=fail")
    }

    @Test func `a parameterised test without parameters is skipped`() {
        #expect(
            outline(
                """
                KTAP version 1
                1..1
                    KTAP version 1
                    # Subtest: s
                    1..1
                        KTAP version 1
                        # Subtest: a
                    ok 1 a # SKIP
                ok 1 s # SKIP
                """) == "s=skip[a=skip]")
    }

    @Test func `a directive on a second line of the same record belongs to its result`() {
        let tests = read(
            """
            KTAP version 1
            1..3
            !    [    2.000000] noise
            !<6>[    2.000000] ok 1 a
            !<6>[    2.000000]  # SKIP too large
            ok 2 b
             # SKIP of another record
            !ok 3 c
            ! # SKIP without a record
            """
        ).tests
        #expect(tests.map(\.outcome) == [.skip, .pass, .unknown])
        #expect(tests[0].diagnostics == ["too large"])
    }

    @Test func `a module's suites after boot are read as well`() {
        #expect(
            outline(
                """
                KTAP version 1
                1..1
                ok 1 s
                Freeing unused kernel image
                KTAP version 1
                1..1
                    KTAP version 1
                    # Subtest: m
                    1..1
                    ok 1 a
                ok 1 m
                """) == "s=pass m=pass[a=pass]")
    }

    @Test func `a suite that is run again counts on`() {
        #expect(
            outline("KTAP version 1\n1..1\nok 1 s\n    KTAP version 1\n    # Subtest: s\n    1..1\n    ok 1 a\nok 2 s")
                == "s=pass s=pass[a=pass]")
    }

    @Test func `what stands outside of any document is no test`() {
        #expect(outline("ok 5 hello\nnot ok 7 world\nnoise 1..4\n# Subtest: no") == "")
    }

    @Test func `an event is named after the test that it happened in`() {
        let (_, reader) = read(
            """
            BUG: before all tests
            KTAP version 1
            1..2
            WARNING: lib/x.c:1 at init+0x1/0x2, CPU#0: swapper/0/1
                KTAP version 1
                # Subtest: s
                1..2
                ok 1 a
            WARNING: lib/x.c:2 at f+0x1/0x2, CPU#0: kunit_try_catch/12
                ok 2 b
            WARNING: lib/x.c:3 at exit+0x1/0x2, CPU#0: swapper/0/1
            ok 1 s
            ok 2 t
            BUG: after all tests
            """)
        #expect(reader.events.map(\.duringTest) == [nil, "s", "s > b", "s", nil])
    }

    // MARK: What consoles do

    private static let failing = """
        KTAP version 1
        1..1
            KTAP version 1
            # Subtest: s
            1..2
            ok 1 a
            # b: EXPECTATION FAILED at lib/b.c:10
            not ok 2 b
        not ok 1 s
        """

    @Test(arguments: ["\r\n", "\r\r\n", "\n\r", "\u{1b}[0m\r\n", "\u{1b}[K\n"])
    func `line ends and what a terminal is told there change no result`(end: String) {
        let lines = Self.failing.split(separator: "\n").enumerated().map { "[    1.0000\(10 + $0)] \($1)" }
        let tests = read(bytes: Array((lines.joined(separator: end) + end).utf8)).tests
        #expect(outline(tests) == "s=fail[a=pass b=fail]")
        #expect(tests.first?.children.last?.diagnostics == ["# b: EXPECTATION FAILED at lib/b.c:10"])
    }

    @Test func `colour anywhere in a line changes no result`() {
        let lines = Self.failing.split(separator: "\n").enumerated().map { number, line in
            "\u{1b}[32m[    1.0000\(10 + number)] \u{1b}[0m" + line.replacing("ok", with: "\u{1b}[1;31mok\u{1b}[0m")
                + "\n"
        }
        #expect(outline(read(bytes: Array(lines.joined().utf8)).tests) == "s=fail[a=pass b=fail]")
    }

    @Test func `a result line that is split in two at any place makes no failure a pass`() {
        let result = "    not ok 2 b"
        for length in 1..<result.count {
            let (head, rest) = (result.prefix(length), result.dropFirst(length))
            let tests = read(Self.failing.replacing(result + "\n", with: "\(head)\n!\(rest)\n")).tests
            let found = outline(tests)
            #expect(!found.contains("b=pass"), "split after \(length): \(found)")
            #expect(tests.allSatisfy { $0.outcome != .pass }, "split after \(length): \(found)")
        }
    }

    @Test func `a result that is split in two by another message is not decided`() {
        #expect(
            outline("KTAP version 1\n1..2\n!not [    1.000020] usb 1-1: new device\n!ok 1 a\nok 2 b")
                == "a=unknown b=pass")
    }

    @Test func `an Oops in the middle leaves the test that ran undecided, and the rest of its suite is read`() {
        let (tests, reader) = read(
            """
            KTAP version 1
            1..1
                KTAP version 1
                # Subtest: s
                1..3
                ok 1 a
            Oops: 0004 ilc:2 [#1]SMP
                ok 3 c
            ok 1 s
            """)
        #expect(outline(tests) == "s=unknown[a=pass test 2=unknown c=pass]")
        #expect(reader.events.map(\.kind) == [.oops])
    }

    // MARK: Hostile input

    @Test func `nesting without end is cut at a depth`() {
        var text = ""
        for depth in 0..<100_000 { text += String(repeating: " ", count: min(depth, 500)) + "KTAP version 1\n1..1\n" }
        let tests = read(bytes: Array(text.utf8.prefix(4 << 20))).tests
        #expect(!tests.isEmpty)
        #expect(tests.allSatisfy { $0.outcome == .unknown })
    }

    @Test func `a line of ten megabytes costs no more than its limit`() {
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20)
        let bytes = Array("KTAP version 1\n1..2\nok 1 ".utf8) + line + Array("\nok 2 b\n".utf8)
        let (tests, reader) = read(bytes: bytes)
        #expect(tests.map(\.outcome) == [.unknown, .pass])
        #expect(tests[0].name.utf8.count < 10_000)
        #expect(reader.lines == 4)
    }

    @Test func `a plan beyond all measure is one unknown entry`() {
        let tests = read("KTAP version 1\n1..999999999").tests
        #expect(tests.count == 1)
        #expect(tests[0].outcome == .unknown)
        #expect(tests[0].diagnostics[0].contains("999999999"))
    }

    @Test func `a number too large for an integer is no plan and no result`() {
        #expect(outline("KTAP version 1\n1..99999999999999999999999\nok 99999999999999999999999 a\nok 1 b") == "b=pass")
    }

    @Test func `results that leap are filled up to a limit`() {
        let tests = read("KTAP version 1\nok 900000000 a\nok 900000001 b").tests
        #expect(outline(tests) == "tests 1 to 899999999=unknown a=pass b=pass")
    }

    @Test func `random bytes are read to their end, whatever pieces they come in`() {
        var state: UInt64 = 42
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        let words = [
            "KTAP version 1\n", "1..3\n", "    ", "ok 1 a\n", "not ok 2 b", "# Subtest: x\n", "[    1.000000] ",
            "\u{1b}[",
        ]
        var bytes: [UInt8] = []
        for _ in 0..<20_000 {
            if next() < 128 { bytes += words[Int(next()) % words.count].utf8 } else { bytes.append(next()) }
        }
        let whole = read(bytes: bytes)
        var reader = ConsoleReader()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int(next()) % 50 + 1)
            reader.add(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        #expect(reader.finish() == whole.tests)
        #expect(reader.events == whole.reader.events)
    }

    @Test func `every prefix of a good log gives no pass that the log does not hold`() {
        let text = """
            KTAP version 1
            1..2
                KTAP version 1
                # Subtest: s
                1..2
                ok 1 a
                not ok 2 b
            not ok 1 s
            not ok 2 t

            """
        let bytes = Array(text.utf8)
        for length in 0...bytes.count {
            let tests = read(bytes: Array(bytes[..<length])).tests
            #expect(tests.reduce(into: TestCounts()) { $0 += $1.counts }.pass <= 1)
            #expect(tests.allSatisfy { $0.outcome != .pass })
        }
    }

    @Test func `losing any one line of a good log never turns a failure into a pass`() {
        let lines = """
            KTAP version 1
            1..2
                KTAP version 1
                # Subtest: s
                1..2
                    KTAP version 1
                    # Subtest: a
                    1..2
                    ok 1 x
                    not ok 2 y
                not ok 1 a
                ok 2 b
            # s: pass:1 fail:1 skip:0 total:2
            not ok 1 s
                KTAP version 1
                # Subtest: t
                1..1
                not ok 1 c
            not ok 2 t
            """.split(separator: "\n").map(String.init)
        for lost in lines.indices {
            var rest = lines
            rest.remove(at: lost)
            let tests = read(rest.joined(separator: "\n")).tests
            let passed = outline(tests)
            #expect(tests.allSatisfy { $0.outcome != .pass }, "without line \(lost + 1): \(passed)")
            for name in ["y=pass", "a=pass", "c=pass"] { #expect(!passed.contains(name), "without line \(lost + 1)") }
        }
    }
}
