// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// Attributes of built files, each with its evidence (in-toto SCAI v0.3).
package struct AttributeReport: Encodable, Sendable {
    package struct Assertion: Encodable, Sendable {
        package struct Conditions: Encodable, Sendable {
            /// The letters of the rules' family; nil for the whole.
            package let family: String?
            /// What was looked at, by the counts' identifiers.
            package let counts: [String: Int]
        }

        package let attribute: String
        package let conditions: Conditions?
        package let evidence: ResourceDescriptor?
    }

    package let attributes: [Assertion]
    package let producer: ResourceDescriptor

    /// Of the audit: an attribute for the verdict, and one for each family of rules that was checked and found nothing but
    /// notes. `evidence` is the audit in SARIF. nil where nothing was audited.
    package static func statement(
        auditOf run: RunRecord, evidence: ResourceDescriptor?
    ) -> InTotoStatement<AttributeReport>? {
        guard let report = run.audit else { return nil }
        let clean = report.totals.filter { outcome in
            outcome.state == .checked && outcome.findings.allSatisfy { $0.severity == .note }
        }
        let families = clean.map { outcome in
            Assertion(
                attribute: "AUDIT_\(word(RuleBook.name(of: outcome.family) ?? outcome.family))_CLEAN",
                conditions: .init(
                    family: outcome.family,
                    counts: Dictionary(
                        outcome.counts.compactMap { count in count.identifier.map { ($0, count.count) } }
                    ) { first, _ in first }),
                evidence: evidence)
        }
        let verdict = Assertion(
            attribute: "AUDIT_\(word(AuditPredicate.Verdict(report.verdict).rawValue))", conditions: nil,
            evidence: evidence)
        return InTotoStatement(
            TypeURI.scai, about: AuditPredicate.subjects(report, run),
            AttributeReport(attributes: [verdict] + families, producer: producer(run.toolVersion)))
    }

    /// That built files came out the same a second time: of those alone that did. `evidence` is the second build's record.
    /// nil where none did.
    package static func statement(
        reproducing kernel: RebuildReport.Kernel, tool: String, evidence: ResourceDescriptor
    ) -> InTotoStatement<AttributeReport>? {
        let equal = Set(kernel.artifacts.filter(\.isEqual).map(\.path))
        let files = kernel.build.artifacts.filter { equal.contains($0.path) }
        guard !files.isEmpty else { return nil }
        return InTotoStatement(
            TypeURI.scai, about: files.map(ResourceDescriptor.init),
            AttributeReport(
                attributes: [Assertion(attribute: "REPRODUCIBLE", conditions: nil, evidence: evidence)],
                producer: producer(tool)))
    }

    private static func producer(_ version: String) -> ResourceDescriptor {
        ResourceDescriptor(name: "bessemer", uri: PackageURL.bessemer(version))
    }

    /// `BUILD_SCRIPTS`
    private static func word(_ text: String) -> String {
        text.uppercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "_")
    }
}
