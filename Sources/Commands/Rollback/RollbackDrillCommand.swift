// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import Foundation
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage
internal import Workflows

/// `bessemer rollback drill`.
struct RollbackDrillCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Drill the rollback in QEMU: install, trial boot, panic, hang, power cut, uninstall.",
        discussion: """
            Installs a rollback plan of both kernels on a disk with Debian's own zipl and chreipl for s390x, and judges \
            each step from the console. The result is recorded as evidence beside the run that made the kernels.

            Without --lock, the kernels of a pilot are drilled in the sandbox that the pilot used.

            Example: bessemer rollback drill
            """)

    @OptionGroup var named: RollbackKernels
    @OptionGroup var sandbox: SandboxOptions

    @Option(
        name: .shortAndLong,
        help: .value(
            "DIR", "A new folder for drill.json, the plan and the console logs (default: below XDG_STATE_HOME)."),
        completion: .directory)
    var output: String?

    @Option(help: .value("SECONDS", "Seconds after which each start of the machine is ended."))
    var timeLimit = 600

    @Option(help: .value("N", "Number of power cuts while zipl writes."))
    var powerCuts = 6

    @Option(help: .value("MIB", "Size of the disk."))
    var disk = 512

    @OptionGroup var format: FormatOption

    func validate() throws {
        try require((10...3600).contains(timeLimit), "--time-limit takes seconds, from 10 to 3600.")
        try require((0...64).contains(powerCuts), "--power-cuts takes a number from 0 to 64.")
        try require((16...65_536).contains(disk), "--disk takes MiB, from 16 to 65536.")
    }

    func run(_ context: Context) async throws {
        let kernels = try named.kernels(context)
        guard let lock = try sandbox.choice.knownLock(context, of: kernels.pilot) else {
            throw Failure(
                "sandbox.absent", "that sandbox has not been made", advice: "bessemer sandbox create --lock FILE")
        }
        let root = try sandbox.choice.existing(context, of: kernels.pilot)
        let packages = context.sandboxes.packages
        let folder =
            output.map(context.path)
            ?? (kernels.pilot?.folder ?? context.directories.state).appending("rollback-drills")
            .appending(Workflow.identifier(at: Date()))
        var drill = RollbackDrillRun(
            baseline: kernels.baseline, candidate: kernels.candidate, sandbox: root, lock: lock, packages: packages,
            folder: folder, version: try Bessemer.program())
        drill.timeLimit = .seconds(timeLimit)
        drill.powerCuts = powerCuts
        drill.diskMiB = disk
        if let pilot = kernels.pilot {
            drill.module = DrillModuleSource(
                sources: try SharedFolder.path("Kernel/SelfTest").appending("drill"),
                tree: try KernelTree(at: pilot.tree),
                objects: pilot.candidate, date: pilot.date)
        } else {
            context.say("note: kernels that are no pilot's: the panic is C's (sysrq), the hang is one of user space")
        }
        try await packages.fetch(
            RollbackDrillRun.packages(of: lock), from: sandbox.mirror(context), onProgress: context.progress)
        let store = try context.store()
        let record = try await store.run(
            thatBuilt: kernels.candidate.image.sha256, beside: kernels.baseline.image.sha256)
        drill.run = record?.identifier
        let result = try await drill.perform(recordingIn: store, onProgress: context.progress, say: context.say)
        if let record {
            let run = try await store.run(record.identifier).entry
            if let pilot = kernels.pilot, pilot.run == record.identifier {
                _ = try await context.report(record, run.digest, try await store.drills(of: run), in: pilot.folder)
            }
            context.say("recorded beside run \(record.identifier)")
        } else {
            context.say("recorded by itself: no run of these two kernels is recorded")
        }
        try context.show(result, as: format.format)
        context.say("results are in \(folder)")
        if result.verdict != .pass { throw ExitCode(1) }
    }
}
