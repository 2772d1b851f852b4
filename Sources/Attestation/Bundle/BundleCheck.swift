// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
package import Records
package import Signing

extension EvidenceBundle {
    /// Checks everything that needs no other program: digests, the signed list of files, and that the entries name each
    /// other and the files.
    ///
    /// `archive` is what the bundle was read from. Without a key nothing is known of who made it.
    package func check(by key: PublicKey?, archive: [UInt8]) -> BundleReport {
        var faults: [String] = []
        var notes: [String] = []
        var run: String?

        let sums = sums()
        for (name, own) in [(Name.sha256, sums.sha256), (Name.sha512, sums.sha512)] where self[name] != own {
            faults.append("\(name): it does not list the other files with their digests")
        }
        var isSigned = false
        do {
            guard let bytes = self[Name.statement] else {
                throw Failure("bundle.statement", "\(Name.statement) is missing", advice: "")
            }
            let envelope = try Envelope(bytes, from: Name.statement)
            let statement = try SignedList(envelope)
            run = statement.run
            faults += differences(from: statement.files)
            let size = listed.reduce(0) { $0 + $1.bytes.count }
            if let signed = statement.bytes, signed != size {
                faults.append("\(Name.statement): its files have \(size) bytes, and \(signed) are signed")
            }
            if let key {
                isSigned = envelope.isSigned(by: key)
                let others = envelope.signatures.count - 1
                if !isSigned {
                    faults.insert(Self.notSigned(envelope, by: key), at: 0)
                } else if others > 0 {
                    notes.append("\(Name.statement): \(others) more signature\(others == 1 ? "" : "s") by other keys")
                }
            }
        } catch {
            faults.append((error as? Failure)?.message ?? "\(Name.statement): \(error)")
        }
        if let run, run != name { faults.append("the folder is named \(name), and the bundle is about the run \(run)") }
        if let token = self[Name.timestamp] {
            if token.count > Self.largestToken { faults.append("\(Name.timestamp): it has \(token.count) bytes") }
            notes.append(
                "\(Name.timestamp) can't be in the signed list and is not checked here: `openssl ts -verify` does")
        }
        checkEntries(run, &faults, &notes)
        // Of a bundle that another key signed, one fault says it all.
        checkStatements(isSigned ? key : nil, &faults, &notes)
        if let compression = ArchiveCompression(archive),
            (try? self.archive(compression)).map({ $0 != archive }) ?? true
        {
            notes.append(
                "the archive's compressed bytes are not those that this Bessemer writes for these files: another library, or "
                    + "bytes in it that mean nothing were changed")
        }
        return BundleReport(
            archive: Digest(of: archive), run: run, files: files.count, bytes: files.reduce(0) { $0 + $1.bytes.count },
            authenticity: !faults.isEmpty ? .refused : isSigned ? .verified : .unknown, key: key?.fingerprint,
            faults: faults, notes: notes)
    }

    private static func notSigned(_ envelope: Envelope, by key: PublicKey) -> String {
        if envelope.signatures.contains(where: { $0.identifier == key.identifier }) {
            return "\(Name.statement): its signature by the key that was given does not hold"
        }
        return "another key signed the bundle, not the one that was given, whose fingerprint is \(key.fingerprint)"
    }

    /// Every other envelope: in the one form, signed by the same key, and of a predicate that is known here.
    private func checkStatements(_ key: PublicKey?, _ faults: inout [String], _ notes: inout [String]) {
        let known = TypeURI.predicates
        for file in files where file.name.hasSuffix(".dsse.json") && file.name != Name.statement {
            do {
                let envelope = try Envelope(file.bytes, from: file.name)
                let statement = try CanonicalJSON(canonical: envelope.payload)
                guard statement["_type"]?.text == TypeURI.statement, let type = statement["predicateType"]?.text
                else {
                    faults.append("\(file.name): it is not an in-toto statement")
                    continue
                }
                if !known.contains(type) { notes.append("\(file.name): what a “\(type)” says is not known here") }
                if let key, !envelope.isSigned(by: key) {
                    faults.append("\(file.name): it is not signed by the key that was given")
                }
            } catch {
                faults.append("\(file.name): \((error as? Failure)?.message ?? "\(error)")")
            }
        }
    }

    /// The files that the signed list has to name.
    private var listed: [BundleFile] { files.filter { ![Name.statement, Name.timestamp].contains($0.name) } }

    /// How the files differ from those that are signed.
    private func differences(from signed: [String: Digest]) -> [String] {
        let present = Dictionary(listed.map { ($0.name, $0.digest) }) { first, _ in first }
        return Set(signed.keys).union(present.keys).sortedByBytes().compactMap { name in
            switch (signed[name], present[name]) {
            case (let signed?, let present?): signed == present ? nil : "\(name): altered"
            case (.some, nil): "\(name): missing"
            case (nil, _): "\(name): not in the signed list"
            }
        }
    }

    /// The run's entry, the entries that it stands on, and the files that these name.
    private func checkEntries(_ run: String?, _ faults: inout [String], _ notes: inout [String]) {
        func entry(_ statement: String, _ body: String) -> Entry? {
            guard let first = self[statement], let second = self[body] else {
                faults.append("\(statement): missing, or its body is")
                return nil
            }
            do {
                return try Entry(statement: first, body: second)
            } catch {
                faults.append("\(statement): \(error)")
                return nil
            }
        }
        guard let record = entry(Name.record, Name.body) else { return }
        do {
            let body = try record.record(as: RunRecord.self)
            if body == nil || body?.identifier != run {
                faults.append("\(Name.body): it is not the run \(run ?? "") that the signed list is about")
            } else if let end = body?.finishedAt, Int(end.timeIntervalSince1970) != time {
                faults.append("the files have another time than the end of the run")
            }
        } catch {
            faults.append("\(Name.body): \((error as? Failure)?.message ?? "\(error)")")
        }
        let statements = files.map(\.name).filter { $0.hasPrefix("entries/") && !$0.hasSuffix(".body.json") }
        var known: Set<Digest> = [record.digest]
        var named = record.blobs
        var others: [(name: String, digest: Digest)] = []
        var cited: Set<Digest> = []
        for name in statements {
            guard let entry = entry(name, name.dropLast(".json".count) + ".body.json") else { continue }
            known.insert(entry.digest)
            guard record.parents.contains(entry.digest) || entry.parents.contains(record.digest) else {
                others.append((name, entry.digest))
                continue
            }
            named += entry.blobs
            if let verdict = try? entry.record(as: GateReport.self) { cited.formUnion(verdict.read.map(\.digest)) }
        }
        for other in others where !cited.contains(other.digest) {
            faults.append("\(other.name): neither the run nor a verdict stands on this entry, nor it on the run")
        }
        for parent in record.parents where !known.contains(parent) {
            faults.append("entries: the entry \(parent.short) that the run stands on is missing")
        }
        let present = Set(files.map(\.digest))
        for file in named where !present.contains(file.sha256) {
            notes.append("\(file.name) (SHA-256 \(file.sha256.short)) is not in the bundle: it was removed before")
        }
    }
}
