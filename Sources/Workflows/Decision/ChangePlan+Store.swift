// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Host
package import Records
internal import Rollback
package import SystemPackage

extension ChangeRecord.Plan {
    /// The newest plan for both kernels of a run that the log had by the end of that day; nil where there is none, or where
    /// its texts were removed since.
    ///
    /// Throws `Failure` with code `change.plan` where its README has lines that are not of the plan.
    package static func recorded(
        for run: RunRecord, by day: Day, in store: some EvidenceArchive
    ) async throws -> ChangeRecord.Plan? {
        guard let image = run.build.bootImage else { return nil }
        for entry in try await store.find(EntryQuery(kind: RollbackPlan.kind, subject: image.sha256))
        where entry.time < day.end {
            guard let plan = try entry.record(as: RollbackPlan.self) else { continue }
            func file(_ name: String) async throws -> [UInt8]? {
                guard let blob = entry.blobs.first(where: { $0.name == name }) else { return nil }
                return try await store.blob(blob.sha256)
            }
            guard let readme = try await file(PlanProcedure.file) else { continue }
            let found = try ChangeRecord.Plan(
                plan, readme: readme, sums: try await file("SHA256SUMS"),
                origin: "entry \(entry.sequence) of the evidence log", entry: EntryReference(entry))
            if found.isFor(run) { return found }
        }
        return nil
    }

    /// The plan of a folder, which has to be for both kernels of the run.
    ///
    /// Throws `Failure` with code `change.plan`, and as reading files does.
    package static func given(_ folder: FilePath, named name: String, for run: RunRecord) throws -> ChangeRecord.Plan {
        let plan = try ChangeRecord.Plan(folder: folder, named: name)
        guard plan.isFor(run) else {
            throw Failure(
                "change.plan", "the plan in \(name) is for other kernels than those of the run \(run.identifier)",
                advice: "`bessemer rollback plan --baseline KERNEL --candidate KERNEL` writes one for the run's")
        }
        return plan
    }

    private func isFor(_ run: RunRecord) -> Bool {
        let built = run.kernels.all.compactMap { kernel in
            kernel.build.bootImage.map { Subject(kernel.role.rawValue, $0.sha256) }
        }
        return built.count == images.count && Set(built) == Set(images)
    }
}
