// SPDX-License-Identifier: Apache-2.0

/// How far a long piece of work is.
package struct WorkProgress: Sendable, Hashable {
    /// What is being done, e.g. `downloading packages`.
    package var stage: String
    package var done: Int
    /// Nil where nobody knows.
    package var total: Int?
    /// The thing in hand, e.g. a file's name.
    package var detail: String
    /// Since the stage's work began; nil where it is not told apart from the whole.
    package var elapsed: Duration?
    /// What the whole of it took the last time.
    package var expected: Duration?

    package init(
        _ stage: String, done: Int = 0, total: Int? = nil, detail: String = "", elapsed: Duration? = nil,
        expected: Duration? = nil
    ) {
        self.stage = stage
        self.done = done
        self.total = total
        self.detail = detail
        self.elapsed = elapsed
        self.expected = expected
    }

    /// What is left: at first by the last run's time, more and more by this one's own pace. Nil where nothing is known.
    package func remaining(after elapsed: Duration) -> Duration? {
        guard let expected, let total, total > 0 else { return nil }
        let share = Double(min(max(0, done), total)) / Double(total)
        let byLastTime = max(.zero, expected - elapsed)
        guard share > 0 else { return byLastTime }
        return elapsed * ((1 - share) / share) * share + byLastTime * (1 - share)
    }
}

/// Takes progress as it is made; called from any thread.
package typealias ProgressSink = @Sendable (WorkProgress) -> Void
