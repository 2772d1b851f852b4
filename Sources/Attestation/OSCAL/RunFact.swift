// SPDX-License-Identifier: Apache-2.0

/// Something that a run can show and that requirements ask for.
package enum RunFact: String, CaseIterable, Sendable {
    case provenance
    case sandbox
    case sbom
    case configuration
    case audit
    case tests
    case rollbackDrill = "rollback-drill"
    case rebuild
    case signatures
    case log
    case gate
    case waivers
    case affected
    case cmdb
    case timeline

    var title: String {
        switch self {
        case .provenance: "Source, patches and provenance"
        case .sandbox: "Locked sandbox without network, tools by digest"
        case .sbom: "Software bill of materials"
        case .configuration: "Configuration, and how it differs between the kernels"
        case .audit: "Audit of the built files"
        case .tests: "Tests, beside the baseline kernel"
        case .rollbackDrill: "Drilled rollback"
        case .rebuild: "Second build with the same result"
        case .signatures: "Signed statements"
        case .log: "Log of evidence that can only grow"
        case .gate: "Decision about the change"
        case .waivers: "Accepted deviations with owner and last day"
        case .affected: "Which kernels contain a file, a tool or a commit"
        case .cmdb: "Which machines run which kernel"
        case .timeline: "Support periods"
        }
    }

    /// Whether runs have it: the others are decided and recorded elsewhere.
    package var isOfRun: Bool { ![.gate, .cmdb, .timeline].contains(self) }
}
