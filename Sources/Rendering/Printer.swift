// SPDX-License-Identifier: Apache-2.0
public import Audit
public import Evidence
public import Findings
internal import Host
public import KernelTree
public import Regression
public import Toolchain

/// One way to write down what Bessemer found: for a person at a terminal, for a program.
public protocol Printer: Sendable {
    /// A whole run. `files` are the paths of its full report.
    func text(of record: RunRecord, files: [String]) throws -> String
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

    public func text(of record: RunRecord, files: [String]) throws -> String { try json(record) }
    public func text(of runs: [RunSummary]) throws -> String { try json(runs) }
    public func text(of findings: [Finding]) throws -> String { try json(findings) }
    public func text(of trees: [NamedTree]) throws -> String { try json(trees) }
    public func text(of change: GlueChange) throws -> String { try json(change) }
    public func text(of tools: [Tool]) throws -> String { try json(tools) }
    public func text(of report: InventoryReport) throws -> String { try json(report) }
    public func text(of report: RegressionReport) throws -> String { try json(report) }
    public func text(of report: AuditReport) throws -> String { try json(report) }
    public func text(of rules: [RuleDescription]) throws -> String { try json(rules) }
    public func text(of sheets: [LayoutSheet]) throws -> String { try json(sheets) }
    public func text(of difference: ImageDifference) throws -> String { try json(difference) }
    public func text(of difference: ConfigurationDifference) throws -> String { try json(difference) }

    private func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSON.encode(value), as: UTF8.self)
    }
}
