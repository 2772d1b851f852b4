// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

/// Runs of other logs, whose bundles were imported. What they say is said by who signed them, and by nothing here.
extension EvidenceStore {
    /// The newest run first; of one that was imported several times the newest import. Throws `Failure` with code `evidence.altered`.
    package func importedRuns() async throws -> [Recorded<ImportRecord>] {
        try await find(EntryQuery(kind: .imported)).compactMap { entry in
            try entry.record(as: ImportRecord.self).map { Recorded(record: $0, entry: entry) }
        }.reduce(into: [String: Recorded<ImportRecord>]()) { newest, imported in
            if newest[imported.record.run] == nil { newest[imported.record.run] = imported }
        }.values.sorted { $0.record.run > $1.record.run }
    }

    /// The newest import of the only run whose identifier begins so; nil where none does. Throws `Failure` with code
    /// `evidence.ambiguous`.
    package func importedRun(_ beginning: String) async throws -> Recorded<ImportRecord>? {
        guard !beginning.isEmpty else { return nil }
        let found = try await importedRuns().filter { $0.record.run.hasPrefix(beginning) }
        let names = Set(found.map(\.record.run))
        guard names.count < 2 || names.contains(beginning) else {
            throw Failure(
                "evidence.ambiguous", "more than one imported run begins with “\(beginning)”",
                advice: "give more of the identifier", underlying: names.sorted().joined(separator: "\n"))
        }
        return names.count < 2 ? found.first : found.first { $0.record.run == beginning }
    }
}

extension EvidenceStore where Self: BlobStore {
    /// The run's entry as its own log has it; nil where its files were removed since. Throws `Failure` with code
    /// `evidence.altered`.
    package func ownEntry(of imported: Recorded<ImportRecord>) async throws -> Entry? {
        try await foreignEntry("record.json", of: imported)
    }

    /// The steps that the run stands on, by their names, as its own log has them. Throws as `ownEntry` does.
    package func steps(of imported: Recorded<ImportRecord>, run: Entry) async throws -> [String: Recorded<StepRecord>] {
        var steps: [String: Recorded<StepRecord>] = [:]
        for file in imported.entry.blobs
        where file.name.hasPrefix("entries/") && !file.name.hasSuffix(Self.bodySuffix) {
            guard let entry = try await foreignEntry(file.name, of: imported), run.parents.contains(entry.digest),
                let step = try entry.record(as: StepRecord.self)
            else { continue }
            steps[step.name] = Recorded(record: step, entry: entry)
        }
        return steps
    }

    private static var bodySuffix: String { ".body.json" }

    /// An entry whose statement is that file of the bundle.
    private func foreignEntry(_ name: String, of imported: Recorded<ImportRecord>) async throws -> Entry? {
        func bytes(_ name: String) async throws -> [UInt8]? {
            guard let file = imported.entry.blobs.first(where: { $0.name == name }) else { return nil }
            return try await blob(file.sha256)
        }
        guard let statement = try await bytes(name),
            let body = try await bytes(name.dropLast(".json".count) + Self.bodySuffix)
        else { return nil }
        do {
            return try Entry(statement: statement, body: body)
        } catch {
            throw Failure(
                "evidence.altered",
                "\(name) of the imported run \(imported.record.run) can't be used: \(error.description)",
                advice: "`bessemer evidence verify` says what is altered")
        }
    }
}
