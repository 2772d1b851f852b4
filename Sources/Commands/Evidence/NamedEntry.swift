// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records

extension SQLiteEvidenceStore {
    /// The entry of that number, SHA-256 or run; of an imported run, the one that imported it.
    ///
    /// Throws `Failure` with code `evidence.missing`, `evidence.ambiguous` or `evidence.altered`.
    func entry(ofName name: String) async throws -> Entry {
        if let entry = try await entry(named: name) { return entry }
        do {
            return try await runEntry(name)
        } catch let failure as Failure where failure.code == "evidence.imported" {
            if let imported = try await importedRun(name) { return imported.entry }
            throw failure
        } catch let failure as Failure where failure.code == "evidence.missing" {
            let last = try await summaries(EntryQuery(limit: 1)).first?.sequence ?? 0
            let isNumber = !name.isEmpty && name.utf8.allSatisfy(\.isDigit)
            let range = last == 0 ? "the log has no entries" : "the log has the entries 1 to \(last)"
            let isShort = name.utf8.count < Self.fewestDigits
            throw Failure(
                "evidence.missing",
                isNumber
                    ? "there is no entry \(name): \(range); nor does a run's identifier begin so"
                    : "no entry has the SHA-256 “\(name)”, and no run's identifier begins so"
                        + (isShort
                            ? "; the beginning of a SHA-256 needs at least \(Self.fewestDigits) digits" : ""),
                advice: "`bessemer evidence list --all` lists all entries")
        }
    }
}
