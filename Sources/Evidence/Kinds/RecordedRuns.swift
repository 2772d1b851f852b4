// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
package import Records

/// A store with everything that Bessemer's own records need.
package typealias EvidenceArchive = EvidenceStore & BlobStore & ProjectionStore & LogStore

extension EvidenceStore where Self: ProjectionStore {
    /// Adds a run that stands on those entries. Adding the same one again gives the entry that it is.
    ///
    /// Throws `Failure` with code `evidence.conflict` where its identifier is there with other content.
    @discardableResult
    package func record(_ run: RunRecord, parents: [Digest] = [], blobs: [Subject] = []) async throws -> Entry {
        let draft = try Entry.Draft(run, parents: parents, blobs: blobs)
        try await refuseOther(draft, .run, named: run.identifier)
        return try await append(draft)
    }

    /// Adds a drill of the rollback that stands on the entries of its steps, beside the run that it names.
    ///
    /// Throws `Failure` with code `evidence.conflict` where its identifier is there with other content, and
    /// `evidence.missing` where the run that it names is not there.
    @discardableResult
    package func record(_ drill: RollbackDrill, steps: [Digest] = []) async throws -> Entry {
        var parents: [Digest] = []
        if let name = drill.run {
            guard let run = try await entry(.run, named: name) else {
                throw Failure(
                    "evidence.missing", "the drill \(drill.identifier) names a run that is not recorded",
                    advice: "see the runs that there are with `bessemer evidence list`")
            }
            parents = [run.digest]
        }
        let draft = try Entry.Draft(drill, parents: parents + steps)
        try await refuseOther(draft, .drill, named: drill.identifier)
        return try await append(draft)
    }

    private func refuseOther(_ draft: Entry.Draft, _ kind: RecordKind, named identifier: String) async throws {
        guard let present = try await entry(kind, named: identifier), present.body != draft.body else { return }
        throw Failure(
            "evidence.conflict", "the \(kind) \(identifier) is already recorded, with other content",
            advice:
                "what is recorded is never changed: look at it with `bessemer evidence show \(identifier)`, and record "
                + "the new one under an identifier of its own",
            underlying: "SHA-256 of the record there: \(present.bodyDigest); of this one: \(Digest(of: draft.body))")
    }

    private func entry(_ kind: RecordKind, named identifier: String) async throws -> Entry? {
        let rows = try await rows(RowQuery(kind.rawValue, where: .init("identifier", is: identifier), limit: 1))
        guard let row = rows.first else { return nil }
        return try await entry(row.sequence)
    }

    /// The entry of that number. Throws `Failure` with code `evidence.altered`.
    package func entry(_ sequence: Int) async throws -> Entry? {
        guard sequence > 0 else { return nil }
        return try await stored(after: sequence - 1, limit: 1).first.flatMap {
            $0.sequence == sequence ? try $0.entry(in: "the evidence file") : nil
        }
    }

    /// The newest runs first, at most `limit` of them: identifiers begin with the time at which a run was recorded, while
    /// its start is that of its oldest step, which an earlier run may have taken.
    package func runs(limit: Int) async throws -> [RunSummary] { try await runList(limit: limit).runs }

    /// Each run of the list with the number of its entry, the newest first.
    package func listedRuns() async throws -> [(run: RunSummary, sequence: Int)] {
        try await rows(RowQuery("run", order: "identifier")).compactMap { row in
            RunSummary(row).map { ($0, row.sequence) }
        }
    }

    /// As `runs` has them, and whether each row of the list is that of a run, of another one each.
    package func runList(limit: Int) async throws -> (runs: [RunSummary], isWhole: Bool) {
        let rows = try await rows(RowQuery("run", order: "identifier", limit: limit))
        let runs = rows.compactMap(RunSummary.init)
        return (runs, Set(runs.map(\.identifier)).count == rows.count)
    }

