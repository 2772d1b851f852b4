// SPDX-License-Identifier: Apache-2.0
internal import Audit
public import Evidence
internal import Findings
internal import Foundation
internal import Guest
public import Host
internal import KernelTree
internal import Rendering
internal import Sandbox
public import SystemPackage
internal import Toolchain

/// The whole journey: sandbox → source → status → toolchain → configuration → build → audit → boot → record.
public struct Pilot: Sendable {
    /// Where a finished pilot's results are.
    public struct Result: Sendable {
        public let record: RunRecord
        /// Nothing had changed since the last run, so nothing was done again.
        public let unchanged: Bool
        public let folder: FilePath
        public var html: FilePath { folder.appending("report.html") }
        public var json: FilePath { folder.appending("report.json") }
    }

    private let plan: PilotPlan
    private let directories: Directories
    private let store: any EvidenceStore
    private let version: String
    /// The version with the program's own digest: what reads and judges is only the same when the program is.
    private let program: String
    private let progress: ProgressSink
    private let say: @Sendable (String) -> Void

    public init(
        plan: PilotPlan, directories: Directories, store: any EvidenceStore, version: String, programDigest: Digest,
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
    public func run() async throws -> Result? {
        let held = try FolderLock(plan.folder, doing: "running a pilot")
        defer { withExtendedLifetime(held) {} }
        let folder = try RunFolder(plan.folder)

        let sandbox = try await sandboxStep(folder)
        let root = try sandboxRoot(sandbox.output)
        let (source, tree) = try await sourceStep(folder, sandbox.output, root)
        let status = try await folder.step("status", inputs: [program, source.output.key]) { tree.status() }
        let tools = try await folder.step("toolchain", inputs: [program, sandbox.output.lock.digest.hexadecimal]) {
            progress(WorkProgress("looking at the toolchain"))
            return try await ToolchainProbe(sandbox: root).tools()
        }
        let configuration = try await configurationStep(folder, source.output, tree, root)
        if plan.until == .configuration { return nil }
        let build = try await buildStep(folder, configuration.output, source.output, tree, root)
        if plan.until == .build { return nil }
        let audit = try await auditStep(folder, build.output, tree, root)
        if plan.until == .audit { return nil }
        let boot = try await bootStep(folder, build.output, sandbox.output, root)

        let steps = [
            sandbox.record, source.record, status.record, tools.record, configuration.record, build.record,
            audit.record, boot.record,
        ]
        let recording = try await folder.step(
            "record",
            inputs: [
                program, try sandbox.output.contentDigest(), try source.output.contentDigest(),
                try status.output.contentDigest(),
                try tools.output.contentDigest(), try configuration.output.contentDigest(),
                try build.output.contentDigest(), try audit.output.contentDigest(),
                try boot.output.contentDigest(), try plan.waivers.filter { $0.holds(at: Date()) }.contentDigest(),
                try plan.waivers.contentDigest(), try plan.baseline.contentDigest(),
            ]
        ) {
            let finished = Date()
            let audit = plan.baseline.applied(to: audit.output, at: finished)
            let assessment = Assessment(
                status: status.output, configuration: configuration.output, build: build.output,
                audit: audit, boot: boot.output, drift: sandbox.output.drift, waivers: plan.waivers, at: finished
            )
            return RunRecord(
                identifier: Self.identifier(finished), bessemer: program,
                startedAt: steps.map(\.startedAt).min() ?? finished, finishedAt: finished, verdict: assessment.verdict,
                reasons: assessment.reasons, subject: source.output.identity, readiness: status.output,
                sandbox: sandbox.output.facts(at: finished), toolchain: tools.output,
                configuration: configuration.output, build: build.output, audit: audit, boot: boot.output,
                findings: assessment.findings, waived: assessment.waived, steps: steps)
        }
        try await store.insert(recording.output)
        try writeReports(recording.output, in: folder)
        return Result(record: recording.output, unchanged: recording.reused, folder: folder.path)
    }

    private static func identifier(_ time: Date) -> String {
        let stamp = time.ISO8601Format(.iso8601(timeZone: .gmt, dateSeparator: .omitted, timeSeparator: .omitted))
        return "\(stamp)-\(UUID().uuidString.prefix(8).lowercased())"
    }

    private func writeReports(_ record: RunRecord, in folder: RunFolder) throws {
        try AtomicFile.write(json: record, to: folder.path.appending("report.json"))
        try AtomicFile.write(try HTMLReport().text(of: record), to: folder.path.appending("report.html"))
    }
}

// MARK: - Steps

extension Pilot {
    /// The pinned sandbox: the lock that was used, and how it differs from the one that was asked for.
    struct SandboxStep: Codable, Sendable {
        let lock: SandboxLock
        let drift: [String]

        func facts(at time: Date) -> RunRecord.SandboxFacts {
            RunRecord.SandboxFacts(
                lockDigest: lock.digest, packages: lock.installed.count,
                suites: lock.suites.map {
                    .init(name: $0.name, date: $0.date, validUntil: $0.validUntil, expired: $0.isExpired(at: time))
                }, drift: drift)
        }
    }

