// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Guest
package import Host
package import KernelTree
package import Records
internal import Rollback
package import Sandbox
package import SystemPackage

/// What a drill is asked to do.
package struct RollbackDrillRun: Sendable {
    package var baseline: NamedKernel
    package var candidate: NamedKernel
    package var sandbox: SandboxRoot
    package var lock: SandboxLock
    package var packages: PackageCache
    /// nil: the panic is C's, by sysrq, and the hang is one of user space.
    package var module: DrillModuleSource?
    /// Receives `drill.json`, the plan, and the console logs; must not be there yet.
    package var folder: FilePath
    /// The run that made both kernels.
    package var run: String?
    /// Of this program.
    package var version: String
    /// For one session of the machine.
    package var timeLimit: Duration = .seconds(240)
    /// How often the power is cut while zipl writes.
    package var powerCuts = 6
    package var diskMiB = 512
    package var memoryMiB = 1024

    package init(
        baseline: NamedKernel, candidate: NamedKernel, sandbox: SandboxRoot, lock: SandboxLock, packages: PackageCache,
        folder: FilePath, version: String
    ) {
        self.baseline = baseline
        self.candidate = candidate
        self.sandbox = sandbox
        self.lock = lock
        self.packages = packages
        self.folder = folder
        self.version = version
    }

    /// What a kernel needs to be started from the drill's disk without an initial RAM file system.
    package static let needed = [
        "VIRTIO_BLK", "EXT4_FS", "MSDOS_PARTITION", "BLK_DEV_INITRD", "DEVTMPFS", "SYSFS", "PROC_FS", "BINFMT_ELF",
        "BINFMT_SCRIPT",
    ]

    /// Parameters of both kernels: the console as `ConsoleLine` reads it, no test at boot.
    private static let parameters = [
        "rw", "console=ttyS0", "printk.devkmsg=on", "printk.time=1", "ignore_loglevel", "sclp_con_drop=0",
        "log_buf_len=4M", "kunit.enable=0",
    ]

    /// The packages of the guest's disk: those that the lock pins for it, and busybox.
    ///
    /// Throws `Failure` with code `lock.incomplete`.
    package static func packages(of lock: SandboxLock) throws -> [LockedPackage] {
        guard let guest = lock.guest, guest.contains(where: { $0.name == "s390-tools" }),
            let busybox = lock.fetched("busybox-static")
        else {
            throw Failure(
                "lock.incomplete", "the sandbox lock pins no s390-tools for a guest's disk",
                advice: "use Bessemer's own lock (--lock Locks/standard.lock.json), or write one with "
                    + "`bessemer sandbox lock --output FILE`")
        }
        return guest + [busybox]
    }

    /// Goes the whole way, writes `drill.json`, and records each step and the drill; the packages have to be in the cache.
    ///
    /// Throws `Failure` with codes `rollback.exists`, `rollback.driver`, `rollback.disk`, those of the plan, and those of
    /// the sandbox where it can't do its work; what the kernels do wrong is a step's verdict.
    package func perform(
        recordingIn store: any EvidenceArchive, onProgress: @escaping ProgressSink,
        say: @escaping @Sendable (String) -> Void
    ) async throws -> RollbackDrill {
        guard !Files.exists(folder) else {
            throw Failure("rollback.exists", "\(folder) is there already", advice: "name a new folder with --output")
        }
        try checkDrivers()
        let modules = try [baseline, candidate].compactMap(\.objects).map { try PlanModules(of: $0) }
        let ofModules = modules.reduce(0) { $0 + ($1.isTooLarge ? 0 : $1.size) }
        let needMiB = (baseline.image.size * 3 + candidate.image.size * 2 + ofModules * 2) >> 20 + 160
        guard diskMiB >= needMiB else {
            throw Failure(
                "rollback.disk",
                "a disk of \(diskMiB) MiB is too small: both kernels and the tools need \(needMiB) MiB",
                advice: "give a larger one with --disk \(needMiB)")
        }
        let workflow = Workflow(
            name: "drill", subject: "\(candidate.image.release) and back to \(baseline.image.release)", tool: version,
            store: store, say: say)
        return try await workflow.run { recorder in
            let partial = FilePath("\(folder).partial")
            try Files.remove(partial)
            try Files.makeDirectory(partial, permissions: Files.ownFolder)
            if let free = Files.freeSpace(at: partial), free >> 20 < needMiB * 2 {
                throw Failure(
                    "disk.full", "\(partial) has \(free >> 20) MiB free; the drill needs \(needMiB * 2) MiB",
                    advice: "free space there, or name another folder with --output")
            }
            let disk = DrillDisk(sandbox: sandbox, folder: partial)
            defer { disk.remove() }
            let drill = try await perform(in: partial, disk, recorder, onProgress)
            try AtomicFile.write(json: drill, to: partial.appending("drill.json"), permissions: AtomicFile.own)
            disk.remove()
            try Files.rename(partial, to: folder)
            try await store.record(drill, steps: recorder.entries)
            return drill
        }
    }

    private func kernel(_ role: KernelRole) -> NamedKernel { role == .baseline ? baseline : candidate }

    private func checkDrivers() throws {
        for role in KernelRole.allCases {
            guard let lacking = try kernel(role).lacking(Self.needed), !lacking.isEmpty else { continue }
            throw Failure(
                "rollback.driver",
                "the \(role.rawValue) can't start from the drill's disk: its configuration lacks "
                    + lacking.map { "\($0)=y" }.joined(separator: ", "),
                advice: "build both kernels with them, as `bessemer pilot` does",
                underlying: kernel(role).configuration.map { "looked into \($0)" })
        }
    }

    private func perform(
        in work: FilePath, _ disk: DrillDisk, _ recorder: StepRecorder, _ onProgress: @escaping ProgressSink
    ) async throws -> RollbackDrill {
        let startedAt = Date()
        let token = String(UUID().uuidString.prefix(8)).lowercased()
        let total = 15 + powerCuts
        var steps: [RollbackDrill.Step] = []
        var consoles: [RollbackDrill.Console] = []
        var logs: [String] = []
        let locked = try Self.packages(of: lock)
        let inputs = Digest(
            of: try JSON.encode(
                Inputs(
                    version: version, baseline: baseline.image, candidate: candidate.image, lock: lock.digest,
                    packages: locked, hasModule: module != nil, timeLimit: timeLimit.seconds, powerCuts: powerCuts,
                    diskMiB: diskMiB, memoryMiB: memoryMiB))
        ).hexadecimal
        /// A step of the drill, recorded when it ends with the console logs of its sessions. What goes into it is what went
        /// into the drill, and all that was done before it: nothing of it is taken over later.
        func take<Output: Codable & Sendable>(
            _ name: String, _ what: String, files: () -> [StepAttachment] = { [] },
            _ step: () async throws -> Output
        ) async throws -> Output {
            onProgress(WorkProgress("drill: \(what)", done: steps.count, total: total))
            let first = logs.count
            let before = await recorder.steps.map { $0.output?.hexadecimal ?? "" }
            return try await recorder.perform(
                name, inputs: Digest(of: ([inputs, name] + before).joined(separator: "\u{0}"))
            ) { _ in
                logs[first...].map { StepAttachment($0, work.appending($0)) } + files()
            } work: {
                try await step()
            }.output
        }
        /// The same where it comes to one step of the record.
        func judged(_ name: String, _ what: String, _ step: () async throws -> RollbackDrill.Step) async throws {
            steps.append(try await take(name, what, step))
        }

        let plan = work.appending("plan")
        var written: RollbackPlan?
        let planDigest = try await take(
            "plan", "writing the plan",
            files: { (written?.texts ?? []).map { StepAttachment($0, plan.pushing(FilePath($0))) } }
        ) {
            var request = RollbackRequest(baseline: baseline, candidate: candidate, root: DrillDisk.root)
            request.parameters = Self.parameters
            request.device = GuestMachine.Disk.device
            written = try request.write(to: plan)
            return try Digest(ofFile: plan.appending("SHA256SUMS"))
        }
        var module: FilePath?
        if let source = self.module {
            let made = ForeignFolder(work.appending("module"))
            _ = try await take("module", "building the module that ends the kernel") {
                try await source.build(in: made.path, sandbox: sandbox)
                return try made.digest(of: DrillModuleSource.name)
            }
            module = try made.file(DrillModuleSource.name, limit: ForeignFolder.Limit.image)
        }
        let byRust = module != nil
        _ = try await take("disk", "making the disk") {
            let unpacked = work.appending("busybox")
            let package = try UserSpace.package(in: lock)
            let busybox = try await UserSpace(sandbox: sandbox, folder: unpacked).busybox(
                from: packages.file(of: package))
            try disk.make(mebibytes: diskMiB)
            try await disk.pack(
                locked.filter { $0.name != package.name }.map(packages.file), busybox: busybox, plan: plan,
                module: module,
                parameters: Self.parameters)
            try Files.remove(unpacked)
            return try disk.bootRecord()
        }
        let emulator = try await GuestMachine.emulator(in: sandbox)

        var sessions = 0
        /// A session of the machine; `slow` limits what the disk takes in a second.
        func session(
            _ scene: DrillScripts.Scene, kernel: NamedKernel? = nil, writesPerSecond: Int? = nil,
            onWord: @escaping @Sendable (DrillConsole.Word, PowerSwitch) -> Void = { _, _ in }
        ) async throws -> DrillSession.Result {
            sessions += 1
            // Twenty bytes for scene, number and token.
            let name = "\(scene.rawValue)-\(sessions)\(token.prefix(6))"
            var machine = GuestMachine(start: .disk)
            if let kernel {
                machine.start = .kernel(
                    kernel.file, initramfs: disk.initramfs,
                    commandLine: (Self.parameters.dropFirst() + ["panic=-1", DrillScripts.sessionParameter + name])
                        .joined(separator: " "))
            }
            machine.disk = GuestMachine.Disk(image: disk.image, serial: name, writesPerSecond: writesPerSecond)
            machine.reboots = kernel == nil
            machine.hasWatchdog = kernel == nil
            machine.memoryMiB = memoryMiB
            machine.timeLimit = timeLimit
            machine.silenceLimit = timeLimit
            let log = "console-\(sessions < 10 ? "0" : "")\(sessions)-\(scene.rawValue).log"
            logs.append(log)
            let result = try await DrillSession(name: name, machine: machine, folder: work, file: log).run(
                in: sandbox, onWord: onWord)
            consoles.append(result.log)
            return result
        }
        func finished() -> RollbackDrill {
            RollbackDrill(
                identifier: Workflow.identifier(at: startedAt, token: token), run: run, toolVersion: version,
                startedAt: startedAt, finishedAt: Date(),
                kernels: KernelRole.allCases.map {
                    .init(role: $0, image: kernel($0).image, fingerprint: fingerprints[$0])
                }, plan: planDigest, emulator: emulator, accelerator: GuestMachine.accelerator,
                sandboxLock: lock.digest,
                packages: locked.map {
                    .init(name: $0.name, version: $0.version, architecture: $0.architecture, sha256: $0.sha256)
                }, steps: steps, consoles: consoles)
        }

        var fingerprints: [KernelRole: Digest] = [:]
        try await judged("look", "meeting the candidate") {
            let look = try await session(.look, kernel: candidate)
            fingerprints[.candidate] = look.boot(1)?.fingerprint
            return DrillJudge(fingerprints: fingerprints).meeting(.candidate, look)
        }
        var ziplTime = 0.0
        let installed = try await take("install", "meeting the baseline, and installing") {
            let installation = try await session(.install, kernel: baseline)
            fingerprints[.baseline] = installation.boot(1)?.fingerprint
            ziplTime = Self.time(installation.boot(1)?.word("zipl-took")?.text)
            let judge = DrillJudge(fingerprints: fingerprints)
            return [judge.meeting(.baseline, installation)] + judge.installation(installation)
        }
        // The baseline first.
        steps = installed.prefix(1) + steps + installed.dropFirst()
        let judge = DrillJudge(fingerprints: fingerprints)
        guard steps.allSatisfy({ $0.verdict == .pass }), let one = fingerprints[.baseline],
            let other = fingerprints[.candidate], one != other
        else {
            let why =
                fingerprints[.baseline] != nil && fingerprints[.baseline] == fingerprints[.candidate]
                ? "the two kernels can't be told apart when they run" : "the plan was not installed"
            steps += Self.rest(byRust: byRust, powerCuts).map { DrillJudge.unreached($0, why) }
            return finished()
        }

        try await judged("before", "IPL by the default of before") { judge.kept(try await session(.ipl)) }
        try await judged("promote", "first start of the baseline, and its promotion") {
            judge.promotion(try await session(.promote))
        }
        try await judged("ipl", "IPL") { judge.ipl(try await session(.ipl)) }
        steps += try await take("trial", "trial, and back") { judge.trial(try await session(.trial)) }
        try await judged("panic", "panic") { judge.panic(try await session(.panic), byRust: byRust) }
        try await judged("hang", "hang") { judge.hang(try await session(.hang), byRust: byRust) }

        // zipl's own time, by which the moments of the first half are spread; the others are in its writing, on a disk
        // that takes few writes a second.
        let spread = (powerCuts + 1) / 2
        for number in 0..<powerCuts {
            let isWriting = number >= spread
            /// A session whose power is cut, the next one, and whether the boot record was written in between.
            func cutOnce(
                after delay: Double
            ) async throws -> (session: DrillSession.Result, next: DrillSession.Result, isNew: Bool) {
                let before = try disk.bootRecord()
                let cut = try await session(.cut, writesPerSecond: isWriting ? 8 : nil) { word, power in
                    let isDue =
                        isWriting
                        ? word.name == DrillConsole.ziplWrites : word.name == "zipl" && word.text == "begins"
                    if isDue { power.cut(after: .seconds(delay)) }
                }
                let isNew = try disk.bootRecord() != before
                return (cut, try await session(.ipl), isNew)
            }
            try await judged("cut-\(number + 1)", "power cut \(number + 1) of \(powerCuts)") {
                var delay =
                    isWriting
                    ? Double(number - spread) * 0.25 : ziplTime * (Double(number) + 0.5) / Double(spread)
                var cut = try await cutOnce(after: delay)
                // A busy machine's zipl takes longer one time than the next: where it had ended before, sooner.
                for _ in 0..<3 where judge.endedBefore(cut.session, cut.next) {
                    delay /= 2
                    cut = try await cutOnce(after: delay)
                }
                let moment =
                    (isWriting
                        ? "\(Quantity.seconds(delay)) after it said that it prepares the boot device"
                        : "\(Quantity.seconds(delay)) after its start, of about \(Quantity.seconds(ziplTime))")
                    + ", the boot record \(cut.isNew ? "already written" : "still the old one")"
                return judge.cut(number + 1, of: powerCuts, cut.session, cut.next, moment: moment)
            }
        }
        try await judged("uninstall", "uninstall") {
            let removal = try await session(.uninstall)
            return judge.uninstall(removal, try await session(.ipl))
        }
        return finished()
    }

    /// What goes into a drill.
    private struct Inputs: Encodable {
        let version: String
        let baseline: KernelImage
        let candidate: KernelImage
        let lock: Digest
        let packages: [LockedPackage]
        let hasModule: Bool
        let timeLimit: Double
        let powerCuts: Int
        let diskMiB: Int
        let memoryMiB: Int
    }

    /// What a drill does after the installation.
    private static func rest(byRust: Bool, _ powerCuts: Int) -> [DrillJudge.Claim] {
        [
            DrillJudge.kept, DrillJudge.promotion, DrillJudge.ipl, DrillJudge.trial, DrillJudge.reset, DrillJudge.back,
            DrillJudge.panic(byRust: byRust),
            DrillJudge.hang(byRust: byRust),
        ] + (0..<powerCuts).map { DrillJudge.cut($0 + 1, of: powerCuts) } + [DrillJudge.uninstall]
    }

    private static func time(_ text: String?) -> Double {
        let numbers = (text ?? "").split(separator: " ").compactMap { Double($0) }
        return numbers.count == 2 ? max(0.5, min(120, numbers[1] - numbers[0])) : 5
    }
}
