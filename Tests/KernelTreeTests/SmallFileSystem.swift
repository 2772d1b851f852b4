// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport

/// A file system in memory that is soon full.
enum SmallFileSystem {
    /// Mounting needs root.
    static var isPossible: Bool { getuid() == 0 }

    static func with(options: String, _ body: (FilePath) async throws -> Void) async throws {
        try IntegrationTrait.require(for: "a file system of its own")
        try await withTemporaryFolder { folder in
            let disk = folder.appending("disk")
            try Files.makeDirectory(disk)
            try await Command("mount", ["-t", "tmpfs", "-o", options, "none", disk.string])
                .output("test.setup", doing: "mounting a small file system", advice: "run the tests as root")
            do {
                try await body(disk)
            } catch {
                _ = try? await Command("umount", ["-l", disk.string]).capture()
                throw error
            }
            _ = try await Command("umount", ["-l", disk.string]).capture()
        }
    }
}
