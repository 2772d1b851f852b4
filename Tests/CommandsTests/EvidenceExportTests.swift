// SPDX-License-Identifier: Apache-2.0
import Documents
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Commands

/// What is said of recorded runs to others.
@Suite struct EvidenceExportTests {
    private func withRun(_ run: RunRecord, _ body: (Installation) async throws -> Void) async throws {
        try await withInstallation { installation in
            let folder = installation.folder.appending("state/bessemer")
            try Files.makeDirectory(folder)
            let store = try SQLiteEvidenceStore(
                path: folder.appending(SQLiteEvidenceStore.fileName), settings: .ofBessemer(folder))
            try await store.append(try Entry.Draft(run))
            try await body(installation)
        }
    }

    private static let cve = """
        {"dataType": "CVE_RECORD", "cveMetadata": {"cveID": "CVE-2026-31000", "state": "PUBLISHED"},
         "containers": {"cna": {"title": "a title", "affected": [{"vendor": "Linux", "product": "Linux",
          "defaultStatus": "affected", "programFiles": ["kernel/fork.c"],
          "versions": [{"version": "1.0", "lessThanOrEqual": "*", "status": "unaffected",
            "versionType": "original_commit_for_fix"}]}]}}}
        """

    @Test func `a run is exported in each format, and canonical`() async throws {
        try await withRun(SampleRecord.waived()) { installation in
            let run = SampleRecord.waived().identifier
            for format in ExportFormat.allCases {
                let outcome = try await installation.run(["evidence", "export", run, "--format", format.rawValue])
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(throws: Never.self) { try CanonicalJSON(canonical: Array(outcome.output.utf8)) }
            }
            let other = try await installation.run(
                ["evidence", "export", run, "--format", "oscal-results", "--mapping", "nowhere.json"])
            #expect(other.status == 2 && other.output.isEmpty)
        }
        try await withRun(SampleRecord.passed()) { installation in
            let plan = try await installation.run(
                ["evidence", "export", SampleRecord.passed().identifier, "--format", "oscal-plan"])
            #expect(plan.status == 0 && plan.output.isEmpty && plan.error.contains("nothing is accepted"))
        }
    }

    @Test(arguments: OutputFormat.allCases)
    func `affected kernels are shown in each format, and the status says whether all is clear`(
        format: OutputFormat
    ) async throws {
        try await withRun(SampleRecord.passed()) { installation in
            for (words, status, expected): ([String], Int32, String) in [
                (["--tool", "rustc"], 1, "rustc 1.96.1"), (["--tool", "rustc@1.0"], 0, "not affected"),
                (["--file", "kernel/fork.c"], 1, "unknown"),
            ] {
                let outcome = try await installation.run(
                    ["evidence", "affected"] + words + ["--format", format.rawValue])
                #expect(outcome.status == status && outcome.error.isEmpty, "\(words): \(outcome.error)")
                #expect(outcome.output.contains(expected), "\(outcome.output.prefix(800))")
            }
        }
    }

    @Test func `a question that is none, or of nothing, is refused`() async throws {
        try await withInstallation { installation in
            for words in [[], ["--file", "a", "--tool", "b"], ["--commit", "xyz"], ["--tool", "rustc"]] {
                let outcome = try await installation.run(["evidence", "affected"] + words)
                #expect(outcome.status == 2 && outcome.output.isEmpty, "\(words)")
            }
        }
    }

    @Test func `vulnerabilities are judged in each format`() async throws {
        try await withRun(SampleRecord.passed()) { installation in
            let run = SampleRecord.passed().identifier
            let file = installation.folder.appending("cve.json")
            try AtomicFile.write(Self.cve, to: file)
            for format in VEXFormat.allCases {
                let outcome = try await installation.run(
                    ["evidence", "vex", run, "--cves", file.string, "--format", format.rawValue])
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(
                    outcome.output.contains([.text, .markdown].contains(format) ? "CLEAR" : "fixed"),
                    "\(outcome.output.prefix(800))")
                #expect(outcome.output.contains("CVE-2026-31000"))
            }
            try AtomicFile.write(Self.cve.replacing("unaffected", with: "affected"), to: file)
            #expect(try await installation.run(["evidence", "vex", run, "--cves", file.string]).status == 1)
            try AtomicFile.write("{}", to: file)
            #expect(try await installation.run(["evidence", "vex", run, "--cves", file.string]).status == 2)
        }
    }
}
