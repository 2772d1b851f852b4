// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import EvidenceSQLite
internal import Host

/// `bessemer evidence rebuild`.
struct EvidenceRebuild: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Make the lists again from the entries of the log.",
        discussion: """
            Lists are made from entries and are no evidence themselves. The log is not touched.

            Example: bessemer evidence rebuild
            """)

    func run(_ context: Context) async throws {
        guard try context.evidence() != nil else {
            throw Failure(
                "evidence.missing", "nothing is recorded, so there is nothing to make again",
                advice: "`bessemer pilot` makes a run and records it")
        }
        let count = try await context.store().rebuild()
        context.say("\(count) \(count == 1 ? "entry is" : "entries are") in the lists again")
    }
}
