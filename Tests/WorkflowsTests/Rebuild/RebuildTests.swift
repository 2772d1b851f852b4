// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Host
import KernelTree
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

/// Second builds of a run that was recorded of a tree of a few lines.
@Suite struct RebuildTests {
    /// A Makefile that builds a kernel of a few bytes from one C file; `recipe` makes its second section.
    private static func makefile(_ recipe: String) -> String {
        """
        VERSION = 7
        PATCHLEVEL = 3
        SUBLEVEL = 1
        EXTRAVERSION =
        NAME = Test
        out := $(O)
        bzImage:
        \t@mkdir -p $(out)/arch/s390/boot $(out)/include/config
        \t@\(recipe) > $(out)/text
        \t@$(CROSS_COMPILE)gcc -c init/main.c -o $(out)/main.o
        \t@$(CROSS_COMPILE)objcopy --add-section .built=$(out)/text $(out)/main.o $(out)/whole.o
        \t@$(CROSS_COMPILE)ld -e start_kernel -o $(out)/vmlinux $(out)/whole.o
        \t@$(CROSS_COMPILE)nm $(out)/vmlinux > $(out)/System.map
        \t@$(CROSS_COMPILE)objcopy -O binary -j .text $(out)/vmlinux $(out)/arch/s390/boot/bzImage
        \t@echo 7.3.1 > $(out)/include/config/kernel.release
        modules: bzImage
        """
    }

    private static let sample = SampleRecord.waived()

    /// A run of that source, as a pilot records it, with a build of its candidate by `build`.
    private func record(
        _ store: MemoryEvidenceStore, source: SourceIdentity, lock: SandboxLock, configuration: [UInt8],
        build: BuildFacts, tree: FilePath, materials: [UInt8]? = nil
    ) async throws -> RunRecord {
        let sample = Self.sample
        let before = sample.configuration
        let facts = ConfigurationFacts(
            base: before.base, fragments: [], digest: Digest(of: configuration), enabled: 1, requested: 1, unmet: [],
            rust: true, testOptions: [])
        let record = RunRecord(
            identifier: sample.identifier, toolVersion: "test", startedAt: sample.startedAt,
            finishedAt: sample.finishedAt, verdict: .passed, reasons: [], source: source, readiness: sample.readiness,
            sandbox: .init(
                lockDigest: lock.digest, packages: 1, suites: [], drift: [], isolation: sample.sandbox.isolation),
            toolchain: [],
            kernels: .init(
                candidate: .init(role: .candidate, configuration: facts, build: build, boot: sample.boot), baseline: nil
            ), audit: nil, findings: [], accepted: [], steps: [])
        let recorder = StepRecorder(store: store)
        func step<Output: Codable & Sendable>(
            _ name: String, _ output: Output, _ attachments: [StepAttachment] = []
        ) async throws {
            _ = try await recorder.perform(name, inputs: Digest(of: name), attachments: { _ in attachments }) { output }
        }
        try await step("sandbox", PreparedSandbox(lock: lock, drift: []))
        try await step("source", AcquiredSource(identity: source, tree: tree.string))
        try await step(
            "enable", EnabledTree(tree: tree.string, series: nil, after: sample.readiness, fingerprint: nil))
        try await withTemporaryFolder { folder in
            try AtomicFile.write(configuration, to: folder.appending(".config"))
            try await step("configuration", facts, [StepAttachment(".config", folder.appending(".config"))])
        }
        try await step("build", build)
        if let materials {
            try await withTemporaryFolder { folder in
                try AtomicFile.write(materials, to: folder.appending("materials.json"))
                try await step(
                    "materials", "made", [StepAttachment("materials.json", folder.appending("materials.json"))])
            }
        }
        _ = try await store.record(record, parents: await recorder.entries)
        return record
    }

    private func store() -> MemoryEvidenceStore { MemoryEvidenceStore(recorder: "test", projection: RecordTables()) }

    private static let lock = SandboxLock(suites: [], installed: [], fetched: [])

    /// A recorded run of nothing that is there.
    private func recordAbsent(_ store: MemoryEvidenceStore) async throws -> RunRecord {
        try await record(
            store,
            source: SourceIdentity(
                kind: .folder, request: "/nowhere/linux", version: "7.3.1", digest: Digest(of: "source")),
            lock: Self.lock, configuration: Array("CONFIG_RUST=y\n".utf8), build: Self.sample.build,
            tree: "/nowhere/pilot/source")
    }

