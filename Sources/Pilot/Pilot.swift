// SPDX-License-Identifier: Apache-2.0
internal import Audit
package import Evidence
internal import Foundation
internal import Guest
package import Host
internal import KernelTree
package import Records
internal import Rendering
internal import Rollback
internal import Sandbox
package import SystemPackage
internal import Toolchain

/// The whole journey: sandbox → source → status → enable → toolchain → configuration → build → audit → boot → record.
/// Configuration, build and boot are those of two kernels, one with Rust and one without to compare with.
package struct Pilot: Sendable {
    /// Where a finished pilot's results are.
    package struct Result: Sendable {
        package let record: RunRecord
        /// Of the way back, the oldest first; they come after the run.
        package let drills: [RollbackDrill]
        /// Nothing had changed since the last run, so nothing was done again.
        package let unchanged: Bool
        package let folder: FilePath
        package var html: FilePath { folder.appending("report.html") }
        package var json: FilePath { folder.appending("report.json") }
        package var junit: FilePath { folder.appending("report.junit.xml") }
        /// The audit's findings.
        package var sarif: FilePath { folder.appending("report.sarif") }

        /// Writes all reports again. Throws `Failure` with codes `file.unwritable` and `disk.full`.
        func writeReports() throws {
            try AtomicFile.write(
                json: ReportedRun(record: record, drills: drills), to: json, permissions: AtomicFile.own)
            try AtomicFile.write(
                try HTMLReport().text(of: record, drills: drills), to: html, permissions: AtomicFile.own)
            try AtomicFile.write(JUnitPrinter().text(of: record), to: junit, permissions: AtomicFile.own)
            try AtomicFile.write(
                SARIFPrinter(version: record.bessemer, book: RuleCatalogue.book).text(of: record), to: sarif,
                permissions: AtomicFile.own)
        }
    }

    private let plan: PilotPlan
    private let directories: Directories
    private let store: any EvidenceArchive
    private let version: String
    /// The version with the program's own digest: what reads and judges is only the same when the program is.
    private let program: String
    private let progress: ProgressSink
    private let say: @Sendable (String) -> Void

    package init(
        plan: PilotPlan, directories: Directories, store: any EvidenceArchive, version: String, programDigest: Digest,
        progress: @escaping ProgressSink, say: @escaping @Sendable (String) -> Void
    ) {
        self.plan = plan
        self.directories = directories
        self.store = store
        self.version = version
        program = "\(version)+\(programDigest.short)"
        self.progress = progress
        self.say = say
    }

    /// Goes the whole way, from the last finished step of an earlier run where one was stopped; nil where the plan
    /// ends earlier.
    ///
    /// Throws `Failure` with the codes of each step, and `CancellationError`.
    package func run() async throws -> Result? {
        switch try request() {
        case .tarball(let path): try SourceRequest.tarball(path).check()
        case .folder(let path): try SourceRequest.folder(path).check()
        case .package: break
        }
        let held = try FolderLock(plan.folder, doing: "running a pilot")
        defer { withExtendedLifetime(held) {} }
        let recorder = StepRecorder(store: store)
        let folder = try RunFolder(
            plan.folder, key: SealingKey(file: directories.state.appending("seal.key")), recorder: recorder)
        let start = Date()
        do {
            let result = try await run(in: folder, recorder)
            if result == nil { try await recordEnd(.ended, nil, of: recorder, since: start) }
            return result
        } catch {
            // What went wrong first is what has to be said, also where that can't be recorded.
            let isCancelled = error is CancellationError
            try? await recordEnd(
                isCancelled ? .cancelled : .failed, isCancelled ? nil : FailureRecord(Failure(of: error)), of: recorder,
                since: start)
            throw error
        }
    }

    private func recordEnd(
        _ outcome: UnfinishedRun.Outcome, _ failure: FailureRecord?, of recorder: StepRecorder, since start: Date
    ) async throws {
        let now = Date()
        let run = UnfinishedRun(
            identifier: Self.identifier(now), tool: program, kernel: plan.kernel, startedAt: start, finishedAt: now,
            outcome: outcome, failure: failure, steps: await recorder.steps)
        try await recorder.recordEnd(run)
        say("recorded as \(run.identifier)")
    }

    private func run(in folder: RunFolder, _ recorder: StepRecorder) async throws -> Result? {
        let sandbox = try await sandboxStep(folder)
        let root = try sandboxRoot(sandbox.output)
        let isolation = RunRecord.Isolation(
            confinement: try Confinement.ofProcess(), facts: try await root.checkedIsolation(),
            compilerCache: plan.compilerCache.text)
        let (source, pristine) = try await sourceStep(folder, sandbox.output, root)
        let status = try await folder.step("status", inputs: [program, source.output.key]) { pristine.status() }
        let enable = try await enableStep(folder, source.output, pristine, status.output, root)
        let tree = BuildTree(
            tree: try KernelTree(at: FilePath(enable.output.tree)), identity: source.output.identity,
            key: enable.output.key(source.output))
        let tools = try await folder.step("toolchain", inputs: [program, sandbox.output.lock.digest.hexadecimal]) {
            progress(WorkProgress("looking at the toolchain"))
            return try await ToolchainProbe(sandbox: root).tools()
        }

        let compilerCache = plan.compilerCache.folder(
            in: directories.cache, source: source.output.key, sandbox: sandbox.output.lock.digest)
        if let compilerCache { try CompilerCache.use(compilerCache, in: directories.cache) }
        func steps(_ kernel: PilotKernel) -> KernelSteps {
            KernelSteps(
                kernel: kernel, source: tree, root: root, run: folder, plan: plan,
                compilerCache: compilerCache, version: version, program: program,
                progress: progress)
        }
        let rust = steps(.rust)
        let baseline = plan.comparesWithBaseline ? steps(.baseline) : nil
        let configuration = try await rust.configuration()
        let baselineConfiguration = try await baseline?.configuration()
        var difference: RunFolder.Finished<ConfigurationDifference>?
        if let baseline, let baselineConfiguration {
            difference = try await rust.difference(configuration.output, from: baseline, baselineConfiguration.output)
        }
        if plan.until == .configuration { return nil }

        var baselineBuild: RunFolder.Finished<BuildFacts>?
        if let baseline, let baselineConfiguration {
            baselineBuild = try await baseline.build(baselineConfiguration.output, recorded: nil)
        }
        let build = try await rust.build(
            configuration.output, recorded: await recordedBuild(of: source.output.identity.version))
        if plan.until == .build { return nil }
        let probe = try await probeStep(folder, build.output, tree.tree, root)
        let selfTest = try await selfTestStep(folder, build.output, tree, root, probe.output)
        let audit = try await auditStep(folder, build.output, root, probe.output, selfTest?.output)
        if plan.until == .audit { return nil }

        let userSpace = try UserSpace.package(in: sandbox.output.lock)
        var baselineBoot: RunFolder.Finished<GuestRun>?
        if let baseline, let baselineBuild {
            baselineBoot = try await baseline.boot(
                baselineBuild.output, userSpace: userSpace, in: sandboxes.packages)
        }
        let boot = try await rust.boot(
            build.output, userSpace: userSpace, in: sandboxes.packages, selfTest: selfTest?.output)

        let now = Date()
        let steps = await recorder.steps.map {
            RunRecord.Step(name: $0.name, startedAt: $0.startedAt, seconds: Double($0.milliseconds) / 1000)
        }
        let recording = try await folder.step(
            "record",
            inputs: [
                program, try isolation.contentDigest(),
                try plan.waivers.filter { $0.holds(at: now) }.contentDigest(),
                try plan.waivers.contentDigest(), try plan.auditBaseline.contentDigest(),
            ] + recorder.outputs
        ) {
            let finished = Date()
            let audit = plan.auditBaseline.applied(to: audit.output, at: finished)
            var compared: RunRecord.Baseline?
            if let configuration = baselineConfiguration?.output, let build = baselineBuild?.output,
                let run = baselineBoot?.output
            {
                compared = RunRecord.Baseline(
                    configuration: configuration, build: build, boot: run,
                    tests: TestComparison(baseline: run.tests, candidate: boot.output.tests),
                    difference: difference?.output)
            }
            let assessment = Assessment(
                status: enable.output.after, configuration: configuration.output, build: build.output,
                audit: audit, boot: boot.output, baseline: compared,
                selfTestProblem: selfTest?.output.problem, drift: sandbox.output.drift,
                waivers: plan.waivers, at: finished)
            return RunRecord(
                identifier: Self.identifier(finished), bessemer: program,
                startedAt: steps.map(\.startedAt).min() ?? finished, finishedAt: finished,
                verdict: assessment.verdict, reasons: assessment.reasons, subject: source.output.identity,
                readiness: enable.output.after,
                enablement: enable.output.series.map { .init(series: $0, before: status.output) },
                sandbox: sandbox.output.facts(at: finished, isolation: isolation), toolchain: tools.output,
                configuration: configuration.output, build: build.output, audit: audit, boot: boot.output,
                baseline: compared, findings: assessment.findings, waived: assessment.waived, steps: steps)
        }
        let entry = try await store.record(recording.output, parents: recorder.entries)
        let drills = try await store.drills(of: entry)
        let result = Result(
            record: recording.output, drills: drills, unchanged: recording.reused, folder: folder.path)
        try result.writeReports()
        return result
    }

    private static func identifier(_ time: Date) -> String {
        let stamp = time.ISO8601Format(.iso8601(timeZone: .gmt, dateSeparator: .omitted, timeSeparator: .omitted))
        return "\(stamp)-\(UUID().uuidString.prefix(8).lowercased())"
    }
}

