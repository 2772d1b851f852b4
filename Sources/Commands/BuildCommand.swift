// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Host
internal import KernelTree
internal import Policy
internal import Records
internal import SystemPackage
internal import Workflows

/// Which of a run's kernels are meant.
enum KernelChoice: String, CaseIterable, ExpressibleByArgument {
    case candidate, baseline, both

    /// nil for all that the run has.
    var roles: [KernelRole]? {
        switch self {
        case .candidate: [.candidate]
        case .baseline: [.baseline]
        case .both: nil
        }
    }
}

/// `bessemer build`.
struct BuildCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build a recorded run's kernels a second time, and compare them file by file.",
        discussion: """
            Takes the source, the sandbox's lock, the patches and the configurations that the run recorded, and builds in \
            another folder, with another number of jobs and without a compiler cache. What differs is shown with the ELF \
            section and the cause. Goes on from the last finished step of an earlier time.

            Example: bessemer build --twice 20261122T1015

            The exit status is 1 where something differs.
            """)

    @Option(
        help: .value("RUN", "A run's identifier; the beginning is enough."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var twice: String

    @Option(help: "The kernel to build: candidate (with Rust), baseline (GCC alone), or both.")
    var kernel = KernelChoice.both

    @Flag(
        help:
            "Build in a tree of the files alone that the kernel's list of materials names: shows whether it is complete."
    )
    var listedOnly = false

    @Option(name: .shortAndLong, help: .value("N", "Compilers at once (default: another number than the run had)."))
    var jobs: Int?

    @Option(
        help: .value("DIR", "Folder for objects and results (default: one a run, below XDG_STATE_HOME)."),
        completion: .directory)
    var work: String?

    @Option(
        help: .value(
            "ADDRESS", "Debian mirror for packages that are not in the cache (default: the one of this host's apt)."))
    var mirror: String?

    @Option(help: .value("SECONDS", "Seconds after which building a kernel is ended."))
    var buildTimeLimit = 43_200

    @Option(help: .value("GIB", "End a build whose objects take more of the disk."))
    var buildDiskLimit = 50

    @OptionGroup var waivers: WaiverOptions

    @Option(help: "How to write the comparison to standard output.")
    var format: FindingFormat = .text

    func validate() throws {
        try require((1...1024).contains(jobs ?? 1), "--jobs takes a number from 1 to 1024.")
        try require((10...2_592_000).contains(buildTimeLimit), "--build-time-limit takes seconds, from 10 to 2592000.")
        try require((1...1_048_576).contains(buildDiskLimit), "--build-disk-limit takes GiB, from 1 to 1048576.")
    }

    func run(_ context: Context) async throws {
        try BuildEnvironment.check(context.environment)
        var plan = RebuildPlan(run: twice)
        plan.kernels = kernel.roles
        plan.listedOnly = listedOnly
        plan.jobs = jobs
        plan.mirror = mirror
        plan.folder = work.map(context.path)
        plan.waivers = try waivers.read(context)
        plan.buildLimits = BuildLimits(time: .seconds(buildTimeLimit), disk: buildDiskLimit << 30)
        let rebuild = Rebuild(
            plan: plan, directories: context.directories, store: try context.store(), version: Bessemer.version,
            program: try Bessemer.program(), progress: context.progress, say: context.say)
        let result = try await rebuild.run()
        if result.unchanged { context.say("nothing has changed since this second build; its results still hold") }
        let report = result.report
        try context.show(report, as: format) {
            try context.sarif(RunRules.families).text(of: report)
        }
        context.say("recorded beside run \(report.run) as \(report.identifier); results are in \(result.folder)")
        if report.verdict != .equal || !report.findings.allSatisfy({ $0.severity != .error }) { throw ExitCode(1) }
    }
}
