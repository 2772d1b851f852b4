// SPDX-License-Identifier: Apache-2.0
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct NamedSandboxTests {
    private static let small = "suites: [{name: trixie}]\ninstall: [make]\n"

    @Test func `a name that is none is refused with those that there are`() async throws {
        try await withInstallation { installation in
            try Files.makeDirectory(installation.folder.appending("Locks"))
            try AtomicFile.write(Self.small, to: installation.folder.pushing("Locks").appending("shop.yaml"))
            let outcome = try await installation.run(["sandbox", "verify", "--sandbox", "shp"])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("there is no sandbox shp"))
            // The folder's own, and those that come with Bessemer.
            for name in ["shop", "standard", "newest", "experimental"] { #expect(outcome.error.contains(name)) }
        }
    }

    @Test(arguments: [" ", "..", "../x", "/etc/passwd", "a b", "-o"])
    func `what can't be a name, or leads to nothing, is refused`(name: String) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["sandbox", "verify", "--sandbox=\(name)"])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("there is no sandbox"))
        }
    }

    @Test func `the working folder's own comes before Bessemer's, and a path before both`() async throws {
        try await withInstallation { installation in
            let (locks, other) = (installation.folder.appending("Locks"), installation.folder.appending("other"))
            for folder in [locks, other] { try Files.makeDirectory(folder) }
            try AtomicFile.write("suites: []\n", to: locks.appending("standard.yaml"))
            try AtomicFile.write("install: []\n", to: other.appending("standard.yaml"))
            let own = try await installation.run(["sandbox", "verify", "--sandbox", "standard"])
            #expect(own.status == 2 && own.error.contains("Locks/standard.yaml"))
            let named = try await installation.run(["sandbox", "verify", "--sandbox", "other/standard"])
            #expect(named.status == 2 && named.error.contains("other/standard.yaml"))
        }
    }

    @Test func `a specification without a lock has no sandbox yet, which is said with what to type`() async throws {
        try await withInstallation { installation in
            try AtomicFile.write(Self.small, to: installation.folder.appending("shop.yaml"))
            let outcome = try await installation.run(["sandbox", "verify", "--sandbox", "shop.yaml"])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("bessemer sandbox create --sandbox shop.yaml"))
        }
    }

    @Test func `a sandbox and a lock are not named together`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["sandbox", "verify", "--sandbox", "standard", "--lock", "x"])
            #expect(outcome.status == 2 && outcome.error.contains("give one"))
        }
    }
}
