// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@testable import Rollback

/// A machine's file system in a folder, with a zipl that only writes down how it was called.
private struct Machine {
    let folder: FilePath
    var root: FilePath { folder.appending("root") }
    var plan: FilePath { folder.appending("plan") }
    private var programs: FilePath { folder.appending("programs") }

    init(_ folder: FilePath, menu: String? = "[defaultboot]\ndefault = old\n") throws {
        self.folder = folder
        for name in ["root/boot", "root/etc", "root/usr/local", "root/var/lib", "programs"] {
            try Files.makeDirectory(folder.pushing(FilePath(name)))
        }
        if let menu { try AtomicFile.write(menu, to: root.appending("etc/zipl.conf")) }
        try AtomicFile.write("theirs", to: root.appending("boot/vmlinuz"))
        _ = try SampleKernel.request(in: folder).write(to: plan)
        try program("zipl", "echo \"zipl $*\" >>\"$LOG\"\n[ -z \"$ZIPL\" ] || ! echo \"$*\" | grep -q -e \"$ZIPL\"")
        try program("id", "echo 0")
        try program("sync", ":")
        try program("df", "echo Filesystem; echo \"disk 1 1 ${FREE:-900000} 1% /\"")
        try program("reboot", "echo \"reboot $*\" >>\"$LOG\"")
        try Files.makeDirectory(root.appending("proc"))
        try AtomicFile.write("root=/dev/dasda1\n", to: root.appending("proc/cmdline"))
        try program("chreipl", "echo \"chreipl $*\" >>\"$LOG\"")
    }

    private func program(_ name: String, _ text: String) throws {
        try AtomicFile.write(
            Array("#!/bin/sh\n\(text)\n".utf8), to: programs.appending(name),
            permissions: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
    }

    func run(_ script: String, _ arguments: [String] = [], _ variables: [String: String] = [:]) async throws -> Outcome
    {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let own = [
            "PATH": "\(programs):\(path)", "BESSEMER_ROOT": root.string, "LOG": folder.appending("log").string,
            "LC_ALL": "C",
        ]
        return try await Command(
            "sh", [plan.pushing(FilePath(script)).string] + arguments, environment: own.merging(variables) { $1 }
        ).capture()
    }

    /// How zipl and chreipl were called.
    var calls: [String] {
        ((try? Files.text(folder.appending("log"))) ?? "").split(separator: "\n").map(String.init)
    }

    /// Names, modes, link targets and contents.
    func snapshot() async throws -> String {
        try await Command(
            "sh",
            [
                "-c",
                "cd \"$1\" && find . | sort | while read -r f; do stat -c '%n %f %N' \"$f\"; "
                    + "[ ! -f \"$f\" ] || sha256sum \"$f\"; done", "sh", root.string,
            ]
        ).output("test.snapshot", doing: "looking at the machine", advice: "look")
    }
}

@Suite struct InstallScriptTests {
    private func withMachine(menu: String? = "[defaultboot]\ndefault = old\n", _ body: (Machine) async throws -> Void)
        async throws
    {
        try await withTemporaryFolder { try await body(Machine($0, menu: menu)) }
    }

