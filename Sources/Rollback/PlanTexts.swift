// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records

/// The text files of a plan's folder.
struct PlanTexts {
    struct File {
        let path: String
        let bytes: [UInt8]
        var isExecutable = false
    }

    let kernels: [RollbackPlan.Kernel]
    /// The kernels' command lines, whole.
    let parameters: [KernelRole: String]
    let device: String?
    let secureBoot: SecureBoot
    /// What the request knows that the kernels do not say.
    let warnings: [String]

    /// Where the kernels lie on the machine.
    static let place = "/boot/bessemer"

    var files: [File] {
        [
            File(path: RollbackPlan.menu, bytes: Array(sections.utf8)),
            File(path: "systemd/bessemer-reipl-reset.service", bytes: PackageResources.bessemer_reipl_reset_service),
            File(path: "systemd/bessemer-watchdog.conf", bytes: PackageResources.bessemer_watchdog_conf),
            File(path: "dumpconf", bytes: PackageResources.dumpconf),
            // The ABI is that of arch/s390/kernel/ipl.c, so that nothing but a shell is needed early in a boot.
            File(
                path: "sbin/bessemer-reipl-reset", bytes: PackageResources.bessemer_reipl_reset_sh, isExecutable: true),
            File(path: "sbin/bessemer-promote", bytes: Array(promote.utf8), isExecutable: true),
            File(path: "sbin/bessemer-trial", bytes: Array(trial.utf8), isExecutable: true),
            File(path: "install", bytes: Array(install.utf8), isExecutable: true),
            File(path: "uninstall", bytes: Array(uninstall.utf8), isExecutable: true),
            File(path: "README.md", bytes: Array(readme.utf8)),
        ]
    }

    /// The plan's two sections; install puts them before those of the machine.
    ///
    /// They have no target: zipl gives a section without one that of [defaultboot], and looks for the files of boot loader
    /// entries below the first target that it meets (scan_update_bls_path() in zipl/src/scan.c).
    private var sections: String {
        var text = ""
        for kernel in kernels {
            let folder = "\(Self.place)/\(kernel.role.rawValue)"
            text += "\n[\(kernel.role.section)]\nimage = \(folder)/vmlinuz\n"
            if kernel.initramfs != nil { text += "ramdisk = \(folder)/initrd\n" }
            text += "parameters = \"\(parameters[kernel.role] ?? "")\"\n"
        }
        return text
    }

    /// What a person has to know or do beside the scripts.
    var notes: [String] {
        var notes = [
            "Neither kernel has been started on this machine yet, so the kernel that it starts by itself today stays the "
                + "default. bessemer-promote makes the GCC kernel the default, and refuses until that is what runs. The machine's "
                + "own entries stay in the menu after that, too, from number 3 on: with that number as load parameter (or "
                + "bootprog) an operator gets the kernel of today.",
            "install takes the machine's entries from the configuration that zipl finds: /run/zipl/zipl.conf, then "
                + "/etc/zipl.conf, then /usr/lib/s390-tools/zipl.conf, with the entries in /boot/loader/entries (ostree's, too); "
                + "where zipl is run with another, from install --config FILE. It writes /etc/zipl.conf. A file in /run/zipl, "
                + "the variable ZIPLCONF and zipl --config win over that: zipl run so writes a boot record without the plan, and "
                + "bessemer-trial then refuses.",
            "uninstall writes the boot record first, from the configuration that zipl finds without the plan's; where there "
                + "is none, or zipl does not take it, every file stays.",
        ]
        notes += warnings
        switch secureBoot {
        case .enforced:
            notes.append(
                "Secure boot is enforced; both images carry a signature. Whether the machine's certificates cover them "
                    + "is not checked here; zipl's own stage3.bin has to be signed, too.")
        case .off:
            notes.append(
                "Secure boot is off. If it is ever enforced, both kernels must be signed, the one to go back to first.")
        case .unknown:
            notes.append(
                "Whether secure boot is enforced is not known: on the machine, look at /sys/firmware/ipl/has_secure "
                    + "and secure, and write the plan again with --secure.")
        }
        notes.append(
            "The way back begins when bessemer-reipl-reset has run. Until then a trial that panics stops (the "
                + "machine's default), and an operator has to IPL: without a load parameter, that is the default kernel."
        )
        notes.append(
            "A hang needs a watchdog: diag288_wdt (built in or loaded), and systemd/bessemer-watchdog.conf in "
                + "/etc/systemd/system.conf.d. In an LPAR it restarts the PSW, which does what on_restart says; z/VM runs the "
                + "command of diag288_wdt.cmd, by default “system restart”, which is a PSW restart, too. Under "
                + "QEMU and KVM its reset starts the trial once more, which bessemer-reipl-reset then sends back; a trial "
                + "that hangs before that needs a supervisor that switches the machine off and on.")
        notes.append(
            "The disk to start from may be a DASD, an FCP disk, NVMe, or virtio-blk by CCW. On virtio-scsi the kernel knows no "
                + "re-IPL target, and install refuses.")
        notes.append(contentsOf: moduleNotes)
        return notes
    }

