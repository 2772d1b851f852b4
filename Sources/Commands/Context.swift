// SPDX-License-Identifier: Apache-2.0
internal import Evidence
internal import Foundation
internal import Host
internal import Rendering
internal import SystemPackage

/// What a command takes from the world around it; tests make their own.
struct Context: Sendable {
    var environment: [String: String]
    var directories: Directories
    var workingDirectory: FilePath
    /// What standard output and standard error can show.
    var output: Terminal
    var progress: ProgressSink
    /// Writes results; machine output goes here alone.
    var write: @Sendable (String) -> Void
    /// Writes talk for people.
    var say: @Sendable (String) -> Void

    static func ofProcess() -> Context {
        let environment = ProcessInfo.processInfo.environment
        let line = ProgressLine(terminal: .detect(descriptor: STDERR_FILENO, environment: environment)) {
            FileHandle.standardError.write(Data($0.utf8))
        }
        let start = ContinuousClock.now
        return Context(
            environment: environment, directories: Directories(environment: environment),
            workingDirectory: FilePath(FileManager.default.currentDirectoryPath),
            output: .detect(descriptor: STDOUT_FILENO, environment: environment),
            progress: { line.update(Rendering.Progress($0, since: start)) },
            write: { FileHandle.standardOutput.write(Data($0.utf8)) }, say: { line.finish($0) })
    }

    /// The path as the user meant it, from the working directory.
    func path(_ text: String) -> FilePath {
        let given = FilePath(text)
        return given.isAbsolute ? given : workingDirectory.pushing(given).lexicallyNormalized()
    }

    func printer(_ format: OutputFormat) -> any Printer { format.printer(for: output) }

    /// The evidence store of this user.
    func store() throws -> SQLiteEvidenceStore {
        try Files.makeDirectory(directories.state)
        return try SQLiteEvidenceStore(path: directories.state.appending("evidence.sqlite"))
    }
}

extension Rendering.Progress {
    init(_ work: WorkProgress, since start: ContinuousClock.Instant) {
        let elapsed = work.elapsed.map { Duration.seconds($0) } ?? ContinuousClock.now - start
        var remaining: Duration?
        if let expected = work.expected, let total = work.total, total > 0, let done = work.done {
            // Half from the clock, half from the steps: early on the steps mislead, late the clock does.
            let byClock = max(0, expected - elapsed / .seconds(1))
            let bySteps = max(0, expected * Double(total - min(done, total)) / Double(total))
            remaining = .seconds((byClock + bySteps) / 2)
        }
        self.init(
            stage: work.stage, done: work.done ?? 0, total: work.total, detail: work.detail ?? "", elapsed: elapsed,
            remaining: remaining)
    }
}
