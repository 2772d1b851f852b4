// SPDX-License-Identifier: Apache-2.0
import Evidence
import Rendering
import TestSupport
import Testing

@Suite struct TerminalReportTests {
    private let plain = TerminalPrinter(style: .plain)
    private let files = ["runs/20261122T101500Z-5f3a9c01/report.html", "runs/20261122T101500Z-5f3a9c01/report.json"]

    @Test func `a report reads as it did`() throws {
        try expectGolden("report-failed.txt", plain.text(of: SampleRecord.failed(), files: files))
        try expectGolden("report-passed.txt", plain.text(of: SampleRecord.passed(), files: files))
        try expectGolden("report-panicked.txt", plain.text(of: SampleRecord.panicked(), files: []))
        try expectGolden(
            "report-failed-coloured.txt", TerminalPrinter(style: .coloured).text(of: SampleRecord.failed(), files: files))
    }
}
