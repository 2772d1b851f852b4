// SPDX-License-Identifier: Apache-2.0
import Foundation
import Guest
import Host
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// The way to a machine and back, with programs of this host in the machine's place; `make remote` has a real one.
@Suite struct RemoteMachineTests {
    /// A folder that plays a machine: what its kernel says, what its programs do.
    private struct Stage {
        let folder: FilePath

        /// Programs come before the host's own; none of the host's starts a kernel.
        init(_ folder: FilePath) throws {
            self.folder = folder
            try Files.makeDirectory(folder.appending("bin"))
            try Files.makeDirectory(folder.appending("out"))
            try program("../via", #"PATH=\#(folder)/bin:$PATH exec "$@""#)
            // A host under load takes its time for both: the kernel speaks when somebody listens.
            try program(
                "../follow",
                """
                length=$(wc -c <\(folder)/console)
                : >\(folder)/listens
                exec tail -c +$((length + 1)) -F \(folder)/console
                """)
            try program("uname", #"if [ "$1" = -m ]; then echo s390x; else echo 6.12.0-own; fi"#)
            try program("id", "echo 0")
            try program(
                "ls",
                #"case "$*" in */sys/kernel/kexec*) echo /sys/kernel/kexec_loaded ;; *) exec /bin/ls "$@" ;; esac"#)
            try program(
                "cat",
                """
                case $1 in
                    */boot_id) exec /bin/cat \(folder)/start ;;
                    */kexec_load_disabled) exec /bin/cat \(folder)/disabled ;;
                esac
                exec /bin/cat "$@"
                """)
            try program(
                "kexec",
                """
                case $1 in
                    --load)
                        echo "$2" >\(folder)/place
                        cp "$2" \(folder)/kernel
                        cp "${3#--initrd=}" \(folder)/initramfs
                        printf '%s' "${5#--command-line=}" >\(folder)/line ;;
                    --exec)
                        while [ -d \(folder) ] && [ ! -e \(folder)/listens ]; do sleep 0.1; done
                        rm \(folder)/listens
                        /bin/cat \(folder)/words >>\(folder)/console
                        echo later >\(folder)/start ;;
                esac
                """)
            try program("systemctl", #"exec kexec --exec"#)
            // The host's own may have much to write.
            try program("sync", "")
            try write("start", "first\n")
            try write("disabled", "0\n")
            try write("console", "[  100.000000] of the other kernel\n")
        }

        func program(_ name: String, _ text: String) throws {
            let file = folder.appending("bin").pushing(FilePath(name)).lexicallyNormalized()
            try AtomicFile.write(Array("#!/bin/sh\n\(text)\n".utf8), to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.string)
        }

        func write(_ name: String, _ text: String) throws {
            try AtomicFile.write(Array(text.utf8), to: folder.appending(name))
        }

        func text(_ name: String) throws -> String { try Files.text(folder.appending(name)) }

        func machine(console: String? = nil, returnLimit: Duration = .seconds(20)) throws -> RemoteMachine {
            var machine = RemoteMachine(
                prefix: try #require(CommandPrefix("\(folder)/via")),
                console: try #require(CommandPrefix(console ?? "\(folder)/follow")))
            machine.returnLimit = returnLimit
            return machine
        }

        /// A plan that boots this folder's own kernel.
        func plan() async throws -> GuestPlan {
            try AtomicFile.write(Array("a kernel".utf8), to: folder.appending("image"))
            var plan = GuestPlan(kernel: folder.appending("image"), busybox: try await RealThings.busybox())
            plan.restarts = true
            plan.kernelArguments = ["quote=it's"]
            plan.timeLimit = .seconds(60)
            plan.silenceLimit = .seconds(30)
            return plan
        }

        /// What a kernel says that takes the plan's first steps.
        func words(_ plan: GuestPlan, steps: Int? = nil) throws -> String {
            let all = try plan.steps()
            var lines = ["[    0.000000] Linux version 6.12.107 (test)"]
            for (index, step) in all.prefix(steps ?? all.count).enumerated() {
                lines.append("[    1.00000\(index)] bessemer: step \(index + 1)/\(all.count) \(step.title)")
                if index + 1 < all.count {
                    lines.append("[    1.10000\(index)] bessemer: end \(index + 1)/\(all.count) 0")
                }
            }
            return lines.joined(separator: "\n") + "\n"
        }

        /// Boots; no time passes but what the console's command gets, and a silence behind the words in the log, or
        /// behind anything (where they are empty).
        func boot(_ plan: GuestPlan, console: String? = nil, silentAfter words: String? = nil) async throws -> GuestRun
        {
            let machine = try machine(console: console)
            let clock = TestClock()
            let log = folder.pushing("out/console.log")
            try Files.remove(log)
            let mover = Task { try await Self.move(clock, log, silentAfter: words) }
            defer { mover.cancel() }
            return try await plan.boot(
                on: machine, try await machine.look(), in: try await RealThings.sandbox(),
                folder: folder.appending("out"), clock: clock.clock)
        }

        private static func move(_ clock: TestClock, _ log: FilePath, silentAfter words: String?) async throws {
            // The deadline, the silence and the start.
            await clock.sleeps(reach: 3)
            let reads = clock.reads
            clock.advance(by: .seconds(3))
            guard let words else { return }
            // The silence looks at the clock once, and whatever is heard does, too.
            try await until {
                words.isEmpty ? clock.reads > reads + 1 : ((try? Files.text(log)) ?? "").contains(words)
            }
            clock.run()
        }
    }

    private func failure(_ work: @Sendable () async throws -> Void) async -> Failure? {
        do {
            try await work()
            return nil
        } catch { return error as? Failure }
    }

    @Test(.integration) func `a kernel is copied, loaded with its command line, started and followed to its last step`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let stage = try Stage(folder)
            let plan = try await stage.plan()
            try stage.write("words", "[  101.000000] the other kernel goes\n" + stage.words(plan))
            let machine = try stage.machine()
            let facts = try await machine.look()
            #expect(facts.release == "6.12.0-own" && facts.memoryMiB > 0 && facts.start == "first")
            let run = try await stage.boot(plan)
            #expect(run.ending == .powerOff, "\(run.reached)")
            #expect(run.accelerator == "none" && run.emulator == "kexec from Linux 6.12.0-own")
            #expect(run.reached.contains("(restart)"))
            #expect(try stage.text("kernel") == "a kernel")
            #expect(
                try Digest(ofFile: folder.appending("initramfs"))
                    == Digest(ofFile: folder.pushing("out/initramfs.cpio")))
            #expect(try KernelParameters.redacted(stage.text("line")) == run.kernelCommandLine)
            #expect(
                try stage.text("line").hasSuffix("quote=it's") && run.kernelCommandLine.hasSuffix("quote=[left-out]"))
            // Nothing stays there, and nothing of the other kernel is in the log.
            let place = FilePath(try stage.text("place").trimmingCharacters(in: .newlines)).removingLastComponent()
            #expect(place.string.hasPrefix("/tmp/bessemer.") && !Files.exists(place))
            #expect(try Files.text(folder.pushing("out/console.log")) == stage.words(plan))
            try await machine.awaitReturn(after: facts)
        }
    }

