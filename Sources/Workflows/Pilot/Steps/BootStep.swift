// SPDX-License-Identifier: Apache-2.0
internal import Guest
internal import Host
internal import Records
internal import Sandbox
internal import SystemPackage

/// Boots one of the kernels in a guest, with its KUnit suites.
struct BootStep: Step {
    let program: String
    let kernel: KernelRole
    let artifacts: [Artifact]
    let sandbox: Keyed<SandboxRoot>
    let userSpace: LockedPackage
    /// Inserted after the kernel's own modules; nil leaves it out.
    let selfTest: SelfTest?
    let memoryMiB: Int
    let cpus: Int
    /// Seconds.
    let timeLimit: Int
    let slowTests: Bool

    var name: String { kernel.step("boot") }

    func attachments(of run: GuestRun?, at site: PilotSite) -> [StepAttachment] {
        [StepAttachment("console.log", site.folder.kernel(kernel).console)]
    }

    func holds(_ run: GuestRun, at site: PilotSite) throws -> Bool {
        try Digest(ofFile: site.folder.kernel(kernel).console) == run.consoleSHA256
    }

    func perform(at site: PilotSite) async throws -> GuestRun {
        let folder = site.folder.kernel(kernel)
        site.progress(WorkProgress(kernel.doing("preparing the guest")))
        let busybox = try await UserSpace(sandbox: sandbox.value, folder: site.folder.busybox).busybox(
            from: try site.sandboxes.packages.file(of: userSpace))
        let image = try ForeignFolder(folder.objects).file(
            "arch/s390/boot/bzImage", limit: ForeignFolder.Limit.image)
        let guest = try await GuestPlan.ofPilot(
            kernel: image, busybox: busybox, objects: folder.objects, artifacts: artifacts, sandbox: sandbox.value,
            selfTest: selfTest, selfTestFolder: site.folder.selfTest, memoryMiB: memoryMiB, cpus: cpus,
            timeLimit: timeLimit, slowTests: slowTests)
        let clock = ContinuousClock.now
        return try await guest.boot(in: sandbox.value, folder: folder.guest) { state in
            site.progress(
                WorkProgress(
                    kernel.doing("guest: \(state.step ?? "kernel")"), done: state.counts.total,
                    detail: state.currentTest ?? "", elapsed: ContinuousClock.now - clock))
        }
    }
}

extension GuestPlan {
    /// What a pilot boots: a kernel with its KUnit suites, the kernel's Rust samples, and the self-test module.
    static func ofPilot(
        kernel: FilePath, busybox: FilePath, objects: FilePath, artifacts: [Artifact], sandbox: SandboxRoot,
        selfTest: SelfTest?, selfTestFolder: FilePath, memoryMiB: Int, cpus: Int, timeLimit: Int, slowTests: Bool
    ) async throws -> GuestPlan {
        var guest = GuestPlan(kernel: kernel, busybox: busybox)
        let samples = artifacts.map(\.path).filter { $0.hasPrefix("samples/rust/") && $0.hasSuffix(".ko") }
        guest.modules = try await BuiltModules(objects: objects, sandbox: sandbox).ordered(samples.sorted())
        if let module = try selfTest?.module(in: selfTestFolder) { guest.modules.append(module) }
        guest.files = try selfTest?.programs(in: selfTestFolder) ?? []
        guest.lastSteps = selfTest?.lastSteps(slow: slowTests) ?? []
        guest.spareCPUs = selfTest == nil ? 0 : max(0, SelfTest.cpus - cpus)
        guest.extraSteps = [.showNotes]
        guest.kernelArguments = ["kunit.enable=1"] + speed(slowTests: slowTests)
        guest.memoryMiB = memoryMiB
        guest.cpus = cpus
        guest.timeLimit = .seconds(timeLimit)
        return guest
    }

    /// Kernel arguments that leave out the tests that the kernel marks as slow.
    static func speed(slowTests: Bool) -> [String] {
        slowTests ? [] : ["kunit.filter=speed>slow", "kunit.filter_action=skip"]
    }
}
