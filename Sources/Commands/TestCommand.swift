// SPDX-License-Identifier: Apache-2.0
public import ArgumentParser
internal import Foundation
internal import Guest
internal import Host
internal import KernelTree
internal import Pilot
public import Regression
internal import Rendering
internal import Sandbox
internal import SystemPackage

extension TestSuite: ExpressibleByArgument {}

/// `bessemer test`.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the same tests on two kernels, and tell what the second broke from what was broken before.",
        discussion: """
            KERNEL is the object folder of a build, or a bzImage alone; the last pilot's two kernels where none is named. \
            Each test gets a verdict: new-failure, still-failing, flaky, fixed, missing, unknown, added, passing, skipped. \
            Only new failures fail, and results that are lost on the candidate while the baseline passed. Exit status: 0 \
            clean, 1 new failures or lost results, 2 nothing could be compared.

            Examples:
              bessemer test --machine z13,z14,z15 --repeat 3
              bessemer test --baseline old/ --candidate new/ --suite kselftest --tree ~/linux
            """)

    @Option(
        help: ArgumentHelp("The kernel to compare with: object folder or bzImage.", valueName: "KERNEL"),
        completion: .file())
    var baseline: String?

    @Option(
        help: ArgumentHelp("The kernel that is judged: object folder or bzImage.", valueName: "KERNEL"),
        completion: .file())
    var candidate: String?

    @Option(
        help: ArgumentHelp("What to run: kunit, modules, kselftest; may be given more than once.", valueName: "SUITE"))
    var suite: [TestSuite] = [.kunit, .modules]

    @Option(name: .customLong("repeat"), help: ArgumentHelp("Run everything so often.", valueName: "N"))
    var turns = 1

    @Option(
        help: ArgumentHelp(
            "Machines, with commas: z13, z14, z15, z16, or a CPU model of QEMU's.", valueName: "NAMES"))
    var machine = "max"

    @Option(help: ArgumentHelp("Processors of the guest.", valueName: "N"))
    var cpus = 2

    @Option(help: ArgumentHelp("Memory of the guest.", valueName: "MIB"))
    var memory = 1024

    @Option(help: ArgumentHelp("End a boot after so many seconds.", valueName: "SECONDS"))
    var timeLimit = 1800

    @Option(help: ArgumentHelp("End a boot after so many seconds without a word.", valueName: "SECONDS"))
    var silenceLimit = 300

    @Flag(help: "Also run the tests that the kernel marks as slow.")
    var slowTests = false

    @Option(
        help: ArgumentHelp("A module built elsewhere for the baseline; may be repeated.", valueName: "FILE"),
        completion: .file(extensions: ["ko"]))
    var baselineModule: [String] = []

    @Option(
        help: ArgumentHelp("A module built elsewhere for the candidate; may be repeated.", valueName: "FILE"),
        completion: .file(extensions: ["ko"]))
    var candidateModule: [String] = []

    @Option(
        help: ArgumentHelp(
            "The source whose selftests are built: a folder or a version (default: the last pilot's).",
            valueName: "TREE"), completion: .directory)
    var tree: String?

    @Option(
        help: ArgumentHelp(
            "Collections of selftests, with commas; `all` tries every one (default: those that suit a small guest).",
            valueName: "NAMES"))
    var collections: String?

    @Option(
        help: ArgumentHelp("Folder for regression.json and the console logs.", valueName: "DIR"),
        completion: .directory)
    var output: String?

    @OptionGroup var sandbox: SandboxOptions
    @OptionGroup var format: FormatOption

    func validate() throws {
        guard (baseline == nil) == (candidate == nil) else {
            throw ValidationError("Name both kernels, --baseline and --candidate, or neither.")
        }
        guard (1...100).contains(turns) else { throw ValidationError("--repeat takes a number from 1 to 100.") }
        guard (256...1_048_576).contains(memory) else { throw ValidationError("--memory takes MiB, from 256.") }
        guard (1...64).contains(cpus) else { throw ValidationError("--cpus takes a number from 1 to 64.") }
        guard (10...86_400).contains(timeLimit), (10...86_400).contains(silenceLimit) else {
            throw ValidationError("--time-limit and --silence-limit take seconds, from 10 to 86400.")
        }
        guard !names(machine).isEmpty else { throw ValidationError("--machine names no machine.") }
        if collections != nil || tree != nil, !suite.contains(.kselftest) {
            throw ValidationError("--tree and --collections belong to --suite kselftest.")
        }
    }

    func run() async throws { try await run(.ofProcess()) }

    func run(_ context: Context) async throws {
        let pilot = baseline == nil ? try PilotKernels.last(in: context.directories.state) : nil
        func kernel(_ named: String?, _ piloted: FilePath?, _ more: [String]) throws -> KernelUnderTest {
            let path = named.map { context.path($0) } ?? piloted ?? context.workingDirectory
            return try KernelUnderTest(at: path, name: named ?? path.string, more: more.map { context.path($0) })
        }
        let first = try kernel(baseline, pilot?.baseline, baselineModule)
        let second = try kernel(candidate, pilot?.rust, candidateModule)
        guard let lock = try sandbox.knownLock(context) else {
            throw Failure("sandbox.absent", "no sandbox has been made yet", advice: "bessemer sandbox create")
        }
        let root = try sandbox.existing(context)
        let stamp = Date().ISO8601Format(
            .iso8601(timeZone: .gmt, dateSeparator: .omitted, timeSeparator: .omitted))
        let folder = output.map { context.path($0) } ?? context.directories.state.pushing("regression").appending(stamp)
        try Files.makeDirectory(folder)

        let package = try UserSpace.package(in: lock)
        let packages = sandbox.store(context).packages
        if !Files.exists(packages.file(of: package)) {
            try await packages.fetch([package], from: try await sandbox.mirror(context), onProgress: context.progress)
        }
        let busybox = try await UserSpace(sandbox: root, folder: folder.appending("user-space")).busybox(
            from: packages.file(of: package))
        var plan = RegressionPlan(baseline: first, candidate: second, busybox: busybox, output: folder)
        plan.suites = TestSuite.allCases.filter(suite.contains)
        plan.turns = turns
        plan.machines = names(machine)
        plan.cpus = cpus
        plan.memoryMiB = memory
        plan.timeLimit = timeLimit
        plan.silenceLimit = silenceLimit
        plan.slowTests = slowTests
        let report = try await RegressionCampaign(
            plan: plan, sandbox: root, version: Bessemer.version, progress: context.progress
        ).run()
        try Files.remove(folder.appending("user-space"))
        context.write(try context.printer(format.format).text(of: report))
        context.say("results and console logs are in \(folder)")
        if !report.hasCompared {
            throw Failure(
                "regression.nothing", "nothing could be compared: on no machine did both kernels come to user space",
                advice: "look at the console logs in \(folder)/boots")
        }
        if !report.isClean { throw ExitCode(1) }
    }

    private func names(_ list: String) -> [String] {
        list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
