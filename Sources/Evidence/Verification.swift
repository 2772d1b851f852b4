// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import Signing

extension VerificationReport {
    /// Walks a log: every statement, body and blob is read and hashed again. `progress` is told of each entry.
    ///
    /// What was cut off at the log's end leaves no trace in it; only a head that is kept elsewhere tells. `logKey` is one that
    /// somebody brought; `unread` are projected tables that are not compared with the log.
    package init(
        of store: some EvidenceArchive, logKey: PublicKey? = nil, except unread: Set<String> = [],
        progress: (Int) -> Void = { _ in }
    ) async throws {
        self.init()
        var last: Digest?
        var sequence = 0
        var known: Set<Digest> = []
        var digests: [Int: Digest] = [:]
        var keys: [Int: KeyRecord] = [:]
        // By the first entry that names a file, and the last: what was removed may have been put there again.
        var named: [Digest: (first: Int, last: Int)] = [:]
        var gone: [Digest: Int] = [:]
        var after = Int.min
        while true {
            let page = try await store.stored(after: after, limit: 16)
            guard !page.isEmpty else { break }
            for (stored, reading) in zip(page, try page.mapConcurrently { EntryReading(of: $0) }) {
                try Task.checkCancellation()
                after = stored.sequence
                let isNext = stored.sequence == sequence &+ 1
                if stored.sequence <= sequence {
                    add(.order, stored.sequence, "its number is not that of an entry")
                } else if !isNext {
                    let count = stored.sequence &- sequence &- 1
                    let which =
                        count == 1
                        ? "entry \(sequence + 1) is" : "entries \(sequence + 1) to \(stored.sequence - 1) are"
                    add(.missing, nil, "\(which) missing")
                }
                sequence = max(sequence, stored.sequence)
                bytes += stored.statement.count + stored.body.count
                entries += 1
                progress(entries)
                known.insert(stored.digest)
                digests[stored.sequence] = stored.digest
                if !reading.hasStatement {
                    add(.altered, sequence, "its statement is not the one with the SHA-256 \(stored.digest)")
                } else {
                    do {
                        let entry = try reading.entry.get()
                        check(entry, as: sequence, after: last, isNext: isNext, known)
                        for blob in entry.blobs {
                            named[blob.sha256] = (named[blob.sha256]?.first ?? sequence, sequence)
                        }
                        if entry.kind == .key, let record = try entry.record(as: KeyRecord.self) {
                            keys[sequence] = record
                            if let fault = record.fault { add(.altered, sequence, fault) }
                        }
                        if entry.kind == .prune {
                            for blob in try entry.record(as: PruneRecord.self)?.removed ?? [] { gone[blob] = sequence }
                        }
                    } catch let fault as Entry.Fault {
                        add(.altered, sequence, fault.description)
                    } catch let failure as Failure {
                        add(.altered, sequence, failure.message)
                    }
                }
                last = stored.digest
            }
        }
        lastEntry = last
        try check(await store.trees(), digests: digests, keys: keys, trusted: logKey)
        let files = named.map { (blob: $0.key, first: $0.value.first, last: $0.value.last) }.sorted {
            ($0.first, $0.blob.hexadecimal) < ($1.first, $1.blob.hexadecimal)
        }
        for (blob, sequence, last) in files {
            try Task.checkCancellation()
            do {
                if let found = try await store.blob(blob) {
                    self.files += 1
                    bytes += found.count
                } else if let removal = gone[blob], removal > last {
                    pruned += 1
                } else {
                    add(.missing, sequence, "its file \(blob) is missing")
                }
            } catch let failure as Failure where failure.code == "evidence.altered" {
                add(.altered, sequence, "its file \(blob) is not what was recorded")
            }
        }
        let altered = Set(faults.compactMap(\.sequence))
        for sequence in try await store.mislisted(except: unread) where !altered.contains(sequence) {
            add(
                .list, sequence,
                "the lists do not show it as it was recorded; `bessemer evidence rebuild` makes them again")
        }
        // An entry that can't be read may name some of them.
        if faults.isEmpty {
            let names = Set(named.keys.map(\.hexadecimal))
            unnamed = try await store.storedBlobs().count { !names.contains($0) }
        }
    }

    mutating func add(_ kind: Fault.Kind, _ sequence: Int?, _ reason: String) {
        faults.append(Fault(kind: kind, sequence: sequence, reason: reason))
    }

    private mutating func check(
        _ entry: Entry, as sequence: Int, after last: Digest?, isNext: Bool, _ known: Set<Digest>
    ) {
        kinds[entry.kind.rawValue, default: 0] += 1
        if entry.sequence != sequence { add(.altered, sequence, "its statement is that of entry \(entry.sequence)") }
        if isNext, entry.previous != last { add(.order, sequence, "the entry before it is not the one that it names") }
        for parent in entry.parents where !known.contains(parent) {
            add(.missing, sequence, "its parent \(parent) is missing")
        }
    }
}

/// What the bytes of a stored entry are.
private struct EntryReading: Sendable {
    /// Whether its statement has the digest by which it is stored.
    let hasStatement: Bool
    let entry: Result<Entry, Entry.Fault>

    init(of stored: StoredEntry) {
        hasStatement = Digest(of: stored.statement) == stored.digest
        do {
            entry = .success(try Entry(statement: stored.statement, body: stored.body))
        } catch {
            entry = .failure(error)
        }
    }
}
