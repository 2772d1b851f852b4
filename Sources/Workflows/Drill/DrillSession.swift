// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host
internal import Records
internal import Sandbox
internal import Synchronization
internal import SystemPackage

/// One run of the drill's machine, from its switch-on to its end, with a console log of its own.
struct DrillSession: Sendable {
    /// What is known afterwards.
    struct Result: Sendable {
        let console: DrillConsole
        let stop: GuestMachine.Stop
        let log: RollbackDrill.Console
        let seconds: Double

        func boot(_ number: Int) -> DrillConsole.Boot? {
            console.boots.count >= number ? console.boots[number - 1] : nil
        }

        /// When the kernel of that boot was in user space; the session's end where it never was.
        func arrival(_ number: Int) -> Double { boot(number)?.word("kernel")?.seconds ?? seconds }

        /// How it ended, as a sentence for a step that was not reached.
        var ending: String {
            let what =
                switch stop {
                case .byItself(_, let text): "the emulator ended (\(text))"
                case .timeLimit: "it was ended at the time limit"
                case .silence: "it was ended after a silence"
                case .enough: "it was ended for too much output"
                case .powerCut: "the power was cut"
                }
            return what + "; last line: " + (console.lastLine.isEmpty ? "none" : console.lastLine)
        }
    }

    /// Bytes on the console.
    private static let outputLimit = 64 << 20

    /// `SCENE-TOKEN`: what the guest puts before each of its lines.
    let name: String
    var machine: GuestMachine
    let folder: FilePath
    /// The log's name in the folder.
    let file: String

    /// Runs the machine. `onWord` gets each word of the guest, and may cut the power.
    func run(
        in sandbox: SandboxRoot, clock: HostClock = .system,
        onWord: @escaping @Sendable (DrillConsole.Word, PowerSwitch) -> Void = { _, _ in }
    ) async throws -> Result {
        let log = try LogFile(folder.appending(file))
        let power = PowerSwitch()
        let start = clock.now()
        let reader = Reader(log: log, session: name)
        let stop = try await machine.run(in: sandbox, power: power, clock: clock) { bytes in
            let (words, isEnough) = try reader.take(bytes, (clock.now() - start).seconds)
            for word in words { onWord(word, power) }
            return isEnough ? .enough : .more
        }
        let (console, digest) = reader.finish()
        return Result(
            console: console, stop: stop,
            log: RollbackDrill.Console(file: file, lines: console.lines, sha256: digest),
            seconds: (((clock.now() - start).seconds) * 1000).rounded() / 1000)
    }

    /// Writes the log and reads it.
    private final class Reader: Sendable {
        private let log: LogFile
        private let state: Mutex<(console: DrillConsole, digester: Digester, size: Int)>

        init(log: LogFile, session: String) {
            self.log = log
            state = Mutex((DrillConsole(session: session), Digester(), 0))
        }

        func take(_ bytes: [UInt8], _ seconds: Double) throws -> ([DrillConsole.Word], isEnough: Bool) {
            try state.withLock { state in
                let taken = Array(bytes.prefix(max(0, outputLimit - state.size)))
                try log.append(taken)
                state.digester.add(taken)
                state.size += taken.count
                return (state.console.add(taken, at: seconds), taken.count < bytes.count)
            }
        }

        func finish() -> (DrillConsole, Digest) {
            state.withLock { state in
                state.console.finish()
                return (state.console, state.digester.finish())
            }
        }
    }
}
