// SPDX-License-Identifier: Apache-2.0
internal import Records

/// What the page's template shows of an audit.
struct HTMLAudit {
    struct Family {
        let tag: String
        let state: String
        let title: String
        let counts: String
    }

    struct FileLine {
        let name: String
        let kind: String
        let units: [String]
        let error: [String]
    }

    let sum: String
    let families: [Family]
    let files: [FileLine]
    let fileCount: String
    let notes: [HTMLPage.Names]
    let accepted: [HTMLPage.Names]

    /// Notes that the page shows; `report.json` has them all.
    private static let mostNotes = 200

    init(_ audit: AuditReport) {
        sum = audit.sum
        families = audit.totals.map { outcome in
            Family(
                tag: outcome.role == .quiet ? "none" : outcome.role.tag,
                state: outcome.state == .checked
                    ? outcome.findings.contains { $0.severity != .note } ? "found" : "clean" : outcome.state.rawValue,
                title: visible(outcome.title), counts: visible(outcome.words()))
        }
        files = audit.files.map { file in
            FileLine(
                name: visible(file.name), kind: visible("\(file.kind), \(file.machine)"),
                units: file.units.map { "\(Quantities.number($0.count)) × \(visible($0.label))" },
                error: file.error.map { [visible($0)] } ?? [])
        }
        fileCount = Quantities.count(audit.files.count, "file")
        let notes = audit.findings.filter { $0.severity == .note }
        self.notes = Self.lines(Quantities.count(notes.count, "note"), notes)
        accepted = Self.lines(
            Quantities.count(audit.accepted.count, "finding") + " accepted by the baseline", audit.accepted)
    }

    private static func lines(_ title: String, _ findings: [Finding]) -> [HTMLPage.Names] {
        guard !findings.isEmpty else { return [] }
        var lines = findings.prefix(mostNotes).map { finding in
            visible(
                "\(finding.rule) \(finding.place?.text ?? ""): \(finding.title)"
                    + (finding.expected.map { "; expected \($0)" } ?? "")
                    + (finding.found.map { "; found \($0)" } ?? "")
                    + (finding.follows.map { "; \($0.followingText)" } ?? ""))
        }
        if findings.count > mostNotes { lines.append("and \(findings.count - mostNotes) more: see report.json") }
        return [HTMLPage.Names(title: title, names: lines)]
    }
}
