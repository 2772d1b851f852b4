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
            Reads every entry and file again, compares them with their SHA-256, with the entry before and with their signed \
            leaves, and prints the head of the log. What was cut off at the end, or written again as a whole, leaves no trace \
            in the file: --head compares the log with a head that was kept elsewhere (`evidence head`).

            Exit status: 0 where all is as it was recorded, 1 where something is not or a head says otherwise, 2 where nothing \
            is recorded, or a file can't be read or used.

            Examples:
              bessemer evidence verify
              bessemer evidence verify --head lpar1.head --log-key lpar1.pem
            """)

    @Option(
        help: .value("FILE", "A head that was kept elsewhere; may be given several times."), completion: .file())
    var head: [String] = []

    @Option(
        help: .value("PUB.pem", "The log's public key, from elsewhere (default: the one in the store)."),
        completion: .file())
    var logKey: String?

    @Option(
        help: .value("PUB.pem", "The public key of somebody who cosigned the heads; may be given several times."),
        completion: .file())
    var cosigner: [String] = []

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        func nothing() -> Failure {
            Failure(
                "evidence.missing", "nothing is recorded, so there is nothing to verify",
                advice: "`bessemer pilot` makes a run and records it; if there were some, their file is gone")
        }
        let trusted = try logKey.map(context.publicKey)
        let cosigners = try cosigner.map(context.publicKey)
        let heads = try head.map { ($0, try context.checkpoint($0)) }
        guard let store = try context.evidence() else { throw nothing() }
        var report = try await VerificationReport(of: store, logKey: trusted) {
            context.progress(WorkProgress("verifying", done: $0, detail: "entries"))
        }
        guard report.entries > 0 else { throw nothing() }
        let trees = heads.isEmpty ? [] : try await store.trees()
        for (file, checkpoint) in heads {
            try report.compare(checkpoint, from: file, with: trees, trusted: trusted, cosigners: cosigners)
        }
        try context.show(report, as: format.format)
        if !report.isClean { throw ExitCode(1) }
        try await store.checkIntegrity()
    }
}
