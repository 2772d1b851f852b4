// SPDX-License-Identifier: Apache-2.0
internal import Host

/// The text files of a plan's folder.
struct PlanTexts {
    struct File {
        let path: String
        let text: String
        var isExecutable = false
    }

    let kernels: [RollbackPlan.Kernel]
    let device: String?
    let secureBoot: SecureBoot

    /// Where the kernels lie on the machine.
    static let place = "/boot/bessemer"

    var files: [File] {
        kernels.map { File(path: "loader/entries/bessemer-\($0.role.rawValue).conf", text: entry($0)) } + [
            File(path: "loader/zipl.conf", text: entriesConfiguration),
            File(path: "zipl.conf", text: menu),
            File(path: "systemd/bessemer-reipl-reset.service", text: PlanScripts.unit),
            File(path: "systemd/bessemer-watchdog.conf", text: PlanScripts.watchdog),
            File(path: "dumpconf", text: PlanScripts.dumpconf),
            File(path: "sbin/bessemer-reipl-reset", text: PlanScripts.reset, isExecutable: true),
            File(path: "sbin/bessemer-trial", text: PlanScripts.trial(device: device), isExecutable: true),
            File(path: "install", text: PlanScripts.install(kernels), isExecutable: true),
            File(path: "uninstall", text: PlanScripts.uninstall, isExecutable: true),
            File(path: "README.md", text: readme),
        ]
    }

    /// Boot loader specification: the title comes first, since zipl names the section after it.
    private func entry(_ kernel: RollbackPlan.Kernel) -> String {
        let folder = "\(Self.place)/\(kernel.role.rawValue)"
        var lines = [
            "title \(kernel.role.title)", "version \(kernel.image.release)-\(kernel.role.rawValue)",
            "linux \(folder)/vmlinuz",
        ]
        if kernel.initramfs != nil { lines.append("initrd \(folder)/initrd") }
        lines.append("options \(kernel.parameters)")
        return lines.joined(separator: "\n") + "\n"
    }

    /// What zipl needs beside the entries: which of them is the default, by its title.
    private var entriesConfiguration: String {
        """
        [defaultboot]
        defaultauto
        prompt = 1
        timeout = 5
        \(secure)default = "\(BootRole.baseline.title)"
        target = /boot

        """
    }

    /// A line for zipl where signatures are asked for: it refuses then instead of writing a menu that can't start.
    private var secure: String { secureBoot == .enforced ? "secure = 1\n" : "" }

    private var menu: String {
        var text = "[defaultboot]\ndefaultmenu = menu\n"
        for kernel in kernels {
            let folder = "\(Self.place)/\(kernel.role.rawValue)"
            text += "\n[\(kernel.role.rawValue)]\ntarget = \(folder)\nimage = \(folder)/vmlinuz\n"
            if kernel.initramfs != nil { text += "ramdisk = \(folder)/initrd\n" }
            text += "parameters = \"\(kernel.parameters)\"\n"
        }
        text += "\n:menu\ntarget = \(Self.place)\n"
        for kernel in kernels { text += "\(kernel.role.menuNumber) = \(kernel.role.rawValue)\n" }
        return text + "default = \(BootRole.baseline.menuNumber)\nprompt = 1\ntimeout = 5\n\(secure)"
    }

    /// What a person has to know or do beside the scripts.
    var notes: [String] {
        var notes: [String] = []
        let unsigned = kernels.filter { !$0.image.isSigned }.map(\.role.rawValue)
        switch secureBoot {
        case .enforced where unsigned.isEmpty:
            notes.append(
                "Secure boot is enforced; both images carry a signature. Whether the machine's certificates cover them "
                    + "is not checked here.")
        case .enforced:
            notes.append(
                "Secure boot is enforced, and \(unsigned.joined(separator: " and ")) \(unsigned.count == 1 ? "is" : "are") "
                    + "not signed: sign both images, the way back first (scripts/sign-file of the kernel's build), and "
                    + "write the plan again. zipl refuses until then; its own stage3.bin has to be signed, too.")
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
                + "machine's default), and an operator has to IPL: without a load parameter, that is the GCC kernel.")
        notes.append(
            "A hang needs a watchdog: diag288_wdt (built in or loaded), and systemd/bessemer-watchdog.conf in "
                + "/etc/systemd/system.conf.d. In an LPAR it restarts the PSW, which does what on_restart says. Under "
                + "QEMU and KVM its reset starts the trial once more, which bessemer-reipl-reset then sends back; a trial "
                + "that hangs before that needs a supervisor that switches the machine off and on.")
        notes.append(
            "Modules are not part of this: install each kernel's into /lib/modules/RELEASE before its first start.")
        if Set(kernels.map(\.image.release)).count < kernels.count {
            notes.append(
                "Both kernels have the release \(kernels.first?.image.release ?? ""), so they share one folder of "
                    + "modules: build one of them with another CONFIG_LOCALVERSION if they have any.")
        }
        return notes
    }

    private var readme: String {
        let list = notes.map { "- \($0)\n" }.joined()
        let table = kernels.map {
            "| \($0.role.menuNumber) | \($0.role.rawValue) | \($0.image.release) | `\($0.image.sha256.short)` |\n"
        }.joined()
        return """
            # A kernel with Rust on trial, and the way back
            | menu | kernel | release | SHA-256 of the image |
            |---|---|---|---|
            \(table)
            The GCC kernel is what the disk starts by itself. Copy this folder to the machine; then, as root:

                ./install --dry-run     # zipl --dry-run and a check of the room; changes nothing
                ./install               # copies, checks again, and runs zipl last
                bessemer-trial          # the next IPL is the kernel with Rust: that one only
                reboot
                ./uninstall --dry-run
                ./uninstall             # everything as it was

            A kernel copies the parameters that it was started with into its re-IPL block, so a trial would start itself
            again at each reboot. `bessemer-reipl-reset.service` runs early in every boot, sets the target back to the
            disk's default, and makes a panic and a PSW restart lead there instead of stopping. A trial that `bessemer-trial`
            did not ask for goes back at once: under QEMU and KVM a watchdog's reset starts the last load parameter again. So a
            trial that is chosen by hand in a boot menu needs `touch /var/lib/bessemer-rollback/trial` before.

            `install` runs `zipl --dry-run` (never `-n`, which means no questions) before it touches anything.

            `zipl.conf` is what `install` uses. `loader/` is the same as boot loader specification entries, for a machine
            whose zipl reads those: copy the entries to /boot/loader/entries, and take `default` into its zipl.conf. Menu
            numbers are then zipl's own (the newest version first), so look them up before a trial.

            `dumpconf` is for machines with a dump device: fill it in, copy it to /etc/sysconfig/dumpconf, and enable
            dumpconf.service; it then decides what a panic does, and DUMP_TYPE is written before the re-IPL.

            ## To know
            \(list)
            """
    }
}
