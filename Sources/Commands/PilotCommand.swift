// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Foundation
internal import Host
internal import KernelTree
internal import Policy
internal import Records
internal import SystemPackage
package import Workflows

extension PilotEnd: ExpressibleByArgument {}

/// `bessemer pilot`: the whole journey.
struct PilotCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "pilot",
        abstract: "Take a kernel source to a booted, tested, recorded, Rust-enabled s390x kernel.",
        discussion: """
            Goes on from the last finished step of an earlier run; does nothing again that has not changed.

            Where this folder has a policy, its first stage is judged at the end, as `bessemer gate` does it, and the verdict \
            recorded. The exit status is that of the pilot.

            Example: bessemer pilot --kernel 6.12 --sandbox standard
            """)

    @Option(
        help: .value("SOURCE", "A version (7.3, 7.2, 6.12: Debian's source package), a source folder, or a tarball."),
        completion: .file())
    var kernel = "6.12"

    @OptionGroup var sandbox: SandboxOptions

    @Flag(help: "Choose versions again where the mirror no longer has a locked one; the record shows the difference.")
    var orAnew = false

    @OptionGroup var series: SeriesOption

    @OptionGroup var glue: GlueFolderOption

    @Flag(help: "Build no kernel without Rust to compare with.")
    var rustOnly = false

    @Flag(inversion: .prefixedNo, help: "Build Bessemer's self-test module, and insert it in the guest.")
    var selfTest = true

    @Option(
        help: .value(
            "BASE", "Configuration to start from: tinyconfig, defconfig, an s390 defconfig's name, or a file."),
        completion: .file())
    var base = "tinyconfig"

    @Option(
        help: .value("FILE", "Configuration fragment to merge on top; may be given more than once."),
        completion: .file())
    var fragment: [String] = []

    @OptionGroup var waivers: WaiverOptions

    @Option(
        help: .value(
            "CACHE",
            "Compiler cache: `source` (of this source's content alone), `none`, or a name for trees that may decide each "
                + "other's objects."))
    var compilerCache = "source"

    @Option(name: .shortAndLong, help: .value("N", "Compilers at once (default: one a processor)."))
    var jobs: Int?

    @Option(help: .value("SECONDS", "Seconds after which configuring or building a kernel is ended."))
    var buildTimeLimit = 43_200

    @Option(help: .value("GIB", "End a build whose objects, or whose compiler cache, take more of the disk."))
    var buildDiskLimit = 50

    @Option(
        help: .value("DIR", "Folder for objects, results and reports (default: one a kernel, below XDG_STATE_HOME)."),
        completion: .directory)
    var work: String?

    @Option(help: .value("MIB", "Memory of the guest."))
    var memory = 1024

    @Option(help: .value("N", "Processors of the guest."))
    var cpus = 2

    @Option(help: .value("SECONDS", "Seconds after which the guest is ended."))
    var timeLimit = 1800

    @Flag(help: "Also run the tests that the kernel marks as slow (under an emulator they take very long).")
    var slowTests = false

    @Option(help: "End after this step, without a report.")
    var until: PilotEnd?

    @OptionGroup var policy: PolicyOption

    @OptionGroup var format: ResultFormatOption

    func validate() throws {
        try require((1...1024).contains(jobs ?? 1), "--jobs takes a number from 1 to 1024.")
        try require(
            !compilerCache.isEmpty && compilerCache.utf8.count <= 64,
            "--compiler-cache takes source, none, or a name of at most 64 characters.")
        try require((256...1_048_576).contains(memory), "--memory takes MiB, from 256.")
        try require((1...64).contains(cpus), "--cpus takes a number from 1 to 64.")
        try require((10...86_400).contains(timeLimit), "--time-limit takes seconds, from 10 to 86400.")
        try require((10...2_592_000).contains(buildTimeLimit), "--build-time-limit takes seconds, from 10 to 2592000.")
        try require((1...1_048_576).contains(buildDiskLimit), "--build-disk-limit takes GiB, from 1 to 1048576.")
    }

    func run(_ context: Context) async throws {
        try BuildEnvironment.check(context.environment)
        let policy = try policy.fileIfThere(context)
        // A path is the user's; a version such as 7.3 is not one.
        let named = Files.exists(context.path(kernel)) || kernel.contains("/") ? context.path(kernel).string : kernel
        let folder = work.map(context.path) ?? PilotPlan.folder(forKernel: named, in: context.directories.state)
        var plan = PilotPlan(
            kernel: named, lock: try sandbox.choice.knownLock(context),
            jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount,
            folder: folder)
        plan.specification = try sandbox.choice.specification(context)
        plan.mirror = sandbox.mirror
        plan.allowExpired = sandbox.allowExpired
        plan.orAnew = orAnew
        plan.base = Files.exists(context.path(base)) ? context.path(base).string : base
        plan.fragments = fragment.map(context.path)
        if let absent = plan.fragments.first(where: { !Files.isRegularFile($0) }) {
            throw Failure(
                "pilot.fragment", "\(absent) is not a file", advice: "name a configuration fragment with --fragment")
        }
        plan.waivers = try waivers.read(context)
        // A kernel that has Rust support needs no series, and none is looked for then.
        plan.glue = glue.glue == nil ? try? glue.folder(context) : try glue.folder(context)
        plan.series = series.named
        if selfTest { plan.selfTest = try SharedFolder.path("Kernel/SelfTest") }
        plan.comparesWithBaseline = !rustOnly
        plan.memoryMiB = memory
        plan.cpus = cpus
        plan.timeLimit = timeLimit
        plan.slowTests = slowTests
        plan.until = until
        plan.buildLimits = BuildLimits(time: .seconds(buildTimeLimit), disk: buildDiskLimit << 30)
        plan.compilerCache =
            switch compilerCache {
            case "source": .perSource
            case "none": .none
            default: .shared(compilerCache)
            }

        let pilot = Pilot(
            plan: plan, directories: context.directories, store: try context.store(), version: Bessemer.version,
            program: try Bessemer.program(), progress: context.progress, say: context.say, reports: ReportStep.files
        ) { [format = format.format] run in
            try context.report(run, in: folder)
            if format != .text { try context.show(run, as: format) { JUnitReport(run).text } }
        }
        guard let result = try await pilot.run() else {
            context.say("done up to \(until?.rawValue ?? "here"); results are in \(folder)")
            return
        }
        if result.unchanged { context.say("nothing has changed since this run; its results still hold") }
        let files = try await context.report(result.record, result.entry, result.drills, in: folder).map(\.string)
        let place = try await context.place(of: result.entry, in: try context.store())
        let run = ReportedRun(record: result.record, drills: result.drills, evidence: place, files: files)
        try context.show(run, as: format.format) { JUnitReport(result.record).text }
        if let policy {
            // The pilot is done; what keeps its gate from being judged is not its result.
            do {
                try await judge(result.record.identifier, by: policy, context)
            } catch let failure as Failure {
                context.say("gate not judged: \(failure.terminalText)")
            }
        }
        if result.record.verdict != .passed { throw ExitCode(1) }
    }

    /// Says the verdict of the policy's first stage.
    private func judge(_ run: String, by file: (policy: Policy, bytes: [UInt8]), _ context: Context) async throws {
        guard let stage = file.policy.stages.first?.name else { return }
        let (evidence, store) = try await context.gateEvidence(run)
        let (report, _) = try await context.judge(
            try Gate(file.policy, stage: stage), evidence, by: file.bytes, today: try await DayOption.today(store),
            in: store)
        let refusing = report.failing.map(\.rule).joined(separator: ", ")
        context.say(
            report.verdict == .pass
                ? "gate \(stage): passed"
                : "gate \(stage): refused by \(refusing); `bessemer gate \(run) --stage \(stage)` has the reasons")
    }
}
