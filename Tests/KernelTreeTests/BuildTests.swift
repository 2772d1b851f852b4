// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import Sandbox
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Builds of a tree of a few lines, with the sandbox's real make and compilers.
@Suite struct BuildTests {
    /// A Makefile that says and does what kbuild says and does, for one C file, one module and what is asked besides.
    private static func makefile(_ more: String = "") -> String {
        SmallTree.makefile + """

            out := $(O)
            CC := $(CROSS_COMPILE)gcc
            all_steps: $(out)/main.o \(more.isEmpty ? "" : "extra")
            $(out)/main.o: init/main.c
            \t@echo '  CC      init/main.o'
            \t@$(CC) -g -c $(CURDIR)/init/main.c -o $@
            bzImage: all_steps
            \t@mkdir -p $(out)/arch/s390/boot $(out)/include/config $(out)/drivers
            \t@echo '  LD      vmlinux'
            \t@$(CROSS_COMPILE)ld -e start_kernel -o $(out)/vmlinux $(out)/main.o
            \t@$(CROSS_COMPILE)nm $(out)/vmlinux > $(out)/System.map
            \t@echo '  OBJCOPY arch/s390/boot/bzImage'
            \t@$(CROSS_COMPILE)objcopy -O binary $(out)/vmlinux $(out)/arch/s390/boot/bzImage
            \t@echo 7.3.1-rc2 > $(out)/include/config/kernel.release
            modules: bzImage
            \t@echo '  LD [M]  drivers/one.ko'
            \t@cp $(out)/main.o $(out)/drivers/one.ko
            \t@echo drivers/one.o > $(out)/modules.order
            \t@env | sort > $(out)/Module.symvers
            \(more)
            """
    }

    private static let goodMain = "int start_kernel(void) { return 0; }\n"