    /// Whether the list says of a run what its entry says. Throws `Failure` with code `evidence.altered` where it does not.
    package func check(_ summary: RunSummary) async throws {
        let name = summary.identifier
        let rows = try await rows(RowQuery("run", where: .init("identifier", is: name), limit: 1))
        guard let row = rows.first, let entry = try await entry(row.sequence),
            RunSummary(entry) == summary
        else { throw Failure.falseList(of: name) }
    }

    /// The record with this identifier, or the only one whose identifier begins so, with its entry.
    ///
    /// Throws `Failure` with code `evidence.missing`, `evidence.ambiguous`, or `evidence.altered` where what is stored
    /// is not what was recorded.
    package func run(_ beginning: String) async throws -> (record: RunRecord, entry: Entry) {
        let entry = try await runEntry(beginning)
        guard let record = try entry.record(as: RunRecord.self) else {
            throw Failure(
                "evidence.missing", "the run “\(beginning)” did not come to its report",
                advice: "see what it came to with `bessemer evidence show \(beginning)`")
        }
        return (record, entry)
    }

    /// The entry of a run, whether it came to its report or not. Throws as `run(_:)` does.
    package func runEntry(_ beginning: String) async throws -> Entry {
        let rows = try await rows(RowQuery("run", where: .init("identifier", beginsWith: beginning), limit: 6))
        let exact = rows.first { $0.text("identifier") == beginning }
        guard !beginning.isEmpty, let row = exact ?? rows.first else {
            if let imported = try await importedRun(beginning) {
                throw Failure(
                    "evidence.imported",
                    "the run \(imported.record.run) is one of another log, which was imported as entry "
                        + "\(imported.entry.sequence)",
                    advice: "the documents about it are in its bundle: `bessemer evidence show \(imported.record.run) "
                        + "--digests` lists its files")
            }
            throw Failure(
                "evidence.missing", "no recorded run has the identifier “\(beginning)” or one that begins so",
                advice: "see the runs that there are with `bessemer evidence list`")
        }
        guard exact != nil || rows.count == 1 else {
            throw Failure(
                "evidence.ambiguous", "more than one run begins with “\(beginning)”",
                advice: "give more of the identifier",
                underlying: rows.compactMap { $0.text("identifier") }.joined(separator: "\n"))
        }
        guard let entry = try await entry(row.sequence),
            RunSummary(entry)?.identifier == row.text("identifier")
        else { throw Failure.falseList(of: row.text("identifier") ?? beginning) }
        return entry
    }

    /// The drills of a run, the oldest first. Throws `Failure` with code `evidence.altered`.
    package func drills(of run: Entry) async throws -> [RollbackDrill] {
        try await records(RollbackDrill.self, standingOn: run).map(\.record)
    }

    /// The newest run that built both kernel images, the candidate with Rust; nil where none did.
    package func run(thatBuilt candidate: Digest, beside baseline: Digest) async throws -> RunRecord? {
        for entry in try await find(EntryQuery(kind: .run, subject: candidate, limit: 50)) {
            func built(_ digest: Digest, as role: String) -> Bool {
                entry.subjects.contains { $0.sha256 == digest && $0.name.hasPrefix("\(role)/") }
            }
            if built(candidate, as: "candidate"), built(baseline, as: "baseline") {
                return try entry.record(as: RunRecord.self)
            }
        }
        return nil
    }
}

extension EvidenceStore {
    /// The entry of that digest. Throws `Failure` with code `evidence.altered`.
    package func entry(_ digest: Digest) async throws -> Entry? {
        try await find(EntryQuery(digest: digest, limit: 1)).first
    }

    /// The step of an entry; nil where it is not there, or is not a step. Throws `Failure` with code `evidence.altered`.
    package func step(_ digest: Digest) async throws -> Recorded<StepRecord>? {
        guard let entry = try await entry(digest) else { return nil }
        return try entry.record(as: StepRecord.self).map { Recorded(record: $0, entry: entry) }
    }

