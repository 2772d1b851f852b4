// SPDX-License-Identifier: Apache-2.0
import Attestation
import Evidence
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

/// The schemas in Docs/Attestations against the predicates that Bessemer writes, judged by Python's `jsonschema`.
@Suite(.integration) struct PredicateSchemaTests {
    private static let folder = RealThings.repository.appending("Docs/Attestations")

    @Test func `the published schemas are those that the types give`() async throws {
        try await withTemporaryFolder { made in
            _ = try await Command(
                "python3", [RealThings.repository.appending("Tools/report-schema").string, made.string]
            )
            .output("test.schema", doing: "making the schemas", advice: "read what Python says")
            let names = try FileManager.default.contentsOfDirectory(atPath: made.string).sorted()
            #expect(try FileManager.default.contentsOfDirectory(atPath: Self.folder.string).sorted() == names)
            for name in names {
                #expect(
                    try Files.text(made.appending(name)) == Files.text(Self.folder.appending(name)),
                    "Tools/report-schema Docs/Attestations")
            }
        }
    }

    /// Those that have a schema here, by the name of its file.
    private func predicates(_ run: RunRecord) async throws -> [(schema: String, predicate: [UInt8])] {
        let evidence = try await RunEvidence(
            run.identifier, in: SampleEvidence.store(of: run, drills: [SampleDrill.failed(run: run.identifier)]))
        var found = [
            ("linux-kernel", try CanonicalJSON.encode(BuildParameters(run.kernels.candidate, of: run.source))),
            (
                "provenance",
                try CanonicalJSON.encode(Provenance.statement(run.kernels.candidate, of: evidence).predicate)
            ),
            ("test-result", try CanonicalJSON.encode(TestVerdict(run.kernels.candidate, of: run))),
            ("rollback-drill", try CanonicalJSON.encode(SampleDrill.failed().statement.predicate)),
        ]
        let bundle = BundlePredicate.statement(
            run: run.identifier, head: .init(origin: "log", size: 3, rootHash: Digest(of: "root")),
            created: run.finishedAt, tool: run.toolVersion, files: [Subject("a", Digest(of: "a"))], bytes: 1)
        found.append(("bundle", try CanonicalJSON.encode(bundle.predicate)))
        if let audit = AuditPredicate.statement(of: run) {
            found.append(("audit", try CanonicalJSON.encode(audit.predicate)))
        }
        if let attributes = AttributeReport.statement(auditOf: run, evidence: nil) {
            found.append(("scai", try CanonicalJSON.encode(attributes.predicate)))
        }
        let files = [Subject("sbom/a.spdx.json", Digest(of: "a"))]
        if let reference = DocumentReference.statement(
            to: files, mediaType: "application/spdx+json", about: run.kernels.candidate)
        {
            found.append(("reference", try CanonicalJSON.encode(reference.predicate)))
        }
        if let comparison = ComparisonPredicate.statement(of: run) {
            found.append(("test-comparison", try CanonicalJSON.encode(comparison.predicate)))
        }
        let verdict = VerificationSummaryTests.report(run, [.pass])
        found.append(
            (
                "verification_summary",
                try CanonicalJSON.encode(
                    VerificationSummary.statement(verdict, of: run, at: run.finishedAt, hasProvenance: true).predicate)
            ))
        if let result = try VerificationResult.statement(verdict, of: run, at: run.finishedAt) {
            found.append(("svr", try CanonicalJSON.encode(result.predicate)))
        }
        if let selfTest = try SelfTestPredicate.statement(of: evidence) {
            found.append(("self-test", try CanonicalJSON.encode(selfTest.predicate)))
        }
        return found
    }

    @Test func `every predicate is as its schema says, and one with another member is refused`() async throws {
        for run in [SampleRecord.waived(), SampleRecord.failed(), SampleRecord.hostile("\u{1B}<&\0\"")] {
            let found = try await predicates(run)
            #expect(run.baseline == nil || found.count == 12)
            for (schema, predicate) in found {
                let verdict = try await verdict(on: predicate, by: schema)
                #expect(verdict == "valid", "\(schema): \(verdict.prefix(400))")
                #expect(
                    try await self.verdict(on: Array(#"{"more":1,"#.utf8) + predicate.dropFirst(), by: schema)
                        .hasPrefix("invalid"))
                #expect(try await self.verdict(on: Array("{}".utf8), by: schema).hasPrefix("invalid"))
            }
        }
    }

    @Test func `the schemas are named by what the statements say`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.string).map { name in
            let value = try JSONSerialization.jsonObject(
                with: Data(try Files.bytes(Self.folder.appending(name), limit: 1 << 20)))
            let schema = try #require(value as? [String: Any])
            return (schema["predicateType"] ?? schema["$id"]) as? String
        }
        #expect(
            Set(names) == [
                TypeURI.bundle, TypeURI.comparison, TypeURI.audit, TypeURI.drill, TypeURI.selfTest, TypeURI.kernelBuild,
                TypeURI.provenance, TypeURI.testResult, TypeURI.scai, TypeURI.reference,
                TypeURI.verificationSummary, TypeURI.verificationResult,
            ])
    }

    @Test func `a bundle holds them all`() throws {
        let published = try FileManager.default.contentsOfDirectory(atPath: Self.folder.string).sorted()
        #expect(AuditorFiles.schemas.map(\.name) == published.map { "schemas/\($0)" })
        for (file, name) in zip(AuditorFiles.schemas, published) {
            #expect(try file.bytes == Files.bytes(Self.folder.appending(name), limit: 1 << 20))
        }
    }

    @Test(arguments: [
        ("provenance", #""buildType":"#, #""kind":"#), ("provenance", #""sha256":""#, #""sha256":"zz"#),
        ("provenance", #""startedOn":"2026-"#, #""startedOn":"year "#),
        ("test-result", #""result":""#, #""result":"NOT_"#),
        ("test-result", #""configuration":"#, #""settings":"#), ("scai", "attribute\":\"", "name\":\""),
        ("reference", #""attester":"#, #""author":"#), ("linux-kernel", #""candidate""#, #""other""#),
        ("bundle", #""rootHash":""#, #""rootHash":"X"#),
    ])
    func `a broken predicate is refused`(_ schema: String, _ part: String, _ broken: String) async throws {
        let found = try #require(try await predicates(SampleRecord.waived()).first { $0.schema == schema })
        let text = String(decoding: found.predicate, as: UTF8.self)
        let range = try #require(text.range(of: part))
        let verdict = try await verdict(
            on: Array(text.replacingCharacters(in: range, with: broken).utf8), by: schema)
        #expect(verdict.hasPrefix("invalid"), "\(verdict)")
    }

    /// `valid`, or `invalid` with the place and the reason.
    private func verdict(on predicate: [UInt8], by schema: String) async throws -> String {
        let program = """
            import json, sys
            from jsonschema import Draft202012Validator as Validator
            schema = json.load(open(sys.argv[1]))
            Validator.check_schema(schema)
            for error in Validator(schema, format_checker=Validator.FORMAT_CHECKER).iter_errors(json.load(sys.stdin)):
                print("invalid", error.json_path, error.message[:200])
                sys.exit()
            print("valid")
            """
        let outcome = try await Command(
            try await SchemaValidator.python(),
            ["-c", program, Self.folder.appending("\(schema).schema.json").string]
        ).capture(input: String(decoding: predicate, as: UTF8.self))
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
