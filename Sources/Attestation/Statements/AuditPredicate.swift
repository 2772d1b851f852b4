// SPDX-License-Identifier: Apache-2.0
package import Records

/// What the audit of a run's built files came to, with each count and each finding.
package struct AuditPredicate: Encodable, Sendable {
    package enum Verdict: String, Encodable, Sendable {
        case clean
        case findings
        /// Nothing at all could be decided.
        case undecided

        init(_ verdict: AuditReport.Verdict) {
            switch verdict {
            case .clean: self = .clean
            case .findings: self = .findings
            case .undecided: self = .undecided
            }
        }
    }

    /// The run's identifier.
    package let run: String
    /// The version of Bessemer that audited.
    package let tool: String
    package let verdict: Verdict
    package let report: AuditReport

    /// About the built files that were read; nil where nothing was audited.
    package static func statement(of run: RunRecord) -> InTotoStatement<AuditPredicate>? {
        guard let report = run.audit else { return nil }
        return InTotoStatement(
            TypeURI.audit, about: subjects(report, run),
            AuditPredicate(
                run: run.identifier, tool: run.toolVersion, verdict: Verdict(report.verdict), report: report))
    }

    /// The built files among those that were read; all that was built where none is.
    static func subjects(_ report: AuditReport, _ run: RunRecord) -> [ResourceDescriptor] {
        let names = Set(report.files.map(\.name))
        let read = run.build.artifacts.filter { names.contains($0.path) }
        return (read.isEmpty ? run.build.artifacts : read).map(ResourceDescriptor.init)
    }
}
