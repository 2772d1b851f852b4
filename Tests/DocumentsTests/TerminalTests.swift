// SPDX-License-Identifier: Apache-2.0
import Documents
import Foundation
import Host
import Synchronization
import SystemPackage
import Testing

@Suite struct TerminalTests {
    @Test func `a pipe and a file are no terminal`() throws {
        let pipe = try FileDescriptor.pipe()
        defer {
            try? pipe.readEnd.close()
            try? pipe.writeEnd.close()
        }
        #expect(Terminal.detect(descriptor: pipe.writeEnd.rawValue, environment: ["TERM": "xterm"]) == .plain)
    }

    @Test(arguments: [
        (["TERM": "xterm"], true, Style.coloured), (["TERM": "xterm", "NO_COLOR": "1"], true, .plain),
        (["TERM": "xterm", "NO_COLOR": ""], true, .coloured), (["TERM": "dumb"], false, .plain), ([:], false, .plain),
    ])
    func `what the environment says of colour holds`(_ environment: [String: String], isInteractive: Bool, style: Style)
    {
        let terminal = Terminal(environment: environment, columns: 0)
        #expect(terminal.isInteractive == isInteractive)
        #expect(terminal.style == style)
    }

    @Test(
        arguments: [
            (nil, 0, 80), (nil, 132, 132), ("100", 132, 100), ("wide", 132, 132), ("0", 90, 90), ("-5", 90, 90),
            ("0", 0, 80),
            ("99999999999999999999", 90, 90), ("7", 90, 20), ("999999", 90, 1000),
        ] as [(String?, Int, Int)])
    func `the width is what was asked for, or known, or 80`(_ columns: String?, known: Int, width: Int) {
        var environment = ["TERM": "xterm"]
        environment["COLUMNS"] = columns
        #expect(Terminal(environment: environment, columns: known).width == width)
    }
}

/// Text that acts on a terminal: colours, a cleared screen, a title, a C1 introducer, bidirectional overrides, a bell.
let acting = "\u{1B}[2J\u{1B}]0;title\u{7}\u{9B}31m\u{202E}\u{2066}\r\n\u{8}\u{7F}\u{85}\u{2028}bessemer: done"

/// The first character of a text, but line breaks and our own colours, that acts on a terminal.
func acts(_ text: String) -> Unicode.Scalar? {
    let bare = text.replacing(/\u{1B}\[[0-9;]*m/.matchingSemantics(.unicodeScalar), with: "")
    return bare.unicodeScalars.first { scalar in
        scalar != "\n"
            && [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    }
}

@Suite struct ProgressLineTests {
    private let terminal = Terminal(isInteractive: true, style: Style(isColoured: false, width: 40))

    @Test func `progress on a terminal is one line, from the first second on and at most ten times a second`() {
        let shown = Shown()
        let line = shown.line(on: terminal)
        for step in 0..<150 {
            shown.advance(.milliseconds(20))
            line.update(
                WorkProgress(
                    "build", done: step, total: 2874, detail: "CC drivers/a/very/long/path/to/a/file.o",
                    elapsed: .milliseconds(step * 20), expected: .seconds(300)))
        }
        line.finish("build finished\u{7}")
        let texts = shown.texts
        // Nothing for a second, then one at its end and ten for each of the two seconds after it; then the end.
        #expect(texts.count == 23)
        #expect(texts.dropLast().allSatisfy { $0.hasPrefix("\r\u{1B}[2K") })
        #expect(texts.dropLast().allSatisfy { !$0.contains("\n") && $0.count - 5 <= 39 })
        #expect(texts[0] == "\r\u{1B}[2Kbuild  48/2,874 (1 %)  1.0 s  about ...")
        #expect(texts.last == "build finished␇\n")
    }

    @Test func `work of less than a second shows no progress`() {
        for terminal in [terminal, .plain] {
            let shown = Shown()
            let line = shown.line(on: terminal)
            for step in 0..<9 {
                line.update(WorkProgress("stage \(step)", done: step, total: 9))
                shown.advance(.milliseconds(100))
            }
            line.clear()
            shown.advance(.seconds(100))
            #expect(shown.texts.isEmpty)
        }
    }

    @Test func `a stage that reports once is shown when its second is over, and its time goes on`() {
        let shown = Shown()
        let line = shown.line(on: terminal)
        line.update(WorkProgress("indexing packages"))
        shown.advance(.seconds(1))
        shown.advance(.seconds(1))
        #expect(
            shown.texts == [
                "\r\u{1B}[2Kindexing packages  1.0 s", "\r\u{1B}[2Kindexing packages  2.0 s",
            ])
        #expect(line.stage == "indexing packages")
    }

    @Test func `a stage that has ended keeps its line with its last numbers`() {
        let shown = Shown()
        let line = shown.line(on: terminal)
        shown.advance(.seconds(2))
        line.update(WorkProgress("auditing", done: 5, total: 6, detail: "f.ko"))
        line.update(WorkProgress("auditing", done: 6, total: 6, detail: "g.ko"))
        line.update(WorkProgress("writing"))
        line.clear()
        #expect(
            shown.texts == [
                "\r\u{1B}[2Kauditing  5/6 (83 %)  2.0 s  f.ko", "\r\u{1B}[2Kauditing  6/6 (100 %)  2.0 s\n",
            ])
    }

    @Test func `the line is taken away before anything else is printed`() {
        let shown = Shown()
        let line = shown.line(on: terminal)
        shown.advance(.seconds(1))
        line.update(WorkProgress("auditing"))
        line.clear()
        line.clear()
        line.update(WorkProgress("auditing"))
        #expect(shown.texts == ["\r\u{1B}[2Kauditing  1.0 s", "\r\u{1B}[2K"])
        line.finish("done")
        #expect(shown.texts.last == "done\n")
    }

    @Test func `progress elsewhere is a line each half minute, whether or not anything is reported`() {
        let shown = Shown()
        let line = shown.line(on: .plain)
        for step in 0..<70 {
            line.update(WorkProgress(step < 40 ? "unpack" : "build", done: step))
            shown.advance(.seconds(1))
        }
        shown.advance(.seconds(50))
        line.finish("done")
        #expect(
            shown.texts == [
                "unpack  29  30.0 s\n", "build  59  1 min 00 s\n", "build  69  1 min 30 s\n",
                "build  69  2 min 00 s\n", "done\n",
            ])
    }

    @Test(arguments: [(3000, "3,000/2,874 (99 %)"), (2874, "2,874/2,874 (100 %)"), (2873, "2,873/2,874 (99 %)")])
    func `all of what was expected is 100 percent, more than it is not`(done: Int, text: String) {
        let shown = Shown()
        let line = shown.line(on: .plain)
        line.update(WorkProgress("build", done: done, total: 2874))
        shown.advance(.seconds(30))
        #expect(shown.texts == ["build  \(text)  30.0 s\n"])
    }

    @Test func `nothing from outside acts on the terminal through progress, talk or a failure`() {
        for terminal in [Terminal(isInteractive: true, style: Style(isColoured: true, width: 200)), .plain] {
            let shown = Shown()
            let line = shown.line(on: terminal)
            line.update(WorkProgress(acting, done: 1, total: 2, detail: acting))
            shown.advance(.seconds(40))
            line.update(WorkProgress("next", detail: acting))
            #expect(line.stage.map(acts) == .some(nil))
            line.finish("note: \(acting)")
            let failure = Failure("code", acting, advice: acting, underlying: "\(acting)\n\(acting)")
            line.finish(failure.terminalText)
            // The line itself is taken away by its own sequence.
            let text = shown.texts.joined().replacing("\r\u{1B}[2K", with: "")
            #expect(acts(text) == nil)
            #expect(text.contains("␛[2J"))
        }
    }
}

