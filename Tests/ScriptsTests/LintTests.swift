// SPDX-License-Identifier: Apache-2.0
import Findings
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@testable import Scripts

private let bad = """
    CROSS_COMPILE=riscv64-linux-gnu-\r
    rustup toolchain install nightly\r
    make ARCH=s390 \\\r
      CROSS_COMPILE=$CROSS_COMPILE rustdefconfig\r
    bindgen a.h -- -Iinclude\r

    """

struct LintTests {
    @Test func `mends keep the mode and the line ends, and a second run finds nothing to mend`() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending("a.sh")
            try AtomicFile.write(bad.utf8, to: file, permissions: [.ownerReadWriteExecute])
            var lint = Lint(folder: folder)
            lint.nightly = "2026-05-19"
            let report = try lint.report()
            #expect(report.findings.map(\.rule) == ["SCR006", "SCR007", "SCR004", "SCR005", "SCR008"])
            let change = try #require(report.changes.first)
            #expect(change.difference.contains("-CROSS_COMPILE=riscv64-linux-gnu-\r\n"))
            #expect(change.difference.contains("+CROSS_COMPILE=s390x-linux-gnu-\r\n"))
            try change.apply(in: folder)
            let expected = bad.replacing("riscv64-linux-gnu-", with: "s390x-linux-gnu-")
                .replacing("install nightly", with: "install nightly-2026-05-19 --component rust-src")
                .replacing("rustdefconfig", with: "defconfig rust.config")
                .replacing("-- -I", with: "-- --target=s390x-linux-gnu -I")
            #expect(try Files.text(file) == expected)
            let mode = try FileManager.default.attributesOfItem(atPath: file.string)[.posixPermissions] as? Int
            #expect(mode == 0o700)
            let again = try lint.report()
            #expect(again.findings.isEmpty)
            #expect(again.changes.isEmpty)
        }
    }

    @Test func `a difference is one that patch takes`() async throws {
        try await withTemporaryFolder { folder in
            let text = (1...30).map { "echo \($0)\n" }.joined()
            let script = "make ARCH=s390 rustdefconfig\n" + text + "make ARCH=s390 rustdefconfig"
            try AtomicFile.write(script, to: folder.appending("a.sh"))
            let change = try #require(try Lint(folder: folder).report().changes.first)
            try AtomicFile.write(change.difference, to: folder.appending("d"))
            let outcome = try await Command(
                "patch", ["-p1", "-i", "d"], workingDirectory: folder
            ).capture()
            #expect(outcome.ending == .exited(0))
            #expect(
                try Files.text(folder.appending("a.sh"))
                    == script.replacing("rustdefconfig", with: "defconfig rust.config"))
        }
    }

    @Test func `a variable that another architecture's build shares is left alone`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write(
                "C=riscv64-linux-gnu-\nmake ARCH=s390 CROSS_COMPILE=$C\nmake ARCH=riscv CROSS_COMPILE=$C\n",
                to: folder.appending("a.sh"))
            let report = try Lint(folder: folder).report()
            #expect(report.findings.map(\.rule) == ["SCR004"])
            #expect(report.changes.isEmpty)
        }
    }

    @Test func `toolchain files and block scalars are mended in their place`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("[toolchain]\nchannel = \"1.96.1\"\n", to: folder.appending("rust-toolchain.toml"))
            let pipeline = "s390:\n  script:\n    - |\n      set -e\n      make ARCH=s390 rustdefconfig\n"
            try AtomicFile.write(pipeline, to: folder.appending(".gitlab-ci.yml"))
            for change in try Lint(folder: folder).report().changes { try change.apply(in: folder) }
            #expect(
                try Files.text(folder.appending("rust-toolchain.toml"))
                    == "[toolchain]\nchannel = \"1.96.1\"\ncomponents = [\"rust-src\"]\n")
            #expect(
                try Files.text(folder.appending(".gitlab-ci.yml"))
                    == pipeline.replacing("rustdefconfig", with: "defconfig rust.config"))
            #expect(try Lint(folder: folder).report().findings.isEmpty)
        }
    }

    @Test func `what is not judged is told with its reason`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write([UInt8](repeating: 0x61, count: 10 << 20), to: folder.appending("long.sh"))
            try AtomicFile.write([0x23, 0, 1], to: folder.appending("binary.sh"))
            try AtomicFile.write("a: [", to: folder.appending(".gitlab-ci.yml"))
            try Files.makeDirectory(folder.appending(".git"))
            try AtomicFile.write("make ARCH=s390 rustdefconfig", to: folder.appending(".git/a.sh"))
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending("out.sh").string, withDestinationPath: "/etc/passwd")
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending("loop").string, withDestinationPath: ".")
            let report = try Lint(folder: folder).report()
            #expect(report.findings.isEmpty)
            #expect(report.skipped.map(\.file) == [".gitlab-ci.yml", "binary.sh", "long.sh", "out.sh"])
        }
    }

    @Test(arguments: [
        "\"", "'", "$(", "${", "`", "a=$(", "<<", "cat <<EOF\nx", "case x in", "\\", "a\\\r\n", "$", "\"$", "${{",
        "$((1", "<(", "&>", "2>&1",
        "}}}} fi done esac", "{", "a() {", "'\u{0}'",
        "x=1\nx=$x$x\n" + String(repeating: "x=$x$x\n", count: 60) + "rustc $x",
        String(repeating: "$(", count: 5000), String(repeating: "- ", count: 5000), String(repeating: "[", count: 5000),
        "FROM", "RUN <<", "ENV a", "RUN [\"", "sh '''", "/*", "channel = [", "[[[", "define x", "a: &a [*a]", "x := $(",
        "export", "\t\\",
        "a: &a [x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: {script: [*c,*c]}", "? ? ? a",
        "jobs: {a: {steps: [1, {run: 3}]}}",
    ])
    func `odd text is read to its end`(text: String) throws {
        for kind in [ScriptKind.makefile, .shell, .dockerfile, .gitlab, .github, .jenkins, .toolchain] {
            for bytes in [
                Array(text.utf8), Array(text.utf8) + [0xFF, 0xC3], Array(text.replacing("\n", with: "\r\n").utf8),
            ] {
                do {
                    let file = try ScriptFile(path: "x", kind: kind, bytes: bytes)
                    for unit in file.units {
                        for rule in ScriptRules.rules { _ = rule.check(unit, ScriptSurroundings(buildsKernel: true)) }
                    }
                } catch is UnreadableScript {
                    continue
                }
            }
        }
    }

    @Test func `a tree tells which targets there are`() async throws {
        try await withTemporaryFolder { folder in
            let tree = folder.appending("tree")
            for (name, text) in [
                "Makefile": "all: vmlinux\n%config:\n%pkg:\n",
                "scripts/kconfig/Makefile": "targets := oldconfig newconfig\n",
                "kernel/configs/rust.config": "", "arch/s390/configs/defconfig": "", "arch/s390/Makefile": "install:\n",
            ] {
                try Files.makeDirectory(tree.pushing(FilePath(name)).removingLastComponent())
                try AtomicFile.write(text, to: tree.pushing(FilePath(name)))
            }
            let targets = try KernelTargets(tree: tree)
            for goal in ["all", "install", "newconfig", "rust.config", "deb-pkg", "kernel/fork.o"] {
                #expect(targets.has(goal))
            }
            for goal in ["rustdefconfig", "tinyconfig", "tiny.config", "x_defconfig", "nothing"] {
                #expect(!targets.has(goal))
            }
            #expect(throws: Failure.self) { try KernelTargets(tree: folder) }
        }
    }

    @Test(arguments: PipelineSystem.allCases)
    func `a pipeline that was written has no findings`(system: PipelineSystem) async throws {
        let text = Pipeline(system: system, kernel: "6.12", lock: "a/b.lock.json").text
        #expect(text.contains("bessemer pilot --kernel 6.12 --lock a/b.lock.json"))
        #expect(try await verdicts(system.file, text) == [])
    }
}
