// SPDX-License-Identifier: Apache-2.0
import Audit
import Foundation
import Records
import Testing

@testable import Documents

/// What an audit's text, JSON and SARIF say besides the findings themselves.
struct AuditTextTests {
    private func finding(_ symbol: String, follows: [Finding]? = nil) -> Finding {
        Finding(
            rule: "LAY001", severity: .error, title: "a type's size differs between C and Rust",
            location: .init(file: "vmlinux", symbol: symbol), expected: "8 bytes", found: "16 bytes", rationale: "w",
            remediation: "m",
            follows: follows)
    }

    private func file(_ name: String, _ outcomes: [RuleOutcome], error: String? = nil) -> AuditReport.File {
        AuditReport.File(name: name, machine: "s390x", kind: "linked", units: [], outcomes: outcomes, error: error)
    }

    private func text(_ report: AuditReport) throws -> String {
        // Without the breaks of its lines.
        try shown(report).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test func whatFollowsFromAFindingStandsBelowItInEveryFormatAndIsCountedApart() throws {
        let cause = finding("bindings::ns", follows: (1...20).map { finding("bindings::holder\($0)") })
        let report = AuditReport(files: [file("vmlinux", [RuleOutcome(family: "LAY", findings: [cause])])])
        #expect(report.sum == "1 error; 20 more follow from it")
        #expect(try text(report).contains("20 more follow from it: LAY001 bindings::holder1,"))
        let json = try shown(report, as: .json)
        #expect(json.ranges(of: "bindings::holder").count == 20)
        #expect(json.contains("\"follows\""))
        let log = try #require(
            JSONSerialization.jsonObject(
                with: Data(SARIFPrinter(version: "1", book: RuleCatalogue.book).text(of: report).utf8))
                as? [String: Any])
        let results = ((log["runs"] as? [[String: Any]])?.first?["results"] as? [[String: Any]]) ?? []
        #expect(results.count == 1)
        let related = (results.first?["relatedLocations"] as? [[String: Any]]) ?? []
        #expect(related.count == 20)
        #expect("\(related)".contains("which follows from this"))
    }

    @Test func theLastLineSaysWhyTheStatusIsNotZero() throws {
        let unknown = RuleOutcome(family: "LAY", state: .unknown, reason: "no debug information")
        let checked = RuleOutcome(family: "TAB", counts: [.init("entries", "entries", 3)])
        #expect(AuditReport(files: [file("a", [checked])]).sum == "clean: no findings")
        #expect(AuditReport(files: [file("a", [unknown, checked])]).sum == "no findings, but 1 family unknown")
        #expect(
            AuditReport(files: [file("a", [unknown]), file("b", [], error: "damaged")]).sum
                == "nothing could be decided: no findings, but 1 family unknown and 1 file not read")
        let report = AuditReport(
            files: [file("a", [unknown, checked]), file("b", [unknown]), file("c", [checked])])
        #expect(try text(report).contains("unknown: a: no debug information (and 1 more of 3 files)"))
    }

    @Test func nothingIsCutWhereLinesHaveNoWidthAndWhatAListLeavesOutIsCounted() throws {
        func result(_ name: String, _ outcome: TestOutcome, _ children: [TestResult] = []) -> TestResult {
            TestResult(name: name, outcome: outcome, diagnostics: [], line: nil, children: children)
        }
        let long = String(repeating: "n", count: 60)
        let tests =
            (1...120).map { result("\(long)\($0)", .pass) }
            + [result("failing", .fail, (1...32).map { result("t\($0)", .fail) })]
        let counts = tests.reduce(into: TestCounts()) { $0 += $1.counts }
        let text = TextFormat(style: Terminal.plain.style).text(of: Document("d") { tests.section(counts, none: "") })
        #expect(text.contains("\(long)119 1, \(long)120 1\n"))
        #expect(text.contains("and 12 more tests; --format json has all"))
        let outcome = RuleOutcome(family: "TAB", counts: (1...6).map { .init("c\($0)", "c\($0)", $0) })
        let section = AuditReport(files: [file("a", [outcome])]).section
        #expect(
            TextFormat(style: Terminal.plain.style).text(of: Document("d") { section })
                .contains("3 c3, 4 c4, and 2 more counts\n"))
    }

    @Test func eachWaiverThatAcceptsSomethingIsALineOfTheText() throws {
        let layouts = Waiver(rule: "LAY001", location: "vmlinux *", reason: "r", owner: "Me", expires: "2027-05-31")
        let other = Waiver(rule: "LAY001", location: "bindings::x", reason: "s", owner: "You", expires: "2027-06-30")
        let report = AuditReport(
            files: [file("vmlinux", [RuleOutcome(family: "LAY")])],
            accepted: (1...1200).map { .init(finding: finding("t\($0)"), waiver: layouts) }
                + [.init(finding: finding("bindings::x"), waiver: other)])
        let lines = """
            1,201 findings accepted by waivers
              LAY001 vmlinux *: 1,200 findings accepted until 2027-05-31 by Me: r
              LAY001 bindings::x: 1 finding accepted until 2027-06-30 by You: s

            """
        #expect(try shown(report).contains(lines))
        #expect(try shown(report, as: .markdown).contains("bindings::x"))
    }

    @Test func markdownNamesEachTestThatFailedWithItsLineAndReason() {
        let tests = [
            TestResult(name: "lone", outcome: .unknown, diagnostics: ["no result line"], line: nil, children: []),
            TestResult(
                name: "suite", outcome: .fail, diagnostics: [], line: 9,
                children: [.init(name: "t", outcome: .fail, diagnostics: ["# 1 != 2"], line: 8, children: [])]),
        ]
        let text = MarkdownFormat().text(of: Document("d") { tests.section(TestCounts(.fail), none: "") })
        #expect(text.contains("\n  - unknown `lone`; `no result line`\n"))
        #expect(text.contains("\n  - fail `t` (line 8); `# 1 != 2`\n"))
    }

    @Test(arguments: [
        ("1 module", 1, "modules"),
        ("1 jump, or returns by other registers, in C", 1, "jumps, or returns by other registers, in C"),
        ("1 bug entry", 1, "bug entries"), ("1 C leaf with a frame", 1, "C leaves with a frame"),
        ("1 newer in alternatives", 1, "newer in alternatives"),
        ("1 ambiguous", 1, "ambiguous"), ("1 static branch", 1, "static branches"),
        ("1 unit of GNU as", 1, "units of GNU as"),
        ("1,490 modules", 1490, "modules"), ("0 signed", 0, "signed"),
    ]) func oneOfSomethingIsInTheSingular(text: String, count: Int, label: String) {
        #expect(Quantities.counted(count, label) == text)
    }

    @Test func whatWasPassedOverAndWhatWasReadBesideIsNamed() throws {
        let report = AuditReport(
            files: [file("a", [RuleOutcome(family: "TAB", counts: [.init("entries", "entries", 3)])])],
            passedOver: [.init(name: "k/x.ko", reason: "empty")], otherFiles: 2, alsoRead: ["k/.config"])
        #expect(try text(report).contains("3 files: 1 empty; 2 with other names"))
        #expect(try text(report).contains("k/x.ko: empty"))
        #expect(try text(report).contains("also read k/.config"))
    }
}
