// SPDX-License-Identifier: Apache-2.0
import Host
import Testing

@testable import Campaigns

@Suite struct SlurmStateTests {
    private static let keys = (0..<4).map { Digest(of: "\($0)") }

    private func elements(_ text: String) -> [Digest: SlurmExecutor.Element] {
        SlurmExecutor.elements(text) { $0 == "list" ? Self.keys : nil }
    }

    @Test func `elements of an array are known by the list that they were submitted with`() {
        let found = elements(
            """
            12_0|RUNNING|None|b1|list
            12_1|PENDING|Resources||list
            12_2|NODE_FAIL|None|b2|list
            12_3|PENDING|launch failed requeued held||list
            """)
        #expect(found[Self.keys[0]]?.state == .running && found[Self.keys[0]]?.node == "b1")
        #expect(found[Self.keys[1]]?.state == .pending)
        #expect(found[Self.keys[2]]?.state == .ended("NODE_FAIL"))
        #expect(found[Self.keys[3]]?.state == .held("launch failed requeued held"))
    }

    @Test func `an open job outweighs an older one of the same step that ended`() {
        let text = "12_0|FAILED|None|b1|list\n13_0|RUNNING|None|b2|list\n"
        #expect(elements(text)[Self.keys[0]]?.identifier == "13_0")
        let reversed = text.split(separator: "\n").reversed().joined(separator: "\n")
        #expect(elements(reversed)[Self.keys[0]]?.identifier == "13_0")
    }

    @Test(arguments: [
        "", "x", "12_9|RUNNING|None|b1|list", "12_0|RUNNING|None|b1|other", "12_0|RUNNING|None|b1",
        "12_-1|RUNNING|||list",
    ])
    func `lines of others are passed over`(text: String) { #expect(elements(text).isEmpty) }
}
