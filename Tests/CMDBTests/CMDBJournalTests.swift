// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import CMDB

/// What a kill at any moment leaves, and how it goes on.
@Suite struct CMDBJournalTests {
    private static let digest = Digest(of: "plan")

    /// Remembers what it has; ends answers where a test says so.
    private final class Remembering: CMDBTarget {
        enum Answer { case done, lost, refused }

        let batch = 1
        private let state = Mutex((made: Set<String>(), requests: 0, answers: [Answer]()))

        init(_ answers: [Answer]) { state.withLock { $0.answers = answers } }

        var made: Set<String> { state.withLock(\.made) }
        var requests: Int { state.withLock(\.requests) }

        func compare(
            _ model: CMDBModel, retired: Set<String>, progress: ProgressSink
        ) async throws -> CMDBComparison { CMDBComparison() }

        func standing(of operation: CMDBPlan.Operation) async throws -> CMDBStanding {
            made.contains(operation.identifier) ? .made : .asPlanned
        }

        func perform(_ operations: [CMDBPlan.Operation]) async throws -> [CMDBOutcome] {
            operations.map { operation in
                state.withLock { state in
                    state.requests += 1
                    let answer = state.answers.isEmpty ? .done : state.answers.removeFirst()
                    if answer != .refused { state.made.insert(operation.identifier) }
                    switch answer {
                    case .done: return .done
                    case .lost: return .unknown("no answer")
                    case .refused: return .refused("not so")
                    }
                }
            }
        }
    }

    private func plan(_ count: Int) -> CMDBPlan {
        CMDBPlan(
            toolVersion: "1", at: "2026-11-28T10:00:00Z", target: "t", type: .nautobot, location: "https://a",
            head: nil, policy: nil,
            operations: (1...count).map { number in
                CMDBPlan.Operation.make(.create, "c", "id\(number)", key: nil, name: "n\(number)", after: [])
                    .numbered(number)
            }, unchanged: 0, held: [], notes: [], refusals: [])
    }

    private func apply(_ plan: CMDBPlan, to target: Remembering, in folder: FilePath) async throws -> CMDBReport {
        try await plan.apply(
            to: target, try CMDBJournal(folder, plan: Self.digest), digest: Self.digest, progress: { _ in })
    }

    @Test func `an answer that was lost is looked up, and nothing is made twice`() async throws {
        try await withTemporaryFolder { folder in
            let target = Remembering([.done, .lost, .refused])
            let first = try await apply(plan(4), to: target, in: folder)
            #expect(first.results.map(\.state) == [.done, .unknown, .refused, .done])
            #expect(first.results[2].reason == "not so")
            let second = try await apply(plan(4), to: target, in: folder)
            #expect(second.isComplete)
            // Four, and the refused one again.
            #expect(target.requests == 5)
        }
    }

    @Test func `a server that is gone ends the attempt, and the rest is left to be done`() async throws {
        try await withTemporaryFolder { folder in
            let report = try await apply(plan(9), to: Remembering(Array(repeating: .lost, count: 9)), in: folder)
            #expect(report.count(.unknown) == 3 && report.count(.todo) == 6)
        }
    }

    @Test func `a line that a kill cut off does not count, and the next one is a line of its own`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending("\(Self.digest).journal")
            try AtomicFile.write("1 sent\n1 done\n2 sent\n2 do", to: file)
            var journal = try CMDBJournal(folder, plan: Self.digest)
            #expect(journal.states[1]?.state == .done && journal.states[2]?.state == .sent)
            try journal.note([(3, .refused, "two\nlines")])
            journal = try CMDBJournal(folder, plan: Self.digest)
            #expect(journal.states[2]?.state == .sent && journal.states[3]?.reason == "two lines")
        }
    }

    @Test func `what is not a journal is refused with its line`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("1 done\nhello world\n3 done\n", to: folder.appending("\(Self.digest).journal"))
            let failure = #expect(throws: Failure.self) { try CMDBJournal(folder, plan: Self.digest) }
            #expect(failure?.message.contains("journal:2") == true)
        }
    }
}
