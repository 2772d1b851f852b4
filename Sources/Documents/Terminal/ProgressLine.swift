// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
package import Host
internal import Synchronization

/// Shows progress: on a terminal as one line that is overwritten, elsewhere as a line each half minute. Work that is
/// done in less than a second shows none.
package final class ProgressLine: Sendable {
    /// Time since some fixed moment.
    package typealias Clock = @Sendable () -> Duration
    /// Calls back after a time.
    package typealias Timer = @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

    private struct State {
        var latest: WorkProgress?
        var receivedAt: Duration = .zero
        var shownAt: Duration?
        /// Whether the cursor stands in a line of ours.
        var isOpen = false
        /// Whether the timer will call.
        var isTimed = false
    }

    private let terminal: Terminal
    private let clock: Clock
    private let timer: Timer
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let start: Duration

    /// Time from the start to the first line on a terminal, between two lines of new progress, and between two where
    /// nothing is new but the time.
    private static let interactivePauses = (first: Duration.seconds(1), next: Duration.milliseconds(100))
    private static let heartbeat = Duration.seconds(1)
    private static let plainPause = Duration.seconds(30)

    /// `write` takes text for standard error.
    package init(
        terminal: Terminal, clock: @escaping Clock = ProgressLine.systemClock(),
        timer: @escaping Timer = ProgressLine.systemTimer, write: @escaping @Sendable (String) -> Void
    ) {
        self.terminal = terminal
        self.clock = clock
        self.timer = timer
        self.write = write
        start = clock()
    }

    package static func systemClock() -> Clock {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }

    package static let systemTimer: Timer = { pause, body in
        let (seconds, attoseconds) = pause.components
        let nanoseconds = Int(clamping: seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds), execute: body)
    }

    /// The work in hand, visible text, as the latest progress named it.
    package var stage: String? {
        state.withLock { state in
            guard let latest = state.latest else { return nil }
            return VisibleText.of(latest.stage + (latest.detail.isEmpty ? "" : ": \(latest.detail)"), columns: 200)
        }
    }

    /// Takes note of where the work is, and shows it where it is time to.
    package func update(_ progress: WorkProgress) {
        state.withLock { state in
            if let before = state.latest, before.stage != progress.stage, state.isOpen {
                // The stage that has ended keeps its line, with its last numbers.
                write(Self.wiped + line(before, elapsed(state), width: terminal.width - 1, isDone: true) + "\n")
                state.isOpen = false
            }
            state.latest = progress
            state.receivedAt = clock()
            show(&state)
        }
    }

    /// Shows the latest progress where it is time to; else the timer does.
    private func show(_ state: inout State) {
        guard let latest = state.latest else { return }
        let now = clock()
        let due: Duration
        if terminal.isInteractive {
            due = max(
                start + Self.interactivePauses.first, state.shownAt.map { $0 + Self.interactivePauses.next } ?? start)
        } else {
            due = (state.shownAt ?? start) + Self.plainPause
        }
        guard now >= due else {
            call(after: due - now, &state)
            return
        }
        state.shownAt = now
        if terminal.isInteractive {
            state.isOpen = true
            // One column stays free: a full line would make some terminals go on to the next.
            write(Self.wiped + line(latest, elapsed(state), width: terminal.width - 1))
        } else {
            write(line(latest, elapsed(state), width: terminal.width) + "\n")
        }
        call(after: terminal.isInteractive ? Self.heartbeat : Self.plainPause, &state)
    }

    private func call(after pause: Duration, _ state: inout State) {
        guard !state.isTimed else { return }
        state.isTimed = true
        timer(pause) { [weak self] in
            self?.state.withLock { state in
                state.isTimed = false
                self?.show(&state)
            }
        }
    }

    private func elapsed(_ state: State) -> Duration {
        let now = clock()
        return state.latest?.elapsed.map { $0 + (now - state.receivedAt) } ?? now - start
    }

    /// Takes the line away: something else comes, or the end.
    package func clear() {
        state.withLock { clear(&$0) }
    }

    private func clear(_ state: inout State) {
        if state.isOpen { write(Self.wiped) }
        state.isOpen = false
        state.latest = nil
    }

    /// Puts a message, of one or more lines, in the place of the line.
    package func finish(_ message: String) {
        state.withLock { state in
            clear(&state)
            write(VisibleText.lines(of: message) + "\n")
        }
    }

    private static let wiped = "\r\u{1B}[2K"

    private func line(_ progress: WorkProgress, _ elapsed: Duration, width: Int, isDone: Bool = false) -> String {
        var parts = [progress.stage]
        if let total = progress.total, total > 0 {
            // Where more is done than was expected the total was a guess, and the work is not known to be done.
            let done = max(0, progress.done)
            let percent = done == total ? 100 : min(99, Int(Double(done) / Double(total) * 100))
            parts.append("\(Quantities.number(progress.done))/\(Quantities.number(total)) (\(percent) %)")
        } else if progress.done > 0 {
            parts.append(Quantities.number(progress.done))
        }
        parts.append(Quantities.duration(seconds(elapsed)))
        if !isDone, let remaining = progress.remaining(after: elapsed) {
            parts.append("about \(Quantities.duration(seconds(remaining))) left")
        }
        let text = VisibleText.of(parts.joined(separator: "  "), columns: width)
        if isDone || progress.detail.isEmpty { return text }
        return VisibleText.clipped(text + "  " + VisibleText.of(progress.detail, columns: width), to: width)
    }

    private func seconds(_ duration: Duration) -> Double { max(0, (duration / .seconds(1)).rounded()) }
}
