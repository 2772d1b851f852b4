// SPDX-License-Identifier: Apache-2.0
import Guest
import Host
import Records
import Sandbox
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Real boots of Debian's s390x kernel, one after another: each takes a processor for some seconds.
@Suite(.integration, .serialized) struct GuestBootTests {
    private func plan() async throws -> GuestPlan {
        var plan = GuestPlan(kernel: try await RealThings.debianKernel(), busybox: try await RealThings.busybox())
        plan.memoryMiB = 512
        plan.cpus = 1
        return plan
    }

    @Test func `a guest takes its steps and powers itself off`() async throws {
        var plan = try await plan()
        plan.extraSteps = [
            GuestStep("say it's here", ["sh", "-c", "echo \"one two\"; echo three >&2"]),
            GuestStep("fail", ["sh", "-c", "exit 7"]),
        ]
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { [plan] folder in
            let seen = Mutex<[GuestProgress]>([])
            let run = try await plan.boot(in: sandbox, folder: folder) { progress in
                seen.withLock { $0.append(progress) }
            }
            #expect(run.ending == .powerOff, "\(run.reached)")
            #expect(["kvm", "tcg"].contains(run.accelerator))
            #expect(run.emulator.hasPrefix("QEMU emulator version"))
            #expect(run.tests.isEmpty)
            #expect(run.events.isEmpty, "\(run.events)")
            #expect(run.reached.contains("step 6 of 6 (power off)"))
            let log = folder.appending("console.log")
            #expect(try Digest(ofFile: log) == run.consoleSHA256)
            let text = try Files.text(log)
            #expect(text.utf8.count { $0 == 0x0a } == run.consoleLines)
            #expect(text.contains("bessemer: said 4/6 one two"))
            #expect(text.contains("bessemer: said 4/6 three"))
            #expect(text.contains("bessemer: end 5/6 7"))
            let numbers = seen.withLock { $0.map(\.stepNumber) }
            #expect(numbers == numbers.sorted() && numbers.last == 6)
            #expect(seen.withLock { $0.last?.step } == "power off")
        }
    }

    @Test func `a kernel without an init panics, and the run says so`() async throws {
        var plan = try await plan()
        plan.kernelArguments = ["rdinit=/no/such/init"]
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { [plan] folder in
            let run = try await plan.boot(in: sandbox, folder: folder)
            #expect(run.ending == .panic)
            #expect(run.events.contains { $0.kind == .panic && $0.text.contains("Unable to mount root fs") })
            #expect(run.reached.contains("before the first step"))
        }
    }

    @Test func `a kernel that crashes in a step panics in that step`() async throws {
        var plan = try await plan()
        plan.extraSteps = [GuestStep("crash", ["sh", "-c", "echo c > /proc/sysrq-trigger"])]
        plan.kernelArguments = ["panic_on_oops=1"]
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { [plan] folder in
            let run = try await plan.boot(in: sandbox, folder: folder)
            #expect(run.ending == .panic)
            #expect(run.events.contains { $0.kind == .panic })
            #expect(run.reached.contains("step 4 of 5 (crash)"))
        }
    }

    private static func console(_ folder: FilePath) -> String {
        (try? Files.text(folder.appending("console.log"))) ?? ""
    }

    @Test func `a guest that hangs in silence is ended, and the run says where`() async throws {
        var plan = try await plan()
        plan.extraSteps = [GuestStep("hang", ["sleep", "100000"])]
        plan.silenceLimit = .seconds(12)
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { [plan] folder in
            let clock = TestClock()
            async let ended = plan.boot(in: sandbox, folder: folder, clock: clock.clock)
            try await until { Self.console(folder).contains("step 4/5 hang") }
            clock.run()
            let run = try await ended
            #expect(run.ending == .deadline)
            #expect(run.reached.contains("without console output"))
            #expect(run.reached.contains("step 4 of 5 (hang)"))
        }
    }

    @Test func `a guest that talks on and on is ended at its deadline`() async throws {
        var plan = try await plan()
        plan.extraSteps = [GuestStep("talk", ["sh", "-c", "while sleep 1; do echo still here > /dev/kmsg; done"])]
        plan.timeLimit = .seconds(15)
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { [plan] folder in
            let clock = TestClock()
            async let ended = plan.boot(in: sandbox, folder: folder, clock: clock.clock)
            try await until { Self.console(folder).contains("still here") }
            await clock.sleeps(reach: 2)
            clock.advance(by: .seconds(15))
            let run = try await ended
            #expect(run.ending == .deadline)
            #expect(run.reached.contains("ended after 15.0 s"))
        }
    }

