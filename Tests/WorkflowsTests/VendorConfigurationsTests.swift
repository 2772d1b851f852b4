// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

/// Configurations of vendors, which are somebody else's files.
@Suite struct VendorConfigurationsTests {
    private let day = Day(number: 20_000)

    private func judged(_ files: [String: String], _ prepare: (FilePath) throws -> Void = { _ in }) async throws
        -> Observation
    {
        try await withTemporaryFolder { folder in
            for (name, text) in files { try AtomicFile.write(text, to: folder.appending(name)) }
            try prepare(folder)
            return try #require(
                TimelineObservations.configurations(folder, named: "configs", own: [], today: day).first)
        }
    }

    private static let s390 = "CONFIG_S390=y\n"

    @Test func `a vendor's s390x kernel with Rust is found, and another architecture's is not taken for it`()
        async throws
    {
        let found = try await judged([
            "config-6.12-s390x": Self.s390 + "# CONFIG_RUST is not set\n",
            "config-7.3-s390x": Self.s390 + "CONFIG_RUST=y\n",
        ])
        #expect(found.verdict == .yes)
        #expect(found.what == "config-7.3-s390x in configs has CONFIG_RUST=y")
        let other = try await judged(["config-7.3-amd64": "CONFIG_X86=y\nCONFIG_RUST=y\n"])
        #expect(other.verdict == .unknown)
        let both = try await judged(["config-a": "CONFIG_X86=y\nCONFIG_RUST=y\n", "config-b": Self.s390])
        #expect(both.verdict == .no)
        #expect(both.missing == ["CONFIG_RUST"])
        #expect(try await judged(["config-b": "CONFIG_S390=\"y\"\nCONFIG_RUST=y\n"]).verdict == .unknown)
        #expect(try await judged(["config-b": Self.s390 + "CONFIG_RUST=\"y\"\n"]).verdict == .no)
        // An option is not a comment, a part of a name, or a module that is none.
        #expect(
            try await judged(["config-b": Self.s390 + "# CONFIG_RUST=y\nCONFIG_RUST_X=y\nCONFIG_RUST=m\n"]).verdict
                == .no)
    }

    @Test func `links and what is too large are not read, and then nothing is denied`() async throws {
        let link = try await judged(["config-a": Self.s390]) { folder in
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending("config-link").string, withDestinationPath: "/etc/hostname")
        }
        #expect(link.verdict == .unknown)
        #expect(link.what.contains("config-link"))
        let large = try await judged(["config-a": Self.s390]) { folder in
            let file = folder.appending("config-large").string
            _ = FileManager.default.createFile(atPath: file, contents: nil)
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.truncate(atOffset: 1 << 33)
            try handle.close()
        }
        #expect(large.verdict == .unknown)
        #expect(large.what.contains("config-large"))
    }

    @Test func `an empty folder tells nothing, and one that is not there is an error`() async throws {
        #expect(try await judged([:]).verdict == .unknown)
        #expect(throws: Failure.self) {
            try TimelineObservations.configurations("/nowhere/at/all", named: "x", own: [], today: day)
        }
    }
}
