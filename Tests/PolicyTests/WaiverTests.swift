// SPDX-License-Identifier: Apache-2.0
import Foundation
import Records
import Testing

@testable import Audit
@testable import Policy

struct WaiverTests {
    private let today = Date(timeIntervalSince1970: 1_795_000_000)  // 2026-11-18

    private func entry(_ place: String, expires: String = "2027-01-01") -> Waiver {
        Waiver(rule: "LAY001", location: place, reason: "known", owner: "kernel team", expires: expires)
    }

    private func report(_ symbols: [String]) -> AuditReport {
        let findings = symbols.map {
            LayoutRule.size.finding(
                at: Finding.Location(file: "/build/vmlinux", symbol: $0), expected: "8", found: "16")
        }
        let outcome = RuleOutcome(family: "LAY", findings: findings)
        return AuditReport(files: [
            .init(name: "vmlinux", machine: "s390x", kind: "linked", units: [], outcomes: [outcome])
        ])
    }

    @Test func anAcceptedFindingStaysVisibleAndNoLongerCounts() {
        let report = Waivers([entry("vmlinux struct foo")], at: today).appliedAlone(to: report(["struct foo"]))
        #expect(report.findings.isEmpty)
        #expect(report.accepted.map(\.location?.symbol) == ["struct foo"])
        #expect(report.waivers == [entry("vmlinux struct foo")])
        #expect(report.isClean)
    }

    @Test func anEntryIsToldWhenItMatchesNothingOrHasExpired() {
        let entries = [entry("vmlinux struct bar"), entry("vmlinux *", expires: "2026-11-01")]
        let report = Waivers(entries, at: today).appliedAlone(to: report(["struct foo"]))
        #expect(report.findings.count == 1)
        #expect(!report.isClean)
        #expect(report.staleWaivers.count == 2)
    }

    @Test(arguments: [
        ("vmlinux struct foo", true), ("*", true), ("vmlinux struct f*", true), ("vm*foo", true),
        ("/build/vmlinux struct foo", true), ("vmlinux", false), ("vmlinux struct fo", false), ("*bar", false),
        ("vmlinux*struct*foo*", true), ("", false),
    ])
    func placesMayHaveStars(place: String, matches: Bool) {
        let accepted = Waivers([entry(place)], at: today).appliedAlone(to: report(["struct foo"])).accepted
        #expect(accepted.isEmpty != matches)
    }

    @Test func aPersonsFileIsReadStrictly() throws {
        func read(_ text: String) throws -> WaiverFile {
            try WaiverFile(Array(text.utf8), rules: RuleCatalogue.book.rules + RunRules.families.flatMap(\.rules))
        }
        func entry(_ key: String, _ value: String?) -> String {
            var values = [
                "rule": "LAY001", "location": "vmlinux *", "reason": "known", "owner": "team", "expires": "2028-02-29",
            ]
            values[key] = value
            return "[{"
                + values.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
                + "}]"
        }
        #expect(try read(entry("owner", "team")).waivers.count == 1)
        #expect(try read("[]").waivers.isEmpty)
        for (text, words) in [
            (entry("expires", "31.12.2027"), "entry 1: `31.12.2027` is not a day"),
            (entry("expires", "2026-02-31"), "entry 1: `2026-02-31` is not a day"),
            (entry("expires", "2027-02-29"), "is not a day"), (entry("expires", "2027-1-2"), "is not a day"),
            (entry("rule", "LAY999"), "there is no rule LAY999"), (entry("rule", "LAY"), "there is no rule LAY "),
            (entry("reason", " "), "`reason` is empty"), (entry("owner", ""), "`owner` is empty"),
            (entry("owner", "\u{3164}\u{200B}"), "`owner` is empty"), (entry("reason", "."), "`reason` is empty"),
            (entry("location", ""), "`location` is empty"),
            (entry("owner", nil), "entry 1: the key `owner` is missing"),
            ("{}", "a list of waivers"), ("[1]", "entry 1: an object"), (entry("ownr", "x"), "`ownr` is not known"),
            ("[{\"rule\": 1}]", "`rule` has to be a text"), ("[1, 2]", "expected\nentry 2: an object"),
            (entry("test", "suite/case"), "`rule` and `test` exclude each other"),
            (entry("place", "vmlinux"), "`location` and `place` exclude each other"),
            ("[", "line 1, column 2: the text ends"), ("", "line 1, column 1: "),
            (
                "[\n  {\"rule\": \"LAY005\", \"rule\": \"LAY006\"}]",
                "line 2, column 22: the member \"rule\" stands twice"
            ),
            ("[\r\n{},\r\n]", "line 3, column 1: a value is expected"), ("[{\"é\": 1,}]", "line 1, column 10: "),
        ] {
            let error = #expect(throws: WaiverFile.ReadError.self) { try read(text) }
            #expect(error?.description.contains(words) == true, "\(text): \(error?.description ?? "")")
        }
    }

