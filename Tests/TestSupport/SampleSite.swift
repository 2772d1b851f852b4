// SPDX-License-Identifier: Apache-2.0
package import Foundation
internal import Host
package import Records

/// What a site is made of, as values of a day.
package enum SampleSite {
    package static let day = Day("2026-11-28") ?? Day(number: 0)
    package static let time = Date(timeIntervalSince1970: 1_795_000_000)
    private static func entry(_ kind: RecordKind) -> EntryReference {
        EntryReference(sequence: 12, digest: Digest(of: "12"), kind: kind)
    }

    /// A run of a list, named by its number unless `identifier` says otherwise.
    package static func run(
        _ number: Int = 1, _ verdict: RunRecord.Verdict = .passed, identifier: String? = nil,
        version: String = "6.12.117"
    ) -> RunSummary {
        var counts = TestCounts()
        counts.pass = 1113
        counts.fail = verdict == .failed ? 2 : 0
        counts.skip = 24
        let digits = String(String(number + 0x1000_0000, radix: 16).suffix(8))
        return RunSummary(
            identifier: identifier ?? "20261122T101500Z-\(digits)", kernelVersion: version, release: "\(version)-rust",
            verdict: verdict, startedAt: time, finishedAt: time, sourceKind: .folder, counts: counts, waived: 0,
            buildSeconds: 1, buildSteps: 1)
    }

    package static func machine(
        _ place: String, _ verdict: MachineStanding.Verdict = .proven, run: String? = nil, age: Int? = 0,
        remarks: [MachineStanding.Remark] = []
    ) -> MachineStanding {
        MachineStanding(
            key: "key of \(place)", aliases: ["key of \(place)"], place: place, hosts: [place], verdict: verdict,
            kernel: run.map { .init(run: $0, role: .candidate, stages: ["staging"]) }, remarks: remarks, state: nil,
            lastSeen: age == nil ? nil : "2026-11-2\(age == 0 ? 8 : 1)T10:15:00Z", age: age, entry: entry(.machineLook))
    }

    /// A stage's gate for the sample run, in which `rule` does not pass; none for nil.
    package static func gate(
        _ stage: String, refusedBy rule: String? = nil, reason: String = "no drill of this run is recorded"
    ) -> GateReport {
        GateReport(
            toolVersion: "1.0", run: run().identifier, runEntry: entry(.run), kernelVersion: "6.12.117",
            release: "6.12.117-rust", stage: stage, asOf: day, policy: Digest(of: "policy"),
            results: [
                .init(
                    rule: "GAT001", title: "the run has no finding that nobody accepts", state: .pass, reason: "none",
                    entries: [entry(.run)], passesFrom: nil)
            ]
                + (rule.map {
                    [
                        .init(
                            rule: $0, title: "the rollback was rehearsed", state: .unknown, reason: reason, entries: [],
                            passesFrom: nil)
                    ]
                } ?? []), deviations: [], waivers: [], requestedBy: nil, approvedBy: [])
    }

    package static func waiver(
        _ identifier: String, _ state: WaiverStatus.State, missing: Int = 0, reason: String = "Rust needs it"
    ) -> WaiverStatus {
        WaiverStatus(
            identifier: identifier, state: state,
            terms: .init(
                scope: .init(rule: "DEV001", location: "rustc -Zpacked-stack"), reason: reason, compensation: reason,
                owner: "Kernel team", ticket: nil, from: day, until: day.adding(days: 20), emergency: false),
            requestedBy: .init(name: "Ada", key: Digest(of: "key"), entry: entry(.waiver), time: time), approvedBy: [],
            missing: missing, revokedBy: nil, renewal: nil, notes: [])
    }
}
