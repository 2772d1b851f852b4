// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import TestSupport
import Testing

@testable import Attestation

@Suite struct KCIDBTests {
    private struct Report: Decodable {
        struct Checkout: Decodable { let id, patchsetHash: String }
        struct Build: Decodable { let id, checkoutId, architecture, status: String }
        struct Test: Decodable {
            let id, buildId, path, status: String
            let logUrl: String?
        }
        struct Issue: Decodable { let id: String }
        struct Incident: Decodable {
            let issueId: String
            let testId: String?
        }
        let checkouts: [Checkout]
        let builds: [Build]
        let tests: [Test]
        let issues: [Issue]
        let incidents: [Incident]
    }

    private func report(_ run: RunRecord, files: String? = nil) async throws -> (Report, String) {
        let bytes = try KCIDBReport(try await RecordedRun.evidence(run), origin: "own_bank", files: files).bytes
        #expect(throws: Never.self) { try CanonicalJSON(canonical: bytes) }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return (try decoder.decode(Report.self, from: Data(bytes)), String(decoding: bytes, as: UTF8.self))
    }

    @Test func `every object is named once, and names objects that are there`() async throws {
        for run in [
            SampleRecord.passed(), SampleRecord.failed(), SampleRecord.waived(), SampleRecord.hostile("\u{1B} :\0/"),
        ] {
            let (report, text) = try await report(run)
            #expect(!text.contains(":null") && !text.contains("\\u0000"))
            let tests = Set(report.tests.map(\.id))
            #expect(tests.count == report.tests.count && tests.allSatisfy { $0.hasPrefix("own_bank:") })
            #expect(Set(report.tests.map(\.buildId)).isSubset(of: report.builds.map(\.id)))
            #expect(report.builds.allSatisfy { $0.checkoutId == report.checkouts.first?.id })
            #expect(Set(report.incidents.compactMap(\.testId)).isSubset(of: tests))
            #expect(Set(report.incidents.map(\.issueId)).isSubset(of: report.issues.map(\.id)))
            for test in report.tests { #expect(test.path.wholeMatch(of: /[A-Za-z0-9_.\-]*/) != nil, "\(test.path)") }
        }
    }

    @Test func `a test has the status that it came to, and what is unknown is neither skipped nor failed`() async throws
    {
        let run = SampleRecord.failed()
        let (report, _) = try await report(run)
        let counts = run.boot.counts
        let leaves = report.tests.filter {
            $0.buildId.hasSuffix("-candidate") && !$0.path.hasPrefix("module.") && $0.path != "boot"
        }
        func count(_ status: String) -> Int { leaves.count { $0.status == status } }
        #expect(count("PASS") == counts.pass && count("FAIL") == counts.fail && count("SKIP") == counts.skip)
        #expect(counts.unknown > 0 && count("MISS") + count("ERROR") == counts.unknown)
        // The console lost lines.
        #expect(count("MISS") == counts.unknown)
        #expect(KCIDBReport.status(.unknown, isConsoleWhole: true) == "ERROR")
        #expect(report.tests.first { $0.path == "boot" }?.status == "FAIL", "a stall was seen")
    }

    @Test func `files are linked only where they can be fetched from`() async throws {
        #expect(try await report(SampleRecord.passed()).0.tests.allSatisfy { $0.logUrl == nil })
        let (linked, _) = try await report(SampleRecord.passed(), files: "https://bank.example/runs/1")
        #expect(linked.tests.first?.logUrl == "https://bank.example/runs/1/logs/boot/console.log")
    }

    @Test func `the hash of the patches is what sha256sum makes of theirs`() async throws {
        let patches = ["one", "two"].map {
            GlueSeries.Patch(file: "\($0).patch", subject: $0, sha256: Digest(of: $0), identifier: $0, touches: [])
        }
        let (report, _) = try await report(RecordedRun.changed(SampleRecord.passed(), patches: patches))
        let lines = try await Command(
            "sh", ["-c", "for i in one two; do printf %s $i | sha256sum | cut -c-64; done | sha256sum | cut -c-64"]
        ).capture()
        #expect(report.checkouts[0].patchsetHash == lines.output.trimmingCharacters(in: .newlines))
    }

    @Test(arguments: ["", "own-bank", "Own", "own:bank", "ö"])
    func `an origin that KCIDB refuses is refused`(origin: String) async throws {
        let evidence = try await RecordedRun.evidence(SampleRecord.passed())
        #expect(throws: Failure.self) { try KCIDBReport(evidence, origin: origin) }
    }

    @Test(arguments: ["file:///tmp", "logs", "https://", "https://a b"])
    func `an address that nothing can be fetched from is refused`(address: String) async throws {
        let evidence = try await RecordedRun.evidence(SampleRecord.passed())
        #expect(throws: Failure.self) { try KCIDBReport(evidence, origin: "own", files: address) }
    }

    @Test func `tests that come to one path are counted`() async throws {
        let tests = ["a.b", "a:b"].map { TestResult(name: $0, outcome: .pass, diagnostics: [], line: 1, children: []) }
        #expect(Set(tests.map { KCIDBReport.path($0.name) }) == ["a_b"])
        #expect(KCIDBReport.path("suite/a b/c-d") == "suite.a_b.c-d")
    }
}
