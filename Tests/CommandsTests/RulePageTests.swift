import Documents
// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import TestSupport
import Testing

@testable import Commands

struct RulePageTests {
    private let book = RuleBook.ofBessemer

    @Test func `the documented rules are the book's own`() throws {
        try expectGolden("../../Docs/Rules.md", RulePage(book: book).markdown)
    }

    @Test func `each rule has a number of its own and says everything`() {
        let rules = book.rules
        #expect(Set(rules.map(\.identifier)).count == rules.count)
        for rule in rules {
            #expect(rule.identifier.wholeMatch(of: /[A-Z]{3}[0-9]{3}/) != nil)
            #expect(![rule.title, rule.check, rule.why, rule.mend].contains(""), "\(rule.identifier)")
            #expect(!rule.sources.isEmpty, "\(rule.identifier)")
        }
        for family in book.families { #expect(RuleBook.name(of: family.identifier) != nil) }
    }

    @Test func `a family's name means all of its rules`() throws {
        #expect(try book.rules(named: "lay").count > 5)
        #expect(try book.rules(named: "TAB001").map(\.identifier) == ["TAB001"])
        #expect(throws: Failure.self) { try book.rules(named: "XYZ") }
    }
}
