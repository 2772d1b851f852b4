// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records

/// `bessemer evidence verify`.
struct EvidenceVerify: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that everything in the evidence file is what was recorded.",
        discussion: """
            Reads every entry and file again, and compares them with their SHA-256 and with the entry before. What was cut \
            off at the end of the log leaves no trace in it: keep the digest of the last entry elsewhere where that matters.

            Exit status: 0 where all is as it was recorded, 1 where something is not, 2 where nothing is recorded or the \
            file can't be read.

            Example: bessemer evidence verify
            """)

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        func nothing() -> Failure {
            Failure(
                "evidence.missing", "nothing is recorded, so there is nothing to verify",
                advice: "`bessemer pilot` makes a run and records it; if there were some, their file is gone")
        }
        guard let store = try context.evidence() else { throw nothing() }
        let report = try await VerificationReport(of: store) {
            context.progress(WorkProgress("verifying", done: $0, detail: "entries"))
        }
        guard report.entries > 0 else { throw nothing() }
        try context.show(report, as: format.format)
        if !report.faults.isEmpty { throw ExitCode(1) }
        try await store.checkIntegrity()
    }
}
