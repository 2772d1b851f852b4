// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records

/// What a pilot's steps say of one kernel.
struct PilotFacts: Encodable, Sendable {
    let configuration: ConfigurationFacts
    let build: BuildFacts
    let boot: GuestRun
}

/// Judges what the steps found, and writes it down as the run's record.
struct RecordStep: Step {
    let program: String
    let subject: SourceIdentity
    let before: TreeStatus
    let enabled: EnabledTree
    let sandbox: RunRecord.SandboxFacts
    let toolchain: [Tool]
    let rust: PilotFacts
    let baseline: PilotFacts?
    let difference: ConfigurationDifference?
    let audit: AuditReport
    let selfTestProblem: String?
    let waivers: [Waiver]
    /// By what it decides: which of the waivers hold.
    let time: Keyed<Date>
    let steps: [RunRecord.Step]

    var name: String { "record" }

    func perform(at site: PilotSite) -> RunRecord {
        let compared = baseline.map {
            RunRecord.Baseline(
                configuration: $0.configuration, build: $0.build, boot: $0.boot,
                tests: TestComparison(baseline: $0.boot.tests, candidate: rust.boot.tests), difference: difference)
        }
        let assessment = Assessment(
            status: enabled.after, configuration: rust.configuration, build: rust.build, audit: audit,
            boot: rust.boot, baseline: compared, selfTestProblem: selfTestProblem, drift: sandbox.drift,
            waivers: waivers, at: time.value)
        return RunRecord(
            identifier: Workflow.identifier(at: time.value), bessemer: program,
            startedAt: steps.map(\.startedAt).min() ?? time.value, finishedAt: time.value,
            verdict: assessment.verdict, reasons: assessment.reasons, subject: subject, readiness: enabled.after,
            enablement: enabled.series.map { .init(series: $0, before: before) }, sandbox: sandbox,
            toolchain: toolchain, configuration: rust.configuration, build: rust.build, audit: audit, boot: rust.boot,
            baseline: compared, findings: assessment.findings, waived: assessment.waived, steps: steps)
    }
}