    @Test(.integration) func `a panic, another start, and a silence are told apart`() async throws {
        try await withTemporaryFolder { folder in
            let stage = try Stage(folder)
            var plan = try await stage.plan()
            let some = try stage.words(plan, steps: 2)
            try stage.write("words", some + "[    2.000000] Kernel panic - not syncing: test\n")
            #expect(try await stage.boot(plan, silentAfter: "Kernel panic").ending == .panic)
            let own = "[    0.000000] Linux version 6.12.0-own (other)\n"
            try stage.write("words", some + own + "[    0.010000] Kernel command line: own.key=S3CRET\nS3CRET\n")
            let early = try await stage.boot(plan)
            // The machine's own start is its own matter.
            #expect(try Files.text(folder.pushing("out/console.log")) == some + own)
            #expect(
                early.ending == .early && early.reached.contains("the machine ended with a start of another kernel"))
            plan.silenceLimit = .seconds(15)
            try stage.write("words", some)
            let silent = try await stage.boot(plan, silentAfter: some.trimmingCharacters(in: .newlines))
            #expect(silent.ending == .deadline && silent.reached.contains("step 2 of"), "\(silent.reached)")
            // A kernel that never says a word leaves what there was on the console.
            plan.mayBeSilent = true
            try stage.write("words", "[  101.000000] the other kernel goes\n")
            #expect(try await stage.boot(plan, silentAfter: "").ending == .deadline)
            #expect(try Files.text(folder.pushing("out/console.log")).contains("the other kernel goes"))
        }
    }

