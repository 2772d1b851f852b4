// SPDX-License-Identifier: Apache-2.0
import Documents
import Evidence
import Foundation
import Guest
import Host
import KernelTree
import Records
import Rollback
import TestSupport
import Testing

@Suite struct TerminalReportTests {
    private let files = ["runs/20261122T101500Z-5f3a9c01/report.html", "runs/20261122T101500Z-5f3a9c01/report.json"]

    @Test func `a report reads as it did`() throws {
        try expectGolden("report-failed.txt", shown(SampleRecord.failed(), files: files))
        try expectGolden("report-passed.txt", shown(SampleRecord.passed(), files: files))
        try expectGolden("report-panicked.txt", shown(SampleRecord.panicked()))
        try expectGolden("report-waived.txt", shown(SampleRecord.waived()))
        try expectGolden(
            "report-failed-coloured.txt",
            shown(SampleRecord.failed(), files: files, .coloured))
    }

    @Test func `a drill of the rollback reads as it did, by itself and in its run's report`() throws {
        let drill = SampleDrill.failed()
        try expectGolden("drill.txt", shown(drill))
        let report = try shown(SampleRecord.passed(), drills: [SampleDrill.passed(), drill])
        for step in drill.steps { #expect(report.contains(step.title)) }
        #expect(report.contains("and 1 earlier drill"))
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
        try expectGolden("runs.txt", shown(runs))
        let untested = RunSummary(
            identifier: "untested", kernelVersion: "7.3.4", release: "7.3.4", verdict: .failed,
            startedAt: record.startedAt,
            finishedAt: record.finishedAt, sourceKind: nil, counts: TestCounts(), waived: 0, buildSeconds: 0,
            buildSteps: 0)
        #expect(try shown([untested]).hasSuffix("FAILED\n"))
        try expectGolden(
            "findings.txt", shown(LintReport(files: 3, partly: 0, findings: record.findings, skipped: [])))
        let trees = SampleRecord.trees().map { NamedTree(tree: $0.name, status: $0.status) }
        let wide = Style(isColoured: false, width: 160)
        try expectGolden("trees-wide.txt", shown(trees, wide))
        let narrow = Style(isColoured: false, width: 40)
        try expectGolden("runs-narrow.txt", shown(runs, narrow))
        let unbounded = Terminal.plain.style
        try expectGolden("trees-unbounded.txt", shown(trees, unbounded))
        try expectGolden("tree.txt", shown(Array(trees.suffix(1))))
        try expectGolden("trees.txt", shown(trees))
        try expectGolden("configuration.txt", shown(SampleDifference.made()))
        try expectGolden("trees-five.txt", shown(trees + trees + [trees[0]]))
    }

    @Test(
        arguments: HTMLReportTests.hostile + [
            String(repeating: "x/", count: 5000), String(repeating: "\u{300}", count: 9999),
            "漢字かな交じり文で長い名前のテストであるからして折り返しが必要になる", "👩‍👩‍👧‍👦🧑🏽‍🚀",
        ])
    func `no text from outside acts on the terminal or leaves its columns`(_ text: String) throws {
        for style in [
            Style.plain, .coloured, Style(isColoured: false, width: 40), Style(isColoured: false, width: 200),
        ] {
            let record = SampleRecord.hostile(text)
            let trees = [NamedTree(tree: text, status: record.readiness)]
            let answers = try [
                shown(record, style),
                shown(LintReport(files: 1, partly: 0, findings: record.findings, skipped: []), style),
                shown(trees, style), shown(trees + trees + trees, style), shown(SampleDifference.made(of: text), style),
            ].joined()
            let bare = answers.replacing(/\u{1B}\[[0-9;]*m/.matchingSemantics(.unicodeScalar), with: "")
            let isBare = bare == answers
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

    @Test(arguments: [nil, 80, 100, 132, 200]) func `no word of a tree's status is broken`(width: Int?) throws {
        let trees = SampleRecord.trees().map { NamedTree(tree: $0.name, status: $0.status) }
        for count in 1...3 {
            let some = Array((trees + trees).prefix(count))
            let text = try shown(some, Style(isColoured: false, width: width))
            let words = Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
            let expected = some.flatMap { tree in
                tree.status.pieces.flatMap { piece in piece.evidence.prefix(3).map { "\($0.file):\($0.line)" } }
            }
            for word in expected { #expect(words.contains(word), "\(word)") }
            #expect(expected.count > 2)
        }
    }

    @Test func `a symbol is in one piece where lines have no width`() throws {
        let symbol = String(repeating: "a_long_symbol::", count: 20) + "end"
        let record = SampleRecord.hostile(symbol)
        let text = try shown(
            LintReport(files: 1, partly: 0, findings: record.findings, skipped: []), Terminal.plain.style)
        #expect(text.contains(symbol))
    }

    @Test func `colour is only where the style has it`() throws {
        #expect(try !shown(SampleRecord.failed()).contains("\u{1B}"))
        #expect(
            try shown(SampleRecord.failed(), .coloured).contains("\u{1B}[1;31mFAILED"))
    }

    @Test func `a path is never broken`() throws {
        let path = "/" + String(repeating: "a long folder/", count: 12) + "report.html"
        #expect(try shown(SampleRecord.passed(), files: [path]).contains(path))
    }

    /// Counted on its own: marks take no column, what East Asia writes takes two (Python's unicodedata agrees).
    private func columns(_ line: some StringProtocol) -> Int {
        line.unicodeScalars.reduce(0) { sum, scalar in
            if [.nonspacingMark, .enclosingMark].contains(scalar.properties.generalCategory) { return sum }
            return sum + ((0x3000...0xFFE6).contains(scalar.value) || scalar.value >= 0x1F300 ? 2 : 1)
        }
    }
}
