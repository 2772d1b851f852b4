// SPDX-License-Identifier: Apache-2.0
internal import Evidence
package import Foundation
internal import Guest
internal import Host
internal import KernelTree
internal import Policy
package import Records
internal import Toolchain

/// Records of runs as they look in life, for tests and pictures; the same bytes each time.
package enum SampleRecord {
    /// Every test decided, none failed.
    package static func passed() -> RunRecord {
        make(tests: SampleTests.suites(), modules: Array(modules.filter { $0.unloaded }))
    }

    /// What held a build, with `text` wherever a sandbox could put its own.
    private static func isolation(_ text: String, device: String = "null") -> RunRecord.Isolation? {
        let fields: [String: Any] = [
            "confinement": [
                "limits": ["processes": 2176, "memory": 21 << 30, "fileSize": 32 << 30, "temporary": 8 << 30],
                "controlGroup": "memory, pids", "filter": digest("filter").hexadecimal, "refusedCalls": 63,
            ],
            "facts": [
                "capabilities": [:], "noNewPrivileges": true, "isFiltered": true, "devices": ["zero", device],
                "mounts": ["/": "ro nosuid nodev"], "writableOfProc": [], "readableOfProc": [],
                "calls": ["mount": "EPERM"], "sockets": ["AF_UNIX": "done"], "processes": 2, "environment": [],
                "limits": ["RLIMIT_CORE": 0, "RLIMIT_FSIZE": 32 << 30], "interfaces": [], "descriptors": [],
            ],
            "compilerCache": text,
        ]
        let data = try? JSONSerialization.data(withJSONObject: fields)
        return data.flatMap { try? JSONDecoder().decode(RunRecord.Isolation.self, from: $0) }
    }

    /// Two tests that fail, one whose result was lost, and warnings on the console.
    package static func failed() -> RunRecord {
        let tests = SampleTests.suites().map { suite in
            switch suite.name {
            case "rust_netlink":
                return change(
                    suite, at: 0, to: .fail,
                    [
                        "test_family_flags_bitfield: ASSERTION FAILED at rust/kernel/net/netlink.rs:342",
                        "Expected b_val == c_val to be true, but is false",
                    ])
            case "fortify":
                return change(
                    suite, at: 0, to: .fail,
                    [
                        "fortify_test_known_sizes: EXPECTATION FAILED at lib/tests/fortify_kunit.c:90",
                        "Expected ({ char *__p = (char *)(stack); size_t __ret = (~(size_t)0); const size_t __p_size = "
                            + "__builtin_dynamic_object_size(stack, 1); if (__p_size != (~(size_t)0)) { size_t __p_len "
                            + "= __p_size - 1; } __ret; }) == 5, but",
                        "    … == -1 (0xffffffffffffffff)",
                    ])
            case "rust_kvec":
                return change(suite, at: 2, to: .unknown, ["no result line: the console lost 14 lines at line 4981"])
            default:
                return suite
            }
        }
        return make(
            isFaulty: true, tests: tests,
            events: [
                ConsoleEvent(
                    kind: .warning, line: 78,
                    text: "WARNING: lib/idr.c:594 at ida_free+0x15a/0x170, CPU#1: swapper/0/1", duringTest: "ida"),
                ConsoleEvent(
                    kind: .warning, line: 109,
                    text: "WARNING: lib/idr.c:594 at ida_free+0x15a/0x170, CPU#1: swapper/0/1", duringTest: "ida"),
                ConsoleEvent(
                    kind: .lost, line: 4981, text: "** 14 printk messages dropped **", duringTest: "rust_kvec"),
                ConsoleEvent(
                    kind: .stall, line: 5100, text: "rcu: INFO: rcu_sched self-detected stall on CPU",
                    duringTest: nil),
            ])
    }

    /// The failures of `failed()`, each accepted by somebody; everything else is well.
    package static func waived() -> RunRecord {
        let failed = failed()
        let waivers = [
            Waiver(
                rule: "TST001", location: "rust_netlink/test_family_flags_bitfield",
                reason: "A defect of the kernel on big-endian machines, found by this test: one byte goes through "
                    + "u8::from_le (rust/kernel/net/netlink.rs), which does nothing.",
                owner: "Kernel team", expires: "2027-05-31"),
            Waiver(
                rule: "TST005", location: "fortify/fortify_test_known_sizes",
                reason: "GCC 14 for s390x does not fold strlen() of an array on the stack; no Rust is involved.",
                owner: "Kernel team", expires: "2027-05-31"),
        ]
        return make(
            tests: failed.boot.tests.filter { $0.name != "rust_kvec" }, waivers: waivers,
            modules: Array(modules.filter { $0.unloaded }),
            enablement: enablement("6.12", "s390: allow Rust code in the kernel"),
            baseline: baseline(
                of: passed(),
                tests: failed.boot.tests.filter { !$0.name.hasPrefix("rust_") && $0.name != "ida" }
                    + [TestResult(name: "gcc_plugins", outcome: .pass, diagnostics: [], line: 7, children: [])]),
            difference: SampleDifference.made())
    }

    private static func enablement(_ name: String, _ text: String) -> RunRecord.Enablement {
        RunRecord.Enablement(
            series: GlueSeries(
                name: name,
                patches: [
                    .init(
                        file: text, subject: text, sha256: digest("patch"), identifier: text,
                        touches: ["arch/s390/Kconfig"])
                ]),
            before: TreeStatus(version: name, pieces: []))
    }

    /// The same kernel without Rust, whose tests are `tests`.
    private static func baseline(of record: RunRecord, tests: [TestResult]) -> RunRecord.Kernel {
        let facts = record.configuration
        let boot = record.boot
        return RunRecord.Kernel(
            role: .baseline,
            configuration: ConfigurationFacts(
                base: facts.base, fragments: facts.fragments, digest: digest("baseline"), enabled: facts.enabled - 40,
                requested: facts.requested, unmet: [], rust: false, testOptions: facts.testOptions),
            build: record.build,
            boot: GuestRun(
                emulator: boot.emulator, accelerator: boot.accelerator, machine: boot.machine, cpu: boot.cpu,
                memoryMiB: boot.memoryMiB, cpus: boot.cpus, kernelCommandLine: boot.kernelCommandLine,
                ending: .powerOff, reached: boot.reached, seconds: 31.2, consoleSHA256: digest("baseline console"),
                consoleLines: boot.consoleLines, events: [], tests: tests, modules: [],
                notesSHA256: boot.notesSHA256))
    }

    /// A kernel that panics at once: no tests, no modules.
    package static func panicked() -> RunRecord {
        make(
            tests: [],
            events: [
                ConsoleEvent(
                    kind: .panic, line: 231,
                    text: "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)")
            ], modules: [], ending: .panic)
    }

    /// Suites of 25 cases each until there are `tests` of them.
    package static func large(tests count: Int) -> RunRecord {
        let suites = stride(from: 0, to: count, by: 25).map { start in
            TestResult(
                name: "suite_\(start / 25)", outcome: .pass, diagnostics: [], line: start * 4,
                children: (start..<min(start + 25, count)).map { number in
                    TestResult(
                        name: "a_test_with_a_name_of_usual_length_\(number)", outcome: .pass, diagnostics: [],
                        line: number * 4, children: [])
                })
        }
        return make(tests: suites)
    }

    /// One failing test inside as many suites as `depth` says.
    package static func nested(depth: Int) -> RunRecord {
        var test = TestResult(name: "innermost", outcome: .fail, diagnostics: ["it failed"], line: 1, children: [])
        for level in 0..<depth {
            test = TestResult(name: "level\(level)", outcome: .fail, diagnostics: [], line: nil, children: [test])
        }
        return make(tests: [test])
    }

    /// Every text that comes from outside replaced by `text`.
    package static func hostile(_ text: String) -> RunRecord {
        let test = TestResult(
            name: text, outcome: .fail, diagnostics: [text, text], line: 1,
            children: [
                TestResult(name: text, outcome: .fail, diagnostics: [text], line: 2, children: []),
                TestResult(name: text, outcome: .unknown, diagnostics: [text], line: nil, children: []),
                TestResult(name: text, outcome: .pass, diagnostics: [], line: 3, children: []),
            ])
        let sample = failed()
        return RunRecord(
            identifier: sample.identifier, toolVersion: text, startedAt: sample.startedAt,
            finishedAt: sample.finishedAt,
            verdict: .failed, reasons: [text],
            source: SourceIdentity(
                kind: .folder, request: text, version: text, digest: digest("x"), package: text, packageVersion: text,
                commit: text),
            readiness: TreeStatus(
                version: text,
                pieces: [
                    TreePiece(
                        identifier: text, title: text, state: .partial,
                        evidence: [.init(file: text, line: 1, text: text)], note: text)
                ]), enablement: enablement(text, text),
            sandbox: RunRecord.SandboxFacts(
                lockDigest: digest("lock"), packages: 1,
                suites: [.init(name: text, date: sample.startedAt, validUntil: nil, expired: true)], drift: [text],
                isolation: isolation(text, device: text)),
            toolchain: [
                Tool(
                    role: text, name: text, path: text, version: text, package: text, packageVersion: text,
                    sha256: digest("t"))
            ],
            kernels: RunRecord.Kernels(
                candidate: .init(
                    role: .candidate,
                    configuration: ConfigurationFacts(
                        base: text, fragments: [.init(name: text, sha256: digest("f"), options: 1)],
                        digest: digest("c"),
                        enabled: 1, requested: 1,
                        unmet: [
                            .init(
                                option: text, requested: text, got: text, required: true, reason: text, file: text,
                                line: 1),
                            .init(
                                option: text, requested: text, got: text, required: false, reason: text, file: nil,
                                line: nil),
                        ], rust: true, testOptions: [text], warnings: [text]),
                    build: BuildFacts(
                        command: text, environment: [text: text], seconds: 1, steps: 1, warnings: [text],
                        artifacts: [Artifact(path: text, size: 1, sha256: digest("a"))], release: text,
                        leakedPaths: [text],
                        notesSHA256: digest("n")),
                    boot: GuestRun(
                        emulator: text, accelerator: text, machine: text, cpu: text, memoryMiB: 1, cpus: 1,
                        kernelCommandLine: text, ending: .early, reached: text, seconds: 1, consoleSHA256: digest("l"),
                        consoleLines: 1, events: [ConsoleEvent(kind: .oops, line: 1, text: text, duringTest: text)],
                        tests: [test],
                        modules: [ModuleResult(name: text, loaded: true, unloaded: false, messages: [text])],
                        notesSHA256: digest("n"))),
                baseline: baseline(of: passed(), tests: [test])),
            comparison: TestComparison(baseline: [test], candidate: []),
            difference: SampleDifference.made(of: text), audit: SampleAudit.made(of: text),
            findings: [
                Finding(
                    rule: text, severity: .error, title: text, location: .init(file: text, line: 1), expected: text,
                    found: text, rationale: text, remediation: text)
            ],
            accepted: [
                Acceptance(
                    finding: Finding(
                        rule: "TST001", severity: .error, title: text, location: .init(file: text, symbol: text),
                        rationale: text,
                        remediation: text),
                    waiver: Waiver(rule: text, location: text, reason: text, owner: text, expires: text))
            ],
            steps: [RunRecord.Step(name: text, startedAt: sample.startedAt, seconds: 1)])
    }

    /// A tree without s390 Rust support and one with it, as `tree status` sees them.
    package static func trees() -> [(name: String, status: TreeStatus)] {
        let old = TreeStatus(
            version: "6.12.107",
            pieces: readiness().pieces.map { piece in
                switch piece.identifier {
                case "documentation", "tool-versions":
                    TreePiece(
                        identifier: piece.identifier, title: piece.title, state: .partial, evidence: piece.evidence,
                        note: "it is there, and has no word of s390")
                case "warn-assembly":
                    piece
                case "static-branch-assembly":
                    TreePiece(
                        identifier: piece.identifier, title: piece.title, state: .absent, evidence: [],
                        note: "no Rust code of this tree uses it", isNeeded: false)
                default:
                    TreePiece(
                        identifier: piece.identifier, title: piece.title, state: .absent, evidence: [],
                        note: piece.evidence.first.map { "no `\($0.text)` in \($0.file)" })
                }
            })
        return [("linux-source-6.12", old), ("/usr/src/kernels/of/the/day/linux-source-7.3", readiness())]
    }

    /// The same run under another identifier.
    package static func renamed(_ record: RunRecord, _ identifier: String, startedAt: Date? = nil) -> RunRecord {
        RunRecord(
            identifier: identifier, toolVersion: record.toolVersion, startedAt: startedAt ?? record.startedAt,
            finishedAt: record.finishedAt, verdict: record.verdict, reasons: record.reasons, source: record.source,
            readiness: record.readiness, enablement: record.enablement, sandbox: record.sandbox,
            toolchain: record.toolchain, kernels: record.kernels, comparison: record.comparison,
            difference: record.difference, audit: record.audit, findings: record.findings,
            accepted: record.accepted,
            steps: record.steps)
    }
}

