// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Guest
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// Which of a pilot's two kernels; both are made of one tree and one configuration.
enum PilotKernel: String {
    /// GCC alone: the kernel to go back to, and what shows what was broken before Rust.
    case baseline
    case rust

    /// What a step of this kernel is called.
    func step(_ name: String) -> String { self == .rust ? name : "\(rawValue)-\(name)" }
    /// Before the name of what is done, on a progress line.
    func doing(_ name: String) -> String { self == .rust ? name : "\(rawValue): \(name)" }
    /// The end of its release, so that the two have modules in folders of their own.
    var releaseEnding: String { self == .rust ? "-bessemer-rust" : "-bessemer-gcc" }
}

/// The tree that the kernels are built from.
struct BuildTree {
    let tree: KernelTree
    let identity: SourceIdentity
    /// What a step that reads the tree depends on.
    let key: String
}

/// The steps that are taken for each kernel: configure, build, boot.
struct KernelSteps {
    let kernel: PilotKernel
    let source: BuildTree
    let root: SandboxRoot
    let run: RunFolder
    let plan: PilotPlan
    let compilerCache: FilePath?
    let version: String
    let program: String
    let progress: ProgressSink

    var folder: KernelFolder { run.folder(of: kernel) }

    // MARK: Configuration

    func configuration() async throws -> RunFolder.Finished<ConfigurationFacts> {
        let tree = source.tree
        let base = try KernelConfiguration.Base(plan.base, in: tree)
        var baseDigest = plan.base
        if case .file(let path) = base { baseDigest = try Digest(ofFile: path).hexadecimal }
        let own = try self.own
        // What the tree's Kconfig files offer follows from the source and this program, so they need not be read to know.
        let inputs =
            [program, source.key, root.lockDigest.hexadecimal, baseDigest] + own.flatMap { [$0.name, $0.text] }
        return try await run.step(
            kernel.step("configuration"), inputs: inputs,
            attachments: { _ in
                [
                    StepAttachment("configuration.log", folder.configurationLog),
                    StepAttachment(DotConfig.name, DotConfig.name, in: folder.configuration),
                ]
            },
            holds: { try ForeignFolder(folder.configuration).digest(of: DotConfig.name) == $0.digest },
            perform: {
                try Files.remove(folder.configuration)
                try Files.makeDirectory(folder.path)
                let facts = try await KernelConfiguration(base: base, fragments: try fragments).apply(
                    to: tree, objects: folder.configuration, compilerCache: compilerCache, sandbox: root,
                    log: folder.configurationLog, limits: plan.buildLimits
                ) { progress(WorkProgress(kernel.doing("configuring the kernel"), detail: $0)) }
                guard facts.rust || kernel == .baseline else { throw Self.rustIsOff(facts) }
                return facts
            })
    }

    /// The fragments that the person has named.
    private var own: [KernelConfiguration.Fragment] {
        get throws {
            try plan.fragments.map { path in
                KernelConfiguration.Fragment(
                    name: path.lastComponent?.string ?? path.string, text: try Files.text(path), required: true)
            }
        }
    }

    /// All fragments of this kernel's configuration, in order.
    private var fragments: [KernelConfiguration.Fragment] {
        get throws {
            let wanted = PilotFragments.wanted(try Kconfig(source.tree))
            let own = try self.own
            let given =
                try own.lazy.compactMap { DotConfig($0.text)["LOCALVERSION"] }.last
                ?? KernelConfiguration.Base(plan.base, in: source.tree).setting("LOCALVERSION", in: source.tree)
            let release = PilotFragments.release(of: given, ending: kernel.releaseEnding)
            return switch kernel {
            case .rust: [wanted, PilotFragments.required, PilotFragments.rust] + own + [release]
            case .baseline: [wanted, PilotFragments.required] + own + [release, PilotFragments.withoutRust]
            }
        }
    }

    /// What Rust changes in the configuration, beside the kernel without it.
    func difference(
        _ facts: ConfigurationFacts, from baseline: KernelSteps, _ baselineFacts: ConfigurationFacts
    ) async throws -> RunFolder.Finished<ConfigurationDifference> {
        try await run.step(
            "configuration-difference",
            inputs: [program, source.key, facts.digest.hexadecimal, baselineFacts.digest.hexadecimal]
        ) {
            progress(WorkProgress("comparing the configurations"))
            return try ConfigurationComparison(
                baseline: DotConfig(of: ForeignFolder(baseline.folder.configuration)),
                rust: DotConfig(of: ForeignFolder(folder.configuration)), fragments: fragments,
                tree: source.tree
            ).difference()
        }
    }

    /// There is no point in building for a quarter of an hour what can't hold what was asked for.
    private static func rustIsOff(_ facts: ConfigurationFacts) -> Failure {
        let unmet = facts.unmet.first { $0.option == "CONFIG_RUST" }
        let place =
            unmet.flatMap { unmet in unmet.file.map { file in " (\(file)\(unmet.line.map { ":\($0)" } ?? ""))" } } ?? ""
        return Failure(
            "configuration.no-rust",
            "the finished configuration has no CONFIG_RUST=y: \(unmet?.reason ?? "a fragment turns it off")\(place)",
            advice:
                "take out of the base or the fragments what rules Rust out; on s390 that is first of all CONFIG_EXPOLINE=y"
        )
    }

