// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Host

/// `bessemer evidence verify`.
struct EvidenceVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that each record in the evidence file is what was recorded.",
        discussion: """
            Compares each record with its SHA-256 and its rows. A record that was removed with all of its rows, or that \
            was replaced with its digest, is not noticed: keep report.json elsewhere where that matters. Comparisons of \
            `bessemer test` are counted, and can't be checked: compare regression.json with its SHA-256.

            Exit status: 0 where each is, 1 where one is not, 2 where the file can't be read or holds no run.

            Example: bessemer evidence verify
            """)

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        func nothing() -> Failure {
            Failure(
                "evidence.missing", "no runs are recorded, so there is nothing to verify",
                advice: "`bessemer pilot` makes and records one; if there were some, their file is gone")
        }
        guard let store = try context.evidence() else { throw nothing() }
        do {
            let count = try await store.verify()
            let comparisons = try await store.regressionCount()
            guard count + comparisons > 0 else { throw nothing() }
            if count > 0 { context.say("\(count) \(count == 1 ? "record is" : "records are") what was recorded") }
            if comparisons > 0 {
                context.say(
                    "\(comparisons == 1 ? "1 comparison" : "\(comparisons) comparisons") of `bessemer test` can't be checked: "
                        + "the file holds no more of them than digests of regression.json")
                if count == 0 { throw ExitCode(2) }
            }
        } catch let failure as Failure where failure.code == "evidence.altered" {
            context.say(failure.description)
            throw ExitCode(1)
        }
    }
}
