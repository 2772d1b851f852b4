// SPDX-License-Identifier: Apache-2.0
import Audit
import Foundation
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

private let lock = RealThings.repository.appending("Locks/standard.lock.json").string

@Suite struct CommandLineTests {
    @Test(.integration) func `an inventory of a folder without tools is none, and no tree is served by it`()
        async throws
    {
        try await withInstallation { installation in
            let empty = installation.folder.appending("empty")
            try Files.makeDirectory(empty)
            let inventory = ["inventory", "--path", empty.string, "--format", "json"]
            #expect(try await installation.run(inventory).status == 0)
            let tree = try await RealThings.kernelTree("7.3").path.string
            let judged = try await installation.run(inventory + ["--tree", tree])
            #expect(judged.status == 1)
            #expect(judged.output.contains("there is no rustc"))
        }
    }

    @Test(arguments: [
        ["--help"], ["--version"], ["pilot", "--help"], ["sandbox", "exec", "--help"], ["tree", "status", "--help"],
        ["evidence", "show", "--help"], ["doctor", "--help"], ["config", "--help"], ["inventory", "--help"],
    ])
    func `help and version end with 0 and go to standard output`(arguments: [String]) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(arguments)
            #expect(outcome.status == 0)
            #expect(!outcome.output.isEmpty)
            #expect(outcome.error.isEmpty)
        }
    }

    private struct Help: Decodable {
        struct Command: Decodable {
            let commandName: String
            let discussion: String?
            let subcommands: [Command]?
        }

        let command: Command
    }

    @Test func `every command's help has an example of it, whose lines fit into 80 columns`() async throws {
        try await withInstallation { installation in
            let dump = try await installation.run(["--experimental-dump-help"]).output
            let help = try JSON.decode(Help.self, from: Array(dump.utf8), named: "help")
            func check(_ command: Help.Command, _ above: [String]) {
                let words = above + [command.commandName]
                if above.count > 0, command.subcommands?.isEmpty ?? true, command.commandName != "help" {
                    let lines = (command.discussion ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(
                        String.init)
                    let name = words.joined(separator: " ")
                    let examples = lines.drop { !$0.hasPrefix("Example") }.prefix { !$0.isEmpty }
                    #expect(examples.contains { $0.contains(name) }, "\(name)")
                    for line in examples { #expect(line.count < 80, "\(line)") }
                }
                for sub in command.subcommands ?? [] { check(sub, words) }
            }
            check(help.command, [])
        }
    }

    @Test(arguments: [
        ["no-such-command"], ["pilot", "--jobs", "0"], ["pilot", "--kernel"], ["sandbox", "exec"], ["tree", "status"],
    ])
    func `bad usage ends with 2 and says nothing on standard output`(arguments: [String]) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(arguments)
            #expect(outcome.status == 2)
            #expect(outcome.output.isEmpty)
            #expect(!outcome.error.isEmpty)
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completions are ones that the shell itself accepts`(shell: String) async throws {
        try await withInstallation { installation in
            let script = try await installation.run(["--generate-completion-script", shell])
            #expect(script.status == 0)
            #expect(script.output.contains("sandbox"))
            if shell == "bash" {
                #expect(try await Command("bash", ["-n"]).capture(input: script.output).succeeded)
            }
        }
    }

    /// What bash offers, by the script itself.
    @Test(arguments: [
        ("help", "", "pilot build "), ("help tree", "", "status enable disable"), ("help pilot", "", "\n"),
        ("help", "roll", "rollback\n"), ("tree", "st", "status\n"), ("explain", "LA", "LAY LAY001 "),
        ("audit --march", "z1", "z10 z196 z13 "),
    ])
    func `bash completes commands after help, rules with their families, and values`(
        before: String, word: String, offered: String
    ) async throws {
        try await withInstallation { installation in
            let script = try await installation.run(["--generate-completion-script", "bash"]).output
            let shell = """
                \(script)
                COMP_WORDS=(bessemer \(before) '\(word)')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                COMP_LINE="bessemer \(before) \(word)" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
                _bessemer bessemer '\(word)' "${COMP_WORDS[COMP_CWORD-1]}"
                echo "${COMPREPLY[*]}"
                """
            let said = try await Command("bash", ["-c", shell]).capture()
            #expect(
                said.output.split(separator: " ").filter { !$0.hasPrefix("-") }.joined(separator: " ").hasPrefix(
                    offered),
                "\(said.output)\(said.error)")
        }
    }

    @Test(.integration) func `a file that is no kernel's source is refused before a folder is made for it`()
        async throws
    {
        try await withInstallation { installation in
            let file = installation.folder.appending("k.tar.bz2")
            try AtomicFile.write("BZh91AY&SY", to: file)
            for kernel in [file.string, "/nowhere.tar"] {
                let outcome = try await installation.run(["pilot", "--kernel", kernel], sharedCache: true)
                #expect(outcome.status == 2 && outcome.error.contains(".tar, .tar.xz"), "\(outcome.error)")
                #expect(!Files.exists(installation.folder.pushing("state/bessemer/pilot")))
            }
        }
    }

    @Test func `evidence that can't be looked for is not none`() async throws {
        try await withInstallation { installation in
            let file = installation.folder.appending("file")
            try AtomicFile.write("", to: file)
            let outcome = try await installation.run(["evidence", "list"], ["XDG_STATE_HOME": file.string])
            #expect(outcome.status == 2 && outcome.error.contains("Not a directory"), "\(outcome.error)")
            let none = try await installation.run(["evidence", "list"])
            #expect(none.status == 0 && none.output.contains("No runs are recorded yet"))
            let sandbox = try await installation.run(["sandbox", "verify"], ["XDG_CACHE_HOME": file.string])
            #expect(sandbox.status == 2 && sandbox.error.contains("is not known"), "\(sandbox.error)")
        }
    }

    @Test func `doctor's JSON is JSON and agrees with its exit status`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["doctor", "--format", "json"])
            let checks = try #require(
                try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
            let good = checks.allSatisfy { $0["isGood"] as? Bool == true }
            #expect(outcome.status == (good ? 0 : 1))
            #expect(checks.contains { $0["title"] as? String == "bwrap" })
        }
    }

    @Test func `doctor's text has the width that COLUMNS says, but for words that are longer`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["doctor"], ["PATH": "/nonexistent", "COLUMNS": "50"])
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.contains { $0.hasPrefix("missing  mmdebstrap") })
            #expect(lines.allSatisfy { $0.count <= 50 || $0.split(separator: " ").count == 1 }, "\(outcome.output)")
        }
    }

    @Test func `doctor names the command that mends a missing tool`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["doctor"], ["PATH": "/nonexistent"])
            #expect(outcome.status == 1)
            #expect(outcome.output.contains("apt-get install --yes mmdebstrap"))
            #expect(outcome.output.contains("apt-get install --yes bubblewrap"))
        }
    }
}

