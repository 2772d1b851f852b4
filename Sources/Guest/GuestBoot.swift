// SPDX-License-Identifier: Apache-2.0
package import Host
package import Records
package import Sandbox
package import SystemPackage

extension GuestPlan {
    /// Names of the files in the folder of a boot.
    static let initramfsName = "initramfs.cpio"
    static let consoleName = "console.log"

    /// Boots the plan's kernel in QEMU inside the sandbox and reads its console to the end.
    ///
    /// Writes `initramfs.cpio` and `console.log` (every byte of the console, as it comes) into `folder`. Ends the guest
    /// at the plan's limits; cancelling the task ends it too. `onProgress` is called whenever the guest got further.
    ///
    /// Throws `Failure` with codes `guest.file`, `guest.module`, `guest.step`, `guest.command-line`, `guest.strip`, and
    /// `guest.emulator` where QEMU ends before the kernel says a word.
    package func boot(
        in sandbox: SandboxRoot, folder: FilePath, clock: HostClock = .system,
        onProgress: @escaping @Sendable (GuestProgress) -> Void = { _ in }
    ) async throws -> GuestRun {
        let commandLine = try commandLine()
        let steps = try steps()
        let initramfs = try await initramfs(steps: steps, in: sandbox, folder: folder)
        var machine = GuestMachine(start: .kernel(kernel, initramfs: initramfs, commandLine: commandLine))
        machine.memoryMiB = memoryMiB
        machine.cpus = cpus + spareCPUs
        machine.cpu = cpu
        machine.timeLimit = timeLimit
        machine.silenceLimit = silenceLimit
        let emulator = try await GuestMachine.emulator(in: sandbox)
        let console = try GuestConsole(
            log: folder.appending(Self.consoleName), limit: outputLimit, steps: steps.map(\.title),
            onProgress: onProgress)
        let start = clock.now()
        let ending = try await machine.run(in: sandbox, clock: clock, onBytes: console.take)
        let place = Place(
            name: emulator, accelerator: GuestMachine.accelerator, machine: GuestMachine.model, cpu: cpu,
            memoryMiB: memoryMiB, cpus: cpus, speaker: "QEMU")
        return try report(try console.finish(), ending, place, clock.now() - start)
    }

    /// Boots the plan's kernel by kexec on a machine that runs another one, and reads its console to the end; the machine
    /// restarts by itself then (the plan has to say so: `restarts`), and whoever wants more of it waits
    /// (`RemoteMachine.awaitReturn`).
    ///
    /// Writes the same files as the other `boot`. Throws what that throws but for QEMU, those of
    /// `RemoteMachine`, and `Failure` with code `remote.console` where the console's command ends before the kernel does.
    package func boot(
        on machine: RemoteMachine, _ facts: RemoteMachine.Facts, in sandbox: SandboxRoot, folder: FilePath,
        clock: HostClock = .system, onProgress: @escaping @Sendable (GuestProgress) -> Void = { _ in }
    ) async throws -> GuestRun {
        precondition(restarts, "a machine that is there already is not powered off")
        let commandLine = try commandLine()
        let steps = try steps()
        let initramfs = try await initramfs(steps: steps, in: sandbox, folder: folder)
        try await machine.load(kernel, initramfs: initramfs, commandLine: commandLine)
        let console = try GuestConsole(
            log: folder.appending(Self.consoleName), limit: outputLimit, steps: steps.map(\.title), isShared: true,
            onProgress: onProgress)
        let start = clock.now()
        let silenceLimit = silenceLimit
        var ending = try await machine.follow(
            timeLimit: timeLimit, silenceLimit: { console.state.hasPanicked ? .seconds(5) : silenceLimit },
            clock: clock
        ) { bytes in
            let appetite = try console.take(bytes)
            let state = console.state
            return state.isAtEnd || state.starts > 1 ? .enough : appetite
        }
        let state = console.state
        if state.isAtEnd {
            ending = .byItself(succeeded: true, text: "")
        } else if state.starts > 1 {
            ending = .byItself(succeeded: false, text: "a start of another kernel")
        } else if case .byItself(_, let text) = ending {
            throw Failure(
                "remote.console", "the console's command ended (\(text)) while the kernel ran",
                advice: "name a command that prints the machine's console until it is stopped")
        }
        let place = Place(
            name: "kexec from Linux \(facts.release)", accelerator: "none", machine: facts.machine, cpu: facts.type,
            memoryMiB: facts.memoryMiB, cpus: facts.cpus, speaker: "the machine")
        return try report(try console.finish(), ending, place, clock.now() - start)
    }

    /// Where a kernel ran.
    private struct Place {
        /// QEMU's version, or what started the kernel.
        let name: String
        let accelerator: String
        let machine: String
        let cpu: String
        let memoryMiB: Int
        let cpus: Int
        /// Who ended, in a sentence.
        let speaker: String
    }

    /// Whether a guest's CPUs are an emulator's.
    package static var isEmulated: Bool { GuestMachine.isEmulated }

    private static func seconds(_ duration: Duration) -> Double {
        (duration.seconds * 1000).rounded() / 1000
    }

    // MARK: Initial RAM file system

