// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Synchronization
internal import SystemPackage

/// The guest's console while it runs: writes every byte to the log and reads it.
///
/// Of a machine that ran another kernel before, the console begins with the line in which the tested one says its
/// version; where that never comes, with what there was.
final class GuestConsole: Sendable {
    /// The console after its end.
    struct Ended {
        let reader: ConsoleReader
        let tests: [TestResult]
        let digest: Digest
        /// The point that the guest had reached, as a sentence.
        let reached: String
    }

    private struct State {
        var reader: ConsoleReader
        var digester = Digester()
        var size = 0
        var progress: GuestProgress
        var redaction = CommandLineRedaction()
        /// What came before the tested kernel; nil where it has begun.
        var before: [UInt8]?
    }

    /// Bytes that are kept at least of what came before the tested kernel; at most it is twice as much.
    private static let beforeLimit = 1 << 20
    private static let banner = Array("Linux version ".utf8)

    private let log: LogFile
    private let limit: Int
    private let isShared: Bool
    private let held: Mutex<State>
    private let onProgress: @Sendable (GuestProgress) -> Void

    init(
        log path: FilePath, limit: Int, steps: [String], isShared: Bool = false,
        onProgress: @escaping @Sendable (GuestProgress) -> Void
    ) throws {
        let reader = ConsoleReader(steps: steps)
        self.limit = limit
        self.isShared = isShared
        self.onProgress = onProgress
        held = Mutex(State(reader: reader, progress: GuestProgress(reader), before: isShared ? [] : nil))
        log = try LogFile(path)
    }

    /// Takes what came, and tells of progress; answers `.enough` beyond the limit.
    @Sendable func take(_ bytes: [UInt8]) throws -> Appetite {
        let (appetite, progress) = try held.withLock { state -> (Appetite, GuestProgress?) in
            guard var whole = state.before else { return try take(bytes, &state) }
            state.before = nil
            // What was looked through is not looked through again.
            let fresh = max(0, whole.count - Self.banner.count)
            whole += bytes
            if let place = whole[fresh...].firstRange(of: Self.banner)?.lowerBound {
                let start = whole[..<place].lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
                return try take(Array(whole[start...]), &state)
            }
            if whole.count > 2 * Self.beforeLimit { whole.removeFirst(whole.count - Self.beforeLimit) }
            state.before = whole
            return (.more, nil)
        }
        if let progress { onProgress(progress) }
        return appetite
    }

    /// Of a shared console no line is taken behind the one in which another kernel starts: that is the machine's own.
    private func take(_ bytes: [UInt8], _ state: inout State) throws -> (Appetite, GuestProgress?) {
        try pass(state.redaction.redacted(bytes), &state)
    }

    private func pass(_ bytes: [UInt8], _ state: inout State) throws -> (Appetite, GuestProgress?) {
        guard isShared else { return try add(bytes, &state) }
        var progress: GuestProgress?
        var rest = bytes[...]
        while !rest.isEmpty, state.reader.starts <= 1 {
            let line = rest.prefix(through: rest.firstIndex(of: 0x0a) ?? rest.endIndex - 1)
            rest = rest[line.endIndex...]
            let (appetite, changed) = try add(Array(line), &state)
            progress = changed ?? progress
            if appetite == .enough { return (.enough, progress) }
        }
        return (.more, progress)
    }

    private func add(_ bytes: [UInt8], _ state: inout State) throws -> (Appetite, GuestProgress?) {
        let taken = Array(bytes.prefix(max(0, limit - state.size)))
        try log.append(taken)
        state.digester.add(taken)
        state.size += taken.count
        state.reader.add(taken)
        let progress = GuestProgress(state.reader)
        let isNew = progress != state.progress
        state.progress = progress
        return (taken.count < bytes.count ? .enough : .more, isNew ? progress : nil)
    }

    /// Whether the guest has begun its last step, and how often a kernel has started.
    var state: (isAtEnd: Bool, hasPanicked: Bool, starts: Int) {
        held.withLock { held in
            (held.reader.stepNumber == held.reader.steps.count, held.reader.hasPanicked, held.reader.starts)
        }
    }

    func finish() throws -> Ended {
        try held.withLock { state in
            if let before = state.before { _ = try take(before, &state) }
            _ = try pass(state.redaction.finish(), &state)
            let current = state.reader.currentTest
            let (reader, tests) = try state.reader.finished { take in try readPieces(of: log.path) { take($0) } }
            let steps = reader.steps.count
            var reached =
                reader.stepNumber > 0
                ? "step \(reader.stepNumber) of \(steps) (\(reader.steps[reader.stepNumber - 1].title))"
                : reader.hasKernel ? "the kernel's start, before the first step" : "no word from the kernel"
            if let current { reached += "; in \(current)" }
            if let columns = reader.columns {
                reached += "; lines are wrapped at \(columns) columns, \(reader.joinedLines) were joined"
            }
            reached +=
                reader.lastLine.isEmpty ? "; the console stayed empty" : "; last console line: \(reader.lastLine)"
            return Ended(reader: reader, tests: tests, digest: state.digester.finish(), reached: "reached " + reached)
        }
    }
}
