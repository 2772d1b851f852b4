// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
package import Host
internal import KernelTree
package import Records
internal import Sandbox
package import SystemPackage

/// Builds the kernels of a recorded run a second time, in another folder, with another number of jobs and without a
/// compiler cache, and compares the artifacts.
///
/// Source, lock, patches and configuration are those that the run recorded; none of them is chosen again.
package struct Rebuild: Sendable {
    /// What a finished second build recorded.
    package struct Result: Sendable {
        package let report: RebuildReport
        /// Its entry in the evidence log.
        package let entry: Digest
        package let folder: FilePath
        /// Nothing had changed since the last time, so nothing was done again.
        package let unchanged: Bool
    }

    private let plan: RebuildPlan
    private let directories: Directories
    private let store: any EvidenceArchive
    private let version: String
    private let program: String
    private let progress: ProgressSink
    private let say: @Sendable (String) -> Void

    /// `program` is the version with the program's own digest.
    package init(
        plan: RebuildPlan, directories: Directories, store: any EvidenceArchive, version: String, program: String,
        progress: @escaping ProgressSink, say: @escaping @Sendable (String) -> Void
    ) {
        self.plan = plan
        self.directories = directories
        self.store = store
        self.version = version
        self.program = program
        self.progress = progress
        self.say = say
    }

    /// Goes the whole way, from the last finished step of an earlier time where one was stopped.
    ///
    /// Throws `Failure` with the codes of `RecordedRun` and of each step, and `CancellationError`.
    package func run() async throws -> Result {
        let recorded = try await RecordedRun(
            plan.run, kernels: plan.kernels, withMaterials: plan.listedOnly, in: store, state: directories.state)
        let identifier = recorded.record.identifier
        let folder =
            plan.folder
            ?? RebuildPlan.folder(
                forRun: identifier, listedOnly: plan.listedOnly, in: directories.state)
        let held = try FolderLock(folder, doing: "building a run's kernels a second time")
        defer { withExtendedLifetime(held) {} }
        let workflow = Workflow(name: "rebuild", subject: identifier, tool: program, store: store, say: say)
        return try await workflow.run { recorder in
            let seal = try SealingKey(file: directories.state.appending("seal.key"))
            return try await take(
                recorded, folder, try RunFolder(folder, seal: seal, recorder: recorder), recorder)
        }
    }

    private func take(
        _ recorded: RecordedRun, _ folder: FilePath, _ run: RunFolder, _ recorder: StepRecorder
    ) async throws -> Result {
        let record = recorded.record
        let request = try recorded.request()
        var site = PilotSite(
            folder: PilotFolder(path: folder), cache: directories.cache, jobs: Self.jobs(plan.jobs, after: recorded),
            buildLimits: plan.buildLimits, progress: progress, say: say)
        let start = try await TreePreparation(
            program: program,
            sandbox: SandboxStep(
                version: version, lock: recorded.lock, specification: nil, mirror: Keyed(mirror: plan.mirror),
                allowExpired: true, orAnew: false, kernel: request),
            kernel: record.source.request, series: record.enablement?.series.name ?? PilotPlan.noSeries,
            glue: try recorded.writeSeries(in: folder.appending("series")), compilerCache: .none
        ).take(run, at: site, check: recorded.check)
        try recorded.check(start.enabled)
        let (source, sandbox, tree) = (start.source, start.sandbox, start.tree)

        site.estimates = Dictionary(
            recorded.kernels.map { ($0.role, ($0.build.steps, $0.build.seconds)) }, uniquingKeysWith: { $1 })
        var kernels: [RebuildReport.Kernel] = []
        for kernel in recorded.kernels {
            let configuration = try await run.take(
                RecordedConfigurationStep(
                    kernel: kernel.role,
                    configuration: Keyed(kernel.configuration, by: Digest(of: kernel.configuration))), at: site
            ).output
            var seen = tree
            if let materials = kernel.materials {
                let step = ListedSourceStep(
                    kernel: kernel.role, tree: tree, sandbox: sandbox,
                    materials: Keyed(materials, by: materials.digest))
                _ = try await run.take(step, at: site)
                seen = try step.tree(at: site)
            }
            let build = try await run.take(
                BuildStep(
                    version: version, kernel: kernel.role, tree: seen, sandbox: sandbox, configuration: configuration,
                    date: record.source.date ?? 0), at: site
            ).output
            guard let startedAt = run.steps.last(kernel.role.step("build"), as: BuildFacts.self)?.startedAt else {
                throw Failure("rebuild.folder", "a step's file in \(folder) is gone", advice: "run this again")
            }
            let artifacts = try await run.take(
                ArtifactComparisonStep(
                    program: program, kernel: kernel.role, first: kernel.build, second: build,
                    folders: recorded.folders.map(\.string)), at: site
            ).output
            func circumstances(
                _ build: BuildFacts, _ startedAt: Date, _ folder: RebuildReport.Circumstances.Folder, _ cache: String
            ) -> RebuildReport.Circumstances {
                RebuildReport.Circumstances(
                    startedAt: startedAt,
                    finishedAt: startedAt.addingTimeInterval(build.seconds.rounded(.down)), jobs: build.jobs,
                    folder: folder, compilerCache: cache)
            }
            kernels.append(
                RebuildReport.Kernel(
                    role: kernel.role, configuration: configuration,
                    first: circumstances(
                        kernel.build, kernel.startedAt, .pilot,
                        record.sandbox.isolation?.compilerCache ?? "unknown"),
                    second: circumstances(build, startedAt, .rebuild, start.isolation.compilerCache),
                    listed: kernel.materials.map { .init(materials: $0.digest, files: $0.files.count) }, build: build,
                    artifacts: artifacts))
        }

        let now = Date()
        let configurations = Dictionary(
            recorded.kernels.map { ($0.role, DotConfig(String(decoding: $0.configuration, as: UTF8.self))) },
            uniquingKeysWith: { $1 })
        let report = try await run.take(
            RebuildRecordStep(
                program: program, run: record.identifier, source: source.identity, series: start.enabled.series,
                sandboxLock: start.root.lockDigest, isolation: start.isolation, kernels: kernels,
                configurations: Keyed(configurations, by: []),
                ordersTypes: try Self.ordersTypes(tree.value),
                waivers: plan.waivers, time: Keyed(now, by: plan.waivers.map { "\($0.holds(at: now))" })), at: site)
        let entry = try await store.append(
            try Entry.Draft(report.output, parents: [recorded.entry] + recorder.entries))
        return Result(report: report.output, entry: entry.digest, folder: folder, unchanged: report.reused)
    }

    /// Whether the tree asks pahole for BTF in an order of its own.
    private static func ordersTypes(_ tree: KernelTree) throws -> Bool {
        let (folder, name) = (ForeignFolder(tree.path), "scripts/Makefile.btf")
        return folder.hasFile(name)
            ? try folder.text(of: name, limit: ForeignFolder.Limit.source).contains("reproducible_build") : false
    }

    /// Another number than the run had, unless one is named: where the order in which files are made shows in a file, this
    /// is what brings it out.
    static func jobs(_ named: Int?, after recorded: [Int?], processors: Int) -> Int {
        if let named { return named }
        return recorded.contains(processors) ? processors + 1 : processors
    }

    private static func jobs(_ named: Int?, after run: RecordedRun) -> Int {
        jobs(
            named, after: run.kernels.map(\.build.jobs),
            processors: ProcessInfo.processInfo.activeProcessorCount)
    }
}
