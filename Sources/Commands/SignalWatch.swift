// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Synchronization
internal import SystemPackage

/// Turns the first SIGINT, SIGTERM or SIGHUP into a call, and ends the process where the work does not end by itself
/// then. A second signal is not waited for. A signal that was ignored when the process started stays ignored (nohup).
///
/// One thread waits for the first signal, so that work which keeps every processor busy or blocks in a system call can't
/// keep it waiting. Only one watch is there at a time.
final class SignalWatch: Sendable {
    /// Time that stopped work has to end by itself.
    static let patience = 20

    private let isEnded = Atomic<Bool>(false)

    /// Calls `stop` at the first of the signals; then `wait`s, which returns when the work has had its time, and calls
    /// `abandon`, which ends the process.
    init(
        signals: [Int32] = [SIGINT, SIGTERM, SIGHUP],
        wait: @escaping @Sendable () -> Void = { Thread.sleep(forTimeInterval: Double(SignalWatch.patience)) },
        abandon: @escaping @Sendable () -> Void, stop: @escaping @Sendable () -> Void
    ) {
        let ignored = Self.ignored()
        Arrivals.prepare()
        for number in signals where !ignored.contains(number) {
            _ = signal(number) { Arrivals.arrived($0) }
        }
        Thread.detachNewThread { [self] in
            guard Arrivals.await(), !isEnded.load(ordering: .acquiring) else { return }
            stop()
            wait()
            if !isEnded.load(ordering: .acquiring) { abandon() }
        }
    }

    /// The work has ended; the process goes its own way from here.
    func end() { isEnded.store(true, ordering: .releasing) }

    /// The signals that this process ignores (proc_pid_status(5), `SigIgn`).
    static func ignored() -> Set<Int32> {
        let status = (try? Files.text("/proc/self/status")) ?? ""
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("SigIgn:") }),
            let mask = UInt64(line.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16)
        else { return [] }
        return Set((1...64).filter { mask >> ($0 - 1) & 1 == 1 }.map(Int32.init))
    }
}

/// What the signals' handler, which may call next to nothing (signal-safety(7)), and the thread of the watch share.
private enum Arrivals {
    private static let count = Atomic<Int>(0)
    private static let pipe = try? FileDescriptor.pipe()

    /// Makes what the handler uses: it can't make anything itself.
    static func prepare() {
        count.store(0, ordering: .relaxed)
        _ = pipe
    }

    static func arrived(_ number: Int32) {
        if count.wrappingAdd(1, ordering: .relaxed).newValue > 1 {
            _ = signal(number, SIG_DFL)
            _ = raise(number)
            return
        }
        guard let descriptor = pipe?.writeEnd.rawValue else { return }
        let error = errno
        var byte: UInt8 = 1
        _ = unsafe write(descriptor, &byte, 1)
        errno = error
    }

    /// Returns at the first arrival; false where none can be waited for.
    static func `await`() -> Bool {
        guard let descriptor = pipe?.readEnd.rawValue else { return false }
        var byte: UInt8 = 0
        while true {
            let count = unsafe read(descriptor, &byte, 1)
            if count == 1 { return true }
            guard count == -1, errno == EINTR else { return false }
        }
    }
}
