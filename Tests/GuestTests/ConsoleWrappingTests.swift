// SPDX-License-Identifier: Apache-2.0
import Guest
import Records
import Testing

private func read(_ lines: [String]) -> (tests: [TestResult], reader: ConsoleReader) {
    let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
    var reader = ConsoleReader()
    reader.add(bytes)
    let (last, tests) = reader.finished { take in take(bytes) }
    return (tests, last)
}

/// Pieces of at most `width` characters.
private func wrapped(_ line: String, _ width: Int) -> [String] {
    var pieces: [String] = []
    var rest = line[...]
    while rest.count > width {
        pieces.append(String(rest.prefix(width)))
        rest = rest.dropFirst(width)
    }
    return pieces + [String(rest)]
}

private func outline(_ tests: [TestResult]) -> String {
    tests.map { test in
        "\(test.name)=\(test.outcome.rawValue)" + (test.children.isEmpty ? "" : "[\(outline(test.children))]")
    }.joined(separator: " ")
}

@Suite struct ConsoleWrappingTests {
    /// A kernel's start and its tests; some lines are wide.
    private static let log: [String] = {
        let words = ["memory", "clock", "console", "interrupts", "devices", "random", "network", "crypto"]
        let start = (0..<40).map { number in
            let word = words[number % words.count]
            return "\(word): \(number) is set up" + String(repeating: " and so is \(word)", count: number % 7)
        }
        let long = "a_test_with_a_name_that_is_longer_than_a_line_of_a_console_and_so_goes_on_in_the_next_one"
        return
            (start + [
                "KTAP version 1", "1..2", "    KTAP version 1", "    # Subtest: s", "    1..4", "    ok 1 a",
                "    ok 2 \(long) # SKIP there is no device", "    not ok 3 \(long)_once_more",
                "    ok 4 \(long)_at_last",
                "not ok 1 s", "    KTAP version 1", "    # Subtest: t", "    1..1", "    ok 1 d at 23:30:00 UTC",
                "ok 2 t",
            ]).enumerated().map { "[    1.\(100_000 + $0)] \($1)" }
    }()

    @Test(arguments: [60, 79, 80, 81, 100])
    func `a console that wraps has the results of one that does not, and says so`(width: Int) {
        let whole = read(Self.log)
        #expect(whole.reader.columns == nil)
        let lines = Self.log.flatMap { wrapped($0, width) }
        for isPadded in [false, true] {
            let found = read(
                isPadded ? lines.map { $0 + String(repeating: " ", count: max(0, width - $0.count)) } : lines)
            #expect(outline(found.tests) == outline(whole.tests))
            #expect(found.reader.columns == width)
            #expect(found.reader.joinedLines == lines.count - Self.log.count)
            #expect(found.reader.lines == lines.count)
        }
    }

    /// Names of what passed.
    private func passes(_ tests: [TestResult]) -> Set<String> {
        tests.reduce(into: []) { names, test in
            if test.outcome == .pass { names.insert(test.name) }
            names.formUnion(passes(test.children))
        }
    }

    @Test(arguments: [60, 79, 80, 81, 100], ["12:36:27 ", "conserver: ", "<6>"])
    func `where something writes text before lines none are joined, and nothing passes that did not`(
        width: Int, prefix: String
    ) {
        let passed = passes(read(Self.log).tests)
        let rows = Self.log.flatMap { wrapped($0, width) }
        for lines in [
            Self.log.flatMap { wrapped(prefix + $0, width) }, rows.map { prefix + $0 },
            rows.map { "lpar1: " + prefix + $0 },
            Self.log.flatMap { wrapped(prefix + $0, width) }.map { "lpar1: " + $0 },
        ] {
            let found = read(lines)
            #expect(found.reader.joinedLines == 0 || prefix == "<6>")
            #expect(passes(found.tests).isSubset(of: passed))
        }
    }

    @Test(arguments: [60, 79, 80, 81, 100])
    func `a message that stands alone is not the rest of a line, and a full line before it is not whole`(width: Int) {
        let full = "    ok 5 " + String(repeating: "x", count: width - 24)
        let lines = Self.log.flatMap { wrapped($0, width) }
        let stamped = "[    1.200000] " + full
        #expect(stamped.count == width)
        for text in ["** 12 printk messages dropped **", "Kernel panic - not syncing: x", "ok 9 z"] {
            let found = read(lines + [stamped, text])
            let calm = read(lines)
            #expect(found.reader.joinedLines == calm.reader.joinedLines)
            #expect(text.hasPrefix("ok") || found.reader.events.contains { $0.text == text })
        }
    }

    @Test func `a directive that a blank at the edge makes another word is none, and its result is unknown`() {
        let width = 60
        let skip = "[    1.200000]     ok 1 " + String(repeating: "y", count: width - 28) + " # SKIP no device"
        let rows = wrapped(skip, width)
        #expect(rows.first?.hasSuffix(" # S") == true)
        let log =
            Self.log + ["KTAP version 1", "1..1", "    KTAP version 1", "    1..1"].map { "[    1.199999] \($0)" }
        let lines = log.flatMap { wrapped($0, width) }
        #expect(!passes(read(lines + rows).tests).contains { $0.hasPrefix("yyy") })
        // One line that is wider makes each full line look one short.
        let wider = lines + ["[    1.199999] " + String(repeating: "z", count: width - 14)]
        #expect(!passes(read(wider + rows).tests).contains { $0.hasPrefix("yyy") })
    }

