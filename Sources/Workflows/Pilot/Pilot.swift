// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Guest
package import Host
internal import KernelTree
package import Records
internal import Sandbox
internal import SystemPackage

/// From a kernel source to a report: sandbox, source, status, enable, toolchain, then configuration, build and boot of two
/// kernels, one with Rust and one without to compare with, and between them probe, self-test and audit.
package struct Pilot: Sendable {
    /// What a finished pilot recorded.
    package struct Result: Sendable {
        package let record: RunRecord
        /// The run's entry in the evidence log.
        package let entry: Digest
        /// Of the rollback, the oldest first; they come after the run.
        package let drills: [RollbackDrill]
        /// Nothing had changed since the last run, so nothing was done again.
        package let unchanged: Bool
    }

    private let plan: PilotPlan
    private let directories: Directories
    private let store: any EvidenceArchive
    private let version: String
    private let program: String
    private let progress: ProgressSink
    private let say: @Sendable (String) -> Void
    private let reports: [String]
    private let unfinished: @Sendable (UnfinishedRun) throws -> Void

    /// `program` is the version with the program's own digest: what reads and judges is only the same when the program is.
    /// `reports` are the files in the pilot's folder that whoever calls writes of a finished run; of one that ends before,
    /// `unfinished` is given the record.
    package init(
        plan: PilotPlan, directories: Directories, store: any EvidenceArchive, version: String, program: String,
        progress: @escaping ProgressSink, say: @escaping @Sendable (String) -> Void, reports: [String] = [],
        unfinished: @escaping @Sendable (UnfinishedRun) throws -> Void = { _ in }
    ) {
        self.plan = plan
        self.directories = directories
        self.store = store
        self.version = version
        self.program = program
        self.progress = progress
        self.say = say
        self.reports = reports
        self.unfinished = unfinished
    }

    /// Goes the whole way, from the last finished step of an earlier run where one was stopped; nil where the plan
    /// ends earlier.
    ///
    /// Throws `Failure` with the codes of each step, and `CancellationError`.
    package func run() async throws -> Result? {
        let request = try KernelRequest(plan.kernel)
        // Nothing of such a configuration is to be recorded, not even that a run ended so.
        let base = FilePath(plan.base)
        try ConfigurationCredentials.refuse(in: (Files.isRegularFile(base) ? [base] : []) + plan.fragments)
        let held = try FolderLock(plan.folder, doing: "running a pilot")
        defer { withExtendedLifetime(held) {} }
        let workflow = Workflow(
            name: "pilot", subject: plan.kernel, tool: program, store: store, say: say, unfinished: unfinished)
        return try await workflow.run { recorder in
            let seal = try SealingKey(file: directories.state.appending("seal.key"))
            let folder = try RunFolder(plan.folder, seal: seal, recorder: recorder, reports: reports)
            let result = try await take(request, folder, recorder)
            if result == nil { try await workflow.recordEnd(.ended, nil, recorder) }
            return result
        }
    }

    /// The steps, each with all that goes into it.
    private func take(
        _ request: KernelRequest, _ run: RunFolder, _ recorder: StepRecorder
    ) async throws -> Result? {
        var site = PilotSite(
            folder: PilotFolder(path: plan.folder), cache: directories.cache, jobs: plan.jobs,
            buildLimits: plan.buildLimits, progress: progress, say: say)
        let start = try await TreePreparation(
            program: program,
            sandbox: SandboxStep(
                version: version, lock: plan.lock, specification: plan.specification,
                mirror: Keyed(mirror: plan.mirror), allowExpired: plan.allowExpired,
                orAnew: plan.orAnew, kernel: request),
            kernel: plan.kernel, series: plan.series, glue: plan.glue, compilerCache: plan.compilerCache,
            isDefault: plan.sandboxIsDefault
        ).take(run, at: site)
        let (source, sandbox, tree) = (start.source, start.sandbox, start.tree)
        let date = source.identity.date ?? 0
        let tools = try await run.take(ToolchainStep(program: program, sandbox: sandbox), at: site).output

        site.compilerCache = plan.compilerCache.folder(
            in: directories.cache, source: source.key, sandbox: start.root.lockDigest)
        if let cache = site.compilerCache { try CompilerCache.use(cache, in: directories.cache) }
        let wanted = try ConfigurationRequest(plan, in: tree.value)
        func configure(_ kernel: KernelRole) async throws -> ConfigurationFacts {
            try await run.take(
                ConfigurationStep(program: program, kernel: kernel, tree: tree, sandbox: sandbox, request: wanted),
                at: site
            ).output
        }
        let configuration = try await configure(.candidate)
        for unmet in configuration.unmet where unmet.required {
            say("note: \(unmet.option)=\(unmet.requested) was requested, and it is \(unmet.got): \(unmet.reason)")
        }
        let baselineConfiguration = plan.comparesWithBaseline ? try await configure(.baseline) : nil
        var difference: ConfigurationDifference?
        if let baselineConfiguration {
            difference = try await run.take(
                DifferenceStep(
                    program: program, tree: tree, request: wanted, rust: configuration.digest,
                    baseline: baselineConfiguration.digest), at: site
            ).output
        }
        if plan.until == .configuration { return nil }

        site.estimates = await estimates(run, of: source.identity.version)
        func build(_ kernel: KernelRole, _ configuration: ConfigurationFacts) async throws -> BuildFacts {
            let built = try await run.take(
                BuildStep(
                    version: version, kernel: kernel, tree: tree, sandbox: sandbox,
                    configuration: configuration.digest, date: date), at: site
            ).output
            _ = try await run.take(
                MaterialsStep(
                    program: program, kernel: kernel, artifacts: built.artifacts, tree: tree, sandbox: sandbox,
                    toolchain: tools), at: site)
            return built
        }
        var baselineBuild: BuildFacts?
        if let baselineConfiguration { baselineBuild = try await build(.baseline, baselineConfiguration) }
        let built = try await build(.candidate, configuration)
        if plan.until == .build { return nil }

        let probe = try await run.take(
            ProbeStep(program: program, artifacts: built.artifacts, tree: tree, sandbox: sandbox), at: site
        ).output
        var selfTest: SelfTest?
        if let sources = plan.selfTest {
            selfTest = try await run.take(
                SelfTestStep(
                    program: program, artifacts: built.artifacts, tree: tree, sandbox: sandbox, date: date,
                    sources: Keyed(sources, by: SelfTest.digests(of: sources)), complete: probe.complete), at: site
            ).output
        }
        let audit = try await run.take(
            AuditStep(
                program: program, artifacts: built.artifacts, release: built.release, probe: probe.object,
                selfTest: selfTest), at: site
        ).output
        if plan.until == .audit { return nil }

        let userSpace = try UserSpace.package(in: start.prepared.lock)
        func boot(_ kernel: KernelRole, _ build: BuildFacts, _ selfTest: SelfTest?) async throws -> GuestRun {
            try await run.take(
                BootStep(
                    program: program, kernel: kernel, artifacts: build.artifacts, sandbox: sandbox,
                    userSpace: userSpace, selfTest: selfTest, memoryMiB: plan.memoryMiB, cpus: plan.cpus,
                    timeLimit: plan.timeLimit, slowTests: plan.slowTests), at: site
            ).output
        }
        var baseline: RunRecord.Kernel?
        if let baselineConfiguration, let baselineBuild {
            baseline = RunRecord.Kernel(
                role: .baseline, configuration: baselineConfiguration, build: baselineBuild,
                boot: try await boot(.baseline, baselineBuild, nil))
        }
        let candidate = RunRecord.Kernel(
            role: .candidate, configuration: configuration, build: built,
            boot: try await boot(.candidate, built, selfTest))

        let now = Date()
        let steps = await recorder.steps.map {
            RunRecord.Step(name: $0.name, startedAt: $0.startedAt, seconds: Double($0.milliseconds) / 1000)
        }
        let recorded = try await run.take(
            RecordStep(
                program: program, source: source.identity, before: start.status, enabled: start.enabled,
                sandbox: start.prepared.facts(at: now, isolation: start.isolation), toolchain: tools,
                kernels: RunRecord.Kernels(candidate: candidate, baseline: baseline), difference: difference,
                audit: audit,
                selfTestProblem: selfTest?.problem, waivers: plan.waivers,
                time: Keyed(now, by: plan.waivers.map { "\($0.holds(at: now))" }), steps: steps),
            at: site)
        let entry = try await store.record(recorded.output, parents: recorder.entries)
        return Result(
            record: recorded.output, entry: entry.digest, drills: try await store.drills(of: entry),
            unchanged: recorded.reused)
    }

    /// What builds of this kernel took, here or in another folder.
    private func estimates(
        _ run: RunFolder, of version: String
    ) async -> [KernelRole: (steps: Int, seconds: Double)] {
        let recorded = try? await store.runs(limit: 100).first { $0.kernelVersion == version }
        var estimates: [KernelRole: (steps: Int, seconds: Double)] = [:]
        estimates[.candidate] = recorded.map { ($0.buildSteps, $0.buildSeconds) }
        for kernel in KernelRole.allCases {
            guard let last = run.steps.last(kernel.step("build"), as: BuildFacts.self)?.output else { continue }
            estimates[kernel] = (last.steps, last.seconds)
        }
        return estimates
    }
}