    /// The steps that an entry stands on, in the order in which it names them. Throws as `step` does.
    package func steps(of entry: Entry) async throws -> [Recorded<StepRecord>] {
        var steps: [Recorded<StepRecord>] = []
        for parent in entry.parents {
            if let step = try await step(parent) { steps.append(step) }
        }
        return steps
    }

    /// The records of a kind, of those that are about a file or stand on an entry where one is named, the oldest first.
    /// Throws `Failure` with code `evidence.altered`.
    package func records<Record: RecordBody>(
        _ type: Record.Type, about subject: Digest? = nil, standingOn entry: Entry? = nil
    ) async throws -> [Recorded<Record>] {
        let query = EntryQuery(kind: Record.kind, subject: subject, parent: entry?.digest)
        return try await find(query).reversed().compactMap { entry in
            try entry.record(as: Record.self).map { Recorded(record: $0, entry: entry) }
        }
    }
}

/// A record, and the entry that it is the body of.
package struct Recorded<Record: RecordBody>: Sendable {
    package let record: Record
    package let entry: Entry

    package init(record: Record, entry: Entry) {
        self.record = record
        self.entry = entry
    }
}

extension Entry {
    /// Its body as that record; nil where it is another. Throws `Failure` where the bytes can't be read.
    package func record<Record: RecordBody>(as type: Record.Type) throws -> Record? {
        try RecordRegistry.read(kind, version: version, body: body) as? Record
    }
}

extension Recorded where Record == ImportRecord {
    /// Where it is in this log, and who speaks for it.
    package var place: ImportedFrom { ImportedFrom(entry: entry.sequence, key: record.report.key) }
}

extension RunSummary {
    /// Of the entry of a run, in a list; nil for another entry, and for one that can't be read. `imported` for one of another log.
    package init?(_ entry: Entry, imported: ImportedFrom? = nil) {
        self.init(
            of: try? RecordRegistry.read(entry.kind, version: entry.version, body: entry.body), imported: imported)
    }

    /// Of a run; nil for another record. `imported` for one of another log.
    package init?(of record: (any RecordBody)?, imported: ImportedFrom? = nil) {
        guard let row = RecordTables.runRow(of: record) else { return nil }
        self.init(FoundRow(sequence: 0, values: row.values))
        self.imported = imported
    }

    /// Nil where the row holds what no Bessemer writes.
    fileprivate init?(_ row: FoundRow) {
        guard let identifier = row.text("identifier"),
            let verdict = row.text("verdict").flatMap(RunRecord.Verdict.init),
            let startedAt = row.text("startedAt").flatMap({ try? Date($0, strategy: .iso8601) }),
            let finishedAt = row.text("finishedAt").flatMap({ try? Date($0, strategy: .iso8601) })
        else { return nil }
        var counts = TestCounts()
        counts.pass = row.integer("passed") ?? 0
        counts.fail = row.integer("failed") ?? 0
        counts.skip = row.integer("skipped") ?? 0
        counts.unknown = row.integer("undecided") ?? 0
        self.init(
            identifier: identifier, kernelVersion: row.text("kernelVersion") ?? "", release: row.text("release") ?? "",
            verdict: verdict, startedAt: startedAt, finishedAt: finishedAt,
            sourceKind: row.text("sourceKind").flatMap(SourceIdentity.Kind.init), counts: counts,
            waived: row.integer("waived") ?? 0, buildSeconds: Double(row.integer("buildMilliseconds") ?? 0) / 1000,
            buildSteps: row.integer("buildSteps") ?? 0)
    }
}

extension Failure {
    /// A list that does not say of a run what was recorded.
    package static func falseList(of name: String) -> Failure {
        Failure(
            "evidence.altered", "the list does not say of the run \(name) what was recorded",
            advice: "`bessemer evidence rebuild` makes the lists again; `bessemer evidence verify` checks the records")
    }
}
