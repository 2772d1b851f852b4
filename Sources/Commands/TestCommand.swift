// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Foundation
internal import Guest
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage
internal import Workflows

extension TestSuite: ExpressibleByArgument {}

/// `bessemer test`.
struct TestCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the same tests on two kernels, and tell new test failures from old ones.",
        discussion: """
            KERNEL is the object folder of a build, or a bzImage alone; the last pilot's two kernels where none is named. \
            Each test gets a verdict: new-failure, still-failing, flaky, fixed, missing, unknown, added, passing, skipped. \
            Only new failures fail, and results that are lost on the candidate while the baseline passed. Exit status: 0 \
            clean, 1 new failures or lost results, 2 nothing could be compared.

            Examples:
              bessemer test --machine z13,z14,z15 --repeat 3
              bessemer test --baseline old/ --candidate new/ --suite kselftest \\
                  --tree ~/linux
              bessemer test --via "ssh root@lpar1" --kexec \\
                  --console "ssh hmc1 console lpar1"
            """)

    @Option(help: .value("KERNEL", "The kernel to compare with: object folder or bzImage."), completion: .file())
    var baseline: String?

    @Option(help: .value("KERNEL", "The kernel that is judged: object folder or bzImage."), completion: .file())
    var candidate: String?

    @Option(help: .value("SUITE", "What to run: kunit, modules, kselftest; may be given more than once."))
    var suite: [TestSuite] = [.kunit, .modules]

    @Option(name: .customLong("repeat"), help: .value("N", "Number of repetitions."))
    var turns = 1

    @Option(help: .value("NAMES", "Machines, comma-separated: z13, z14, z15, z16, or a CPU model of QEMU's."))
    var machine = "max"

    @Option(help: .value("N", "Processors of the guest."))
    var cpus = 2

    @Option(help: .value("MIB", "Memory of the guest."))
    var memory = 1024

    @Option(
        help: .value(
            "COMMAND",
            "Test on a guest or an LPAR instead: a command that runs what follows it there, as root. Quotes hold words together."
        ))
    var via: String?

    @Option(
        help: .value(
            "NAME",
            "What records call that machine (default: the host or container of ssh, podman, docker, kubectl, lxc or machinectl)."
        ))
    var name: String?

    @Option(
        help: .value(
            "COMMAND", "A command that prints that machine's console until it is stopped; results come from there."))
    var console: String?

    @Flag(help: "Let that machine start the kernels by kexec; after each it restarts into its own system.")
    var kexec = false

    @Option(help: .value("SECONDS", "Seconds to wait for that machine's own system after a test."))
    var returnLimit = 900

    @Option(help: .value("SECONDS", "Seconds after which a boot is ended."))
    var timeLimit = 1800

    @Option(help: .value("SECONDS", "Seconds without console output after which a boot is ended."))
    var silenceLimit = 300

    @Flag(help: "Also run the tests that the kernel marks as slow.")
    var slowTests = false

    @Option(
        help: .value("FILE", "A module built elsewhere for the baseline; may be repeated."),
        completion: .file(extensions: ["ko"]))
    var baselineModule: [String] = []

    @Option(
        help: .value("FILE", "A module built elsewhere for the candidate; may be repeated."),
        completion: .file(extensions: ["ko"]))
    var candidateModule: [String] = []

    @Option(
        help: .value(
            "DIR",
            "A module's source (Kbuild, C and Rust), built against each of the kernels; needs their object folders."),
        completion: .directory)
    var moduleSource: String?

    @Option(
        help: .value("TREE", "The source of both kernels, a folder or a version, for selftests and --module-source."),
        completion: .directory)
    var tree: String?

    @Option(
        help: .value(
            "NAMES",
            "Collections of selftests, comma-separated; `all` tries every one (default: those that suit a small guest)."
        ))
    var collections: String?

    @Option(help: .value("DIR", "Folder for regression.json and the console logs."), completion: .directory)
    var output: String?

    @OptionGroup var sandbox: SandboxOptions
    @OptionGroup var format: ResultFormatOption

    func validate() throws {
        try require(
            (baseline == nil) == (candidate == nil),
            "Name both kernels, --baseline and --candidate, or neither.")
        try require((1...100).contains(turns), "--repeat takes a number from 1 to 100.")
        try require((256...1_048_576).contains(memory), "--memory takes MiB, from 256.")
        try require((1...64).contains(cpus), "--cpus takes a number from 1 to 64.")
        try require(
            (10...86_400).contains(timeLimit) && (10...86_400).contains(silenceLimit),
            "--time-limit and --silence-limit take seconds, from 10 to 86400.")
        try require(!names(machine).isEmpty, "--machine names no machine.")
        if via != nil {
            try require(
                kexec && console != nil,
                "--via starts other kernels on that machine: --kexec allows it, and --console COMMAND shows its console."
            )
            try require(
                machine == "max" && cpus == 2 && memory == 1024,
                "--machine, --cpus and --memory are for QEMU; a machine of --via has its own.")
        }
        try require(
            via != nil || !kexec && console == nil && name == nil,
            "--kexec, --console and --name belong to --via.")
        if let name, name.wholeMatch(of: /[A-Za-z0-9@_][A-Za-z0-9@._:-]{0,63}/) == nil {
            throw ValidationError("--name takes up to 64 letters, digits and @ . _ : -, and begins with none of . : -.")
        }
        try require((10...86_400).contains(returnLimit), "--return-limit takes seconds, from 10 to 86400.")
        try require(collections == nil || suite.contains(.kselftest), "--collections belongs to --suite kselftest.")
        try require(moduleSource == nil || suite.contains(.modules), "--module-source belongs to --suite modules.")
    }

    func run(_ context: Context) async throws {
        let pilot = try pilotKernels(context)
        guard let lock = try sandbox.choice.knownLock(context, of: pilot) else {
            throw Failure("sandbox.absent", "no sandbox has been made yet", advice: "bessemer sandbox create")
        }
        let root = try sandbox.choice.existing(context, of: pilot)
        let folder =
            output.map { context.path($0) }
            ?? context.directories.state.pushing("regression").appending(Workflow.identifier(at: Date()))
        try Files.makeDirectory(folder, permissions: Files.ownFolder)
        let held = try FolderLock(folder, doing: "testing kernels")
        defer {
            withExtendedLifetime(held) {
                for name in ["user-space", "selftests"] { try? Files.remove(folder.appending(name)) }
            }
        }
        let first = try kernel(baseline, pilot?.baseline, baselineModule, context)
        let second = try kernel(candidate, pilot?.candidate, candidateModule, context)
        let program = try Bessemer.program()
        let store = try context.store()
        let workflow = Workflow(
            name: "test", subject: "\(second.named.image.release) beside \(first.named.image.release)", tool: program,
            store: store, say: context.say)
        let report = try await workflow.run { recorder in
            try await RegressionRun(
                plan: try await plan(first, second, pilot, lock, root, in: folder, context), sandbox: root,
                store: store, recorder: recorder, seal: try context.sealingKey(), version: program,
                progress: context.progress
            ).run()
        }
        try context.show(report, as: format.format) { JUnitReport(report).text }
        context.say("results and console logs are in \(folder)")
        if !report.isClean { throw ExitCode(1) }
        // A candidate that does not come up where the baseline does is a new failure; here neither was the worse.
        if !report.hasCompared {
            throw Failure(
                "regression.nothing", "nothing could be compared: on no machine did both kernels come to user space",
                advice: "look at the console logs in \(folder)/boots")
        }
    }

    private func kernel(
        _ named: String?, _ piloted: FilePath?, _ modules: [String], _ context: Context
    ) throws -> KernelUnderTest {
        let path = named.map { context.path($0) } ?? piloted ?? context.workingDirectory
        return try KernelUnderTest(at: path, name: named ?? path.string, more: modules.map { context.path($0) })
    }

    /// What is to be run, with what has to be built for it.
    private func plan(
        _ baseline: KernelUnderTest, _ candidate: KernelUnderTest, _ pilot: PilotKernels?, _ lock: SandboxLock,
        _ root: SandboxRoot, in folder: FilePath, _ context: Context
    ) async throws -> RegressionPlan {
        var (baseline, candidate) = (baseline, candidate)
        if let moduleSource {
            func build(_ kernel: inout KernelUnderTest, _ side: String) async throws {
                context.progress(WorkProgress("building the module for the \(side)"))
                let made = try await built(
                    context.path(moduleSource), for: kernel, pilot?.tree, root,
                    in: folder.appending("modules").appending(side), context)
                try kernel.add(made)
            }
            try await build(&baseline, "baseline")
            try await build(&candidate, "candidate")
        }
        let package = try UserSpace.package(in: lock)
        let packages = context.sandboxes.packages
        if try !packages.holds(package) {
            try await packages.fetch([package], from: try await sandbox.mirror(context), onProgress: context.progress)
        }
        let busybox = try await UserSpace(sandbox: root, folder: folder.appending("user-space")).busybox(
            from: try packages.file(of: package))
        var plan = RegressionPlan(baseline: baseline, candidate: candidate, busybox: busybox, output: folder)
        plan.sandbox = .init(lockDigest: lock.digest, specification: lock.specification?.name)
        plan.suites = TestSuite.allCases.filter(suite.contains)
        plan.turns = turns
        plan.machines = []
        for name in names(machine) where !plan.machines.contains(name) { plan.machines.append(name) }
        plan.remote = try remote()
        plan.cpus = cpus
        plan.memoryMiB = memory
        plan.timeLimit = timeLimit
        plan.silenceLimit = silenceLimit
        plan.slowTests = slowTests
        if suite.contains(.kselftest) {
            plan.selftests = try await selftests(pilot?.tree, lock, root, in: folder, context)
        }
        return plan
    }

    /// The machine of `--via`.
    private func remote() throws -> RemoteMachine? {
        guard let via else { return nil }
        guard let prefix = CommandPrefix(via), let console = console.flatMap(CommandPrefix.init) else {
            throw Failure(
                "remote.command", "--via or --console holds no command: it is empty, or a quote in it does not end",
                advice: "give them, such as --via \"ssh root@lpar1\" --console \"ssh hmc1 console lpar1\"")
        }
        guard name != nil || prefix.host != nil else {
            throw Failure(
                "remote.name",
                "which machine `\(prefix.program)` leads to is not known, and its arguments are not recorded",
                advice: "name the machine for the records: --name lpar1")
        }
        var machine = RemoteMachine(prefix: prefix, console: console)
        machine.returnLimit = .seconds(returnLimit)
        if let name { machine.name = name }
        return machine
    }

    /// The last pilot's kernels, where none is named.
    private func pilotKernels(_ context: Context) throws -> PilotKernels? {
        guard baseline == nil else { return nil }
        if let kernels = PilotKernels.last(in: context.directories.state) { return kernels }
        throw Failure(
            "pilot.none", "no pilot has built a baseline and a kernel with Rust yet",
            advice: "run `bessemer pilot`, or name two kernels with --baseline and --candidate")
    }

    /// The source that was named, or that the pilot built from.
    private func source(_ piloted: FilePath?, _ context: Context) async throws -> KernelTree {
        if let tree { return try await sandbox.tree(tree, context) }
        if let piloted { return try KernelTree(at: piloted) }
        throw Failure("regression.tree", "the source of the kernels is not known", advice: "name it with --tree TREE")
    }

    /// The modules that a source makes for a kernel.
    private func built(
        _ sources: FilePath, for kernel: KernelUnderTest, _ piloted: FilePath?, _ root: SandboxRoot,
        in folder: FilePath,
        _ context: Context
    ) async throws -> [FilePath] {
        guard let objects = kernel.objects else {
            throw Failure(
                "regression.module", "a module can't be built for \(kernel.named.file) alone",
                advice: "name the object folder of the kernel's build")
        }
        let module = ModuleBuild(
            tree: try await source(piloted, context), objects: objects, sandbox: root, folder: folder, date: 0)
        try module.take(sources: sources)
        try await module.run()
        return try module.made.names().filter { $0.hasSuffix(".ko") }.map {
            try module.made.file($0, limit: ForeignFolder.Limit.image)
        }
    }

    /// Builds the selftests of the kernels' source.
    private func selftests(
        _ piloted: FilePath?, _ lock: SandboxLock, _ root: SandboxRoot, in folder: FilePath, _ context: Context
    ) async throws -> (facts: SelftestFacts, folder: FilePath) {
        let source = try await self.source(piloted, context)
        let needed = try CrossLibrary.packages(in: lock)
        let packages = context.sandboxes.packages
        try await packages.fetch(needed, from: try await sandbox.mirror(context), onProgress: context.progress)
        let place = folder.appending("selftests")
        try await CrossLibrary.unpack(
            needed.map(packages.file), into: place.appending("library"), sandbox: root)
        let build = SelftestBuild(
            tree: source, sandbox: root, library: place.appending("library"), folder: place,
            jobs: ProcessInfo.processInfo.activeProcessorCount)
        let wanted = collections.map { $0 == "all" ? [] : names($0) }
        return (try await build.run(wanted, progress: context.progress), build.programs)
    }

    private func names(_ list: String) -> [String] {
        list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