// MARK: - Steps

extension Pilot {
    /// The pinned sandbox: the lock that was used, and how it differs from the one that was asked for.
    struct SandboxStep: Codable, Sendable {
        let lock: SandboxLock
        let drift: [String]

        func facts(at time: Date, isolation: RunRecord.Isolation) -> RunRecord.SandboxFacts {
            RunRecord.SandboxFacts(
                lockDigest: lock.digest, packages: lock.installed.count,
                suites: lock.suites.map {
                    .init(name: $0.name, date: $0.date, validUntil: $0.validUntil, expired: $0.isExpired(at: time))
                }, drift: drift, isolation: isolation)
        }
    }

    /// The kernel source, and where it lies.
    struct SourceStep: Codable, Hashable, Sendable {
        let identity: SourceIdentity
        let tree: String

        /// What a step that reads the source depends on.
        var key: String { identity.digest.hexadecimal }
    }

    /// The tree to build, and the series that it got.
    struct EnableStep: Codable, Hashable, Sendable {
        let tree: String
        let series: GlueSeries?
        let after: TreeStatus
        let fingerprint: Digest?

        func key(_ source: SourceStep) -> String {
            ([source.key] + (series?.patches.map(\.sha256.hexadecimal) ?? [])).joined(separator: "+")
        }
    }