    @Test func `a guest that floods the console is ended at the limit`() async throws {
        var plan = try await plan()
        plan.extraSteps = [GuestStep("flood", ["sh", "-c", "yes flooding > /dev/console"])]
        plan.outputLimit = 200_000
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { [plan] folder in
            let run = try await plan.boot(in: sandbox, folder: folder)
            #expect(run.ending == .flood)
            #expect(run.reached.contains("step 4 of 5 (flood)"))
            #expect(Files.size(folder.appending("console.log")) == 200_000)
        }
    }

    @Test func `a module that is for another kernel is not loaded, and its result says why`() async throws {
        let sandbox = try await RealThings.sandbox()
        var plan = try await plan()
        try await withTemporaryFolder { folder in
            // An object file of the right architecture, and no module.
            try AtomicFile.write(Array("int x;\n".utf8), to: folder.appending("x.c"))
            let compiled = try await sandbox.command(
                Command("s390x-linux-gnu-gcc", ["-c", "-g", "-o", "/mnt/x/x.ko", "/mnt/x/x.c"]),
                mounts: [Mount(folder, at: "/mnt/x", writable: true)]
            ).capture()
            #expect(compiled.succeeded, "\(compiled.error)")
            plan.modules = [GuestModule(name: "x", path: folder.appending("x.ko"))]
            plan.files = [GuestFile(name: "a/b/c", path: folder.appending("x.c"))]
            plan.lastSteps = [GuestStep("show the file", ["cat", "/a/b/c"])]
            let run = try await plan.boot(in: sandbox, folder: folder.appending("boot"))
            #expect(run.ending == .powerOff)
            #expect(run.modules.count == 1)
            #expect(run.modules.first?.loaded == false)
            #expect(run.modules.first?.unloaded == false)
            #expect(run.modules.first?.messages.contains { $0.contains("insmod: can't insert") } == true)
            #expect(Files.names(in: folder.appending("boot")) == ["console.log", "initramfs.cpio"])
            let log = folder.pushing("boot/console.log")
            #expect(try Files.text(log).contains("bessemer: said 6/7 int x;"))
            // The same module, where the kernel wants a signature first.
            plan.kernelArguments = ["module.sig_enforce=1"]
            let enforced = try await plan.boot(in: sandbox, folder: folder.appending("boot"))
            #expect(enforced.ending == .powerOff)
            #expect(enforced.modules.first?.loaded == false)
            let messages = enforced.modules.first?.messages ?? []
            #expect(messages.contains { $0.contains("rejected") }, "\(messages)")
        }
    }

    @Test func `cancelling the task ends the emulator`() async throws {
        let sandbox = try await RealThings.sandbox()
        var plan = try await plan()
        plan.extraSteps = [GuestStep("hang", ["sleep", "100000"])]
        try await withTemporaryFolder { [plan] folder in
            let started = AsyncStream<Void>.makeStream()
            let boot = Task {
                try await plan.boot(in: sandbox, folder: folder) { _ in started.continuation.finish() }
            }
            for await _ in started.stream {}
            boot.cancel()
            await #expect(throws: CancellationError.self) { try await boot.value }
            let left = try await Command("pgrep", ["-f", folder.string]).capture()
            #expect(left.output.isEmpty)
        }
    }

    @Test func `an emulator that can't start is a failure with its own words`() async throws {
        let sandbox = try await RealThings.sandbox()
        var plan = try await plan()
        plan.cpu = "no-such-cpu"
        try await withTemporaryFolder { [plan] folder in
            let error = await #expect(throws: Failure.self) { try await plan.boot(in: sandbox, folder: folder) }
            #expect(error?.code == "guest.emulator")
            #expect(error?.underlying?.contains("no-such-cpu") == true)
        }
    }

    @Test func `a kernel that is not there is a failure that names it`() async throws {
        let sandbox = try await RealThings.sandbox()
        var plan = try await plan()
        plan.kernel = "/no/such/bzImage"
        try await withTemporaryFolder { [plan] folder in
            let error = await #expect(throws: Failure.self) { try await plan.boot(in: sandbox, folder: folder) }
            #expect(error?.code == "guest.file")
        }
    }
}
