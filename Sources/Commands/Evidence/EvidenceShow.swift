// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records

/// `bessemer evidence show`.
struct EvidenceShow: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one run, one entry of the log, or one file that it names.",
        discussion: """
            Examples:
              bessemer evidence show 20261122T1015
              bessemer evidence show 17
              bessemer evidence show --blob 3b0c44298fc1 > build.log
            """)

    @Argument(
        help: .value(
            "NAME",
            "A run's identifier, an entry's number, or the SHA-256 of an entry or a file. The beginning is enough, of a SHA-256 at least 4 digits."
        ), completion: .custom { _, _, _ in EvidenceShow.identifiers() })
    var name: String

    @Flag(help: "Write the file with that SHA-256 to standard output.")
    var blob = false

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        guard let store = try context.evidence() else {
            throw Failure(
                "evidence.missing", "there is no “\(name)”: nothing has been recorded yet",
                advice: "`bessemer pilot` makes a run and records it")
        }
        if blob {
            let bytes = try await store.blob(beginning: name)
            if context.output.isInteractive {
                // A console's log may hold what moves the cursor or asks the terminal for an answer.
                context.write(VisibleText.lines(of: String(decoding: bytes, as: UTF8.self)))
            } else {
                context.writeBytes(bytes)
            }
            return
        }
        let named = try await store.entry(named: name)
        let entry: Entry
        do {
            entry = if let named { named } else { try await store.runEntry(name) }
        } catch let failure as Failure where failure.code == "evidence.missing" {
            throw Failure(
                "evidence.missing",
                "no entry has the number or SHA-256 “\(name)”, and no run's identifier begins so"
                    + (name.utf8.count < SQLiteEvidenceStore.fewestDigits
                        ? "; the beginning of a SHA-256 needs at least \(SQLiteEvidenceStore.fewestDigits) digits"
                        : ""),
                advice: "`bessemer evidence list --all` lists all entries")
        }
        switch try RecordRegistry.read(entry.kind, version: entry.version, body: entry.body) {
        case let run as RunRecord:
            try context.show(ReportedRun(record: run, drills: try await store.drills(of: entry)), as: format.format)
        case let record as any Presentable: try context.show(record, as: format.format)
        default:
            let names = Set(entry.blobs.map(\.sha256.hexadecimal))
            let pruned = try await store.prunedFiles().filter { names.contains($0.key) }
            try context.show(
                EntryWithBody(entry: EntrySummary(entry), body: entry.body, pruned: pruned), as: format.format)
        }
    }

    /// What a shell offers in place of a run.
    private static func identifiers() -> [String] {
        let store = try? Context.ofProcess().evidence()
        return (try? store?.values(of: "identifier", in: "run", limit: 100)) ?? []
    }
}
