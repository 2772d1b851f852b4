// SPDX-License-Identifier: Apache-2.0
import Audit
import Findings
import Rendering
import Testing

struct RulePageTests {
    @Test func `the documented catalogue is the rules' own`() throws {
        try expectGolden("../../Docs/Rules.md", RulePage().markdown)
    }

    @Test func `each rule has a number of its own and says everything`() {
        let rules = RuleCatalogue.descriptions
        #expect(Set(rules.map(\.identifier)).count == rules.count)
        for rule in rules {
            #expect(rule.identifier.wholeMatch(of: /[A-Z]{3}[0-9]{3}/) != nil)
            #expect(![rule.title, rule.check, rule.why, rule.mend].contains(""), "\(rule.identifier)")
            #expect(!rule.sources.isEmpty, "\(rule.identifier)")
        }
    }

    @Test func `a family's name means all of its rules`() {
        #expect(RuleCatalogue.descriptions(named: "lay").count > 5)
        #expect(RuleCatalogue.descriptions(named: "TAB001").map(\.identifier) == ["TAB001"])
        #expect(RuleCatalogue.descriptions(named: "XYZ").isEmpty)
    }
}
