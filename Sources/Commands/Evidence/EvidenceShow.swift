// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation
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
              bessemer evidence show 17 --digests
              bessemer evidence show --blob 3b0c44298fc1 > build.log
            """)

    @Argument(
        help: .value(
            "NAME",
            "A run's identifier, an entry's number, or the SHA-256 of an entry or a file. The beginning is enough, of a SHA-256 at least 4 digits."
        ), completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var name: String

    @Flag(help: "Write the file with that SHA-256 to standard output.")
    var blob = false

    @Flag(help: "List the entry's parents, subjects and files with their SHA-256.")
    var digests = false

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        guard let store = try context.evidence() else {
            throw Failure(
                "evidence.missing", "there is no “\(name)”: nothing has been recorded yet",
                advice: "`bessemer pilot` makes a run and records it")
        }
        if blob {
            return write(try await store.blob(beginning: name), context)
        }
        let entry = try await store.entry(ofName: name)
        let summary = EntrySummary(entry)
        let names = Set(entry.blobs.map(\.sha256.hexadecimal))
        let pruned = try await store.prunedFiles().filter { names.contains($0.key) }
        let record: any Presentable
        var files: [Subject] = []
        var gaps: [MaterialGaps] = []
        switch try RecordRegistry.read(entry.kind, version: entry.version, body: entry.body) {
        case let run as RunRecord:
            record = ReportedRun(
                record: run, drills: try await store.drills(of: entry), evidence: try await store.place(of: entry))
            gaps = try await store.gaps(of: run, try await store.steps(of: entry))
        case let imported as ImportRecord:
            let found = Recorded(record: imported, entry: entry)
            let own = try await store.ownEntry(of: found)
            let run = try own.flatMap { try $0.record(as: RunRecord.self) }
            if let own, let run {
                gaps = try await store.gaps(of: run, Array(try await store.steps(of: found, run: own).values))
            }
            record = ImportedRun(record: imported, run: run.map { ReportedRun(record: $0) })
        case let run as UnfinishedRun:
            record = run
            if let step = entry.parents.last {
                files = try await store.entry(step)?.blobs ?? []
            }
        case let known as any Presentable: record = known
        default:
            try context.show(
                EntryWithBody(entry: summary, body: entry.body, pruned: pruned, showsDigests: digests),
                as: format.format)
            if format.format == .text { write([0x0A] + entry.body + [0x0A], context) }
            return
        }
        try context.show(
            RecordedEntry(
                entry: summary, record: record, pruned: pruned, stepFiles: files, gaps: gaps, showsDigests: digests),
            as: format.format)
    }

    /// Writes recorded bytes as they are, but to a terminal as text: a console's log may hold what moves the cursor or asks
    /// the terminal for an answer.
    private func write(_ bytes: [UInt8], _ context: Context) {
        guard context.output.isInteractive else { return context.writeBytes(bytes) }
        context.write(VisibleText.lines(of: String(decoding: bytes, as: UTF8.self)))
    }
}

/// What a shell offers in place of a run.
enum RunCompletion {
    static func identifiers() -> [String] {
        let store = try? Context.ofProcess().evidence()
        return (try? store?.values(of: "identifier", in: "run", limit: 100)) ?? []
    }
}