    /// The kernel source, and where it lies.
    struct SourceStep: Codable, Hashable, Sendable {
        let identity: SourceIdentity
        let tree: String

        /// What a step that reads the source depends on.
        var key: String { identity.digest.hexadecimal }
    }

    private var sandboxes: SandboxStore { SandboxStore(cache: directories.cache) }

    private func sandboxRoot(_ step: SandboxStep) throws -> SandboxRoot {
        guard let root = sandboxes.existing(step.lock) else {
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
                    && needed(step.lock).allSatisfy { Files.exists(sandboxes.packages.file(of: $0)) }
            },
            perform: {
                try checkSpace(.sandbox)
                let provision = try await sandboxes.provide(
                    plan.lock, needed: needed, mirror: .ofHost(override: plan.mirror), allowExpired: plan.allowExpired,
                    onProgress: progress, say: say)
                return SandboxStep(lock: provision.lock, drift: provision.drift)
            })
    }

    /// The packages that are fetched but not installed: the guest's user space, and the source where it is a package.
    private func needed(_ lock: SandboxLock) throws -> [LockedPackage] {
        var packages = [try Self.busybox(lock)]
        if case .package(let name) = try request() { packages.append(try Self.source(name, lock)) }
        return packages
    }

    private static func busybox(_ lock: SandboxLock) throws -> LockedPackage {
        guard let package = lock.fetched("busybox-static") else {
            throw Failure(
                "lock.incomplete", "the sandbox lock has no busybox-static for s390x",
                advice: "write a new lock with `bessemer sandbox lock --output FILE`")
        }
        return package
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
            advice: "name a version (--kernel 7.3), a source folder, or a .tar.xz, .tar.gz or .tar.zst file")
    }

    private func sourceStep(
        _ folder: RunFolder, _ sandbox: SandboxStep, _ root: SandboxRoot
    ) async throws -> (RunFolder.Finished<SourceStep>, KernelTree) {
        let request: SourceRequest
        switch try self.request() {
        case .package(let name):
            let package = try Self.source(name, sandbox.lock)
            request = .debianPackage(
                file: sandboxes.packages.file(of: package), request: plan.kernel, name: package.name,
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
                try checkSpace(.source)
                return try await acquire()
            })
        return (step, try KernelTree(at: FilePath(step.output.tree)))
    }

    private func configurationStep(
        _ folder: RunFolder, _ source: SourceStep, _ tree: KernelTree, _ root: SandboxRoot
    ) async throws -> RunFolder.Finished<ConfigurationFacts> {
        let base = try KernelConfiguration.Base(plan.base, in: tree)
        var baseDigest = plan.base
        if case .file(let path) = base { baseDigest = try Digest(ofFile: path).hexadecimal }
        let own = try plan.fragments.map { path in
            KernelConfiguration.Fragment(
                name: path.lastComponent?.string ?? path.string, text: try Files.text(path), required: true)
        }
        // What the tree's Kconfig files offer follows from the source and this program, so they need not be read to know.
        let inputs =
            [program, source.key, root.lockDigest.hexadecimal, baseDigest] + own.flatMap { [$0.name, $0.text] }
        return try await folder.step(
            "configuration", inputs: inputs,
            holds: { try Digest(ofFile: folder.configuration.appending(".config")) == $0.digest },
            perform: {
                try Files.makeDirectory(compilerCache)
                try Files.remove(folder.configuration)
                let wanted = PilotFragments.wanted(try Kconfig(tree))
                let fragments = [wanted, PilotFragments.required, PilotFragments.rust] + own
                let facts = try await KernelConfiguration(base: base, fragments: fragments).apply(
                    to: tree, objects: folder.configuration, compilerCache: compilerCache, sandbox: root,
                    log: folder.configurationLog
                ) { progress(WorkProgress("configuring the kernel", detail: $0)) }
                guard facts.rust else { throw Self.rustIsOff(facts) }
                return facts
            })
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

    private var compilerCache: FilePath { directories.cache.appending("ccache") }

    private func buildStep(
        _ folder: RunFolder, _ configuration: ConfigurationFacts, _ source: SourceStep, _ tree: KernelTree,
        _ root: SandboxRoot
    ) async throws -> RunFolder.Finished<BuildFacts> {
        let estimate = await estimate(folder, version: source.identity.version)
        return try await folder.step(
            "build", inputs: [version, source.key, root.lockDigest.hexadecimal, configuration.digest.hexadecimal],
            holds: { build in
                try build.artifacts.map(\.self).mapConcurrently { artifact in
                    let file = folder.objects.appending(artifact.path)
                    return try Files.size(file) == artifact.size && Digest(ofFile: file) == artifact.sha256
                }.allSatisfy { $0 }
            },
            perform: {
                try checkSpace(.build)
                // What an interrupted build left may be half written; the compiler cache makes a fresh start cheap.
                try Files.remove(folder.objects)
                try Files.makeDirectory(folder.objects)
                let config = folder.configuration.appending(".config")
                try AtomicFile.write(try Files.text(config), to: folder.objects.appending(".config"))
                let build = KernelBuild(
                    tree: tree, objects: folder.objects, compilerCache: compilerCache, sandbox: root,
                    log: folder.buildLog,
                    date: source.identity.date ?? 0, jobs: plan.jobs)
                return try await build.run { state in
                    progress(
                        WorkProgress(
                            "building: \(state.stage.rawValue)", done: state.steps, total: estimate?.steps,
                            detail: state.file, elapsed: state.elapsed, expected: estimate.map { .seconds($0.seconds) })
                    )
                }
            })
    }

    /// The built files, and the layout probe compiled from what the build left.
    private func auditStep(
        _ folder: RunFolder, _ build: BuildFacts, _ tree: KernelTree, _ root: SandboxRoot
    ) async throws -> RunFolder.Finished<AuditReport> {
        let artifacts = try build.artifacts.contentDigest()
        return try await folder.step("audit", inputs: [program, artifacts, root.lockDigest.hexadecimal]) {
            let probe = LayoutProbe(tree: tree, objects: folder.objects, sandbox: root, folder: folder.probe)
            let object = try await ProbeAudit(probe: probe).make(progress: progress)
            var options = AuditOptions()
            options.configuration = try DotConfig(file: folder.objects.appending(".config")).settings.mapValues(\.value)
            options.exports = try Audit.exports(at: folder.objects.appending("Module.symvers").string)
            options.release = build.release
            let names = build.artifacts.map(\.path).filter { $0 == "vmlinux" || $0.hasSuffix(".ko") }
            let files = names.map { AuditInput(path: folder.objects.pushing(FilePath($0)).string, name: $0) }
            let progress = self.progress
            return try Audit(options: options, jobs: plan.jobs).report(
                on: files + [AuditInput(path: object.string, name: "layout-probe.o")]
            ) { done, total, name in
                progress(WorkProgress("auditing", done: done, total: total, detail: name))
            }
        }
    }

    private func bootStep(
        _ folder: RunFolder, _ build: BuildFacts, _ sandbox: SandboxStep, _ root: SandboxRoot
    ) async throws -> RunFolder.Finished<GuestRun> {
        let package = try Self.busybox(sandbox.lock)
        let arguments =
            ["kunit.enable=1"] + (plan.slowTests ? [] : ["kunit.filter=speed>slow", "kunit.filter_action=skip"])
        let settings = ["\(plan.memoryMiB)", "\(plan.cpus)", "\(plan.timeLimit)"] + arguments
        let artifacts = try build.artifacts.contentDigest()
        return try await folder.step(
            "boot", inputs: [program, artifacts, root.lockDigest.hexadecimal, package.sha256.hexadecimal] + settings,
            perform: {
                progress(WorkProgress("preparing the guest"))
                let busybox = try await UserSpace(sandbox: root, folder: folder.path.appending("busybox")).busybox(
                    from: sandboxes.packages.file(of: package))
                var guest = GuestPlan(kernel: folder.objects.appending("arch/s390/boot/bzImage"), busybox: busybox)
                guest.modules = try await SampleModules(objects: folder.objects, sandbox: root).all(of: build)
                guest.kernelArguments = arguments
                guest.memoryMiB = plan.memoryMiB
                guest.cpus = plan.cpus
                guest.timeLimit = .seconds(plan.timeLimit)
                let clock = ContinuousClock.now
                return try await guest.boot(in: root, folder: folder.guest) { state in
                    progress(
                        WorkProgress(
                            "guest: \(state.step ?? "kernel")", done: state.counts.total,
                            detail: state.currentTest ?? "",
                            elapsed: ContinuousClock.now - clock))
                }
            })
    }

    /// What the last build of this folder took, or of this kernel anywhere.
    private func estimate(_ folder: RunFolder, version: String) async -> (steps: Int, seconds: Double)? {
        if let last = folder.last("build", as: BuildFacts.self)?.output { return (last.steps, last.seconds) }
        let recorded = try? await store.list(limit: 100).first { $0.kernelVersion == version }
        return recorded.map { ($0.buildSteps, $0.buildSeconds) }
    }

    /// Parts of the journey that need room on the disk.
    private enum Need {
        case sandbox
        case source
        case build

        /// Bytes, measured with a kernel of the pilot's configuration and rounded up.
        var bytes: Int {
            switch self {
            case .sandbox: 5 << 30
            case .source: 2 << 30
            case .build: 3 << 30
            }
        }
    }

    private func checkSpace(_ need: Need) throws {
        let place = need == .build ? plan.folder : directories.cache
        guard let free = Files.freeSpace(at: place), free < need.bytes else { return }
        let variable = need == .build ? "--work DIR" : "XDG_CACHE_HOME"
        throw Failure(
            "disk.full", "\(place) has \(free >> 20) MiB free; this step needs \(need.bytes >> 20) MiB",
            advice: "free space there, or name a larger file system with \(variable)")
    }
}