@Suite struct ConfigCommandTests {
    /// A tree with two options, of which Rust excludes one.
    private func withTree(_ body: (Installation, FilePath) async throws -> Void) async throws {
        try await withInstallation { installation in
            let tree = installation.folder.appending("linux")
            let files = [
                "Makefile": "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 1\nEXTRAVERSION =\n",
                "Kconfig": "source \"arch/$(SRCARCH)/Kconfig\"\nconfig RUST\n\tbool \"Rust\"\n\tdepends on !FAST\n",
                "arch/s390/Makefile": "",
                "arch/s390/Kconfig": "config S390\n\tdef_bool y\nconfig FAST\n\tbool \"Fast\"\n",
            ]
            for (name, text) in files {
                let path = tree.pushing(FilePath(name))
                try Files.makeDirectory(path.removingLastComponent())
                try AtomicFile.write(text, to: path)
            }
            try AtomicFile.write(
                "# Linux/s390 7.3.1 Kernel Configuration\nCONFIG_S390=y\nCONFIG_FAST=y\n",
                to: installation.folder.appending("a"))
            try AtomicFile.write(
                "CONFIG_S390=y\nCONFIG_RUST=y\n# CONFIG_FAST is not set\n", to: tree.appending(".config"))
            try await body(installation, tree)
        }
    }

    private func explain(
        _ installation: Installation, _ baseline: FilePath, _ rust: FilePath, _ more: [String] = []
    ) async throws -> CommandRun {
        try await installation.run(
            ["config", "explain", "--baseline", baseline.string, "--rust", rust.string] + more)
    }

