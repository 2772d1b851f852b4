// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records
internal import Signing

/// `bessemer evidence import`.
struct EvidenceImport: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Check a bundle of evidence, and record it in this log.",
        discussion: """
            Nothing is recorded of a bundle that is not signed by the key that you give, or in which anything is altered, \
            missing or added. The key comes from whoever made the bundle, on another way than the bundle.

            Exit status: 1 where something is wrong with the bundle, or without --key.

            Examples:
              bessemer evidence import run.tar.zst --key producer.pem
              bessemer evidence import run.tar.zst --key producer.pem --dry-run
            """)

    @Argument(help: .value("FILE", "A bundle that `bessemer evidence bundle` wrote."), completion: .file())
    var file: String

    @Option(help: .value("FILE", "The producer's public key, in PEM form."), completion: .file())
    var key: String?

    @Flag(help: "Check the bundle, and record nothing.")
    var dryRun = false

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        do {
            try await check(context)
        } catch {
            if !dryRun { context.say("nothing was recorded") }
            throw error
        }
    }

    private func check(_ context: Context) async throws {
        let key = try key.map {
            try PublicKey(pem: try Files.text(context.path($0), limit: 64 << 10), from: $0)
        }
        context.progress(WorkProgress("checking the bundle"))
        let archive = try Files.bytes(context.path(file), limit: EvidenceBundle.largest)
        let bundle = try EvidenceBundle(archive: archive)
        let report = bundle.check(by: key, archive: archive)
        try context.show(report, as: format.format)
        guard report.authenticity == .verified else { throw ExitCode(1) }
        guard !dryRun else { return }
        let store = try context.store()
        let entry = try await bundle.record(report, in: store)
        context.say("recorded as entry \(entry.sequence) of the evidence log")
    }
}