extension SampleRecord {
    private static let start = Date(timeIntervalSince1970: 1_795_342_500)

    /// JSON's times have whole seconds.
    private static func wholeSecond(_ date: Date) -> Date {
        Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
    }

    private static func digest(_ text: String) -> Digest { Digest(of: text) }

    private static func change(
        _ suite: TestResult, at index: Int, to outcome: TestOutcome, _ diagnostics: [String]
    ) -> TestResult {
        var children = suite.children
        let old = children[index]
        children[index] = TestResult(
            name: old.name, outcome: outcome, diagnostics: diagnostics, line: outcome == .unknown ? nil : old.line,
            children: [])
        return TestResult(
            name: suite.name, outcome: outcome, diagnostics: suite.diagnostics, line: suite.line, children: children)
    }

    /// A run that is judged as the pilot judges it.
    private static func make(
        isFaulty: Bool = false, tests: [TestResult], events: [ConsoleEvent] = [], waivers: [Waiver] = [],
        modules: [ModuleResult] = modules, ending: GuestRun.Ending = .powerOff,
        enablement: RunRecord.Enablement? = nil, baseline: RunRecord.Kernel? = nil,
        difference: ConfigurationDifference? = nil
    ) -> RunRecord {
        let seconds: [(String, Double)] = [
            ("sandbox", 94.6), ("source", 25.3), ("readiness", 0.4), ("configuration", 21.8), ("build", 512.7),
            ("audit", 9.4),
            ("initramfs", 1.2), ("boot", 48.9), ("record", 0.3),
        ]
        var clock = start
        let steps = seconds.map { name, seconds in
            defer { clock += seconds }
            return RunRecord.Step(name: name, startedAt: wholeSecond(clock), seconds: seconds)
        }
        let drift = ["rustc 1.96.0+dfsg1-1~bpo13+1 is no longer there; 1.96.1+dfsg1-1~bpo13+1 instead"]
        let configuration = configuration(isMet: !isFaulty)
        let build = BuildFacts(
            command: "make -C /mnt/src O=/mnt/out ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- -j2 bzImage modules",
            environment: [
                "KBUILD_BUILD_HOST": "sandbox", "KBUILD_BUILD_USER": "bessemer",
                "KBUILD_BUILD_TIMESTAMP":
                    "2026-11-01", "SOURCE_DATE_EPOCH": "1793491200", "CCACHE_DIR": "/mnt/ccache",
            ],
            seconds: 512.7, steps: 2874,
            warnings: [
                "drivers/base/test/platform-device-test.c:41:1: warning: the frame size of 1040 bytes is larger "
                    + "than 1024 bytes [-Wframe-larger-than=]"
            ],
            artifacts: [
                Artifact(path: ".config", size: 71_204, sha256: digest(".config")),
                Artifact(path: "System.map", size: 3_481_902, sha256: digest("System.map")),
                Artifact(path: "arch/s390/boot/bzImage", size: 4_272_128, sha256: digest("bzImage")),
                Artifact(path: "samples/rust/rust_minimal.ko", size: 214_392, sha256: digest("minimal")),
                Artifact(path: "samples/rust/rust_print.ko", size: 301_776, sha256: digest("print")),
                Artifact(path: "vmlinux", size: 187_340_664, sha256: digest("vmlinux")),
            ], release: "7.3.4", notesSHA256: digest("notes"))
        let boot = GuestRun(
            emulator: "QEMU emulator version 11.1.0 (Debian 1:11.1.0+ds-2~bpo13+1)", accelerator: "tcg",
            machine: "s390-ccw-virtio", cpu: "max", memoryMiB: 1024, cpus: 2,
            kernelCommandLine: "console=ttyS0 kunit.enable=1 panic=-1", ending: ending,
            reached: ending == .panic
                ? "the console's last line, 231: Kernel panic - not syncing: VFS: Unable to mount root fs"
                : "the last step: the guest unloaded its modules and powered off",
            seconds: 48.9, consoleSHA256: digest("console"), consoleLines: ending == .panic ? 231 : 7207,
            events: events, tests: tests, modules: modules,
            notesSHA256: ending == .panic ? nil : digest("notes"))
        let kernels = RunRecord.Kernels(
            candidate: .init(role: .candidate, configuration: configuration, build: build, boot: boot),
            baseline: baseline)
        let comparison = baseline.map { TestComparison(baseline: $0.boot.tests, candidate: tests) }
        let assessment = Assessment(
            readiness: readiness(), kernels: kernels, comparison: comparison,
            audit: isFaulty ? SampleAudit.faulty() : SampleAudit.clean(), drift: drift, waivers: waivers,
            at: wholeSecond(clock))
        return RunRecord(
            identifier: "20261122T101500Z-5f3a9c01", toolVersion: "0.1.0", startedAt: start,
            finishedAt: wholeSecond(clock),
            verdict: assessment.verdict, reasons: assessment.reasons,
            source: SourceIdentity(
                kind: .debianPackage, request: "7.3", version: "7.3.4", digest: digest("linux-source-7.3"),
                package: "linux-source-7.3", packageVersion: "7.3.4-1~bpo13+1"),
            readiness: readiness(), enablement: enablement,
            sandbox: RunRecord.SandboxFacts(
                lockDigest: digest("lock"), packages: 312,
                suites: [
                    .init(name: "trixie", date: start - 86_400 * 14, validUntil: nil, expired: false),
                    .init(
                        name: "trixie-backports", date: start - 86_400 * 9, validUntil: start - 86_400 * 2,
                        expired: true),
                ],
                drift: drift,
                isolation: isolation("of this source and sandbox alone")),
            toolchain: toolchain, kernels: kernels, comparison: comparison, difference: difference,
            audit: assessment.audit,
            findings: assessment.findings, accepted: assessment.accepted, steps: steps)
    }

