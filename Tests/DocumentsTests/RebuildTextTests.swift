// SPDX-License-Identifier: Apache-2.0
import Documents
import Host
import Policy
import Records
import TestSupport
import Testing

@Suite struct RebuildTextTests {
    @Test func `equal builds say so in a line, with what was another`() throws {
        let text = try shown(#require(SampleRebuild.equal()))
        #expect(text.contains("EQUAL") && text.contains("all 6 artifacts have the same bytes"))
        #expect(text.contains("6 of 6 artifacts equal") && text.contains("of this source and sandbox"))
        #expect(!text.contains("Findings"))
    }

    @Test func `what differs is named with its section, its cause and the rule`() throws {
        let text = try shown(#require(SampleRebuild.different()))
        for part in [
            "DIFFERENT", "2 of 6 artifacts differ", ".rodata", "linux_banner", "the time of the build",
            "Sat Nov 28 12:42:10", "follows from others", "not made", "REP001", "REP002",
            "CONFIG_RANDSTRUCT_FULL",
        ] { #expect(text.contains(part), "\(part)") }
    }

    @Test func `text of a build is escaped in every format`() throws {
        let report = try #require(SampleRebuild.hostile("<b>\u{1b}[2J&"))
        #expect(try !shown(report).contains("\u{1b}[2J"))
        let page = try shown(report, as: .html)
        #expect(page.contains("&lt;b&gt;") && !page.contains("<b>"))
    }

    @Test func `a second build is a log of findings for systems that read SARIF`() throws {
        let printer = SARIFPrinter(version: "0.1.0", book: RuleBook(families: RunRules.families))
        let log = try printer.text(of: #require(SampleRebuild.different()))
        #expect(log.contains("\"ruleId\" : \"REP001\"") && log.contains("candidate/vmlinux"))
        #expect(try !printer.text(of: #require(SampleRebuild.equal())).contains("ruleId"))
    }

    @Test func `a report is read back as it was written`() throws {
        let report = try #require(SampleRebuild.different())
        let bytes = try CanonicalJSON.encode(report)
        let read = try RecordRegistry.read(.rebuild, version: 1, body: bytes)
        #expect(read as? RebuildReport == report)
        #expect(report.subjects.contains { $0.name == "candidate/vmlinux" })
        #expect(RebuildReport.verdict(of: []) == .unknown)
    }
}
