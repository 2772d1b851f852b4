// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@testable import Rollback

@Suite(.integration) struct InstallScriptTests {
    private func withMachine(_ menu: MachineFolder.Menu = .etc, _ body: (MachineFolder) async throws -> Void)
        async throws
    {
        try await withTemporaryFolder { try await body(MachineFolder($0, menu: menu)) }
    }

    /// As an operator types it on a machine whose zipl is run with a file of its own.
    private func more(_ menu: MachineFolder.Menu, _ machine: MachineFolder) -> [String] {
        menu == .named ? ["--config", machine.root.pushing(FilePath(menu.rawValue)).string] : []
    }

    private static let found: [MachineFolder.Menu] = [.etc, .run, .minimal, .entries, .named]

    @Test(arguments: found) func `a dry run asks zipl alone and changes nothing`(menu: MachineFolder.Menu) async throws
    {
        try await withMachine(menu) { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install", ["--dry-run"] + more(menu, machine))
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(try await machine.snapshot() == before)
            #expect(machine.calls.count == 2 && machine.calls.allSatisfy { $0.contains("--dry-run") })
            #expect(outcome.output.contains("Adding #1: IPL section 'bessemer-baseline'\n"))
            let own = menu == .entries ? "Own Linux (5.14)" : "own"
            #expect(outcome.output.contains("Adding #3: IPL section '\(own)' (default)"))
            #expect(Files.names(in: machine.root.appending("run")).allSatisfy { $0 == "zipl" })
        }
    }

