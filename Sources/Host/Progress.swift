// SPDX-License-Identifier: Apache-2.0

/// How far a long piece of work is.
public struct WorkProgress: Sendable, Hashable {
    /// What is being done, e.g. `downloading packages`.
    public var stage: String
    public var done: Int?
    public var total: Int?
    /// The thing in hand, e.g. a file's name.
    public var detail: String?
    /// Seconds so far.
    public var elapsed: Double?
    /// Seconds that the whole of it took the last time.
    public var expected: Double?

    public init(
        _ stage: String, done: Int? = nil, total: Int? = nil, detail: String? = nil, elapsed: Double? = nil,
        expected: Double? = nil
    ) {
        self.stage = stage
        self.done = done
        self.total = total
        self.detail = detail
        self.elapsed = elapsed
        self.expected = expected
    }
}

/// Takes progress as it is made; called from any thread.
public typealias ProgressSink = @Sendable (WorkProgress) -> Void
