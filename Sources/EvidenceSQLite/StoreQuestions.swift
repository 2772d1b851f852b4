// SPDX-License-Identifier: Apache-2.0
package import Evidence
package import Foundation
internal import GRDB
package import Host
internal import Records

/// Which files `evidence prune` leaves.
package enum PrunePolicy: Hashable, Sendable {
    /// Those of the newest runs, by number, of what is newer than them, and of what those stand on; 0 leaves none.
    case keepRuns(Int)
    /// Those of entries from that time on.
    case since(Date)

    var text: String {
        switch self {
        case .keepRuns(let count): "keep \(count)"
        case .since(let time): "since \(time.formatted(.iso8601))"
        }
    }
}

extension SQLiteEvidenceStore {
    /// The entry of that number, or the only one whose digest begins so, with four digits or more; nil where there is none.
    ///
    /// Throws `Failure` with code `evidence.ambiguous` or `evidence.altered`.
    package func entry(named name: String) async throws -> Entry? {
        if name.utf8.count < 8, let sequence = Int(name), let entry = try await entry(sequence) { return entry }
        guard let digest = try await digest(beginning: name, in: "entry") else { return nil }
        return try await entry(digest)
    }

    /// The file of that SHA-256, or the only one whose SHA-256 begins so.
    ///
    /// Throws `Failure` with code `evidence.missing`, `evidence.ambiguous` or `evidence.altered`.
    package func blob(beginning name: String) async throws -> [UInt8] {
        guard let digest = try await digest(beginning: name, in: "blob"), let bytes = try await blob(digest) else {
            let removed = try await prunedFiles().filter { $0.key.hasPrefix(name.lowercased()) }
            if name.utf8.count >= Self.fewestDigits, removed.count == 1, let (file, entry) = removed.first {
                throw Failure(
                    "evidence.missing", "the file \(file) was removed by `bessemer evidence prune` (entry \(entry))",
                    advice: "`bessemer evidence show \(entry)` shows when and why")
            }
            throw Failure(
                "evidence.missing",
                "no recorded file has a SHA-256 that begins with “\(name)”"
                    + (name.utf8.count < Self.fewestDigits ? ": at least \(Self.fewestDigits) digits are needed" : ""),
                advice: "`bessemer evidence show ENTRY` lists an entry's files")
        }
        return bytes
    }

    /// The SHA-256 of files that were removed and are not there again, with the number of the last entry that says so.
    package func prunedFiles() async throws -> [String: Int] {
        var removed: [String: Int] = [:]
        for entry in try await find(EntryQuery(kind: .prune)).reversed() {
            for file in try entry.record(as: PruneRecord.self)?.removed ?? [] {
                removed[file.hexadecimal] = entry.sequence
            }
        }
        for file in try await storedBlobs() { removed[file] = nil }
        return removed
    }

    /// Of a SHA-256 that is looked for by its beginning.
    package static let fewestDigits = 4

    private func digest(beginning name: String, in table: String) async throws -> Digest? {
        let wanted = name.lowercased()
        guard wanted.utf8.count >= Self.fewestDigits, wanted.allSatisfy(\.isHexDigit) else { return nil }
        let found = try await read { db in
            try String.fetchAll(
                db, sql: "SELECT sha256 FROM \(table) WHERE substr(sha256, 1, length(?1)) = ?1 LIMIT 2",
                arguments: [wanted])
        }
        guard found.count < 2 else {
            throw Failure(
                "evidence.ambiguous", "more than one SHA-256 begins with “\(name)”", advice: "give more of it",
                underlying: found.joined(separator: "\n"))
        }
        return found.first.flatMap { Digest(hexadecimal: $0) }
    }

    /// The newest values of a column of a projected table, the newest first.
    package func values(of column: String, in table: String, limit: Int) throws -> [String] {
        try queue.read { db in
            try String.fetchAll(db, sql: "SELECT \(column) FROM \(table) ORDER BY sequence DESC LIMIT \(max(0, limit))")
        }
    }