    @Test func `a difference is explained with status 0, in text and in JSON, by the tree beside the file`()
        async throws
    {
        try await withTree { installation, tree in
            let a = installation.folder.appending("a")
            let text = try await installation.run(
                ["config", "explain", "--baseline", a.string, "--rust", tree.appending(".config").string],
                ["COLUMNS": "80"])
            #expect(text.status == 0 && text.error.isEmpty)
            #expect(text.output.contains("1 requested, 0 pulled in, 1 lost, 0 no longer offered"))
            #expect(text.output.contains("Rust excludes it: RUST needs `!FAST` (Kconfig:4)"))
            #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
            let json = try await explain(
                installation, a, tree.appending(".config"), ["--format", "json", "--tree", tree.string])
            let difference = try JSON.decode(
                ConfigurationDifference.self, from: Array(json.output.utf8), named: "the answer")
            #expect(difference.changes.map(\.option) == ["CONFIG_FAST", "CONFIG_RUST"])
            #expect(difference.baseline.sha256 == (try Digest(ofFile: a)))

            let same = try await explain(installation, a, a, ["--tree", tree.string])
            #expect(same.status == 0)
            #expect(same.output.contains("no difference"))
            #expect(same.output.contains(/in the way +CONFIG_FAST/))
        }
    }

    @Test func `what is no configuration, or another architecture's, or no tree, is refused with status 2`()
        async throws
    {
        try await withTree { installation, tree in
            let folder = installation.folder
            let (a, b) = (folder.appending("a"), tree.appending(".config"))
            func bad(_ name: String, _ text: String) throws -> FilePath {
                try AtomicFile.write(text, to: folder.appending(name))
                return folder.appending(name)
            }
            let large = folder.appending("large")
            try AtomicFile.write("", to: large)
            try await Command("truncate", ["--size", "100M", large.string]).output(
                "test.setup", doing: "making a large file", advice: "free space")
            let cases: [(FilePath, FilePath, [String], String)] = [
                (folder.appending("missing"), b, [], "is missing"),
                (folder, b, [], "is missing or can't be read"),
                (a, large, [], "larger than any kernel configuration"),
                (try bad("prose", "Dear reader,\nhello\n"), b, [], "it is not a kernel configuration"),
                (
                    a, try bad("x86", "# Linux/x86 7.3.1 Kernel Configuration\nCONFIG_X86=y\n"),
                    ["--tree", tree.string],
                    "not a finished configuration for s390 (it is of Linux/x86 7.3.1)"
                ),
                (a, b, ["--arch", "riscv"], "no arch/riscv/Kconfig"),
                (a, b, ["--arch", "../s390"], "no arch/../s390/Kconfig"),
                (a, b, ["--tree", folder.string], "is not a Linux kernel source"),
                (a, b, ["--fragment", folder.appending("prose").string], "sets no option"),
                (a, a, [], "name it with --tree"),
            ]
            for (baseline, rust, more, expected) in cases {
                let outcome = try await explain(installation, baseline, rust, more)
                #expect(outcome.status == 2, "\(expected)")
                #expect(outcome.output.isEmpty, "\(expected)")
                #expect(outcome.error.contains(expected), "\(outcome.error)")
            }
        }
    }
}

