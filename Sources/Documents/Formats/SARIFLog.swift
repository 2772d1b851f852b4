// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records

/// Writes audits for tools that read the Static Analysis Results Interchange Format.
package struct SARIFPrinter: Sendable {
    /// Bessemer's.
    let version: String
    let book: RuleBook

    package init(version: String, book: RuleBook) {
        self.version = version
        self.book = book
    }

    package func text(of report: AuditReport) throws -> String {
        try text(of: SARIFLog(report, rules: book.rules, version: version))
    }

    /// The findings of a pilot, of its audit and of the run itself: `report.sarif`.
    package func text(of record: RunRecord) throws -> String {
        try text(of: SARIFLog(record, rules: book.rules, version: version))
    }

    /// The findings of a second build. A file whose sections are not known was judged all the same: it differs.
    package func text(of report: RebuildReport) throws -> String {
        let unread = report.kernels.flatMap { kernel in
            kernel.artifacts.compactMap { file in
                file.undecided.map { "\(kernel.role.rawValue)/\(file.path): \($0)" }
            }
        }
        return try text(
            of: SARIFLog(
                rules: book.rules, findings: report.findings,
                accepted: report.accepted.map { ($0.finding, Optional($0.waiver)) }, unread: unread,
                isComplete: report.verdict != .unknown, version: version))
    }

    package func text(of report: LintReport) throws -> String {
        try text(
            of: SARIFLog(
                rules: book.rules, findings: report.findings, unread: report.skipped.map(\.text),
                isComplete: report.partly == 0, version: version))
    }

    func text(of log: SARIFLog) throws -> String { try JSON.text(log) }
}

/// Findings as a log of the Static Analysis Results Interchange Format 2.1.0 (OASIS standard, § 3).
struct SARIFLog: Encodable {
    struct Text: Encodable { let text: String }

    struct Rule: Encodable {
        struct Configuration: Encodable { let level: String }
        let id: String
        let shortDescription: Text
        let fullDescription: Text
        let help: Text
        let defaultConfiguration: Configuration
    }

    struct Driver: Encodable {
        let name = "Bessemer"
        let semanticVersion: String
        let rules: [Rule]
    }

    struct Tool: Encodable { let driver: Driver }

    struct Location: Encodable {
        struct Artifact: Encodable { let uri: String }
        struct Address: Encodable { let absoluteAddress: UInt64 }
        struct Region: Encodable { let startLine: Int }
        struct Physical: Encodable {
            let artifactLocation: Artifact
            let region: Region?
            let address: Address?
        }
        struct Logical: Encodable { let fullyQualifiedName: String }
        /// nil for a file that is not among the user's own.
        let physicalLocation: Physical?
        var logicalLocations: [Logical]?
        var message: Text?
    }

    /// § 3.35: who accepts a finding, until when and why, where that is kept.
    struct Suppression: Encodable {
        let kind = "external"
        let status = "accepted"
        let justification: String?
    }

    struct Result: Encodable {
        let ruleId: String
        let ruleIndex: Int
        let level: String
        let message: Text
        let locations: [Location]
        /// The source line of the code at the location's address, and what follows from the finding (§ 3.27.22).
        let relatedLocations: [Location]?
        let suppressions: [Suppression]
    }

    struct Notification: Encodable {
        let level: String
        let message: Text
    }

    struct Invocation: Encodable {
        let executionSuccessful: Bool
        let toolExecutionNotifications: [Notification]
    }

    struct Run: Encodable {
        let tool: Tool
        let invocations: [Invocation]
        let results: [Result]
    }

    let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    let version = "2.1.0"
    let runs: [Run]

    enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    init(_ report: AuditReport, rules: [RuleDescription], version: String) {
        self.init(
            report, rules: rules, findings: report.findings, accepted: report.acceptances, version: version)
    }

    /// A pilot's findings with those of its audit. What is accepted is in it with who accepts it.
    init(_ record: RunRecord, rules: [RuleDescription], version: String) {
        let accepted = record.accepted.map { (finding: $0.finding, waiver: Optional($0.waiver)) }
        guard let audit = record.audit else {
            self.init(
                rules: rules, findings: record.findings, accepted: accepted,
                unread: ["the record of this run has no audit"], isComplete: false, subject: Self.console,
                version: version)
            return
        }
        // Older records kept the audit's own apart.
        let others = audit.acceptances.filter { other in !accepted.contains { $0.finding == other.finding } }
        self.init(
            audit, rules: rules, findings: audit.findings + record.findings, accepted: accepted + others,
            version: version)
    }