    @Test func `two lines that go on prove no width, and their results are unknown with the reason`() {
        let lines = Self.log.filter { $0.utf8.count < 100 || $0.contains("a_test") && !$0.contains("not ok") }
        let found = read(lines.flatMap { wrapped($0, 100) })
        #expect(found.reader.columns == nil && found.reader.joinedLines == 0)
        let inside = found.tests.first?.children ?? []
        #expect(inside.map(\.outcome) == [.pass, .unknown, .unknown, .unknown])
        #expect(inside.dropFirst().contains { $0.diagnostics.contains { $0.contains("next line") } })
    }

    @Test func `a result of any width whose directive stands on the next line is unknown`() {
        let start = ["TAP version 13", "1..2"]
        #expect(outline(read(start + ["ok 1 a", "b # SKIP no device", "ok 2 c"]).tests) == "a=unknown c=pass")
        #expect(outline(read(start + ["not ok 1 a", "b # TODO later", "ok 2 c"]).tests) == "a=unknown c=pass")
        #expect(outline(read(start + ["ok 1 a", "# b: skip it", "ok 2 c"]).tests) == "a=pass c=pass")
        #expect(outline(read(start + ["ok 1 a", "ok 2 c # SKIP no device"]).tests) == "a=pass c=skip")
    }

    @Test func `a result whose not stands at the end of the line before is unknown`() {
        let start = ["TAP version 13", "1..2", "ok 1 a"]
        #expect(outline(read(start + ["this is not", "ok 2 c"]).tests) == "a=pass c=unknown")
        #expect(outline(read(start + ["this is a knot", "ok 2 c"]).tests).hasSuffix("c=unknown"))
        #expect(outline(read(start + ["this is nothing", "ok 2 c"]).tests) == "a=pass c=pass")
        #expect(outline(read(start + ["not [    5.123456] random: x", "ok 2 c"]).tests) == "a=pass c=unknown")
        #expect(outline(read(start + ["not random: x", "ok 2 c"]).tests) == "a=pass c=unknown")
        #expect(outline(read(start + ["notes on it", "ok 2 c"]).tests) == "a=pass c=pass")
    }

    @Test func `a panic is seen whose words the edge divides`() {
        let lines = ["booting"] + (0..<3).map { "line \($0) of the kernel's" } + ["KTAP version 1", "1..1", "ok 1 a"]
        let long = "a text before it that makes the line as wide as it has to be: Kernel panic - not syncing: x"
        #expect(read(lines + wrapped(long, 75)).reader.hasPanicked)
        #expect(!read(lines + ["a long text of the kernel's, and no more than that", "than this"]).reader.hasPanicked)
    }

    @Test(arguments: [
        ("12:36:2", "00:30:00", true), ("12:36:2", "23:30:00", true), ("12:36:2", "12:36:21", true),
        ("12:36:2", "12:36:22", false), ("12:36:2", "12:36:23", false), ("12:36:2", "12:36:24", true),
        ("2026-11-27T12:36:2", "2004-02-29T00:30:00", true), ("9:59:5", "13:00:00", true),
    ])
    func `a time in a name is no second line where the clock before the lines was elsewhere`(
        clock: String, name: String, isPass: Bool
    ) {
        let lines = ["KTAP version 1", "1..3", "ok 1 a (== \(name) UTC)", "ok 2 b", "not ok 3 c"]
        let tests = read(lines.enumerated().map { "\(clock)\($0) \($1)" }).tests
        #expect(tests.map(\.outcome) == [isPass ? .pass : .unknown, .pass, .fail])
        #expect(tests.first?.name == "a (== \(name) UTC)")
    }

    @Test func `where the kernel counts fewer passes than were read, none of them is believed`() {
        let lines = [
            "KTAP version 1", "1..1", "    KTAP version 1", "    # Subtest: s", "    1..3", "    ok 1 a", "    ok 2 b",
            "    not ok 3 c", "# s: pass:1 fail:1 skip:1 total:3", "not ok 1 s",
        ]
        #expect(outline(read(lines).tests) == "s=fail[a=unknown b=unknown c=fail]")
        let right = lines.map { $0.replacing("pass:1 fail:1 skip:1", with: "pass:2 fail:1 skip:0") }
        #expect(outline(read(right).tests) == "s=fail[a=pass b=pass c=fail]")
    }

    @Test func `text of programs between a kernel's lines is joined to none of them`() {
        let lines = Self.log.flatMap { [$0, "a program says this"] }
        let found = read(lines)
        #expect(found.reader.columns == nil)
        #expect(outline(found.tests) == outline(read(Self.log).tests))
    }
}
