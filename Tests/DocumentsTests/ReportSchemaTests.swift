// SPDX-License-Identifier: Apache-2.0
import Documents
import Evidence
import Foundation
import Guest
import Host
import Records
import SystemPackage
import TestSupport
import Testing

/// Docs/report.schema.json against the reports that Bessemer writes, judged by Python's `jsonschema`.
@Suite(.integration) struct ReportSchemaTests {
    @Test func `the schema is one`() async throws {
        #expect(try await verdict(on: nil) == "valid")
    }

    @Test func `every report that Bessemer writes is as the schema says`() async throws {
        for record in [
            SampleRecord.failed(), SampleRecord.passed(), SampleRecord.waived(), SampleRecord.panicked(),
            SampleRecord.hostile("\u{1B}<&\0\""),
        ] {
            let verdict = try await verdict(on: shown(record, as: .json))
            #expect(verdict == "valid")
        }
    }

    @Test func `a report with drills of the rollback is as the schema says, and a broken one is not`() async throws {
        let text = try shown(SampleRecord.passed(), drills: [SampleDrill.passed(), SampleDrill.failed()], as: .json)
        #expect(try await verdict(on: text) == "valid")
        let drill = try shown(SampleDrill.failed(), as: .json)
        #expect(try await verdict(on: drill, part: "RollbackDrill") == "valid")
        let broken = text.replacing("\"verdict\" : \"unknown\"", with: "\"verdict\" : \"perhaps\"")
        #expect(try await verdict(on: broken).hasPrefix("invalid"))
        let record = try JSON.decode(RunRecord.self, from: Array(text.utf8), named: "report")
        #expect(record == SampleRecord.passed())
    }

    @Test func `a difference of configurations by itself is as the schema says, and a broken one is not`() async throws
    {
        let text = try shown(SampleDifference.made(), as: .json)
        #expect(try await verdict(on: text, part: "ConfigurationDifference") == "valid")
        let broken = text.replacing("\"pulled-in\"", with: "\"pulled\"")
        #expect(try await verdict(on: broken, part: "ConfigurationDifference").hasPrefix("invalid"))
    }

    @Test(arguments: [
        ("\"verdict\" : \"failed\"", "\"verdict\" : \"fine\""),
        ("\"schema\" : \"bessemer-report/2\"", "\"schema\" : \"bessemer-report/1\""),
        ("\"role\" : \"candidate\"", "\"role\" : \"other\""),
        ("\"outcome\" : \"unknown\"", "\"outcome\" : \"maybe\""),
        ("\"identifier\" : \"20261122T101500Z-5f3a9c01\",", ""),
        ("\"consoleLines\" : 7207", "\"consoleLines\" : \"7207\""),
        ("\"consoleLines\" : 7207", "\"consoleLines\" : 7207, \"more\" : 1"),
        ("\"consoleSHA256\" : \"9", "\"consoleSHA256\" : \"X"),
        ("\"startedAt\" : \"2026-11-22T10:15:00Z\"", "\"startedAt\" : \"yesterday\""),
        ("\"loaded\" : true", "\"loaded\" : null"),
    ])
    func `a broken report is refused`(_ part: String, _ broken: String) async throws {
        let text = try shown(SampleRecord.failed(), as: .json)
        let range = try #require(text.range(of: part), "\(part)")
        let verdict = try await verdict(on: text.replacingCharacters(in: range, with: broken))
        #expect(verdict.hasPrefix("invalid"), "\(verdict)")
    }

    @Test func `the published schema is the one that the types give`() async throws {
        let script = Self.root.appending("Tools/report-schema").string
        let made = try await Command("python3", [script]).output(
            "test.schema", doing: "making the schema", advice: "read what Python says")
        let published = try Files.text(Self.root.appending("Docs/report.schema.json"))
        #expect(
            made.trimmingCharacters(in: .whitespacesAndNewlines)
                == published.trimmingCharacters(in: .whitespacesAndNewlines),
            "Tools/report-schema > Docs/report.schema.json")
    }

    @Test func `comparisons and unfinished runs are as the schema says`() async throws {
        let run = UnfinishedRun(
            identifier: "20261122T101500Z-5f3a9c01", tool: "0.1.0", workflow: "test", kernel: "6.12",
            startedAt: Date(timeIntervalSince1970: 0),
            finishedAt: Date(timeIntervalSince1970: 60), outcome: .failed,
            failure: FailureRecord(Failure("build.failed", "m", advice: "a", underlying: "u")), steps: [])
        #expect(try await verdict(on: shown(run, as: .json), part: "UnfinishedRun") == "valid")
        #expect(
            try await verdict(on: shown(RegressionTextTests().report, as: .json), part: "RegressionReport") == "valid")
    }

    private static let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()
    private static let schema = root.appending("Docs/report.schema.json")

    /// `valid`, or `invalid` with the place and the reason.
    private func verdict(on report: String?, part: String = "report") async throws -> String {
        try await withTemporaryFolder { folder in
            let path = folder.appending("report.json")
            try AtomicFile.write(report ?? "null", to: path)
            let program = """
                import json, sys
                from jsonschema import Draft202012Validator as Validator
                schema = json.load(open(sys.argv[1]))
                Validator.check_schema(schema)
                if sys.argv[3] != "schema":
                    if sys.argv[3] != "report":
                        schema = {"$ref": "#/$defs/" + sys.argv[3], "$defs": schema["$defs"]}
                    for error in Validator(schema, format_checker=Validator.FORMAT_CHECKER).iter_errors(
                            json.load(open(sys.argv[2]))):
                        print("invalid", error.json_path, error.message[:200])
                        sys.exit()
                print("valid")
                """
            return try await Command(
                try await SchemaValidator.python(),
                ["-c", program, Self.schema.string, path.string, report == nil ? "schema" : part]
            ).output("test.schema", doing: "validating a report", advice: "read what Python says")
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