    /// What findings of a run without an audit are about.
    private static let console = "console.log"

    private init(
        _ report: AuditReport, rules: [RuleDescription], findings: [Finding],
        accepted: [(finding: Finding, waiver: Waiver?)], version: String
    ) {
        let unread = report.files.compactMap { file in file.error.map { "\(file.name): \($0)" } }
        let unknown = report.files.flatMap { file in
            file.outcomes.filter { $0.state == .unknown }.map {
                "\(file.name): \(RuleBook.title(of: $0.family)) unknown: \($0.reason ?? "")"
            }
        }
        self.init(
            rules: rules, findings: findings, accepted: accepted,
            unread: unread + unknown, isComplete: unread.isEmpty && unknown.isEmpty,
            notes: (report.passedOver ?? []).map { "\($0.name): passed over: \($0.reason)" },
            subject: report.files.first?.name, version: version)
    }

    /// `unread` tells of files that were not judged; where that leaves the answer incomplete they are errors. Findings
    /// without a place are about `subject`: systems that show a log refuse all of it where a result has no location.
    init(
        rules: [RuleDescription], findings: [Finding], accepted: [(finding: Finding, waiver: Waiver?)] = [],
        unread: [String], isComplete: Bool,
        notes: [String] = [], subject: String? = nil, version: String
    ) {
        let indices = Dictionary(
            rules.enumerated().map { ($0.element.identifier, $0.offset) }, uniquingKeysWith: { first, _ in first })
        func result(_ finding: Finding, _ suppressions: [Suppression] = []) -> Result? {
            guard let index = indices[finding.rule] else { return nil }
            let location = (finding.location ?? subject.map { .init(file: $0) }).map { Location($0) }
            let source = finding.location?.source.map { source in
                // The compiler's own library, not a file of the tree.
                if source.file.hasPrefix("/") {
                    return Location(
                        physicalLocation: nil,
                        message: Text(text: "The source of the code at that address: \(source.text)."))
                }
                return Location(
                    .init(file: source.file, line: source.line),
                    message: Text(text: "The source of the code at that address."))
            }
            let follows = (finding.follows ?? []).compactMap { follower in
                follower.location.map { place in
                    Location(
                        place, message: Text(text: "\(follower.rule), which follows from this: \(follower.statement)"))
                }
            }
            let related = (source.map { [$0] } ?? []) + follows
            return Result(
                ruleId: finding.rule, ruleIndex: index, level: finding.severity.rawValue,
                message: Text(text: finding.statement), locations: location.map { [$0] } ?? [],
                relatedLocations: related.isEmpty ? nil : related,
                suppressions: suppressions)
        }
        runs = [
            Run(
                tool: Tool(
                    driver: Driver(
                        semanticVersion: version,
                        rules: rules.map {
                            Rule(
                                id: $0.identifier, shortDescription: Text(text: $0.title),
                                fullDescription: Text(text: "\($0.check) \($0.rationale)"),
                                help: Text(text: $0.remediation),
                                defaultConfiguration: .init(level: $0.severity.rawValue))
                        })),
                invocations: [
                    Invocation(
                        executionSuccessful: isComplete,
                        toolExecutionNotifications: unread.map {
                            Notification(level: isComplete ? "note" : "error", message: Text(text: $0))
                        } + notes.map { Notification(level: "note", message: Text(text: $0)) })
                ],
                results: findings.compactMap { result($0) }
                    + accepted.compactMap { result($0, [Suppression(justification: $1?.acceptance)]) })
        ]
    }
}

extension SARIFLog.Location {
    init(_ place: Finding.Location, message: SARIFLog.Text? = nil) {
        self.init(
            physicalLocation: .init(
                artifactLocation: .init(uri: Self.uri(place.file)), region: place.line.map { .init(startLine: $0) },
                address: place.address.map { .init(absoluteAddress: $0) }),
            logicalLocations: place.symbol.map { [.init(fullyQualifiedName: $0)] }, message: message)
    }

    /// A relative reference of RFC 3986, in which everything that is no unreserved character is escaped.
    private static func uri(_ file: String) -> String {
        var allowed = CharacterSet.alphanumerics.intersection(
            CharacterSet(charactersIn: Unicode.Scalar(0)...Unicode.Scalar(127)))
        allowed.insert(charactersIn: "-._~/")
        return file.addingPercentEncoding(withAllowedCharacters: allowed) ?? "unnamed"
    }
}
