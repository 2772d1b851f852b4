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
        return Context(
            environment: environment, directories: Directories(environment: environment),
            workingDirectory: FilePath(FileManager.default.currentDirectoryPath),
            output: .detect(descriptor: STDOUT_FILENO, environment: environment),
            progress: { line.update($0) },
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
        try Files.makeDirectory(directories.state, permissions: Files.ownFolder)
        return try SQLiteEvidenceStore(path: directories.state.appending("evidence.sqlite"))
    }
}