    @Test(arguments: found) func `install keeps the machine's own entries, and uninstall puts every byte back`(
        menu: MachineFolder.Menu
    ) async throws {
        try await withMachine(menu) { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install", more(menu, machine))
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(machine.calls.dropLast().allSatisfy { $0.contains("--dry-run") })
            #expect(machine.calls.last?.contains("--dry-run") == false)
            #expect(
                machine.booted.split(separator: "\n").map { $0.trimmingPrefix { $0 != "/" } } == [
                    "/boot/bessemer/baseline/vmlinuz ", "/boot/bessemer/candidate/vmlinuz ", "/boot/vmlinuz ",
                ])
            // What started by itself before still does.
            #expect(machine.booted.hasSuffix("3* /boot/vmlinuz \n"))
            #expect(
                try Files.bytes(machine.root.pushing("boot/bessemer/candidate/vmlinuz"))
                    == Files.bytes(machine.plan.appending("kernels/candidate/vmlinuz")))
            #expect(machine.exists("etc/systemd/system/sysinit.target.wants/bessemer-reipl-reset.service"))
            #expect(outcome.output.contains("zipl finds /run/zipl/zipl.conf before /etc/zipl.conf") == (menu == .run))
            #expect(try await machine.run("uninstall", ["--dry-run"]).succeeded)
            #expect(machine.booted.contains("bessemer"))
            let removal = try await machine.run("uninstall")
            #expect(removal.succeeded, "\(removal.error)")
            #expect(try await machine.snapshot() == before)
            #expect(machine.booted == "1* /boot/vmlinuz \n")
            // The boot record of before is written from the very file that zipl would find.
            let last = machine.calls.last ?? ""
            #expect(!last.contains("--dry-run"))
            let source = menu == .entries ? MachineFolder.Menu.minimal.rawValue : menu.rawValue
            #expect(last.hasSuffix(menu == .etc ? "var/lib/bessemer-rollback/kept.0" : source), "\(last)")
        }
    }

    @Test func `the menu's target and its word on signatures stay what they were`() async throws {
        try await withMachine { machine in
            #expect(try await machine.run("install").succeeded)
            let menu = try machine.text("etc/zipl.conf")
            #expect(menu.contains("timeout = 5\ntarget = /boot/zipl\nsecure = auto\n\n[bessemer-baseline]\nimage = "))
            #expect(menu.contains("[dump]\ndumpto = /dev/dasdb1\n"))
            #expect(menu.components(separatedBy: "[defaultboot]").count == 2)
            let sections = menu.components(separatedBy: "[own]")[0].components(separatedBy: "[bessemer-baseline]")[1]
            #expect(!sections.contains("target"))
        }
    }

    @Test(arguments: found)
    func `the GCC kernel becomes the default when it has come up, and uninstall knows both menus`(
        menu: MachineFolder.Menu
    ) async throws {
        try await withMachine(menu) { machine in
            try machine.runningBaseline()
            let before = try await machine.snapshot()
            try machine.running("6.1.0-own", "root=/dev/dasda1 own")
            #expect(try await machine.run("sbin/bessemer-promote").error.contains("no plan is installed"))
            #expect(try await machine.run("install", more(menu, machine)).succeeded)
            let installed = try await machine.snapshot()
            let early = try await machine.run("sbin/bessemer-promote")
            #expect(early.ending == .exited(1) && early.error.contains("bessemer-trial baseline, and reboot"))
            #expect(try await machine.snapshot() == installed)
            try machine.runningBaseline()
            let ready = try await machine.snapshot()
            let dry = try await machine.run("sbin/bessemer-promote", ["--dry-run"])
            #expect(dry.succeeded && dry.output.contains("IPL section 'bessemer-baseline' (default)"))
            #expect(try await machine.snapshot() == ready && machine.booted.contains("3* /boot/vmlinuz"))
            // A second time does the same.
            for _ in 0..<2 {
                let outcome = try await machine.run("sbin/bessemer-promote")
                #expect(outcome.succeeded, "\(outcome.error)")
                #expect(machine.booted.hasPrefix("1* /boot/bessemer/baseline/vmlinuz \n"))
                #expect(machine.booted.contains("3 /boot/vmlinuz") && machine.lost.isEmpty)
            }
            #expect(try await machine.run("uninstall").succeeded)
            #expect(try await machine.snapshot() == before)
            #expect(machine.booted == "1* /boot/vmlinuz \n")
        }
    }

    @Test func `a promotion of another kernel, over a changed menu, or against zipl, changes nothing`() async throws {
        try await withMachine { machine in
            #expect(try await machine.run("install").succeeded)
            try machine.runningBaseline()
            try machine.write("6.12.107-rust\n", "proc/sys/kernel/osrelease")
            let other = try await machine.run("sbin/bessemer-promote")
            #expect(other.ending == .exited(1) && other.error.contains("the running kernel is 6.12.107-rust"))
            try machine.runningBaseline()
            let menu = try machine.text("etc/zipl.conf")
            let failed = try await machine.run("sbin/bessemer-promote", [], ["FAIL": "^--noninteractive"])
            #expect(failed.ending == .exited(1) && failed.error.contains("the default is what it was"))
            #expect(try machine.text("etc/zipl.conf") == menu && machine.booted.contains("3* /boot/vmlinuz"))
            try machine.write(menu + "# mine\n", "etc/zipl.conf")
            let changed = try await machine.run("sbin/bessemer-promote")
            #expect(changed.ending == .exited(1) && changed.error.contains("was changed since"))
            #expect(try machine.text("etc/zipl.conf") == menu + "# mine\n")
        }
    }

    @Test(arguments: ["Own \"x\" Linux", "the machine's own", "a & b | c = d", "[own]"])
    func `a default entry of any name stays the default`(title: String) async throws {
        try await withMachine(.entries) { machine in
            try machine.write(
                "title \(title)\nversion 5.14\nlinux /vmlinuz\noptions own\n", "boot/loader/entries/own.conf")
            let outcome = try await machine.run("install")
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(machine.booted.hasSuffix("3* /boot/vmlinuz \n"))
        }
    }

    @Test func `where zipl's default is nothing that could stay it, install refuses`() async throws {
        try await withMachine(.entries) { machine in
            try machine.write(
                "title Both \" and '\nversion 5.14\nlinux /vmlinuz\noptions own\n", "boot/loader/entries/own.conf")
            let before = try await machine.snapshot()
            #expect(try await machine.run("install").error.contains("both kinds of quotes"))
            try machine.program(
                "zipl", "echo \"Using config file '/etc/zipl.conf'\"; echo \"Adding dump section 'd' (default)\"")
            try machine.write(MachineFolder.classic, "etc/zipl.conf")
            #expect(try await machine.run("install").error.contains("names no IPL section"))
            try Files.remove(machine.root.pushing("etc/zipl.conf"))
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test func `modules come along, go again, and leave those alone that are there`() async throws {
        try await withMachine { machine in
            try machine.write("theirs", "lib/modules/6.12.107-rust/modules.dep")
            let before = try await machine.snapshot()
            let dry = try await machine.run("install", ["--dry-run"])
            #expect(dry.output.contains("would copy modules to /lib/modules/6.12.107-gcc"))
            let outcome = try await machine.run("install")
            #expect(
                outcome.succeeded && outcome.output.contains("/lib/modules/6.12.107-rust is there already and stays"))
            let folder = "lib/modules/6.12.107-gcc"
            #expect(try machine.text("\(folder)/kernel/lib/two.ko") == "lib/two.ko of the baseline")
            #expect(try machine.text("\(folder)/modules.order") == "kernel/drivers/net/one.ko\nkernel/lib/two.ko\n")
            #expect(try machine.text("\(folder)/modules.dep").contains("kernel/drivers/net/one.ko"))
            #expect(!machine.exists("lib/modules/6.12.107-rust/kernel"))
            #expect(try await machine.run("uninstall").succeeded)
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test func `where depmod fails, all that was done is undone`() async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            try machine.program("depmod", "exit 1")
            let outcome = try await machine.run("install")
            #expect(outcome.ending == .exited(1) && outcome.error.contains("undoing"))
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test func `a machine on which zipl finds no configuration is refused before anything is touched`() async throws {
        try await withMachine(.none) { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install")
            #expect(outcome.ending == .exited(1) && outcome.error.contains("install --config FILE"))
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test func `where the configuration is gone, uninstall refuses and keeps every file until one is named`()
        async throws
    {
        try await withMachine(.run) { machine in
            #expect(try await machine.run("install").succeeded)
            // As after a restart.
            try Files.remove(machine.root.pushing("run/zipl"))
            let installed = try await machine.snapshot()
            for arguments in [[], ["--dry-run"], ["--config", "/nowhere"]] {
                let outcome = try await machine.run("uninstall", arguments)
                #expect(outcome.ending == .exited(1) && outcome.error.contains("every file stays"), "\(outcome.error)")
            }
            #expect(try await machine.snapshot() == installed)
            #expect(machine.booted.contains("bessemer") && machine.lost.isEmpty)
            let file = machine.folder.appending("mine.conf")
            try AtomicFile.write(MachineFolder.classic, to: file)
            #expect(try await machine.run("uninstall", ["--config", file.string]).succeeded)
            #expect(machine.booted == "1* /boot/vmlinuz \n" && machine.lost.isEmpty && !machine.exists("boot/bessemer"))
        }
    }

    @Test func `a configuration that zipl no longer takes keeps every file`() async throws {
        try await withMachine(.entries) { machine in
            #expect(try await machine.run("install").succeeded)
            try Files.remove(machine.root.pushing("boot/loader/entries/own.conf"))
            let installed = try await machine.snapshot()
            let outcome = try await machine.run("uninstall")
            #expect(outcome.ending == .exited(1) && outcome.error.contains("every file stays"))
            #expect(try await machine.snapshot() == installed && machine.lost.isEmpty)
        }
    }

    @Test func `a configuration that names the plan's kernels keeps every file`() async throws {
        try await withMachine(.minimal) { machine in
            #expect(try await machine.run("install").succeeded)
            try machine.write(
                "title Mine\nversion 1\nlinux /boot/bessemer/baseline/vmlinuz\n", "boot/loader/entries/mine.conf")
            let outcome = try await machine.run("uninstall")
            #expect(outcome.ending == .exited(1) && outcome.error.contains("names the plan's kernels"))
            #expect(machine.lost.isEmpty && machine.exists("boot/bessemer/baseline/vmlinuz"))
        }
    }

    @Test func `where zipl fails at the very end of uninstall, every file stays`() async throws {
        try await withMachine { machine in
            #expect(try await machine.run("install").succeeded)
            let outcome = try await machine.run("uninstall", [], ["FAIL": "^--noninteractive"])
            #expect(outcome.ending == .exited(1) && outcome.error.contains("every file stays"))
            #expect(machine.exists("boot/bessemer/candidate/vmlinuz") && machine.lost.isEmpty)
            #expect(try await machine.run("uninstall").succeeded && !machine.exists("boot/bessemer"))
        }
    }

    @Test func `a chosen trial is unset by uninstall, and what was chosen before by install`() async throws {
        try await withMachine { machine in
            try machine.firmware(["reipl/ccw/loadparm": "2"])
            #expect(try await machine.run("install").succeeded)
            #expect(try machine.text("sys/firmware/reipl/ccw/loadparm") == "\n")
            #expect(try await machine.run("sbin/bessemer-trial").succeeded)
            try machine.firmware(["reipl/ccw/loadparm": "2"])
            #expect(try await machine.run("uninstall").succeeded)
            #expect(try machine.text("sys/firmware/reipl/ccw/loadparm") == "\n")
        }
    }

    @Test func `a disk with too little room is refused before anything is touched`() async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install", [], ["FREE": "100"])
            #expect(outcome.ending == .exited(1) && outcome.error.contains("has 100 KiB free"))
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test(arguments: ["--dry-run", "bessemer"]) func `a menu that zipl does not take changes nothing`(fail: String)
        async throws
    {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install", [], ["FAIL": fail])
            #expect(outcome.ending == .exited(1) && outcome.error.contains("nothing was changed"))
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test(arguments: found) func `where zipl itself fails, all that was done is undone`(menu: MachineFolder.Menu)
        async throws
    {
        try await withMachine(menu) { machine in
            let before = try await machine.snapshot()
            // The real run alone, and that of the plan's menu alone: the old menu's has to work again.
            let outcome = try await machine.run(
                "install", more(menu, machine), ["FAIL": "^--noninteractive --config .*/root/etc/zipl.conf$"])
            #expect(outcome.ending == .exited(1) && outcome.error.contains("undoing"), "\(outcome.error)")
            #expect(try await machine.snapshot() == before)
            #expect(machine.booted == "1* /boot/vmlinuz \n")
        }
    }

    @Test func `where zipl fails in the undoing, too, every file stays, and uninstall finishes later`() async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install", [], ["FAIL": "^--noninteractive"])
            #expect(outcome.ending == .exited(1) && outcome.error.contains("the undoing failed, too"))
            #expect(machine.exists("boot/bessemer/baseline/vmlinuz") && machine.lost.isEmpty)
            #expect(try await machine.run("install").error.contains("run uninstall first"))
            #expect(try await machine.run("uninstall").succeeded)
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test func `a plan whose file is damaged, or that is installed already, is refused`() async throws {
        try await withMachine { machine in
            #expect(try await machine.run("install").succeeded)
            let again = try await machine.run("install")
            #expect(again.ending == .exited(1) && again.error.contains("run uninstall first"))
            #expect(try await machine.run("uninstall").succeeded)
            #expect(try await machine.run("uninstall").error.contains("no plan is installed"))
            try AtomicFile.write("other", to: machine.plan.appending("kernels/baseline/vmlinuz"))
            let damaged = try await machine.run("install")
            #expect(damaged.ending == .exited(1) && damaged.error.contains("damaged"))
        }
    }

    @Test(arguments: found) func `uninstall leaves a menu alone that somebody changed since`(menu: MachineFolder.Menu)
        async throws
    {
        try await withMachine(menu) { machine in
            #expect(try await machine.run("install", more(menu, machine)).succeeded)
            try machine.write("mine\n", "etc/zipl.conf")
            let outcome = try await machine.run("uninstall")
            #expect(outcome.ending == .exited(1) && outcome.error.contains("was changed since"))
            #expect(try machine.text("etc/zipl.conf") == "mine\n")
            #expect(machine.lost.isEmpty && machine.exists("boot/bessemer"))
        }
    }

    @Test(arguments: [["--help"], ["--dry-run", "x"], ["--force"], ["--config"], ["--disk", "tape"]])
    func `an argument that a script does not know ends it with 2`(arguments: [String]) async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            #expect(try await machine.run("install", arguments).ending == .exited(2))
            #expect(try await machine.run("uninstall", arguments).ending == .exited(2))
            #expect(try await machine.run("sbin/bessemer-trial", arguments).ending == .exited(2))
            #expect(try await machine.run("sbin/bessemer-promote", arguments).ending == .exited(2))
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test(arguments: ["ccw", "eckd", "fcp", "nvme"]) func `a disk with boot menu entries to choose is taken`(
        type: String
    )
        async throws
    {
        try await withMachine { machine in
            try machine.firmware(["ipl/ipl_type": type, "reipl/reipl_type": type])
            #expect(try await machine.run("install", ["--dry-run"]).succeeded)
        }
    }

    @Test(arguments: ["unknown", "nss", "fcp_dump"])
    func `a disk of which no entry can be chosen is refused before anything is touched`(type: String) async throws {
        try await withMachine { machine in
            try machine.firmware(["reipl/reipl_type": type])
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install")
            #expect(outcome.ending == .exited(1) && outcome.error.contains("reipl/reipl_type is \(type)"))
            #expect(outcome.error.contains("virtio-scsi") == (type == "unknown"))
            #expect(try await machine.snapshot() == before && machine.calls.isEmpty)
            // The disk may be another machine's.
            #expect(try await machine.run("install", ["--dry-run", "--disk", "ccw"]).succeeded)
        }
    }

    @Test func `a console that the machine does not have is reported before anything is installed`() async throws {
        try await withMachine { machine in
            #expect(try await !machine.run("install", ["--dry-run"]).output.contains("note: console"))
            try machine.write("ttysclp0             -W- (EC p  )    4:65\nhvc0 -W- (E)\n", "proc/consoles")
            let outcome = try await machine.run("install", ["--dry-run"])
            #expect(outcome.succeeded && outcome.output.contains("note: console=ttyS0 is not a console"))
            #expect(outcome.output.contains("it has:  ttysclp0 hvc0"))
        }
    }

    @Test(arguments: ["a&b", "a|b", "a b", "a'b", "$(id)", "-a", "a\\1b", "[x]*"])
    func `a plan may lie in a folder of any name`(name: String) async throws {
        try await withMachine { machine in
            let folder = machine.folder.appending(name)
            try Files.rename(machine.plan, to: folder)
            let outcome = try await machine.run("install", ["--dry-run"], in: folder)
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(try await machine.run("install", in: folder).succeeded)
            #expect(machine.lost.isEmpty)
            #expect(try await machine.run("uninstall", in: folder).succeeded)
        }
    }

    @Test func `a folder's name with a line feed is refused`() async throws {
        try await withMachine { machine in
            let folder = machine.folder.appending("a\nb")
            try Files.rename(machine.plan, to: folder)
            let outcome = try await machine.run("install", in: folder)
            #expect(outcome.ending == .exited(1) && outcome.error.contains("control character"))
        }
    }

    @Test func `a set ZIPLCONF is refused, since it wins over every file`() async throws {
        try await withMachine { machine in
            let outcome = try await machine.run("install", [], ["ZIPLCONF": "/etc/other.conf"])
            #expect(outcome.ending == .exited(1) && outcome.error.contains("ZIPLCONF is set"))
        }
    }
}

@Suite(.integration) struct TargetScriptTests {
    private func withFirmware(_ files: [String: String], _ body: (MachineFolder) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let machine = try MachineFolder(folder)
            try Files.remove(machine.root.pushing("sys"))
            try machine.firmware(files)
            try await body(machine)
        }
    }

    private func text(_ name: String, _ machine: MachineFolder) throws -> String {
        try machine.text("sys/firmware/\(name)")
    }

    @Test func `the reset empties the load parameter and turns stop into a re-IPL`() async throws {
        try await withFirmware([
            "reipl/reipl_type": "ccw", "reipl/ccw/loadparm": "2", "reipl/ccw/clear": "0",
            "shutdown_actions/on_panic": "stop", "shutdown_actions/on_restart": "stop",
        ]) { machine in
            let outcome = try await machine.run("sbin/bessemer-reipl-reset")
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(try text("reipl/ccw/loadparm", machine) == "\n")
            #expect(try text("reipl/ccw/clear", machine) == "1\n")
            #expect(try text("shutdown_actions/on_panic", machine) == "reipl\n")
            #expect(try text("shutdown_actions/on_restart", machine) == "reipl\n")
        }
    }

    @Test func `what dumpconf has set for a panic stays`() async throws {
        try await withFirmware([
            "reipl/reipl_type": "fcp", "reipl/fcp/bootprog": "2", "reipl/fcp/loadparm": "",
            "shutdown_actions/on_panic": "dump_reipl",
        ]) { machine in
            let outcome = try await machine.run("sbin/bessemer-reipl-reset")
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(try text("reipl/fcp/bootprog", machine) == "0\n")
            #expect(try text("shutdown_actions/on_panic", machine) == "dump_reipl\n")
        }
    }

    /// For each kind of disk: what its firmware folder says, and how chreipl has to be called.
    private static let disks: [(type: String, files: [String: String], call: String)] = [
        ("ccw", ["ipl/device": "0.0.4711"], "chreipl ccw --device 0.0.4711 --loadparm 2"),
        ("eckd", ["ipl/device": "0.0.4711"], "chreipl eckd --device 0.0.4711 --bootprog 2"),
        (
            "fcp", ["ipl/device": "0.0.1700", "ipl/wwpn": "0x50050763", "ipl/lun": "0x4010"],
            "chreipl fcp --device 0.0.1700 --wwpn 0x50050763 --lun 0x4010 --bootprog 2"
        ),
        (
            "nvme", ["ipl/fid": "0x00000013", "ipl/nsid": "0x00000001"],
            "chreipl nvme --fid 0x00000013 --nsid 0x00000001 --bootprog 2"
        ),
    ]

    @Test(arguments: 0..<4) func `the trial chooses the entry of the disk that the machine was started from`(index: Int)
        async throws
    {
        let disk = Self.disks[index]
        let firmware = ["ipl/ipl_type": disk.type, "reipl/reipl_type": disk.type, "reipl/\(disk.type)/clear": "0"]
        try await withFirmware(firmware.merging(disk.files) { $1 }) { machine in
            #expect(try await machine.run("sbin/bessemer-trial").error.contains("no plan is installed"))
            #expect(try await machine.run("install").succeeded)
            let before = machine.calls.count
            let dry = try await machine.run("sbin/bessemer-trial", ["--dry-run"])
            #expect(dry.output.contains(disk.call) && machine.calls.count == before + 1)
            #expect(try text("reipl/\(disk.type)/clear", machine) == "0\n")
            #expect(try await machine.run("sbin/bessemer-trial").succeeded)
            #expect(machine.calls.last == disk.call)
            #expect(try text("reipl/\(disk.type)/clear", machine) == "1\n")
            #expect(machine.exists("var/lib/bessemer-rollback/trial"))
            #expect(try await machine.run("sbin/bessemer-trial", ["baseline"]).succeeded)
            #expect(machine.calls.last == disk.call.replacing(/2$/, with: "1"))
        }
    }

    @Test func `a trial is refused where zipl would find another configuration than the plan's`() async throws {
        try await withFirmware(["ipl/ipl_type": "ccw", "ipl/device": "0.0.4711", "reipl/reipl_type": "ccw"]) {
            machine in
            #expect(try await machine.run("install").succeeded)
            try machine.write(MachineFolder.classic, "run/zipl/zipl.conf")
            let outcome = try await machine.run("sbin/bessemer-trial")
            #expect(outcome.ending == .exited(1) && outcome.error.contains("Using config file '/run/zipl/zipl.conf'"))
            #expect(!machine.calls.contains { $0.hasPrefix("chreipl") })
        }
    }

    private func installed(_ machine: MachineFolder) throws {
        try machine.write("", "var/lib/bessemer-rollback/finished")
    }

    @Test func `a trial that was asked for stays, once; another goes back`() async throws {
        let firmware = [
            "reipl/reipl_type": "ccw", "reipl/ccw/loadparm": "2", "shutdown_actions/on_panic": "stop",
        ]
        try await withFirmware(firmware) { machine in
            try installed(machine)
            let asked = machine.root.pushing("var/lib/bessemer-rollback/trial")
            try AtomicFile.write("", to: asked)
            let line = machine.root.pushing("proc/cmdline")
            // The default kernel forgets what was asked for and never came.
            #expect(try await machine.run("sbin/bessemer-reipl-reset").succeeded)
            #expect(!Files.exists(asked))
            try AtomicFile.write("root=/dev/dasda1 \(RollbackRequest.trialParameter)\n", to: line)
            try AtomicFile.write("", to: asked)
            #expect(try await machine.run("sbin/bessemer-reipl-reset").succeeded)
            #expect(machine.calls.isEmpty && !Files.exists(asked))
            let again = try await machine.run("sbin/bessemer-reipl-reset")
            #expect(machine.calls == ["reboot -f"] && again.error.contains("nobody asked for this trial"))
            #expect(try text("reipl/ccw/loadparm", machine) == "\n")
        }
    }

    @Test func `a machine that was not started by IPL gets no trial and no plan`() async throws {
        try await withFirmware([:]) { machine in
            #expect(try await machine.run("sbin/bessemer-trial").ending == .exited(1))
            let outcome = try await machine.run("install")
            #expect(outcome.error.contains("not an s390x machine that was started by IPL"))
        }
        try await withFirmware(["ipl/ipl_type": "nss"]) { machine in
            try installed(machine)
            #expect(try await machine.run("sbin/bessemer-trial").error.contains("nss has no boot menu entry"))
        }
    }
}
