// SPDX-License-Identifier: Apache-2.0
public import Host
internal import Synchronization

/// Shows progress: on a terminal as one line that is overwritten, elsewhere as a line now and then.
public final class ProgressLine: Sendable {
    private struct State {
        var stage: String?
        var shownAt: Duration = .zero
        var isOpen = false
    }

    private let terminal: Terminal
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let start = ContinuousClock.now

    /// `write` takes text for standard error.
    public init(terminal: Terminal, write: @escaping @Sendable (String) -> Void) {
        self.terminal = terminal
        self.write = write
    }

    /// Shows where the work is, at most ten times a second on a terminal, else each half minute and at a new stage.
    public func update(_ progress: WorkProgress) {
        let elapsed = progress.elapsed ?? ContinuousClock.now - start
        state.withLock { state in
            let pause: Duration = terminal.isInteractive ? .milliseconds(100) : .seconds(30)
            let isNew = state.stage != progress.stage
            guard isNew || elapsed - state.shownAt >= pause || elapsed < state.shownAt else { return }
            if isNew, state.isOpen { write("\n") }
            state.stage = progress.stage
            state.shownAt = elapsed
            if terminal.isInteractive {
                state.isOpen = true
                // One column stays free: a full line would make some terminals go on to the next.
                write("\r\u{1B}[2K" + line(progress, elapsed, width: terminal.width - 1))
            } else {
                write(line(progress, elapsed, width: terminal.width) + "\n")
            }
        }
    }

    /// Ends the line with what came of it; a message in between, or the end.
    public func finish(_ message: String) {
        state.withLock { state in
            let text = VisibleText.of(message)
            write((state.isOpen ? "\r\u{1B}[2K" : "") + text + "\n")
            state.isOpen = false
            state.stage = nil
            state.shownAt = .zero
        }
    }

    private func line(_ progress: WorkProgress, _ elapsed: Duration, width: Int) -> String {
        var parts = [progress.stage]
        if let total = progress.total, total > 0 {
            let percent = min(99, max(0, progress.done) * 100 / total)
            parts.append("\(Quantities.number(progress.done))/\(Quantities.number(total)) (\(percent) %)")
        } else if progress.done > 0 {
            parts.append(Quantities.number(progress.done))
        }
        parts.append(Quantities.duration(seconds(elapsed)))
        if let remaining = progress.remaining(after: elapsed) {
            parts.append("about \(Quantities.duration(seconds(remaining))) left")
        }
        let text = VisibleText.of(parts.joined(separator: "  "), columns: width)
        let full = progress.detail.isEmpty ? text : text + "  " + VisibleText.of(progress.detail, columns: width)
        return VisibleText.clipped(full, to: width)
    }

    private func seconds(_ duration: Duration) -> Double { max(0, (duration / .seconds(1)).rounded()) }
}