    private static func readiness() -> TreeStatus {
        func piece(
            _ identifier: String, _ title: String, _ file: String, _ line: Int, _ text: String, note: String? = nil
        )
            -> TreePiece
        {
            TreePiece(
                identifier: identifier, title: title, state: .present,
                evidence: [.init(file: file, line: line, text: text)], note: note)
        }
        return TreeStatus(
            version: "7.3.4",
            pieces: [
                piece(
                    "kconfig-capability", "Kconfig capability", "arch/s390/Kconfig", 252,
                    "select HAVE_RUST if !EXPOLINE", note: "Rust needs EXPOLINE to be off"),
                piece(
                    "compiler-flags", "Compiler flags", "arch/s390/Makefile", 31,
                    "KBUILD_RUSTFLAGS += --target=s390x-unknown-none-softfloat -Zpacked-stack"),
                piece("target-cpu", "Target CPU", "arch/s390/Makefile", 46, "KBUILD_RUSTFLAGS += -Ctarget-cpu=z13"),
                piece(
                    "bindgen-target", "bindgen target", "rust/Makefile", 388,
                    "BINDGEN_TARGET_s390 := s390x-linux-gnu"),
                piece("opaque-types", "Opaque types", "rust/bindgen_parameters", 24, "--opaque-type lowcore"),
                piece("warn-assembly", "WARN/BUG assembly", "arch/s390/include/asm/bug.h", 12, "ARCH_WARN_ASM"),
                piece(
                    "static-branch-assembly", "Static-branch assembly", "arch/s390/include/asm/jump_label.h", 20,
                    "ARCH_STATIC_BRANCH_ASM"),
                piece("tool-versions", "Minimum tool versions", "scripts/min-tool-version.sh", 35, "echo 1.96.0"),
                piece("documentation", "Documentation", "Documentation/rust/arch-support.rst", 21, "``s390``"),
                piece("helpers", "Helpers", "rust/helpers/helpers.c", 7, "#include <linux/bug.h>"),
            ])
    }

