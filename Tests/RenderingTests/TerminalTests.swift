// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Rendering
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
            (nil, 0, 80), (nil, 132, 132), ("100", 132, 100), ("wide", 132, 132), ("0", 90, 80), ("-5", 90, 80),
            ("99999999999999999999", 90, 90), ("7", 90, 20), ("999999", 90, 1000),
        ] as [(String?, Int, Int)])
    func `the width is what was asked for, or known, or 80`(_ columns: String?, known: Int, width: Int) {
        var environment = ["TERM": "xterm"]
        environment["COLUMNS"] = columns
        #expect(Terminal(environment: environment, columns: known).width == width)
    }

    @Test func `progress on a terminal is one line, at most ten times a second`() {
        let shown = Shown()
        let line = ProgressLine(terminal: Terminal(isInteractive: true, style: .plain, width: 40)) { shown.add($0) }
        for step in 0..<100 {
            line.update(
                WorkProgress(
                    "build", done: step, total: 2874, detail: "CC drivers/a/very/long/path/to/a/file.o",
                    elapsed: .milliseconds(step * 20), expected: .seconds(300)))
        }
        line.finish("build finished\u{7}")
        let texts = shown.texts
        #expect(texts.count == 21)
        #expect(texts.allSatisfy { $0.hasPrefix("\r\u{1B}[2K") })
        #expect(texts.dropLast().allSatisfy { !$0.contains("\n") && $0.count - 5 <= 39 })
        #expect(texts[0] == "\r\u{1B}[2Kbuild  0/2,874 (0 %)  0.0 s  about 5...")
        #expect(texts.last == "\r\u{1B}[2Kbuild finished␇\n")
    }

    @Test func `progress elsewhere is a line at each stage and each half minute`() {
        let shown = Shown()
        let line = ProgressLine(terminal: .plain) { shown.add($0) }
        for step in 0..<200 {
            line.update(WorkProgress(step < 100 ? "unpack" : "build", done: step, elapsed: .seconds(step)))
        }
        line.finish("done")
        #expect(
            shown.texts == [
                "unpack  0.0 s\n", "unpack  30  30.0 s\n", "unpack  60  1 min 00 s\n", "unpack  90  1 min 30 s\n",
                "build  100  1 min 40 s\n", "build  130  2 min 10 s\n", "build  160  2 min 40 s\n",
                "build  190  3 min 10 s\n", "done\n",
            ])
    }

    @Test func `progress never says that it is finished before it is`() {
        let shown = Shown()
        let line = ProgressLine(terminal: .plain) { shown.add($0) }
        line.update(WorkProgress("build", done: 3000, total: 2874, elapsed: .seconds(9)))
        #expect(shown.texts == ["build  3,000/2,874 (99 %)  9.0 s\n"])
    }
}

private final class Shown: Sendable {
    private let list = Mutex<[String]>([])
    func add(_ text: String) { list.withLock { $0.append(text) } }
    var texts: [String] { list.withLock { $0 } }
}
