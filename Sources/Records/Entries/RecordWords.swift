// SPDX-License-Identifier: Apache-2.0

extension RecordRegistry {
    /// What a record says, in a few words for lists of entries; nil for a kind whose name and subjects say enough.
    package static func words(of record: any RecordBody) -> String? {
        switch record {
        case let step as StepRecord: step.name + (step.outcome == .done ? "" : " (\(step.outcome.rawValue))")
        case let drill as RollbackDrill: "\(drill.identifier) \(drill.verdict.rawValue)"
        case let rebuild as RebuildReport: "\(rebuild.run) \(rebuild.verdict.rawValue)"
        case let gate as GateReport: "\(gate.stage) \(gate.verdict.rawValue): \(gate.run)"
        case let waiver as Signed<WaiverStatement>: words(of: waiver.statement)
        case let approval as Signed<ApprovalStatement>:
            "\(approval.statement.event.rawValue) \(approval.statement.stage): \(approval.statement.run)"
        case let bundle as BundleRecord: "\(bundle.run) \(bundle.name)"
        case let imported as ImportRecord: "\(imported.report.run ?? "") \(imported.verdict.rawValue)"
        case let sighting as Sighting: sighting.source
        case let prune as PruneRecord: prune.policy
        case let look as MachineLook: "\(look.host) \(look.outcome.rawValue)"
        case let sweep as InventorySweep: "\(sweep.inventory): \(sweep.seen) of \(sweep.hosts.count) seen"
        case let union as MachineUnion: union.keys.joined(separator: " = ")
        case let report as CMDBReport: "\(report.target) \(report.isComplete ? "complete" : "incomplete")"
        case let report as CampaignReport:
            "\(report.matrix.name) \(report.verdict.rawValue): \(report.cells.count) cells"
        case let report as BisectionReport:
            "\(report.matrix.name) \(report.verdict.rawValue) \(report.suspects.joined(separator: " "))"
        default: nil
        }
    }

    private static func words(of statement: WaiverStatement) -> String {
        let about = statement.waiver ?? statement.terms.map { "\($0.scope.rule) \($0.scope.location)" } ?? ""
        return "\(statement.event.rawValue) \(about)"
    }
}
