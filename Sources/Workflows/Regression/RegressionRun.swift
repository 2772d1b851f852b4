// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Guest
package import Host
internal import KernelTree
package import Records
package import Sandbox
internal import SystemPackage

/// Boots both kernels on each machine with the same suites, and compares what came of them.
package struct RegressionRun: Sendable {
    /// The report's name in the output folder.
    package static let reportName = "regression.json"

    private let plan: RegressionPlan
    private let sandbox: Keyed<SandboxRoot>
    private let store: any EvidenceArchive
    private let recorder: StepRecorder
    private let seal: SealingKey
    private let version: String
    private let progress: ProgressSink

    /// `recorder` is of the workflow that this is a part of; `version` is Bessemer's, with the program's own digest; `seal`
    /// is the user's.
    package init(
        plan: RegressionPlan, sandbox: SandboxRoot, store: any EvidenceArchive, recorder: StepRecorder,
        seal: SealingKey, version: String, progress: @escaping ProgressSink
    ) {
        self.plan = plan
        self.sandbox = Keyed(sandbox, by: sandbox.lockDigest)
        self.store = store
        self.recorder = recorder
        self.seal = seal
        self.version = version
        self.progress = progress
    }

    /// Runs everything, writes regression.json, records it, and returns what it says. Nobody else may use the output
    /// folder meanwhile.
    ///
    /// Throws `Failure` with code `regression.same-kernel`, `guest.machine`, those of a boot, and `CancellationError`.
    package func run() async throws -> RegressionReport {
        let baseline = try plan.baseline.facts()
        let candidate = try plan.candidate.facts()
        try check(baseline, candidate)
        let folder = try RunFolder(plan.output, seal: seal, recorder: recorder)
        let report = try await compare(baseline, candidate, folder)
        try AtomicFile.write(
            json: report, to: plan.output.appending(Self.reportName), permissions: AtomicFile.own)
        try await store.append(try Entry.Draft(report, parents: recorder.entries))
        return report
    }

    private func compare(
        _ baseline: KernelFacts, _ candidate: KernelFacts, _ folder: RunFolder
    ) async throws -> RegressionReport {
        let start = Date()
        let clock = ContinuousClock.now
        var modules: [KernelRole: [GuestModule]] = [:]
        if plan.suites.contains(.modules) {
            progress(WorkProgress("reading the modules"))
            for role in KernelRole.allCases { modules[role] = try await guestModules(plan.kernel(role)) }
        }
        var facts: RemoteMachine.Facts?
        if let remote = plan.remote {
            progress(WorkProgress("asking the machine what it is", detail: remote.name))
            facts = try await remote.look()
        }
        let possible = try await machines(facts)
        let kinds = bootKinds
        var count = Count(
            total: possible.count { $0.impossible == nil } * plan.turns * kinds.count * 2)
        var machines: [RegressionReport.Machine] = []
        for model in possible {
            machines.append(try await machine(model, kinds, modules, folder, &count))
        }
        return RegressionReport(
            schema: RegressionReport.schema, toolVersion: version, startedAt: start,
            seconds: (ContinuousClock.now - clock).seconds, sandbox: plan.sandbox, baseline: baseline,
            candidate: candidate,
            suites: plan.suites, repetitions: plan.turns, cpus: facts?.cpus ?? plan.cpus,
            memoryMiB: facts?.memoryMiB ?? plan.memoryMiB, machines: machines,
            selftests: plan.suites.contains(.kselftest) ? plan.selftests?.facts : nil, notes: try notes(machines))
    }

    /// The machines to test on, with what stands against one of them.
    private func machines(_ facts: RemoteMachine.Facts?) async throws -> [MachineModel] {
        if let remote = plan.remote, let facts {
            return [MachineModel(name: remote.name, model: "type \(facts.type), \(facts.machine)")]
        }
        let models = try await MachineModels.known(to: sandbox.value)
        // A name that QEMU does not know is reported before the first boot.
        for name in plan.machines { _ = try models.model(of: name) }
        var machines: [MachineModel] = []
        for name in plan.machines {
            progress(WorkProgress("asking QEMU for machines", detail: name))
            machines.append(try await models.machine(name, in: sandbox.value))
        }
        return machines
    }

    /// Two names of one kernel compare nothing.
    private func check(_ baseline: KernelFacts, _ candidate: KernelFacts) throws {
        let isSame =
            baseline.imageSHA256 == candidate.imageSHA256
            && Set(plan.baseline.modules.map(\.path)) == Set(plan.candidate.modules.map(\.path))
        guard !isSame else {
            throw Failure(
                "regression.same-kernel",
                "\(baseline.name) and \(candidate.name) are the same kernel: their images are equal, byte by byte",
                advice: "name two kernels; --repeat N runs each of them several times")
        }
    }

    // MARK: Boots

    private struct Count {
        var done = 0
        let total: Int
    }

    private var bootKinds: [BootKind] {
        var kinds = [BootKind.start]
        if plan.suites.contains(.kunit) { kinds.append(.kunit) }
        if plan.suites.contains(.modules) || plan.suites.contains(.kselftest) { kinds.append(.programs) }
        return kinds
    }

    private func machine(
        _ model: MachineModel, _ kinds: [BootKind], _ modules: [KernelRole: [GuestModule]], _ folder: RunFolder,
        _ count: inout Count
    ) async throws -> RegressionReport.Machine {
        guard model.impossible == nil else {
            return RegressionReport.Machine(
                model: model, baseline: [], candidate: [], tests: [], reasons: [:],
                notCompared: "there is no such machine here")
        }
        var boots: [KernelRole: [RegressionReport.Boot]] = [:]
        // Each turn's boots as one run.
        var results: [KernelRole: [TestRun]] = [:]
        var notCompared: String?
        for turn in 1...max(1, plan.turns) {
            var runs: [KernelRole: [TestRun]] = [:]
            for kind in kinds where notCompared == nil {
                for side in KernelRole.allCases {
                    count.done += 1
                    let result = try await self.boot(side, model, kind, turn, modules[side] ?? [], folder, count)
                    boots[side, default: []].append(result.boot)
                    runs[side, default: []].append(result.run)
                }
                if kind == .start, turn == 1 { notCompared = Self.obstacle(boots) }
            }
            for (side, runs) in runs {
                results[side, default: []].append(
                    TestRun(tests: runs.flatMap(\.tests), isWhole: runs.allSatisfy(\.isWhole)))
            }
            if notCompared != nil {
                count.done += (kinds.count * plan.turns - 1) * 2
                break
            }
        }
        let (old, new) = (results[.baseline] ?? [], results[.candidate] ?? [])
        return RegressionReport.Machine(
            model: model, baseline: boots[.baseline] ?? [], candidate: boots[.candidate] ?? [],
            tests: TestComparison.all(baseline: old, candidate: new),
            reasons: Self.reasons(new).merging(Self.reasons(old)) { candidate, _ in candidate },
            notCompared: notCompared)
    }

    /// What failed and undecided tests said for themselves, in the first run that has it.
    private static func reasons(_ runs: [TestRun]) -> [String: String] {
        var reasons: [String: String] = [:]
        for leaf in runs.flatMap(\.tests).flatMap(\.leaves) where reasons[leaf.path] == nil {
            guard leaf.result.outcome == .fail || leaf.result.outcome == .unknown else { continue }
            var lines: [String] = []
            // busybox's insmod tries twice; KUnit tells the module of the suite before its first test.
            for line in leaf.result.diagnostics where line != lines.last && !line.hasPrefix("# module: ") {
                lines.append(line)
            }
            let text = lines.joined(separator: "; ")
            if !text.isEmpty { reasons[leaf.path] = String(text.prefix(400)) }
        }
        return reasons
    }

    /// Where one of the two does not come to user space, there is nothing to compare but that.
    private static func obstacle(_ boots: [KernelRole: [RegressionReport.Boot]]) -> String? {
        let failing = KernelRole.allCases.filter { boots[$0]?.contains { $0.run.ending != .powerOff } == true }
        guard let first = failing.first else { return nil }
        return failing.count == 2
            ? "neither kernel came to the end of a plain boot"
            : "the \(first.rawValue) did not come to the end of a plain boot"
    }

    private func boot(
        _ side: KernelRole, _ model: MachineModel, _ kind: BootKind, _ turn: Int, _ modules: [GuestModule],
        _ folder: RunFolder,
        _ count: Count
    ) async throws -> RegressionBootResult {
        var guest = GuestPlan(kernel: plan.kernel(side).named.file, busybox: plan.busybox)
        guest.cpu = model.cpu
        guest.cpus = plan.cpus
        guest.memoryMiB = plan.memoryMiB
        guest.timeLimit = .seconds(plan.timeLimit)
        guest.silenceLimit = .seconds(plan.silenceLimit)
        guest.mayBeSilent = true
        guest.restarts = plan.remote != nil
        var programs: [SelftestProgram] = []
        switch kind {
        case .start:
            guest.kernelArguments = ["kunit.enable=0"]
            guest.extraSteps = [BootReading.memoryStep]
        case .kunit:
            guest.kernelArguments = ["kunit.enable=1"] + GuestPlan.speed(slowTests: plan.slowTests)
        case .programs:
            // The suites that are built in were run already; no name is this one's.
            guest.kernelArguments =
                ["kunit.enable=1", "kunit.filter_glob=\(Self.noSuite)"] + GuestPlan.speed(slowTests: plan.slowTests)
            if plan.suites.contains(.modules) {
                guest.modules = modules
                // A kernel without KUnit has no such file.
                guest.extraSteps = [
                    GuestStep(
                        "every KUnit suite of modules",
                        ["sh", "-c", "if [ -e \(Self.filter) ]; then printf '*' > \(Self.filter); fi"])
                ]
            }
            if plan.suites.contains(.kselftest), let selftests = plan.selftests {
                (programs, guest.files) = try Self.programs(selftests.facts, selftests.folder)
                guest.lastSteps =
                    [
                        GuestStep(
                            "prepare selftests",
                            [
                                "sh", "-c",
                                "mkdir -p /dev/shm && mount -t tmpfs tmpfs /dev/shm; ulimit -c 0; hostname test",
                            ])
                    ] + programs.map(\.step)
            }
        }
        let machine = plan.remote == nil ? model.name : Self.fileName(model.name)
        let name = "\(machine)-\(side.rawValue)-\(kind.rawValue)-\(turn)"
        let site = RegressionSite(
            folder: plan.output.appending("boots").appending(name),
            stage: "boot \(count.done) of \(count.total): \(side.rawValue), \(model.name), \(kind.rawValue)",
            progress: progress)
        progress(WorkProgress(site.stage))
        let finished = try await folder.take(
            RegressionBoot(
                program: version, name: name, kind: kind, turn: turn, guest: try guest.keyed(), programs: programs,
                sandbox: sandbox, remote: plan.remote.map { Keyed($0, by: [$0.name]) }), at: site)
        // A machine that does not come back has still been tested.
        if !finished.reused, let remote = plan.remote, let facts = finished.output.machine {
            progress(WorkProgress("\(site.stage): waiting for \(remote.name)"))
            try await remote.awaitReturn(after: facts)
        }
        return finished.output
    }

    /// A name as part of a path: `ssh-root-lpar1`.
    private static func fileName(_ name: String) -> String {
        let plain = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "_") ? $0 : "-" }
        return String(plain.prefix(100)).split(separator: "-").joined(separator: "-")
    }

    private static let noSuite = "no-suite-at-boot"
    private static let filter = "/sys/module/kunit/parameters/filter_glob"

    /// The selftests as steps, and the files that they need in the guest.
    private static func programs(_ facts: SelftestFacts, _ folder: FilePath) throws -> ([SelftestProgram], [GuestFile])
    {
        var programs: [SelftestProgram] = []
        var files: [GuestFile] = []
        for collection in facts.collections {
            let place = try ForeignFolder(folder).folder(collection.name)
            // What programs need beside themselves lies with them.
            for name in try place.names() where place.hasFile(name) {
                files.append(
                    GuestFile(
                        name: "\(SelftestProgram.folder)/\(collection.name)/\(name)",
                        path: try place.file(name, limit: ForeignFolder.Limit.image), isExecutable: true))
            }
            programs += collection.programs.map {
                SelftestProgram(collection: collection.name, name: $0.name, deadline: collection.deadline)
            }
        }
        return (programs, files)
    }

    // MARK: Kernels

    private func guestModules(_ kernel: KernelUnderTest) async throws -> [GuestModule] {
        var modules: [GuestModule] = []
        if let objects = kernel.objects {
            let inside = kernel.modules.filter { $0.path.starts(with: objects) }.map(\.name)
            modules = try await BuiltModules(objects: objects, sandbox: sandbox.value).ordered(inside)
        }
        for file in kernel.modules where !(kernel.objects.map { file.path.starts(with: $0) } ?? false) {
            let folder = file.path.removingLastComponent()
            modules += try await BuiltModules(objects: folder, sandbox: sandbox.value).ordered([file.name])
        }
        return modules
    }

    /// Suites that were asked for and showed nothing.
    private func notes(_ machines: [RegressionReport.Machine]) throws -> [String] {
        var notes: [String] = []
        for role in KernelRole.allCases where plan.suites.contains(.kunit) {
            let hasKUnit = try plan.kernel(role).named.hasOption("KUNIT")
            if hasKUnit == false { notes.append("the \(role.rawValue) has no CONFIG_KUNIT") }
        }
        if plan.suites.contains(.modules), plan.baseline.modules.isEmpty, plan.candidate.modules.isEmpty {
            notes.append("neither kernel has modules")
        }
        let compared = machines.filter { $0.model.impossible == nil && $0.notCompared == nil }
        let boots = compared.flatMap { $0.baseline + $0.candidate }.filter { $0.kind == .kunit }
        if plan.suites.contains(.kunit), !compared.isEmpty, boots.allSatisfy(\.run.tests.isEmpty) {
            notes.append("no KUnit suite ran on either kernel")
        }
        return notes
    }
}
