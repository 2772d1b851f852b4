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
            ("rollback-drill", try CanonicalJSON.encode(SampleDrill.failed().statement.predicate)),
        ]
        let bundle = BundlePredicate.statement(
            run: run.identifier, head: .init(size: 3, rootHash: Digest(of: "root"), origin: "log"),
            created: run.finishedAt, tool: run.toolVersion, files: [Subject("a", Digest(of: "a"))])
        found.append(("bundle", try CanonicalJSON.encode(bundle.predicate)))
        if let audit = AuditPredicate.statement(of: run) {
            found.append(("audit", try CanonicalJSON.encode(audit.predicate)))
        }
        if let comparison = ComparisonPredicate.statement(of: run) {
            found.append(("test-comparison", try CanonicalJSON.encode(comparison.predicate)))
        }
        if let selfTest = try SelfTestPredicate.statement(of: evidence) {
            found.append(("self-test", try CanonicalJSON.encode(selfTest.predicate)))
        }
        return found
    }

    @Test func `every predicate is as its schema says, and one with another member is refused`() async throws {
        for run in [SampleRecord.waived(), SampleRecord.failed(), SampleRecord.hostile("\u{1B}<&\0\"")] {
            let found = try await predicates(run)
            #expect(run.baseline == nil || found.count == 6)
            for (schema, predicate) in found {
                #expect(try await verdict(on: predicate, by: schema) == "valid", "\(schema)")
                #expect(
                    try await verdict(on: Array(#"{"more":1,"#.utf8) + predicate.dropFirst(), by: schema)
                        .hasPrefix("invalid"))
                #expect(try await verdict(on: Array("{}".utf8), by: schema).hasPrefix("invalid"))
            }
        }
    }

    @Test func `the schemas are named by what the statements say`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.string).map { name in
            let value = try JSONSerialization.jsonObject(
                with: Data(try Files.bytes(Self.folder.appending(name), limit: 1 << 20)))
            return (value as? [String: Any])?["$id"] as? String
        }
        #expect(
            Set(names) == [
                TypeURI.bundle, TypeURI.comparison, TypeURI.audit, TypeURI.drill, TypeURI.selfTest, TypeURI.kernelBuild,
            ])
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
