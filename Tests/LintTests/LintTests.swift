// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Lint

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
            var lint = ScriptCheck(path: folder)
            lint.nightly = "2026-05-19"
            let reportResult = try lint.check()
            let report = reportResult.report
            #expect(report.findings.map(\.rule) == ["SCR006", "SCR007", "SCR004", "SCR005", "SCR008"])
            let change = try #require(reportResult.changes.first)
            #expect(change.difference.contains("-CROSS_COMPILE=riscv64-linux-gnu-\r\n"))
            #expect(change.difference.contains("+CROSS_COMPILE=s390x-linux-gnu-\r\n"))
            try change.apply()
            let expected = bad.replacing("riscv64-linux-gnu-", with: "s390x-linux-gnu-")
                .replacing("install nightly", with: "install nightly-2026-05-19 --component rust-src")
                .replacing("rustdefconfig", with: "defconfig rust.config")
                .replacing("-- -I", with: "-- --target=s390x-linux-gnu -I")
            #expect(try Files.text(file) == expected)
            let mode = try FileManager.default.attributesOfItem(atPath: file.string)[.posixPermissions] as? Int
            #expect(mode == 0o700)
            let againResult = try lint.check()
            let again = againResult.report
            #expect(again.findings.isEmpty)
            #expect(againResult.changes.isEmpty)
        }
    }

    @Test func `a difference is one that patch takes`() async throws {
        try await withTemporaryFolder { folder in
            let text = (1...30).map { "echo \($0)\n" }.joined()
            let script = "make ARCH=s390 rustdefconfig\n" + text + "make ARCH=s390 rustdefconfig"
            try AtomicFile.write(script, to: folder.appending("a.sh"))
            let change = try #require(try ScriptCheck(path: folder).check().changes.first)
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
            let reportResult = try ScriptCheck(path: folder).check()
            let report = reportResult.report
            #expect(report.findings.map(\.rule) == ["SCR004"])
            #expect(reportResult.changes.isEmpty)
        }
    }

    @Test func `toolchain files and block scalars are mended in their place`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("[toolchain]\nchannel = \"1.96.1\"\n", to: folder.appending("rust-toolchain.toml"))
            let pipeline = "s390:\n  script:\n    - |\n      set -e\n      make ARCH=s390 rustdefconfig\n"
            try AtomicFile.write(pipeline, to: folder.appending(".gitlab-ci.yml"))
            for change in try ScriptCheck(path: folder).check().changes { try change.apply() }
            #expect(
                try Files.text(folder.appending("rust-toolchain.toml"))
                    == "[toolchain]\nchannel = \"1.96.1\"\ncomponents = [\"rust-src\"]\n")
            #expect(
                try Files.text(folder.appending(".gitlab-ci.yml"))
                    == pipeline.replacing("rustdefconfig", with: "defconfig rust.config"))
            #expect(try ScriptCheck(path: folder).check().report.findings.isEmpty)
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
            let report = try ScriptCheck(path: folder).check().report
            #expect(report.findings.isEmpty)
            #expect(report.skipped.map(\.file) == [".gitlab-ci.yml", "binary.sh", "long.sh", "out.sh"])
            #expect(report.files == 0)
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
        "jobs: {a: {steps: [1, {run: 3}]}}", "x=$((1+(", "((a[", "x=$((" + String(repeating: "(", count: 200) + "))",
        "for ((;;)); do x=$((x+1)); done", "while :; do :; done", "x=$((1 << 99, 9223372036854775807 + 1, 1 % 0, 08))",
        String(repeating: "['a','b'].each { ", count: 60), "echo a | while read x; do echo $x; done | xargs -I{} {}",
        "ifeq (\nifeq ($(a\nelse ifdef\nelse\nendif", "$(word 99999999999999999999,$(a)) $(subst ,,)",
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

    @Test(arguments: [
        (
            ScriptKind.shell,
            "for a in x; do case $a in (b) x=${y:-\"$(cat <<E\nz\nE\n)\"};; esac; done >x\n[[ a =~ (b) ]] && z=(1 $'2')\n"
        ),
        (
            .makefile,
            "define x\n$(1)\nendef\nifeq (a,b)\nA := $(call x,y)\nendif\nall: B += $(A)\nall: ; @$(foreach a,b,$(A))\n\tc\\\n\td\n"
        ),
        (
            .dockerfile,
            "# escape=`\nFROM a AS b\nENV A=b C=\"$A\"\nRUN <<E cat\nx\nE\nCMD [\"a\", \"b\"]\nRUN a && \\\n b\n"
        ),
        (
            .gitlab,
            ".a: &a {variables: {A: b}}\nb:\n  <<: *a\n  extends: [.a]\n  script:\n    - !reference [.a, x]\n    - |\n      c\n"
        ),
        (
            .github,
            "on: a\njobs:\n  b:\n    strategy: {matrix: {c: [d], include: [{e: f}]}}\n    steps:\n      - if: a == 'b'\n        run: echo ${{ matrix.c }} >>$GITHUB_ENV\n"
        ),
        (
            .jenkins,
            "pipeline { environment { A = 'b' } stages { matrix { axes { axis { name 'a'; values 'b' } } } sh(script: \"${A} $b\") } }"
        ),
        (
            .toolchain,
            "[toolchain]\n'channel' = \"\"\"\nx\"\"\"\ncomponents = [ \"a\", # b\n 'c' ]\nd = { e.f = 1979-05-27 07:32:00 }\n"
        ),
    ])
    func `damaged text is read or refused`(kind: ScriptKind, text: String) {
        // The same damage in each run: a linear congruential generator (Knuth, TAOCP vol. 2, § 3.3.4).
        var state: UInt64 = 42
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(truncatingIfNeeded: state >> 33) % max(limit, 1)
        }
        let signs = Array("\"'`$(){}[]<>|&;\\\n\t :=#%,!-*x\r\u{0}".utf8) + [0xFF, 0xC3]
        for _ in 0..<400 {
            var bytes = Array(text.utf8)
            for _ in 0...next(6) {
                let place = next(bytes.count)
                switch next(4) {
                case 0: if !bytes.isEmpty { bytes.remove(at: place) }
                case 1: bytes.insert(signs[next(signs.count)], at: place)
                case 2: bytes.removeSubrange(place..<min(place + next(8), bytes.count))
                default:
                    bytes.insert(contentsOf: bytes[place..<min(place + next(16), bytes.count)], at: next(bytes.count))
                }
            }
            guard let file = try? ScriptFile(path: "x.toml", kind: kind, bytes: bytes) else { continue }
            for unit in file.units {
                for rule in ScriptRules.rules { _ = rule.check(unit, ScriptSurroundings(buildsKernel: true)) }
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

    @Test func `a file whose name is not UTF-8 is read, and its name is spelled out`() async throws {
        try await withTemporaryFolder { folder in
            let shell = try await Command(
                "bash", ["-c", "echo make ARCH=s390 rustdefconfig >$'bad\\xff.sh'"], workingDirectory: folder
            ).capture()
            #expect(shell.ending == .exited(0))
            let report = try ScriptCheck(path: folder).check().report
            #expect(report.findings.map { $0.location?.file } == ["bad\\xFF.sh"])
        }
    }

    @Test func `one file can be named, and only one that is a build file is read`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("make ARCH=s390 rustdefconfig\n", to: folder.appending("a.sh"))
            try AtomicFile.write("make ARCH=s390 rustdefconfig\n", to: folder.appending("b.sh"))
            try AtomicFile.write("make ARCH=s390 rustdefconfig\n", to: folder.appending("c.txt"))
            var lint = ScriptCheck(path: folder.appending("a.sh"))
            lint.prefix = "x/"
            let report = try lint.check().report
            #expect(report.findings.map { $0.location?.text } == ["x/a.sh:1"])
            let other = try ScriptCheck(path: folder.appending("c.txt")).check().report
            #expect(other.files == 0 && other.skipped.map(\.file) == ["c.txt"])
            #expect(throws: Failure.self) { try ScriptCheck(path: folder.appending("none")).check().report }
        }
    }

    @Test func `what of a file is not read is reported with its line`() async throws {
        try await withTemporaryFolder { folder in
            try AtomicFile.write("true\necho 'x\nmake ARCH=s390 rustdefconfig\n", to: folder.appending("a.sh"))
            let report = try ScriptCheck(path: folder).check().report
            #expect(report.skipped.map(\.line) == [2])
            #expect(report.findings.map { $0.location?.line } == [3])
        }
    }

    @Test(arguments: PipelineSystem.allCases)
    func `a pipeline that was written keeps strangers' code and open ends out`(system: PipelineSystem) {
        let text = Pipeline(system: system, kernel: "6.12", lock: "a.lock.json").text
        let lines = text.split(separator: "\n").filter { !$0.contains("# ") && !$0.contains("// ") }.joined(
            separator: "\n")
        #expect(!lines.contains("pull_request"))
        #expect(lines.contains("timeout"))
        // The key that seals steps is no artifact.
        #expect(lines.contains(".state/bessemer/evidence.sqlite") && !lines.contains(".state/bessemer\n"))
        #expect(!lines.contains("bessemer/**"))
        #expect(lines.contains("report.junit.xml"))
        // Uploaded, kept as files, or both: everywhere each of the two.
        #expect(lines.contains("bessemer-run/report.sarif") || lines.contains("bessemer-run/report.*"))
        #expect(lines.contains("bessemer-run/lint.sarif"))
    }

    @Test(arguments: PipelineSystem.allCases)
    func `a pipeline that was written has no findings`(system: PipelineSystem) async throws {
        let text = Pipeline(system: system, kernel: "6.12", lock: "a/b.lock.json").text
        #expect(text.contains("bessemer pilot --kernel 6.12 --lock a/b.lock.json"))
        #expect(try await verdicts(system.file, text) == [])
    }
}
