// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Foundation
internal import Host
internal import Records
internal import Workflows

/// `bessemer console`.
struct ConsoleCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Read saved consoles and test output: results, events, and what is not known.",
        discussion: """
            FILE is a saved console of a kernel, a file in the form of KTAP or TAP, or the output of a selftest; - is \
            standard input. Clocks and names that something wrote before each line are taken off. With --baseline each \
            test gets the verdict that `bessemer test` gives; several FILEs are runs of one kernel then.

            Exit status: 0 every result is known and none failed, 1 failures or results that are not known, 2 no test \
            was decided, or a FILE could not be read.

            Examples:
              bessemer console dmesg.txt
              ssh root@lpar1 dmesg | bessemer console - --format junit > report.xml
              bessemer console new.log --baseline old.log
            """)

    @Argument(help: .value("FILE", "Saved consoles or test output; - is standard input."), completion: .file())
    var files: [String]

    @Option(help: .value("LOG", "The saved console of the kernel to compare with."), completion: .file())
    var baseline: String?

    @OptionGroup var format: ResultFormatOption

    func validate() throws {
        guard (files + [baseline].compactMap { $0 }).count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("Standard input can be read once only.")
        }
    }

    func run(_ context: Context) async throws {
        let before = try baseline.map { try log($0, context) }
        let logs = try files.map { try log($0, context) }
        let report = ConsoleReport(toolVersion: Bessemer.version, logs: logs, baseline: before)
        try context.show(report, as: format.format) { JUnitReport(report).text }
        switch report.verdict {
        case .passed: break
        case .failed, .unknown: throw ExitCode(1)
        case .inconclusive:
            let empty = ([before].compactMap { $0 } + logs).first { !$0.hasDecided }
            throw Failure(
                "console.nothing", "no test was decided in \(empty?.name ?? "the logs"), so it proves nothing",
                advice: "name the console of a kernel that runs tests (kunit.enable=1), or the output of a test")
        }
    }

    /// Bytes of a pipe, standard input or another, that can be read twice.
    private static let kept = 64 << 20

    private func log(_ name: String, _ context: Context) throws -> ConsoleReport.Log {
        var reader = ConsoleLogReader(name: name == "-" ? "standard input" : name)
        var size = 0
        func take(_ piece: [UInt8]) throws {
            try Task.checkCancellation()
            try reader.add(piece)
            size += piece.count
            // Smaller ones are read before a person has seen the line.
            if size >= 64 << 20 { context.progress(WorkProgress("reading \(name)", detail: "\(size >> 20) MiB")) }
        }
        let path = context.path(name)
        if name != "-", Files.isRegularFile(path) {
            try readPieces(of: path, take)
            return try reader.finish { take in try readPieces(of: path) { take($0) } }
        }
        // A pipe gives its bytes once.
        var kept: [[UInt8]]? = []
        func keep(_ piece: [UInt8]) throws {
            try take(piece)
            if size <= Self.kept { kept?.append(piece) } else { kept = nil }
        }
        if name == "-" {
            do {
                while let piece = try FileHandle.standardInput.read(upToCount: 1 << 20), !piece.isEmpty {
                    try keep(Array(piece))
                }
            } catch let error as CocoaError {
                throw Failure(
                    "file.unreadable", "could not read standard input", advice: "pipe a console log into the command",
                    underlying: error)
            }
        } else {
            try readPieces(of: path, keep)
        }
        guard let kept else { return try reader.finish() }
        return try reader.finish { take in kept.forEach(take) }
    }
}
