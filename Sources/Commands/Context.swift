// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import SystemPackage

/// What a command takes from the world around it; tests make their own.
struct Context: Sendable {
    var environment: [String: String]
    var directories: Directories
    var workingDirectory: FilePath
    var progress: ProgressSink
    /// Writes results; machine output goes here alone.
    var write: @Sendable (String) -> Void
    /// Writes talk for people.
    var say: @Sendable (String) -> Void

    static func ofProcess() -> Context {
        let environment = ProcessInfo.processInfo.environment
        return Context(
            environment: environment, directories: Directories(environment: environment),
            workingDirectory: FilePath(FileManager.default.currentDirectoryPath),
            progress: { progress in Console.say(progress.text) }, write: { print($0, terminator: "") },
            say: { Console.say($0) })
    }

    /// The path as the user meant it, from the working directory.
    func path(_ text: String) -> FilePath {
        let expanded = FilePath(text)
        return expanded.isAbsolute ? expanded : workingDirectory.pushing(expanded).lexicallyNormalized()
    }
}

/// Standard error.
enum Console {
    static func say(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}

extension WorkProgress {
    /// One line.
    var text: String {
        var text = stage
        if let done, let total { text += " \(done)/\(total)" }
        if let detail { text += ": \(detail)" }
        return text
    }
}