    private func build(
        _ files: [String: String], targets: [String] = ["bzImage", "modules"], objects: FilePath? = nil,
        onProgress: @escaping ProgressSink = { _ in },
        _ body: (Result<BuildFacts, Failure>, FilePath) async throws -> Void
    ) async throws {
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            let tree = try SmallTree.write(files, to: folder.appending("tree"))
            let objects = objects ?? folder.appending("objects")
            try Files.makeDirectory(objects)
            try AtomicFile.write("CONFIG_64BIT=y\n", to: objects.appending(".config"))
            let build = KernelBuild(
                tree: tree, objects: objects, compilerCache: folder.appending("ccache"), sandbox: sandbox,
                log: folder.appending("build.log"), date: 1_780_000_000, jobs: 2, targets: targets)
            do {
                try await body(.success(try await build.run(onProgress: onProgress)), folder)
            } catch let failure as Failure {
                try await body(.failure(failure), folder)
            }
        }
    }

    @Test(.integration) func `a build tells its artifacts, its environment and how far it is`() async throws {
        let progress = Mutex<[WorkProgress]>([])
        let files = ["Makefile": Self.makefile(), "init/main.c": Self.goodMain]
        try await build(files, onProgress: { now in progress.withLock { $0.append(now) } }) { result, folder in
            let facts = try result.get()
            #expect(facts.release == "7.3.1-rc2")
            #expect(
                facts.artifacts.map(\.path) == [
                    ".config", "System.map", "vmlinux", "arch/s390/boot/bzImage", "Module.symvers", "drivers/one.ko",
                ])
            let sum = try await Command("sha256sum", [folder.pushing("objects/vmlinux").string]).capture().output
            #expect(facts.artifacts[2].sha256.hexadecimal == sum.prefix(64))
            #expect(facts.steps == 4)
            #expect(facts.leakedPaths == [])
            #expect(facts.warnings == [])
            #expect(facts.command == "make -j2 O=/mnt/out ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- bzImage modules")
            #expect(facts.environment["KBUILD_BUILD_TIMESTAMP"] == "Thu May 28 20:26:40 UTC 2026")
            let date = try await Command("date", ["-u", "-d", "@1780000000", "+%a %b %-d %H:%M:%S UTC %Y"]).capture()
                .output
            #expect(facts.environment["KBUILD_BUILD_TIMESTAMP"] == date.trimmingCharacters(in: .newlines))
            // What was recorded is what the build saw, and nothing else of this machine.
            let seen = try Files.text(folder.pushing("objects/Module.symvers")).split(separator: "\n")
            for (name, value) in facts.environment { #expect(seen.contains("\(name)=\(value)")) }
            let known = Set(facts.environment.keys).union([
                "PWD", "SHLVL", "_", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKE_TERMERR", "MAKE_TERMOUT",
                "MAKEOVERRIDES", "O", "ARCH", "CROSS_COMPILE", "OLDPWD",
            ])
            #expect(seen.map { String($0.prefix { $0 != "=" }) }.filter { !known.contains($0) } == [])
        }
        let last = progress.withLock(\.last)
        #expect(last?.done == 4)
        #expect(last?.stage == "modules")
        #expect(last?.detail == "drivers/one.ko")
    }

    @Test(.integration) func `the same tree gives the same bytes in another folder`() async throws {
        let digests = Mutex<[[Digest]]>([])
        for _ in 0..<2 {
            try await build(["Makefile": Self.makefile(), "init/main.c": Self.goodMain]) { result, _ in
                let artifacts = try result.get().artifacts
                digests.withLock { $0.append(artifacts.map(\.sha256)) }
            }
        }
        #expect(digests.withLock { $0[0] == $0[1] })
    }

    @Test(.integration) func `a name of this machine in an artifact is told`() async throws {
        let sandbox = try await RealThings.sandbox()
        let main = "const char leak[] = \"\(sandbox.path)/x\"; int start_kernel(void) { return leak[0]; }\n"
        try await build(["Makefile": Self.makefile(), "init/main.c": main]) { result, _ in
            let facts = try result.get()
            #expect(facts.leakedPaths == [sandbox.path.string])
        }
    }

    private func failure(_ files: [String: String], targets: [String] = ["bzImage", "modules"]) async throws -> Failure
    {
        let found = Mutex<Failure?>(nil)
        try await build(files, targets: targets) { result, folder in
            if case .failure(let failure) = result {
                found.withLock { $0 = failure }
                #expect(failure.advice.contains("build.log"))
                // The finished log tells the same as the running build.
                let error = try BuildError.first(inLog: folder.appending("build.log"))
                #expect(error.text == failure.underlying)
            }
        }
        return try #require(found.withLock { $0 })
    }

    @Test(.integration) func `the C compiler's first error is found with its file, line and text`() async throws {
        let failure = try await failure([
            "Makefile": Self.makefile(),
            "init/main.c": "#include \"main.h\"\nint start_kernel(void) { return value; }\n",
            "init/main.h": "/* nothing */\nstruct s { unknown_t x; };\n",
        ])
        #expect(failure.code == "build.failed")
        #expect(failure.message == "building the kernel failed: the C compiler stopped at init/main.h:2")
        #expect(failure.underlying?.contains("In file included from /mnt/src/init/main.c:1") == true)
        #expect(failure.underlying?.contains("unknown type name") == true)
        #expect(failure.underlying?.contains("Error 1") == false)
        #expect(failure.underlying?.contains("value") == false)
    }

    @Test(.integration) func `the Rust compiler's place is found behind its arrow`() async throws {
        let failure = try await failure([
            "Makefile": Self.makefile(
                "extra:\n\t@echo '  RUSTC [M] samples/rust/bad.o'\n\t@rustc --crate-type lib --emit=metadata -o $(out)/bad.rmeta $(CURDIR)/samples/rust/bad.rs\n"
            ),
            "init/main.c": Self.goodMain,
            "samples/rust/bad.rs": "pub fn f() -> u32 {\n    let unused = 1;\n    no_such_value\n}\n",
        ])
        #expect(failure.message == "building the kernel failed: the Rust compiler stopped at samples/rust/bad.rs:3")
        #expect(failure.underlying?.hasPrefix("error[E0425]: cannot find value `no_such_value`") == true)
        #expect(failure.underlying?.contains("not found in this scope") == true)
        #expect(failure.underlying?.contains("aborting") == false)
    }

    @Test(.integration) func `an undefined symbol is the linker's`() async throws {
        let failure = try await failure([
            "Makefile": Self.makefile(),
            "init/main.c": "int nowhere(void);\nint start_kernel(void)\n{\n\treturn nowhere();\n}\n",
        ])
        #expect(failure.message == "building the kernel failed: the linker stopped at init/main.c:4")
        #expect(failure.underlying?.contains("undefined reference to `nowhere'") == true)
    }

    @Test(.integration) func `the assembler's error is found`() async throws {
        let failure = try await failure([
            "Makefile": Self.makefile(),
            "init/main.c": "int start_kernel(void) { asm volatile(\"nosuchinsn %r1\"); return 0; }\n",
        ])
        #expect(failure.message.hasPrefix("building the kernel failed: the assembler stopped at init/main.c:1"))
        #expect(failure.underlying?.contains("nosuchinsn") == true)
    }

    @Test(.integration) func `bindgen's error is found`() async throws {
        let failure = try await failure([
            "Makefile": Self.makefile(
                "extra:\n\t@echo '  BINDGEN rust/bindings/bindings_generated.rs'\n\t@bindgen $(CURDIR)/rust/bindings/bindings_helper.h -o $(out)/b.rs -- --target=s390x-linux-gnu\n"
            ),
            "init/main.c": Self.goodMain, "rust/bindings/bindings_helper.h": "int fine;\nunknown_t broken;\n",
        ])
        #expect(failure.message == "building the kernel failed: bindgen stopped at rust/bindings/bindings_helper.h:2")
        #expect(failure.underlying?.contains("unknown type name 'unknown_t'") == true)
    }

    @Test(.integration) func `a target that cannot be made is make's`() async throws {
        let failure = try await failure([
            "Makefile": Self.makefile("extra: $(out)/never\n"), "init/main.c": Self.goodMain,
        ])
        #expect(failure.message == "building the kernel failed: make stopped")
        #expect(failure.underlying?.contains("No rule to make target '/mnt/out/never', needed by 'extra'") == true)
    }

    @Test(.integration) func `a killed compiler is most likely out of memory`() async throws {
        let failure = try await failure([
            "Makefile": Self.makefile("extra:\n\t@echo '  CC      mm/big.o'\n\t@kill -9 $$$$\n"),
            "init/main.c": Self.goodMain,
        ])
        #expect(failure.code == "build.killed")
    }

    @Test(.integration) func `an error that no one knows shows the last lines before make gave up`() async throws {
        let failure = try await failure([
            "Makefile": Self.makefile("extra:\n\t@echo '  GEN     thing'\n\t@echo strange words here; exit 3\n"),
            "init/main.c": Self.goodMain,
        ])
        #expect(failure.code == "build.failed")
        #expect(failure.underlying?.contains("strange words here") == true)
        #expect(failure.underlying?.contains("Error 3") == true)
    }

    @Test(.integration) func `warnings are gathered with their places, each once`() async throws {
        let main = "int start_kernel(void) { int unused = 3; return 0; }\n#warning look here\n"
        let makefile = Self.makefile("extra:\n\t@$(CC) -Wall -c $(CURDIR)/init/main.c -o $(out)/twice.o\n")
            .replacingOccurrences(of: "-g -c", with: "-Wall -g -c")
        try await build(["Makefile": makefile, "init/main.c": main]) { result, _ in
            let warnings = try result.get().warnings
            #expect(
                warnings.sorted() == [
                    "init/main.c:1: unused variable ‘unused’ [-Wunused-variable]",
                    "init/main.c:2: #warning look here [-Wcpp]",
                ])
        }
    }

    @Test(.integration) func `make that ends well without a kernel is no build`() async throws {
        try await build(
            ["Makefile": Self.makefile() + "\nnothing:\n\t@true\n", "init/main.c": Self.goodMain], targets: ["nothing"]
        ) { result, _ in
            #expect(throws: Failure.self) { try result.get() }
        }
    }

    @Test(.integration) func `a folder that was not configured is told from a failed build`() async throws {
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            let tree = try SmallTree.write([:], to: folder.appending("tree"))
            let build = KernelBuild(
                tree: tree, objects: folder.appending("objects"), compilerCache: nil, sandbox: sandbox,
                log: folder.appending("log"), date: 0, jobs: 1)
            let error = await #expect(throws: Failure.self) { try await build.run() }
            #expect(error?.code == "build.unconfigured")
        }
    }

    @Test(.integration, .enabled(if: SmallFileSystem.isPossible))
    func `a full disk is the error, whatever the compiler makes of it`()
        async throws
    {
        try await SmallFileSystem.with(options: "size=1m") { disk in
            let filler = "extra:\n\t@echo '  GEN     big'\n\t@head -c 5000000 /dev/zero > $(out)/big\n"
            try await build(["Makefile": Self.makefile(filler), "init/main.c": Self.goodMain], objects: disk) {
                result, _ in
                guard case .failure(let failure) = result else {
                    Issue.record("the build should fail")
                    return
                }
                #expect(failure.code == "disk.full")
            }
        }
    }

    @Test(arguments: [
        (["CROSS_COMPILE": "riscv64-linux-gnu-", "ARCH": "s390"], "build.cross-compile"),
        (["CROSS_COMPILE": "/opt/x/bin/aarch64-linux-gnu-"], "build.cross-compile"),
        (["CROSS_COMPILE": "s390-linux-gnu-"], "build.cross-compile"),
        (["CROSS_COMPILE": "s390x-linux-gnu"], "build.cross-compile"),
        (["ARCH": "s390x"], "build.architecture"), (["ARCH": "riscv"], "build.architecture"),
        (["LLVM": "1"], "build.llvm"),
    ]) func `settings for another architecture are refused and the right one is named`(
        environment: [String: String], code: String
    ) {
        let error = #expect(throws: Failure.self) { try BuildEnvironment.check(environment) }
        #expect(error?.code == code)
        if code != "build.llvm" {
            #expect(error?.advice.contains(code == "build.architecture" ? "ARCH=s390" : "s390x-linux-gnu-") == true)
        }
    }

    @Test func `the right settings and none are accepted`() throws {
        try BuildEnvironment.check([:])
        try BuildEnvironment.check(["ARCH": "s390", "CROSS_COMPILE": "s390x-linux-gnu-", "LLVM": "0"])
        try BuildEnvironment.check(["CROSS_COMPILE": "ccache /usr/bin/s390x-linux-gnu-", "ARCH": ""])
    }

    @Test func `the first error of parallel jobs is found among their steps`() {
        let log = """
              CC      a.o
            /mnt/src/a.c: In function 'f':
            /mnt/src/a.c:5:9: error: 'x' undeclared (first use in this function)
              CC      b.o
                5 |         x = 1;
                  |         ^
            make[4]: *** [/mnt/src/scripts/Makefile.build:289: a.o] Error 1
            make[4]: *** Waiting for unfinished jobs....
            /mnt/src/b.c:9:1: error: another
            make: *** [Makefile:248: __sub-make] Error 2
            """
        let error = Self.read(log)
        #expect(error?.place?.text == "a.c:5")
        #expect(error?.kind == .cCompiler)
        #expect(error?.text.split(separator: "\n").count == 4)
    }

    @Test func `Kconfig, modpost and rust without a place are known`() {
        #expect(
            Self.read(
                "init/Kconfig:70:error: recursive dependency detected!\ninit/Kconfig:70:\tsymbol A depends on B\n")?
                .kind == .kconfig)
        #expect(
            Self.read("arch/s390/Kconfig:12: syntax error\narch/s390/Kconfig:12: unknown statement \"foo\"\n")?.place?
                .text == "arch/s390/Kconfig:12")
        #expect(Self.read("ERROR: modpost: \"foo\" [drivers/x.ko] undefined!\n")?.kind == .modpost)
        let rust = Self.read(
            "  RUSTC L rust/core.o\nerror: unknown unstable option: `packed-stack`\n\nmake[2]: *** [rust/Makefile:1: rust/core.o] Error 1\n"
        )
        #expect(rust?.kind == .rustCompiler)
        #expect(rust?.text == "error: unknown unstable option: `packed-stack`")
    }

    @Test func `a log of one endless line or of noise is read in bounds`() {
        #expect(Self.read(String(repeating: "x", count: 3_000_000))?.kind == .unknown)
        let flood = String(repeating: "/mnt/src/a.c:1:1: error: again\n", count: 20_000)
        #expect((Self.read(flood)?.text.utf8.count ?? 0) < 10_000)
    }

    private static func read(_ log: String) -> BuildError? {
        let path = FilePath(NSTemporaryDirectory()).appending("bessemer-log-\(UUID().uuidString)")
        defer { try? Files.remove(path) }
        guard (try? AtomicFile.write(log + "\n", to: path)) != nil else { return nil }
        return try? BuildError.first(inLog: path)
    }
}

