// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Audit

@Suite struct SharedWorkTests {
    @Test(arguments: [1, 4]) func `shared work stops where its task is cancelled`(jobs: Int) async throws {
        let task = Task { () async throws -> [Int] in
            while !Task.isCancelled { await Task.yield() }
            return try sharedWork(1000, jobs: jobs, piece: 1) { $0.lowerBound }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(arguments: [1, 4]) func `shared work that nobody stops is done in order`(jobs: Int) throws {
        #expect(try sharedWork(100, jobs: jobs, piece: 7) { $0.lowerBound } == Array(stride(from: 0, to: 100, by: 7)))
    }
}
