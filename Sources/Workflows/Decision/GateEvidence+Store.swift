// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Host
package import Policy
package import Records

extension GateEvidence {
    /// What the log has of a run, and what people said.
    ///
    /// `upstream` are identifiers of patches of the tree that is given as upstream. Throws as `EvidenceStore.run` does.
    package init(
        of identifier: String, in store: some EvidenceArchive, upstream: Set<String>? = nil
    ) async throws {
        let (record, entry) = try await store.run(identifier)
        func beside<Body: RecordBody>(_ type: Body.Type) async throws -> [Dated<Body>] {
            try await store.records(type, standingOn: entry).map(Dated.init)
        }
        /// About a file with the same bytes, whichever run built it.
        func about<Body: RecordBody>(_ file: Artifact?, _ type: Body.Type) async throws -> [Dated<Body>] {
            guard let file else { return [] }
            return try await store.find(EntryQuery(kind: type.kind, subject: file.sha256)).reversed().compactMap {
                entry in
                try entry.record(as: type).map { Dated($0, entry: EntryReference(entry), time: entry.time) }
            }
        }
        self.init(
            run: Dated(record, entry: EntryReference(entry), time: entry.time),
            drills: try await about(record.build.bootImage, RollbackDrill.self),
            rebuilds: try await about(record.build.bootImage, RebuildReport.self),
            bundles: try await beside(BundleRecord.self), gates: try await store.all(GateReport.self),
            waivers: try await store.waiverEvents(), approvals: try await beside(Signed<ApprovalStatement>.self),
            unstableFlags: try await Self.unstableFlags(of: entry, in: store), upstream: upstream)
    }

    /// Of the run's list of materials, with the step that made it; nil where there is none.
    static func unstableFlags(
        of run: Entry, in store: some EvidenceArchive
    ) async throws -> (flags: [String], entry: EntryReference)? {
        guard let step = try await store.steps(of: run).first(where: { $0.record.name == "materials" }),
            let file = step.entry.blobs.first(where: { $0.name == KernelFolder.materialsFile }),
            let bytes = try await store.blob(file.sha256)
        else { return nil }
        let list = try JSON.decode(KernelMaterials.self, from: bytes, named: "the run's list of materials")
        guard list.fault == nil else { return nil }
        return (list.unstableFlags, EntryReference(step.entry))
    }
}

extension EvidenceStore {
    /// The records of a kind, the oldest first. Throws `Failure` with code `evidence.altered`.
    package func all<Body: RecordBody>(_ type: Body.Type) async throws -> [Dated<Body>] {
        try await find(EntryQuery(kind: Body.kind)).reversed().compactMap { entry in
            try entry.record(as: Body.self).map { Dated($0, entry: EntryReference(entry), time: entry.time) }
        }
    }

    /// What people said of waivers, the oldest first. Throws `Failure` with code `evidence.altered`.
    package func waiverEvents() async throws -> [Dated<Signed<WaiverStatement>>] {
        try await all(Signed<WaiverStatement>.self)
    }
}

extension EntryReference {
    package init(_ entry: Entry) {
        self.init(sequence: entry.sequence, digest: entry.digest, kind: entry.kind)
    }
}

extension Dated where Body: RecordBody {
    init(_ recorded: Recorded<Body>) {
        self.init(recorded.record, entry: EntryReference(recorded.entry), time: recorded.entry.time)
    }
}
