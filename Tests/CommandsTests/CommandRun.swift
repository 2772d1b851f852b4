// SPDX-License-Identifier: Apache-2.0
import Documents
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Commands

/// What a command wrote, what it said, and the exit status that the process would have ended with.
struct CommandRun {
    let status: Int32
    /// What would have gone to standard output.
    let output: String
    /// What would have gone to standard error, without progress.
    let error: String

    /// Runs a command line in this process, as the program would.
    init(_ arguments: [String], environment: [String: String], workingDirectory: FilePath) async {
        let streams = Streams()
        let talk = ProgressLine(terminal: .plain, clock: { .zero }, timer: { _, _ in }) { streams.say($0) }
        let end = await CommandEnd.of(arguments) {
            Context(
                environment: environment, directories: try .ofUser(environment: environment),
                workingDirectory: workingDirectory, output: .detect(descriptor: -1, environment: environment),
                progress: { _ in }, writeBytes: { streams.write($0) }, say: { talk.finish($0) })
        }
        streams.write(Array(end.output.utf8))
        if !end.talk.isEmpty { talk.finish(end.talk) }
        status = end.status
        (output, error) = streams.texts
    }

    /// Collects what is written by several threads.
    private final class Streams: Sendable {
        private let bytes = Mutex<(output: [UInt8], error: String)>(([], ""))

        func write(_ more: [UInt8]) { bytes.withLock { $0.output += more } }
        func say(_ more: String) { bytes.withLock { $0.error += more } }
        var texts: (String, String) { bytes.withLock { (String(decoding: $0.output, as: UTF8.self), $0.error) } }
    }
}

/// Folders of a test's own, in which commands run: in this process, or as the program, where the process is the point.
struct Installation {
    let folder: FilePath

    /// Runs a command in this process.
    func run(
        _ arguments: [String], _ variables: [String: String] = [:], sharedCache: Bool = false,
        in workingDirectory: FilePath? = nil
    ) async throws -> CommandRun {
        await CommandRun(
            arguments, environment: try environment(variables, sharedCache: sharedCache),
            workingDirectory: workingDirectory ?? folder)
    }

    /// Runs the program as a user would.
    func start(
        _ arguments: [String], _ variables: [String: String] = [:], sharedCache: Bool = false, input: String? = nil
    ) async throws -> Outcome {
        let environment = try environment(variables, sharedCache: sharedCache)
        return try await Command(RealThings.program.string, arguments, environment: environment).capture(input: input)
    }

    /// The user's cache, in which the sandbox is, or one of the test's own.
    private func environment(_ variables: [String: String], sharedCache: Bool) throws -> [String: String] {
        var environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin", "HOME": folder.string]
        environment["XDG_CACHE_HOME"] =
            sharedCache ? try RealThings.directories.cache.removingLastComponent().string : "\(folder)/cache"
        environment["XDG_STATE_HOME"] = "\(folder)/state"
        return environment.merging(variables) { $1 }
    }
}

func withInstallation(_ body: (Installation) async throws -> Void) async throws {
    try await withTemporaryFolder { try await body(Installation(folder: $0)) }
}

/// A store with one run, and the policy that `policy init` writes.
func withRecordedRun(_ body: (Installation) async throws -> Void) async throws {
    try await withInstallation { installation in
        let folder = installation.folder.appending("state/bessemer")
        try Files.makeDirectory(folder)
        let store = try SQLiteEvidenceStore(
            path: folder.appending(SQLiteEvidenceStore.fileName), settings: .ofBessemer(folder))
        try await store.append(try Entry.Draft(SampleRecord.passed()))
        #expect(try await installation.run(["policy", "init"]).status == 0)
        try await body(installation)
    }
}
