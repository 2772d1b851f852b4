// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Subprocess
internal import Synchronization
package import SystemPackage

/// A program to run on this machine: what, with which arguments and which environment.
package struct Command: Sendable, Hashable {
    /// A path, or a name that is looked up in `PATH`.
    package var executable: String
    package var arguments: [String]
    /// The whole environment of the child; nil inherits ours.
    package var environment: [String: String]?
    package var workingDirectory: FilePath?

    package init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil,
        workingDirectory: FilePath? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// The command as one would type it, quoted for a POSIX shell.
    package var shellText: String {
        ([executable] + arguments).map(Self.quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%^")
        if !word.isEmpty && word.allSatisfy(plain.contains) { return word }
        return word.shellQuoted
    }
}

/// How a child process ended. A non-zero exit is a result, not an error.
package enum Ending: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
    /// The deadline passed; the child and its process group were killed.
    case deadline
    /// The reader of its output asked for an end; the child and its process group were killed.
    case stopped

    package var succeeded: Bool { self == .exited(0) }

    package var text: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signalled(let number): "killed by signal \(number)"
        case .deadline: "ended at its deadline"
        case .stopped: "stopped"
        }
    }
}

/// What a child process printed and how it ended.
package struct Outcome: Sendable {
    package let ending: Ending
    /// Standard output; at most the limit given, the rest is dropped and `truncated` set.
    package let bytes: [UInt8]
    /// The same as text.
    package let output: String
    package let error: String
    package let truncated: Bool

    package var succeeded: Bool { ending.succeeded }
}

/// What the reader of a child's output wants next.
package enum Appetite: Sendable {
    case more
    case enough
}

extension Command {
    /// Runs the command to its end and returns what it printed, each stream cut at `limit` bytes.
    ///
    /// Throws `Failure` with code `process.launch` where the program can't be started, and `CancellationError`.
    package func capture(limit: Int = 16 << 20, deadline: Duration? = nil, input: String? = nil) async throws -> Outcome
    {
        try await execute(deadline: deadline, input: Self.unnamedFile(holding: (input ?? "").utf8), limit: limit)
    }

    /// The same with bytes that need not be text as standard input.
    package func capture(limit: Int, deadline: Duration?, input: [UInt8]) async throws -> Outcome {
        try await execute(deadline: deadline, input: Self.unnamedFile(holding: input), limit: limit)
    }

    /// The same with a file's contents as standard input. Throws `Failure` with code `file.unreadable`, too.
    package func capture(limit: Int = 16 << 20, deadline: Duration? = nil, inputFile: FilePath) async throws -> Outcome
    {
        let given: FileDescriptor
        do {
            given = try FileDescriptor.open(inputFile, .readOnly, options: [.closeOnExec])
        } catch let error as Errno {
            throw Failure(
                "file.unreadable", "could not read \(inputFile)", advice: "check that it exists", underlying: error)
        }
        return try await execute(deadline: deadline, input: given, limit: limit)
    }

    /// Runs the command and hands over its standard output and error, merged and in order, as they come.
    ///
    /// `onBytes` may answer `.enough`: the child is killed then. With `endsGroup` what it leaves of its process group is killed
    /// when it has ended. `clock` tells when the deadline is. Throws as `capture`
    /// does, and what `onBytes` throws.
    package func stream(
        deadline: Duration? = nil, clock: HostClock = .system, input: String? = nil, endsGroup: Bool = false,
        onBytes: @escaping @Sendable ([UInt8]) async throws -> Appetite
    ) async throws -> Ending {
        try await execute(
            deadline: deadline, clock: clock, input: Self.unnamedFile(holding: (input ?? "").utf8),
            endsGroup: endsGroup, onBytes: onBytes
        ).ending
    }

