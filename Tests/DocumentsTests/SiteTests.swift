// SPDX-License-Identifier: Apache-2.0
import Documents
import Foundation
import Host
import Policy
import Records
import TestSupport
import Testing

/// The pages of a site, as documents and as HTML.
@Suite struct SiteTests {
    private static let book = RuleBook(families: RunRules.families)

    private func html(_ page: SitePage) throws -> String {
        try HTMLFormat().text(of: page.document, in: page.frame)
    }

    private func facts(
        runs: [RunSummary] = [], machines: [MachineStanding] = [], gates: [SiteFacts.Gate] = [],
        waivers: [WaiverStatus] = [], drill: Day? = SampleSite.day
    ) -> SiteFacts {
        SiteFacts(
            toolVersion: "1.0", day: SampleSite.day, lostAfter: 30, runs: runs,
            lines: runs.first.map { [.init(name: "6.12", run: $0, gates: gates, drill: drill)] } ?? [],
            machines: machines, policy: Digest(of: "policy"), waivers: waivers,
            timeline: SampleTimeline.made())
    }

    /// Of every kind a page or more.
    private func pages() throws -> [SitePage] {
        let run = SampleRecord.waived()
        let summary = SampleSite.run(identifier: run.identifier)
        let machines = [
            SampleSite.machine("lpar1", run: run.identifier), SampleSite.machine("lpar2", .unknown),
            SampleSite.machine("lpar3", .unseen, age: nil),
        ]
        let facts = facts(
            runs: [summary], machines: machines, gates: [.init(report: SampleSite.gate("pilot"), isPassed: false)],
            waivers: [SampleSite.waiver("W-3f2a9c01b7de", .expiring)])
        return [facts.today(Self.book)] + facts.lists(Self.book) + machines.map { $0.page(Self.book) }
            + SiteRun.own(ReportedRun(record: run)).pages(run.identifier, Self.book)
    }

