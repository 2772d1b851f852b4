// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Records

/// Deviations that somebody accepts, applied at a time.
package struct Waivers: Sendable {
    package let waivers: [Waiver]
    private let time: Date

    package init(_ waivers: [Waiver], at time: Date) {
        self.waivers = waivers
        self.time = time
    }

    private func index(of finding: Finding) -> Int? {
        waivers.indices.first { waivers[$0].holds(at: time) && waivers[$0].accepts(finding) }
    }

    /// Findings that nobody accepts, those that somebody does, and the waivers (by index) that were of use.
    package func applied(to findings: [Finding]) -> (open: [Finding], accepted: [Acceptance], used: Set<Int>) {
        var open: [Finding] = []
        var accepted: [Acceptance] = []
        var used: Set<Int> = []
        for finding in findings {
            if let index = index(of: finding) {
                used.insert(index)
                accepted.append(Acceptance(finding: finding, waiver: waivers[index]))
            } else {
                open.append(finding)
            }
            // What follows from a finding needs no waiver of its own, and has none too many.
            for follower in finding.follows ?? [] { if let index = index(of: follower) { used.insert(index) } }
        }
        return (open, accepted, used)
    }

    /// The report with accepted findings taken out of the outcomes and listed apart, and what accepts them.
    package func applied(to report: AuditReport) -> (report: AuditReport, accepted: [Acceptance], used: Set<Int>) {
        var accepted: [Acceptance] = []
        var used: Set<Int> = []
        let files = report.files.map { file in
            let outcomes = file.outcomes.map { outcome in
                let result = applied(to: outcome.findings)
                accepted += result.accepted
                used.formUnion(result.used)
                return outcome.replacing(findings: result.open)
            }
            return AuditReport.File(
                name: file.name, machine: file.machine, kind: file.kind, units: file.units, outcomes: outcomes,
                error: file.error, alsoRead: file.alsoRead)
        }
        return (report.replacing(files: files, accepted: accepted, staleWaivers: []), accepted, used)
    }

    /// The same for an audit by itself, with the waivers that were of no use.
    package func appliedAlone(to report: AuditReport) -> AuditReport {
        let (report, accepted, used) = applied(to: report)
        let stale = stale(beside: used).map { finding in "\(finding.title): \(finding.found ?? "")" }
        return report.replacing(files: report.files, accepted: accepted, staleWaivers: stale)
    }

    /// A finding for each waiver that has expired, or that was of no use.
    package func stale(beside used: Set<Int>) -> [Finding] {
        waivers.indices.compactMap { index in
            if !waivers[index].holds(at: time) { return WaiverRule.finding(waivers[index], isExpired: true) }
            return used.contains(index) ? nil : WaiverRule.finding(waivers[index], isExpired: false)
        }
    }
}
