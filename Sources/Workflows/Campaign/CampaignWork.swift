// SPDX-License-Identifier: Apache-2.0
package import Campaigns
package import Evidence
internal import Foundation
internal import Guest
package import Host
internal import KernelTree
internal import Records
internal import Sandbox
package import SystemPackage

/// Does one step of a campaign: a build is a pilot that ends behind its audit, a boot takes what it built.
package struct CampaignWork: Sendable {
    private let folder: CampaignFolder
    private let directories: Directories
    private let store: any EvidenceArchive
    private let version: String
    /// The version with the program's own digest.
    private let program: String
    private let glue: FilePath?
    private let selfTest: FilePath?
    private let jobs: Int
    private let progress: ProgressSink
    private let say: @Sendable (String) -> Void

    package init(
        folder: CampaignFolder, directories: Directories, store: any EvidenceArchive, version: String, program: String,
        glue: FilePath?, selfTest: FilePath?, jobs: Int, progress: @escaping ProgressSink,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.folder = folder
        self.directories = directories
        self.store = store
        self.version = version
        self.program = program
        self.glue = glue
        self.selfTest = selfTest
        self.jobs = jobs
        self.progress = progress
        self.say = say
    }

    /// What decides a build beside what the matrix names: the series and the self-test's sources.
    package static func shared(glue: FilePath?, selfTest: FilePath?) throws -> [String] {
        try [glue.map { try SourceRequest.folder($0).contentDigest().hexadecimal } ?? ""]
            + (selfTest.map { try SelfTest.digests(of: $0) } ?? [])
    }

    /// Does it in an attempt's folder. Throws `Failure` where it could not be tried, and `CancellationError`.
    package func perform(_ job: CampaignJob, in place: FilePath) async throws -> CampaignFolder.Work {
        switch job.work {
        case .command(let program): try await program.perform(in: place)
        case .build(let build): try await self.build(build, in: place)
        case .boot(let boot): try await self.boot(boot, in: place)
        }
    }

    // MARK: Build

    private static let pilotFolder = "pilot"
    private var sandboxes: SandboxStore { SandboxStore(cache: directories.cache) }

    /// The sandbox of the lock, which is made where this node has none, and a package that is not installed in it.
    private func sandbox(of lock: SandboxLock, fetching package: LockedPackage?) async throws -> SandboxRoot {
        let mirror = try await Mirror.ofHost(lock: lock)
        let root = try await sandboxes.create(lock, from: mirror, onProgress: progress)
        if let package { try await sandboxes.packages.fetch([package], from: mirror, onProgress: progress) }
        return root
    }

    private static let factsName = "build.json"
    private static let selfTestName = "self-test.json"
    private static let auditName = "audit.json"

    private func lock(_ digest: Digest) throws -> SandboxLock {
        try SandboxLock(contentsOf: try folder.checkedInput(digest))
    }

    private func build(_ build: CampaignJob.Build, in place: FilePath) async throws -> CampaignFolder.Work {
        let lock = try lock(build.lock)
        let path = place.appending(Self.pilotFolder)
        func input(_ text: String) throws -> FilePath? { try Digest(hexadecimal: text).map(folder.checkedInput) }
        try check(build)
        var plan = PilotPlan(kernel: build.kernel, lock: lock, jobs: jobs, folder: path)
        plan.base = try input(build.base)?.string ?? build.base
        plan.fragments = try build.fragments.compactMap(input)
        plan.glue = glue
        plan.selfTest = selfTest
        plan.comparesWithBaseline = false
        plan.sandboxIsDefault = false
        plan.until = .audit
        var facts = CampaignResult.Facts()
        facts.lock = lock.digest
        if !build.patches.isEmpty {
            do {
                let (tree, source) = try await patched(build, lock, in: place)
                plan.kernel = tree.string
                // Trees that differ in some of the same patches trust each other's objects; the plain source sees none of them.
                plan.compilerCache = .shared("patches on \(source)")
            } catch let failure as Failure where failure.code == "campaign.patch" {
                return .init(.skipped, .init(identity: "patch", text: failure.message), facts: facts)
            }
        }
        do {
            _ = try await Pilot(
                plan: plan, directories: directories, store: store, version: version, program: program,
                progress: progress, say: say
            ).run()
        } catch let failure as Failure where Self.isKernels(failure) {
            return .init(.failed, Self.fault("build", failure), facts: facts)
        }
        let steps = StepFiles(in: path, seal: try SealingKey(file: directories.state.appending("seal.key")))
        guard let built = steps.last("build", as: BuildFacts.self)?.output,
            let audit = steps.last("audit", as: AuditReport.self)?.output
        else { throw Failure("campaign.step", "the pilot left no build", advice: "run the campaign again") }
        let module = steps.last("self-test", as: SelfTest.self)?.output
        let tools = steps.last("toolchain", as: [Tool].self)?.output ?? []
        facts.release = built.release
        facts.notesSHA256 = built.notesSHA256
        facts.tools = Dictionary(tools.map { ($0.role, $0.version) }, uniquingKeysWith: { first, _ in first })
        let findings = audit.files.flatMap(\.outcomes).flatMap(\.findings)
        let errors = findings.filter { $0.severity == .error }
        facts.auditErrors = errors.count
        facts.auditWarnings = findings.count { $0.severity == .warning }
        try AtomicFile.write(json: built, to: place.appending(Self.factsName))
        try AtomicFile.write(json: audit, to: place.appending(Self.auditName))
        var outputs = [Self.factsName, Self.auditName]
        if let module {
            try AtomicFile.write(json: module, to: place.appending(Self.selfTestName))
            outputs.append(Self.selfTestName)
            outputs += module.files.keys.sorted().map { "\(Self.pilotFolder)/self-test/\($0)" }
        }
        try dropIntermediates(of: path, in: place)
        outputs += built.artifacts.map { "\(Self.pilotFolder)/objects/\($0.path)" }
        let unread = audit.files.filter { file in
            file.error != nil || file.outcomes.contains { $0.state == .unknown }
        }.map(\.name)
        if errors.isEmpty, !unread.isEmpty {
            return .init(
                .skipped,
                .init(
                    identity: "audit: undecided", text: "the audit is undecided on \(unread.joined(separator: ", "))"),
                outputs: outputs, facts: facts)
        }
        let rules = Set(errors.map(\.rule)).sorted().joined(separator: " ")
        return errors.isEmpty
            ? .init(.done, outputs: outputs, facts: facts)
            : .init(
                .failed,
                .init(
                    identity: "audit: \(rules)",
                    text: "the audit has \(errors.count) errors (\(rules)), the first: \(errors[0].title)"),
                outputs: outputs, facts: facts)
    }

    /// What made the artifacts is most of the disk that a build takes, and nothing reads it again.
    private func dropIntermediates(of pilot: FilePath, in place: FilePath) throws {
        let folder = PilotFolder(path: pilot)
        for source in [folder.enabledSource, place.appending(Self.patchedSource)] { try Files.remove(source) }
        let objects = ForeignFolder(folder.kernel(.candidate).objects)
        for file in objects.files(where: { name in
            let last = name.split(separator: "/").last ?? ""
            return last.hasPrefix(".tmp_") || [".o", ".a", ".rmeta"].contains(where: last.hasSuffix)
        }) { try objects.remove(file) }
    }

    /// A source that somebody changed since is another one than the step's key says.
    private func check(_ build: CampaignJob.Build) throws {
        guard let source = build.source, try KernelRequest(build.kernel).contentDigest() != source else { return }
        throw Failure(
            "campaign.changed", "the source \(build.kernel) is not what it was when the step was planned",
            advice: "run the campaign again: another source makes other steps")
    }

    private static let patchedSource = "patched-source"

    /// The source with the patches in it, and the digest of what it was before. Throws `Failure` with code `campaign.patch` where one does not apply.
    private func patched(
        _ build: CampaignJob.Build, _ lock: SandboxLock, in place: FilePath
    ) async throws -> (tree: FilePath, source: String) {
        let request = try KernelRequest(build.kernel)
        let package = try request.package(in: lock)
        let root = try await sandbox(of: lock, fetching: package)
        let site = PilotSite(
            folder: PilotFolder(path: place.appending(Self.pilotFolder)), cache: directories.cache, jobs: jobs,
            buildLimits: .standard, progress: progress, say: say)
        let source = try await SourceStep(
            version: version, kernel: build.kernel, request: request, package: package,
            sandbox: Keyed(root, by: root.lockDigest)
        ).perform(at: site)
        let tree = try await KernelTree(at: FilePath(source.tree)).copy(
            to: place.appending(Self.patchedSource), sandbox: root)
        for patch in build.patches {
            let outcome = try await root.command(
                Command(
                    "/bin/sh", ["-c", "git apply --whitespace=nowarn /mnt/patch"], workingDirectory: "/mnt/tree"),
                mounts: [
                    Mount(tree.path, at: "/mnt/tree", writable: true),
                    Mount(try folder.checkedInput(patch), at: "/mnt/patch"),
                ]
            ).capture(deadline: .seconds(300))
            guard outcome.succeeded else {
                throw Failure(
                    "campaign.patch", "a patch does not apply: \(outcome.error.split(separator: "\n").first ?? "")",
                    advice: "look at the order of the patches", underlying: outcome.error)
            }
        }
        return (tree.path, source.key)
    }

    /// Whether a failure is the kernel's or the toolchain's own, and not this machine's.
    private static func isKernels(_ failure: Failure) -> Bool {
        guard !["build.killed", "build.disk-limit", "build.time-limit"].contains(failure.code) else { return false }
        let parts = failure.code.split(separator: ".")
        return ["build", "configuration", "glue", "layout", "module", "probe", "tree"].contains(parts.first ?? "")
    }

    private static func fault(_ what: String, _ failure: Failure) -> CampaignResult.Fault {
        let lines = failure.underlying.map { "\($0)" }?.split(separator: "\n").map(String.init) ?? []
        let first = lines.first { $0.contains("error") } ?? lines.first ?? failure.message
        return .init(
            identity: "\(what): \(String(first.prefix(200)))", text: "\(failure.message): \(String(first.prefix(300)))")
    }

    // MARK: Boot

    private func boot(_ boot: CampaignJob.Boot, in place: FilePath) async throws -> CampaignFolder.Work {
        guard case .good(let result, _) = folder.result(of: boot.build),
            case .build(let build) = try folder.job(boot.build).work
        else {
            throw Failure(
                "campaign.step", "the build that is to be booted is not there", advice: "run the campaign again")
        }
        let lock = try lock(build.lock)
        let made = ForeignFolder(folder.step(boot.build).appending(result.attempt))
        func read<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
            try JSON.decode(
                type, from: try made.bytes(of: name, limit: ForeignFolder.Limit.source), named: "\(made.path)/\(name)")
        }
        let built = try read(BuildFacts.self, Self.factsName)
        let module = made.hasFile(Self.selfTestName) ? try read(SelfTest.self, Self.selfTestName) : nil
        let package = try UserSpace.package(in: lock)
        let root = try await sandbox(of: lock, fetching: package)
        let machine = try await MachineModels.known(to: root).machine(boot.machine, in: root)
        if let impossible = machine.impossible {
            return .init(.skipped, .init(identity: "machine: \(boot.machine)", text: impossible))
        }
        let busybox = try await UserSpace(sandbox: root, folder: place.appending("user-space")).busybox(
            from: try sandboxes.packages.file(of: package))
        let objects = try made.folder("\(Self.pilotFolder)/objects")
        let image = try objects.file("arch/s390/boot/bzImage", limit: ForeignFolder.Limit.image)
        var guest = try await GuestPlan.ofPilot(
            kernel: image, busybox: busybox, objects: objects.path, artifacts: built.artifacts, sandbox: root,
            selfTest: module, selfTestFolder: made.path.appending(Self.pilotFolder).appending("self-test"),
            memoryMiB: boot.memoryMiB, cpus: boot.cpus, timeLimit: boot.timeLimit, slowTests: false)
        guest.cpu = machine.cpu
        guest.mayBeSilent = true
        let run = try await guest.boot(in: root, folder: place) { state in
            progress(WorkProgress("booting", done: state.counts.total, detail: state.currentTest ?? state.step ?? ""))
        }
        for name in ["initramfs.cpio", "user-space"] { try Files.remove(place.appending(name)) }
        try AtomicFile.write(json: run, to: place.appending("boot.json"))
        var facts = result.facts
        facts.notesSHA256 = run.notesSHA256 ?? facts.notesSHA256
        let leaves = run.tests.flatMap(\.leaves)
        facts.tests = run.tests.reduce(into: TestCounts()) { $0 += $1.counts }
        facts.failing = leaves.filter { $0.result.outcome == .fail }.map(\.path)
        return Self.judged(run, facts, outputs: ["console.log", "boot.json"])
    }

    /// Passed is a boot that came to its end with its modules, and of whose tests some passed and none failed or was left
    /// undecided.
    private static func judged(
        _ run: GuestRun, _ facts: CampaignResult.Facts, outputs: [String]
    ) -> CampaignFolder.Work {
        func work(
            _ outcome: CampaignResult.Outcome, _ identity: String = "", _ text: String = ""
        ) -> CampaignFolder.Work {
            .init(
                outcome, identity.isEmpty ? nil : .init(identity: identity, text: text), outputs: outputs, facts: facts)
        }
        let failing = facts.failing ?? []
        let modules = run.modules.filter { !$0.loaded || !$0.unloaded }.map(\.name)
        if run.ending != .powerOff {
            return work(.failed, "boot: \(run.ending.rawValue)", "the boot did not come to its end: \(run.reached)")
        }
        if !failing.isEmpty {
            let names = failing.prefix(3).joined(separator: ", ") + (failing.count > 3 ? ", …" : "")
            return work(
                .failed, "tests: \(failing.sorted().joined(separator: " "))",
                "\(failing.count == 1 ? "a test" : "\(failing.count) tests") failed: \(names)")
        }
        if !modules.isEmpty {
            let names = modules.joined(separator: " ")
            return work(.failed, "modules: \(names)", "modules that did not go in and out again: \(names)")
        }
        let counts = facts.tests ?? TestCounts()
        if counts.unknown > 0 { return work(.skipped, "undecided", "\(counts.unknown) tests were not decided") }
        if counts.pass == 0 { return work(.skipped, "no-tests", "no test ran") }
        return work(.done)
    }
}
