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

/// The timeline of a store with one run, and a gate's verdict as others read it.
@Suite struct TimelineCommandTests {
    @Test(arguments: TimelineFormat.allCases)
    func `a timeline is written in each format`(format: TimelineFormat) async throws {
        try await withRecordedRun { installation in
            let outcome = try await installation.run(["timeline", "--format", format.rawValue])
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.output.contains(format == .ics ? "BEGIN:VCALENDAR\r\n" : "stage production"))
        }
    }

    @Test func `configurations are looked at, and not for a day that has passed`() async throws {
        try await withRecordedRun { installation in
            try AtomicFile.write(
                "CONFIG_S390=y\nCONFIG_RUST=y\n", to: installation.folder.appending("config-9.9-s390x"))
            let outcome = try await installation.run(["timeline", "--configurations", "."])
            #expect(outcome.output.contains("config-9.9-s390x"))
            let past = try await installation.run(["timeline", "--configurations", ".", "--as-of", "2026-01-01"])
            #expect(past.status == 2 && past.output.isEmpty)
            let absent = try await installation.run(["timeline", "--configurations", "nowhere"])
            #expect(absent.status == 2 && absent.output.isEmpty)
        }
    }

    @Test func `without a run or a policy there is no timeline`() async throws {
        try await withInstallation { installation in
            #expect(try await installation.run(["timeline"]).status == 2)
            #expect(try await installation.run(["policy", "init"]).status == 0)
            let outcome = try await installation.run(["timeline"])
            #expect(outcome.status == 2 && outcome.output.isEmpty)
        }
    }

    @Test func `a refused gate is a signed failure in one form, and nothing in the other`() async throws {
        try await withRecordedRun { installation in
            let gate = ["gate", "--stage", "production", "--format"]
            #expect(try await installation.run(gate + ["vsa"]).status == 2, "there is no key")
            #expect(try await installation.run(["key", "generate"]).status == 0)
            let summary = try await installation.run(gate + ["vsa"])
            #expect(summary.status == 1)
            let envelope = try JSONSerialization.jsonObject(with: Data(summary.output.utf8)) as? [String: Any]
            let payload = try #require((envelope?["payload"] as? String).flatMap { Data(base64Encoded: $0) })
            #expect(String(decoding: payload, as: UTF8.self).contains("\"verificationResult\":\"FAILED\""))
            let result = try await installation.run(gate + ["svr"])
            #expect(result.status == 1 && result.output.isEmpty)
            let past = try await installation.run(gate + ["vsa", "--as-of", "2099-01-01"])
            #expect(past.status == 2 && past.output.isEmpty)
        }
    }
}
