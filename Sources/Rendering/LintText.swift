internal import Foundation
// SPDX-License-Identifier: Apache-2.0
package import Records

/// What a check of build files found, as text.
package struct LintText: Sendable {
    private let report: LintReport
    private let style: Style
    private static let mostSkips = 10

    package init(report: LintReport, style: Style) {
        self.report = report
        self.style = style
    }

    package var text: String {
        var page = TerminalPage(style: style)
        var told: Set<String> = []
        for finding in report.findings {
            page.gap()
            page.paragraph(
                finding.title, hanging: 10, lead: finding.severity.rawValue, leadRole: finding.severity.role)
            let place = finding.place.map { "\(finding.rule) at \($0.text)" } ?? finding.rule
            page.paragraph(place, .quiet, indent: 10, hanging: 12)
            for (label, text) in [("expected", finding.expected), ("found", finding.found)] {
                if let text { page.paragraph(text, indent: 10, hanging: 20, lead: label, most: 6) }
            }
            // A rule says once why it matters.
            guard told.insert(finding.rule).inserted else { continue }
            page.paragraph(finding.why, indent: 10, hanging: 25, lead: "rationale")
            page.paragraph(finding.mend, indent: 10, hanging: 25, lead: "how to fix it")
        }
        page.gap()
        for skip in report.skipped.prefix(Self.mostSkips) {
            page.paragraph(skip.text, .quiet, hanging: 10, lead: "skipped", leadRole: .quiet)
        }
        let more = report.skipped.count - Self.mostSkips
        if more > 0 { page.paragraph("and \(more) more (--format json lists them)", .quiet, indent: 10) }
        let count = report.findings.count
        let found = count == 0 ? "no findings" : count == 1 ? "1 finding" : "\(count) findings"
        let files = report.files == 1 ? "1 build file" : "\(report.files) build files"
        let partly = report.partly == 0 ? "" : " (\(report.partly) in part)"
        page.paragraph(
            "\(files) read\(partly), \(report.skipped.count) skipped: \(found).", count == 0 ? .good : .strong)
        return page.text
    }

    /// Text of a file as a terminal may show it, its lines as they are.
    package static func visible(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in VisibleText.of(String(line).replacing("\t", with: "        ").replacing("\r", with: "")) }
            .joined(separator: "\n")
    }
}

extension SARIFPrinter {
    package func text(of report: LintReport) throws -> String {
        try text(
            of: SARIFLog(
                rules: book.rules, findings: report.findings,
                unread: report.skipped.map(\.text), isComplete: report.partly == 0, version: version))
    }
}