    @Test func `files of Bessemer 0_1 mean the same, and are known for what they are`() throws {
        let rules = RuleCatalogue.book.rules + RunRules.families.flatMap(\.rules)
        let rest = "\"reason\":\"r\",\"owner\":\"o\",\"expires\":\"2028-02-29\"}]"
        let test = try WaiverFile(Array("[{\"test\":\"suite/case\",\(rest)".utf8), rules: rules)
        #expect(
            test.oldKeys == ["test"] && test.waivers.map(\.rule) == ["TST001"]
                && test.waivers.map(\.location) == ["suite/case"])
        let audit = try WaiverFile(Array("[{\"rule\":\"LAY001\",\"place\":\"vmlinux *\",\(rest)".utf8), rules: rules)
        #expect(audit.oldKeys == ["place"] && audit.waivers.map(\.location) == ["vmlinux *"])
        let new = try WaiverFile(Array("[{\"rule\":\"LAY001\",\"location\":\"*\",\(rest)".utf8), rules: rules)
        #expect(new.oldKeys.isEmpty)
    }

    @Test func whatFollowsFromAFindingGoesWithItAndMakesNoEntryStale() {
        let place = Finding.Location(file: "vmlinux", symbol: "struct outer")
        let follower = LayoutRule.size.finding(at: place, expected: "8", found: "16")
        let cause = LayoutRule.size.finding(at: Finding.Location(file: "vmlinux", symbol: "struct foo"))
            .replacing(follows: [follower])
        let report = AuditReport(files: [
            .init(
                name: "vmlinux", machine: "s390x", kind: "linked", units: [],
                outcomes: [RuleOutcome(family: "LAY", findings: [cause])])
        ])
        #expect(report.findings.count == 1)
        #expect(report.followingCount == 1)
        let outer = Waivers([entry("vmlinux struct outer")], at: today).appliedAlone(to: report)
        #expect(outer.findings == [cause])
        #expect(outer.staleWaivers.isEmpty)
        let both = Waivers([entry("vmlinux struct foo")], at: today).appliedAlone(to: report)
        #expect(both.accepted == [cause])
        #expect(both.isClean)
    }

    @Test func aReportInWhichNothingWasCheckedIsUndecided() {
        func report(_ states: [RuleOutcome.State], error: String? = nil) -> AuditReport.Verdict {
            AuditReport(files: [
                .init(
                    name: "x", machine: "s390x", kind: "linked", units: [],
                    outcomes: states.map { RuleOutcome(family: "LAY", state: $0, reason: "") }, error: error)
            ]).verdict
        }
        #expect(AuditReport(files: []).verdict == .undecided)
        #expect(report([.checked, .notApplicable]) == .clean)
        #expect(report([.checked, .unknown]) == .findings)
        #expect(report([.unknown, .notApplicable]) == .undecided)
        #expect(report([.notApplicable]) == .undecided)
        #expect(report([], error: "damaged") == .undecided)
    }

    @Test func `only a test that failed is an accepted failure, each that has the path`() {
        func test(_ name: String, _ outcome: TestOutcome) -> TestResult {
            TestResult(name: name, outcome: outcome, diagnostics: [], line: nil, children: [])
        }
        let tests = [
            test("broken", .fail), test("broken", .fail), test("lost", .unknown), test("fine", .pass),
            test("other", .fail),
        ]
        let waivers = ["broken", "lost", "fine", "elsewhere"].map { ($0, entry($0)) }
        #expect(tests.failures(acceptedBy: Dictionary(uniqueKeysWithValues: waivers)) == 2)
    }
}
