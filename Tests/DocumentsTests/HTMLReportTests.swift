// SPDX-License-Identifier: Apache-2.0
import Documents
import Evidence
import Foundation
import Guest
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing
import Toolchain

@Suite struct HTMLReportTests {
    @Test func `a page has the bytes that it had`() throws {
        try expectGolden("report-failed.html", shown(SampleRecord.failed(), as: .html))
        try expectGolden("report-panicked.html", shown(SampleRecord.panicked(), as: .html))
    }

    /// What would leave its place if one of its characters were taken for HTML's or a terminal's syntax. A character
    /// that clings to the one before or after it must not hide that one from being escaped.
    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='alert(1)",
        "</style><script>alert(1)",
        "</pre></details><script>", "&lt;script&gt;", "{{{title}}}{{>page}}", "<\u{301}script>",
        "`\u{301}<img src=x>`\u{301}", "|\u{301}|", "\u{600}<script>",
        "\"\u{301}><b>", "\u{600}\"\u{301} onclick=alert(1)", "\u{1B}[31mred\u{1B}]0;title\u{7}",
        "\u{9B}2J\u{85}\u{90}",
        "a\r\nb\u{2028}c", "\u{202E}gpj.exe\u{2066}", "\0", "\u{FEFF}\u{200B}\u{E0041}", "",
    ]

    @Test(arguments: hostile) func `text from outside adds nothing to a page but text`(_ text: String) async throws {
        let page = try shown(SampleRecord.hostile(text), as: .html)
        let harmless = try shown(SampleRecord.hostile("harmless"), as: .html)
        let found = try await elements(page)
        #expect(try await found == elements(harmless))
        #expect(!found.contains { $0.hasPrefix("script") || $0.contains("onerror") || $0.contains("onclick") })
        #expect(!page.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || (0x7F..<0xA0).contains($0.value) })
    }

    @Test func `a page asks nothing of a network and runs no script`() async throws {
        let page = try shown(SampleRecord.failed(), as: .html)
        #expect(page.contains("default-src 'none'"))
        for part in ["<script", "src=", "url(", "@import", "http://", "https://", "<link", "<iframe", "javascript:"] {
            #expect(!page.contains(part), "\(part)")
        }
    }

    @Test func `a page shows what is wrong before what is well`() throws {
        let page = try shown(SampleRecord.failed(), as: .html)
        let order = [
            "class=\"verdict\">Failed", "id=\"readiness\"", "id=\"toolchain\"", "id=\"build\"", "id=\"tests\"",
            ">rust_netlink<", ">fortify<", ">rust_kvec<", ">example_skip_suite<", ">initramfs<", "id=\"artifacts\"",
            "id=\"steps\"",
        ]
        let places = try order.map { part in try #require(page.range(of: part), "\(part)").lowerBound }
        #expect(places == places.sorted())
        #expect(page.contains("<details class=\"suite\" open><summary><span class=\"tag bad\">fail</span>"))
        #expect(page.contains("<details class=\"suite\"><summary><span class=\"tag good\">pass</span>"))
    }

    @Test func `a drill of the rollback is a timeline, its text escaped`() async throws {
        let page = try shown(SampleRecord.passed(), drills: [SampleDrill.passed(), SampleDrill.failed()], as: .html)
        let order = [
            "<a href=\"#rollback\">", "id=\"modules\"", "id=\"rollback\"", "2 of 4 steps passed, 1 failed, 1 undecided",
            ">IPL from the disk<", "<rect class=\"good\" x=\"0\"", ">A panic in Rust code<",
            "&lt;b&gt;&amp;", "<rect class=\"bad\"", "On the disk: 1 package", "and 1 earlier drill",
            "20261122T111500Z-0c1d2e3f: pass",
            "id=\"findings\"",
        ]
        var rest = page[...]
        for part in order {
            let range = try #require(rest.range(of: part), "\(part)")
            rest = rest[range.upperBound...]
        }
        #expect(!page.unicodeScalars.contains { $0.value == 0x1B })
        #expect(try !shown(SampleRecord.passed(), as: .html).contains("rollback\""))
    }

    @Test func `a waived failure says who accepted it, until when and why`() throws {
        let page = try shown(SampleRecord.waived(), as: .html)
        let text = try shown(SampleRecord.waived())
        #expect(page.contains("accepted</span> until 2027-05-31 by Kernel team: A defect of the kernel on big-endian"))
        #expect(page.contains("Failed, 2 accepted"))
        #expect(text.contains("accepted until 2027-05-31 by Kernel team: A defect of the\n"))
        #expect(text.contains("2 failed (2 waived)"))
    }

    @Test func `what Rust changes in the configuration stands with the losses first, the long list folded`() throws {
        let page = try shown(SampleRecord.waived(), as: .html)
        let order = [
            "<a href=\"#difference\">", "id=\"difference\"", "CONFIG_EXPOLINE y -&gt; n (speculation)",
            "<dt>means</dt>", "Only those without facility 156.", "<dt>reason</dt>", "<dt>with it</dt>",
            "CONFIG_EXPOLINE_EXTERN", "Excluded by Rust: 2 options", "Lost besides: 2 options",
            "<details><summary>Requested: 1 option", "<details><summary>Pulled in: 2 options", "id=\"build\"",
        ]
        var rest = page[...]
        for part in order {
            let range = try #require(rest.range(of: part), "\(part)")
            rest = rest[range.upperBound...]
        }
        let without = try shown(SampleRecord.passed(), as: .html)
        #expect(!without.contains("difference"))
    }

    @Test func `each test, digest and artifact is on the page`() throws {
        let record = SampleRecord.failed()
        let page = try shown(record, as: .html)
        for suite in record.boot.tests {
            #expect(page.contains(">\(suite.name)<"))
            for test in suite.children { #expect(page.contains(">\(test.name)<"), "\(test.name)") }
        }
        for tool in record.toolchain { #expect(page.contains(tool.sha256.hexadecimal)) }
        for artifact in record.build.artifacts {
            #expect(page.contains(artifact.path) && page.contains(artifact.sha256.hexadecimal))
        }
    }

    @Test func `a page of thousands of tests stays under a megabyte`() throws {
        #expect(try shown(SampleRecord.large(tests: 3000), as: .html).utf8.count < 1_000_000)
        #expect(try shown(SampleRecord.large(tests: 30_000), as: .html).utf8.count < 1_000_000)
    }

    @Test func `results nested without end are shown without end of stack`() throws {
        let page = try shown(SampleRecord.nested(depth: 300), as: .html)
        #expect(page.contains("innermost"))
        let text = try shown(SampleRecord.nested(depth: 300))
        #expect(text.contains("innermost") || text.contains("level"))
    }

    /// Each start tag with its attributes' names and the classes, and each end tag, as Python's parser finds them; it
    /// also checks that elements nest.
    private func elements(_ page: String) async throws -> [String] {
        try await withTemporaryFolder { folder in
            let path = folder.appending("page.html")
            try AtomicFile.write(page, to: path)
            return try await Command(
                "python3",
                [
                    "-c",
                    """
                    import html.parser, sys
                    VOID = {"meta", "br", "img", "link", "input", "hr"}
                    class Reader(html.parser.HTMLParser):
                        open = []
                        def handle_starttag(self, tag, attributes):
                            kept = [n if n not in ("class", "id") else f"{n}={v}" for n, v in attributes]
                            print(tag, *kept)
                            if tag not in VOID: self.open.append(tag)
                        def handle_startendtag(self, tag, attributes): print(tag, "/", *[n for n, _ in attributes])
                        def handle_endtag(self, tag):
                            assert self.open and self.open.pop() == tag, (tag, self.getpos())
                            print("/" + tag)
                    reader = Reader()
                    reader.feed(open(sys.argv[1], newline="").read())
                    reader.close()
                    assert not reader.open, reader.open
                    """, path.string,
                ]
            ).output("test.html", doing: "reading the page with Python", advice: "install python3")
                .split(separator: "\n").map(String.init)
        }
    }
}
