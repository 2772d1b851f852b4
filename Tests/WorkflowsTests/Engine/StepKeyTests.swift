// SPDX-License-Identifier: Apache-2.0
import Foundation
import Guest
import Host
import KernelTree
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

/// What a step can see decides its key: nothing that goes into a step can be left out.
@Suite struct StepKeyTests {
    private func members(_ step: some Step) throws -> [String: Data] {
        let object = try JSONSerialization.jsonObject(with: try JSON.encode(step))
        return try #require(object as? [String: Any]).mapValues {
            try JSONSerialization.data(withJSONObject: [$0], options: .sortedKeys)
        }
    }

    /// Takes two steps that differ in every member, and looks that each member is in the encoding that the key is of, with
    /// its value. What encodes itself in another way fails here.
    private func check<S: Step>(_ one: S, _ other: S) throws {
        let names = Set(Swift.Mirror(reflecting: one).children.compactMap(\.label))
        let (left, right) = (try members(one), try members(other))
        #expect(Set(left.keys) == names && Set(right.keys) == names, "\(S.self)")
        for name in names.sorted() { #expect(left[name] != right[name], "\(S.self).\(name)") }
        #expect(try one.key != other.key && one.key == one.key, "\(S.self)")
    }

    private func digest(_ text: String) -> Digest { Digest(of: text) }
    private func sandbox(_ text: String) -> Keyed<SandboxRoot> {
        Keyed(SandboxRoot(path: "/root", lockDigest: digest(text)), by: digest(text))
    }
    private func lock(_ text: String) -> SandboxLock {
        SandboxLock(suites: [], installed: [package(text)], fetched: [])
    }
    private func package(_ text: String) -> LockedPackage {
        LockedPackage(name: text, version: "1", architecture: "all", sha256: digest(text), size: 1, path: text)
    }
    private func artifacts(_ text: String) -> [Artifact] { [Artifact(path: text, size: 1, sha256: digest(text))] }
    private func selfTest(_ text: String) -> SelfTest { SelfTest(files: [text: digest(text)], problem: text) }
    /// Of one path: only the key tells them apart.
    private func tree(_ text: String, in folder: FilePath) throws -> Keyed<KernelTree> {
        let tree = folder.appending("tree")
        for name in ["Kconfig", "arch/s390/Makefile", "arch/s390/Kconfig"] {
            let file = tree.pushing(FilePath(name))
            try Files.makeDirectory(file.removingLastComponent())
            try AtomicFile.write("", to: file)
        }
        try AtomicFile.write("VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\n", to: tree.appending("Makefile"))
        return Keyed(try KernelTree(at: tree), by: digest(text))
    }

    private func plan(_ text: String, in folder: FilePath) throws -> PilotPlan {
        let fragment = folder.appending(text)
        try AtomicFile.write("CONFIG_\(text.uppercased())=y\n", to: fragment)
        var plan = PilotPlan(kernel: text, lock: nil, jobs: 1, folder: folder)
        plan.fragments = [fragment]
        plan.base = text == "a" ? "tinyconfig" : "defconfig"
        return plan
    }

    @Test func `every member of a pilot's step is in its key`() async throws {
        try await withTemporaryFolder { folder in
            func pair<S: Step>(_ make: (String) throws -> S) throws { try check(make("a"), make("b")) }
            func isB(_ text: String) -> Bool { text == "b" }
            try pair {
                SandboxStep(
                    version: $0, lock: lock($0),
                    specification: SandboxSpecification(name: $0, suites: [], installed: []),
                    mirror: Keyed(mirror: $0), allowExpired: isB($0), orAnew: isB($0),
                    kernel: isB($0) ? .folder("x") : .package("x"))
            }
            try pair {
                SourceStep(
                    version: $0, kernel: $0, request: .tarball($0), package: package($0), sandbox: sandbox($0))
            }
            try pair { StatusStep(program: $0, tree: try tree($0, in: folder)) }
            try pair { ToolchainStep(program: $0, sandbox: sandbox($0)) }
            try pair {
                let tree = try tree($0, in: folder)
                return ConfigurationStep(
                    program: $0, kernel: isB($0) ? .candidate : .baseline, tree: tree, sandbox: sandbox($0),
                    request: try ConfigurationRequest(plan($0, in: folder), in: tree.value))
            }
            try pair {
                let tree = try tree($0, in: folder)
                return DifferenceStep(
                    program: $0, tree: tree, request: try ConfigurationRequest(plan($0, in: folder), in: tree.value),
                    rust: digest($0), baseline: digest($0))
            }
            try pair {
                BuildStep(
                    version: $0, kernel: isB($0) ? .candidate : .baseline, tree: try tree($0, in: folder),
                    sandbox: sandbox($0), configuration: digest($0), date: $0.count + (isB($0) ? 1 : 0))
            }
            try pair {
                ProbeStep(
                    program: $0, artifacts: artifacts($0), tree: try tree($0, in: folder), sandbox: sandbox($0))
            }
            try pair {
                SelfTestStep(
                    program: $0, artifacts: artifacts($0), tree: try tree($0, in: folder), sandbox: sandbox($0),
                    date: isB($0) ? 1 : 0, sources: Keyed("/sources", by: digest($0)), complete: [$0])
            }
            try pair {
                AuditStep(
                    program: $0, artifacts: artifacts($0), release: $0, probe: digest($0), selfTest: selfTest($0))
            }
            try pair {
                BootStep(
                    program: $0, kernel: isB($0) ? .candidate : .baseline, artifacts: artifacts($0),
                    sandbox: sandbox($0),
                    userSpace: package($0), selfTest: selfTest($0), memoryMiB: isB($0) ? 1 : 2, cpus: isB($0) ? 1 : 2,
                    timeLimit: isB($0) ? 1 : 2, slowTests: isB($0))
            }
        }
    }

    @Test func `the patches that a tree is offered are in the key of what enables it`() async throws {
        try await withTemporaryFolder { folder in
            let tree = try tree("a", in: folder).value
            let patch = folder.pushing("glue/one/a.patch")
            try Files.makeDirectory(patch.removingLastComponent())
            try AtomicFile.write("a.patch\n", to: folder.pushing("glue/one/series"))
            func step(_ text: String, _ patchText: String) throws -> EnableStep {
                try AtomicFile.write(patchText, to: patch)
                let source = AcquiredSource(
                    identity: SourceIdentity(kind: .folder, request: text, version: "7.3.4", digest: digest(text)),
                    tree: text)
                return try EnableStep(
                    program: text, source: source, tree: tree, status: TreeStatus(version: text, pieces: []),
                    series: "one", glue: folder.appending("glue"), sandbox: sandbox(text))
            }
            let (one, other) = (try step("a", "1"), try step("a", "2"))
            #expect(try one.key != other.key)
            let names = Swift.Mirror(reflecting: one).children.compactMap(\.label)
            let (left, right) = (try members(one), try members(step("b", "2")))
            #expect(Set(left.keys) == Set(names))
            for name in names where name != "series" { #expect(left[name] != right[name], "\(name)") }
        }
    }

    @Test func `a record's key has everything that is judged`() throws {
        func step(_ record: RunRecord, _ text: String, waiverHolds: Bool) throws -> RecordStep {
            RecordStep(
                program: text, source: record.source,
                before: TreeStatus(version: text, pieces: []),
                enabled: EnabledTree(tree: text, series: nil, after: record.readiness, fingerprint: nil),
                sandbox: record.sandbox, toolchain: record.toolchain, kernels: record.kernels,
                difference: text == "a" ? SampleDifference.made() : SampleDifference.made(of: text),
                audit: record.audit ?? AuditReport(files: []), selfTestProblem: text,
                waivers: [Waiver(rule: text, location: text, reason: text, owner: text, expires: text)],
                time: Keyed(Date(timeIntervalSince1970: 0), by: ["\(waiverHolds)"]),
                steps: [.init(name: text, startedAt: Date(timeIntervalSince1970: 0), seconds: 1)])
        }
        try check(
            step(SampleRecord.passed(), "a", waiverHolds: true),
            step(SampleRecord.hostile("b"), "b", waiverHolds: false))
    }

    @Test func `every member of a campaign's boot is in its key`() throws {
        func boot(_ text: String) -> RegressionBoot {
            RegressionBoot(
                program: text, name: text, kind: text == "a" ? .start : .kunit, turn: text == "a" ? 1 : 2,
                guest: Keyed(GuestPlan(kernel: "/kernel", busybox: "/busybox"), by: digest(text)),
                programs: [SelftestProgram(collection: text, name: text, deadline: 1)], sandbox: sandbox(text),
                remote: Keyed(
                    RemoteMachine(prefix: CommandPrefix("ssh a")!, console: CommandPrefix("ssh b")!), by: [text]))
        }
        try check(boot("a"), boot("b"))
    }

    @Test func `every member of a guest's plan is in its key, and of a file what it holds`() async throws {
        try await withTemporaryFolder { folder in
            func file(_ name: String, _ text: String) throws -> FilePath {
                try AtomicFile.write(text, to: folder.appending(name))
                return folder.appending(name)
            }
            let plan = GuestPlan(kernel: try file("kernel", "1"), busybox: try file("busybox", "1"))
            let other = try file("other", "2")
            let changes: [(inout GuestPlan) -> Void] = [
                { $0.kernel = other }, { $0.busybox = other },
                { $0.modules = [GuestModule(name: "m", path: other)] }, { $0.extraSteps = [.showNotes] },
                { $0.lastSteps = [.showNotes] }, { $0.restarts = true },
                { $0.files = [GuestFile(name: "f", path: other)] }, { $0.kernelArguments = ["quiet"] },
                { $0.memoryMiB = 1 }, { $0.cpus = 1 }, { $0.spareCPUs = 1 }, { $0.cpu = "z13" },
                { $0.timeLimit = .seconds(1) }, { $0.silenceLimit = .seconds(1) }, { $0.outputLimit = 1 },
                { $0.mayBeSilent = true }, { $0.commandLineLimit = 1 },
            ]
            #expect(changes.count == Swift.Mirror(reflecting: plan).children.count)
            func key(_ plan: GuestPlan) throws -> Data { try JSON.encode(plan.keyed()) }
            var keys = Set([try key(plan)])
            for change in changes {
                var changed = plan
                change(&changed)
                keys.insert(try key(changed))
            }
            #expect(keys.count == changes.count + 1)
            // Another place with the same contents is the same plan.
            var moved = plan
            moved.kernel = try file("moved", "1")
            #expect(try key(moved) == key(plan))
        }
    }

    @Test func `where a pilot's steps work has folders, limits and talk, and nothing of what was asked for`() {
        let site = PilotSite(
            folder: PilotFolder(path: "/"), cache: "/", jobs: 1, buildLimits: .standard, progress: { _ in },
            say: { _ in })
        #expect(
            Swift.Mirror(reflecting: site).children.compactMap(\.label) == [
                "folder", "cache", "compilerCache", "jobs", "buildLimits", "estimates", "progress", "say",
            ])
        let campaign = RegressionSite(folder: "/", stage: "", progress: { _ in })
        #expect(Swift.Mirror(reflecting: campaign).children.compactMap(\.label) == ["folder", "stage", "progress"])
    }

    @Test func `a mirror's password is not in the key, its address is`() throws {
        func key(_ mirror: String?) throws -> Digest {
            try SandboxStep(
                version: "1", lock: nil, specification: nil, mirror: Keyed(mirror: mirror), allowExpired: false,
                orAnew: false, kernel: .package("x")
            ).key
        }
        #expect(try key("https://me:1234@host/debian") == key("https://me:5678@host/debian"))
        #expect(try key("https://me:1234@host/debian") != key("https://host/other"))
        #expect(try key("https://host/debian") != key(nil))
    }
}
