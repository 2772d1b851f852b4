// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport

@testable import Rollback

/// A machine's file system in a folder, with a zipl that writes down how it was called and what its boot record leads to.
struct MachineFolder {
    /// Where the machine's own boot menu stands.
    enum Menu: String, CaseIterable, Sendable {
        case etc = "etc/zipl.conf"
        case run = "run/zipl/zipl.conf"
        case minimal = "usr/lib/s390-tools/zipl.conf"
        /// The minimal file, and an entry in /boot/loader/entries.
        case entries = "boot/loader/entries/own.conf"
        /// A file that only zipl --config knows.
        case named = "boot/zipl/config"
        case none
    }

    let folder: FilePath
    var root: FilePath { folder.appending("root") }
    var plan: FilePath { folder.appending("plan") }
    var programs: FilePath { folder.appending("programs") }
    /// A line for each entry of the boot record: its number, with a star where it is the default, and the files that it
    /// leads to.
    var record: FilePath { folder.appending("log.record") }

    static let classic = """
        [defaultboot]
        defaultmenu = menu
        [own]
        target = /boot/zipl
        image = /boot/vmlinuz
        parameters = "root=/dev/dasda1 own"
        [dump]
        dumpto = /dev/dasdb1
        :menu
        target = /boot/zipl
        secure = auto
        1 = own

        """

    init(_ folder: FilePath, menu: Menu = .etc, plan name: String = "plan") throws {
        self.folder = folder
        for name in [
            "boot", "etc", "lib/modules", "usr/local", "var/lib", "run", "proc", "sys/firmware/ipl",
            "sys/firmware/reipl/ccw",
        ] {
            try Files.makeDirectory(root.pushing(FilePath(name)))
        }
        try Files.makeDirectory(programs)
        switch menu {
        case .etc, .run, .named: try write(Self.classic, menu.rawValue)
        case .minimal:
            try write(
                "[defaultboot]\ndefaultauto\ntarget = /boot\n[own]\nimage = /boot/vmlinuz\nparameters = own\n",
                menu.rawValue)
        case .entries:
            try write("[defaultboot]\ndefaultauto\ntarget = /boot\n", Menu.minimal.rawValue)
            try write(
                "title Own Linux (5.14)\nversion 5.14\nlinux /vmlinuz\noptions root=/dev/dasda1 own\n", menu.rawValue)
        case .none: break
        }
        try write("theirs", "boot/vmlinuz")
        try running("6.1.0-own", "root=/dev/dasda1 own")
        try write("ttyS0                -W- (EC p  )    4:64\n", "proc/consoles")
        try firmware([
            "ipl/ipl_type": "ccw", "ipl/device": "0.0.4711", "reipl/reipl_type": "ccw", "reipl/ccw/loadparm": "",
        ])
        var request = try SampleKernel.folders(in: folder)
        request.parameters += ["rw", "console=ttyS0"]
        _ = try request.write(to: plan)
        try program("zipl", Self.zipl)
        try program("id", "echo 0")
        try program("sync", ":")
        // The last word is the release; what it writes lies beside the modules.
        try program(
            "depmod",
            #"for release; do :; done; find "$BESSEMER_ROOT/lib/modules/$release/kernel" -name '*.ko' >"$BESSEMER_ROOT/lib/modules/$release/modules.dep""#
        )
        try program("df", "echo Filesystem; echo \"disk 1 1 ${FREE:-900000} 1% /\"")
        try program("reboot", "echo \"reboot $*\" >>\"$LOG\"")
        try program("chreipl", "echo \"chreipl $*\" >>\"$LOG\"")
        // As the machine was started: by its own menu.
        if menu != .none { try write("1* /boot/vmlinuz \n", "../log.record") }
    }

    /// What the machine's kernel says of itself.
    func running(_ release: String, _ parameters: String) throws {
        try write(parameters + "\n", "proc/cmdline")
        try write(release + "\n", "proc/sys/kernel/osrelease")
    }

    /// As after a start of the plan's GCC kernel.
    func runningBaseline() throws {
        try running("6.12.107-gcc", "root=/dev/dasda1 dasd=0.0.0100 \(RollbackRequest.baselineParameter)")
    }

    func write(_ text: String, _ path: String) throws {
        let file = root.pushing(FilePath(path))
        try Files.makeDirectory(file.removingLastComponent())
        try AtomicFile.write(text, to: file)
    }

    func firmware(_ files: [String: String]) throws {
        for (name, text) in files { try write(text + "\n", "sys/firmware/\(name)") }
    }

    func text(_ path: String) throws -> String { try Files.text(root.pushing(FilePath(path))) }
    func exists(_ path: String) -> Bool { Files.exists(root.pushing(FilePath(path))) }

    func program(_ name: String, _ text: String) throws {
        try AtomicFile.write(
            Array("#!/bin/sh\n\(text)\n".utf8), to: programs.appending(name),
            permissions: [.ownerReadWriteExecute, .groupReadExecute, .otherReadExecute])
    }

