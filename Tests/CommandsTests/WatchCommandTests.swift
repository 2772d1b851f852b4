// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Commands

@Suite struct WatchCommandTests {
    /// A policy that watches a folder of configurations, and that folder.
    private func withPolicy(_ body: (Installation, FilePath) async throws -> Void) async throws {
        try await withInstallation { installation in
            let vendor = installation.folder.appending("vendor")
            try Files.makeDirectory(vendor)
            #expect(try await installation.run(["policy", "init"]).status == 0)
            let policy = installation.folder.appending("bessemer.yaml")
            try AtomicFile.write(try Files.text(policy) + "\nwatch:\n  configurations: [vendor]\n", to: policy)
            try configuration("n", in: vendor)
            try await body(installation, vendor)
        }
    }

    private func configuration(_ rust: String, in vendor: FilePath) throws {
        try AtomicFile.write(
            "# Linux/s390 7.9.1 Kernel Configuration\nCONFIG_S390=y\nCONFIG_64BIT=y\nCONFIG_RUST=\(rust)\nCONFIG_EXPOLINE=y\n",
            to: vendor.appending("config-7.9.1"))
    }

    private func report(_ run: CommandRun) throws -> WatchReport {
        try JSON.decode(WatchReport.self, from: Array(run.output.utf8), named: "the report")
    }

    @Test func `what is new is reported once, and a change again`() async throws {
        try await withPolicy { installation, vendor in
            let first = try await installation.run(["watch"])
            #expect(first.status == 1 && first.output.contains("CONFIG_RUST of config-7.9.1"), "\(first)")
            let second = try await installation.run(["watch", "--format", "json"])
            #expect(second.status == 0, "\(second)")
            #expect(try report(second).changes.isEmpty)
            try configuration("y", in: vendor)
            let third = try await installation.run(["watch", "--format", "json"])
            #expect(third.status == 1)
            #expect(try report(third).changes.map(\.kind) == [.optionOn])
            #expect(try await installation.run(["watch", "look"]).status == 0)
            let all = try await installation.run(["watch", "list", "--format", "json"])
            #expect(try report(all).changes.map(\.kind) == [.firstSeen, .firstSeen, .optionOn])
            #expect(try await installation.run(["evidence", "verify"]).status == 0)
        }
    }

    @Test func `a folder that went could not be looked at, and what is known stays`() async throws {
        try await withPolicy { installation, vendor in
            _ = try await installation.run(["watch"])
            try Files.remove(vendor.appending("config-7.9.1"))
            let failed = try await installation.run(["watch", "--format", "json"])
            #expect(failed.status == 2)
            let source = try #require(try report(failed).failures.first)
            #expect(source.lastLook != nil && source.age != nil && source.values.count == 2)
            let text = try await installation.run(["watch"])
            #expect(text.status == 2 && text.output.contains("COULD NOT LOOK"))
            try configuration("n", in: vendor)
            #expect(try await installation.run(["watch"]).status == 0)
        }
    }

    @Test func `without a policy, or its section, nothing is looked at`() async throws {
        try await withInstallation { installation in
            let none = try await installation.run(["watch"])
            #expect(none.status == 2 && none.error.contains("policy init"))
            _ = try await installation.run(["policy", "init"])
            let empty = try await installation.run(["watch"])
            #expect(empty.status == 2 && empty.error.contains("section `watch`"))
        }
    }

    @Test func `units are written and nothing else`() async throws {
        try await withPolicy { installation, _ in
            let outcome = try await installation.run([
                "watch", "install", "--output", "units", "--calendar", "Mon 06:00",
            ])
            #expect(outcome.status == 0, "\(outcome)")
            #expect(
                Files.names(in: installation.folder.appending("units")).sorted() == [
                    "bessemer-watch.service", "bessemer-watch.timer",
                ])
            let refused = try await installation.run(["watch", "install", "--output", "other", "--calendar", "x\ny"])
            #expect(refused.status == 2 && !Files.exists(installation.folder.appending("other")))
        }
    }
}