    /// Entries of its kinds that a projected table, or the index of entries, lacks: whether there is one that belongs
    /// there, and the numbers of those that can't be read here, the first hundred at most.
    package func unlisted(in table: String) async throws -> (isLacking: Bool, unreadable: [Int]) {
        let kinds =
            settings.projection.tables.first { $0.name == table }?.kinds.sorted { $0.rawValue < $1.rawValue } ?? []
        let places = kinds.map { _ in "?" }.joined(separator: ", ")
        let missing = try await read { db in
            try Int.fetchAll(
                db,
                sql: """
                    SELECT sequence FROM entry WHERE sequence NOT IN (
                        SELECT sequence FROM entry_index
                        WHERE kind NOT IN (\(places)) OR sequence IN (SELECT sequence FROM \(table)))
                    """,
                arguments: StatementArguments(kinds.map(\.rawValue)))
        }
        var unreadable: [Int] = []
        for sequence in missing {
            // What is altered is in no table; `evidence verify` names it.
            guard let entry = try? await entry(sequence), kinds.contains(entry.kind) else { continue }
            if settings.projection.rows(of: entry).contains(where: { $0.table == table }) { return (true, unreadable) }
            if unreadable.count < 100 { unreadable.append(sequence) }
        }
        return (false, unreadable)
    }

    package func mislisted(except unread: Set<String>) async throws -> [Int] {
        let projection = settings.projection
        return try await read { db in try StoreTables.mislisted(db, projection, except: unread) }
    }

    /// SQLite's own check of its pages. Throws `Failure` with code `evidence.unreadable`.
    package func checkIntegrity() async throws {
        let (answers, strange) = try await read { db in
            (
                try String.fetchAll(db, sql: "PRAGMA integrity_check(1)"),
                try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM entry WHERE typeof(sequence) <> 'integer' OR sequence < 1") ?? 0
            )
        }
        guard strange == 0 else { throw StoreFile.unreadable(path, "\(strange) of its entries have no number") }
        guard answers == ["ok"] else { throw StoreFile.unreadable(path, answers.joined(separator: "; ")) }
    }

    /// Files of old entries with their size in bytes, and those that no entry names.
    package typealias OldFiles = (removed: [Digest], size: Int, unnamed: [String])

    /// Removes files that the policy does not keep, and those that no entry names; records which of the first. A dry one
    /// removes and records nothing.
    @discardableResult
    package func prune(_ policy: PrunePolicy, isDry: Bool = false) async throws -> OldFiles {
        if isDry { return try await read { db in try oldFiles(policy, db) } }
        let files = try await write { db in
            let files = try oldFiles(policy, db)
            for blob in files.removed.map(\.hexadecimal) + files.unnamed {
                try db.execute(sql: "DELETE FROM blob WHERE sha256 = ?", arguments: [blob])
            }
            let record = PruneRecord(policy: policy.text, removed: files.removed, size: files.size)
            if !files.removed.isEmpty { _ = try append(try Entry.Draft(record), db) }
            return files
        }
        // The room is the file system's again; where there is none to copy it, it stays the file's.
        if !files.removed.isEmpty || !files.unnamed.isEmpty { try? await queue.vacuum() }
        return files
    }

    private func oldFiles(_ policy: PrunePolicy, _ db: Database) throws -> OldFiles {
        // Of the entries themselves: the lists are no evidence, and may say anything.
        var entries: [EntrySummary] = []
        let rows = try Row.fetchCursor(db, sql: "\(StoreTables.entries) ORDER BY sequence")
        while let row = try rows.next() {
            entries.append(EntrySummary(try StoreTables.stored(row).entry(in: "\(path)")))
        }
        let first: Int
        switch policy {
        case .keepRuns(let count):
            let runs = entries.filter { $0.kind == .run }
            let oldestKept = runs.count > count ? runs.suffix(count).first?.sequence : nil
            first = count == 0 ? .max : (oldestKept ?? 1) - 1
        case .since(let time):
            first = entries.last { $0.time < time }?.sequence ?? 0
        }
        // What is kept stands on its steps, also on those that it took over from an earlier run.
        var needed: Set<Digest> = []
        var seen: Set<Digest> = []
        var left: [EntrySummary] = []
        for entry in entries.reversed() {
            if entry.sequence > first || entry.kind == .altered || needed.contains(entry.digest) {
                needed.formUnion(entry.parents)
                seen.formUnion(entry.files.map(\.sha256))
            } else {
                left.append(entry)
            }
        }
        var removed: [Digest] = []
        var size = 0
        for blob in left.reversed().flatMap(\.files).map(\.sha256) where seen.insert(blob).inserted {
            guard
                let bytes = try Int.fetchOne(
                    db, sql: "SELECT size FROM blob WHERE sha256 = ?", arguments: [blob.hexadecimal])
            else { continue }
            removed.append(blob)
            size = min(1 << 52, size + min(1 << 52, max(0, bytes)))
        }
        let unnamed = try StoreTables.blobs(db).filter { Digest(hexadecimal: $0).map(seen.contains) != true }
        return (removed, size, unnamed)
    }
}