    /// What zipl does as far as it matters here: finds its configuration, makes the menu of its sections and of boot loader
    /// entries, refuses missing files, and writes the boot record last. `FAIL` is a pattern of calls that go wrong.
    private static let zipl = #"""
        echo "zipl $*" >>"$LOG"
        called=$*
        conf=
        dry=no
        while [ $# -gt 0 ]; do
            case $1 in
            --config) conf=$2; shown=$2; shift ;;
            --dry-run) dry=yes ;;
            esac
            shift
        done
        if [ -z "$conf" ]; then
            for shown in /run/zipl/zipl.conf /etc/zipl.conf /usr/lib/s390-tools/zipl.conf; do
                if [ -r "$BESSEMER_ROOT$shown" ]; then conf=$BESSEMER_ROOT$shown; break; fi
            done
        fi
        if [ ! -r "$conf" ]; then echo "Error: No zipl configuration was readable" >&2; exit 1; fi
        echo "Using config file '$shown'"
        awk -v q="'" '
            function value(line) {
                sub(/^[^= ]*[ =]+/, "", line)
                if (line ~ /^["\047]/) line = substr(line, 2, length(line) - 2)
                return line
            }
            function entry(n, name) {
                isDefault = name == chosen || n == 1 && chosen == ""
                print "Adding #" n ": IPL section " q name q (isDefault ? " (default)" : "")
                print "# " n (isDefault ? "*" : "") " " image[name] " " ramdisk[name]
                print "% " image[name]
                if (ramdisk[name] != "") print "% " ramdisk[name]
            }
            FNR == 1 { name = "" }
            /^title / { name = value($0); bls = 1; order[++count] = name; next }
            /^\[/ { name = $0; gsub(/[][]/, "", name); order[++count] = name; next }
            /^:/ { name = $0; next }
            /^linux / { image[name] = value($0); sub(/^/, "/boot", image[name]) }
            /^image *=/ { image[name] = value($0) }
            /^(ramdisk|initrd)[ =]/ { ramdisk[name] = value($0) }
            name == "defaultboot" && /^defaultauto/ { auto = 1 }
            name == "defaultboot" && /^defaultmenu/ { menu = 1 }
            name == "defaultboot" && /^default *=/ { chosen = value($0) }
            name ~ /^:/ && /^[0-9]/ { split($0, parts, / *= */); listed[parts[1]] = parts[2]; if (parts[1] > last) last = parts[1] }
            END {
                if (auto) { for (i = 1; i <= count; i++) if (image[order[i]] != "") entry(++n, order[i]) }
                else for (i = 1; i <= last; i++) if (listed[i] != "") entry(++n, listed[i])
                if (!n) exit 1
            }' "$conf" $(ls "$BESSEMER_ROOT"/boot/loader/entries/*.conf 2>/dev/null) >"$LOG.menu" || exit 1
        sed -n '/^Adding/p' "$LOG.menu"
        sed -n 's/^# //p' "$LOG.menu" >"$LOG.new"
        sed -n 's/^% //p' "$LOG.menu" | while read -r file; do
            if [ ! -e "$file" ] && [ ! -e "$BESSEMER_ROOT$file" ]; then echo "Could not read image file '$file'" >&2; exit 1; fi
        done || exit 1
        if [ -n "${FAIL:-}" ] && echo "$called" | grep -q -e "$FAIL"; then exit 1; fi
        if [ "$dry" = no ]; then mv "$LOG.new" "$LOG.record"; fi
        """#

    private func environment(_ variables: [String: String]) -> [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return [
            "PATH": "\(programs):\(path)", "BESSEMER_ROOT": root.string, "LOG": folder.appending("log").string,
            "LC_ALL": "C",
        ].merging(variables) { $1 }
    }

    /// Runs a script of the plan, or of a folder that the plan was moved to.
    func run(
        _ script: String, _ arguments: [String] = [], _ variables: [String: String] = [:], in moved: FilePath? = nil
    ) async throws -> Outcome {
        try await Command(
            "sh", [(moved ?? plan).pushing(FilePath(script)).string] + arguments, environment: environment(variables)
        ).capture()
    }

    /// Runs a script of the test's own with the machine's environment.
    func driver(_ text: String, _ arguments: [String]) async throws -> Outcome {
        try await Command("sh", ["-c", text, "driver"] + arguments, environment: environment([:])).capture()
    }

    /// How zipl and chreipl were called.
    var calls: [String] {
        ((try? Files.text(folder.appending("log"))) ?? "").split(separator: "\n").map(String.init)
    }

    /// The files that the boot record leads to and that are not there: each is a disk that may not start.
    var lost: [String] {
        ((try? Files.text(record)) ?? "").split(whereSeparator: { " \n".contains($0) }).map(String.init).filter {
            $0.hasPrefix("/") && !Files.exists(FilePath($0)) && !exists(String($0.dropFirst()))
        }
    }

    /// What the boot record leads to, a line an entry.
    var booted: String { (try? Files.text(record)) ?? "" }

    /// Names, modes, link targets and contents.
    func snapshot() async throws -> String {
        try await driver(Self.look, [root.string]).output
    }

    static let look = """
        cd "$1" && find . ! -path './run/bessemer.*' | sort | while read -r f; do stat -c '%n %f %N' "$f"; \
        [ ! -f "$f" ] || sha256sum "$f"; done
        """
}
