// SPDX-License-Identifier: Apache-2.0
package import Evidence
package import Host
package import Policy
package import Records

extension GateHistory {
    /// Throws `Failure` with code `evidence.altered`.
    package init(in store: some EvidenceStore) async throws {
        self.init(
            gates: try await store.all(GateReport.self), waivers: try await store.all(Signed<WaiverStatement>.self))
    }
}

extension GateEvidence {
    /// What the log has of a run, and what people said.
    ///
    /// `history` is that log's, where it was read before; `upstream` are identifiers of patches of the tree that is given as
    /// upstream. Throws as `EvidenceStore.run` does.
    package init(
        of identifier: String, in store: some EvidenceArchive, history: GateHistory? = nil,
        upstream: Set<String>? = nil
    ) async throws {
        let (record, entry) = try await store.run(identifier)
        try await self.init(of: record, entry, in: store, history: history, upstream: upstream)
    }

    /// The same of a run that was read before, with its entry.
    init(
        of record: RunRecord, _ entry: Entry, in store: some EvidenceArchive, history: GateHistory? = nil,
        upstream: Set<String>? = nil
    ) async throws {
        var drills: [Dated<RollbackDrill>] = []
        var rebuilds: [Dated<RebuildReport>] = []
        // About a file with the same bytes, whichever run built it.
        if let image = record.build.bootImage?.sha256 {
            drills = try await store.all(RollbackDrill.self, about: image)
            rebuilds = try await store.all(RebuildReport.self, about: image)
        }
        let shared: GateHistory
        if let history { shared = history } else { shared = try await GateHistory(in: store) }
        self.init(
            run: Dated(record, entry: EntryReference(entry), time: entry.time), drills: drills, rebuilds: rebuilds,
            bundles: try await store.all(BundleRecord.self, standingOn: entry),
            history: shared,
            approvals: try await store.all(Signed<ApprovalStatement>.self, standingOn: entry),
            unstableFlags: try await Self.unstableFlags(of: entry, in: store), upstream: upstream)
    }

    /// Of the run's list of materials, with the step that made it; nil where there is none.
    static func unstableFlags(
        of run: Entry, in store: some EvidenceArchive
    ) async throws -> (flags: [String], entry: EntryReference)? {
        guard let (step, file) = try await materials(of: run, in: store),
            let flags = try await unstableFlags(in: file, store)
        else { return nil }
        return (flags, EntryReference(step))
    }

    /// A run's list of materials, with the step that made it; nil where there is none.
    static func materials(of run: Entry, in store: some EvidenceArchive) async throws -> (step: Entry, file: Digest)? {
        guard let step = try await store.steps(of: run).first(where: { $0.record.name == "materials" }),
            let file = step.entry.blobs.first(where: { $0.name == KernelFolder.materialsFile })
        else { return nil }
        return (step.entry, file.sha256)
    }

    /// What a list of materials, which is long, says of flags; nil where it was removed, or can't be used.
    static func unstableFlags(in file: Digest, _ store: some EvidenceArchive) async throws -> [String]? {
        guard let bytes = try await store.blob(file) else { return nil }
        let list = try JSON.decode(KernelMaterials.self, from: bytes, named: "the run's list of materials")
        return list.fault == nil ? list.unstableFlags : nil
    }
}

extension EvidenceStore {
    /// What `records` gives, as policies take it.
    package func all<Body: RecordBody>(
        _ type: Body.Type, about subject: Digest? = nil, standingOn entry: Entry? = nil
    ) async throws -> [Dated<Body>] {
        try await records(type, about: subject, standingOn: entry).map {
            Dated($0.record, entry: EntryReference($0.entry), time: $0.entry.time)
        }
    }
}

extension EntryReference {
    package init(_ entry: Entry) {
        self.init(sequence: entry.sequence, digest: entry.digest, kind: entry.kind)
    }
}
