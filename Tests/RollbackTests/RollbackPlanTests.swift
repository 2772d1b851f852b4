// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Rollback

@Suite struct RollbackPlanTests {
    private func failure(_ change: (inout RollbackRequest) -> Void) async throws -> String? {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            change(&request)
            let changed = request
            let failure = #expect(throws: Failure.self) { try changed.write(to: folder.appending("plan")) }
            #expect(!Files.exists(folder.appending("plan")) && !Files.exists(folder.appending("plan.partial")))
            return failure?.code
        }
    }

    @Test func `the menu, the entries and the notes are as they were`() async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.device = "0.0.0100"
            let plan = try request.write(to: folder.appending("plan"))
            var text = ""
            for path in [
                "zipl.conf", "systemd/bessemer-reipl-reset.service", "systemd/bessemer-watchdog.conf", "dumpconf",
                "README.md",
            ] {
                text += "== \(path)\n" + (try Files.text(folder.appending("plan").pushing(FilePath(path))))
            }
            text += "== notes\n" + plan.notes.map { $0 + "\n" }.joined()
            let golden = RealThings.repository.appending("Tests/Goldens/rollback-plan.txt")
            if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1" { try AtomicFile.write(text, to: golden) }
            #expect(try text == Files.text(golden))
        }
    }

    @Test func `the same request gives the same bytes`() async throws {
        try await withTemporaryFolder { folder in
            let request = try SampleKernel.request(in: folder)
            let one = try request.write(to: folder.appending("one"))
            let two = try request.write(to: folder.appending("deeper-two"))
            #expect(one == two)
            for name in ["plan.json", "SHA256SUMS"] {
                #expect(
                    try Files.bytes(folder.appending("one").appending(name))
                        == Files.bytes(folder.appending("deeper-two").appending(name)))
            }
            let all = try one.files.map { try Files.text(folder.appending("one").pushing(FilePath($0.path))) }.joined()
            #expect(!all.contains(folder.string))
        }
    }

    @Test func `modules of a build are in the plan as make modules_install lays them out`() async throws {
        try await withTemporaryFolder { folder in
            let request = try SampleKernel.folders(in: folder)
            let plan = try request.write(to: folder.appending("plan"))
            #expect(plan.kernels.map(\.modules) == [2, 2])
            #expect(
                plan.files.map(\.path).filter { $0.hasPrefix("kernels/candidate/modules/") } == [
                    "kernels/candidate/modules/kernel/drivers/net/one.ko",
                    "kernels/candidate/modules/kernel/lib/two.ko", "kernels/candidate/modules/modules.builtin",
                    "kernels/candidate/modules/modules.order",
                ])
            #expect(plan.notes.contains { $0.hasPrefix("Modules (2 of the baseline, 2 of the candidate) come along") })
        }
    }

    @Test func `kernels of one release bring no modules, and modules that are not there are an error`() async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.folders(in: folder)
            let image = folder.pushing("candidate-objects/arch/s390/boot/bzImage")
            try AtomicFile.write(SampleKernel.bytes("6.12.107-gcc x", filling: 1), to: image)
            request.candidate = try NamedKernel(folder.appending("candidate-objects"))
            let plan = try request.write(to: folder.appending("plan"))
            #expect(plan.kernels.allSatisfy { $0.modules == nil })
            #expect(plan.notes.contains { $0.contains("they share /lib/modules/6.12.107-gcc") })
        }
        for name in ["gone.o", "drivers/$(id).o", "a b.o", "-x.o"] {
            try await withTemporaryFolder { folder in
                let request = try SampleKernel.folders(in: folder)
                let objects = folder.appending("baseline-objects")
                try AtomicFile.write("lib/two.o\n\(name)\n", to: objects.appending("modules.order"))
                let failure = #expect(throws: Failure.self) { try request.write(to: folder.appending("plan")) }
                #expect(failure?.code == "rollback.modules" && !Files.exists(folder.appending("plan.partial")))
            }
        }
    }

    @Test func `every file's digest is in SHA256SUMS as sha256sum checks it`() async throws {
        try await withTemporaryFolder { folder in
            _ = try SampleKernel.request(in: folder).write(to: folder.appending("plan"))
            let check = try await Command(
                "sha256sum", ["--check", "--strict", "SHA256SUMS"], workingDirectory: folder.appending("plan")
            ).capture()
            #expect(check.succeeded)
        }
    }

    @Test func `the plan's sections have names of their own and no target`() async throws {
        try await withTemporaryFolder { folder in
            _ = try SampleKernel.request(in: folder).write(to: folder.appending("plan"))
            let lines = try Files.text(folder.appending("plan/zipl.conf")).split(separator: "\n").map(String.init)
            #expect(lines.filter { $0.hasPrefix("[") } == ["[bessemer-baseline]", "[bessemer-candidate]"])
            #expect(!lines.contains { $0.hasPrefix("target") })
            #expect(lines.contains { $0.hasPrefix("parameters") && $0.contains("oops=panic") })
        }
    }

    /// shellcheck(1) and systemd-analyze(1), which are not ours.
    @Test func `shellcheck and systemd find nothing in what the plan runs`() async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.device = "0.0.0100"
            request.parameters += ["a=b;c&d|e", "f=#*?[x]{1,2}~!"]
            let plan = try request.write(to: folder.appending("plan"))
            var scripts: [String] = []
            for file in plan.files {
                let path = folder.appending("plan").pushing(FilePath(file.path))
                guard !file.path.hasPrefix("kernels/") else { continue }
                #expect(try !Files.text(path).contains("'@"), "no value in \(file.path)")
                if try Files.bytes(path).starts(with: Array("#!/bin/sh\n".utf8)) { scripts.append(path.string) }
            }
            #expect(scripts.count == 5)
            let check = try await Command("shellcheck", ["--shell=sh", "--norc"] + scripts).capture()
            #expect(check.succeeded, "\(check.output)\(check.error)")
            let unit = folder.appending("plan").pushing("systemd/bessemer-reipl-reset.service")
            // Its program is not on this host, and nothing else may be wrong. A host without systemd can't say.
            if let verify = try? await Command("systemd-analyze", ["verify", "--man=no", unit.string]).capture() {
                let words = (verify.output + verify.error).split(separator: "\n").filter {
                    $0.contains("bessemer")
                        && !$0.contains("Command /usr/local/sbin/bessemer-reipl-reset is not executable")
                }
                #expect(words.isEmpty, "\(words)")
            }
        }
    }

    @Test func `swapped kernels are refused by what their configurations say`() async throws {
        try await withTemporaryFolder { folder in
            let request = try SampleKernel.folders(in: folder)
            var swapped = request
            swapped.baseline = request.candidate
            swapped.candidate = request.baseline
            let both = swapped
            let failure = #expect(throws: Failure.self) { try both.write(to: folder.appending("plan")) }
            #expect(failure?.code == "rollback.roles" && failure?.message.contains("CONFIG_RUST=y") == true)
            let plan = try request.write(to: folder.appending("plan"))
            #expect(!plan.notes.contains { $0.contains("is not checked: no configuration") })
        }
    }

    @Test func `two kernels without Rust are refused, and kernels without a configuration get a note`() async throws {
        try await withTemporaryFolder { folder in
            let request = try SampleKernel.folders(in: folder, candidate: "CONFIG_DASD=y\n")
            let failure = #expect(throws: Failure.self) { try request.write(to: folder.appending("plan")) }
            #expect(failure?.code == "rollback.roles")
            let plan = try SampleKernel.request(in: folder).write(to: folder.appending("plan"))
            #expect(
                plan.notes.contains { $0.contains("no configuration was found beside the baseline's and the cand") })
        }
    }

    @Test(arguments: ["UUID=abc", "LABEL=root", "/dev/mapper/vg-root", "/dev/disk/by-path/x", "dasda1"])
    func `a root that only user space can find needs an initial RAM file system`(root: String) async throws {
        #expect(try await failure { $0.root = root } == "rollback.root")
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.root = root
            let file = folder.appending("initrd")
            try AtomicFile.write([0x1f, 0x8b, 8, 0], to: file)
            request.initramfs[.baseline] = file
            request.initramfs[.candidate] = file
            _ = try request.write(to: folder.appending("plan"))
            #expect(
                try Files.text(folder.appending("plan/zipl.conf")).contains("ramdisk = /boot/bessemer/baseline/initrd"))
        }
    }

    @Test(arguments: ["PARTUUID=abc-01", "PARTLABEL=root", "/dev/vda1", "/dev/nvme0n1p1", "94:1"])
    func `a root that a kernel knows by itself is taken`(root: String) async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.root = root
            request.parameters = ["rw"]
            _ = try request.write(to: folder.appending("plan"))
        }
    }

    @Test func `a DASD without dasd= and an initial RAM file system never comes online`() async throws {
        #expect(try await failure { $0.parameters = ["rw"] } == "rollback.root")
        #expect(
            try await failure {
                $0.parameters = ["rw"]
                $0.candidateParameters = ["dasd=0.0.0100"]
            } == "rollback.root")
    }

    @Test func `a driver of the root device that is not built in is refused by name`() async throws {
        try await withTemporaryFolder { folder in
            let request = try SampleKernel.folders(in: folder, baseline: "CONFIG_DASD=m\n")
            let failure = #expect(throws: Failure.self) { try request.write(to: folder.appending("plan")) }
            #expect(failure?.code == "rollback.root" && failure?.message.contains("CONFIG_DASD") == true)
        }
    }

    @Test(arguments: ["root=/dev/sda1", "bessemer.trial=0", "bessemer.baseline=0", "initrd=x", "--"])
    func `a parameter that contradicts the plan is refused`(word: String) async throws {
        #expect(try await failure { $0.parameters += [word] } == "rollback.parameter")
        #expect(try await failure { $0.candidateParameters = [word] } == "rollback.parameter")
    }

    @Test func `a parameter that only resembles one of the plan's is taken`() async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.parameters += ["rootwait", "rootflags=x", "nfsroot=y"]
            _ = try request.write(to: folder.appending("plan"))
        }
    }

    @Test(arguments: ["root:x:0:0:root:/root:/bin/sh\n", "", "07070"])
    func `an initial RAM file system that is none is refused`(text: String) async throws {
        try await withTemporaryFolder { folder in
            var request = try SampleKernel.request(in: folder)
            request.initramfs[.baseline] = folder.appending("initrd")
            try AtomicFile.write(text, to: folder.appending("initrd"))
            let changed = request
            let failure = #expect(throws: Failure.self) { try changed.write(to: folder.appending("plan")) }
            #expect(failure?.code == "rollback.initrd" && !Files.exists(folder.appending("plan.partial")))
        }
    }

    @Test func `one kernel twice is no plan`() async throws {
        #expect(try await failure { $0.candidate = $0.baseline } == "rollback.same-kernel")
    }

    @Test func `a folder that is there is left alone`() async throws {
        try await withTemporaryFolder { folder in
            let request = try SampleKernel.request(in: folder)
            try Files.makeDirectory(folder.appending("plan"))
            try AtomicFile.write("mine", to: folder.appending("plan/file"))
            let failure = #expect(throws: Failure.self) { try request.write(to: folder.appending("plan")) }
            #expect(failure?.code == "rollback.exists")
            #expect(try Files.text(folder.appending("plan/file")) == "mine")
        }
    }

    @Test(arguments: ["a b", "x\"", "$(reboot)", "a\nb", "`id`", "", "ü", "a'b", "a\\b"])
    func `a parameter that zipl or a shell would read as more than text is refused`(word: String) async throws {
        #expect(try await failure { $0.parameters = [word] } == "rollback.parameter")
        #expect(try await failure { $0.root = word } == "rollback.parameter")
        #expect(try await failure { $0.candidateParameters = [word] } == "rollback.parameter")
    }

    @Test func `a command line that the kernel would cut is refused`() async throws {
        #expect(try await failure { $0.parameters = [String(repeating: "x", count: 4090)] } == "rollback.parameter")
    }

    @Test(arguments: ["", "0.0.100", "0.0.0100; reboot", "0.0.01g0", "0:0:0100", "0.0.ａ1", "0.0.\u{ff11}"])
    func `a device number that is none is refused`(device: String) async throws {
        #expect(try await failure { $0.device = device } == "rollback.parameter")
    }

    @Test(arguments: [("a b", "'a b'"), ("", "''"), ("it's", "'it'\\''s'"), ("$(id)`id`\\", "'$(id)`id`\\'")])
    func `a value becomes one word of a shell`(text: String, word: String) async throws {
        #expect(text.shellQuoted == word)
        let said = try await Command("sh", ["-c", "printf %s \(word)"]).capture()
        #expect(said.output == text)
    }

    @Test func `under enforced secure boot kernels without a signature are refused, and signed ones are asked for one`()
        async throws
    {
        #expect(try await failure { $0.secureBoot = .enforced } == "rollback.unsigned")
        try await withTemporaryFolder { folder in
            for (name, filling) in [("one", 0), ("two", 1)] as [(String, UInt8)] {
                try AtomicFile.write(
                    SampleKernel.bytes(filling: filling) + SampleKernel.signature, to: folder.appending(name))
            }
            var request = RollbackRequest(
                baseline: try NamedKernel(folder.appending("one")), candidate: try NamedKernel(folder.appending("two")),
                root: "/dev/vda1")
            request.secureBoot = .enforced
            _ = try request.write(to: folder.appending("plan"))
            #expect(try Files.text(folder.appending("plan/install")).contains("\nsecure='1'\n"))
        }
    }
}
