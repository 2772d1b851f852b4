// SPDX-License-Identifier: Apache-2.0
internal import Host

extension RecordKind {
    /// A whole pilot.
    package static let run = RecordKind("run")
    /// A pilot, a test or a drill that did not come to its report.
    package static let unfinishedRun = RecordKind("unfinished-run")
    /// One step of a pilot, a test or a drill.
    package static let step = RecordKind("step")
    /// A rehearsal of the rollback.
    package static let drill = RecordKind("drill")
    /// The same tests on two kernels.
    package static let comparison = RecordKind("comparison")
    /// A run's kernels, built a second time and compared.
    package static let rebuild = RecordKind("rebuild")
    /// Built files that were checked.
    package static let audit = RecordKind("audit")
    /// A tree that got s390 Rust support, or lost it.
    package static let enablement = RecordKind("enablement")
    /// Tools of a place, and what they can do.
    package static let inventory = RecordKind("inventory")
    /// A record of an older store that was not what that store had recorded.
    package static let altered = RecordKind("altered")
    /// The boot configuration with a kernel to go back to.
    package static let rollbackPlan = RecordKind("rollback-plan")
    /// Blobs that were removed.
    package static let prune = RecordKind("prune")
    /// Evidence of another store, which came in a bundle.
    package static let imported = RecordKind("import")
    /// A key that was made or changed.
    package static let key = RecordKind("key")
    /// Somebody else's signature of a head of the log.
    package static let cosignature = RecordKind("cosignature")
    /// A bundle of a run's evidence.
    package static let bundle = RecordKind("bundle")
    /// What somebody said of a waiver: requested, approved, renewed, revoked.
    package static let waiver = RecordKind("waiver")
    /// What somebody said of a run and a stage.
    package static let approval = RecordKind("approval")
    /// What a policy said of a run and a stage.
    package static let gate = RecordKind("gate")
    /// What one look at a source of `watch` saw.
    package static let sighting = RecordKind("sighting")
    /// What one look at a machine saw.
    package static let machineLook = RecordKind("machine-look")
    /// One look at every host of an inventory.
    package static let machineSweep = RecordKind("machine-sweep")
    /// That two machines are one.
    package static let machineUnion = RecordKind("machine-union")
    /// What was written to a CMDB.
    package static let cmdb = RecordKind("cmdb")
    /// Many kernels with many toolchains on many machines.
    package static let campaign = RecordKind("campaign")
    /// With which value of a list something began to fail.
    package static let bisection = RecordKind("bisection")
}

/// Who reads the bodies of entries: by kind and version, so that what was written stays readable.
package enum RecordRegistry {
    private static let types: [any RecordBody.Type] = [
        RunRecord.self, UnfinishedRun.self, StepRecord.self, RollbackDrill.self, ComparisonSummary.self,
        RegressionReport.self, AuditReport.self, RebuildReport.self, RollbackPlan.self, GlueChange.self,
        InventoryReport.self, AlteredRecord.self, PruneRecord.self, ImportRecord.self, KeyRecord.self,
        CosignatureRecord.self, BundleRecord.self, Signed<WaiverStatement>.self, Signed<ApprovalStatement>.self,
        GateReport.self, Sighting.self, MachineLook.self, InventorySweep.self, MachineUnion.self, CMDBReport.self,
        CampaignReport.self, BisectionReport.self,
    ]

    /// The record that these bytes are; nil for a kind or version that is not known here.
    ///
    /// Throws `Failure` where the bytes are no such record.
    package static func read(_ kind: RecordKind, version: Int, body: [UInt8]) throws -> (any RecordBody)? {
        guard let type = types.first(where: { $0.kind == kind && $0.version == version }) else {
            guard let newer = try OlderRecord.rewritten(kind, version: version, body: body) else { return nil }
            return try read(kind, version: version + 1, body: newer)
        }
        return try JSON.decode(
            type, from: body, named: "the \(kind)", advice: "read it with the version of Bessemer that recorded it")
    }

    /// What such a record is about; nothing where it can't be read.
    package static func subjects(_ kind: RecordKind, version: Int, of body: [UInt8]) -> [Subject] {
        (try? read(kind, version: version, body: body))?.subjects ?? []
    }
}
