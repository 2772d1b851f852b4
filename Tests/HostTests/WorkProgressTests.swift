// SPDX-License-Identifier: Apache-2.0
import Host
import Testing

@Suite struct WorkProgressTests {
    private func remaining(done: Int, after elapsed: Int, expected: Int? = 1000, total: Int? = 100) -> Duration? {
        WorkProgress("build", done: done, total: total, expected: expected.map { .seconds($0) })
            .remaining(after: .seconds(elapsed))
    }

    @Test func `nothing is expected where nothing is known`() {
        #expect(remaining(done: 50, after: 10, expected: nil) == nil)
        #expect(remaining(done: 50, after: 10, total: nil) == nil)
    }

    @Test func `the beginning goes by the last run, the end by this run's own pace`() throws {
        #expect(remaining(done: 0, after: 0) == .seconds(1000))
        let nearlyDone = try #require(remaining(done: 98, after: 98))
        #expect(nearlyDone < .seconds(25))
        #expect(remaining(done: 100, after: 98) == .zero)
    }

    @Test func `more than all, or a run slower than the last, is not less than nothing`() throws {
        #expect(remaining(done: 500, after: 2000) == .zero)
        #expect(try #require(remaining(done: 10, after: 5000)) > .zero)
    }
}
