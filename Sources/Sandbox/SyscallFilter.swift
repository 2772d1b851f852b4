// SPDX-License-Identifier: Apache-2.0
internal import CSeccomp
internal import Foundation
internal import Host
internal import SystemPackage

/// The system calls that code in a sandbox may not make (seccomp(2)), as the program that the kernel runs for each call.
///
/// What is refused answers EPERM, or ENOSYS where programs then take an older way (`clone3`, io_uring, whatever the
/// library that makes the filter does not know yet).
struct SyscallFilter: Sendable {
    /// Refused, whatever the arguments.
    static let refused = [
        // Mounts and name spaces (mount_setattr(2), setns(2), unshare(2), pivot_root(2)).
        "mount", "umount", "umount2", "pivot_root", "chroot", "setns", "unshare", "fsopen", "fsconfig", "fsmount",
        "fspick", "move_mount", "open_tree", "mount_setattr",
        // The kernel itself: modules, kexec, BPF, tracing, logs, clocks, swap, names.
        "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf", "perf_event_open",
        "syslog", "reboot", "swapon", "swapoff", "acct", "settimeofday", "clock_settime", "clock_settime64",
        "clock_adjtime", "clock_adjtime64", "adjtimex", "stime", "sethostname", "setdomainname", "quotactl",
        "quotactl_fd", "nfsservctl", "vhangup", "iopl", "ioperm", "modify_ldt", "uselib", "lookup_dcookie",
        "fanotify_init",
        // Keys of the caller's session (keyrings(7)).
        "keyctl", "add_key", "request_key",
        // Other processes' memory and files.
        "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_getfd", "kcmp",
        "move_pages", "migrate_pages", "userfaultfd",
        // Files by handle go round every mount (open_by_handle_at(2)).
        "open_by_handle_at", "name_to_handle_at",
    ]
    /// Absent, as in an older kernel: their arguments lie in memory, where no filter sees them.
    static let absent = ["clone3", "io_uring_setup", "io_uring_enter", "io_uring_register"]
    /// The numbers of calls that are newer than the library, the same on every architecture since Linux 5.1.
    static let unknown: Range<Int32> = 451..<700
    /// Call numbers up to here are known to be harmless: `cachestat`, `fchmodat2`, `map_shadow_stack`, the futex calls.
    static let harmless: ClosedRange<Int32> = 451...456
    /// The one family of sockets: AF_UNIX (socket(2)). A build talks to nobody.
    static let socketFamily = 1

    /// The program as the kernel takes it (struct sock_filter), for this machine's architecture, and a file in memory that
    /// holds it and is open for children.
    ///
    /// Throws `Failure` with code `sandbox.filter`.
    static func program() throws(Failure) -> (bytes: [UInt8], file: FileDescriptor) {
        guard let context = unsafe seccomp_init(allow) else { throw failure("seccomp_init", .noMemory) }
        defer { unsafe seccomp_release(context) }
        // Calls of another architecture than the library's (32-bit ones, x32) end the process.
        try unsafe check(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, kill), "the architecture")
        // A search tree in place of a list: a build makes millions of calls.
        try unsafe check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "the search tree")
        for name in refused { try unsafe add(context, eperm, name) }
        for name in absent { try unsafe add(context, enosys, name) }
        for number in unknown where !harmless.contains(number) {
            try unsafe check(seccomp_rule_add_array(context, enosys, number, 0, nil), "call \(number)")
        }
        try unsafe addArguments(context)

        let descriptor = unsafe memfd_create("bessemer-seccomp", 0)
        guard descriptor >= 0 else { throw failure("memfd_create", Errno(rawValue: errno)) }
        let file = FileDescriptor(rawValue: descriptor)
        let status = unsafe seccomp_export_bpf(context, descriptor)
        guard status == 0 else {
            try? file.close()
            throw failure("seccomp_export_bpf", Errno(rawValue: -status))
        }
        do {
            let length = try file.seek(offset: 0, from: .end)
            try file.seek(offset: 0, from: .start)
            var bytes = [UInt8](repeating: 0, count: Int(length))
            let count = unsafe try bytes.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
            return (Array(bytes.prefix(count)), file)
        } catch {
            throw failure("reading the filter", error as? Errno ?? .ioError)
        }
    }

    /// Calls that are refused for some of their arguments alone.
    private static func addArguments(_ context: scmp_filter_ctx) throws(Failure) {
        for name in ["socket", "socketpair"] {
            try unsafe add(
                context, eperm, name,
                scmp_arg_cmp(arg: 0, op: SCMP_CMP_NE, datum_a: UInt64(socketFamily), datum_b: 0))
        }
        // A name space of any kind (clone(2)); s390x takes the flags as its second argument.
        #if arch(s390x)
            let flags: UInt32 = 1
        #else
            let flags: UInt32 = 0
        #endif
        for flag in cloneFlags {
            try unsafe add(
                context, eperm, "clone",
                scmp_arg_cmp(arg: flags, op: SCMP_CMP_MASKED_EQ, datum_a: flag, datum_b: flag))
        }
        // Characters put into the caller's terminal (ioctl_tty(2)); the kernel looks at 32 bits of the request.
        for request in [UInt64(0x5412), 0x541c] {
            try unsafe add(
                context, eperm, "ioctl",
                scmp_arg_cmp(arg: 1, op: SCMP_CMP_MASKED_EQ, datum_a: 0xffff_ffff, datum_b: request))
        }
        // Device nodes; a FIFO is allowed, for make's job server is one.
        for (name, argument) in [("mknod", UInt32(1)), ("mknodat", 2)] {
            for kind in [UInt64(0o020000), 0o060000] {
                try unsafe add(
                    context, eperm, name,
                    scmp_arg_cmp(arg: argument, op: SCMP_CMP_MASKED_EQ, datum_a: 0o170000, datum_b: kind))
            }
        }
    }

    /// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
    private static let cloneFlags: [UInt64] = [
        0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
    ]

    // The library's macros of actions (seccomp_rule_add(3)).
    private static let allow: UInt32 = 0x7fff_0000
    private static let kill: UInt32 = 0x8000_0000
    private static let eperm: UInt32 = 0x0005_0000 | 1
    private static let enosys: UInt32 = 0x0005_0000 | 38

    /// Adds a rule; none where the library knows no call of that name.
    private static func add(
        _ context: scmp_filter_ctx, _ action: UInt32, _ name: String, _ arguments: scmp_arg_cmp...
    ) throws(Failure) {
        let number = unsafe seccomp_syscall_resolve_name(name)
        guard number >= 0 else { return }
        try check(unsafe seccomp_rule_add_array(context, action, number, UInt32(arguments.count), arguments), name)
    }

    private static func check(_ status: Int32, _ what: String) throws(Failure) {
        guard status == 0 else { throw failure(what, Errno(rawValue: -status)) }
    }

    private static func failure(_ what: String, _ error: Errno) -> Failure {
        Failure(
            "sandbox.filter", "could not make the sandbox's filter of system calls (\(what))",
            advice: "check that libseccomp is whole: apt-get install --reinstall libseccomp2", underlying: error)
    }
}
