// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Guest
import Host
import KernelTree
import Records
import Rendering
import Rollback
import TestSupport
import Testing

@Suite struct TerminalReportTests {
    private let plain = TerminalPrinter(style: .plain)
    private let files = ["runs/20261122T101500Z-5f3a9c01/report.html", "runs/20261122T101500Z-5f3a9c01/report.json"]

    @Test func `a report reads as it did`() throws {
        try expectGolden("report-failed.txt", plain.text(of: SampleRecord.failed(), files: files))
        try expectGolden("report-passed.txt", plain.text(of: SampleRecord.passed(), files: files))
        try expectGolden("report-panicked.txt", plain.text(of: SampleRecord.panicked(), files: []))
        try expectGolden("report-waived.txt", plain.text(of: SampleRecord.waived(), files: []))
        try expectGolden(
            "report-failed-coloured.txt",
            TerminalPrinter(style: .coloured).text(of: SampleRecord.failed(), files: files))
    }

    @Test func `a drill of the way back reads as it did, by itself and in its run's report`() throws {
        let drill = SampleDrill.failed()
        try expectGolden("drill.txt", plain.text(of: drill))
        let report = plain.text(of: SampleRecord.passed(), drills: [SampleDrill.passed(), drill], files: [])
        #expect(report.contains(plain.text(of: drill)))
        #expect(report.contains("and 1 more earlier drill"))
        #expect(!report.contains(SampleDrill.passed().identifier))
    }

    @Test func `lists of runs, findings, tools and trees read as they did`() throws {
        let record = SampleRecord.failed()
        let runs = [
            RunSummary(
                identifier: record.identifier, kernelVersion: "7.3.4", release: "7.3.4", verdict: .failed,
                startedAt: record.startedAt, finishedAt: record.finishedAt, sourceKind: .debianPackage,
                counts: record.boot.counts, waived: 0, buildSeconds: 512.7, buildSteps: 2874)
        ]
        try expectGolden("runs.txt", plain.text(of: runs))
        try expectGolden("findings.txt", plain.text(of: record.findings))
        try expectGolden("tools.txt", plain.text(of: record.toolchain))
        let trees = SampleRecord.trees().map { NamedTree(tree: $0.name, status: $0.status) }
        let wide = TerminalPrinter(style: Style(isColoured: false, width: 160))
        try expectGolden("trees-wide.txt", wide.text(of: trees))
        let narrow = TerminalPrinter(style: Style(isColoured: false, width: 40))
        try expectGolden("runs-narrow.txt", narrow.text(of: runs))
        let unbounded = TerminalPrinter(style: Terminal.plain.style)
        try expectGolden("trees-unbounded.txt", unbounded.text(of: trees))
        try expectGolden("tree.txt", plain.text(of: Array(trees.suffix(1))))
        try expectGolden("trees.txt", plain.text(of: trees))
        try expectGolden("configuration.txt", plain.text(of: SampleDifference.made()))
        try expectGolden("trees-five.txt", plain.text(of: trees + trees + [trees[0]]))
    }

    @Test(
        arguments: HTMLReportTests.hostile + [
            String(repeating: "x/", count: 5000), String(repeating: "\u{300}", count: 9999),
            "漢字かな交じり文で長い名前のテストであるからして折り返しが必要になる", "👩‍👩‍👧‍👦🧑🏽‍🚀",
        ])
    func `no text from outside acts on the terminal or leaves its columns`(_ text: String) {
        for style in [
            Style.plain, .coloured, Style(isColoured: false, width: 40), Style(isColoured: false, width: 200),
        ] {
            let printer = TerminalPrinter(style: style)
            let record = SampleRecord.hostile(text)
            let trees = [NamedTree(tree: text, status: record.readiness)]
            let shown = [
                printer.text(of: record, files: []), printer.text(of: record.findings), printer.text(of: trees),
                printer.text(of: record.toolchain), printer.text(of: trees + trees + trees),
                printer.text(of: SampleDifference.made(of: text)),
            ].joined()
            let bare = shown.replacing(/\u{1B}\[[0-9;]*m/.matchingSemantics(.unicodeScalar), with: "")
            let isBare = bare == shown
            #expect(isBare == !style.isColoured)
            let acting = bare.unicodeScalars.first { scalar in
                scalar != "\n"
                    && [.control, .format, .lineSeparator, .paragraphSeparator].contains(
                        scalar.properties.generalCategory)
            }
            #expect(acting == nil)
            let wide = bare.split(separator: "\n").first { columns($0) > style.width ?? 0 }
            #expect(wide == nil, "\(style.width ?? 0)")
        }
    }

    @Test(arguments: [nil, 80, 100, 132, 200]) func `no word of a tree's status is broken`(width: Int?) {
        let trees = SampleRecord.trees().map { NamedTree(tree: $0.name, status: $0.status) }
        for count in 1...3 {
            let some = Array((trees + trees).prefix(count))
            let text = TerminalPrinter(style: Style(isColoured: false, width: width)).text(of: some)
            let shown = Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
            let expected = some.flatMap { tree in
                tree.status.pieces.flatMap { piece in piece.evidence.prefix(3).map { "\($0.file):\($0.line)" } }
            }
            for word in expected { #expect(shown.contains(word), "\(word)") }
            #expect(expected.count > 2)
        }
    }

    @Test func `a symbol is in one piece where lines have no width`() {
        let symbol = String(repeating: "a_long_symbol::", count: 20) + "end"
        let record = SampleRecord.hostile(symbol)
        let text = TerminalPrinter(style: Terminal.plain.style).text(of: record.findings)
        #expect(text.contains(symbol))
    }

    @Test func `colour is only where the style has it`() {
        #expect(!plain.text(of: SampleRecord.failed(), files: []).contains("\u{1B}"))
        #expect(
            TerminalPrinter(style: .coloured).text(of: SampleRecord.failed(), files: []).contains("\u{1B}[1;31mFAILED"))
    }

    @Test func `a path is never broken`() {
        let path = "/" + String(repeating: "a long folder/", count: 12) + "report.html"
        #expect(plain.text(of: SampleRecord.passed(), files: [path]).contains(path))
    }

    /// Counted on its own: marks take no column, what East Asia writes takes two (Python's unicodedata agrees).
    private func columns(_ line: some StringProtocol) -> Int {
        line.unicodeScalars.reduce(0) { sum, scalar in
            if [.nonspacingMark, .enclosingMark].contains(scalar.properties.generalCategory) { return sum }
            return sum + ((0x3000...0xFFE6).contains(scalar.value) || scalar.value >= 0x1F300 ? 2 : 1)
        }
    }
}