    private var moduleNotes: [String] {
        guard Set(kernels.map(\.image.release)).count < kernels.count else {
            var notes: [String] = []
            let brought = kernels.compactMap { kernel in
                kernel.modules.map { "\($0) of the \(kernel.role.rawValue)" }
            }
            if !brought.isEmpty {
                notes.append(
                    "Modules (\(brought.joined(separator: ", "))) come along: install copies them to /lib/modules/RELEASE, where "
                        + "that is not there yet, and runs depmod; uninstall removes them.")
            }
            let others = kernels.filter { $0.modules == nil }.map(\.role.rawValue)
            if !others.isEmpty {
                notes.append(
                    "Modules of the \(others.joined(separator: " and the ")) are not part of this: if it has any, install them "
                        + "into /lib/modules/RELEASE before its first start.")
            }
            return notes
        }
        let release = kernels.first?.image.release ?? ""
        return [
            "Both kernels have the release \(release), so they share /lib/modules/\(release), and modules of one may not fit "
                + "the other: start both without modules, or build one of them with another CONFIG_LOCALVERSION and install "
                + "each kernel's into its own folder before its first start."
        ]
    }

    private var readme: String {
        let list = notes.map { "- \($0)\n" }.joined()
        let table = kernels.map {
            "| \($0.role.menuNumber) | \($0.role.rawValue) | \($0.image.release) | `\($0.image.sha256.short)` |\n"
        }.joined()
        return """
            # A kernel with Rust on trial, and the rollback
            | menu | kernel | release | SHA-256 of the image |
            |---|---|---|---|
            \(table)
            The kernel that the disk starts by itself today stays the default until the GCC kernel has come up once. Copy this
            folder to the machine; then, as root:

                ./install --dry-run     # zipl --dry-run and checks of the machine; changes nothing
                ./install               # copies, checks again, and runs zipl last
                bessemer-trial baseline # the next IPL is the GCC kernel: that one only
                reboot
                bessemer-promote        # the GCC kernel runs: it is the default from now on
                bessemer-trial          # the next IPL is the kernel with Rust: that one only
                reboot
                ./uninstall --dry-run
                ./uninstall             # everything as it was

            A kernel copies the parameters that it was started with into its re-IPL block, so a trial would start itself
            again at each reboot. `bessemer-reipl-reset.service` runs early in every boot, sets the target back to the
            disk's default, and makes a panic and a PSW restart lead there instead of stopping. A trial that `bessemer-trial`
            did not ask for goes back at once: under QEMU and KVM a watchdog's reset starts the last load parameter again. So a
            trial that is chosen by hand in a boot menu needs `touch /var/lib/bessemer-rollback/trial` before.

            `install` runs `zipl --dry-run` (never `-n`, which means no questions) before it touches anything, on the machine's
            present configuration and on the plan's. `zipl.conf` has the plan's two entries; the menu that is installed holds the
            machine's own after them, its boot loader specification entries included, and `bessemer-trial` asks zipl for the
            number. `--disk TYPE` names what kind of disk the machine will start from, where this is not that machine.

            `dumpconf` is for machines with a dump device: fill it in, copy it to /etc/sysconfig/dumpconf, and enable
            dumpconf.service; it then decides what a panic does, and DUMP_TYPE is written before the re-IPL.

            ## To know
            \(list)
            """
    }
}
