// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Host
internal import SystemPackage

/// A machine that is reached through a command, such as `ssh root@lpar1`, and starts other kernels by kexec.
///
/// The command runs what follows it there, as root, hands over standard input, and returns its output and exit status.
/// What the tested kernel says comes from the machine's console, which a second command prints until it is stopped.
package struct RemoteMachine: Sendable, Hashable {
    /// What the machine said of itself.
    package struct Facts: Codable, Sendable, Hashable {
        /// Of the kernel that it runs.
        package let release: String
        /// Type of the machine, from /proc/sysinfo: `8561`, or `unknown`.
        package let type: String
        /// What it runs on, from /proc/sysinfo: `LPAR`, `z/VM    7.3.0`, `KVM/Linux`.
        package let machine: String
        package let cpus: Int
        package let memoryMiB: Int
        /// Of this start of the machine (/proc/sys/kernel/random/boot_id).
        package let start: String
    }

    package let prefix: CommandPrefix
    package let console: CommandPrefix
    /// For the machine to answer again after a test.
    package var returnLimit: Duration = .seconds(900)

    package init(prefix: CommandPrefix, console: CommandPrefix) {
        self.prefix = prefix
        self.console = console
        name = prefix.name
    }

    /// What records and messages call it.
    package var name: String

    private static let marker = "bessemer-shell"
    private static let answerLimit = Duration.seconds(120)
    private static let copyLimit = Duration.seconds(1800)

    // MARK: What it is

    /// Asks the machine what it is, and whether it can start another kernel.
    ///
    /// Throws `Failure` with code `remote.shell` where no shell answers, and `remote.machine` where the machine can't be
    /// used, with the reason.
    package func look() async throws -> Facts {
        let answer = try await shell(
            """
            say() { echo "$1=$2"; }
            say architecture "$(uname -m)"
            say release "$(uname -r)"
            say user "$(id -u)"
            say cpus "$(grep -c '^processor' /proc/cpuinfo)"
            say memory "$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo)"
            say start "$(cat /proc/sys/kernel/random/boot_id)"
            say type "$(sed -n 's/^Type: *//p' /proc/sysinfo)"
            say machine "$(sed -n 's/^VM00 Control Program: *//p' /proc/sysinfo)"
            say partition "$(sed -n 's/^LPAR Name: *//p' /proc/sysinfo)"
            say tool "$(PATH=$PATH:/usr/sbin:/sbin command -v kexec)"
            say kernel "$(ls -d /sys/kernel/kexec_loaded /sys/kernel/kexec/loaded)"
            say disabled "$(cat /proc/sys/kernel/kexec_load_disabled)"
            """)
        var values: [String: String] = [:]
        for line in answer.split(separator: "\n") {
            let words = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if words.count == 2 { values[String(words[0])] = words[1].trimmingCharacters(in: .whitespaces) }
        }
        func value(_ name: String) -> String { values[name] ?? "" }
        let conditions = [
            (
                value("architecture") == "s390x", "it is not an s390x machine but \(value("architecture"))",
                "name a guest or an LPAR that runs Linux for s390x"
            ),
            (
                value("user") == "0", "the command does not run as root there",
                "reach it as root, e.g. --via \"ssh root@HOST\""
            ),
            (
                !value("kernel").isEmpty, "its kernel \(value("release")) was built without kexec",
                "boot a kernel with CONFIG_KEXEC or CONFIG_KEXEC_FILE there (Debian's for s390x has neither)"
            ),
            (
                value("disabled") != "1",
                "kexec is switched off there until the next start (kernel.kexec_load_disabled)",
                "take that setting out of its sysctl configuration and restart it"
            ),
            (!value("tool").isEmpty, "it has no kexec program", "install kexec-tools there"),
        ]
        if let (_, reason, advice) = conditions.first(where: { !$0.0 }) {
            throw Failure("remote.machine", "\(name) can't be tested on: \(reason)", advice: advice)
        }
        let partition = value("partition")
        return Facts(
            release: value("release"), type: value("type").isEmpty ? "unknown" : value("type"),
            machine: !value("machine").isEmpty ? value("machine") : partition.isEmpty ? "unknown" : "LPAR \(partition)",
            cpus: Int(value("cpus")) ?? 0, memoryMiB: (Int(value("memory")) ?? 0) / 1024, start: value("start"))
    }

    // MARK: Starting a kernel

    /// Copies a kernel and an initial RAM file system to the machine, checks the copies, and loads them; nothing of them
    /// stays on its disks.
    ///
    /// Throws `Failure` with codes `remote.shell`, `remote.copy` and `remote.kexec`.
    func load(_ kernel: FilePath, initramfs: FilePath, commandLine: String) async throws {
        let folder = try await shell("umask 077; mktemp -d /tmp/bessemer.XXXXXX").trimmingCharacters(
            in: .whitespacesAndNewlines)
        let letters = folder.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x27 }
        guard folder.hasPrefix("/tmp/bessemer."), letters else {
            throw Failure(
                "remote.copy", "\(name) made no folder in /tmp", advice: "check /tmp there",
                underlying: prefix.redacted(folder))
        }
        do {
            for (file, name) in [(kernel, "kernel"), (initramfs, "initramfs")] {
                try await copy(file, to: "\(folder)/\(name)")
            }
            let answer = try await shell(
                """
                PATH=$PATH:/usr/sbin:/sbin
                kexec --load \(folder)/kernel --initrd=\(folder)/initramfs --kexec-syscall-auto \
                    --command-line=\(commandLine.shellQuoted) 2>&1 && echo loaded
                """)
            guard answer.hasSuffix("loaded\n") else {
                throw Failure(
                    "remote.kexec", "\(name) did not load \(kernel)",
                    advice: "look at what kexec said; with secure boot, kernels have to be signed",
                    underlying: prefix.redacted(String(answer.suffix(2000))))
            }
        } catch {
            _ = try? await shell("rm -rf \(folder)")
            throw error
        }
        _ = try await shell("rm -rf \(folder)")
    }

    private func copy(_ file: FilePath, to place: String) async throws {
        let digest = try Digest(ofFile: file).hexadecimal
        let outcome = try await prefix.command("dd", ["of=\(place)", "bs=65536"]).capture(
            deadline: Self.copyLimit, inputFile: file)
        let answer = try await shell("sha256sum \(place)")
        guard answer.hasPrefix(digest) else {
            throw Failure(
                "remote.copy", "the copy of \(file) on \(name) is another one (\(outcome.ending.text))",
                advice: "check the free space of /tmp there, and that the command hands over standard input",
                underlying: prefix.redacted(String((answer + outcome.error).suffix(1000))))
        }
    }

    /// Starts the loaded kernel and follows the console. Throws what `Command.console` throws.
    func follow(
        timeLimit: Duration, silenceLimit: @escaping @Sendable () -> Duration, clock: HostClock,
        onBytes: @escaping @Sendable ([UInt8]) throws -> Appetite
    ) async throws -> GuestMachine.Stop {
        try await withThrowingTaskGroup(of: GuestMachine.Stop?.self) { group in
            group.addTask {
                try await console.command.console(
                    timeLimit: timeLimit, silenceLimit: silenceLimit, clock: clock, onBytes: onBytes)
            }
            group.addTask {
                // The console's command first gets the time to reach the machine.
                try await clock.sleep(for: .seconds(3))
                _ = try await shell(
                    """
                    PATH=$PATH:/usr/sbin:/sbin
                    if [ -d /run/systemd/system ]; then start='systemctl kexec'; else start='kexec --exec'; fi
                    (trap '' HUP; sync; sleep 2; $start) </dev/null >/dev/null 2>&1 &
                    """)
                return nil
            }
            defer { group.cancelAll() }
            while let stop = try await group.next() {
                if let stop { return stop }
            }
            throw CancellationError()
        }
    }

    /// Waits until the machine's own system answers again.
    ///
    /// Throws `Failure` with code `remote.return` where that does not come within `returnLimit`, and `remote.kexec` where
    /// the machine never left its system.
    package func awaitReturn(after facts: Facts, clock: HostClock = .system) async throws {
        let start = clock.now()
        while clock.now() - start < returnLimit {
            if let answer = try? await shell("cat /proc/sys/kernel/random/boot_id", deadline: .seconds(30)) {
                guard answer.trimmingCharacters(in: .whitespacesAndNewlines) == facts.start else { return }
                throw Failure(
                    "remote.kexec", "\(name) never left its own system",
                    advice: "look at what `kexec --exec` says there; a loaded kernel may have been refused")
            }
            try Task.checkCancellation()
            try await clock.sleep(for: .seconds(5))
        }
        throw Failure(
            "remote.return", "\(name) did not answer within \(Int(returnLimit.seconds)) s after a test",
            advice:
                "IPL it from its console, then run this again with the same --output: what is done is not done again")
    }

    // MARK: The shell there

    /// What a POSIX shell there prints for a script. Throws `Failure` with code `remote.shell` where none answers.
    private func shell(_ script: String, deadline: Duration = answerLimit) async throws -> String {
        let outcome = try await prefix.command("sh", ["-s"]).capture(
            deadline: deadline, input: "echo \(Self.marker)\n\(script)\n")
        guard let range = outcome.output.firstRange(of: Self.marker + "\n") else {
            throw Failure(
                "remote.shell", "no shell answered through `\(name)` (\(outcome.ending.text))",
                advice:
                    "try the command of --via with `sh -s` behind it and `echo hello` as its input; it has to print hello",
                underlying: prefix.redacted(String((outcome.output + outcome.error).suffix(500))))
        }
        return String(outcome.output[range.upperBound...])
    }
}
