// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Foundation
internal import Host
internal import Lint
internal import Records

/// `bessemer lint`.
struct LintCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Check build files that make kernel Rust code for s390.",
        discussion: """
            Reads Makefiles, shell scripts, Dockerfiles, rust-toolchain files, and the pipelines of GitLab, GitHub and \
            Jenkins, with the files of the same folder that they include; what is not read is named with its line. \
            `bessemer explain SCR` explains the rules.

            Examples:
              bessemer lint . --format sarif
              bessemer lint ci/build.sh Dockerfile
              bessemer lint . --fix --nightly 2026-05-19

            The exit status is 2 where no build file could be read.
            """)

    @Argument(help: .value("PATH", "A folder or build files."), completion: .file())
    var paths: [String]

    @Option(help: .value("TREE", "A kernel's source: make targets are looked up in it."), completion: .directory)
    var tree: String?

    @Flag(help: "Show automatic fixes as a diff; apply them with --yes.")
    var fix = false

    @Flag(help: "Apply the fixes without a question.")
    var yes = false

    @Option(help: .value("YYYY-MM-DD", "The day that --fix gives a nightly without one."))
    var nightly: String?

    @Option(help: "How to write the findings to standard output.")
    var format: FindingFormat = .text

    func validate() throws {
        try require(!yes || fix, "--yes belongs to --fix.")
        if let nightly {
            try require(fix, "--nightly belongs to --fix.")
            try require(Waiver.isDay(nightly), "--nightly takes a day: YYYY-MM-DD.")
        }
    }

    func run(_ context: Context) async throws {
        let kernel = try tree.map { try KernelTargets(tree: context.path($0)) }
        let lints = paths.map { given in
            var lint = ScriptCheck(path: context.path(given))
            lint.kernel = kernel
            lint.nightly = nightly
            lint.onProgress = context.progress
            lint.leftOut = [context.directories.cache, context.directories.state]
            // From where the command runs, as one would write them: what shows findings beside a source looks there.
            if !Files.isDirectory(lint.path) {
                lint.prefix = given.lastIndex(of: "/").map { String(given[...$0]) } ?? ""
            } else if ![".", "./"].contains(given) {
                lint.prefix = given.hasSuffix("/") ? given : given + "/"
            }
            return lint
        }
        var results = try lints.map { try $0.check() }
        if fix, try apply(results.flatMap(\.changes), context) { results = try lints.map { try $0.check() } }
        let report = LintReport(results.map(\.report))
        try context.show(report, as: format) { try context.sarif([ScriptRules.family]).text(of: report) }
        guard report.files > 0 else {
            throw Failure(
                "lint.nothing", "no build file was read", advice: "name a folder with build files, or one of them")
        }
        if !report.findings.isEmpty { throw ExitCode(1) }
        guard report.files > report.partly else {
            throw Failure(
                "lint.partly", "no build file was read to its end",
                advice: "correct what is named above, or look at it by eye")
        }
    }

    /// Shows what would change, and changes it where the user said so. Whether anything was written.
    private func apply(_ changes: [ScriptChange], _ context: Context) throws -> Bool {
        guard !changes.isEmpty else {
            context.say("nothing here has an automatic fix")
            return false
        }
        let difference = changes.map(\.difference).joined()
        let shown = context.output.isInteractive ? VisibleText.lines(of: difference) : difference
        if format == .text { context.write(shown) } else { context.say(shown) }
        guard try yes || isConfirmed(changes.count, context) else {
            context.say("nothing was written; --yes writes it")
            return false
        }
        for change in changes {
            try change.apply()
            context.say("fixed \(change.name)")
        }
        return true
    }

    private func isConfirmed(_ count: Int, _ context: Context) throws -> Bool {
        guard isatty(STDIN_FILENO) == 1, context.output.isInteractive else { return false }
        context.say("Write \(count == 1 ? "this file" : "these \(count) files")? [y/N]")
        // Waiting in `readLine` would not heed Ctrl-C.
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&input, 1, 100) <= 0 { try Task.checkCancellation() }
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}
