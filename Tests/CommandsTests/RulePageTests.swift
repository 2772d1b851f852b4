// SPDX-License-Identifier: Apache-2.0
import Documents
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Commands

struct RulePageTests {
    private let book = RuleBook.ofBessemer

    @Test func `the documented rules are the book's own`() throws {
        try expectGolden("../../Docs/Rules.md", book.markdown)
    }

    @Test func `each rule has a number of its own and says everything`() {
        let rules = book.rules
        #expect(Set(rules.map(\.identifier)).count == rules.count)
        for rule in rules {
            #expect(rule.identifier.wholeMatch(of: /[A-Z]{3,4}[0-9]{3}/) != nil)
            #expect(![rule.title, rule.check, rule.rationale, rule.remediation].contains(""), "\(rule.identifier)")
            #expect(!rule.sources.isEmpty, "\(rule.identifier)")
        }
        for family in book.families { #expect(RuleBook.name(of: family.identifier) != nil) }
    }

    @Test func `every rule that the sources describe is in the book, and no finding has another`() throws {
        let sources = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
            .appending("Sources")
        var described: [String] = []
        let files = try #require(FileManager.default.enumerator(atPath: sources.string))
        for case let name as String in files where name.hasSuffix(".swift") {
            let text = try Files.text(sources.appending(name))
            described += text.matches(of: /"([A-Z]{3,4}[0-9]{3})",\s*\.(?:error|warning|note)\b/).map { String($0.1) }
            // A finding comes from a description; who makes one by hand would name a rule that nothing explains.
            if !name.hasPrefix("Records/Findings/") {
                #expect(!text.contains(/\bFinding\(\s*rule:/), "\(name)")
            }
        }
        #expect(described.sorted() == book.rules.map(\.identifier).sorted())
    }

    @Test func `a family's name means all of its rules`() throws {
        #expect(try book.rules(named: "lay").count > 5)
        #expect(try book.rules(named: "TAB001").map(\.identifier) == ["TAB001"])
        #expect(throws: Failure.self) { try book.rules(named: "XYZ") }
    }
}