@Suite struct PilotCommandTests {
    @Test(arguments: ["riscv64-linux-gnu-", "aarch64-linux-gnu-"])
    func `a cross compiler of another architecture is refused and the right one named`(prefix: String) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["pilot"], ["CROSS_COMPILE": prefix, "ARCH": "s390"])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("s390x-linux-gnu-"))
            #expect(outcome.error.contains(prefix))
            #expect(!Files.exists(installation.folder.appending("cache")))
        }
    }

    @Test(.integration) func `a folder that is no kernel is refused before anything is built`() async throws {
        try await withInstallation { installation in
            let tree = installation.folder.appending("tree")
            try Files.makeDirectory(tree)
            let outcome = try await installation.run(
                ["pilot", "--kernel", tree.string, "--lock", lock], sharedCache: true)
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("\(tree)"))
            #expect(Files.names(in: tree).isEmpty)
        }
    }

    @Test(.integration) func `a truncated tarball is refused as that`() async throws {
        try await withInstallation { installation in
            let tree = installation.folder.appending("linux")
            try Files.makeDirectory(tree)
            let text = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
            try AtomicFile.write(text, to: tree.appending("Makefile"))
            let tarball = installation.folder.appending("linux.tar.xz")
            for command in [
                Command("tar", ["-cJf", tarball.string, "linux"], workingDirectory: installation.folder),
                Command("truncate", ["--size=-500", tarball.string]),
            ] { try await command.output("test.setup", doing: command.shellText, advice: "see the output") }
            let outcome = try await installation.run(
                ["pilot", "--kernel", tarball.string, "--lock", lock], sharedCache: true)
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("linux.tar.xz"))
            #expect(outcome.error.contains("truncated") || outcome.error.contains("ends early"))
        }
    }

    @Test(.integration) func `a kernel that is neither version nor path is refused with what there is`() async throws {
        try await withInstallation { installation in
            let unknown = try await installation.run(["pilot", "--kernel", "5.99", "--lock", lock], sharedCache: true)
            #expect(unknown.status == 2)
            #expect(unknown.error.contains("7.3"))
            let absent = try await installation.run(
                ["pilot", "--kernel", "/no/such/tree", "--lock", lock], sharedCache: true)
            #expect(absent.status == 2)
            #expect(absent.error.contains("/no/such/tree"))
        }
    }

    @Test(.integration) func `a configuration that turns Rust off is told with the reason and its line`() async throws {
        let tree = try await RealThings.kernelTree("7.3")
        try await withInstallation { installation in
            let fragment = installation.folder.appending("expoline.config")
            try AtomicFile.write("CONFIG_EXPOLINE=y\n", to: fragment)
            let outcome = try await installation.run(
                ["pilot", "--kernel", tree.path.string, "--lock", lock, "--fragment", fragment.string],
                sharedCache: true)
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("CONFIG_RUST"))
            #expect(outcome.error.contains("EXPOLINE"))
        }
    }

    @Test func `no network on the first use is said to be that`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["pilot", "--lock", lock, "--mirror", "http://127.0.0.1:9/debian"])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("can't be reached"))
            #expect(outcome.error.contains("--mirror"))
        }
    }

    @Test(.integration, .enabled(if: Privilege.isRoot, "mounting takes root"))
    func `a file system without room is told before work is lost`() async throws {
        try await withInstallation { installation in
            let image = installation.folder.appending("small.ext4")
            let mount = installation.folder.appending("small")
            try Files.makeDirectory(mount)
            for command in [
                Command("truncate", ["--size=64M", image.string]), Command("/sbin/mkfs.ext4", ["-q", image.string]),
                Command("mount", ["-o", "loop", image.string, mount.string]),
            ] { try await command.output("test.setup", doing: command.shellText, advice: "see the output") }
            let outcome = try await installation.run(["pilot", "--lock", lock], ["XDG_CACHE_HOME": mount.string])
            try await Command("umount", [mount.string]).output(
                "test.setup", doing: "unmounting", advice: "umount \(mount)")
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("MiB free"))
            #expect(outcome.error.contains("XDG_CACHE_HOME"))
        }
    }

    @Test func `a waivers file that is none is refused by name`() async throws {
        try await withInstallation { installation in
            let file = installation.folder.appending("waivers.json")
            try AtomicFile.write("{", to: file)
            let outcome = try await installation.run(["pilot", "--waivers", file.string])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("waivers.json"))
            let other = installation.folder.appending("other.json")
            try AtomicFile.write("[{}]", to: other)
            let both = try await installation.run(["pilot", "--waivers", file.string, "--waivers", other.string])
            #expect(both.status == 2 && both.error.contains("line 1, column 2") && both.error.contains("entry 1: "))
        }
    }
}

@Suite(.integration) struct TestCommandTests {
    private func refused(_ arguments: [String], _ installation: Installation) async throws -> String {
        let outcome = try await installation.run(["test"] + arguments, sharedCache: true)
        #expect(outcome.status == 2, "\(arguments)")
        #expect(outcome.output.isEmpty)
        return outcome.error
    }

    @Test func `what is no kernel for s390x is refused by name, before anything is booted`() async throws {
        let kernel = try await RealThings.debianKernel().string
        try await withInstallation { installation in
            let folder = installation.folder
            let foreign = folder.appending("foreign")
            var image = [UInt8](repeating: 0, count: 0x20000)
            image.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
            try AtomicFile.write(image, to: foreign)
            let out = ["--output", folder.appending("out").string, "--lock", lock]
            for (candidate, expected) in [
                (folder.string, "holds no arch/s390/boot/bzImage"), (foreign.string, "a kernel image for x86"),
                (kernel, "are the same kernel"), (folder.appending("gone").string, "there is no kernel at"),
            ] {
                let said = try await refused(["--baseline", kernel, "--candidate", candidate] + out, installation)
                #expect(said.contains(expected), "\(said)")
            }
            let twin = folder.appending("twin")
            try AtomicFile.write(try Files.bytes(FilePath(kernel)) + [0], to: twin)
            let both = ["--baseline", kernel, "--candidate", twin.string] + out
            let machine = try await refused(both + ["--machine", "z13,z12"], installation)
            #expect(machine.contains("QEMU knows no machine \"z12\"") && machine.contains("gen16a"))
            let module = try await refused(both + ["--candidate-module", "/no/such.ko"], installation)
            #expect(module.contains("there is no module /no/such.ko"))
            let source = try await refused(both + ["--suite", "kselftest"], installation)
            #expect(source.contains("name it with --tree TREE"))
            #expect(!Files.exists(folder.pushing("out/boots")))
        }
    }

