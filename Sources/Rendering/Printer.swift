// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// One way to write down what Bessemer found: for a person at a terminal, for a program.
package protocol Printer: Sendable {
    /// A whole run and its drills of the way back. `files` are the paths of its full report.
    func text(of record: RunRecord, drills: [RollbackDrill], files: [String]) throws -> String
    func text(of run: UnfinishedRun) throws -> String
    func text(of runs: [RunSummary]) throws -> String
    func text(of findings: [Finding]) throws -> String
    func text(of trees: [NamedTree]) throws -> String
    func text(of change: GlueChange) throws -> String
    func text(of tools: [Tool]) throws -> String
    func text(of report: AuditReport) throws -> String
    func text(of rules: [RuleDescription]) throws -> String
    func text(of sheets: [LayoutSheet]) throws -> String
    func text(of difference: ImageDifference) throws -> String
    func text(of difference: ConfigurationDifference) throws -> String
    func text(of report: InventoryReport) throws -> String
    func text(of report: RegressionReport) throws -> String
    func text(of report: ConsoleReport) throws -> String
    func text(of plan: RollbackPlan) throws -> String
    func text(of drill: RollbackDrill) throws -> String
    func text(of entries: [EntrySummary]) throws -> String
    /// One entry with its body, which is shown as it is where it is text.
    func text(of entry: EntrySummary, body: [UInt8]) throws -> String
    func text(of report: VerificationReport) throws -> String
}

extension Printer {
    /// A whole run that was not drilled.
    package func text(of record: RunRecord, files: [String]) throws -> String {
        try text(of: record, drills: [], files: files)
    }
}

/// A run's record with its drills of the way back, as one JSON object: `report.json` (Docs/report.schema.json).
///
/// A record is never rewritten, so the drills, which come later, are put beside it only when it is shown.
package struct ReportedRun: Encodable {
    let record: RunRecord
    let drills: [RollbackDrill]

    package init(record: RunRecord, drills: [RollbackDrill]) {
        self.record = record
        self.drills = drills
    }

    private enum Key: CodingKey {
        case drills
    }

    package func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        guard !drills.isEmpty else { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(drills, forKey: .drills)
    }
}

/// A kernel tree's status under the name that it was asked for by.
package struct NamedTree: Codable, Hashable, Sendable {
    package let tree: String
    package let status: TreeStatus

    package init(tree: String, status: TreeStatus) {
        self.tree = tree
        self.status = status
    }
}

/// The formats that a command's answer can have.
package enum OutputFormat: String, CaseIterable, Sendable {
    case text
    case json

    package func printer(for terminal: Terminal, book: RuleBook) -> any Printer {
        switch self {
        case .text: TerminalPrinter(style: terminal.style, book: book)
        case .json: JSONPrinter()
        }
    }
}

/// Sorted, indented JSON; a run's is `report.json` (Docs/report.schema.json).
package struct JSONPrinter: Printer {
    package init() {}

    package func text(of record: RunRecord, drills: [RollbackDrill], files: [String]) throws -> String {
        try json(ReportedRun(record: record, drills: drills))
    }
    package func text(of run: UnfinishedRun) throws -> String { try json(run) }
    package func text(of runs: [RunSummary]) throws -> String { try json(runs) }
    package func text(of findings: [Finding]) throws -> String { try json(findings) }
    package func text(of trees: [NamedTree]) throws -> String { try json(trees) }
    package func text(of change: GlueChange) throws -> String { try json(change) }
    package func text(of tools: [Tool]) throws -> String { try json(tools) }
    package func text(of report: InventoryReport) throws -> String { try json(report) }
    package func text(of report: RegressionReport) throws -> String { try json(report) }
    package func text(of report: ConsoleReport) throws -> String { try json(report) }
    package func text(of report: AuditReport) throws -> String { try json(report) }
    package func text(of rules: [RuleDescription]) throws -> String { try json(rules) }
    package func text(of sheets: [LayoutSheet]) throws -> String { try json(sheets) }
    package func text(of difference: ImageDifference) throws -> String { try json(difference) }
    package func text(of difference: ConfigurationDifference) throws -> String { try json(difference) }

    package func text(of plan: RollbackPlan) throws -> String { try json(plan) }
    package func text(of drill: RollbackDrill) throws -> String { try json(drill) }
    package func text(of entries: [EntrySummary]) throws -> String { try json(entries) }
    package func text(of entry: EntrySummary, body: [UInt8]) throws -> String {
        try json(EntryWithBody(entry: entry, body: String(decoding: body, as: UTF8.self)))
    }
    package func text(of report: VerificationReport) throws -> String { try json(report) }

    private func json(_ value: some Encodable) throws -> String {
        try JSON.text(value)
    }
}

/// An entry as JSON: its body is the text that was recorded, so that its SHA-256 can be taken.
private struct EntryWithBody: Encodable {
    let entry: EntrySummary
    let body: String
}
