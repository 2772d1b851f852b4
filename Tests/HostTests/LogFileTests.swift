// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct LogFileTests {
    @Test func `a log takes what fits, and ends whoever prints more`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending("log")
            let log = try LogFile(path, limit: 1 << 20)
            let failure = await #expect(throws: Failure.self) {
                _ = try await Command("yes", ["an endless build"]).stream { bytes in
                    try log.append(bytes)
                    return .more
                }
            }
            #expect(failure?.code == "output.limit")
            #expect(failure?.description.contains("1 MiB") == true)
            #expect(Files.size(path) == 1 << 20)
            #expect(log.tail(1).hasPrefix("an endless") || log.tail(2).contains("an endless build"))
        }
    }

    @Test func `a log of just its limit is whole`() async throws {
        try await withTemporaryFolder { folder in
            let log = try LogFile(folder.appending("log"), limit: 10)
            try log.append(Array("12345".utf8))
            try log.append(Array("67890".utf8))
            #expect(log.tail() == "1234567890")
            #expect(throws: Failure.self) { try log.append([0x31]) }
            #expect(log.tail() == "1234567890")
        }
    }
}
