// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Host

/// `bessemer evidence verify`.
struct EvidenceVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that each record in the evidence file is what was recorded.",
        discussion: """
            Compares each record with its SHA-256 and its rows. A record that was removed with all of its rows, or that
            was replaced with its digest, is not noticed: keep report.json elsewhere where that matters.

            Exit status: 0 where each is, 1 where one is not, 2 where the file can't be read.

            Example: bessemer evidence verify
            """)

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        guard let store = try context.evidence() else {
            context.say("no runs are recorded")
            return
        }
        do {
            let count = try await store.verify()
            context.say("\(count) \(count == 1 ? "run is" : "runs are") what was recorded")
        } catch let failure as Failure where failure.code == "evidence.altered" {
            context.say(failure.description)
            throw ExitCode(1)
        }
    }
}
