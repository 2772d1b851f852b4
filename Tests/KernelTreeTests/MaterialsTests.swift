// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import KernelTree

struct MaterialsTests {
    /// A tree, an object folder and a root with a few programs, each the least that a build leaves.
    private struct SmallBuild {
        let folder: FilePath
        var source: FilePath { folder.appending("source") }
        var objects: FilePath { folder.appending("objects") }
        var root: FilePath { folder.appending("root") }

        init(in folder: FilePath) throws {
            self.folder = folder
            for program in ["gcc", "ld", "ar", "objcopy", "awk", "xargs", "rm", "make", "sh", "sed", "nm"] {
                let name =
                    ["gcc", "ld", "ar", "objcopy", "nm"].contains(program) ? "s390x-linux-gnu-\(program)" : program
                try write("#!\(name)", "root/usr/bin/\(name)")
            }
            try write("Package: binutils\nVersion: 2.44-3\nArchitecture: amd64\n\n", "root/var/lib/dpkg/status")
            try write("/.\n/usr/bin/s390x-linux-gnu-ld\n", "root/var/lib/dpkg/info/binutils.list")
            try write("all:\n", "source/Makefile")
            try write("", "source/Kbuild")
            try write("// SPDX-License-Identifier: GPL-2.0-only\nint a;\n", "source/init/main.c")
            try write("/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */\n", "source/include/linux/a.h")
            try write("// not enabled\n", "source/lib/other.rs")
            try write("CONFIG_MODULES=y\n", "objects/.config")
            try write("kernel", "objects/vmlinux")
            try write("image", "objects/arch/s390/boot/bzImage")
            try write("x", "objects/built-in.a")
            try write("x", "objects/init/main.o")
            try save(
                "vmlinux", "s390x-linux-gnu-ld -o vmlinux --whole-archive built-in.a")
            try save(
                "built-in.a",
                "rm -f built-in.a;  printf \"init/%s \" main.o | xargs s390x-linux-gnu-ar cDPrST built-in.a")
            try save(
                "init/main.o", "s390x-linux-gnu-gcc -c -o init/main.o /mnt/src/init/main.c",
                source: "/mnt/src/init/main.c", reads: ["/mnt/src/include/linux/a.h"])
            try save("arch/s390/boot/bzImage", "s390x-linux-gnu-objcopy -O binary vmlinux arch/s390/boot/bzImage")
        }

        func write(_ text: String, _ path: String) throws {
            let file = folder.appending(path)
            try Files.makeDirectory(file.removingLastComponent())
            try AtomicFile.write(text, to: file)
        }

        func save(_ target: String, _ command: String, source: String? = nil, reads: [String] = []) throws {
            var text = "savedcmd_\(target) := \(command)\n"
            if let source {
                text += "\nsource_\(target) := \(source)\n\ndeps_\(target) := \\\n"
                text += "    $(wildcard include/config/A) \\\n" + reads.map { "  \($0) \\\n" }.joined()
            }
            let parts = target.split(separator: "/")
            let file = (parts.dropLast().map(String.init) + [".\(parts.last ?? "").cmd"]).joined(separator: "/")
            try write(text, "objects/\(file)")
        }

        func find() throws -> KernelMaterials {
            try MaterialsFinder(source: source, objects: objects, sandbox: root, toolchain: []).find()
        }
    }

    private func paths(_ list: IndexList, _ materials: KernelMaterials) -> [String] {
        list.indices.map { materials.files[$0].path }
    }

    @Test("the kernel is followed back to its sources, through an archive whose members printf names")
    func complete() async throws {
        try await withTemporaryFolder { folder in
            let found = try SmallBuild(in: folder).find()
            #expect(found.gaps == [])
            #expect(found.compiled == ["init/main.c", "include/linux/a.h"])
            #expect(found.unused == ["lib/other.rs"])
            #expect(found.leftOut == ["lib/other.rs"])
            #expect(paths(found.outputs, found) == ["arch/s390/boot/bzImage", "vmlinux"])
            let header = try #require(found.index(of: "include/linux/a.h", in: .source))
            #expect(found.files[header].license == "GPL-2.0 WITH Linux-syscall-note")
            #expect(found.steps(thatUse: header).map { found.files[$0.output].path } == ["init/main.o"])
            let linker = try #require(found.tools.first { $0.name == "s390x-linux-gnu-ld" })
            #expect(linker.package?.name == "binutils" && linker.package?.version == "2.44-3")
            #expect(paths(found.buildSystem, found).contains("Makefile"))
            #expect(found.fault == nil)
            let bytes = try CanonicalJSON.encode(found)
            #expect(try JSON.decode(KernelMaterials.self, from: bytes, named: "materials") == found)
        }
    }

