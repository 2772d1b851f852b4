// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import Records
package import Signing

/// A run as documents of OSCAL 1.2.1 (NIST, Open Security Controls Assessment Language): what the kernel implements, what
/// the run showed, and what deviates with somebody's consent.
///
/// The bytes are RFC 8785, and every identifier follows from the run's entry: the same run makes the same bytes.
package struct OSCALDocuments: Sendable {
    static let version = "1.2.1"
    /// Of Bessemer's own properties.
    static let namespace = "urn:bessemer:oscal"

    let evidence: RunEvidence
    let mapping: ControlMapping
    /// Signed statements of the run, with their paths in the bundle.
    let statements: [CitedStatement]
    /// The record of the run, the body of its entry.
    let record: (name: String, sha256: Digest)

    /// `statements` are files of the bundle; those that are not signed statements are not cited.
    package init(
        _ evidence: RunEvidence, mapping: ControlMapping, statements: [(name: String, bytes: [UInt8])] = []
    ) {
        self.evidence = evidence
        self.mapping = mapping
        self.statements = statements.compactMap { CitedStatement(name: $0.name, bytes: $0.bytes) }
        record = (EvidenceBundle.Name.body, evidence.entry.bodyDigest)
    }

    /// The documents by their names in a folder of their own. There is a plan of action only where something is accepted:
    /// OSCAL has no empty one.
    package var all: [(name: String, bytes: [UInt8])] {
        var documents = [
            ("component-definition.json", componentDefinition.bytes),
            ("assessment-results.json", assessmentResults.bytes),
        ]
        if let plan = planOfAction { documents.append(("plan-of-action-and-milestones.json", plan.bytes)) }
        return documents
    }

    /// A document's signature as `trestle verify` takes it: one subject, named as the file is.
    package static func signature(
        of document: (name: String, bytes: [UInt8]), by signers: [any Signer]
    ) async throws -> Envelope {
        try await InTotoStatement(
            TypeURI.oscal, about: [ResourceDescriptor(name: document.name, sha256: Digest(of: document.bytes))],
            [
                "canonicalization": "RFC8785", "digestAlgorithm": "sha256", "digestSource": "canonical-json",
                "tool": "bessemer",
            ]
        ).signed(by: signers)
    }

    // MARK: What the documents share

    /// The identifier of something of this run.
    func identifier(_ name: String) -> CanonicalJSON {
        .string(NamedUUID.text(of: "urn:bessemer:entry:\(evidence.entry.digest):oscal:\(name)"))
    }

    static func time(_ date: Date) -> CanonicalJSON { .string(date.formatted(.iso8601)) }

    /// One line without space around it, as titles, names and the values of properties have to be.
    static func line(_ text: String) -> CanonicalJSON {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return .string(line.isEmpty ? "unknown" : line)
    }

    static func property(_ name: String, _ value: String, own: Bool = true) -> CanonicalJSON {
        ["name": .string(name), "ns": own ? .string(namespace) : nil, "value": line(value)]
    }

    func metadata(_ title: String, parties: [CanonicalJSON] = []) -> CanonicalJSON {
        [
            "title": Self.line(title), "last-modified": Self.time(evidence.run.finishedAt),
            "version": Self.line(evidence.run.identifier), "oscal-version": .string(Self.version),
            "parties": .list(parties),
        ]
    }

    /// The kernels' components: the kernel of that role.
    func component(_ role: KernelRole) -> CanonicalJSON { identifier("component:\(role.rawValue)") }

    /// What shows a fact: statements of its types, else the record itself.
    func sources(of assessment: FactAssessment) -> [(name: String, sha256: Digest)] {
        let cited = statements.filter {
            assessment.predicates.contains($0.predicateType)
                && ($0.predicateType != TypeURI.provenance || $0.isRebuild == (assessment.fact == .rebuild))
        }
        return cited.isEmpty ? [record] : cited.map { ($0.name, $0.sha256) }
    }

    func reference(to source: (name: String, sha256: Digest)) -> CanonicalJSON {
        .string("#\(NamedUUID.text(of: "urn:bessemer:entry:\(evidence.entry.digest):oscal:resource:\(source.name)"))")
    }

    /// A file of the bundle, seen from the folder of the documents.
    func resource(_ source: (name: String, sha256: Digest)) -> CanonicalJSON {
        [
            "uuid": identifier("resource:\(source.name)"), "title": Self.line(source.name),
            "rlinks": [
                [
                    "href": .string("../\(source.name)"), "media-type": "application/json",
                    "hashes": [["algorithm": "SHA-256", "value": .string(source.sha256.hexadecimal)]],
                ]
            ],
        ]
    }

    /// Controls that facts of runs answer, each once, in the order of the mapping.
    var controls: [(control: ControlMapping.Control, facts: [RunFact])] {
        var found: [(control: ControlMapping.Control, facts: [RunFact])] = []
        var positions: [String: Int] = [:]
        for answer in mapping.facts where answer.fact.isOfRun {
            for control in answer.controls {
                let name = "\(control.framework) \(control.identifier)"
                if let position = positions[name] {
                    found[position].facts.append(answer.fact)
                } else {
                    positions[name] = found.count
                    found.append((control, [answer.fact]))
                }
            }
        }
        return found
    }
}
