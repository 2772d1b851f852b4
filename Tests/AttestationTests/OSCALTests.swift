// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Host
import Records
import Signing
import TestSupport
import Testing

@testable import Attestation

@Suite struct OSCALTests {
    private func documents(
        _ run: RunRecord, statements: [(name: String, bytes: [UInt8])] = []
    ) async throws -> [String: CanonicalJSON] {
        let documents = OSCALDocuments(
            try await RecordedRun.evidence(run, steps: ["source": [:], "boot": [:], "audit": [:]]),
            mapping: try .bundled(), statements: statements)
        return try Dictionary(
            uniqueKeysWithValues: documents.all.map { ($0.name, try CanonicalJSON(canonical: $0.bytes)) })
    }

    /// Every value of members of that name.
    private func values(_ name: String, in value: CanonicalJSON) -> [CanonicalJSON] {
        switch value {
        case .array(let values): values.flatMap { self.values(name, in: $0) }
        case .object(let members):
            members.flatMap { ($0.name == name ? [$0.value] : []) + values(name, in: $0.value) }
        default: []
        }
    }

    @Test func `the same run makes the same documents, and another run others`() async throws {
        let one = try await documents(SampleRecord.waived())
        #expect(one.count == 3)
        #expect(try await documents(SampleRecord.waived()) == one)
        let other = try await documents(
            RecordedRun.changed(SampleRecord.waived(), identifier: "20261122T101500Z-00000000"))
        #expect(other["assessment-results.json"] != one["assessment-results.json"])
    }

    @Test func `identifiers are unique and of version 5, and every reference leads to one`() async throws {
        for run in [
            SampleRecord.passed(), SampleRecord.failed(), SampleRecord.waived(), SampleRecord.hostile("\u{1B} <\0\n"),
        ] {
            for (name, document) in try await documents(run) {
                let identifiers = values("uuid", in: document).compactMap(\.text)
                #expect(Set(identifiers).count == identifiers.count, "\(name)")
                for identifier in identifiers {
                    #expect(
                        identifier.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
                            != nil)
                }
                var references = ["observation-uuid", "risk-uuid", "party-uuid"].flatMap { values($0, in: document) }
                references += values("href", in: document).compactMap(\.text).filter { $0.hasPrefix("#") }.map {
                    .string(String($0.dropFirst()))
                }
                for reference in references.compactMap(\.text) { #expect(identifiers.contains(reference), "\(name)") }
                for empty in ["parties", "risks", "findings", "resources", "observations", "props"] {
                    #expect(!values(empty, in: document).contains([]), "\(name) \(empty)")
                }
                for title in (values("title", in: document) + values("name", in: document)).compactMap(\.text) {
                    #expect(!title.contains(where: \.isNewline) && !title.isEmpty)
                }
                for value in values("props", in: document).flatMap({ values("value", in: $0) }).compactMap(\.text) {
                    #expect(value == value.trimmingCharacters(in: .whitespacesAndNewlines) && !value.isEmpty)
                }
            }
        }
    }

    /// What is said of the objective of a requirement.
    private func state(of control: String, _ results: CanonicalJSON?) -> [String] {
        let targets = results.map { values("target", in: $0) } ?? []
        let target = targets.first { $0["target-id"]?.text == "\(control)_obj" }
        return ["state", "reason"].compactMap { target?["status"]?[$0]?.text }
    }

