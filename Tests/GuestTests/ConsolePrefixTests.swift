// SPDX-License-Identifier: Apache-2.0
import Guest
import Records
import Testing

private func read(_ text: String) -> (tests: [TestResult], reader: ConsoleReader) {
    var reader = ConsoleReader()
    reader.add(Array(text.utf8))
    let tests = reader.finish()
    return (tests, reader)
}

/// `name=outcome` of a result and, in brackets, of those inside.
private func outline(_ tests: [TestResult]) -> String {
    tests.map { test in
        "\(test.name)=\(test.outcome.rawValue)" + (test.children.isEmpty ? "" : "[\(outline(test.children))]")
    }.joined(separator: " ")
}

@Suite struct ConsolePrefixTests {
    private static let log = """
        KTAP version 1
        1..2
            KTAP version 1
            # Subtest: s
            1..3
            ok 1 a
            not ok 2 b
            ok 3 c # SKIP no device
        not ok 1 s
            KTAP version 1
            # Subtest: t
            1..1
            ok 1 d
        ok 2 t
        """.split(separator: "\n").map(String.init)
    private static let results = "s=fail[a=pass b=fail c=skip] t=pass[d=pass]"

    @Test(arguments: [
        "12:36:27 ", "2026-11-27T12:36:27.123456+00:00 ", "2026-11-27 12:36:27 ", "conserver: ", "[ 1.234567] ",
        "[    1.234567] ", "[    1.234567][   T12] ", "<6>[    1.234567] ", "Nov 27 12:36:27 lpar1 kernel: ",
        "[Fri Nov 27 12:36:27 2026] ", "lpar1 | ", "1732694187.123456 ", "[12:36:27 AM] ",
        "12:36:27 [    1.000000] ", "lpar1 kernel: [    1.000000] ", "12:36:27 conserver: <6>[    1.000000] ",
        "console\t", "kern  :info  : [    1.234567] ", "kern  :warn  : [Fri Nov 27 12:36:27 2026] ", "local0:crit  : ",
        "[    1.234567] lpar1 kernel: ", "[    1.234567] kernel: ", "[    1.234567 <    0.000100>] ",
        "[  +0.000100] ", "[Nov27 12:36] ", "[Nov 7 12:36] ", "[<    0.000100>] ",
        "#11 12.34 ", "#11 12.34 [    1.234567] ",
    ])
    func `a prefix of one shape changes no result, and no panic`(prefix: String) {
        let lines = (Self.log + ["Kernel panic - not syncing: x"]).map { prefix + $0 }
        let (tests, reader) = read(lines.joined(separator: "\n") + "\n")
        #expect(outline(tests) == Self.results)
        #expect(reader.events.map(\.kind) == [.panic])
        #expect(reader.hasPanicked)
    }

    @Test func `a clock that runs on, from one digit to two and from one month to the next, is one prefix`() {
        let lines = Self.log.enumerated().map { number, line in
            number < 7
                ? "[Sat Oct 31 9:59:5\(number) 2026] \(line)" : "[Sun Nov  1 10:00:\(number + 10) 2026] \(line)"
        }
        #expect(outline(read(lines.joined(separator: "\r\n") + "\r\n").tests) == Self.results)
    }

    @Test(arguments: [
        ["kern  :info  : [    9.999999] ", "kern  :err   : [   10.000000] ", "user  :notice: [   10.000001] "],
        ["[Nov27 12:59] ", "[  +0.000100] ", "[ +10.223352] ", "[Nov27 13:00] "],
        ["[    9.999999] lpar1 kernel: ", "[   10.000000] lpar1 kernel: "],
        ["[    9.999999 <    0.000001>] ", "[   10.000000 < 1553.309502>] "],
    ])
    func `what dmesg and journalctl write is one prefix, whatever it says`(prefixes: [String]) {
        let lines = Self.log.enumerated().map { number, line in prefixes[number % prefixes.count] + line }
        #expect(outline(read(lines.joined(separator: "\n") + "\n").tests) == Self.results)
    }

    @Test(arguments: ["[   12.345678] ", "[Fri Nov 27 12:36:27 2026] ", "Nov 27 12:36:27 lpar1 kernel: "])
    func `the second line of a record is indented by as much as stands before the first`(prefix: String) {
        func outcome(_ second: String) -> String {
            let lines = ["KTAP version 1", "1..2", "ok 1 a", "ok 2 b"].map { prefix + $0 } + [second]
            return outline(read(lines.joined(separator: "\n") + "\n").tests)
        }
        let margin = String(repeating: " ", count: prefix.count)
        #expect(outcome("\(margin) # SKIP no device") == "a=pass b=skip")
        #expect(outcome("\(margin) # nothing") == "a=pass b=pass")
        #expect(outcome(" # SKIP no device") != "a=pass b=pass")
    }

    @Test func `a kernel that says what looks as a journal's name changes no result`() {
        let lines = (["Booting kernel: `x' invalid for parameter `y'"] + Self.log).map { "[    1.234567] \($0)" }
        #expect(outline(read(lines.joined(separator: "\n") + "\n").tests) == Self.results)
    }

    @Test func `lines before the tests have the prefix taken off, too, and it is named`() {
        let lines = ["booting", "WARNING: lib/x.c:1 at f+0x1/0x2"] + Self.log
        let (tests, reader) = read(lines.map { "12:36:27 \($0)\n" }.joined())
        #expect(outline(tests) == Self.results)
        #expect(reader.events.map(\.text) == ["WARNING: lib/x.c:1 at f+0x1/0x2"])
        #expect(reader.prefix == "12:36:27")
    }

