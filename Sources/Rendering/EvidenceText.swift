// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records

/// The evidence log for a terminal.
struct EvidenceText {
    let style: Style

    func text(of entries: [EntrySummary]) -> String {
        var page = TerminalPage(style: style)
        guard !entries.isEmpty else {
            page.paragraph("Nothing is recorded yet; `bessemer pilot` records the first.")
            return page.text
        }
        var table = TerminalTable(
            headings: ["ENTRY", "RECORDED", "KIND", "DIGEST", "FILES", "SUBJECT"].map { [($0, .strong)] })
        for entry in entries {
            table.rows.append(
                [
                    [("\(entry.sequence)", nil)], [(Quantities.time(entry.time), nil)], [(entry.kind.rawValue, nil)],
                    [(entry.digest.short, .quiet)], [("\(entry.files.count)", nil)],
                    [(entry.subjects.first?.name ?? "", .quiet)],
                ])
        }
        page.table(table)
        return page.text
    }

    func text(of entry: EntrySummary, body: [UInt8]) -> String {
        var page = TerminalPage(style: style)
        func fact(_ label: String, _ value: String) {
            page.paragraph(value, hanging: 12, lead: label, leadRole: .quiet)
        }
        fact("entry", "\(entry.sequence)")
        fact("kind", "\(entry.kind) (version \(entry.version))")
        fact("recorded", "\(Quantities.time(entry.time)) by \(entry.recorder)")
        fact("digest", "\(entry.digest)")
        for parent in entry.parents { fact("parent", "\(parent)") }
        for subject in entry.subjects { fact("subject", "\(subject.sha256) \(subject.name)") }
        for file in entry.files { fact("file", "\(file.sha256) \(file.name)") }
        fact("body", "\(entry.bodySHA256) (\(Quantities.count(entry.bodySize, "byte")))")
        page.gap()
        for line in String(decoding: body, as: UTF8.self).split(separator: "\n").prefix(400) {
            page.paragraph(String(line))
        }
        return page.text
    }

    func text(of run: UnfinishedRun) -> String {
        var page = TerminalPage(style: style)
        let (word, role): (String, Style.Role) =
            switch run.outcome {
            case .failed: ("FAILED", .bad)
            case .cancelled: ("CANCELLED", .caution)
            case .ended: ("ENDED", .quiet)
            }
        page.paragraph(
            "\(run.workflow ?? "pilot") of \(run.kernel): it did not come to its report", hanging: 11, lead: word,
            leadRole: role)
        page.paragraph(
            "\(run.identifier), \(Quantities.time(run.startedAt)) to \(Quantities.time(run.finishedAt)), by \(run.tool)",
            .quiet, indent: 11)
        if let failure = run.failure {
            page.gap()
            page.paragraph(failure.message, .bad, hanging: 11, lead: "error", leadRole: .bad)
            for line in (failure.details ?? "").split(separator: "\n").prefix(40) {
                page.verbatim(String(line), indent: 11)
            }
            page.paragraph(failure.advice, indent: 11, hanging: 25, lead: "how to fix it")
        }
        page.gap()
        for step in run.steps {
            let role: Style.Role = step.outcome == .done ? .good : step.outcome == .failed ? .bad : .caution
            page.row(
                [
                    (step.name, 26, nil), (step.outcome.rawValue, 11, role),
                    (Quantities.duration(Double(step.milliseconds) / 1000), 0, .quiet),
                ],
                indent: 2)
        }
        return page.text
    }

    func text(of report: VerificationReport) -> String {
        var page = TerminalPage(style: style)
        for fault in report.faults {
            page.paragraph(fault.text, hanging: 10, lead: fault.kind.rawValue, leadRole: .bad)
        }
        let kinds = report.kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        page.gap()
        page.paragraph(
            "\(Quantities.count(report.entries, "entry", "entries")) (\(kinds)) and \(Quantities.count(report.files, "file")) read"
                + (report.pruned == 0 ? "" : "; \(Quantities.count(report.pruned, "file")) pruned") + ": "
                + (report.faults.isEmpty
                    ? "all is what was recorded." : "\(Quantities.count(report.faults.count, "fault"))."),
            report.faults.isEmpty ? .good : .bad)
        if let head = report.head {
            page.paragraph("The last entry is \(head). Nothing is known of what may have come after it.", .quiet)
        }
        return page.text
    }
}
