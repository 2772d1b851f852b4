// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records

/// `bessemer evidence list`.
struct EvidenceList: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what is recorded, newest first.",
        discussion: """
            Lists runs, also imported ones; --all lists every entry of the log, of any kind.

            Exit status: 1 where a listed run is not what was recorded, or a list does not say what the run says; it is \
            named on standard error.

            Example: bessemer evidence list --limit 5
            """)

    @Option(help: .value("N", "Maximum number of runs (default: 20) or entries (default: all)."))
    var limit: Int?

    @Flag(help: "List every entry.")
    var all = false

    @OptionGroup var format: FormatOption

    func validate() throws {
        try require((1...1_000_000).contains(limit ?? 1), "--limit takes a number from 1 to 1000000.")
    }

    /// Bodies that are read for a word or two.
    private static let largestBody = 64 << 10

    /// With what each is about. A run's body is large, and the list of runs knows it.
    private func entries(in store: SQLiteEvidenceStore) async throws -> [EntrySummary] {
        var entries = try await store.summaries(EntryQuery(limit: limit ?? .max))
        let runs = try await store.rows(RowQuery("run", limit: .max)).map { row in
            (row.sequence, [row.text("identifier"), row.text("verdict")].compactMap(\.self).joined(separator: " "))
        }
        let names = Dictionary(runs) { first, _ in first }
        for index in entries.indices {
            if let name = names[entries[index].sequence] {
                entries[index].words = name
            } else if entries[index].bodySize <= Self.largestBody,
                let entry = try? await store.entry(entries[index].digest),
                let record = try? RecordRegistry.read(entry.kind, version: entry.version, body: entry.body)
            {
                entries[index].words = RecordRegistry.words(of: record)
            }
        }
        return entries
    }

    func run(_ context: Context) async throws {
        let store = try context.evidence()
        if all {
            var shown: [EntrySummary] = []
            if let store { shown = try await entries(in: store) }
            return try context.show(shown, as: format.format)
        }
        guard let store else { return try context.show([RunSummary](), as: format.format) }
        let most = limit ?? 20
        let (own, isWhole) = try await store.runList(limit: most)
        var runs = own
        var removed: [Int] = []
        let listed = Set(own.map(\.identifier))
        for imported in try await store.importedRuns().filter({ !listed.contains($0.record.run) }).prefix(most) {
            if let entry = try await store.ownEntry(of: imported), let run = RunSummary(entry, imported: imported.place)
            {
                runs.append(run)
            } else {
                removed.append(imported.entry.sequence)
            }
        }
        runs = Array(runs.sorted { $0.identifier > $1.identifier }.prefix(most))
        try context.show(runs, as: format.format)
        for entry in removed {
            context.say(
                "entry \(entry) is an imported run whose record was removed or can't be read here: "
                    + "`bessemer evidence show \(entry)`")
        }
        var isAltered = false
        for run in runs where run.imported == nil {
            do {
                try await store.check(run)
            } catch let failure as Failure where failure.code == "evidence.altered" {
                isAltered = true
                context.say(failure.terminalText)
            }
        }
        let (isLacking, unreadable) = try await store.unlisted(in: "run")
        if isLacking || !isWhole {
            isAltered = true
            context.say("the list is not that of the recorded runs: `bessemer evidence rebuild` makes it again")
        }
        for entry in unreadable {
            context.say("entry \(entry) is a run that this Bessemer can't read: `bessemer evidence show \(entry)`")
        }
        let altered = try await store.find(EntryQuery(kind: .altered, limit: 1000)).count
        if altered > 0 {
            context.say(
                "\(altered) of an older store's records had been altered when it was taken over: "
                    + "`bessemer evidence list --all` names them")
        }
        if isAltered { throw ExitCode(1) }
    }
}
