// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records
package import SystemPackage

/// A kernel module that the guest inserts and removes.
package struct GuestModule: Encodable, Sendable, Hashable {
    /// As the kernel names it: letters, digits and underscores.
    package let name: String
    /// The .ko file, not compressed.
    package let path: FilePath
    /// Names of modules, earlier in the plan, that have to stay while this one is in.
    package let dependencies: [String]
    /// As insmod takes them: `name=value`.
    package let parameters: [String]
    /// Taken once it is in.
    package let steps: [GuestStep]

    package init(
        name: String, path: FilePath, dependencies: [String] = [], parameters: [String] = [], steps: [GuestStep] = []
    ) {
        self.name = name
        self.path = path
        self.dependencies = dependencies
        self.parameters = parameters
        self.steps = steps
    }
}

/// A file that the guest finds in its initial RAM file system.
package struct GuestFile: Encodable, Sendable, Hashable {
    /// Relative to the root, e.g. `kselftest/futex/futex_wait`; its folders are made.
    package let name: String
    /// Where its contents are on the host.
    package let path: FilePath
    package let isExecutable: Bool

    package init(name: String, path: FilePath, isExecutable: Bool = false) {
        self.name = name
        self.path = path
        self.isExecutable = isExecutable
    }
}

/// What to boot in a guest, with what, and for how long at most.
package struct GuestPlan: Encodable, Sendable, Hashable {
    /// As QEMU's `-kernel` takes it: `arch/s390/boot/bzImage`.
    package var kernel: FilePath
    /// A static busybox for s390x.
    package var busybox: FilePath
    /// In the order in which they are inserted.
    package var modules: [GuestModule] = []
    /// Taken after the file systems are mounted and before the modules.
    package var extraSteps: [GuestStep] = []
    /// Taken after the modules, before the guest powers itself off or restarts.
    package var lastSteps: [GuestStep] = []
    /// Whether the guest ends with a restart of the machine (re-IPL), and arms its watchdog where there is one, so that
    /// a kernel that hangs ends so, too.
    package var restarts = false
    /// Beside busybox and the modules.
    package var files: [GuestFile] = []
    /// Appended to the kernel's command line, e.g. `kunit.enable=1`.
    package var kernelArguments: [String] = []
    package var memoryMiB = 1024
    package var cpus = 2
    /// More of them, which stay offline until the guest takes one online.
    package var spareCPUs = 0
    /// As QEMU's `-cpu` takes it.
    package var cpu = "max"
    /// For the whole run.
    package var timeLimit: Duration = .seconds(900)
    /// Without a byte on the console.
    package var silenceLimit: Duration = .seconds(300)
    /// Bytes on the console.
    package var outputLimit = 64 << 20
    /// A kernel that never says a word is a result, and no error of ours: the machine is known to be there.
    package var mayBeSilent = false
    /// Bytes of the kernel's command line with its NUL (COMMAND_LINE_SIZE; 896 is the least a kernel has).
    package var commandLineLimit = 896

    package init(kernel: FilePath, busybox: FilePath) {
        self.kernel = kernel
        self.busybox = busybox
    }

    /// The kernel's command line. Throws `Failure` with code `guest.command-line` where it is too long, or holds what
    /// is no printable ASCII.
    package func commandLine() throws -> String {
        let line =
            ([
                "console=ttyS0",
                // A panic ends the emulator at once, since it does not reboot.
                "panic=-1",
                // Without it the kernel drops what user space logs fast.
                "printk.devkmsg=on",
                // Shows where one message ends and the next begins.
                "printk.time=1",
                "ignore_loglevel",
                // The console drops whole pages without a word otherwise (drivers/s390/char/sclp.c).
                "sclp_con_drop=0",
                "log_buf_len=4M",
            ] + (spareCPUs > 0 ? ["maxcpus=\(cpus)"] : []) + kernelArguments).joined(separator: " ")
        guard line.utf8.count < commandLineLimit else {
            throw Failure(
                "guest.command-line",
                "the kernel's command line has \(line.utf8.count) bytes; this kernel takes \(commandLineLimit - 1)",
                advice: "give fewer kernel arguments, or build with a larger CONFIG_COMMAND_LINE_SIZE")
        }
        guard GuestScript.isPlain(line) else {
            throw Failure(
                "guest.command-line", "a kernel argument holds a character that is not printable ASCII",
                advice: "take it out of the kernel arguments")
        }
        return line
    }

    /// All that the guest does, in order. Throws `Failure` with code `guest.module` where the modules can't be inserted
    /// in the order given.
    package func steps() throws -> [GuestStep] {
        var steps = [
            GuestStep("mount /proc", ["mount", "-t", "proc", "proc", "/proc"]),
            GuestStep("mount /sys", ["mount", "-t", "sysfs", "sysfs", "/sys"]),
            GuestStep("mount /dev", ["mount", "-t", "devtmpfs", "devtmpfs", "/dev"]),
        ]
        if restarts {
            steps.append(
                GuestStep(
                    "arm the watchdog",
                    [
                        "sh", "-c",
                        "if [ -e /dev/watchdog ]; then watchdog -t 10 -T 300 /dev/watchdog >/dev/null 2>&1; fi",
                    ]))
        }
        steps += extraSteps
        var inserted: [String] = []
        for (index, module) in modules.enumerated() {
            try check(module, among: modules[..<index].map(\.name))
            steps.append(
                GuestStep(
                    Self.insertion(of: module.name), ["insmod", "/modules/\(module.name).ko"] + module.parameters))
            steps += module.steps
            inserted.append(module.name)
            let later = modules[(index + 1)...]
            func isNeeded(_ name: String) -> Bool {
                later.contains { $0.dependencies.contains(name) }
                    || modules.contains { inserted.contains($0.name) && $0.dependencies.contains(name) }
            }
            // A module leaves as soon as nothing that is in, or is still to come, needs it.
            while let name = inserted.last(where: { !isNeeded($0) }) {
                steps.append(GuestStep(Self.removal(of: name), ["rmmod", name]))
                inserted.removeAll { $0 == name }
            }
        }
        steps += lastSteps
        steps.append(
            restarts ? GuestStep("restart", ["reboot", "-f"]) : GuestStep("power off", ["poweroff", "-f"]))
        return steps
    }

    /// The titles of the steps that insert and remove a module.
    package static func insertion(of name: String) -> String { "insert \(name)" }
    package static func removal(of name: String) -> String { "remove \(name)" }

    private func check(_ module: GuestModule, among earlier: [String]) throws {
        guard !module.name.isEmpty, module.name.utf8.count < 56, module.name.utf8.allSatisfy(\.isWord) else {
            throw Failure(
                "guest.module", "\"\(module.name)\" is not the name of a kernel module",
                advice: "name it as lsmod does: letters, digits and underscores, at most 55")
        }
        guard !earlier.contains(module.name) else {
            throw Failure(
                "guest.module", "the module \(module.name) is in the plan twice", advice: "name each module once")
        }
        guard let missing = module.dependencies.first(where: { !earlier.contains($0) }) else { return }
        throw Failure(
            "guest.module", "the module \(module.name) needs \(missing), which is not inserted before it",
            advice: "put \(missing) earlier in the plan")
    }

    /// What became of the modules, told from the steps that the console showed.
    func moduleResults(_ steps: [ConsoleReader.Step]) -> [ModuleResult] {
        modules.map { module in
            let insertion = steps.first { $0.title == Self.insertion(of: module.name) }
            let removal = steps.first { $0.title == Self.removal(of: module.name) }
            var messages: [String] = []
            for step in [insertion, removal].compactMap({ $0 }) {
                messages += step.messages
                if !step.hasStarted {
                    messages.append("\(step.title): the guest did not get there")
                } else if step.status == nil {
                    messages.append("\(step.title): did not end")
                }
            }
            return ModuleResult(
                name: module.name, loaded: insertion?.status == 0, unloaded: removal?.status == 0, messages: messages)
        }
    }
}

/// Where a guest is.
package struct GuestProgress: Sendable, Hashable {
    /// The step that it began last; nil while the kernel starts.
    package let step: String?
    /// Counted from 1; 0 while the kernel starts.
    package let stepNumber: Int
    package let stepCount: Int
    /// Results so far, those without results inside.
    package let counts: TestCounts
    /// The test that runs now.
    package let currentTest: String?

    init(_ reader: ConsoleReader) {
        step = reader.stepNumber > 0 ? reader.steps[reader.stepNumber - 1].title : nil
        stepNumber = reader.stepNumber
        stepCount = reader.steps.count
        counts = reader.counts
        currentTest = reader.currentTest
    }
}