    @Test func `a requirement is satisfied only where each of its facts is shown`() async throws {
        let failed = try await documents(SampleRecord.failed())["assessment-results.json"]
        #expect(state(of: "cm-3.2", failed) == ["not-satisfied", "fail"])
        #expect(state(of: "cp-4", failed) == ["not-satisfied", "fail"], "no drill is recorded")
        #expect(state(of: "sr-3", failed) == ["satisfied", "pass"])
        // The decision is not a run's: controls that it alone answers are not there.
        #expect(state(of: "ac-5", failed).isEmpty)
        let passed = try await documents(SampleRecord.passed())["assessment-results.json"]
        #expect(state(of: "au-9", passed) == ["satisfied", "pass"])
        #expect(
            state(of: "si-2.7", passed) == ["not-satisfied", "other"], "no list of files is recorded: it is unknown")
    }

    @Test func `accepted deviations have a deadline and an owner, and without any there is no plan`() async throws {
        #expect(try await documents(SampleRecord.passed())["plan-of-action-and-milestones.json"] == nil)
        let plan = try #require(try await documents(SampleRecord.waived())["plan-of-action-and-milestones.json"])
        #expect(values("deadline", in: plan) == ["2027-05-31T23:59:59Z", "2027-05-31T23:59:59Z"])
        #expect(Set(values("status", in: plan).compactMap(\.text)) == ["deviation-approved"])
        #expect(values("parties", in: plan).flatMap { values("name", in: $0) } == ["Kernel team"])
    }

    @Test func `signed statements are cited with the digest of their file`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let statement = InTotoStatement(
            TypeURI.provenance, about: [ResourceDescriptor(name: "vmlinux", sha256: Digest(of: "k"))], ["a": "b"])
        let bytes = try await statement.signed(by: [key]).bytes
        let found = try await documents(
            SampleRecord.passed(),
            statements: [("attestations/provenance.dsse.json", bytes), ("logs/build.log", Array("CC".utf8))])
        let results = try #require(found["assessment-results.json"])
        let resource = values("resources", in: results).flatMap { values("rlinks", in: $0) }.first {
            values("href", in: $0) == ["../attestations/provenance.dsse.json"]
        }
        #expect(resource.map { values("value", in: $0) } == [.string(Digest(of: bytes).hexadecimal)])
        #expect(!values("title", in: results).contains("logs/build.log"))
    }

    @Test func `a document's signature has one subject, the file by its name`() async throws {
        let key = try PrivateKey(generating: .ed25519)
        let file = (name: "assessment-results.json", bytes: Array("{}".utf8))
        let envelope = try await OSCALDocuments.signature(of: file, by: [key])
        #expect(envelope.isSigned(by: key.publicKey) && envelope.payloadType == Envelope.statementType)
        let payload = try CanonicalJSON(canonical: envelope.payload)
        #expect(payload["predicateType"]?.text == TypeURI.oscal)
        #expect(
            payload["subject"] == [
                ["digest": ["sha256": .string(Digest(of: file.bytes).hexadecimal)], "name": "assessment-results.json"]
            ])
        #expect(payload["predicate"]?["canonicalization"] == "RFC8785")
        #expect(payload["predicate"]?["digestSource"] == "canonical-json")
    }
}

@Suite struct ControlMappingTests {
    @Test func `the mapping that comes with Bessemer has every fact, and says what was read`() throws {
        let mapping = try ControlMapping.bundled()
        #expect(Set(mapping.facts.map(\.fact)) == Set(RunFact.allCases))
        let controls = mapping.facts.flatMap(\.controls)
        #expect(Set(controls.map(\.framework)) == Set(mapping.frameworks.map(\.name)))
        #expect(controls.contains { $0.isRead } && controls.contains { !$0.isRead })
    }

    private static let good = """
        {"schema": "bessemer-control-mapping/1",
         "frameworks": [{"name": "own", "title": "Own", "version": "1", "source": "urn:own"}],
         "facts": [{"fact": "audit", "controls": [{"framework": "own", "id": "o-1", "reference": "1", "read": true}]}]}
        """

    @Test func `a mapping of one's own is read`() throws {
        let mapping = try ControlMapping(Array(Self.good.utf8), from: "own.json")
        #expect(mapping.controls(of: .audit).map(\.identifier) == ["o-1"])
        #expect(mapping.controls(of: .log).isEmpty)
    }

    @Test(arguments: [
        ("\"read\": true", "\"read\": 1", "read"), ("\"read\": true", "\"read\": true, \"raed\": true", "raed"),
        ("\"fact\": \"audit\"", "\"fact\": \"audits\"", "audits"),
        ("\"framework\": \"own\"", "\"framework\": \"other\"", "framework"),
        ("\"o-1\"", "\"1.2\"", "token"), ("\"id\": \"o-1\", ", "", "id"),
        ("\"version\": \"1\"", "\"version\": \"\"", "version"),
        ("\"title\": \"Own\"", "\"title\": \"Own\", \"title\": \"Own\"", "twice"), ("mapping/1", "mapping/2", "schema"),
        ("\"facts\": [", "\"facts\": [{\"fact\": \"audit\", \"controls\": []}, ", "second"), ("}]}", "}]", "expected"),
    ])
    func `a mapping with something wrong is refused with the place`(_ part: String, _ wrong: String, _ word: String)
        throws
    {
        #expect(Self.good.contains(part))
        let text = Self.good.replacing(part, with: wrong, maxReplacements: 1)
        let failure = #expect(throws: Failure.self) { try ControlMapping(Array(text.utf8), from: "own.json") }
        #expect(failure?.code == "mapping.unreadable")
        #expect(
            failure?.message.contains("own.json") == true && failure?.message.contains(word) == true,
            "\(failure?.message ?? "")")
    }
}