    @Test(arguments: [
        ["--baseline", "/a"], ["--suite", "ltp"], ["--repeat", "0"], ["--machine", ","], ["--cpus", "0"],
        ["--memory", "1"], ["--collections", "futex"], ["--suite", "kunit", "--module-source", "/a"],
    ])
    func `bad usage ends with 2`(arguments: [String]) async throws {
        try await withInstallation { _ = try await refused(arguments, $0) }
    }

    @Test func `without kernels and without a pilot, it says how to come by some`() async throws {
        try await withInstallation { installation in
            let said = try await refused([], installation)
            #expect(said.contains("bessemer pilot") && said.contains("--baseline"))
        }
    }
}

@Suite struct EvidenceCommandTests {
    @Test func `an evidence file that is no database is refused and left as it is`() async throws {
        try await withInstallation { installation in
            let folder = installation.folder.appending("state/bessemer")
            try Files.makeDirectory(folder)
            let file = folder.appending("evidence.sqlite")
            try AtomicFile.write("this is not a database, but it is all that there is", to: file)
            let before = try Digest(ofFile: file)
            let outcome = try await installation.run(["evidence", "list"])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("evidence.sqlite"))
            #expect(try Digest(ofFile: file) == before)
        }
    }

    @Test func `a run that is not there is said to be missing`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["evidence", "show", "20010101T000000Z-nothing"])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("20010101T000000Z-nothing"))
        }
    }
}

@Suite struct TreeCommandTests {
    @Test func `tree status tells a folder that is no kernel`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["tree", "status", installation.folder.string])
            #expect(outcome.status == 2)
            #expect(outcome.output.isEmpty)
        }
    }

    @Test func `a relative name means the file that the system opens, also through links`() async throws {
        try await withInstallation { installation in
            let folder = installation.folder
            let makefile = "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = "
            for (name, number) in [("real/linux", "1"), ("here/linux", "2")] {
                for file in ["Makefile", "Kconfig", "arch/s390/Makefile", "arch/s390/Kconfig"] {
                    let path = folder.pushing(FilePath(name)).pushing(FilePath(file))
                    try Files.makeDirectory(path.removingLastComponent())
                    try AtomicFile.write(file == "Makefile" ? makefile + number + "\n" : "", to: path)
                }
            }
            try Files.makeDirectory(folder.pushing("real/deep"))
            try FileManager.default.createSymbolicLink(
                atPath: folder.pushing("here/link").string, withDestinationPath: "../real/deep")
            for (name, version) in [
                ("link/../linux", "7.3.1"), ("linux/../linux", "7.3.2"), ("./linux/.", "7.3.2"),
                ("../real/linux", "7.3.1"), (folder.pushing("here/link/../linux").string, "7.3.1"),
            ] {
                let outcome = try await installation.run(
                    ["tree", "status", "--format", "json", name], in: folder.appending("here"))
                #expect(outcome.output.contains("\"version\" : \"\(version)\""), "\(name): \(outcome.output)")
            }
        }
    }

    @Test(.integration) func `a version, an empty name and a missing folder are told apart`() async throws {
        try await withInstallation { installation in
            for (arguments, shared, words) in [
                (["tree", "status", "6.12"], false, ["needs the sandbox", "bessemer sandbox create"]),
                (["tree", "status", "9.9", "--lock", lock], true, ["no kernel source of that version", "7.3"]),
                (["tree", "status", ""], false, ["is empty"]), (["tree", "enable", ""], false, ["is empty"]),
                (["tree", "enable", "6.12"], false, ["is a kernel version"]),
                (["tree", "disable", "nowhere"], false, ["nowhere is not a folder"]),
            ] {
                let outcome = try await installation.run(arguments, sharedCache: shared)
                #expect(outcome.status == 2, "\(arguments)")
                for word in words { #expect(outcome.error.contains(word), "\(arguments): \(outcome.error)") }
            }
        }
    }

    @Test(.integration) func `tree enable without a sandbox says how to make one`() async throws {
        let tree = try await RealThings.kernelTree("6.12").path
        try await withInstallation { installation in
            let glue = RealThings.repository.appending("Kernel/Glue").string
            let outcome = try await installation.run(["tree", "enable", "--dry-run", "--glue", glue, tree.string])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("bessemer sandbox create"))
        }
    }

    @Test(.integration) func `tree status exits 0 for a tree with every piece and 1 for one without`() async throws {
        let ready = try await RealThings.kernelTree("7.3").path.string
        let older = try await RealThings.kernelTree("6.12").path.string
        try await withInstallation { installation in
            #expect(try await installation.run(["tree", "status", ready]).status == 0)
            let both = try await installation.run(["tree", "status", "--format", "json", ready, older])
            #expect(both.status == 1)
            #expect(try JSONSerialization.jsonObject(with: Data(both.output.utf8)) is [Any])
        }
    }
}

