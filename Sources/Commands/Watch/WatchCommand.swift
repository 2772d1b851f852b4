// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Policy
internal import Records
internal import Sandbox
internal import SystemPackage
internal import Watch
internal import Workflows

/// `bessemer watch`: what changed in the world that kernels are made from.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Look again at suites, kernel trees, configurations and compilers.",
        discussion: """
            What is looked at, the section `watch` of the policy says. Without a subcommand it looks: `bessemer watch \
            look --help`.

            Exit status: 0 nothing new, 1 something new, 2 something could not be looked at.

            Example: bessemer watch
            """,
        subcommands: [WatchLook.self, WatchList.self, WatchInstall.self], defaultSubcommand: WatchLook.self)
}

/// What a command of `watch` takes from the policy.
struct WatchOptions: ParsableArguments {
    @Option(
        help: .value(
            "FILE", "The policy whose section `watch` says what to look at (default: bessemer.yaml in this folder)."),
        completion: .file())
    var policy: String?

    func file(_ context: Context) -> FilePath { context.path(policy ?? PolicyFile.name) }

    /// Throws `Failure` with codes `policy.missing`, `policy.unreadable`, `watch.empty`.
    func plan(_ context: Context) throws -> WatchPlan {
        let file = file(context)
        let advice = "`bessemer policy init` writes a policy with an example of the section `watch`"
        guard Files.exists(file) else {
            throw Failure("policy.missing", "there is no policy \(file) that says what to look at", advice: advice)
        }
        let bytes = try Files.bytes(file, limit: PolicyFile.largest)
        _ = try PolicyFile.read(bytes, named: policy ?? PolicyFile.name)
        guard let plan = try PolicyFile.watch(bytes, named: policy ?? PolicyFile.name) else {
            throw Failure("watch.empty", "the policy \(file) has no section `watch`", advice: advice)
        }
        return plan
    }
}

/// `bessemer watch look`.
struct WatchLook: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "look", abstract: "Look at all that the policy names, and say what changed since the last look.",
        discussion: """
            Each look is recorded, and changes are computed from what is recorded: each is reported once. A source that can't \
            be looked at is reported with the age of the last good look, and changes nothing of what is known.

            Exit status: 0 nothing new, 1 something new, 2 something could not be looked at.

            Example: bessemer watch look | mail -E -s "Rust on s390" kernel-team
            """)

    @OptionGroup var options: WatchOptions

    @Flag(help: "Report pre-releases, too.")
    var preReleases = false

    @OptionGroup var glue: GlueFolderOption
    @OptionGroup var sandbox: SandboxOptions
    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        let plan = try options.plan(context)
        let store = try context.store()
        var history = WatchHistory(try await store.all(Sighting.self))
        let root = try sandbox.choice.knownLock(context).flatMap { context.sandboxes.existing($0) }
        let place = WatchPlace(
            folder: options.file(context).removingLastComponent(), cache: context.directories.cache,
            glue: try glue.folder(context), sandbox: root, mirror: { try await .ofHost(override: sandbox.mirror) },
            onProgress: context.progress)
        let now = Date()
        let looks = try await Watch(plan, place: place).look(history, at: now)
        var changes: [WatchChange] = []
        for look in looks {
            guard case .success(let sighting) = look.result else { continue }
            let state = history.state(of: look.source)
            let isSame = state.map { $0.values == sighting.values } ?? false
            let record = state.flatMap { isSame ? sighting.seenAlready(in: $0.entry) : nil } ?? sighting
            let entry = try await store.append(try Entry.Draft(record))
            changes += history.add(record, entry: entry.digest)
        }
        let news = changes.filter { $0.isReported(preReleases: preReleases) }
        let report = WatchReport(
            toolVersion: Bessemer.version, looks: looks, changes: news, history: history, at: now)
        try context.show(report, as: format.format)
        if !report.failures.isEmpty { throw ExitCode(2) }
        if !news.isEmpty { throw ExitCode(1) }
    }
}

/// `bessemer watch list`.
struct WatchList: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show what changed in all recorded looks, and what is known, without looking again.",
        discussion: "Example: bessemer watch list --format html > watch.html")

    @Flag(help: "Show pre-releases, too.")
    var preReleases = false

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        try context.requireEvidence()
        let history = WatchHistory(try await context.store().all(Sighting.self))
        let changes = history.changes.filter { $0.isReported(preReleases: preReleases) }
        try context.show(
            WatchReport(toolVersion: Bessemer.version, changes: changes, history: history, at: Date()),
            as: format.format)
    }
}
