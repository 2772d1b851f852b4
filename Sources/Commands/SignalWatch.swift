// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Foundation

/// Turns the first SIGINT, SIGTERM or SIGHUP into a call; a broken pipe is a quiet exit.
final class SignalWatch: Sendable {
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init(_ stop: @escaping @Sendable () -> Void) {
        _ = signal(SIGPIPE, SIG_DFL)
        unsafe sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                stop()
                // A second one is not waited for.
                _ = signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
    }

    func end() {
        for source in unsafe sources { source.cancel() }
    }
}