    @Test(arguments: ["12:36:27 ", "conserver: ", ""])
    func `a panic is seen on a console without tests`(prefix: String) {
        let lines = ["one", "two", "three", "four", "five", "six", "seven", "Kernel panic - not syncing: x", "nine"]
        #expect(read(lines.map { "\(prefix)\($0)\n" }.joined()).reader.hasPanicked)
    }

    @Test(arguments: ["12:36:27 ", "[    1.000000] ", "12:36:27 [    1.000000] "])
    func `a result whose prefix is lost may have lost its not`(prefix: String) {
        let lines = Self.log.map { $0 == "ok 2 t" ? $0 : prefix + $0 }
        #expect(
            outline(read(lines.joined(separator: "\n") + "\n").tests)
                == "s=fail[a=pass b=fail c=skip] t=unknown[d=pass]")
    }

    @Test(arguments: ["12:36:27 ", "12:36:27 [    1.000000] "])
    func `losing any one line, or the head of any, never makes a failure a pass`(prefix: String) {
        for lost in Self.log.indices {
            for rest in ["", String(Self.log[lost].dropFirst(4)), "6:27 " + Self.log[lost]] {
                var lines = Self.log.map { prefix + $0 }
                lines[lost] = rest
                let found = outline(read(lines.joined(separator: "\n") + "\n").tests)
                for name in ["b=pass", "c=pass", "s=pass"] {
                    #expect(!found.contains(name), "line \(lost + 1), \(rest)")
                }
            }
        }
    }

    @Test func `results behind texts of no one shape are said to be unread`() {
        let words = ["alpha", "b", "gamma delta", "e f g"]
        let lines = Self.log.dropFirst(2).enumerated().map { "\(words[$0 % 4])~ \($1)\n" }
        let (tests, reader) = read(lines.joined())
        #expect(tests.allSatisfy { $0.outcome != .pass })
        #expect(reader.events.contains { $0.kind == .prefix && $0.text.contains("not known") } || !tests.isEmpty)
        #expect(read("ok, then\nthis is ok\n").reader.events.isEmpty)
    }

    @Test func `two lines in one, each with the prefix, make the result unknown`() {
        let text = "12:36:27 KTAP version 1\n12:36:27 1..2\n12:36:27 ok 1 a12:36:27 not ok 2 b\n"
        #expect(outline(read(text).tests) == "a12:36:27 not ok 2 b=unknown test 2=unknown")
        #expect(
            outline(read(text.replacing("a12:36:27 not", with: "a at 12:36:27\n12:36:27 not")).tests).hasSuffix("=fail")
        )
    }

    @Test func `words that lines of the kernel begin with are no prefix`() {
        let (_, reader) = read(String(repeating: "WARNING: again\n", count: 40))
        #expect(reader.prefix == nil && reader.events.count == 40)
    }

    // MARK: Padding, and lines that are cut

    @Test func `blanks at the ends of lines change no result`() {
        let padded = Self.log.map { $0 + String(repeating: " ", count: 80 - $0.count) }
        #expect(outline(read(padded.joined(separator: "\n") + "\n").tests) == Self.results)
    }

    @Test func `tabs indent as blanks do`() {
        let lines = Self.log.map { $0.replacing("    ", with: "\t") }
        #expect(outline(read(lines.joined(separator: "\n") + "\n").tests) == Self.results)
    }

    @Test(arguments: ["#", "# ", "# S", "# SK", "# SKI", "# TOD", "# y", "# skI"])
    func `a directive that may be cut off is never a pass`(end: String) {
        let tests = read("KTAP version 1\n1..1\nok 1 a \(end)\n").tests
        #expect(tests.map(\.outcome) == [end == "# y" ? .pass : .unknown])
    }

    @Test(arguments: [79, 80, 97, 132])
    func `a result at the edge of a console that cuts lines is unknown, and others are not`(width: Int) {
        func long(_ start: String) -> String { start + String(repeating: "x", count: 200) }
        let lines = [
            long("first "), long("second "), long("third "), "KTAP version 1", "1..3", "ok 1 short",
            long("ok 2 long") + " # SKIP", "not ok 3 c",
        ].map { String($0.prefix(width)) + "\n" }
        #expect(read(lines.joined()).tests.map(\.outcome) == [.pass, .unknown, .fail])
        // One line that is longer shows that there is no edge.
        let free = [long("longer than all ") + "\n"] + lines
        #expect(read(free.joined()).tests.map(\.outcome) == [.pass, .pass, .fail])
    }

    @Test func `a last line without its end is believed where its suite's name and a pass show it`() {
        let good = "KTAP version 1\n1..1\n  KTAP version 1\n  # Subtest: s\n  1..1\n  ok 1 a\nok 1 s"
        #expect(outline(read(good).tests) == "s=pass[a=pass]")
        #expect(outline(read(good.replacing("ok 1 a", with: "ok 1 a # SKIP")).tests) == "s=unknown[a=skip]")
        #expect(outline(read(good.replacing("ok 1 s", with: "ok 1 ")).tests).hasPrefix("test 1=unknown"))
    }

    @Test func `results that begin again are unknown, with the reason`() {
        let text = "TAP version 13\n1..2\nok 1 a\nTAP version 13\n1..2\nok 1 a\nok 2 b\n"
        let tests = read(text).tests
        #expect(outline(tests) == "a=pass test 2=unknown a=pass b=pass")
        #expect(tests[1].diagnostics[0].contains("stdbuf"))
    }
}