@Suite struct FailureTextTests {
    @Test func `a failure is its message, what the layer below said in a margin, and the advice`() {
        let failure = Failure("a.b", "could not read x", advice: "look at it", underlying: "one\ntwo\u{1B}[31m\n")
        #expect(
            failure.terminalText == """
                bessemer: could not read x
                  | one
                  | two␛[31m
                  what to do: look at it
                """)
        #expect(
            Failure("a.b", "no", advice: "yes").terminalText == "bessemer: no\n  what to do: yes")
    }

    @Test func `text from outside does not pose as a line of Bessemer's`() {
        let lines = Failure(
            "a.b", "bad \(acting)", advice: "see \(acting)", underlying: "x\n  what to do: \(acting)"
        ).terminalText.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("bessemer:") } == 1)
        #expect(lines.count { $0.hasPrefix("  what to do:") } == 1)
    }

    @Test func `endless output of a tool is cut, and what is left out is counted`() {
        let text = Failure(
            "a.b", "no", advice: "yes", underlying: String(repeating: "x\n", count: 5000)
        ).terminalText
        #expect(text.split(separator: "\n").count == 63)
        #expect(text.contains("  | and 4940 more lines\n"))
    }
}

@Suite struct JSONTextTests {
    @Test func `what would act on a terminal is an escape in JSON, and the value is the same`() throws {
        struct Value: Codable, Equatable { let name: String, list: [String] }
        let value = Value(name: acting + "ü漢👩‍👩‍👧", list: ["\u{E0001}", "plain", "\u{1F469}"])
        let text = try JSON.text(value)
        #expect(acts(text) == nil)
        #expect(text.contains("\\u202E") && text.contains("ü漢") && text.contains("\\uDB40\\uDC01"))
        #expect(try JSON.decode(Value.self, from: Array(text.utf8), named: "the text") == value)
    }

    @Test func `what is harmless is as it is stored`() throws {
        let value = ["Straße", "漢字", "a \"quoted\" / path"]
        #expect(try JSON.text(value) == String(decoding: JSON.encode(value), as: UTF8.self))
    }
}

/// What a progress line writes, and the time that it sees.
private final class Shown: Sendable {
    private struct State {
        var texts: [String] = []
        var now: Duration = .zero
        var timers: [(due: Duration, body: @Sendable () -> Void)] = []
    }
    private let state = Mutex(State())

    var texts: [String] { state.withLock { $0.texts } }

    func line(on terminal: Terminal) -> ProgressLine {
        ProgressLine(
            terminal: terminal, clock: { self.state.withLock { $0.now } },
            timer: { pause, body in self.state.withLock { $0.timers.append(($0.now + pause, body)) } },
            write: { text in self.state.withLock { $0.texts.append(text) } })
    }

    /// Lets time pass, and calls what is due in it.
    func advance(_ time: Duration) {
        let end = state.withLock { $0.now + time }
        while true {
            let next: (@Sendable () -> Void)? = state.withLock { state in
                guard let index = state.timers.indices.min(by: { state.timers[$0].due < state.timers[$1].due }),
                    state.timers[index].due <= end
                else {
                    state.now = end
                    return nil
                }
                let timer = state.timers.remove(at: index)
                state.now = max(state.now, timer.due)
                return timer.body
            }
            guard let next else { return }
            next()
        }
    }
}
