// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Commands

/// The change record of a store with one run.
@Suite struct ChangeCommandTests {
    @Test(arguments: ChangeFormat.allCases)
    func `a refused change is written in each format, and is a finding`(format: ChangeFormat) async throws {
        try await withRecordedRun { installation in
            let outcome = try await installation.run(["change", "--stage", "production", "--format", format.rawValue])
            #expect(outcome.status == 1, "\(outcome.error)")
            let word = format == .json ? "\"verdict\" : \"fail\"" : "REFUSED"
            #expect(outcome.output.localizedCaseInsensitiveContains(word))
            #expect(outcome.output.contains("Art. 17(1)(e)") == (format != .servicenow))
        }
    }

    @Test(arguments: [
        ["--stage", "prodution"], ["--stage", "pilot", "--plan", "nowhere"],
        ["--stage", "pilot", "--mapping", "bessemer.yaml"],
        ["--stage", "pilot", "--start", "tomorrow"],
        ["--stage", "pilot", "--start", "2026-12-05T22:00:00Z", "--end", "2026-12-05T22:00:00Z"],
        ["--stage", "pilot", "--as-of", "2001-01-01"],
    ])
    func `what can't be made is an error, and nothing is written`(_ arguments: [String]) async throws {
        try await withRecordedRun { installation in
            let outcome = try await installation.run(["change"] + arguments)
            #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome.output)")
        }
    }

    @Test func `a plan of other kernels is refused`() async throws {
        try await withRecordedRun { installation in
            _ = try SampleKernel.request(in: installation.folder)
            let written = try await installation.run([
                "rollback", "plan", "--baseline", "baseline", "--candidate", "candidate", "--root", "/dev/dasda1",
                "--parameter", "dasd=0.0.0100", "--output", "plan",
            ])
            #expect(written.status == 0, "\(written.error)")
            let outcome = try await installation.run(["change", "--stage", "pilot", "--plan", "plan"])
            #expect(outcome.status == 2 && outcome.error.contains("other kernels"), "\(outcome.error)")
        }
    }
}
