// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Guest
import Host
import KernelTree
import Records
import Rollback
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import Workflows

@Suite struct DrillRunTests {
    private func drill(_ request: RollbackRequest, in folder: FilePath) async throws -> RollbackDrillRun {
        RollbackDrillRun(
            baseline: request.baseline, candidate: request.candidate, sandbox: try await RealThings.sandbox(),
            lock: try SandboxLock(contentsOf: RealThings.repository.appending("Locks/standard.lock.json")),
            packages: try RealThings.store.packages, folder: folder, version: "test")
    }

    private let store = MemoryEvidenceStore(recorder: "test", projection: RecordTables())

    private func perform(_ drill: RollbackDrillRun) async throws -> RollbackDrill {
        try await drill.perform(recordingIn: store, onProgress: { _ in }, say: { _ in })
    }

    private func code(_ drill: RollbackDrillRun) async -> String? {
        let failure = await #expect(throws: Failure.self) { try await perform(drill) }
        return failure?.code
    }

    @Test(.integration) func `a disk too small for both kernels is refused before anything is made`() async throws {
        try await withTemporaryFolder { folder in
            var drill = try await drill(SampleKernel.request(in: folder), in: folder.appending("drill"))
            drill.diskMiB = 100
            #expect(await code(drill) == "rollback.disk")
            #expect(Files.names(in: folder) == ["baseline", "candidate"])
        }
    }

    @Test(.integration) func `a kernel whose disk driver is a module is refused by name`() async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.baseline = try NamedKernel(try await RealThings.debianKernel())
            let drill = try await drill(request, in: folder.appending("drill"))
            let failure = await #expect(throws: Failure.self) { try await perform(drill) }
            #expect(failure?.code == "rollback.driver")
            #expect(failure?.message.contains("VIRTIO_BLK=y, EXT4_FS=y") == true)
        }
    }

    @Test(.integration) func `a folder that is there is left alone`() async throws {
        try await withTemporaryFolder { folder in
            let drill = try await drill(SampleKernel.request(in: folder), in: folder)
            #expect(await code(drill) == "rollback.exists")
        }
    }

    @Test(.integration) func `one kernel twice is no drill, which is recorded and leaves no folder`() async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.candidate = request.baseline
            let drill = try await drill(request, in: folder.appending("drill"))
            #expect(await code(drill) == "rollback.same-kernel")
            let entry = try #require(await store.find(EntryQuery(kind: .unfinishedRun)).first)
            let unfinished = try #require(try entry.record(as: UnfinishedRun.self))
            #expect(unfinished.workflow == "drill" && unfinished.outcome == .failed)
            #expect(unfinished.steps.map(\.name) == ["plan"] && entry.parents.count == 1)
            #expect(!Files.exists(folder.appending("drill")))
        }
    }

    @Test func `a lock without a guest's packages says what to do`() throws {
        let lock = SandboxLock(suites: [], installed: [], fetched: [])
        let failure = #expect(throws: Failure.self) { try RollbackDrillRun.packages(of: lock) }
        #expect(failure?.code == "lock.incomplete")
    }

    @Test(.integration) func `a disk has a DOS partition table of one partition`() async throws {
        try await withTemporaryFolder { folder in
            let disk = DrillDisk(sandbox: try await RealThings.sandbox(), folder: folder)
            try disk.make(mebibytes: 32)
            #expect(Files.size(disk.image) == 32 << 20)
            let said = try await disk.sandbox.command(
                Command("file", ["--brief", "/mnt/disk"]), mounts: [Mount(disk.image, at: "/mnt/disk")]
            ).output("test.file", doing: "asking file", advice: "look")
            #expect(said.contains("DOS/MBR boot sector; partition 1 : ID=0x83"))
            #expect(said.contains("startsector 2048, 63488 sectors"))
            disk.remove()
            #expect(Files.names(in: folder).isEmpty)
        }
    }

    @Test(.integration) func `a guest that never ends is ended at its deadline, and no emulator is left`() async throws
    {
        try await withTemporaryFolder { folder in
            var archive = InitramfsArchive()
            try archive.addFolder("bin")
            try archive.addFolder("dev")
            try archive.addCharacterDevice("dev/console", major: 5, minor: 1)
            try archive.addFile("bin/busybox", Files.bytes(try await RealThings.busybox()), permissions: 0o755)
            try archive.addFile(
                "init", Array("#!/bin/busybox sh\nwhile :; do /bin/busybox sleep 1; done\n".utf8), permissions: 0o755)
            try archive.write(to: folder.appending("initramfs"))
            var machine = GuestMachine(
                start: .kernel(
                    try await RealThings.debianKernel(), initramfs: folder.appending("initramfs"),
                    commandLine: "console=ttyS0 panic=0"))
            machine.timeLimit = .seconds(8)
            machine.memoryMiB = 512
            let session = DrillSession(
                name: "look-1abcdef", machine: machine, folder: folder, file: "console.log")
            let clock = TestClock()
            async let ended = session.run(in: RealThings.sandbox(), clock: clock.clock)
            try await until { Files.size(folder.appending("console.log")).map { $0 > 0 } ?? false }
            // The deadline and the silence.
            await clock.sleeps(reach: 2)
            clock.advance(by: .seconds(8))
            let result = try await ended
            #expect(result.stop == .timeLimit)
            #expect(result.seconds == 8)
            let step = DrillJudge(fingerprints: [:]).meeting(.baseline, result)
            #expect(step.verdict == .fail && step.found.contains("ended at the time limit"))
            try await until { try await Command("pgrep", ["-f", folder.string]).capture().output.isEmpty }
        }
    }
}
