// SPDX-License-Identifier: Apache-2.0
import Evidence
import Guest
import Host
import KernelTree
import Records
import Synchronization
import SystemPackage
import TestSupport
import Testing
import Workflows

/// Real boots of Debian's kernel and of a copy of it that differs in its last byte alone.
@Suite(.integration, .serialized) struct RegressionRunTests {
    private func plan(_ folder: FilePath) async throws -> RegressionPlan {
        let kernel = try await RealThings.debianKernel()
        let twin = folder.appending("twin")
        try AtomicFile.write(try Files.bytes(kernel) + [0], to: twin)
        var plan = RegressionPlan(
            baseline: try KernelUnderTest(at: kernel, name: "debian"),
            candidate: try KernelUnderTest(at: twin, name: "twin"), busybox: try await RealThings.busybox(),
            output: folder.appending("out"))
        plan.suites = []
        plan.cpus = 1
        plan.memoryMiB = 512
        return plan
    }

    private let store = MemoryEvidenceStore(recorder: "test", projection: RecordTables())

    private func run(_ plan: RegressionPlan) async throws -> (RegressionReport, [String]) {
        let seen = Mutex<[String]>([])
        let workflow = Workflow(name: "test", subject: "two kernels", tool: "test", store: store, say: { _ in })
        let report = try await workflow.run { recorder in
            try await RegressionRun(
                plan: plan, sandbox: try await RealThings.sandbox(), store: store, recorder: recorder,
                seal: try SealingKey(file: FilePath("\(plan.output).key")), version: "test",
                progress: { state in seen.withLock { if $0.last != state.stage { $0.append(state.stage) } } }
            ).run()
        }
        return (report, seen.withLock { $0 })
    }

    @Test func `two kernels stand side by side, and a machine that is too old for both is told as that`() async throws {
        try await withTemporaryFolder { folder in
            var plan = try await plan(folder)
            plan.machines = ["max", "z9EC", "z17"]
            let (report, stages) = try await run(plan)
            #expect(report.isClean && report.hasCompared)
            let first = report.machines[0]
            #expect(first.tests.map(\.path) == ["boot/start"])
            #expect(first.tests.map(\.verdict) == [.passing])
            for boots in [first.baseline, first.candidate] {
                #expect(boots.map(\.run.ending) == [.powerOff])
                #expect(boots.allSatisfy { ($0.startMilliseconds ?? 0) > 0 && ($0.memory?["MemFree"] ?? 0) > 100_000 })
            }
            let old = report.machines[1]
            #expect(old.notCompared?.contains("neither kernel") == true)
            #expect(old.tests.map(\.verdict) == [.stillFailing])
            #expect(old.candidate[0].refusal?.contains { $0.hasPrefix("Missing facilities: ") } == true)
            if GuestPlan.isEmulated { #expect(report.machines[2].model.impossible?.contains("too new") == true) }
            #expect(report.baseline.release == report.candidate.release)
            #expect(report.baseline.release?.contains("s390x") == true)
            #expect(stages.contains("boot 2 of 4: candidate, max, start"))
            let written = try JSON.read(
                RegressionReport.self, from: plan.output.appending(RegressionRun.reportName))
            #expect(written.machines == report.machines)
            let boot = plan.output.pushing("boots/max-candidate-start-1")
            #expect(Files.names(in: boot) == ["console.log"])
            // The comparison stands on its boots, and each keeps its console.
            let comparison = try #require(await store.find(EntryQuery(kind: .comparison)).first)
            let boots = await store.find(EntryQuery(kind: .step)).reversed()
            #expect(boots.count == 4 && comparison.parents == boots.map(\.digest))
            #expect(boots.allSatisfy { $0.blobs.map(\.name) == ["console.log", "result.json"] })
            // The same again takes over what was done, but not what is no longer whole.
            try AtomicFile.write("damaged", to: boot.appending("console.log"))
            plan.machines = ["max"]
            let (again, _) = try await run(plan)
            #expect(again.machines[0].baseline == first.baseline)
            #expect(again.machines[0].candidate[0].run.consoleSHA256 != first.candidate[0].run.consoleSHA256)
            #expect(again.machines[0].tests == first.tests)
        }
    }

    @Test func `a candidate that does not come up is a new failure, in its own words`() async throws {
        try await withTemporaryFolder { folder in
            var plan = try await plan(folder)
            // The signature of an image and its version, and no kernel: nothing is ever said.
            let broken = folder.appending("broken")
            try AtomicFile.write(
                try Files.bytes(plan.candidate.named.file).enumerated().map {
                    $0 < 0x10010 || (0x10400..<0x10480).contains($0) || $0 > 0x11000 ? $1 : 0
                },
                to: broken)
            plan.candidate = try KernelUnderTest(at: broken, name: "broken")
            plan.silenceLimit = 15
            let (report, _) = try await run(plan)
            #expect(report.newFailures == 1 && !report.isClean && !report.hasCompared)
            #expect(report.machines[0].notCompared?.contains("the candidate") == true)
            #expect(report.machines[0].tests.map(\.verdict) == [.newFailure])
        }
    }

    @Test func `the same kernel under two names is refused before anything boots`() async throws {
        try await withTemporaryFolder { folder in
            var plan = try await plan(folder)
            let copy = folder.appending("copy")
            try AtomicFile.write(try Files.bytes(plan.baseline.named.file), to: copy)
            plan.candidate = try KernelUnderTest(at: copy, name: "copy")
            let wanted = plan
            let error = await #expect(throws: Failure.self) { _ = try await run(wanted) }
            #expect(error?.code == "regression.same-kernel")
            #expect(!Files.exists(plan.output.appending("boots")))
        }
    }

    @Test func `a machine that QEMU does not know is refused before anything boots`() async throws {
        try await withTemporaryFolder { folder in
            var plan = try await plan(folder)
            plan.machines = ["max", "z12"]
            let wanted = plan
            let error = await #expect(throws: Failure.self) { _ = try await run(wanted) }
            #expect(error?.code == "guest.machine")
            let entry = try #require(await store.find(EntryQuery(kind: .unfinishedRun)).first)
            let unfinished = try #require(try entry.record(as: UnfinishedRun.self))
            #expect(unfinished.workflow == "test" && unfinished.failure?.code == "guest.machine")
            #expect(!Files.exists(plan.output.appending("boots")))
        }
    }
}
