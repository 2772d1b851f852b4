// SPDX-License-Identifier: Apache-2.0
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct FolderLockTests {
    @Test func `a lock that is refused closes nothing that is another's`() async throws {
        try await withTemporaryFolder { folder in
            let held = try FolderLock(folder, doing: "testing")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<2000 {
                        let failure = #expect(throws: Failure.self) { try FolderLock(folder, doing: "testing") }
                        #expect(failure?.code == "folder.busy")
                    }
                }
                for number in 0..<3 {
                    group.addTask {
                        // A file that somebody else closes can't be written any more.
                        for turn in 0..<300 {
                            try AtomicFile.write("\(turn)", to: folder.appending("file-\(number)"))
                        }
                    }
                }
                try await group.waitForAll()
            }
            withExtendedLifetime(held) {}
        }
    }

    @Test func `a folder is free again when its lock goes out of use`() async throws {
        try await withTemporaryFolder { folder in
            for _ in 0..<3 { _ = try FolderLock(folder, doing: "testing") }
        }
    }
}
