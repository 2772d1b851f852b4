// SPDX-License-Identifier: Apache-2.0
public import Audit
public import Evidence
public import Findings
internal import Host
public import KernelTree
public import Regression
public import Rollback
public import Toolchain

/// One way to write down what Bessemer found: for a person at a terminal, for a program.
public protocol Printer: Sendable {
    /// A whole run and its drills of the way back. `files` are the paths of its full report.
    func text(of record: RunRecord, drills: [RollbackDrill], files: [String]) throws -> String
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
}

extension Printer {
    /// A whole run that was not drilled.
    public func text(of record: RunRecord, files: [String]) throws -> String {
        try text(of: record, drills: [], files: files)
    }
}

/// A run's record with its drills of the way back, as one JSON object: `report.json` (Docs/report.schema.json).
///
/// A record is never rewritten, so the drills, which come later, are put beside it only when it is shown.
public struct ReportedRun: Encodable {
    let record: RunRecord
    let drills: [RollbackDrill]

    public init(record: RunRecord, drills: [RollbackDrill]) {
        self.record = record
        self.drills = drills
    }

    private enum Key: CodingKey {
        case drills
    }

    public func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        guard !drills.isEmpty else { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(drills, forKey: .drills)
    }
}

/// A kernel tree's status under the name that it was asked for by.
public struct NamedTree: Codable, Hashable, Sendable {
    public let tree: String
    public let status: TreeStatus

    public init(tree: String, status: TreeStatus) {
        self.tree = tree
        self.status = status
    }
}

/// The formats that a command's answer can have.
public enum OutputFormat: String, CaseIterable, Sendable {
    case text
    case json

    public func printer(for terminal: Terminal) -> any Printer {
        switch self {
        case .text: TerminalPrinter(style: terminal.style)
        case .json: JSONPrinter()
        }
    }
}

/// Sorted, indented JSON; a run's is `report.json` (Docs/report.schema.json).
public struct JSONPrinter: Printer {
    public init() {}

    public func text(of record: RunRecord, drills: [RollbackDrill], files: [String]) throws -> String {
        try json(ReportedRun(record: record, drills: drills))
    }
    public func text(of runs: [RunSummary]) throws -> String { try json(runs) }
    public func text(of findings: [Finding]) throws -> String { try json(findings) }
    public func text(of trees: [NamedTree]) throws -> String { try json(trees) }
    public func text(of change: GlueChange) throws -> String { try json(change) }
    public func text(of tools: [Tool]) throws -> String { try json(tools) }
    public func text(of report: InventoryReport) throws -> String { try json(report) }
    public func text(of report: RegressionReport) throws -> String { try json(report) }
    public func text(of report: ConsoleReport) throws -> String { try json(report) }
    public func text(of report: AuditReport) throws -> String { try json(report) }
    public func text(of rules: [RuleDescription]) throws -> String { try json(rules) }
    public func text(of sheets: [LayoutSheet]) throws -> String { try json(sheets) }
    public func text(of difference: ImageDifference) throws -> String { try json(difference) }
    public func text(of difference: ConfigurationDifference) throws -> String { try json(difference) }

    public func text(of plan: RollbackPlan) throws -> String { try json(plan) }
    public func text(of drill: RollbackDrill) throws -> String { try json(drill) }

    private func json(_ value: some Encodable) throws -> String {
        try JSON.text(value)
    }
}