    private var sandboxes: SandboxStore { SandboxStore(cache: directories.cache) }

    private func sandboxRoot(_ step: SandboxStep) throws -> SandboxRoot {
        progress(WorkProgress("checking the sandbox's files"))
        guard let root = try sandboxes.verified(step.lock) else {
            throw Failure("sandbox.absent", "the sandbox is gone", advice: "run this again")
        }
        return root
    }

    private func sandboxStep(_ folder: RunFolder) async throws -> RunFolder.Finished<SandboxStep> {
        let asked = try plan.lock.map { try $0.contentDigest() } ?? "unlocked"
        let needed = self.needed
        return try await folder.step(
            "sandbox", inputs: [version, asked, plan.mirror ?? "", "\(plan.allowExpired)", plan.kernel],
            holds: { step in
                try sandboxes.existing(step.lock) != nil
                    && needed(step.lock).allSatisfy { try sandboxes.packages.holds($0) }
            },
            perform: {
                try DiskNeed.sandbox.check(at: directories.cache)
                let provision = try await sandboxes.provide(
                    plan.lock, orAnew: plan.orAnew, needed: needed,
                    mirror: .ofHost(override: plan.mirror, lock: plan.lock), allowExpired: plan.allowExpired,
                    onProgress: progress, say: say)
                return SandboxStep(lock: provision.lock, drift: provision.drift)
            })
    }

    /// The packages that are fetched but not installed: the guest's user space, and the source where it is a package.
    private func needed(_ lock: SandboxLock) throws -> [LockedPackage] {
        var packages = [try UserSpace.package(in: lock)]
        if case .package(let name) = try request() { packages.append(try Self.source(name, lock)) }
        return packages
    }

