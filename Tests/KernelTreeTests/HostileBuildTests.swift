// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

@testable import KernelTree

/// Builds that leave what no honest build leaves. A secret of this machine lies beside each.
@Suite struct HostileBuildTests {
    /// Makes what a kernel's build makes, and then runs `attack` in the object folder.
    private static func makefile(_ attack: String) -> String {
        SmallTree.makefile + """

            bzImage:
            \t@cd $(O) && mkdir -p arch/s390/boot include/config drivers
            \t@cd $(O) && for f in vmlinux System.map arch/s390/boot/bzImage Module.symvers drivers/one.ko; do \
            echo made > $$f; done
            \t@cd $(O) && echo 7.3.1-rc2 > include/config/kernel.release && echo drivers/one.o > modules.order
            \t@cd $(O) && \(attack.replacing("$", with: "$$"))
            modules: bzImage
            """
    }

    private func build(
        _ attack: (FilePath) -> String, limits: BuildLimits = .standard, clock: HostClock = .system,
        _ body: (Result<BuildFacts, Failure>, FilePath) async throws -> Void
    ) async throws {
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            let victim = folder.appending("victim")
            try AtomicFile.write("SECRET", to: victim)
            let tree = try SmallTree.write(["Makefile": Self.makefile(attack(victim))], to: folder.appending("tree"))
            let objects = folder.appending("objects")
            try Files.makeDirectory(objects)
            try AtomicFile.write("CONFIG_64BIT=y\n", to: objects.appending(".config"))
            let build = KernelBuild(
                tree: tree, objects: objects, compilerCache: nil, sandbox: sandbox, log: folder.appending("build.log"),
                date: 0, jobs: 1, limits: limits, clock: clock)
            do {
                try await body(.success(try await build.run()), objects)
            } catch let failure as Failure {
                try await body(.failure(failure), objects)
            }
            #expect(try Files.text(victim) == "SECRET")
        }
    }

    @Test(.integration)
    func `a build that does not end is ended at its time limit, and says which option gives it more`()
        async throws
    {
        let time = TestClock()
        async let passing: Void = {
            // The deadline, and the watch over the disk.
            await time.sleeps(reach: 2)
            time.advance(by: .seconds(61))
        }()
        let limits = BuildLimits(time: .seconds(60), disk: 1 << 40)
        try await build({ _ in "sleep 100000" }, limits: limits, clock: time.clock) { result, _ in
            let failure = #expect(throws: Failure.self) { try result.get() }
            #expect(failure?.code == "build.time-limit")
            #expect(failure?.advice.contains("--build-time-limit") == true)
        }
        await passing
    }

    /// Short sleeps are over soon; the deadline never comes.
    private static let quick = HostClock(
        read: { .zero },
        wait: { try await Task.sleep(for: $0 > .seconds(60) ? .seconds(100_000) : .milliseconds(2)) })

    @Test(
        .integration,
        arguments: [
            "head -c 64M /dev/zero > big; sleep 100000",
            "for i in $(seq 64); do mkdir -p d/$i; head -c 1M /dev/zero > d/$i/f; done; sleep 100000",
        ])
    func `a build that fills the disk is ended at its limit`(_ attack: String) async throws {
        let limits = BuildLimits(time: .seconds(100_000), disk: 16 << 20)
        try await build({ _ in attack }, limits: limits, clock: Self.quick) { result, _ in
            let failure = #expect(throws: Failure.self) { try result.get() }
            #expect(failure?.code == "build.disk-limit")
            #expect(failure?.advice.contains("--build-disk-limit") == true)
        }
    }

    @Test(.integration) func `holes and what is below the limit of the disk are no reason to end a build`() async throws
    {
        let limits = BuildLimits(time: .seconds(100_000), disk: 16 << 20)
        try await build(
            { _ in "truncate -s 4G hole; head -c 1M /dev/zero > small; sleep 0.3" }, limits: limits, clock: Self.quick
        ) { result, _ in
            let facts = try result.get()
            #expect(facts.release == "7.3.1-rc2")
        }
    }

    @Test func `a build is ended before a file system is full, in bytes or in files`() async throws {
        try await withTemporaryFolder { folder in
            for free in [(bytes: 1 << 20, files: nil), (bytes: 1 << 40, files: 5)] as [(bytes: Int?, files: Int?)] {
                let watch = DiskWatch(
                    folders: [folder], limit: .max, what: "building", clock: Self.quick, free: { _ in free })
                let failure = await #expect(throws: Failure.self) { try await watch.run() }
                #expect(failure?.code == "disk.full")
            }
        }
    }

    @Test func `folders nested without end are not measured without end`() async throws {
        try await withTemporaryFolder { folder in
            let made = ForeignFolder(folder)
            try made.write("x", to: "file")
            #expect(made.bytesOnDisk(atMost: 10).map { $0 > 0 && $0 < 1 << 20 } == true)
            try made.makeFolder((0..<201).map { _ in "d" }.joined(separator: "/"))
            #expect(made.bytesOnDisk(atMost: 1000) == nil)
            try made.remove("d")
            for name in 0..<11 { try made.write("", to: "\(name)") }
            #expect(made.bytesOnDisk(atMost: 10) == nil)
        }
    }

    @Test(
        .integration,
        arguments: [
            "include/config/kernel.release", "vmlinux", "System.map", "modules.order", "Module.symvers",
            "drivers/one.ko",
            "arch/s390/boot/bzImage", ".config",
        ])
    func `a link in the place of what a build makes is not followed`(_ name: String) async throws {
        try await build({ "ln -sf \($0) \(name)" }) { result, _ in
            let failure = #expect(throws: Failure.self) { try result.get() }
            #expect(failure?.code == "file.link")
            #expect(failure?.message.contains(name) == true)
            #expect(failure?.description.contains("SECRET") == false)
        }
    }

    @Test(
        .integration,
        arguments: [
            ("mv include inside && ln -s inside include", "file.link"),
            ("rm -r include && ln -s /etc include", "file.link"),
            ("ln -sf /dev/zero vmlinux", "file.link"),
            ("rm System.map && mkfifo System.map", "file.special"),
            ("mkfifo drivers/pipe", "file.special"),
            // The sandbox itself limits a file to 32 GiB.
            ("truncate -s 1T vmlinux", "build.failed"), ("truncate -s 30G vmlinux", "file.too-large"),
            ("truncate -s 30G include/config/kernel.release", "file.too-large"),
            ("printf '../../victim.ko\\n' > modules.order", "build.module-list"),
            ("printf '/etc/passwd\\n' > modules.order", "build.module-list"),
            ("rm vmlinux && mkdir vmlinux", "file.kind"),
            ("rm vmlinux", "build.incomplete"),
            ("head -c 70 /dev/zero | tr '\\0' 7 > include/config/kernel.release", "build.release"),
            ("echo .. > include/config/kernel.release", "build.release"),
            ("printf '7.3\\033[2J\\n' > include/config/kernel.release", "build.release"),
            ("echo 7.3/../.. > include/config/kernel.release", "build.release"),
            ("true > include/config/kernel.release", "build.release"),
        ])
    func `what no honest build leaves is a failure that says so`(_ attack: String, _ code: String) async throws {
        try await build({ _ in attack }) { result, _ in
            let failure = #expect(throws: Failure.self) { try result.get() }
            #expect(failure?.code == code)
            #expect(failure?.description.utf8.contains(0x1b) == false)
        }
    }

    @Test(.integration) func `links beside what is read, and long releases of 64 letters, are an honest build's`()
        async throws
    {
        let release = "7.3.1-" + String(repeating: "a", count: 58)
        try await build({ "ln -s \($0) source && echo \(release) > include/config/kernel.release" }) { result, _ in
            let facts = try result.get()
            #expect(facts.release == release)
        }
    }

    @Test(.integration) func `no file of a build makes who runs it somebody else, also where the build fails`()
        async throws
    {
        for end in ["true", "false"] {
            try await build({ _ in "cp /bin/true tool && chmod 6755 tool && \(end)" }) { result, objects in
                #expect((try? result.get()) != nil || end == "false")
                var status = stat()
                #expect(unsafe lstat(objects.appending("tool").string, &status) == 0)
                #expect(status.st_mode & 0o7777 == 0o755)
            }
        }
    }

    /// Object folders whose saved commands are attacks.
    private func probe(
        rust: (FilePath) -> String, c: (FilePath) -> String,
        _ body: (LayoutProbe, String?, FilePath) throws -> Void
    ) async throws {
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            let victim = folder.appending("victim")
            try AtomicFile.write("SECRET", to: victim)
            let objects = folder.appending("objects")
            let files = [
                "rust/bindings/bindings_generated.rs": "pub struct page {\n}\n", "rust/uapi/uapi_generated.rs": "",
                "rust/.kernel.o.cmd": "savedcmd_rust/kernel.o := \(rust(victim)) #\n",
                "rust/helpers/.helpers.o.cmd": "savedcmd_rust/helpers/helpers.o := \(c(victim)) #\n",
            ]
            for (name, text) in files {
                let path = objects.pushing(FilePath(name))
                try Files.makeDirectory(path.removingLastComponent())
                try AtomicFile.write(text, to: path)
            }
            let probe = LayoutProbe(
                tree: try SmallTree.write([:], to: folder.appending("tree")), objects: objects, sandbox: sandbox,
                folder: folder.appending("probe"))
            var code: String?
            do {
                try await probe.make()
            } catch let failure as Failure {
                code = failure.code
            }
            try body(probe, code, victim)
            #expect(try Files.text(victim) == "SECRET")
        }
    }

    private static let compile = "cd /mnt/made && echo 'static int x;' | s390x-linux-gnu-gcc -x c -c - -o"

    @Test(.integration) func `the sources of the layout probe are not the commands' to change`() async throws {
        let attack = """
            for n in $(seq 300); do ln -s VICTIM /mnt/made/c.c.partial-$n; ln -s VICTIM /mnt/probe/c.c.partial-$n; done; \
            ln -s VICTIM /mnt/made/c.c; ln -sf VICTIM /mnt/probe/c.c; rm -f /mnt/probe/rust.rs; \
            echo x > /mnt/probe/new && touch /mnt/made/written; \(Self.compile)rust.o
            """
        try await probe(
            rust: { attack.replacing("VICTIM", with: $0.string) }, c: { _ in "\(Self.compile)c.o" }
        ) { probe, code, _ in
            #expect(code == nil)
            #expect(!probe.made.hasFile("written"))
            let sources = ForeignFolder(probe.folder.appending("sources"))
            let (names, text) = (try sources.names(), try sources.text(of: "c.c", limit: 1000))
            #expect(names == ["c.c", "rust.rs"])
            #expect(text.hasPrefix("#include <bindings/"))
        }
    }

    @Test(.integration) func `a link or a pipe in the place of the probe's object is refused`() async throws {
        try await probe(
            rust: { _ in "\(Self.compile)rust.o" },
            c: { "\(Self.compile)c.o; ln -s \($0) /mnt/made/layout-probe.o" }
        ) { probe, code, _ in
            // The linker can't write through it: what it leads to is not there in the sandbox.
            #expect(code == "probe.failed" || code == nil)
            #expect(throws: Failure.self) { try probe.made.file(LayoutProbe.objectName) }
        }
        try await probe(
            rust: { _ in "\(Self.compile)rust.o" }, c: { _ in "\(Self.compile)c.o; mkfifo /mnt/made/pipe" }
        ) { _, code, _ in
            #expect(code == "file.special")
        }
    }

    @Test(.integration) func `a tree's folder that is a link is not copied, listed or read`() async throws {
        try await withTemporaryFolder { folder in
            try Files.makeDirectory(folder.pushing("host/secret"))
            try AtomicFile.write("TARGETS += secret\n", to: folder.pushing("host/Makefile"))
            try AtomicFile.write("config SECRET\n", to: folder.pushing("host/Kconfig"))
            let tree = try SmallTree.write([:], to: folder.appending("tree"))
            try Files.makeDirectory(tree.path.pushing("tools/testing"))
            for (name, target) in [
                ("tools/testing/selftests", "\(folder)/host"), ("inside", "arch"), ("up", "../host"),
            ] {
                try FileManager.default.createSymbolicLink(
                    atPath: tree.path.pushing(FilePath(name)).string, withDestinationPath: target)
            }
            #expect(tree.text("tools/testing/selftests/Makefile") == nil)
            #expect(tree.text("up/Kconfig") == nil && tree.text("inside/s390/Kconfig") == nil)
            #expect(tree.text("arch/s390/Kconfig") != nil)
            #expect(tree.names(in: "tools/testing/selftests") == [])
            #expect(tree.folder.files { $0 == "Kconfig" } == ["Kconfig", "arch/s390/Kconfig"])
            let build = SelftestBuild(
                tree: tree, sandbox: try await RealThings.sandbox(), library: folder, folder: folder.appending("out"),
                jobs: 1)
            let failure = await #expect(throws: Failure.self) { try await build.run(nil) { _ in } }
            #expect(failure?.code == "selftest.absent")
        }
    }

    @Test(.integration) func `a module's folder gets its sources whole, whatever lies there`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("SECRET", to: folder.appending("victim"))
            let sources = folder.appending("sources")
            try Files.makeDirectory(sources)
            try AtomicFile.write("obj-m := x.o\n", to: sources.appending("Kbuild"))
            let module = ModuleBuild(
                tree: try SmallTree.write([:], to: folder.appending("tree")), objects: folder,
                sandbox: try await RealThings.sandbox(), folder: folder.appending("module"), date: 0)
            try module.take(sources: sources)
            for name in ["layouts_c.c", "layouts_rust.rs"] {
                try FileManager.default.createSymbolicLink(
                    atPath: module.folder.appending(name).string, withDestinationPath: "\(folder)/victim")
            }
            try Files.makeDirectory(folder.pushing("rust/bindings"))
            try AtomicFile.write("", to: folder.pushing("rust/bindings/bindings_generated.rs"))
            try module.addLayouts(complete: [])
            #expect(try Files.text(folder.appending("victim")) == "SECRET")
            #expect(module.made.hasFile("layouts_c.c") && module.made.hasFile("layouts_rust.rs"))
        }
    }
}

@Suite struct KernelReleaseTests {
    @Test(arguments: ["7.3.1-rc2", "6.12.107", "7.2.12+deb14-s390x", "6.12.0-55.el10.s390x", "7.3.0-rc1~exp1_x"])
    func `what kernels are called is a release`(_ text: String) { #expect(KernelRelease.isRelease(text)) }

    @Test(arguments: [
        "", ".", "..", "7.3/x", "7..3", "-7.3", "7.3 ", "7.3\n", "7.3\u{1b}[2J", "7.３", "7.3é", "$(id)",
    ])
    func `what would be more than a name in a path or a script is none`(_ text: String) {
        #expect(!KernelRelease.isRelease(text))
    }

    @Test func `64 letters are the most`() {
        #expect(KernelRelease.isRelease(String(repeating: "7", count: 64)))
        #expect(!KernelRelease.isRelease(String(repeating: "7", count: 65)))
    }
}