    /// Runs the command and throws `Failure` unless it exits with 0; returns its standard output.
    @discardableResult
    package func output(_ code: String, doing what: String, advice: String, deadline: Duration? = nil) async throws
        -> String
    {
        let outcome = try await capture(deadline: deadline)
        guard outcome.succeeded else {
            throw Failure(
                code, "\(what) failed: \(outcome.ending.text) from `\(Redaction.program(executable))`", advice: advice,
                underlying: String(outcome.error.suffix(2000)).trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return outcome.output
    }

    private func configuration() -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(3))]
        let program: Executable = executable.contains("/") ? .path(FilePath(executable)) : .name(executable)
        var variables: Environment = .inherit
        if let environment {
            variables = .custom(
                Dictionary(uniqueKeysWithValues: environment.map { (.init(rawValue: $0.key) ?? "_", $0.value) }))
        }
        return Configuration(
            executable: program, arguments: Arguments(arguments), environment: variables,
            workingDirectory: workingDirectory,
            platformOptions: options)
    }

    /// Closes the input. Hands over output and error, merged, to `onBytes`; gathers them apart where that is nil.
    private func execute(
        deadline: Duration?, clock: HostClock = .system, input given: FileDescriptor, limit: Int = 0,
        endsGroup: Bool = false, onBytes: (@Sendable ([UInt8]) async throws -> Appetite)? = nil
    ) async throws -> Outcome {
        defer { try? given.close() }
        // It leads a session of its own, and so the group of what it starts.
        let leader = Mutex<Int32>(0)
        defer {
            let group = leader.withLock { $0 }
            if endsGroup, group > 0 { kill(-group, SIGKILL) }
        }
        let collector = OutputCollector(limit: limit)
        // A file and no pipe: a child that ends without reading would end us, too (SIGPIPE).
        let source = FileDescriptorInput.fileDescriptor(given, closeAfterSpawningProcess: false)
        do {
            let status: TerminationStatus
            if let onBytes {
                status = try await run(configuration(), input: source, output: .sequence, error: .combinedWithOutput) {
                    execution in
                    leader.withLock { $0 = execution.processIdentifier.value }
                    try await Self.racing(
                        deadline, clock, collector, end: { await execution.teardown(using: Self.killing) }
                    ) {
                        for try await buffer in execution.standardOutput {
                            if try await onBytes(buffer.array) == .enough {
                                collector.stop(.stopped)
                                break
                            }
                        }
                    }
                }.terminationStatus
            } else {
                status = try await run(configuration(), input: source, output: .sequence, error: .sequence) {
                    execution in
                    try await Self.racing(
                        deadline, clock, collector, end: { await execution.teardown(using: Self.killing) }
                    ) {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask {
                                for try await buffer in execution.standardError {
                                    collector.add(buffer.array, to: \.error)
                                }
                            }
                            for try await buffer in execution.standardOutput {
                                collector.add(buffer.array, to: \.output)
                            }
                            try await group.waitForAll()
                        }
                    }
                }.terminationStatus
            }
            try Task.checkCancellation()
            return collector.outcome(status)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw Failure(
                "process.launch", "could not run `\(Redaction.program(executable))`",
                advice: "install it, or see `bessemer doctor` for what is missing",
                underlying: ErrorWords.of(error).replacing(executable, with: Redaction.program(executable)))
        }
    }

    /// A file without a name, to be read from its start. Throws `Failure` with code `file.unwritable` or `disk.full`.
    private static func unnamedFile(holding bytes: some Sequence<UInt8>) throws -> FileDescriptor {
        let path = FilePath(NSTemporaryDirectory()).appending("bessemer-input-\(UUID().uuidString)")
        do {
            let file = try FileDescriptor.open(
                path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: [.ownerReadWrite])
            unsafe unlink(path.string)
            do {
                try file.writeAll(bytes)
                try file.seek(offset: 0, from: .start)
                return file
            } catch {
                try? file.close()
                throw error
            }
        } catch let error as Errno {
            throw AtomicFile.failure(path, error)
        }
    }

    private static let killing: [TeardownStep] = [
        .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(2))
    ]

    /// Reads with `body` until it ends or the deadline passes; `end` then kills the child, which closes its pipes.
    private static func racing(
        _ deadline: Duration?, _ clock: HostClock, _ collector: OutputCollector,
        end: @escaping @Sendable () async -> Void,
        body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let deadline {
                group.addTask {
                    guard (try? await clock.sleep(for: deadline)) != nil else { return }
                    collector.stop(.deadline)
                    await end()
                }
            }
            do {
                try await body()
                if collector.isStopped { await end() }
            } catch {
                await end()
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }
}

extension Command {
    /// Replaces this process by the command (execvp(3)). Returns only by throwing `Failure`.
    package func replaceProcess() throws -> Never {
        // Signals that this thread holds back would be held back in the command, which then heeds no Ctrl-C (execve(2)).
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
        var words = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
        _ = unsafe execvp(executable, &words)
        throw Failure(
            "process.launch", "could not run `\(Redaction.program(executable))`",
            advice: "see `bessemer doctor` for what is missing",
            underlying: Errno(rawValue: errno))
    }
}

extension SubprocessOutputSequence.Buffer {
    fileprivate var array: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }
}