    private static let toolchain: [Tool] = [
        Tool(
            role: "c-compiler", name: "s390x-linux-gnu-gcc", path: "/usr/bin/s390x-linux-gnu-gcc-14",
            version: "s390x-linux-gnu-gcc (Debian 14.2.0-19) 14.2.0", package: "gcc-14-s390x-linux-gnu",
            packageVersion: "14.2.0-19cross1", sha256: digest("gcc")),
        Tool(
            role: "rust-compiler", name: "rustc", path: "/usr/bin/rustc",
            version: "rustc 1.96.1 (31fca3adb 2026-06-26) (built from a source tarball)", package: "rustc",
            packageVersion: "1.96.1+dfsg1-1~bpo13+1", sha256: digest("rustc")),
        Tool(
            role: "bindings-generator", name: "bindgen", path: "/usr/bin/bindgen", version: "bindgen 0.71.1",
            package: "bindgen", packageVersion: "0.71.1-4", sha256: digest("bindgen")),
        Tool(
            role: "linker", name: "s390x-linux-gnu-ld", path: "/usr/bin/s390x-linux-gnu-ld.bfd",
            version: "GNU ld (GNU Binutils for Debian) 2.44", package: "binutils-s390x-linux-gnu",
            packageVersion: "2.44-3", sha256: digest("ld")),
        Tool(
            role: "debug-information", name: "pahole", path: "/usr/bin/pahole", version: "v1.30", package: "pahole",
            packageVersion: "1.30-1", sha256: digest("pahole")),
        Tool(
            role: "emulator", name: "qemu-system-s390x", path: "/usr/bin/qemu-system-s390x",
            version: "QEMU emulator version 11.1.0 (Debian 1:11.1.0+ds-2~bpo13+1)", package: "qemu-system-s390x",
            packageVersion: "1:11.1.0+ds-2~bpo13+1", sha256: digest("qemu")),
    ]

