// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
package import Host
package import Records
package import Sandbox
package import SystemPackage

/// A build of a configured kernel in the sandbox.
package struct KernelBuild: Sendable {
    package let tree: KernelTree
    /// Holds `.config`; receives everything that is made.
    package let objects: FilePath
    package let compilerCache: FilePath?
    package let sandbox: SandboxRoot
    /// Everything that make and the compilers print.
    package let log: FilePath
    /// The date in the artifacts, in seconds since 1970: the source's own (`SourceIdentity.date`).
    package let date: Int
    package let jobs: Int
    package let targets: [String]
    package let limits: BuildLimits
    private let clock: HostClock

    package init(
        tree: KernelTree, objects: FilePath, compilerCache: FilePath?, sandbox: SandboxRoot, log: FilePath, date: Int,
        jobs: Int, targets: [String] = ["bzImage", "modules"], limits: BuildLimits = .standard,
        clock: HostClock = .system
    ) {
        self.tree = tree
        self.objects = objects
        self.compilerCache = compilerCache
        self.sandbox = sandbox
        self.log = log
        self.date = date
        self.jobs = jobs
        self.targets = targets
        self.limits = limits
        self.clock = clock
    }

    private var kbuild: Kbuild {
        Kbuild(tree: tree, objects: objects, compilerCache: compilerCache, sandbox: sandbox, date: date)
    }

    /// Builds. Objects of an earlier, interrupted build are used again, as make does. Progress names the stage of the build,
    /// and counts files.
    ///
    /// Throws `Failure` with code `build.unconfigured`, `build.failed` (whose text is the first real error),
    /// `build.killed`, `build.time-limit`, `build.disk-limit`, `disk.full`, `build.incomplete`, those of `KernelRelease`, `ModuleOrder` and `ForeignFolder` for what
    /// no honest build leaves; and `CancellationError`.
    package func run(onProgress: @escaping ProgressSink = { _ in }) async throws -> BuildFacts {
        let made = ForeignFolder(objects)
        guard made.hasFile(DotConfig.name) else {
            throw Failure(
                "build.unconfigured", "the folder \(objects) has no .config", advice: "configure the kernel first")
        }
        if let compilerCache { try Files.makeDirectory(compilerCache) }
        let output = try BuildLog(at: log)
        let start = ContinuousClock.now
        let ending = try await made.refusingSpecialFiles {
            try await kbuild.make(targets, jobs: jobs).stream(
                within: limits, writing: [objects, compilerCache].compactMap { $0 }, doing: "building the kernel",
                log: log, clock: clock
            ) { bytes in
                try output.take(bytes)
                onProgress(output.progress(since: start))
                return .more
            }
        }
        let elapsed = ContinuousClock.now - start
        guard ending.succeeded else {
            if case .signalled(let number) = ending {
                throw Failure(
                    "build.killed", "the build was killed by signal \(number)",
                    advice: "run this again: what is compiled already comes from the cache; the whole log is \(log)")
            }
            throw output.firstError(log: log).failure("build.failed", doing: "building the kernel")
        }
        let release = try KernelRelease.read(from: made)
        let names = try artifactNames(made)
        let places = [tree.path, objects, sandbox.path, compilerCache].compactMap { $0?.string }
        let read = try names.mapConcurrently { name in
            try Self.read(name, in: made, lookingFor: Self.isInstalled(name) ? places : [])
        }
        let notes = Self.notes(ofVmlinuxIn: objects)
        return BuildFacts(
            command: kbuild.inner(targets, jobs: jobs).shellText, environment: kbuild.environment,
            seconds: elapsed.seconds,
            steps: output.steps, warnings: output.warnings, artifacts: read.map(\.artifact),
            release: release, leakedPaths: Set(read.flatMap(\.leaks)).sorted(),
            notesSHA256: notes.map { Digest(of: $0) }, buildID: notes.flatMap(BuildFacts.buildID))
    }

    /// Of the section .notes; nil where there are none.
    private static func notes(ofVmlinuxIn objects: FilePath) -> [UInt8]? {
        let notes = try? ForeignFolder(objects).withFile("vmlinux", limit: ForeignFolder.Limit.image) { file in
            try ELFFile(MappedFile.open(descriptor: file.rawValue, name: "vmlinux"))
                .contents(ofSectionNamed: ".notes")?.array
        }
        return notes.flatMap { $0 }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What the build made, relative to the object folder, in a fixed order.
    private func artifactNames(_ made: ForeignFolder) throws -> [String] {
        var names = [DotConfig.name, "System.map", "vmlinux", "arch/s390/boot/bzImage"]
        if let modules = try ModuleOrder.names(in: made) { names += ["Module.symvers"] + modules }
        if let missing = try names.first(where: { try made.size(of: $0) == nil }) {
            throw Failure(
                "build.incomplete", "make ended well, yet \(missing) was not made",
                advice: "look at the log \(log)")
        }
        return names
    }

    /// Whether an artifact gets to the machines that run the kernel.
    private static func isInstalled(_ name: String) -> Bool {
        name.hasSuffix(".ko") || name.hasSuffix("vmlinux") || name.hasSuffix("bzImage")
    }

    /// An artifact, and which of the folders of this machine are named in it.
    private static func read(_ name: String, in folder: ForeignFolder, lookingFor places: [String]) throws -> (
        artifact: Artifact, leaks: Set<String>
    ) {
        var size = 0
        var digester = Digester()
        // A shorter name would be found by chance.
        var search = TextSearch(places.filter { $0.utf8.count > 4 })
        try folder.readPieces(of: name) { piece in
            size += piece.count
            digester.add(piece)
            search.add(piece)
        }
        return (Artifact(path: name, size: size, sha256: digester.finish()), search.found)
    }
}
