// SPDX-License-Identifier: Apache-2.0
internal import Records

/// Finds the first of an ordered list with which something fails, where the beginning is good and the end is bad.
///
/// Only the failure that the end shows counts: another one, or one that can't be tried, is passed over. A value that does not
/// always answer the same is tried again, and is passed over where it stays undecided.
package struct Bisection: Sendable {
    /// What one try of a value came to.
    package enum Answer: Sendable, Hashable {
        case good
        /// With what tells the failure from others.
        case bad(String)
        /// It can't be tried, or says nothing.
        case skipped(String)
    }

    /// The number of values, of which the first is good and the last bad.
    package let count: Int
    /// Tries of each value.
    package let turns: Int
    /// Tries one value: its position from 0 on, and the turn from 1 on.
    private let answer: @Sendable (Int, Int) async throws -> Answer
    private let say: @Sendable (Int, String) -> Void

    package init(
        count: Int, turns: Int, say: @escaping @Sendable (Int, String) -> Void = { _, _ in },
        _ answer: @escaping @Sendable (Int, Int) async throws -> Answer
    ) {
        self.count = count
        self.turns = max(1, turns)
        self.say = say
        self.answer = answer
    }

    /// The share of a value's tries that has to agree, where they do not all.
    private static let agreement = 0.8

    /// What the tries of a value came to, in the order in which they were made, each once.
    private static func words(_ answers: [Answer]) -> String {
        var words: [String] = []
        for answer in answers {
            let text =
                switch answer {
                case .good: "it passes"
                case .bad(let failure): "it fails with “\(failure.prefix(100))”"
                case .skipped(let reason): "it can't be tried: \(reason.prefix(100))"
                }
            if !words.contains(text) { words.append(text) }
        }
        return words.prefix(3).joined(separator: ", and ")
    }

    private enum Judgement {
        case good, bad
        case skipped(String)
    }

    /// Throws what a try throws.
    package func run() async throws -> BisectionOutcome {
        var answers: [Int: [Answer]] = [:]
        var fault = ""
        func ask(_ index: Int, turns: Int) async throws {
            while answers[index, default: []].count < turns {
                let turn = answers[index, default: []].count + 1
                answers[index, default: []].append(try await answer(index, turn))
            }
        }
        func tries() -> [BisectionOutcome.Tries] {
            answers.keys.sorted().map { index in
                let all = answers[index] ?? []
                return .init(
                    index: index, good: all.count { $0 == .good }, bad: all.count { $0 == .bad(fault) },
                    skipped: all.count { $0 != .good && $0 != .bad(fault) })
            }
        }
        func end(_ verdict: BisectionOutcome.Verdict, _ reason: String = "") -> BisectionOutcome {
            BisectionOutcome(verdict: verdict, failure: fault, reason: reason, tries: tries())
        }
        try await ask(0, turns: turns)
        guard answers[0]?.allSatisfy({ $0 == .good }) == true else {
            return end(.inconclusive, "the first value has to pass, and \(Self.words(answers[0] ?? []))")
        }
        try await ask(count - 1, turns: turns)
        let last = answers[count - 1] ?? []
        guard let seen = last.first?.failure, last.allSatisfy({ $0 == .bad(seen) }) else {
            return end(.inconclusive, "the last value has to fail, each time alike, and \(Self.words(last))")
        }
        fault = seen
        func judge(_ index: Int) async throws -> Judgement {
            try await ask(index, turns: turns)
            func share(_ isCounted: (Answer) -> Bool) -> Double {
                let all = answers[index] ?? []
                return Double(all.count(where: isCounted)) / Double(max(1, all.count))
            }
            func settled(_ least: Double) -> Judgement? {
                if share({ $0 == .good }) >= least { return .good }
                if share({ $0 == .bad(fault) }) >= least { return .bad }
                return nil
            }
            if let first = settled(1) { return first }
            if let all = answers[index], !all.contains(where: { $0 == .good || $0 == .bad(fault) }) {
                return .skipped(Self.words(all))
            }
            try await ask(index, turns: max(10, turns * 3))
            return settled(Self.agreement) ?? .skipped("its tries do not agree")
        }
        var good = 0
        var bad = count - 1
        var skipped: Set<Int> = []
        while bad - good > 1 {
            let open = (good + 1..<bad).filter { !skipped.contains($0) }
            // The middle, or what is nearest to it.
            let middle = (good + bad) / 2
            guard let index = open.min(by: { abs($0 - middle) < abs($1 - middle) }) else { break }
            switch try await judge(index) {
            case .good:
                say(index, "good")
                good = index
            case .bad:
                say(index, "bad")
                bad = index
            case .skipped(let reason):
                say(index, "passed over: \(reason)")
                skipped.insert(index)
            }
        }
        // Both neighbours once more: what was seen once may have been chance.
        let again = (answers[good]?.count ?? 0) + turns
        try await ask(good, turns: again)
        let confirmed = (answers[bad]?.count ?? 0) + turns
        try await ask(bad, turns: confirmed)
        let isGood = answers[good]?.suffix(turns).contains { $0 == .good } == true
        let isBad = answers[bad]?.suffix(turns).contains { $0 == .bad(fault) } == true
        guard isGood, isBad else {
            return end(.inconclusive, "what was found did not hold when it was tried again")
        }
        return bad - good == 1
            ? end(.culprit(bad)) : end(.range(good + 1...bad), "those between were passed over")
    }
}

extension Bisection.Answer {
    /// What tells the failure from others; nil where it is none.
    fileprivate var failure: String? { if case .bad(let text) = self { text } else { nil } }
}

/// What a bisection found.
package struct BisectionOutcome: Sendable, Hashable {
    package enum Verdict: Sendable, Hashable {
        /// The first bad value's position.
        case culprit(Int)
        /// It is one of those.
        case range(ClosedRange<Int>)
        case inconclusive
    }

    /// What the tries of one value came to.
    package struct Tries: Codable, Sendable, Hashable {
        package let index: Int
        package let good: Int
        package let bad: Int
        package let skipped: Int
    }

    package let verdict: Verdict
    /// What tells the failure from others.
    package let failure: String
    package let reason: String
    package let tries: [Tries]
}
