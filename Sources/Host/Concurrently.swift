// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Synchronization

extension Array where Element: Sendable {
    /// The results of `transform` in the order of the elements, worked out on all processors.
    ///
    /// Throws the error of the first element, in order, that failed; begins with no more pieces then. `Interruption.check` in `transform` sees whether the
    /// task that called this was cancelled.
    package func mapConcurrently<Result: Sendable>(_ transform: @Sendable (Element) throws -> Result) throws -> [Result]
    {
        let elements = self
        let next = Atomic<Int>(0)
        let hasFailed = Atomic<Bool>(false)
        let pieces = Mutex<[(Int, Swift.Result<Result, any Error>)]>([])
        // Small enough that a few large elements are shared out, large enough that many small ones are not counted singly.
        let piece = Swift.max(1, Swift.min(64, elements.count / 64))
        let count = (elements.count + piece - 1) / piece
        unsafe withUnsafeCurrentTask { task in
            // Whether it was cancelled may be asked from any thread as long as this function runs.
            nonisolated(unsafe) let task = unsafe task
            DispatchQueue.concurrentPerform(iterations: Swift.min(count, 64)) { _ in
                Interruption.asking({ unsafe task?.isCancelled ?? false }) {
                    var mine: [(Int, Swift.Result<Result, any Error>)] = []
                    // Pieces are taken in order and finished, so what stands before a failure was looked at.
                    while !hasFailed.load(ordering: .relaxed) {
                        let start = next.wrappingAdd(1, ordering: .relaxed).oldValue * piece
                        guard start < elements.count else { break }
                        for index in start..<Swift.min(start + piece, elements.count) {
                            let result = Swift.Result { try transform(elements[index]) }
                            if case .failure = result { hasFailed.store(true, ordering: .relaxed) }
                            mine.append((index, result))
                        }
                    }
                    let done = mine
                    pieces.withLock { $0 += done }
                }
            }
        }
        return try pieces.withLock { $0 }.sorted { $0.0 < $1.0 }.map { try $0.1.get() }
    }
}
