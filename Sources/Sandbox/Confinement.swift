// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
package import Records
internal import SystemPackage

extension Confinement.Limits {
    /// By this machine's memory and processors.
    static var ofMachine: Self {
        let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        return Self(
            processes: 2048 + 64 * ProcessInfo.processInfo.activeProcessorCount, memory: memory / 10 * 9,
            fileSize: 32 << 30, temporary: max(1 << 30, memory / 3))
    }
}

extension Confinement {
    static let nameSpaces = [
        "--unshare-user", "--disable-userns", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
        "--unshare-cgroup", "--hostname", "sandbox", "--cap-drop", "ALL", "--die-with-parent", "--new-session",
        "--clearenv",
    ]

    /// What is mounted beside the root and the caller's folders. What of /proc tells of the host or takes orders for it
    /// is read-only or empty: a process that is root outside may write there without a capability.
    static let fileSystems: [String] = {
        let sizes = Limits.ofMachine
        var arguments = [
            "--dev", "/dev", "--size", "\(1 << 30)", "--tmpfs", "/dev/shm", "--proc", "/proc", "--ro-bind", "/proc/sys",
            "/proc/sys", "--size", "\(sizes.temporary)", "--tmpfs", "/tmp", "--size", "\(64 << 20)", "--tmpfs", "/run",
            "--size", "\(64 << 20)", "--tmpfs", "/mnt",
        ]
        for name in [
            "kcore", "keys", "key-users", "kmsg", "latency_stats", "mtrr", "sched_debug", "slabinfo", "sysrq-trigger",
            "timer_list", "timer_stats", "vmallocinfo",
        ] where Files.exists(FilePath("/proc/\(name)")) {
            arguments += ["--ro-bind", "/dev/null", "/proc/\(name)"]
        }
        for name in ["acpi", "asound", "bus", "driver", "fs", "irq", "pressure", "scsi", "tty"]
        where Files.isDirectory(FilePath("/proc/\(name)")) {
            arguments += ["--size", "4096", "--tmpfs", "/proc/\(name)", "--remount-ro", "/proc/\(name)"]
        }
        return arguments
    }()

    /// Of all that this process runs in sandboxes, made once. Throws `Failure` with code `sandbox.filter`.
    package static func ofProcess() throws -> Confinement { try Process.shared.get().confinement }

    /// bwrap with these arguments, under the filter and the limits, with nothing of the caller's environment: what is in
    /// it can be read inside (/proc/1/environ).
    static func confined(_ arguments: [String]) -> Command {
        let words: [String]
        let script: String
        switch Process.shared {
        case .success(let process):
            let limits = process.confinement.limits
            script = """
                program=$(command -v bwrap) || { echo 'bwrap: command not found' >&2; exit 127; }
                exec 3<"$1" || exit 2
                for tasks in $2; do echo $$ >"$tasks" || exit 2; done
                shift 2
                exec prlimit --core=0 --nproc=\(limits.processes) --fsize=\(limits.fileSize) \
                env -i "$program" --seccomp 3 "$@"
                """
            words = [process.filter, process.groupFiles] + arguments
        case .failure(let failure):
            // Nothing runs without the filter.
            script = "printf '%s\\n' \"$1\" >&2; exit 2"
            words = [failure.description]
        }
        return Command("/bin/sh", ["-c", script, "sandbox"] + words, environment: ["PATH": path])
    }

    /// mmdebstrap(1), which has to be root to give files their owners and to run packages' scripts in a new root: in name
    /// spaces of its own without a network, with the capabilities that this takes and no more, and with three variables
    /// of the caller's. The lock's packages run code as this root, which no build does (Docs/Security.md).
    static func installing(_ command: Command) -> Command {
        var command = command
        command.environment = (command.environment ?? [:]).merging(["PATH": path]) { given, _ in given }
        guard Privilege.isRoot else { return Privilege.rooted(command) }
        let kept = [
            "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
            "sys_chroot", "sys_admin", "mknod", "setfcap", "audit_write",
        ]
        return Command(
            "unshare",
            [
                "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--ipc", "--uts", "--cgroup",
                "--", "setpriv", "--no-new-privs", "--inh-caps=-all",
                "--bounding-set=" + (["-all"] + kept.map { "+\($0)" }).joined(separator: ","), command.executable,
            ] + command.arguments, environment: command.environment, workingDirectory: command.workingDirectory)
    }

    private static let path =
        ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private struct Process: Sendable {
        let confinement: Confinement
        /// Where a child finds the filter's program: a file in memory that stays open as long as this process lives.
        let filter: String
        let groupFiles: String

        static let shared = Result<Process, Failure> {
            () throws(Failure) in
            let program = try SyscallFilter.program()
            let limits = Limits.ofMachine
            let group = ControlGroup(limits)
            return Process(
                confinement: Confinement(
                    limits: limits, controlGroup: group?.text, filter: Digest(of: program.bytes),
                    refusedCalls: SyscallFilter.refused.count + SyscallFilter.absent.count),
                filter: "/proc/\(ProcessInfo.processInfo.processIdentifier)/fd/\(program.file.rawValue)",
                groupFiles: group?.files.joined(separator: " ") ?? "")
        }
    }
}
