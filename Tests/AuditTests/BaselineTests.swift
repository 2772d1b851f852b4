// SPDX-License-Identifier: Apache-2.0
import Findings
import Foundation
import Testing

@testable import Audit

struct BaselineTests {
    private let today = Date(timeIntervalSince1970: 1_795_000_000)  // 2026-11-18

    private func entry(_ place: String, expires: String = "2027-01-01") -> Baseline.Entry {
        Baseline.Entry(rule: "LAY001", place: place, reason: "known", owner: "kernel team", expires: expires)
    }

    private func report(_ symbols: [String]) -> AuditReport {
        let findings = symbols.map {
            LayoutRule.size.finding(at: Finding.Place(file: "/build/vmlinux", symbol: $0), expected: "8", found: "16")
        }
        let outcome = RuleOutcome(family: "LAY", findings: findings)
        return AuditReport(files: [
            .init(name: "vmlinux", machine: "s390x", kind: "linked", units: [], outcomes: [outcome])
        ])
    }

    @Test func anAcceptedFindingStaysVisibleAndNoLongerCounts() {
        let report = Baseline(entries: [entry("vmlinux struct foo")]).applied(to: report(["struct foo"]), at: today)
        #expect(report.findings.isEmpty)
        #expect(report.accepted.map(\.place?.symbol) == ["struct foo"])
        #expect(report.isClean)
    }

    @Test func anEntryIsToldWhenItMatchesNothingOrHasExpired() {
        let entries = [entry("vmlinux struct bar"), entry("vmlinux *", expires: "2026-11-01")]
        let report = Baseline(entries: entries).applied(to: report(["struct foo"]), at: today)
        #expect(report.findings.count == 1)
        #expect(!report.isClean)
        #expect(report.staleBaseline.count == 2)
    }

    @Test(arguments: [
        ("vmlinux struct foo", true), ("*", true), ("vmlinux struct f*", true), ("vm*foo", true),
        ("/build/vmlinux struct foo", true), ("vmlinux", false), ("vmlinux struct fo", false), ("*bar", false),
        ("vmlinux*struct*foo*", true), ("", false),
    ])
    func placesMayHaveStars(place: String, matches: Bool) {
        let accepted = Baseline(entries: [entry(place)]).applied(to: report(["struct foo"]), at: today).accepted
        #expect(accepted.isEmpty != matches)
    }

    @Test func aFileOfEntriesIsAPlainList() throws {
        let baseline = Baseline(entries: [entry("vmlinux *")])
        let json = try JSONEncoder().encode(baseline)
        #expect(json.first == UInt8(ascii: "["))
        #expect(try JSONDecoder().decode(Baseline.self, from: json) == baseline)
    }
}