    /// Writes it into `folder`, which is made.
    private func initramfs(steps: [GuestStep], in sandbox: SandboxRoot, folder: FilePath) async throws -> FilePath {
        try Files.makeDirectory(folder, permissions: Files.ownFolder)
        guard Files.size(kernel) != nil else {
            throw Failure("guest.file", "there is no kernel image at \(kernel)", advice: "build the kernel first")
        }
        var archive = InitramfsArchive()
        for name in ["bin", "dev", "modules", "proc", "sys", "tmp"] { try archive.addFolder(name) }
        // The kernel opens the console for /init before anything is mounted.
        try archive.addCharacterDevice("dev/console", major: 5, minor: 1)
        try archive.addCharacterDevice("dev/null", major: 1, minor: 3, permissions: 0o666)
        try archive.addCharacterDevice("dev/kmsg", major: 1, minor: 11, permissions: 0o644)
        try archive.addFile("bin/busybox", Self.contents(of: busybox, "the guest's busybox"), permissions: 0o755)
        for applet in ["insmod", "mount", "poweroff", "rmmod", "sh"] {
            try archive.addSymbolicLink("bin/\(applet)", to: "busybox")
        }
        for module in try await strippedModules(in: sandbox, folder: folder) {
            try archive.addFile("modules/\(module.name).ko", module.contents)
        }
        for file in files {
            try archive.addFolders(above: file.name)
            try archive.addFile(
                file.name, Self.contents(of: file.path, "the guest's file \(file.name)"),
                permissions: file.isExecutable ? 0o755 : 0o644)
        }
        try archive.addFile("init", Array(GuestScript(steps: steps).text().utf8), permissions: 0o755)
        let file = folder.appending(Self.initramfsName)
        try archive.write(to: file)
        return file
    }

    /// The modules without their debug information, which is nine tenths of them.
    private func strippedModules(in sandbox: SandboxRoot, folder: FilePath) async throws
        -> [(name: String, contents: [UInt8])]
    {
        guard !modules.isEmpty else { return [] }
        let copies = ForeignFolder(folder.appending("modules.partial"))
        try Files.remove(copies.path)
        try Files.makeDirectory(copies.path)
        defer { try? Files.remove(copies.path) }
        for module in modules {
            try copies.write(
                Self.contents(of: module.path, "the module \(module.name)"), to: "\(module.name).ko")
        }
        try await sandbox.command(
            Command("s390x-linux-gnu-strip", ["--strip-debug"] + modules.map { "/mnt/modules/\($0.name).ko" }),
            mounts: [Mount(copies.path, at: "/mnt/modules", writable: true)]
        ).output(
            "guest.strip", doing: "taking the debug information out of the modules",
            advice: "check that the modules are ELF files for s390x, not compressed", deadline: .seconds(300))
        return try modules.map { module in
            let file = try copies.file("\(module.name).ko", limit: ForeignFolder.Limit.image)
            return (module.name, try Self.contents(of: file, module.name))
        }
    }

    private static func contents(of path: FilePath, _ what: String) throws -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try Files.bytes(path)
        } catch {
            throw Failure(
                "guest.file", "could not read \(what)", advice: "check that \(path) exists", underlying: error)
        }
        guard !bytes.isEmpty else {
            throw Failure("guest.file", "\(what), \(path), is empty", advice: "make it again")
        }
        return bytes
    }

    // MARK: Result

    private func report(
        _ console: GuestConsole.Ended, _ stop: GuestMachine.Stop, _ place: Place, _ duration: Duration
    ) throws -> GuestRun {
        let reader = console.reader
        let ending: GuestRun.Ending
        var reason = ""
        switch stop {
        case .enough, .powerCut:
            ending = .flood
            reason = "ended after \(outputLimit) bytes on the console, "
        case .timeLimit where reader.hasPanicked, .silence where reader.hasPanicked, .byItself where reader.hasPanicked:
            ending = .panic
        case .timeLimit:
            ending = .deadline
            reason = "ended after \(Self.text(timeLimit)), "
        case .silence:
            ending = .deadline
            reason = "ended after \(Self.text(silenceLimit)) without console output, "
        case .byItself(let succeeded, let text):
            if let refusal = reader.refusal.first {
                ending = .early
                reason = ([refusal] + reader.refusal.dropFirst()).joined(separator: "; ") + "; "
                break
            }
            guard reader.hasKernel || mayBeSilent else {
                throw Failure(
                    "guest.emulator", "QEMU ended (\(text)) before the kernel said a word",
                    advice: "check that \(kernel) is a kernel image for s390x and that QEMU knows the CPU \(cpu)",
                    underlying: reader.lastLine)
            }
            // The kernel's own "Power down" comes after the console's last flush, and is mostly not seen.
            let isDone = succeeded && reader.stepNumber == reader.steps.count
            ending = isDone ? .powerOff : .early
            if !isDone { reason = "\(place.speaker) ended with \(text), " }
        }
        return GuestRun(
            emulator: place.name, accelerator: place.accelerator, machine: place.machine, cpu: place.cpu,
            memoryMiB: place.memoryMiB, cpus: place.cpus, kernelCommandLine: try commandLine(), ending: ending,
            reached: reason + console.reached, seconds: Self.seconds(duration), consoleSHA256: console.digest,
            consoleLines: reader.lines, events: reader.events, tests: console.tests,
            modules: moduleResults(reader.steps), notesSHA256: Self.notes(reader.steps),
            buildID: Self.buildID(reader.steps))
    }

    private static func notes(_ steps: [ConsoleReader.Step]) -> Digest? {
        shown(steps).lazy.compactMap { Digest(hexadecimal: String($0.prefix { $0 != " " })) }.first
    }

    private static func buildID(_ steps: [ConsoleReader.Step]) -> String? {
        shown(steps).last.flatMap { line in
            [UInt8](hexadecimal: line).flatMap { BuildFacts.buildID(inNotes: $0) }
        }
    }

    /// What the step that shows the notes printed.
    private static func shown(_ steps: [ConsoleReader.Step]) -> [String] {
        steps.first { $0.title == GuestStep.showNotes.title && $0.status == 0 }?.messages ?? []
    }

    private static func text(_ duration: Duration) -> String { "\(seconds(duration)) s" }
}