@Suite struct LintCommandTests {
    @Test func `lint shows mends, writes them when told to, and then is clean`() async throws {
        try await withInstallation { installation in
            let folder = installation.folder.appending("scripts")
            try Files.makeDirectory(folder)
            let script = folder.appending("build.sh")
            let text = "make ARCH=s390 CROSS_COMPILE=riscv64-linux-gnu- rustdefconfig\n"
            try AtomicFile.write(text, to: script)
            let shown = try await installation.run(["lint", folder.string, "--fix"])
            #expect(shown.status == 1)
            #expect(shown.output.contains("+make ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- defconfig rust.config"))
            #expect(try Files.text(script) == text)
            let sarif = try await installation.run(["lint", folder.string, "--format", "sarif"])
            #expect(sarif.output.contains("\"ruleId\" : \"SCR005\""))
            #expect(sarif.output.contains("\"startLine\" : 1"))
            let mended = try await installation.run(["lint", folder.string, "--fix", "--yes"])
            #expect(mended.status == 0)
            let again = try await installation.run(["lint", folder.string])
            #expect(again.status == 0)
        }
    }

    @Test(arguments: [
        ["audit", "/bin/true", "--tree", "/nowhere"], ["lint"], ["lint", "/nowhere"], ["lint", "/tmp", "--yes"],
        ["lint", "/tmp", "--fix", "--nightly", "soon"],
        ["lint", "/tmp", "--fix", "--nightly", "2026-02-31"],
        ["lint", "/usr/share/misc", "--tree", "/usr/share/misc"], ["ci", "init", "travis"],
        ["ci", "init", "gitlab", "--output", "-", "--kernel", "6.12; true"],
        ["ci", "init", "gitlab", "--output", "-", "--lock", "../l.json"],
    ])
    func `bad usage ends with 2`(arguments: [String]) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(arguments)
            #expect(outcome.status == 2)
        }
    }

    @Test func `lint takes files, and ends with 2 where it could read none`() async throws {
        try await withInstallation { installation in
            let folder = installation.folder.appending("scripts")
            try Files.makeDirectory(folder)
            let nothing = try await installation.run(["lint", folder.string])
            #expect(nothing.status == 2)
            let script = folder.appending("build.sh")
            try AtomicFile.write("make ARCH=s390 rustdefconfig\n", to: script)
            try AtomicFile.write("make ARCH=s390 rustdefconfig\n", to: folder.appending("b.sh"))
            let one = try await installation.run(["lint", script.string, "--format", "json"])
            #expect(one.status == 1)
            #expect(one.output.contains("\"files\" : 1"))
        }
    }

    @Test func `a pipeline does not replace one that is there`() async throws {
        try await withInstallation { installation in
            let file = installation.folder.appending("ci/pipeline.yml").string
            let first = try await installation.run(["ci", "init", "github", "--output", file])
            #expect(first.status == 0)
            let second = try await installation.run(["ci", "init", "gitlab", "--output", file])
            #expect(second.status == 2)
            #expect(try Files.text(FilePath(file)).contains("jobs:"))
            let forced = try await installation.run(["ci", "init", "gitlab", "--output", file, "--force"])
            #expect(forced.status == 0)
            let text = try Files.text(FilePath(file))
            #expect(!text.contains("jobs:"))
        }
    }

    @Test func `explain knows the rules over build files, the audit does not take them`() async throws {
        try await withInstallation { installation in
            let explained = try await installation.run(["explain", "scr001"])
            #expect(explained.output.contains("-Zpacked-stack"))
            let audited = try await installation.run(["audit", "/tmp", "--rules", "SCR001"])
            #expect(audited.status == 2)
        }
    }
}

