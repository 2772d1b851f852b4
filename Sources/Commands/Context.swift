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
    /// What standard output can show.
    var output: Terminal
    var progress: ProgressSink
    /// Writes results; machine output goes here alone.
    var write: @Sendable (String) -> Void
    /// Writes talk for people.
    var say: @Sendable (String) -> Void

    /// Throws `Failure` with code `home.unknown`.
    static func ofProcess() throws -> Context {
        let environment = ProcessInfo.processInfo.environment
        let console = Console.ofProcess
        return Context(
            environment: environment, directories: try Directories.ofUser(environment: environment),
            workingDirectory: FilePath(FileManager.default.currentDirectoryPath), output: console.output,
            progress: { console.show($0) }, write: { console.write($0) }, say: { console.say($0) })
    }

    /// The path as the user meant it, from the working directory.
    func path(_ text: String) -> FilePath {
        let given = FilePath(text)
        return given.isAbsolute ? given : workingDirectory.pushing(given).lexicallyNormalized()
    }

    func printer(_ format: OutputFormat) -> any Printer { format.printer(for: output) }

    /// The evidence store of this user, to be read; nil where nothing has been recorded yet.
    func evidence() throws -> SQLiteEvidenceStore? {
        try .reading(directories.state.appending("evidence.sqlite"))
    }

    /// The evidence store of this user, which is made where there is none.
    func store() throws -> SQLiteEvidenceStore {
        try Files.makeDirectory(directories.state)
        return try SQLiteEvidenceStore(path: directories.state.appending("evidence.sqlite"))
    }
}
