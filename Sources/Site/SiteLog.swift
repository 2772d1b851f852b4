// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Host
internal import Policy
internal import Records

/// The runs of a log, and what their pages need beside their records.
package struct SiteLog: Sendable {
    /// A run, and the entry that its page is made from.
    struct Run: Sendable {
        let summary: RunSummary
        let entry: Digest
    }

    /// The newest first; runs of other logs, too.
    let runs: [Run]
    /// By the run that they stand on, the oldest first.
    let drills: [String: [RollbackDrill]]
    /// Digests of the entries of those.
    let drillEntries: [String: [Digest]]
    let imports: [Digest: Recorded<ImportRecord>]
    let trees: [LogTree]

    /// What is said of own runs is what their list says, which `SiteWriter` compares with their records.
    ///
    /// Throws `Failure` with code `evidence.altered`.
    package init(of store: some EvidenceArchive) async throws {
        var entries: [Int: Digest] = [:]
        for kind in [RecordKind.run, .unfinishedRun] {
            for summary in try await store.summaries(EntryQuery(kind: kind)) {
                entries[summary.sequence] = summary.digest
            }
        }
        var runs: [Run] = []
        for (run, sequence) in try await store.listedRuns() {
            guard let entry = entries.removeValue(forKey: sequence) else {
                throw Failure.falseList(of: run.identifier)
            }
            runs.append(Run(summary: run, entry: entry))
        }
        // A run that the list lacks may be one that this Bessemer can't read.
        for (sequence, _) in entries.sorted(by: { $0.key < $1.key }) {
            guard let entry = try await store.entry(sequence), let run = RunSummary(entry) else { continue }
            throw Failure.falseList(of: run.identifier)
        }
        let own = Dictionary(runs.map { ($0.entry, $0.summary.identifier) }) { first, _ in first }
        let names = Set(own.values)
        var imports: [Digest: Recorded<ImportRecord>] = [:]
        for imported in try await store.importedRuns() where !names.contains(imported.record.run) {
            guard let entry = try await store.ownEntry(of: imported),
                let summary = RunSummary(entry, imported: imported.place)
            else { continue }
            imports[imported.entry.digest] = imported
            runs.append(Run(summary: summary, entry: imported.entry.digest))
        }
        self.runs = runs.sorted { $0.summary.identifier > $1.summary.identifier }
        self.imports = imports
        var drills: [String: [RollbackDrill]] = [:]
        var drillEntries: [String: [Digest]] = [:]
        for drill in try await store.records(RollbackDrill.self) {
            for run in drill.entry.parents.compactMap({ own[$0] }) {
                drills[run, default: []].append(drill.record)
                drillEntries[run, default: []].append(drill.entry.digest)
            }
        }
        self.drills = drills
        self.drillEntries = drillEntries
        trees = try await store.trees()
    }

    /// Of each line of kernels its newest own run that came to its report, the newest line first.
    var newestOfLines: [RunSummary] {
        var lines: Set<String> = []
        return runs.map(\.summary).filter { run in
            run.imported == nil && run.sourceKind != nil
                && lines.insert(SourceIdentity.line(of: run.kernelVersion)).inserted
        }
    }
}