    @Test("what is not explained is a gap with its file", arguments: ["step", "file", "program", "headers"])
    func gaps(_ kind: String) async throws {
        try await withTemporaryFolder { folder in
            let build = try SmallBuild(in: folder)
            let expected: (String, String)
            switch kind {
            case "step":
                try Files.remove(build.objects.appending("init/.main.o.cmd"))
                expected = ("init/main.o", "no .cmd file")
            case "file":
                try Files.remove(build.source.appending("include/linux/a.h"))
                expected = ("include/linux/a.h", "can't be read")
            case "program":
                try build.save("built-in.a", "mystery-linker init/main.o")
                expected = ("built-in.a", "mystery-linker")
            default:
                try build.save("init/main.o", "s390x-linux-gnu-gcc -c -o init/main.o /mnt/src/init/main.c")
                expected = ("init/main.o", "headers")
            }
            let found = try build.find()
            #expect(!found.isComplete)
            #expect(found.gaps.contains { $0.file == expected.0 && $0.reason.contains(expected.1) })
        }
    }

    @Test("what the assembler includes, what a makefile names and what Kconfig runs belongs to the list")
    func hidden() async throws {
        try await withTemporaryFolder { folder in
            let build = try SmallBuild(in: folder)
            try build.write("asm(\".include \\\"asm/insn.h\\\"\\n\");\n", "source/include/linux/a.h")
            try build.write(".macro nop\n.endm\n", "source/arch/s390/include/asm/insn.h")
            try build.write(
                "a := $(shell cat $(src)/parameters)\nb := $(srctree)/include/version\n", "source/init/Makefile")
            try build.write("1", "source/init/parameters")
            try build.write("2", "source/include/version")
            try build.write("config A\n\tdef_bool $(shell,$(srctree)/scripts/cc.sh)\n", "source/Kconfig")
            try build.write("#!/bin/sh\n. $(dirname $0)/least.sh\n", "source/scripts/cc.sh")
            try build.write("#!/bin/sh\n", "source/scripts/least.sh")
            try build.write(
                "deps_config := \\\n\tKconfig \\\n\n$(deps_config): ;\n", "objects/include/config/auto.conf.cmd")
            let found = try build.find()
            #expect(found.gaps == [])
            #expect(found.compiled.contains("arch/s390/include/asm/insn.h"))
            let listed = Set(found.files.filter { $0.root == .source }.map(\.path))
            let hidden = ["init/parameters", "include/version", "scripts/cc.sh", "scripts/least.sh", "Kconfig"]
            #expect(listed.isSuperset(of: hidden), "\(Set(hidden).subtracting(listed))")
        }
    }

    @Test("the list that usr/gen_initramfs.sh writes of what it reads is made, and what it names is read")
    func initramfs() async throws {
        try await withTemporaryFolder { folder in
            let build = try SmallBuild(in: folder)
            try build.write("#!/bin/sh\n", "source/usr/gen_initramfs.sh")
            try build.write("file /init /mnt/src/usr/init 0755 0 0\n", "source/usr/default_cpio_list")
            try build.write("init", "source/usr/init")
            try build.write("x", "objects/usr/initramfs_data.cpio")
            try build.write(
                "deps_initramfs := \\\n/mnt/src/usr/default_cpio_list \\\n/mnt/src/usr/init \\\n",
                "objects/usr/.initramfs_data.cpio.d")
            try build.save(
                "usr/initramfs_data.cpio",
                "sh /mnt/src/usr/gen_initramfs.sh -o usr/initramfs_data.cpio -l usr/.initramfs_data.cpio.d "
                    + "-d \"Thu Nov 12 09:30:20 UTC 2026\" /mnt/src/usr/default_cpio_list")
            try build.save("vmlinux", "s390x-linux-gnu-ld -o vmlinux built-in.a usr/initramfs_data.cpio")
            let found = try build.find()
            #expect(found.gaps == [])
            let made = "usr/initramfs_data.cpio"
            let step = try #require(found.steps.first { found.files[$0.output].path == made })
            #expect(Set(paths(step.inputs, found)).isSuperset(of: ["usr/default_cpio_list", "usr/init"]))
        }
    }