    private static func configuration(isMet: Bool) -> ConfigurationFacts {
        let needed = ConfigurationFacts.Unmet(
            option: "CONFIG_KALLSYMS_ALL", requested: "y", got: "n", required: true,
            reason: "DEBUG_KERNEL [=y] && KALLSYMS [=n]", file: "init/Kconfig", line: 1901)
        return ConfigurationFacts(
            base: "tinyconfig",
            fragments: [
                .init(name: "needed.config", sha256: digest("needed"), options: 37),
                .init(name: "tests.config", sha256: digest("tests"), options: 233),
            ],
            digest: digest(".config"), enabled: 842, requested: 270,
            unmet: (isMet ? [] : [needed]) + [
                .init(
                    option: "CONFIG_CLK_KUNIT_TEST", requested: "y", got: "n", required: false,
                    reason: "COMMON_CLK [=n] && KUNIT [=y]", file: "drivers/clk/Kconfig", line: 560),
                .init(
                    option: "CONFIG_ARM_SMMU_V3_KUNIT_TEST", requested: "y", got: "n", required: false,
                    reason: "ARM_SMMU_V3 [=n]", file: "drivers/iommu/arm/Kconfig", line: 130),
                .init(
                    option: "CONFIG_ASPEED_AST2700_INTC_TEST", requested: "y", got: "n", required: false,
                    reason: "no Kconfig file of s390 declares it", file: nil, line: nil),
            ],
            rust: true,
            testOptions: ["CONFIG_BITS_TEST", "CONFIG_RUST_KERNEL_DOCTESTS", "CONFIG_RUST_KVEC_KUNIT_TEST"],
            warnings: [".config:1359: symbol value 'y' invalid for KUNIT_DEFAULT_TIMEOUT"])
    }

    private static let modules: [ModuleResult] = [
        ModuleResult(
            name: "rust_minimal", loaded: true, unloaded: true,
            messages: [
                "rust_minimal: Rust minimal sample (init)", "rust_minimal: Am I built-in? false",
                "rust_minimal: My numbers are [72, 108, 200]", "rust_minimal: Rust minimal sample (exit)",
            ]),
        ModuleResult(
            name: "rust_print", loaded: true, unloaded: true,
            messages: [
                "rust_print: Rust printing macros sample (init)", "rust_print: Rust printing macros sample (exit)",
            ]),
        ModuleResult(
            name: "rust_configfs", loaded: false, unloaded: false,
            messages: ["insmod: can't insert '/modules/rust_configfs.ko': unknown symbol in module"]),
    ]
}