    // MARK: Build

    /// `recorded` is what a build of this kernel took elsewhere.
    func build(
        _ configuration: ConfigurationFacts, recorded: BuildEstimate?
    ) async throws -> RunFolder.Finished<BuildFacts> {
        let name = kernel.step("build")
        let last = run.last(name, as: BuildFacts.self)?.output
        let estimate = last.map { BuildEstimate(steps: $0.steps, seconds: $0.seconds) } ?? recorded
        return try await run.step(
            name, inputs: [version, source.key, root.lockDigest.hexadecimal, configuration.digest.hexadecimal],
            attachments: { _ in [StepAttachment("build.log", folder.buildLog)] },
            holds: { build in
                let objects = ForeignFolder(folder.objects)
                return try build.artifacts.mapConcurrently { artifact in
                    try objects.size(of: artifact.path) == artifact.size
                        && objects.digest(of: artifact.path) == artifact.sha256
                }.allSatisfy { $0 }
            },
            perform: {
                try DiskNeed.build.check(at: run.path)
                // What an interrupted build left may be half written; the compiler cache makes a fresh start cheap.
                try Files.remove(folder.objects)
                try Files.makeDirectory(folder.objects)
                let configuration = try ForeignFolder(folder.configuration).bytes(
                    of: DotConfig.name, limit: ForeignFolder.Limit.source)
                try ForeignFolder(folder.objects).write(configuration, to: DotConfig.name)
                let build = KernelBuild(
                    tree: source.tree, objects: folder.objects, compilerCache: compilerCache, sandbox: root,
                    log: folder.buildLog, date: source.identity.date ?? 0, jobs: plan.jobs,
                    limits: plan.buildLimits)
                return try await build.run { state in
                    progress(
                        WorkProgress(
                            kernel.doing("building: \(state.stage.rawValue)"), done: state.steps,
                            total: estimate?.steps, detail: state.file, elapsed: state.elapsed,
                            expected: estimate.map { .seconds($0.seconds) }))
                }
            })
    }

    // MARK: Boot

    /// `selfTest` is inserted after the kernel's own modules.
    func boot(
        _ build: BuildFacts, userSpace: LockedPackage, in packages: PackageCache, selfTest: SelfTest? = nil
    ) async throws -> RunFolder.Finished<GuestRun> {
        let arguments =
            ["kunit.enable=1"] + (plan.slowTests ? [] : ["kunit.filter=speed>slow", "kunit.filter_action=skip"])
        let settings =
            [
                "\(plan.memoryMiB)", "\(plan.cpus)", "\(plan.timeLimit)", try selfTest?.contentDigest() ?? "",
            ] + arguments
        let artifacts = try build.artifacts.contentDigest()
        return try await run.step(
            kernel.step("boot"),
            inputs: [program, artifacts, root.lockDigest.hexadecimal, userSpace.sha256.hexadecimal] + settings,
            attachments: { _ in [StepAttachment("console.log", folder.guest.appending("console.log"))] },
            holds: { try Digest(ofFile: folder.guest.appending("console.log")) == $0.consoleSHA256 },
            perform: {
                progress(WorkProgress(kernel.doing("preparing the guest")))
                let busybox = try await UserSpace(sandbox: root, folder: run.path.appending("busybox")).busybox(
                    from: try packages.file(of: userSpace))
                let image = try ForeignFolder(folder.objects).file(
                    "arch/s390/boot/bzImage", limit: ForeignFolder.Limit.image)
                var guest = GuestPlan(kernel: image, busybox: busybox)
                let samples = build.artifacts.map(\.path).filter {
                    $0.hasPrefix("samples/rust/") && $0.hasSuffix(".ko")
                }
                guest.modules = try await BuiltModules(objects: folder.objects, sandbox: root).ordered(samples.sorted())
                if let module = try selfTest?.module(in: run.selfTest) { guest.modules.append(module) }
                guest.files = try selfTest?.programs(in: run.selfTest) ?? []
                guest.lastSteps = selfTest?.lastSteps(slow: plan.slowTests) ?? []
                guest.spareCPUs = selfTest == nil ? 0 : max(0, SelfTest.cpus - plan.cpus)
                guest.extraSteps = [.showNotes]
                guest.kernelArguments = arguments
                guest.memoryMiB = plan.memoryMiB
                guest.cpus = plan.cpus
                guest.timeLimit = .seconds(plan.timeLimit)
                let clock = ContinuousClock.now
                return try await guest.boot(in: root, folder: folder.guest) { state in
                    progress(
                        WorkProgress(
                            kernel.doing("guest: \(state.step ?? "kernel")"), done: state.counts.total,
                            detail: state.currentTest ?? "", elapsed: ContinuousClock.now - clock))
                }
            })
    }
}

/// What a build took once.
struct BuildEstimate {
    let steps: Int
    let seconds: Double
}
