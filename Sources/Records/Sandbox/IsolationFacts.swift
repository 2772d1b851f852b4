// SPDX-License-Identifier: Apache-2.0

/// What a process in a sandbox can see, call and write, as one that ran there found it.
package struct IsolationFacts: Codable, Hashable, Sendable {
    /// The names of the capability sets that are not empty, with their bits (capabilities(7)).
    package let capabilities: [String: String]
    package let noNewPrivileges: Bool
    /// Whether a filter of system calls is in force.
    package let isFiltered: Bool
    /// Names below /dev.
    package let devices: [String]
    /// Each mount inside, with `ro` or `rw` and its options `nosuid`, `nodev`, `noexec`.
    package let mounts: [String: String]
    /// Files of /proc outside a process's own folder that can be written.
    package let writableOfProc: [String]
    /// Files of /proc that tell of the host and are not empty.
    package let readableOfProc: [String]
    /// What each call of `calls` came to: an error's name, or `done`.
    package let calls: [String: String]
    /// What a socket of each family came to.
    package let sockets: [String: String]
    /// Process numbers in /proc.
    package let processes: Int
    /// Names of variables that can be read of process 1.
    package let environment: [String]
    /// Soft limits in force, by the name of setrlimit(2); -1 for none.
    package let limits: [String: Int]
    /// Network interfaces beside the loopback.
    package let interfaces: [String]
    /// Descriptors beyond the standard three.
    package let descriptors: [String]

    package init(
        capabilities: [String: String], noNewPrivileges: Bool, isFiltered: Bool, devices: [String],
        mounts: [String: String], writableOfProc: [String], readableOfProc: [String], calls: [String: String],
        sockets: [String: String], processes: Int, environment: [String], limits: [String: Int], interfaces: [String],
        descriptors: [String]
    ) {
        self.capabilities = capabilities
        self.noNewPrivileges = noNewPrivileges
        self.isFiltered = isFiltered
        self.devices = devices
        self.mounts = mounts
        self.writableOfProc = writableOfProc
        self.readableOfProc = readableOfProc
        self.calls = calls
        self.sockets = sockets
        self.processes = processes
        self.environment = environment
        self.limits = limits
        self.interfaces = interfaces
        self.descriptors = descriptors
    }

    /// What is open that a sandbox keeps shut; empty where it holds.
    package var faults: [String] {
        var faults = capabilities.sorted { $0.key < $1.key }.map { "\($0.key) is \($0.value)" }
        if !noNewPrivileges { faults.append("a program may gain privileges (no_new_privs is not set)") }
        if !isFiltered { faults.append("no filter of system calls is in force") }
        faults += Set(devices).subtracting(Self.expectedDevices).sorted().map { "device /dev/\($0)" }
        faults += mounts.filter { !$0.value.contains("nosuid") }.keys.sorted().map { "set-user-ID programs on \($0)" }
        faults += mounts.filter { $0.value.hasPrefix("rw") && !Self.isExpectedWritable($0.key) }.keys.sorted().map {
            "\($0) is writable"
        }
        faults += writableOfProc.map { "\($0) is writable" } + readableOfProc.map { "\($0) can be read" }
        faults += calls.filter { $0.value != "EPERM" && $0.value != "ENOSYS" }.keys.sorted().map { "call of \($0)" }
        faults += sockets.filter { $0.key != "AF_UNIX" && $0.value == "done" }.keys.sorted().map { "socket \($0)" }
        if environment != [] { faults.append("the caller's variables \(environment.joined(separator: ", "))") }
        faults += interfaces.map { "network interface \($0)" } + descriptors.map { "descriptor \($0)" }
        if limits["RLIMIT_CORE"] != 0 { faults.append("core files are written") }
        if (limits["RLIMIT_FSIZE"] ?? -1) < 0 { faults.append("the size of a file has no limit") }
        return faults
    }

    /// What bubblewrap's own /dev has (bubblewrap(1), `--dev`); none of it leads to the host.
    package static let expectedDevices: Set<String> = [
        "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom",
        "zero",
    ]

    private static func isExpectedWritable(_ mount: String) -> Bool {
        ["/tmp", "/run", "/proc", "/dev/shm", "/dev/pts"].contains(mount)
            || mount.hasPrefix("/dev/") && expectedDevices.contains(String(mount.dropFirst(5)))
    }
}