    private static func source(_ name: String, _ lock: SandboxLock) throws -> LockedPackage {
        if let package = lock.fetched(name) { return package }
        let known = lock.fetched.map(\.name).filter { $0.hasPrefix("linux-source-") }.map {
            $0.dropFirst("linux-source-".count)
        }
        throw Failure(
            "source.unknown", "the sandbox lock has no package \(name)",
            advice: "use --kernel with one of \(known.joined(separator: ", ")), a kernel source folder, or a tarball")
    }

    private enum Request {
        case package(String)
        case folder(FilePath)
        case tarball(FilePath)
    }

    /// A number such as `7.3` is a Debian source package; anything else is a path.
    private func request() throws -> Request {
        let path = FilePath(plan.kernel)
        let numbers = plan.kernel.split(separator: ".", omittingEmptySubsequences: false)
        if numbers.count == 2, numbers.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isNumber) }), !Files.exists(path) {
            return .package("linux-source-\(plan.kernel)")
        }
        if Files.isDirectory(path) { return .folder(path) }
        if Files.exists(path) { return .tarball(path) }
        throw Failure(
            "source.absent", "there is no kernel source \(plan.kernel)",
            advice: "name a version (--kernel 7.3), a source folder, or a .tar, .tar.xz, .tar.gz or .tar.zst file")
    }

    private func sourceStep(
        _ folder: RunFolder, _ sandbox: SandboxStep, _ root: SandboxRoot
    ) async throws -> (RunFolder.Finished<SourceStep>, KernelTree) {
        let request: SourceRequest
        switch try self.request() {
        case .package(let name):
            let package = try Self.source(name, sandbox.lock)
            request = .debianPackage(
                file: try sandboxes.packages.file(of: package), request: plan.kernel, name: package.name,
                version: package.version)
        case .folder(let path): request = .folder(path)
        case .tarball(let path): request = .tarball(path)
        }
        @Sendable func acquire() async throws -> SourceStep {
            let source = try await request.acquire(cache: directories.cache, sandbox: root) { source in
                progress(
                    WorkProgress(
                        "\(source.stage.rawValue) the kernel source", done: source.done >> 20,
                        total: source.total.map { $0 >> 20 }, detail: "MiB"))
            }
            return SourceStep(identity: source.identity, tree: source.tree.path.string)
        }
        // A source that was taken before is recognised without reading all of it again.
        let step = try await folder.step(
            "source", inputs: [version, plan.kernel], holds: { try await acquire() == $0 },
            perform: {
                try DiskNeed.source.check(at: directories.cache)
                return try await acquire()
            })
        return (step, try KernelTree(at: FilePath(step.output.tree)))
    }

    /// A tree without s390 Rust support gets it, and one that has it gets the fixes that are for it: in a copy of the pilot's
    /// own.
    private func enableStep(
        _ folder: RunFolder, _ source: SourceStep, _ tree: KernelTree, _ status: TreeStatus, _ root: SandboxRoot
    ) async throws -> RunFolder.Finished<EnableStep> {
        let asItIs = EnableStep(tree: source.tree, series: nil, after: status, fingerprint: nil)
        let inputs = [program, source.key, source.tree]
        // A tree that has some of it is somebody's work; the build and the report tell what it lacks.
        let isOffered = plan.series != PilotPlan.noSeries && (status.isReady || status.found.isEmpty)
        guard isOffered, let glue = plan.glue else {
            guard !isOffered || status.isReady else {
                throw Failure(
                    "glue.series",
                    "Linux \(tree.version) has no s390 Rust support, and the folder of patch series is missing",
                    advice: "name Bessemer's folder Glue with --glue")
            }
            return try await folder.step("enable", inputs: inputs) { asItIs }
        }
        let series = try await GlueSeries.key(in: glue, asked: plan.series, isReady: status.isReady)
        return try await folder.step(
            "enable", inputs: inputs + series,
            attachments: { step in
                guard let series = step?.series else { return [] }
                return series.patches.map { StepAttachment($0.file, "\(series.name)/\($0.file)", in: glue) }
            },
            holds: { try $0.series == nil || KernelTree(at: FilePath($0.tree)).fingerprint() == $0.fingerprint },
            perform: {
                if status.isReady, plan.series == nil,
                    try await TreeEnablement(tree: tree, glue: glue, sandbox: root).fixes() == nil
                {
                    return asItIs
                }
                progress(WorkProgress("copying the kernel source"))
                try DiskNeed.source.check(at: folder.path)
                let copy = try await tree.copy(to: folder.enabledSource, sandbox: root)
                progress(WorkProgress("applying patches to the kernel source"))
                let change = try await TreeEnablement(tree: copy, glue: glue, sandbox: root).enable(series: plan.series)
                return EnableStep(
                    tree: copy.path.string, series: change.series, after: change.status,
                    fingerprint: try copy.fingerprint())
            })
    }

    /// The layout probe, compiled from what the build left.
    private func probeStep(_ folder: RunFolder, _ build: BuildFacts, _ tree: KernelTree, _ root: SandboxRoot)
        async throws -> RunFolder.Finished<ProbeAudit.Made>
    {
        let probe = LayoutProbe(
            tree: tree, objects: folder.folder(of: .rust).objects, sandbox: root, folder: folder.probe)
        return try await folder.step(
            "probe", inputs: [program, try build.artifacts.contentDigest(), root.lockDigest.hexadecimal],
            holds: { try $0.holds(for: probe) },
            perform: { try await ProbeAudit(probe: probe).make(progress: progress) })
    }

    /// The guest self-test module; nil where the plan leaves it out.
    private func selfTestStep(
        _ folder: RunFolder, _ build: BuildFacts, _ source: BuildTree, _ root: SandboxRoot, _ probe: ProbeAudit.Made
    ) async throws -> RunFolder.Finished<SelfTest>? {
        guard let sources = plan.selfTest else { return nil }
        let inputs = [program, try build.artifacts.contentDigest(), root.lockDigest.hexadecimal]
        return try await folder.step(
            "self-test", inputs: inputs + SelfTest.digests(of: sources),
            holds: { try $0.holds(in: folder.selfTest) },
            perform: {
                progress(WorkProgress("building the self-test module"))
                let module = ModuleBuild(
                    tree: source.tree, objects: folder.folder(of: .rust).objects, sandbox: root,
                    folder: folder.selfTest, date: source.identity.date ?? 0)
                return try await SelfTest.build(module, from: sources, complete: Set(probe.complete))
            })
    }

    /// The built files, the self-test module, and the layout probe.
    private func auditStep(
        _ folder: RunFolder, _ build: BuildFacts, _ root: SandboxRoot, _ probe: ProbeAudit.Made, _ selfTest: SelfTest?
    ) async throws -> RunFolder.Finished<AuditReport> {
        let objects = ForeignFolder(folder.folder(of: .rust).objects)
        let made = LayoutProbe.made(in: folder.probe)
        let inputs = [
            program, try build.artifacts.contentDigest(), root.lockDigest.hexadecimal, probe.object.hexadecimal,
            selfTest?.files[SelfTest.fileName]?.hexadecimal ?? "",
        ]
        return try await folder.step("audit", inputs: inputs) {
            // The audit takes paths. What made these files has ended, and they are what was recorded of them.
            var options = try AuditOptions(build: BuildFolder(objects.path)) { $0.string }
            options.alsoRead = []
            let names = build.artifacts.map(\.path).filter { $0 == "vmlinux" || $0.hasSuffix(".ko") }
            var files = try names.map { AuditInput(path: try objects.file($0).string, name: $0) }
            // A module's Rust works with types of which its own C units describe few.
            if names.contains(where: { $0.hasSuffix(".ko") }) {
                options.cTypes = try? CTypes(path: objects.file("vmlinux").string, jobs: plan.jobs)
            }
            if let file = try selfTest?.module(in: folder.selfTest)?.path {
                files.append(AuditInput(path: file.string, name: SelfTest.fileName))
            }
            let progress = self.progress
            return try Audit(options: options, jobs: plan.jobs).report(
                on: files + [
                    AuditInput(path: try made.file(LayoutProbe.objectName).string, name: LayoutProbe.objectName)
                ]
            ) { done, total, name in
                progress(WorkProgress("auditing", done: done, total: total, detail: name))
            }
        }
    }

    /// What a build of this kernel took, here or in another folder.
    private func recordedBuild(of version: String) async -> BuildEstimate? {
        let recorded = try? await store.runs(limit: 100).first { $0.kernelVersion == version }
        return recorded.map { BuildEstimate(steps: $0.buildSteps, seconds: $0.buildSeconds) }
    }
}
