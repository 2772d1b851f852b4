// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Testing

@testable import Attestation

@Suite struct ChangeMappingTests {
    private static let good = """
        {"schema": "bessemer-control-mapping/1",
         "frameworks": [{"name": "own", "title": "Own", "version": "1", "source": "urn:own"}], "facts": [],
         "change": [{"framework": "own", "reference": "1", "subject": "a way back", "read": true, "parts": ["drill"]}]}
        """

    @Test func `the mapping that comes with Bessemer has the rows of each catalogue, and none is without a subject`()
        throws
    {
        let rows = try ControlMapping.bundled().changes
        #expect(
            rows.map(\.reference).filter { $0.hasPrefix("Art. 17(1)(") }
                == "abcdefgh".map { "Art. 17(1)(\($0))" })
        for prefix in ["6.5.1", "CM-3", "CM-4"] { #expect(rows.contains { $0.reference.hasPrefix(prefix) }) }
        #expect(Set(rows.map(\.reference)).count == rows.count)
        #expect(Set(rows.flatMap(\.parts)) == Set(ChangeRecord.Part.allCases))
        #expect(rows.contains { $0.parts.isEmpty } && rows.contains { !$0.isRead })
    }

    @Test func `a mapping of one's own is read, and one without rows has none`() throws {
        let row = try #require(try ControlMapping(Array(Self.good.utf8), from: "own.json").changes.first)
        #expect(row.framework == "Own 1" && row.parts == [.drill] && row.isRead)
        let old = Self.good.replacing(#/,\n "change".*\]\}/#.dotMatchesNewlines(), with: "}")
        #expect(try ControlMapping(Array(old.utf8), from: "own.json").changes.isEmpty)
    }

    @Test(arguments: [
        ("\"drill\"", "\"dril\"", "dril"), ("\"drill\"", "\"drill\", \"drill\"", "twice"),
        ("\"drill\"", "1", "not a text"),
        ("\"parts\"", "\"part\"", "parts"), ("\"read\": true", "\"read\": true, \"state\": \"met\"", "state"),
        ("\"framework\": \"own\"", "\"framework\": \"other\"", "framework"), ("\"a way back\"", "\"\"", "subject"),
        ("\"change\": [", "\"change\": [1, ", "change[0]"), ("\"change\":", "\"changes\":", "changes"),
    ])
    func `rows with something wrong are refused with the place`(_ part: String, _ wrong: String, _ word: String) throws
    {
        #expect(Self.good.contains(part))
        let text = Self.good.replacing(part, with: wrong, maxReplacements: 1)
        let failure = #expect(throws: Failure.self) { try ControlMapping(Array(text.utf8), from: "own.json") }
        #expect(failure?.code == "mapping.unreadable")
        #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")")
    }
}
