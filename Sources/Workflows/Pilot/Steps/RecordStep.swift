// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Policy
internal import Records

/// Judges what the steps found, and writes it down as the run's record.
struct RecordStep: Step {
    let program: String
    let source: SourceIdentity
    let before: TreeStatus
    let enabled: EnabledTree
    let sandbox: RunRecord.SandboxFacts
    let toolchain: [Tool]
    let kernels: RunRecord.Kernels
    let difference: ConfigurationDifference?
    let audit: AuditReport
    let selfTestProblem: String?
    let waivers: [Waiver]
    /// By what it decides: which of the waivers hold.
    let time: Keyed<Date>
    let steps: [RunRecord.Step]

    var name: String { "record" }

    func perform(at site: PilotSite) -> RunRecord {
        let comparison = kernels.baseline.map {
            TestComparison(baseline: $0.boot.tests, candidate: kernels.candidate.boot.tests)
        }
        let assessment = Assessment(
            readiness: enabled.after, kernels: kernels, comparison: comparison, audit: audit,
            selfTestProblem: selfTestProblem, drift: sandbox.drift, waivers: waivers, at: time.value)
        return RunRecord(
            identifier: Workflow.identifier(at: time.value), toolVersion: program,
            startedAt: steps.map(\.startedAt).min() ?? time.value, finishedAt: time.value,
            verdict: assessment.verdict, reasons: assessment.reasons, source: source, readiness: enabled.after,
            enablement: enabled.series.map { .init(series: $0, before: before) }, sandbox: sandbox,
            toolchain: toolchain, kernels: kernels, comparison: comparison, difference: difference,
            audit: assessment.audit, findings: assessment.findings, accepted: assessment.accepted, steps: steps)
    }
}
