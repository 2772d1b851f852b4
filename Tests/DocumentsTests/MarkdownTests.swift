// SPDX-License-Identifier: Apache-2.0
import Documents
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

/// Markdown, read by Python's markdown-it (CommonMark, and the tables of GitHub's).
@Suite struct MarkdownTests {
    @Test(
        .integration,
        arguments: HTMLReportTests.hostile + ["a|b", "`x` **y** [z](http://w) ~~v~~", "# h\n- i", "![a](b)"])
    func `text from outside adds nothing to Markdown but text`(_ text: String) async throws {
        let found = try await tokens(shown(SampleRecord.hostile(text), as: .markdown))
        let harmless = try await tokens(shown(SampleRecord.hostile("harmless"), as: .markdown))
        // An empty name is no code span.
        if !text.isEmpty { #expect(found == harmless) }
        #expect(!found.contains { $0.hasPrefix("html") || $0.hasPrefix("link") || $0.hasPrefix("image") })
    }

    @Test(.integration) func `a report's sections and tables are headings and tables`() async throws {
        let found = try await tokens(shown(SampleRecord.waived(), drills: [SampleDrill.failed()], as: .markdown))
        #expect(found.count { $0 == "heading_open h1" } == 1)
        #expect(found.count { $0 == "heading_open h2" } > 12)
        #expect(found.count { $0 == "table_open" } > 6)
    }

    /// The kinds of a text's tokens, headings with their level, what is inside of lines included.
    private func tokens(_ text: String) async throws -> [String] {
        try await withTemporaryFolder { folder in
            let path = folder.appending("page.md")
            try AtomicFile.write(text, to: path)
            let program = """
                import sys
                from markdown_it import MarkdownIt
                reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
                for token in reader.parse(open(sys.argv[1], newline="").read()):
                    print(token.type, token.tag if token.type == "heading_open" else "")
                    for inner in token.children or []:
                        if inner.type not in ("text", "text_special") and inner.content != "<br>": print(inner.type)
                """
            return try await Command(try await SchemaValidator.commonMark(), ["-c", program, path.string])
                .output("test.markdown", doing: "reading Markdown with Python", advice: "read what Python says")
                .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }
}