    @Test func `a machine that can't be used is told as that, with the reason`() async throws {
        try await withTemporaryFolder { folder in
            let host = RemoteMachine(
                prefix: try #require(CommandPrefix("env")), console: try #require(CommandPrefix("true")))
            #if !arch(s390x)
                #expect(await failure { _ = try await host.look() }?.message.contains("not an s390x machine") == true)
            #endif
            let mute = RemoteMachine(prefix: try #require(CommandPrefix("false")), console: host.console)
            #expect(await failure { _ = try await mute.look() }?.code == "remote.shell")
            let stage = try Stage(folder)
            let machine = try stage.machine()
            try stage.write("disabled", "1\n")
            #expect(await failure { _ = try await machine.look() }?.message.contains("switched off") == true)
            try stage.program("ls", "exit 2")
            #expect(await failure { _ = try await machine.look() }?.message.contains("without kexec") == true)
            try stage.program("id", "echo 1000")
            #expect(await failure { _ = try await machine.look() }?.message.contains("as root") == true)
        }
    }

    @Test(.integration)
    func `a copy that differs, a kernel that is refused and a console that ends are errors, and nothing stays`()
        async throws
    {
        try await withTemporaryFolder { folder in
            let stage = try Stage(folder)
            let plan = try await stage.plan()
            try stage.write("words", stage.words(plan, steps: 2))
            #expect(await failure { _ = try await stage.boot(plan, console: "echo hello") }?.code == "remote.console")
            try stage.program(
                "kexec", "echo \"$2\" >\(folder)/place; echo 'kexec_file_load failed: Key was rejected'; exit 1")
            let refused = await failure { _ = try await stage.boot(plan) }
            #expect(refused?.code == "remote.kexec" && refused?.underlying?.contains("Key was rejected") == true)
            let place = FilePath(try stage.text("place").trimmingCharacters(in: .newlines)).removingLastComponent()
            #expect(place.string.hasPrefix("/tmp/bessemer.") && !Files.exists(place))
            try stage.program("dd", "echo \"${1#of=}\" >\(folder)/place; echo wrong >\"${1#of=}\"")
            #expect(await failure { _ = try await stage.boot(plan) }?.code == "remote.copy")
            let other = FilePath(try stage.text("place").trimmingCharacters(in: .newlines)).removingLastComponent()
            #expect(other.string.hasPrefix("/tmp/bessemer.") && !Files.exists(other))
        }
    }

    @Test func `a machine that never left, or does not come back, is told as that`() async throws {
        try await withTemporaryFolder { folder in
            let stage = try Stage(folder)
            let machine = try stage.machine()
            let facts = try await machine.look()
            let stayed = await failure { try await machine.awaitReturn(after: facts, clock: .system) }
            #expect(stayed?.code == "remote.kexec")
            try stage.program("../via", "exit 255")
            let waiting = try stage.machine(returnLimit: .seconds(3))
            let clock = TestClock()
            clock.run()
            let passing = clock.clock
            let gone = await failure { try await waiting.awaitReturn(after: facts, clock: passing) }
            #expect(gone?.code == "remote.return" && gone?.message.contains("within 3 s") == true)
        }
    }
}