    private func code(_ work: () async throws -> Void) async -> String? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }

    @Test func `a recorded run is read from the files of its steps`() async throws {
        let store = store()
        let record = try await recordAbsent(store)
        let read = try await RecordedRun(record.identifier, kernels: nil, in: store, state: "/state")
        #expect(read.lock == Self.lock && read.patches.isEmpty)
        #expect(read.kernels.map(\.role) == [.candidate])
        #expect(read.kernels.first?.configuration == Array("CONFIG_RUST=y\n".utf8))
        #expect(read.folders.first == "/nowhere/pilot")
        #expect(await code { _ = try read.request() } == "rebuild.source")
    }

    @Test func `what the record lacks is refused by name`() async throws {
        let store = store()
        let record = try await recordAbsent(store)
        func read(_ roles: [KernelRole]?) async -> String? {
            await code { _ = try await RecordedRun(record.identifier, kernels: roles, in: store, state: "/state") }
        }
        #expect(await read([.baseline]) == "rebuild.kernel")
        await store.removeBlobs()
        #expect(await read(nil) == "rebuild.pruned")
        let old = self.store()
        try await old.record(Self.sample)
        #expect(
            await code {
                _ = try await RecordedRun(Self.sample.identifier, kernels: nil, in: old, state: "/state")
            } == "rebuild.unrecorded")
    }

    @Test func `another source, and other patches, are refused`() async throws {
        let store = store()
        let record = try await recordAbsent(store)
        let read = try await RecordedRun(record.identifier, kernels: nil, in: store, state: "/state")
        #expect(await code { try read.check(record.source) } == nil)
        let other = SourceIdentity(kind: .folder, request: "/x", version: "7.3.1", digest: Digest(of: "other"))
        #expect(await code { try read.check(other) } == "rebuild.source")
        let patched = EnabledTree(
            tree: "/x", series: Self.sample.enablement?.series, after: record.readiness, fingerprint: nil)
        #expect(await code { try read.check(patched) } == "rebuild.series")
    }

    @Test func `the number of jobs is another one, or the one that is named`() {
        #expect(Rebuild.jobs(nil, after: [2], processors: 2) == 3)
        #expect(Rebuild.jobs(nil, after: [16, 16], processors: 2) == 2)
        #expect(Rebuild.jobs(nil, after: [nil], processors: 4) == 4)
        #expect(Rebuild.jobs(2, after: [2], processors: 2) == 2)
    }

    /// Builds the tree as a pilot does, records that, and builds it again.
    private func twice(
        recipe: String, listed: [String]? = nil, change: (FilePath) throws -> Void = { _ in },
        _ body: (Rebuild.Result, Rebuild, MemoryEvidenceStore) async throws -> Void
    ) async throws {
        let sandbox = try await RealThings.sandbox()
        let lock = try RealThings.lock()
        try await withTemporaryFolder { folder in
            let tree = folder.appending("linux")
            let files = [
                "Makefile": Self.makefile(recipe), "Kconfig": "", "arch/s390/Makefile": "", "arch/s390/Kconfig": "",
                "init/main.c": "int start_kernel(void) { return 0; }\n",
            ]
            for (name, text) in files {
                let file = tree.pushing(FilePath(name))
                try Files.makeDirectory(file.removingLastComponent())
                try AtomicFile.write(text, to: file)
            }
            let cache = try RealThings.directories.cache
            let source = try await SourceRequest.folder(tree).acquire(cache: cache, sandbox: sandbox)
            let configuration = Array("CONFIG_RUST=y\nCONFIG_RANDSTRUCT_FULL=y\n".utf8)
            let objects = folder.appending("pilot/objects")
            try Files.makeDirectory(objects)
            try AtomicFile.write(configuration, to: objects.appending(".config"))
            let build = try await KernelBuild(
                tree: source.tree, objects: objects, compilerCache: nil, sandbox: sandbox,
                log: folder.appending("build.log"), date: source.identity.date ?? 0, jobs: 2
            ).run()
            let store = store()
            let record = try await record(
                store, source: source.identity, lock: lock, configuration: configuration, build: build,
                tree: folder.appending("pilot/source"), materials: try listed.map { try list($0, of: tree) })
            try change(tree)
            var plan = RebuildPlan(run: record.identifier)
            plan.jobs = 3
            plan.listedOnly = listed != nil
            let rebuild = Rebuild(
                plan: plan, directories: Directories(cache: cache, state: folder.appending("state")), store: store,
                version: "test", program: "test+1", progress: { _ in }, say: { _ in })
            do {
                try await body(try await rebuild.run(), rebuild, store)
            } catch let failure as Failure where failure.code == "rebuild.source" {
                let runs = await store.find(EntryQuery(kind: .unfinishedRun))
                let last = try #require(try runs.first?.record(as: UnfinishedRun.self))
                #expect(last.workflow == "rebuild" && last.failure?.code == "rebuild.source")
                #expect(last.steps.map(\.name) == ["sandbox", "source"])
                throw failure
            }
        }
    }

    @Test(.integration) func `a build that repeats is recorded as equal beside its run, once`() async throws {
        try await twice(recipe: "echo constant") { result, rebuild, store in
            let report = result.report
            #expect(report.verdict == .equal && report.builder == RebuildReport.builder)
            let kernel = try #require(report.kernels.first)
            #expect(kernel.artifacts.map(\.path).contains("vmlinux") && kernel.different.isEmpty)
            #expect(kernel.first.jobs == 2 && kernel.second.jobs == 3)
            #expect(kernel.second.compilerCache == "none" && kernel.build.environment["CCACHE_DISABLE"] == "1")
            #expect(report.findings.map(\.location?.symbol) == ["CONFIG_RANDSTRUCT_FULL"])
            let entry = try #require(await store.find(EntryQuery(kind: .rebuild)).first)
            let run = try #require(await store.find(EntryQuery(kind: .run)).first)
            #expect(entry.parents.first == run.digest && entry.parents.count > 5)
            #expect(try entry.record(as: RebuildReport.self) == report)

            let again = try await rebuild.run()
            #expect(again.unchanged && again.entry == result.entry)
            #expect(await store.find(EntryQuery(kind: .rebuild)).count == 1)
        }
    }

    @Test(
        .integration,
        arguments: [
            ("date --rfc-3339=ns -d @$$(date +%s)", RebuildReport.Cause.time), ("head -c 16 /dev/urandom", .unknown),
        ])
    func `a build that does not repeat is told with its section`(recipe: String, cause: RebuildReport.Cause)
        async throws
    {
        // Two builds within a second would be the same.
        try await twice(recipe: recipe, change: { _ in sleep(1) }) { result, _, _ in
            let report = result.report
            #expect(report.verdict == .different)
            let kernel = try #require(report.kernels.first)
            #expect(kernel.different.map(\.path) == ["vmlinux"])
            #expect(kernel.different.first?.sections.map(\.name) == [".built"])
            #expect(kernel.different.first?.sections.map(\.cause) == [cause])
            #expect(report.findings.contains { $0.rule == "REP001" && $0.location?.file == "candidate/vmlinux" })
        }
    }

    private func list(_ names: [String], of tree: FilePath) throws -> [UInt8] {
        let files = try names.sorted().map { name in
            let bytes = try Files.bytes(tree.pushing(FilePath(name)))
            return KernelMaterials.File(
                root: .source, path: name, size: bytes.count, sha256: Digest(of: bytes), sha512: LongDigest(of: bytes))
        }
        return try CanonicalJSON.encode(
            KernelMaterials(
                files: files, tools: [], steps: [], outputs: IndexList([]), buildSystem: IndexList([]), gaps: []))
    }

    private static let landmarks = ["Makefile", "Kconfig", "arch/s390/Makefile", "arch/s390/Kconfig"]

    @Test(.integration) func `a list of materials that is complete builds the same kernel, and nothing else is there`()
        async throws
    {
        // Lists what the tree holds, so that a file which is not listed shows.
        try await twice(recipe: "find . -type f | sort", listed: Self.landmarks + ["init/main.c"]) { result, _, _ in
            let kernel = try #require(result.report.kernels.first)
            #expect(result.report.verdict == .equal && kernel.listed?.files == 5)
            let tree = result.folder.appending("listed-source")
            #expect(ForeignFolder(tree).files { _ in true }.count == 5)
        }
    }

    @Test(.integration) func `a list of materials that lacks a file builds no kernel`() async throws {
        let code = await code {
            try await twice(recipe: "echo constant", listed: Self.landmarks) { _, _, _ in }
        }
        #expect(code == "build.failed")
    }

    @Test func `a list of materials that is none is refused, and one that is not recorded`() async throws {
        func read(_ materials: [UInt8]?) async throws -> String? {
            let store = store()
            let record = try await record(
                store,
                source: SourceIdentity(kind: .folder, request: "/x", version: "7.3.1", digest: Digest(of: "source")),
                lock: Self.lock, configuration: [], build: Self.sample.build, tree: "/x", materials: materials)
            return await code {
                _ = try await RecordedRun(
                    record.identifier, kernels: nil, withMaterials: true, in: store, state: "/state")
            }
        }
        #expect(try await read(nil) == "rebuild.unrecorded")
        #expect(try await read(Array("{}".utf8)) == "json.unreadable")
        let other = try list([], of: "/").map { $0 == UInt8(ascii: "1") ? UInt8(ascii: "9") : $0 }
        #expect(try await read(other) == "rebuild.materials")
        #expect(try await read(list([], of: "/")) == nil)
    }

    @Test(.integration) func `a source that is another one now is refused, and that is recorded`() async throws {
        let code = await code {
            try await twice(recipe: "echo constant") { tree in
                try AtomicFile.write("int start_kernel(void) { return 1; }\n", to: tree.pushing("init/main.c"))
            } _: { _, _, _ in
            }
        }
        #expect(code == "rebuild.source")
    }
}
