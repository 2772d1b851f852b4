// SPDX-License-Identifier: Apache-2.0
package import Host
package import Sandbox
package import SystemPackage

/// A virtual machine for s390x in the sandbox: what it is made of, what it starts, and how long it may run.
package struct GuestMachine: Sendable {
    /// What the machine starts.
    package enum Start: Sendable, Hashable {
        /// QEMU puts the kernel and the initial RAM file system into memory.
        case kernel(FilePath, initramfs: FilePath, commandLine: String)
        /// What the disk's boot record leads to (IPL).
        case disk
    }

    /// A raw disk image at device number `Disk.device`.
    package struct Disk: Sendable, Hashable {
        /// As chreipl and the kernel name it.
        package static let device = "0.0.0100"
        /// QEMU passes on so many bytes of a serial number (VIRTIO_BLK_ID_BYTES).
        package static let longestSerial = 20

        package var image: FilePath
        /// The guest reads it at `/sys/block/vda/serial`.
        package var serial: String
        /// Operations that the disk takes in a second; nil for as many as come.
        package var writesPerSecond: Int?

        package init(image: FilePath, serial: String, writesPerSecond: Int? = nil) {
            self.image = image
            self.serial = serial
            self.writesPerSecond = writesPerSecond
        }
    }

    /// How the machine ended.
    package enum Stop: Sendable, Hashable {
        case byItself(succeeded: Bool, text: String)
        case timeLimit
        case silence
        /// Whoever reads the console asked for it.
        case enough
        /// The power was cut (`PowerSwitch`).
        case powerCut
    }

    package var start: Start
    package var disk: Disk?
    package var memoryMiB = 1024
    package var cpus = 2
    /// As QEMU's `-cpu` takes it.
    package var cpu = "max"
    /// Whether a guest that asks for a re-IPL gets one; it ends the machine otherwise.
    package var reboots = false
    /// A watchdog that the guest may arm (diagnose X'288'), which resets the machine.
    package var hasWatchdog = false
    /// For the whole run.
    package var timeLimit: Duration = .seconds(900)
    /// Without a byte on the console.
    package var silenceLimit: Duration = .seconds(300)

    package init(start: Start) {
        self.start = start
    }

    package static let model = "s390-ccw-virtio"

    /// Whether a guest's CPUs are an emulator's.
    package static var isEmulated: Bool { accelerator != "kvm" }

    /// `kvm` on an s390x host whose /dev/kvm can be opened, else `tcg`.
    package static var accelerator: String {
        #if arch(s390x)
            let device = try? FileDescriptor.open("/dev/kvm", .readWrite, options: [.closeOnExec])
            try? device?.close()
            return device == nil ? "tcg" : "kvm"
        #else
            return "tcg"
        #endif
    }

    /// The first line of what QEMU says of its version. Throws `Failure` with code `guest.emulator`.
    package static func emulator(in sandbox: SandboxRoot) async throws -> String {
        let version = try await sandbox.command(Command("qemu-system-s390x", ["--version"])).output(
            "guest.emulator", doing: "asking QEMU for its version",
            advice: "install qemu-system-s390x in the sandbox", deadline: .seconds(60))
        return version.split(separator: "\n").first.map(String.init) ?? "qemu-system-s390x"
    }

    /// Runs the machine in the sandbox, without network, until it ends or is ended; cancelling the task ends it, too.
    ///
    /// `onBytes` gets the console as it comes. Throws what it throws, `Failure` with code `process.launch`, and
    /// `CancellationError`.
    package func run(
        in sandbox: SandboxRoot, power: PowerSwitch = PowerSwitch(), clock: HostClock = .system,
        onBytes: @escaping @Sendable ([UInt8]) throws -> Appetite
    ) async throws -> Stop {
        let accelerator = Self.accelerator
        let emulator = sandbox.command(
            Command("qemu-system-s390x", arguments(accelerator)), mounts: mounts,
            devices: accelerator == "kvm" ? ["/dev/kvm"] : [])
        let silenceLimit = silenceLimit
        return try await emulator.console(
            timeLimit: timeLimit, silenceLimit: { silenceLimit }, power: power, clock: clock, onBytes: onBytes)
    }

    private var mounts: [Mount] {
        var mounts: [Mount] = []
        if case .kernel(let kernel, let initramfs, _) = start {
            mounts = [Mount(kernel, at: "/mnt/kernel"), Mount(initramfs, at: "/mnt/initramfs")]
        }
        if let disk { mounts.append(Mount(disk.image, at: "/mnt/disk", writable: true)) }
        return mounts
    }

    func arguments(_ accelerator: String) -> [String] {
        var arguments = [
            "-machine", Self.model, "-accel", accelerator, "-cpu", cpu, "-m", "\(memoryMiB)", "-smp", "\(cpus)",
            "-nodefaults", "-display", "none", "-monitor", "none", "-chardev", "stdio,id=console,signal=off",
            "-serial", "chardev:console",
        ]
        if !reboots { arguments += ["-no-reboot"] }
        if case .kernel(_, _, let commandLine) = start {
            arguments += ["-kernel", "/mnt/kernel", "-initrd", "/mnt/initramfs", "-append", commandLine]
        }
        if let disk {
            var drive = "file=/mnt/disk,format=raw,if=none,id=disk"
            if let writes = disk.writesPerSecond { drive += ",throttling.iops-write=\(writes)" }
            arguments += [
                "-drive", drive, "-device",
                "virtio-blk-ccw,drive=disk,devno=fe.0.0100,bootindex=1,serial=\(disk.serial)",
            ]
        }
        if hasWatchdog { arguments += ["-device", "diag288,id=watchdog", "-action", "watchdog=reset"] }
        return arguments
    }
}

/// Cuts the power of a running machine at a moment that is only known while it runs.
///
/// The emulator gets SIGKILL (bubblewrap's end takes its name space with it), so what the guest had not given to the
/// disk is lost.
package final class PowerSwitch: Sendable {
    private let delays = AsyncStream<Duration>.makeStream()

    package init() {}

    /// Cuts the power so long from now. Only the first call counts.
    package func cut(after delay: Duration) { delays.continuation.yield(delay) }

    /// Returns at the moment of the cut.
    func cut(_ clock: HostClock) async throws {
        for await delay in delays.stream { return try await clock.sleep(for: delay) }
        throw CancellationError()
    }
}