    @Test("a header whose command is not saved comes from the rule of its makefile")
    func rule() async throws {
        try await withTemporaryFolder { folder in
            let build = try SmallBuild(in: folder)
            try build.write(
                """
                bounds-file := include/generated/bounds.h
                filechk_bounds = sed -ne p $<
                $(bounds-file): kernel/bounds.txt FORCE
                \t$(call filechk,bounds)
                """, "source/Kbuild")
            try build.write("1", "source/kernel/bounds.txt")
            try build.write("x", "objects/include/generated/bounds.h")
            try build.save(
                "init/main.o", "s390x-linux-gnu-gcc -c -o init/main.o /mnt/src/init/main.c",
                source: "/mnt/src/init/main.c", reads: ["include/generated/bounds.h"])
            let found = try build.find()
            #expect(found.gaps == [])
            let step = try #require(found.steps.first { found.files[$0.output].path == "include/generated/bounds.h" })
            #expect(step.evidence == .rule)
            #expect(paths(step.inputs, found) == ["Kbuild", "kernel/bounds.txt"])
        }
    }

    @Test("a list of symbols holds nothing of what it lists")
    func describing() async throws {
        try await withTemporaryFolder { folder in
            let build = try SmallBuild(in: folder)
            try build.write("x", "objects/list.h")
            try build.write("x", "objects/other.o")
            try build.write("int b;", "source/other.c")
            try build.save("list.h", "s390x-linux-gnu-nm other.o > list.h")
            try build.save(
                "other.o", "s390x-linux-gnu-gcc -c -o other.o /mnt/src/other.c", source: "/mnt/src/other.c")
            try build.save(
                "init/main.o", "s390x-linux-gnu-gcc -c -o init/main.o /mnt/src/init/main.c",
                source: "/mnt/src/init/main.c", reads: ["list.h"])
            let found = try build.find()
            #expect(found.gaps == [])
            #expect(found.index(of: "other.c", in: .source) != nil)
            #expect(found.compiled == ["init/main.c"])
        }
    }

    @Test("names that lead out of the folders are gaps, and are not read")
    func hostile() async throws {
        try await withTemporaryFolder { folder in
            let build = try SmallBuild(in: folder)
            try build.write("secret", "secret")
            try build.save(
                "init/main.o", "s390x-linux-gnu-gcc -c -o init/main.o /mnt/src/init/main.c",
                source: "/mnt/src/init/main.c",
                reads: ["../secret", "/mnt/src/../../secret", "/etc/shadow", "a\u{0}b", "/mnt/out/./init//main.o"])
            let found = try build.find()
            #expect(found.files.allSatisfy { !$0.path.contains("secret") && !$0.path.contains("..") })
            #expect(found.gaps.map(\.file).contains("etc/shadow"))
        }
    }

    @Test(
        "shell text is split into its commands",
        arguments: [
            ("a b; c", [["a", "b"], ["c"]]),
            ("if ! x 'y z' > /dev/null; then W=1 v; fi", [["x", "y z"], ["v"]]),
            ("{ cat a | sh w; printf \\\\000; } > b", [["cat", "a"], ["sh", "w"], ["printf", "\\000"], []]),
            ("ar m $$(ar t x | sed -n 1p) x", [["ar", "t", "x"], ["sed", "-n", "1p"], ["ar", "m", "", "x"]]),
            ("s=`nm a`; ( exit 1", [["nm", "a"], ["exit", "1"]]), ("'", [[""]]), ("$(((((", [[""]]), ("\\", []),
        ])
    func shell(_ text: String, _ words: [[String]]) {
        #expect(ShellText(text).commands.map(\.words) == words)
    }

    @Test("variables that name themselves many times are expanded for a while only")
    func recursion() {
        let text = "x = " + String(repeating: "$(x)", count: 50)
        _ = MakefileRules(text, path: "a").expand("$(x)", [:])
    }

    @Test("no bytes make the reader of commands fail")
    func anyBytes() {
        let alphabet = Array("$(){}'\"`\\|;&<> \n:=#ax%\u{ff}".utf8)
        var state: UInt64 = 7
        for _ in 0..<3000 {
            var bytes: [UInt8] = Array("savedcmd_x := ".utf8)
            for _ in 0..<40 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            if let file = SavedCommandFile(bytes) { _ = ShellText(file.command).commands }
            _ = MakefileRules(String(decoding: bytes, as: UTF8.self), path: "a").expand("$(x)$($(x))", [:])
        }
    }
}