    @Test func `a dry run asks zipl alone and changes nothing`() async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install", ["--dry-run"])
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(try await machine.snapshot() == before)
            #expect(machine.calls.count == 1 && machine.calls[0].contains("--dry-run"))
        }
    }

    @Test func `install runs zipl last, and uninstall puts every byte back`() async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install")
            #expect(outcome.succeeded, "\(outcome.error)")
            #expect(machine.calls.dropLast().allSatisfy { $0.contains("--dry-run") })
            #expect(machine.calls.last?.contains("--dry-run") == false)
            #expect(
                try Files.bytes(machine.root.appending("boot/bessemer/candidate/vmlinuz"))
                    == Files.bytes(machine.plan.appending("kernels/candidate/vmlinuz")))
            #expect(try Files.text(machine.root.appending("etc/zipl.conf")).contains("defaultmenu = menu"))
            #expect(
                Files.exists(
                    machine.root.appending(
                        "etc/systemd/system/sysinit.target.wants/bessemer-reipl-reset.service")))
            #expect(try await machine.run("uninstall", ["--dry-run"]).succeeded)
            let removal = try await machine.run("uninstall")
            #expect(removal.succeeded, "\(removal.error)")
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test func `a machine without a zipl.conf has none again`() async throws {
        try await withMachine(menu: nil) { machine in
            let before = try await machine.snapshot()
            #expect(try await machine.run("install").succeeded)
            let removal = try await machine.run("uninstall")
            #expect(removal.succeeded && removal.output.contains("there was no zipl.conf before"))
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test func `a disk with too little room is refused before anything is touched`() async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install", [], ["FREE": "100"])
            #expect(outcome.ending == .exited(1) && outcome.error.contains("has 100 KiB free"))
            #expect(try await machine.snapshot() == before && machine.calls.isEmpty)
        }
    }

    @Test func `a menu that zipl does not take changes nothing`() async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            let outcome = try await machine.run("install", [], ["ZIPL": "--dry-run"])
            #expect(outcome.ending == .exited(1) && outcome.error.contains("nothing was changed"))
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test func `where zipl itself fails, all that was done is undone`() async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            // The real run names the machine's own file and no --dry-run; the old menu's run must work again.
            try AtomicFile.write(
                Array(
                    "#!/bin/sh\necho \"zipl $*\" >>\"$LOG\"\ncase \"$*\" in *--dry-run*) exit 0 ;; esac\ngrep -q 'default = old' \"$3\"\n"
                        .utf8), to: machine.folder.appending("programs/zipl"),
                permissions: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
            let outcome = try await machine.run("install")
            #expect(outcome.ending == .exited(1) && outcome.error.contains("undoing"), "\(outcome.error)")
            #expect(try await machine.snapshot() == before)
        }
    }

    @Test func `a plan whose file is damaged, or that is installed already, is refused`() async throws {
        try await withMachine { machine in
            #expect(try await machine.run("install").succeeded)
            let again = try await machine.run("install")
            #expect(again.ending == .exited(1) && again.error.contains("run uninstall first"))
            #expect(try await machine.run("uninstall").succeeded)
            try AtomicFile.write("other", to: machine.plan.appending("kernels/baseline/vmlinuz"))
            let damaged = try await machine.run("install")
            #expect(damaged.ending == .exited(1) && damaged.error.contains("damaged"))
        }
    }

    @Test func `uninstall leaves a menu alone that somebody changed since`() async throws {
        try await withMachine { machine in
            #expect(try await machine.run("install").succeeded)
            try AtomicFile.write("mine\n", to: machine.root.appending("etc/zipl.conf"))
            let outcome = try await machine.run("uninstall")
            #expect(outcome.ending == .exited(1) && outcome.error.contains("was changed since"))
            #expect(try Files.text(machine.root.appending("etc/zipl.conf")) == "mine\n")
        }
    }

    @Test(arguments: [["--help"], ["--dry-run", "x"], ["--force"]])
    func `an argument that a script does not know ends it with 2`(arguments: [String]) async throws {
        try await withMachine { machine in
            let before = try await machine.snapshot()
            #expect(try await machine.run("install", arguments).ending == .exited(2))
            #expect(try await machine.run("uninstall", arguments).ending == .exited(2))
            #expect(try await machine.run("sbin/bessemer-trial", arguments).ending == .exited(2))
            #expect(try await machine.snapshot() == before)
        }
    }
}

@Suite struct TargetScriptTests {
    private func withFirmware(_ files: [String: String], _ body: (Machine) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let machine = try Machine(folder)
            for (name, text) in files {
                let file = machine.root.appending("sys/firmware").pushing(FilePath(name))
                try Files.makeDirectory(file.removingLastComponent())
                try AtomicFile.write(text + "\n", to: file)
            }
            try await body(machine)
        }
    }

    private func text(_ name: String, _ machine: Machine) throws -> String {
        try Files.text(machine.root.appending("sys/firmware").pushing(FilePath(name)))
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

    @Test func `the trial chooses entry 2 of the disk that the machine was started from`() async throws {
        try await withFirmware([
            "ipl/ipl_type": "ccw", "ipl/device": "0.0.4711", "reipl/ccw/clear": "0",
        ]) { machine in
            #expect(try await machine.run("sbin/bessemer-trial").error.contains("no plan is installed"))
            try installed(machine)
            let dry = try await machine.run("sbin/bessemer-trial", ["--dry-run"])
            #expect(dry.output.contains("chreipl ccw --device 0.0.4711 --loadparm 2") && machine.calls.isEmpty)
            #expect(try text("reipl/ccw/clear", machine) == "0\n")
            #expect(try await machine.run("sbin/bessemer-trial").succeeded)
            #expect(machine.calls == ["chreipl ccw --device 0.0.4711 --loadparm 2"])
            #expect(Files.exists(machine.root.appending("var/lib/bessemer-rollback/trial")))
        }
    }

    private func installed(_ machine: Machine) throws {
        let state = machine.root.appending("var/lib/bessemer-rollback")
        try Files.makeDirectory(state)
        try AtomicFile.write("", to: state.appending("finished"))
    }

    @Test func `a trial that was asked for stays, once; another goes back`() async throws {
        let firmware = [
            "reipl/reipl_type": "ccw", "reipl/ccw/loadparm": "2", "shutdown_actions/on_panic": "stop",
        ]
        try await withFirmware(firmware) { machine in
            try installed(machine)
            let asked = machine.root.appending("var/lib/bessemer-rollback/trial")
            try AtomicFile.write("", to: asked)
            let line = machine.root.appending("proc/cmdline")
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

    @Test func `a machine that was not started by IPL gets no trial`() async throws {
        try await withFirmware([:]) { machine in
            let outcome = try await machine.run("sbin/bessemer-trial")
            #expect(outcome.ending == .exited(1))
        }
        try await withFirmware(["ipl/ipl_type": "nss"]) { machine in
            try installed(machine)
            #expect(try await machine.run("sbin/bessemer-trial").error.contains("nss has no boot menu"))
        }
    }
}