/// What a log says of the cause, told from sources that it quotes.
@Suite struct BuildCauseTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let log: String
        let kind: BuildError.Kind
        var place: String?
    }

    static let cases = [
        Case(
            testDescription: "an error whose source has SIGKILL",
            log: """
                kernel/signal.c: In function 'f':
                kernel/signal.c:12:9: error: 'x' undeclared (first use in this function)
                   12 |         x = SIGKILL; /* terminated with signal 9 [Killed] */
                      |         ^
                make[3]: *** [scripts/Makefile.build:243: kernel/signal.o] Error 1

                """, kind: .cCompiler, place: "kernel/signal.c:12"),
        Case(
            testDescription: "an error whose source has the words of a full disk",
            log: """
                fs/x.c:7:1: error: expected ';' before 'return'
                    7 |  pr_err("No space left on device");
                      |                                     ^
                make[3]: *** [scripts/Makefile.build:243: fs/x.o] Error 1

                """, kind: .cCompiler, place: "fs/x.c:7"),
        Case(
            testDescription: "an error of the source's own words",
            log: "fs/x.c:7:2: error: #error \"No space left on device\"\nmake: *** [x:1: fs/x.o] Error 1\n",
            kind: .cCompiler, place: "fs/x.c:7"),
        Case(
            testDescription: "an error of rustc's whose source has SIGKILL",
            log: """
                error[E0425]: cannot find value `x` in this scope
                 --> rust/kernel/a.rs:3:5
                  |
                3 |     x(bindings::SIGKILL); // (signal: 9, SIGKILL: kill)
                  |     ^ not found in this scope

                make[2]: *** [rust/Makefile:1: rust/kernel.o] Error 1

                """, kind: .rustCompiler, place: "rust/kernel/a.rs:3"),
        Case(
            testDescription: "a compiler that was killed",
            log: """
                s390x-linux-gnu-gcc: fatal error: Killed signal terminated program cc1
                compilation terminated.
                make[3]: *** [scripts/Makefile.build:243: kernel/fork.o] Error 1

                """, kind: .killed),
        Case(
            testDescription: "a linker that was killed",
            log: "collect2: fatal error: ld terminated with signal 9 [Killed]\ncompilation terminated.\n", kind: .killed
        ),
        Case(
            testDescription: "a process that was killed below a script",
            log: "scripts/link-vmlinux.sh: line 113:  4711 Killed                  ${LD} ${ldflags}\n"
                + "make[2]: *** [scripts/Makefile.vmlinux:34: vmlinux] Error 137\n", kind: .killed),
        Case(
            testDescription: "a shell of make's that was killed",
            log: "make[2]: *** [rust/Makefile:1: rust/core.o] Killed\n", kind: .killed),
        Case(
            testDescription: "a linker of rustc's that was killed",
            log: "error: linking with `cc` failed: signal: 9 (SIGKILL)\n", kind: .killed),
        Case(
            testDescription: "a process that was killed after another one found an error",
            log: """
                fs/x.c:7:1: error: expected ';' before 'return'
                s390x-linux-gnu-gcc: fatal error: Killed signal terminated program cc1

                """, kind: .cCompiler, place: "fs/x.c:7"),
        Case(
            testDescription: "a compiler that can't write",
            log: "fs/x.c:900:1: fatal error: error writing to /tmp/cc1.s: No space left on device\n", kind: .diskFull),
        Case(
            testDescription: "an assembler that can't write",
            log: "{standard input}:12: Fatal error: can't write 9 bytes to section .text of x.o: "
                + "'No space left on device'\n", kind: .diskFull),
        Case(
            testDescription: "a linker that can't write",
            log: "ld: final link failed: No space left on device\n", kind: .diskFull),
    ]

    @Test(arguments: cases) func `the cause is read from whole messages and not from quoted source`(
        _ this: Case
    ) async throws {
        try await withTemporaryFolder { folder in
            let log = folder.appending("build.log")
            try AtomicFile.write(this.log, to: log)
            let error = try BuildError.first(inLog: log)
            #expect(error.kind == this.kind)
            #expect(error.place?.text == this.place)
        }
    }
}
