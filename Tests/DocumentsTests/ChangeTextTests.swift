// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import TestSupport
import Testing

@testable import Documents

@Suite struct ChangeTextTests {
    @Test func `a change record has the text that it had`() throws {
        try expectGolden("change.txt", shown(SampleChange.made()))
    }

    @Test(arguments: [OutputFormat.text, .markdown, .html])
    func `a refused change says so at its top, and has its parts in order`(format: OutputFormat) throws {
        let text = try shown(SampleChange.made(), as: format)
        let top = text.range(of: "REFUSED", options: .caseInsensitive)
        #expect(top.map { text[..<$0.lowerBound].contains("Purpose") } == false)
        var rest = text[...]
        let parts = [
            "Purpose and scope", "What changes", "Tests and comparison", "Deviations and waivers",
            "Implementation plan",
            "bessemer-trial", "Back-out plan", "./uninstall", "A panic in Rust code", "Abort criteria", "People",
            "Art. 3", "not answered by Bessemer", "Evidence",
        ]
        // A page names its sections in its navigation first.
        if format == .html, let main = text.range(of: "<main") { rest = text[main.lowerBound...] }
        for part in parts {
            let place = rest.range(of: part)
            #expect(place != nil, "\(part)")
            if let place { rest = rest[place.lowerBound...] }
        }
        #expect(!text.localizedCaseInsensitiveContains("compliant"))
    }

    @Test func `a change without a plan says how to get one, and a passed one its last day`() throws {
        let change = try shown(SampleChange.made("pilot", plan: nil))
        #expect(change.contains("PASSED") && change.contains("2027-05-31 24:00 UTC"))
        #expect(change.contains("bessemer rollback plan"))
    }

    @Test(arguments: HTMLReportTests.hostile)
    func `text from outside adds nothing to the page but text`(_ text: String) throws {
        func elements(_ text: String) throws -> [Substring] {
            try shown(SampleChange.made(plan: SampleChange.plan(text)), as: .html).matches(of: #/<[a-z]+/#).map(\.0)
        }
        #expect(try elements(text) == elements("harmless"))
    }
}

@Suite struct ServiceNowTests {
    private func fields(_ change: ChangeRecord) throws -> [String: String] {
        let text = try ServiceNowFormat().text(of: change)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
    }

    private static let always: Set = [
        "short_description", "description", "justification", "implementation_plan", "backout_plan", "test_plan",
        "risk_impact_analysis", "type",
    ]

    @Test func `the fields are those of the table, dates only where they were given`() throws {
        let fields = try fields(SampleChange.made())
        #expect(Set(fields.keys) == Self.always)
        #expect(fields["short_description"]?.hasPrefix("REFUSED: Linux 7.3.4") == true)
        #expect(fields["description"]?.hasPrefix("REFUSED: ") == true && fields["type"] == "normal")
        #expect(fields["implementation_plan"]?.contains("\nbessemer-trial  # changes nothing\nreboot") == true)
        #expect(fields["backout_plan"]?.contains("./uninstall") == true)
        let start = Date(timeIntervalSince1970: 1_796_508_000)
        let dated = try self.fields(SampleChange.made(window: .init(start: start, end: nil)))
        #expect(dated["start_date"] == "2026-12-05 22:00:00" && Set(dated.keys) == Self.always.union(["start_date"]))
    }

    @Test(arguments: ["word ", "é😀", "\u{1B}[31m<b>\n", "e\u{301}\u{301}"])
    func `a text that its field does not take is cut at a character, with a note`(_ part: String) throws {
        let text = String(repeating: part, count: 3000)
        let change = try SampleChange.made(plan: SampleChange.plan(text))
        let fields = try fields(change)
        for (name, value) in fields {
            #expect(value.utf16.count <= (name == "short_description" ? 160 : 4000), "\(name)")
            #expect(!value.contains("\u{1B}"))
        }
        let note = "[cut here; the whole text: bessemer change \(change.gate.run) --stage production]"
        #expect(fields["implementation_plan"]?.hasSuffix(note) == true)
        #expect(fields["test_plan"]?.contains("[cut here") == false)
    }
}
