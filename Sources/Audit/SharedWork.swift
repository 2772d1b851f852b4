// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Synchronization

/// Pieces of `0..<count` shared out among workers that take the next one when they are done with theirs.
///
/// Returns one result a piece, in the order of the pieces, so that the sum is the same for any number of workers. Throws
/// `CancellationError` where the task that calls it is cancelled, once each worker is done with its piece.
func sharedWork<Result: Sendable>(
    _ count: Int, jobs: Int, piece: Int, _ body: @Sendable (Range<Int>) throws -> Result
) throws -> [Result] {
    let pieces = (count + piece - 1) / max(piece, 1)
    func range(_ index: Int) -> Range<Int> { index * piece..<min(count, (index + 1) * piece) }
    if jobs <= 1 || pieces <= 1 {
        return try (0..<pieces).map { index in
            try Task.checkCancellation()
            return try body(range(index))
        }
    }
    let next = Atomic<Int>(0)
    let isStopped = Atomic<Bool>(false)
    let results = Mutex<[(Int, Swift.Result<Result, any Error>)]>([])
    DispatchQueue.concurrentPerform(iterations: min(jobs, pieces)) { _ in
        while true {
            // The calling thread is one of the workers, and the only one that is the task's.
            if Task.isCancelled { isStopped.store(true, ordering: .relaxed) }
            if isStopped.load(ordering: .relaxed) { break }
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < pieces else { break }
            let result = Swift.Result { try body(index * piece..<min(count, (index + 1) * piece)) }
            results.withLock { $0.append((index, result)) }
        }
    }
    if isStopped.load(ordering: .relaxed) { throw CancellationError() }
    return try results.withLock { $0 }.sorted { $0.0 < $1.0 }.map { try $0.1.get() }
}

/// Something that several workers need, and the first of them makes.
final class SharedValue<Value: Sendable>: Sendable {
    private let made = Mutex<Result<Value, any Error>?>(nil)
    private let make: @Sendable () throws -> Value

    init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    func get() throws -> Value {
        try made.withLock { made in
            let result = made ?? Result(catching: make)
            made = result
            return try result.get()
        }
    }
}