/// `bessemer audit` as a person calls it, on what is not what it seems.
@Suite struct AuditCommandTests {
    /// A real file: C and Rust of s390x, with debug information.
    private static let object = RealThings.repository.appending("Tests/Corpus/Audit/mixed")

    private func copy(_ installation: Installation, _ name: String) throws -> FilePath {
        let path = installation.folder.appending(name)
        try Files.makeDirectory(path.removingLastComponent())
        try FileManager.default.copyItem(atPath: Self.object.string, toPath: path.string)
        return path
    }

    @Test(arguments: [
        ["audit", ""], ["audit", "x.ko", "--march", "z9"], ["audit", "x.ko", "--march", "z99"], ["audit", "/dev/null"],
        ["audit", "--", "-x.ko"], ["audit", "/nonexistent"], ["audit"], ["audit", "-x.ko"],
    ])
    func `what can't be audited is bad usage, with the reason`(_ arguments: [String]) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(arguments)
            #expect(outcome.status == 2)
            #expect(outcome.output.isEmpty)
            #expect(!outcome.error.isEmpty)
        }
    }

    @Test func `a folder without an ELF file proves nothing`() async throws {
        try await withInstallation { installation in
            let folder = installation.folder.appending("e").pushing("x.ko")
            try Files.makeDirectory(folder.removingLastComponent())
            for text in [nil, "", "text"] {
                if let text { try AtomicFile.write(text, to: folder) }
                let outcome = try await installation.run(["audit", folder.removingLastComponent().string])
                #expect(outcome.status == 2)
                let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                #expect(words.contains("no ELF file is in it"))
                #expect(!outcome.output.contains("clean"))
                if text != nil { #expect(outcome.output.contains("passed over")) }
            }
        }
    }

    @Test func `one file that can't be read is told, and the others are audited`() async throws {
        try await withInstallation { installation in
            let good = try copy(installation, "k/a.ko")
            try AtomicFile.write("\u{7f}ELF", to: installation.folder.appending("k").appending("cut.ko"))
            let outcome = try await installation.run([
                "audit", installation.folder.appending("k").string, "--format", "json",
            ])
            let report = try JSON.decode(AuditReport.self, from: Array(outcome.output.utf8), named: "report")
            #expect(report.files.map { $0.error == nil } == [true, false])
            #expect(report.files[0].name.hasSuffix(good.lastComponent?.string ?? "?"))
        }
    }

    @Test func `the entry of an audit has the digest of every file that was read`() async throws {
        try await withInstallation { installation in
            let files = try ["k/a.ko", "k/in/b.ko"].map { try copy(installation, $0) }
            try AtomicFile.write("CONFIG_X=y\n", to: installation.folder.appending("k").appending(".config"))
            _ = try await installation.run(["audit", "k", "--record"])
            let list = try await installation.run(["evidence", "list", "--all", "--format", "json"]).output
            for file in files + [installation.folder.appending("k").appending(".config")] {
                #expect(try list.contains(Digest(ofFile: file).hexadecimal), "\(file)")
            }
            #expect(list.contains("\"k/in/b.ko\"") && list.contains("\"k/.config\""))
        }
    }

    @Test func `of a folder that a kernel was built in, the kernel and its modules are read`() async throws {
        try await withInstallation { installation in
            _ = try copy(installation, "k/vmlinux")
            for name in ["k/a.ko", "k/.tmp_vmlinux1", "k/vdso.o"] { _ = try copy(installation, name) }
            let folder = installation.folder.appending("k")
            func names() async throws -> [String] {
                let outcome = try await installation.run(["audit", folder.string, "--format", "json"])
                return try JSON.decode(AuditReport.self, from: Array(outcome.output.utf8), named: "report").files
                    .map { FilePath($0.name).lastComponent?.string ?? "" }
            }
            #expect(try await names() == [".tmp_vmlinux1", "a.ko", "vdso.o", "vmlinux"])
            try AtomicFile.write("a.o\n", to: folder.appending("modules.order"))
            #expect(try await names() == ["vmlinux", "a.ko"])
        }
    }

    @Test func `what lies beside a file is read where it is a regular file of its own, and is named`() async throws {
        try await withInstallation { installation in
            let file = try copy(installation, "k/a.ko")
            let folder = file.removingLastComponent()
            let secret = installation.folder.appending("secret")
            try AtomicFile.write("CONFIG_SECRET=y\n", to: secret)
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(".config").string, withDestinationPath: secret.string)
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending("include").string, withDestinationPath: installation.folder.string)
            #expect(unsafe mkfifo(folder.appending("Module.symvers").string, 0o600) == 0)
            let outcome = try await installation.run(["audit", file.string])
            #expect(!outcome.output.contains("also read"))
            for name in [".config", "Module.symvers", "include"] { try Files.remove(folder.appending(name)) }
            try AtomicFile.write("CONFIG_X=y\n", to: folder.appending(".config"))
            #expect(try await installation.run(["audit", file.string]).output.contains("also read"))
            let release = folder.appending("include").appending("config")
            try Files.makeDirectory(release)
            try AtomicFile.write(
                String(repeating: "9", count: 1 << 21), to: release.appending("kernel.release"))
            #expect(!(try await installation.run(["audit", file.string]).output.contains("kernel.release")))
        }
    }

    @Test(arguments: [
        (
            "[{\"rule\":\"LAY999\",\"place\":\"*\",\"reason\":\"r\",\"owner\":\"o\",\"expires\":\"2027-01-01\"}]",
            "LAY999"
        ),
        ("[{\"rule\":\"LAY001\",\"place\":\"*\",\"owner\":\"o\",\"expires\":\"2027-01-01\"}]", "`reason` is missing"),
    ])
    func `a slip in a file of exceptions is named, and nobody advises to remove it`(
        _ text: String, _ words: String
    ) async throws {
        try await withInstallation { installation in
            let file = installation.folder.appending("b.json")
            try AtomicFile.write(text, to: file)
            let outcome = try await installation.run(["audit", Self.object.string, "--baseline", file.string])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains(words))
            #expect(!outcome.error.contains("remove"))
        }
    }

    @Test func `a list of symbols that is none is named`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["audit", Self.object.string, "--symvers", "/etc/passwd"])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("/etc/passwd is not a Module.symvers"))
            let empty = try await installation.run(["audit", Self.object.string, "--symvers", "/dev/null"])
            #expect(empty.status == 2)
        }
    }

    @Test func `a folder to show inside has to be there, and its place a path`() async throws {
        try await withInstallation { installation in
            for (mount, words) in [("no-such", "there is no "), ("/etc:relative", "not an absolute path")] {
                for option in ["--read", "--write"] {
                    let outcome = try await installation.run(["sandbox", "exec", option, mount, "--", "true"])
                    #expect(outcome.status == 2 && outcome.error.contains(words))
                    #expect(outcome.error.contains("what to do"))
                }
            }
        }
    }

    @Test func `files are named from where the command runs, and Bessemer's own folders are left out`() async throws {
        try await withInstallation { installation in
            let wrong = "make ARCH=s390 CROSS_COMPILE=riscv64-linux-gnu- rustdefconfig\n"
            for folder in ["cache", "cache/bessemer", "state/bessemer", "ci"] {
                let path = installation.folder.pushing(FilePath("tree/\(folder)"))
                try Files.makeDirectory(path)
                try AtomicFile.write(wrong, to: path.appending("a.sh"))
            }
            let tree = installation.folder.appending("tree")
            let environment = [
                "XDG_CACHE_HOME": tree.appending("cache").string, "XDG_STATE_HOME": tree.appending("state").string,
            ]
            let outcome = try await installation.run(["lint", tree.string, "--format", "json"], environment)
            let names = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
            let findings = try #require(names["findings"] as? [[String: Any]])
            let files = Set(findings.compactMap { ($0["location"] as? [String: Any])?["file"] as? String })
            #expect(files == [tree.appending("cache/a.sh").string, tree.appending("ci/a.sh").string])
        }
    }

    @Test func `images of two machines, or without types, are not compared`() async throws {
        try await withInstallation { installation in
            for (files, words) in [
                ([Self.object.string, "/bin/ls"], "nothing can be compared"),
                (["/bin/ls", "/bin/ls"], "no debug information of C types"),
            ] {
                let outcome = try await installation.run(["diff"] + files)
                #expect(outcome.status != 0)
                #expect((outcome.output + outcome.error).contains(words))
                #expect(!outcome.output.contains("removed\n"))
            }
        }
    }
}
