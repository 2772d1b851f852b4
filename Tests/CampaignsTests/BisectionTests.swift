// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Campaigns

@Suite struct BisectionTests {
    @Test(arguments: [2, 3, 7, 64, 1000], [0.0, 0.3, 0.99])
    func `the first bad value is found with few tries`(count: Int, place: Double) async throws {
        let culprit = 1 + Int(Double(count - 2) * place)
        let outcome = try await Bisection(count: count, turns: 1) { index, _ in index < culprit ? .good : .bad("x") }
            .run()
        #expect(outcome.verdict == .culprit(culprit))
        #expect(outcome.failure == "x")
        // Both ends, the steps of a binary search, and the neighbours again.
        let most = 2 + Int.bitWidth - count.leadingZeroBitCount + 2
        #expect(outcome.tries.reduce(0) { $0 + $1.good + $1.bad + $1.skipped } <= most)
    }

    @Test func `values that can't be tried make a range`() async throws {
        let outcome = try await Bisection(count: 20, turns: 1) { index, _ in
            (8...11).contains(index) ? .skipped("does not build") : index < 8 ? .good : .bad("x")
        }.run()
        #expect(outcome.verdict == .range(8...12))
    }

    @Test func `another failure is not the one that is looked for`() async throws {
        let outcome = try await Bisection(count: 20, turns: 1) { index, _ in
            index < 5 ? .good : index < 15 ? .bad("another") : .bad("x")
        }.run()
        #expect(outcome.verdict == .range(5...15))
        #expect(outcome.failure == "x")
        // What always fails otherwise is tried once.
        #expect(outcome.tries.allSatisfy { $0.skipped <= 1 })
    }

    @Test(arguments: [Bisection.Answer.bad("x"), .skipped("no")])
    func `a beginning that is not good decides nothing`(first: Bisection.Answer) async throws {
        let outcome = try await Bisection(count: 5, turns: 1) { index, _ in index == 0 ? first : .bad("x") }.run()
        #expect(outcome.verdict == .inconclusive && outcome.reason.contains("the first value has to pass"))
    }

    @Test func `an end that is good, or does not always fail alike, decides nothing`() async throws {
        let good = try await Bisection(count: 5, turns: 1) { _, _ in .good }.run()
        #expect(
            good.verdict == .inconclusive && good.reason.contains("the last value has to fail")
                && good.reason.contains("it passes"))
        let mixed = try await Bisection(count: 5, turns: 2) { index, turn in index == 0 ? .good : .bad("\(turn)") }
            .run()
        #expect(mixed.verdict == .inconclusive)
    }

    /// Answers that are wrong one time in ten, always at the same tries.
    @Test(arguments: 0..<20)
    func `answers that are wrong now and then do not lead astray`(seed: Int) async throws {
        let culprit = 1 + seed * 3
        let outcome = try await Bisection(count: 64, turns: 3) { index, turn in
            var state = UInt64(seed * 7919 + index * 131 + turn * 17 + 1)
            for _ in 0..<3 { state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
            let isFlake = index != 0 && index != 63 && (state >> 33) % 10 == 0
            return (index < culprit) != isFlake ? .good : .bad("x")
        }.run()
        switch outcome.verdict {
        case .culprit(let found): #expect(found == culprit)
        case .range(let range): #expect(range.contains(culprit))
        case .inconclusive: break
        }
    }

    @Test func `a failure that is chance is not blamed on anybody`() async throws {
        let outcome = try await Bisection(count: 16, turns: 1) { index, turn in
            index == 0 ? .good : index == 15 ? .bad("x") : turn == 1 && index >= 4 ? .bad("x") : .good
        }.run()
        #expect(outcome.verdict == .inconclusive)
    }
}