    @Test func `each link of each page leads to a page that is there, and to a place in it`() throws {
        var texts: [String: String] = [SitePath.style: ""]
        for page in try pages() { texts[page.path] = try html(page) }
        #expect(texts.count == 1 + 1 + 4 + 4 + 2 + 3 + 2)
        for (path, text) in texts {
            for match in text.matches(of: #/ (?:href|src)="([^"]*)"/#) {
                let parts = match.1.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                var target = String(parts[0])
                if path.contains("/"), !target.isEmpty {
                    #expect(target.hasPrefix("../"), "\(path): \(match.1)")
                    target.removeFirst(3)
                }
                let other = try #require(texts[target.isEmpty ? path : target], "\(path): \(match.1)")
                if parts.count == 2 { #expect(other.contains(" id=\"\(parts[1])\""), "\(path): \(match.1)") }
            }
        }
    }

    @Test func `a page has no script, asks no network, and takes its style from a file`() throws {
        for page in try pages() {
            let text = try html(page)
            #expect(text.contains("content=\"default-src 'none'; style-src 'self'; img-src 'self'\""))
            for part in [
                "<script", " on", "src=", "url(", "@import", "http://", "https://", "<iframe", "<style", " style=",
            ]
            where part != " on" || text.contains(#/ on[a-z]+="/#) {
                #expect(!text.contains(part), "\(page.path): \(part)")
            }
        }
        let style = String(decoding: HTMLFormat.siteStyle, as: UTF8.self)
        for part in ["url(", "@import", "http"] { #expect(!style.contains(part)) }
    }

    @Test func `a page says where it is, and lets the keyboard pass over the links`() throws {
        for page in try pages() {
            let text = try html(page)
            #expect(text.contains("<html lang=\"en\">") && text.contains("<a class=\"skip\" href=\"#content\">"))
            #expect(text.contains("<main class=\"page\" id=\"content\">"))
            #expect(text.matches(of: #/<nav class="site".*aria-current="page"/#).count == 1, "\(page.path)")
            #expect(text.matches(of: #/<h1/#).count == 1)
        }
    }

    @Test(arguments: HTMLReportTests.hostile)
    func `text from outside adds nothing to a page but text`(_ text: String) throws {
        func shown(_ text: String) throws -> [SitePage] {
            let machine = SampleSite.machine(
                text, .unknown, run: text, remarks: [.init(.outcome, text), .init(.moved, text)])
            let facts = facts(
                runs: [SampleSite.run(identifier: text, version: text)], machines: [machine],
                gates: [.init(report: SampleSite.gate("pilot", refusedBy: "GAT007", reason: text), isPassed: true)],
                waivers: [SampleSite.waiver("W-3f2a9c01b7de", .pending, reason: text)])
            return [facts.today(Self.book), machine.page(Self.book)] + facts.lists(Self.book)
        }
        func elements(_ page: SitePage) throws -> [Substring] {
            // A command is named only with a name that a shell takes as it is.
            try html(page).matches(of: #/<[a-z]+/#).map(\.0).filter { !["<code", "<br"].contains($0) }
        }
        for (page, other) in zip(try shown(text), try shown("harmless.example")) {
            #expect(try elements(page) == elements(other), "\(page.path)")
            let text = try html(page)
            #expect(!text.contains("<script") && !text.contains("<img"))
            #expect(page.path.wholeMatch(of: #/[a-z0-9\/-]+\.html/#) != nil && page.path.utf8.count < 80)
        }
    }

    @Test func `a long list has pages that lead to each other, in each order`() throws {
        let runs = (0..<410).reversed().map { SampleSite.run($0, $0 % 100 == 7 ? .failed : .passed) }
        let lists = facts(runs: runs).lists(Self.book)
        let texts = Dictionary(uniqueKeysWithValues: try lists.map { ($0.path, try html($0)) })
        for order in ["", "-by-oldest", "-by-verdict", "-by-kernel"] {
            var found: [Substring] = []
            for number in ["", "-2", "-3"] {
                let text = try #require(texts["runs\(order)\(number).html"])
                found += text.matches(of: #/<th scope="row"><a href="run\/([^"]*)\.html"/#).map(\.1)
            }
            #expect(found.count == 410 && Set(found).count == 410)
        }
        let first = try #require(texts["runs.html"])
        #expect(
            first.contains("Runs, newest first: 1 to 200 of 410") && first.contains("<a href=\"runs-2.html\">Next</a>"))
        #expect(first.contains("<th scope=\"col\" aria-sort=\"descending\"><a href=\"runs-by-oldest.html\">RUN</a>"))
        #expect(first.contains("<th scope=\"col\"><a href=\"runs-by-verdict.html\">VERDICT</a>"))
        let failed = try #require(texts["runs-by-verdict.html"])
        let rows = failed.matches(of: #/<tr><th scope="row">.*?tag (good|bad)/#).map(\.1)
        #expect(rows.prefix(5) == ["bad", "bad", "bad", "bad", "bad"] && !rows.dropFirst(5).contains("bad"))
        #expect(texts["runs-4.html"] == nil)
    }

    @Test func `what is grave stands first, with the command to type`() throws {
        let machines = (1...9).map { SampleSite.machine("lpar\($0)", .refused, run: SampleSite.run().identifier) }
        let text = try html(
            facts(
                runs: [SampleSite.run()], machines: machines,
                gates: [
                    .init(report: SampleSite.gate("pilot"), isPassed: true),
                    .init(report: SampleSite.gate("staging", refusedBy: "GAT007"), isPassed: false),
                    .init(report: SampleSite.gate("production", refusedBy: "GAT008"), isPassed: false),
                ],
                waivers: [
                    SampleSite.waiver("W-1", .pending, missing: 1), SampleSite.waiver("W-2", .expired),
                    SampleSite.waiver("W-3", .active),
                ]
            ).today(Self.book))
        let order = [
            "4 to decide", ">expired<", ">waiver W-2<", "bessemer waiver renew W-2", ">proven, refused now<",
            ">9 machines<",
            "machine/", "and 4 more", ">not yet<", "GAT007: no drill of this run is recorded",
            ">bessemer rollback drill<",
            ">pending<", "bessemer waiver approve W-1 --key FILE", "<h2>Lines of kernels",
        ]
        var rest = text[...]
        for part in order {
            let range = try #require(rest.range(of: part), "\(part)")
            rest = rest[range.upperBound...]
        }
        // What comes after the next stage waits for it, and a waiver that holds needs nobody.
        #expect(!text.contains("GAT008: ") && !text.contains("waiver W-3"))
    }

    @Test func `a verdict that passes and is not recorded is to be recorded, and nothing else is said of it`() throws {
        let gate = SiteFacts.Gate(report: SampleSite.gate("pilot"), isPassed: false)
        let text = try html(facts(runs: [SampleSite.run()], gates: [gate]).today(Self.book))
        #expect(
            text.contains("bessemer gate \(SampleSite.run().identifier) --stage pilot") && text.contains("1 to decide"))
        let passed = SiteFacts.Gate(report: SampleSite.gate("pilot"), isPassed: true)
        let clear = try html(facts(runs: [SampleSite.run()], gates: [passed]).today(Self.book))
        #expect(clear.contains("All clear") && clear.contains("Nothing needs a decision."))
    }

    @Test func `without a policy, runs or machines each page says so, and what to type`() throws {
        let empty = SiteFacts(toolVersion: "1.0", day: SampleSite.day, lostAfter: 30)
        let commands = [
            "index.html": "bessemer policy init", "runs.html": "bessemer pilot",
            "machines.html": "bessemer machine look",
            "waivers.html": "bessemer policy init", "timeline.html": "bessemer policy init",
        ]
        let pages = [empty.today(Self.book)] + empty.lists(Self.book)
        for (path, command) in commands {
            let page = try #require(pages.first { $0.path == path })
            #expect(try html(page).contains(command), "\(path)")
        }
    }

    @Test func `names of files are of letters, digits and hyphens, and different for different names`() {
        let names = [
            "20261122T101500Z-5f3a9c01", "20261122t101500z-5f3a9c01", "../../etc/passwd", "CON", "", "a/b", "Ä",
        ]
        let paths = names.map(SitePath.run)
        #expect(paths[0] == "run/20261122t101500z-5f3a9c01.html" && Set(paths).count == names.count)
        #expect(paths.allSatisfy(SitePath.isOfSite))
        for path in [
            "../x.html", "/etc/passwd", "run/../x.html", "x.txt", "run/a/b.html", "other/a.html", "Run/a.html", "",
        ] {
            #expect(!SitePath.isOfSite(path), "\(path)")
        }
    }

    @Test func `both kernels of a run are beside each other, and of one kernel the page says so`() throws {
        let run = SampleRecord.waived()
        let pages = SiteRun.own(ReportedRun(record: run)).pages(run.identifier, Self.book)
        #expect(pages.map(\.path) == [SitePath.run(run.identifier), SitePath.comparison(run.identifier)])
        #expect(try html(pages[1]).contains("GCC only"))
        let one = SampleRecord.passed()
        let alone = SiteRun.own(ReportedRun(record: one)).pages(one.identifier, Self.book)
        #expect(try html(alone[1]).contains("This run has one kernel"))
    }
}
