// SPDX-License-Identifier: Apache-2.0
internal import Records

/// The configuration of a pilot: what it can't do without, and what it would like to test.
package enum PilotFragments {
    /// A small kernel that boots on the SCLP console with an initramfs and runs Rust's doctests and samples.
    package static let required = KernelConfiguration.Fragment(
        name: PilotFragment.required.rawValue,
        text: options(
            [
                "64BIT", "PRINTK", "TTY", "BUG", "DEBUG_BUGVERBOSE", "JUMP_LABEL", "BLK_DEV_INITRD", "RD_GZIP",
                "BINFMT_ELF", "BINFMT_SCRIPT", "PROC_FS", "SYSFS", "DEVTMPFS", "MODULES", "MODULE_UNLOAD",
                "SCLP_VT220_TTY", "SCLP_VT220_CONSOLE", "SCLP_TTY", "SCLP_CONSOLE", "CCW", "KALLSYMS", "DEBUG_KERNEL",
                "DEBUG_INFO_DWARF5", "MARCH_Z13", "MULTIUSER", "FUTEX", "SMP", "POSIX_TIMERS", "TRACEPOINTS", "FTRACE",
                "NET", "KUNIT", "CC_OPTIMIZE_FOR_PERFORMANCE", "PRINTK_TIME",
                // A drill of the way back installs the kernel on a disk, provokes a panic, and is rescued from a hang.
                "S390_GUEST", "BLOCK", "BLK_DEV", "VIRTIO_BLK", "EXT4_FS", "MSDOS_PARTITION", "MAGIC_SYSRQ", "WATCHDOG",
                "DIAG288_WATCHDOG",
                // A machine that runs it is reached over its network, and starts other kernels.
                "KEXEC_FILE", "INET", "UNIX", "NETDEVICES", "NET_CORE", "VIRTIO_NET",
            ], "y"),
        required: true)

    /// Rust itself; left out for the baseline.
    package static let rust = KernelConfiguration.Fragment(
        name: PilotFragment.rust.rawValue,
        text: options(["RUST", "RUST_KERNEL_DOCTESTS", "SAMPLES", "SAMPLES_RUST"], "y")
            + options(["SAMPLE_RUST_MINIMAL", "SAMPLE_RUST_PRINT"], "m"),
        required: true)

    /// The last word of the baseline's configuration, which is the other's in everything else.
    package static let withoutRust = KernelConfiguration.Fragment(
        name: PilotFragment.withoutRust.rawValue, text: "# CONFIG_RUST is not set\n", required: true)

    /// What tells a pilot's kernels apart: releases of their own, and so folders of their own in /lib/modules.
    ///
    /// `given` is what the base and the person's fragments set `LOCALVERSION` to; it stays in front.
    package static func release(of given: String?, ending: String) -> KernelConfiguration.Fragment {
        let value = ((given ?? "") + ending).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return KernelConfiguration.Fragment(
            name: PilotFragment.release.rawValue, text: "CONFIG_LOCALVERSION=\"\(value)\"\n", required: true)
    }

    /// Subsystems whose presence lets more tests be enabled.
    private static let subsystems = [
        "KUNIT_ALL_TESTS", "INET", "BLOCK", "EXT4_FS", "MSDOS_FS", "VFAT_FS", "PCI", "SECURITY", "SECURITYFS",
        "SECURITY_APPARMOR", "SECURITY_LANDLOCK", "AUDIT", "DAMON", "DAMON_VADDR", "DAMON_PADDR",
        "CRYPTO_LIB_ENABLE_ALL_FOR_KUNIT", "CRC_ENABLE_ALL_FOR_KUNIT", "REGMAP_BUILD", "PRIME_NUMBERS", "MPTCP", "IPV6",
        "MCTP", "DEBUG_FS", "RUNTIME_TESTING_MENU", "NETDEVICES", "VIRTIO_MENU", "KPROBES", "CONFIGFS_FS",
        "FORTIFY_SOURCE", "HIGH_RES_TIMERS", "EXPERT", "SHMEM", "TMPFS", "EVENTFD", "EPOLL", "CGROUPS",
    ]

    /// Every KUnit test that the tree has for s390, every Rust sample as a module, and what they stand on: as many as
    /// can be enabled.
    package static func wanted(_ kconfig: Kconfig) -> KernelConfiguration.Fragment {
        KernelConfiguration.Fragment(
            name: PilotFragment.tests.rawValue,
            text: options(subsystems, "y") + options(kconfig.testOptions, "y")
                + options(kconfig.rustSampleModules, "m"),
            required: false)
    }

    private static func options(_ names: [String], _ value: String) -> String {
        names.map { "CONFIG_\($0)=\(value)\n" }.joined()
    }
}
