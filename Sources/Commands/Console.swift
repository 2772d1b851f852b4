// SPDX-License-Identifier: Apache-2.0
internal import Documents
internal import Foundation
internal import Host
internal import Synchronization

/// This process's standard output and standard error: all that it prints goes through here.
final class Console: Sendable {
    static let ofProcess = Console(environment: ProcessInfo.processInfo.environment)

    let output: Terminal
    private let line: ProgressLine
    /// Whether talk was lost for another reason than that its reader had gone.
    private static let isTalkLost = Atomic<Bool>(false)

    private init(environment: [String: String]) {
        StandardStream.openMissing()
        output = .detect(descriptor: StandardStream.output.descriptor, environment: environment)
        line = ProgressLine(
            terminal: .detect(descriptor: StandardStream.error.descriptor, environment: environment)
        ) { text in
            do throws(StandardStream.WriteError) {
                try StandardStream.error.write(text)
            } catch {
                if !error.isBrokenPipe { Self.isTalkLost.store(true, ordering: .relaxed) }
            }
        }
    }

    /// Where the work is, if anything is known of it.
    var stage: String? { line.stage }

    func show(_ progress: WorkProgress) { line.update(progress) }

    /// Writes talk for people; what is not fit to be shown in it is spelled out.
    func say(_ text: String) { line.finish(text) }

    /// Writes results. Where standard output takes them no more, the process ends: with a sentence and status 2, or, where
    /// their reader has gone, as SIGPIPE ends one.
    func write(_ bytes: [UInt8]) {
        line.clear()
        do {
            try StandardStream.output.write(bytes)
        } catch {
            guard !error.isBrokenPipe else {
                _ = signal(SIGPIPE, SIG_DFL)
                _ = raise(SIGPIPE)
                Foundation.exit(2)
            }
            let failure = Failure(
                "output.unwritable", "could not write to \(error.stream)",
                advice: "see where it leads to: free space there, or name another file", underlying: error.reason)
            say(failure.terminalText)
            end(2)
        }
    }

    /// Ends the process. What could not be said on standard error makes the status 2.
    func end(_ status: Int32) -> Never {
        line.clear()
        Foundation.exit(Self.isTalkLost.load(ordering: .relaxed) ? 2 : status)
    }
}
