// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// What Rust changes in a configuration, over trees that are written for it.
@Suite struct ConfigurationDifferenceTests {
    private static let architecture = """
        config S390
        	def_bool y
        	select HAVE_RUST if !EXPOLINE
        config CC_IS_GCC
        	def_bool y
        menu "Processor"
        config EXPOLINE
        	def_bool n
        	depends on $(cc-option,-mindirect-branch=thunk)
        	prompt "Avoid speculative branches"
        config EXPOLINE_EXTERN
        	def_bool EXPOLINE && CC_IS_GCC
        choice
        	prompt "Default"
        	depends on EXPOLINE
        	default EXPOLINE_FULL
        config EXPOLINE_OFF
        	bool "off"
        config EXPOLINE_AUTO
        	bool "auto"
        config EXPOLINE_FULL
        	bool "full"
        endchoice
        endmenu

        """

    private static let top = """
        source "arch/$(SRCARCH)/Kconfig"
        config HAVE_RUST
        	bool
        config CC_IS_CLANG
        	bool
        config RUST
        	bool "Rust"
        	depends on HAVE_RUST
        	depends on !KASAN || CC_IS_CLANG
        	depends on !GUARDS
        	select LONG_NAMES if VERSIONS
        config KASAN
        	bool "Find errors"
        	select STACKS
        config STACKS
        	bool
        config KASAN_DEPTH
        	int "Depth"
        	depends on KASAN
        	default 8
        menu "Kernel hardening options"
        config GUARDS
        	bool "Guards"
        endmenu
        config VERSIONS
        	bool "Versions"
        config LONG_NAMES
        	bool "Long names"
        config WITHOUT
        	bool "Not with Rust"
        	depends on !RUST
        config CHECKS
        	bool "Checks"
        	depends on RUST
        	default y
        config SAMPLES
        	bool "Samples"
        if SAMPLES
        config SAMPLE_RUST
        	tristate "A sample"
        	depends on RUST
        config SAMPLE_C
        	tristate "Another"
        endif
        config CPUS
        	int "Processors"
        	range 2 512
        	default 64

        """

    private static let boot = """
        void __init nospec_auto_detect(void);
        void __init nospec_auto_detect(void)
        {
        	if (test_facility(156) || cpu_mitigations_off()) {
        	}
        }

        """

    private func difference(
        _ baseline: String, _ rust: String, fragments: [String: String] = [:], boot: String = Self.boot
    ) async throws -> ConfigurationDifference {
        try await withTemporaryFolder { folder in
            let tree = try SmallTree.write(
                [
                    "Kconfig": Self.top, "arch/s390/Kconfig": Self.architecture,
                    "arch/s390/kernel/nospec-branch.c": boot,
                ], to: folder)
            return try ConfigurationComparison(
                baseline: DotConfig(baseline), rust: DotConfig(rust),
                fragments: fragments.map { .init(name: $0, text: $1, required: true) }, tree: tree
            ).difference()
        }
    }

    private static let hardened = """
        CONFIG_S390=y
        CONFIG_CC_IS_GCC=y
        CONFIG_EXPOLINE=y
        CONFIG_EXPOLINE_EXTERN=y
        # CONFIG_EXPOLINE_OFF is not set
        CONFIG_EXPOLINE_AUTO=y
        # CONFIG_EXPOLINE_FULL is not set
        CONFIG_KASAN=y
        CONFIG_STACKS=y
        CONFIG_KASAN_DEPTH=8
        CONFIG_GUARDS=y
        CONFIG_VERSIONS=y
        # CONFIG_LONG_NAMES is not set
        # CONFIG_WITHOUT is not set
        # CONFIG_SAMPLES is not set

        """

    private static let rust = """
        CONFIG_S390=y
        CONFIG_CC_IS_GCC=y
        CONFIG_HAVE_RUST=y
        CONFIG_RUST=y
        # CONFIG_EXPOLINE is not set
        # CONFIG_KASAN is not set
        # CONFIG_GUARDS is not set
        CONFIG_VERSIONS=y
        CONFIG_LONG_NAMES=y
        CONFIG_CHECKS=y
        CONFIG_SAMPLES=y
        CONFIG_SAMPLE_RUST=m
        # CONFIG_SAMPLE_C is not set

        """

    @Test func `each change has its group, and the line that decides`() async throws {
        let difference = try await difference(Self.hardened, Self.rust)
        let told = difference.changes.map { "\($0.group.rawValue) \($0.option) \($0.reasonFile ?? "")" }
        #expect(
            told == [
                "lost CONFIG_EXPOLINE arch/s390/Kconfig", "lost CONFIG_KASAN Kconfig", "lost CONFIG_GUARDS Kconfig",
                "lost CONFIG_EXPOLINE_AUTO arch/s390/Kconfig", "lost CONFIG_EXPOLINE_EXTERN arch/s390/Kconfig",
                "lost CONFIG_STACKS Kconfig",
                "asked CONFIG_RUST ", "asked CONFIG_SAMPLES ", "asked CONFIG_SAMPLE_RUST ",
                "pulled-in CONFIG_CHECKS Kconfig", "pulled-in CONFIG_HAVE_RUST arch/s390/Kconfig",
                "pulled-in CONFIG_LONG_NAMES Kconfig", "pulled-in CONFIG_SAMPLE_C Kconfig",
                "withdrawn CONFIG_EXPOLINE_FULL arch/s390/Kconfig", "withdrawn CONFIG_EXPOLINE_OFF arch/s390/Kconfig",
                "withdrawn CONFIG_KASAN_DEPTH Kconfig", "withdrawn CONFIG_WITHOUT Kconfig",
            ])
        let reasons = Dictionary(uniqueKeysWithValues: difference.changes.map { ($0.option, $0) })
        #expect(
            reasons["CONFIG_EXPOLINE"]?.reason
                == "Rust excludes it: RUST needs `HAVE_RUST` (Kconfig:8), S390 selects HAVE_RUST only if `!EXPOLINE` "
                + "(arch/s390/Kconfig:3)")
        #expect(reasons["CONFIG_LONG_NAMES"]?.reason == "RUST selects it if `VERSIONS` (Kconfig:11)")
        #expect(reasons["CONFIG_LONG_NAMES"]?.because == ["CONFIG_RUST"])
        #expect(reasons["CONFIG_STACKS"]?.reason == "KASAN, which selected it, is n")
        #expect(
            reasons["CONFIG_CHECKS"]?.reason
                == "its default is `y` (Kconfig:35); counts since `RUST` (Kconfig:34) holds")
        #expect(
            reasons["CONFIG_SAMPLE_C"]?.reason == "newly offered, since `SAMPLES` (Kconfig:38) holds; off by default")
        #expect(reasons["CONFIG_SAMPLE_C"]?.because == ["CONFIG_SAMPLES"])
        #expect(reasons["CONFIG_WITHOUT"]?.reason == "it needs `!RUST` (Kconfig:31): RUST is y")
    }

    @Test func `what a fragment names is asked for, and nothing else is lost on it`() async throws {
        let difference = try await difference(
            Self.hardened, Self.rust, fragments: ["mine": "CONFIG_CHECKS=y\n# CONFIG_SAMPLE_C is not set\n"])
        let checks = try #require(difference.changes.first { $0.option == "CONFIG_CHECKS" })
        #expect(checks.group == .asked && checks.reason == "the fragment mine asks for it")
        #expect(difference.changes.first { $0.option == "CONFIG_SAMPLE_C" }?.group == .pulledIn)
    }

    @Test func `a fragment's value that is out of its range is not said to be set by hand`() async throws {
        for (value, reason) in [
            ("1024", "the fragment mine asks for 1024: 1024 is outside its `range 2 512` (Kconfig:"),
            ("512", "the fragment mine asks for it"),
        ] {
            let difference = try await difference(
                Self.hardened + "CONFIG_CPUS=64\n", Self.rust + "CONFIG_CPUS=512\n",
                fragments: ["mine": "CONFIG_CPUS=\(value)\n"])
            let cpus = try #require(difference.changes.first { $0.option == "CONFIG_CPUS" })
            #expect(cpus.group == .asked && cpus.reason.hasPrefix(reason), "\(cpus.reason)")
        }
    }

    @Test func `losses of security stand first, those that follow one say of which`() async throws {
        let losses = try await difference(Self.hardened, Self.rust).securityLosses
        #expect(
            losses.map { "\($0.option) \($0.security?.kind.rawValue ?? "") \($0.security?.follows ?? "-")" } == [
                "CONFIG_EXPOLINE speculation -", "CONFIG_KASAN memory-safety -", "CONFIG_GUARDS hardening -",
                "CONFIG_EXPOLINE_AUTO speculation CONFIG_EXPOLINE",
                "CONFIG_EXPOLINE_EXTERN speculation CONFIG_EXPOLINE", "CONFIG_STACKS memory-safety CONFIG_KASAN",
            ])
        #expect(losses[2].security?.meaning == "The tree lists it under “Kernel hardening options”.")
    }

    @Test(arguments: [
        ("AUTO", "Only those without facility 156."), ("FULL", "All, as this baseline is: CONFIG_EXPOLINE_FULL=y"),
        ("OFF", "Only those booted with spectre_v2=on"),
    ])
    func `on which machines the loss of expolines counts depends on how the baseline starts`(
        _ member: String, _ words: String
    ) async throws {
        let baseline =
            Self.hardened.replacing("CONFIG_EXPOLINE_AUTO=y\n", with: "")
            .replacing("# CONFIG_EXPOLINE_\(member) is not set\n", with: "") + "CONFIG_EXPOLINE_\(member)=y\n"
        let security = try #require(try await difference(baseline, Self.rust).securityLosses.first?.security)
        #expect(security.machines?.hasPrefix(words) == true, "\(security.machines ?? "")")
        #expect(security.file == "arch/s390/kernel/nospec-branch.c" && security.line == 4)
    }

    @Test func `the facility is read from the boot code, and its absence is said`() async throws {
        let other = try await difference(Self.hardened, Self.rust, boot: Self.boot.replacing("156", with: "199"))
        #expect(other.securityLosses.first?.security?.machines?.contains("facility 199") == true)
        let none = try await difference(
            Self.hardened, Self.rust, boot: Self.boot.replacing("test_facility(156) || ", with: ""))
        #expect(none.securityLosses.first?.security?.machines?.hasPrefix("All: this tree's boot code has no") == true)
    }

    @Test func `what Rust excludes follows from the Kconfig lines, with what lifts it`() async throws {
        let told = try await difference(Self.hardened, Self.rust).exclusions.map {
            "\($0.option) \($0.state.rawValue) \($0.unless ?? "-") \($0.isInForce.map { "\($0)" } ?? "?")"
        }
        #expect(
            told == [
                "CONFIG_EXPOLINE lost - true", "CONFIG_GUARDS lost - true", "CONFIG_KASAN lost CC_IS_CLANG true",
                "CONFIG_WITHOUT off - true",
            ])
        // The same without Rust on both sides is what one would lose.
        let same = try await difference(Self.hardened, Self.hardened)
        #expect(same.changes.isEmpty)
        #expect(
            same.exclusions.filter { $0.state == .inTheWay }.map(\.option) == [
                "CONFIG_EXPOLINE", "CONFIG_GUARDS", "CONFIG_KASAN",
            ])
        #expect(same.notes.count == 1 && same.notes[0].contains("S390 selects it only if !EXPOLINE"))
    }

    @Test func `why Rust is off names what is on as well as what is off`() async throws {
        let rust = Self.rust.replacing("CONFIG_RUST=y", with: "# CONFIG_RUST is not set")
            .replacing("# CONFIG_KASAN is not set", with: "CONFIG_KASAN=y")
        let notes = try await difference(Self.hardened, rust).notes
        #expect(
            notes.contains { $0.contains("`!KASAN || CC_IS_CLANG` (Kconfig:9): KASAN is y and CC_IS_CLANG is not set") }
        )
    }

    @Test func `a configuration of another architecture is refused, although they share options`() async throws {
        try await withTemporaryFolder { folder in
            let shared = "config MMU\n\tdef_bool y\nconfig SMP\n\tdef_bool y\n"
            let tree = try SmallTree.write(
                [
                    "Kconfig": "source \"arch/$(SRCARCH)/Kconfig\"\n",
                    "arch/s390/Kconfig": shared + "config S390\n\tdef_bool y\n",
                    "arch/x86/Kconfig": shared + "config X86\n\tdef_bool y\n",
                ], to: folder)
            let ours = DotConfig("CONFIG_MMU=y\nCONFIG_SMP=y\nCONFIG_S390=y\n")
            let theirs = DotConfig("CONFIG_MMU=y\nCONFIG_SMP=y\nCONFIG_X86=y\n")
            for (baseline, rust) in [(ours, theirs), (theirs, ours)] {
                let error = #expect(throws: Failure.self) {
                    try ConfigurationComparison(baseline: baseline, rust: rust, tree: tree)
                }
                #expect(error?.code == "configuration.other-architecture")
            }
            _ = try ConfigurationComparison(baseline: ours, rust: ours, tree: tree)
            _ = try ConfigurationComparison(baseline: theirs, rust: theirs, tree: tree, architecture: "x86")
        }
    }

    @Test func `an option that could be on beside Rust is told to have been turned off`() async throws {
        let rust = Self.rust.replacing("CONFIG_VERSIONS=y", with: "# CONFIG_VERSIONS is not set")
            .replacing("CONFIG_LONG_NAMES=y", with: "# CONFIG_LONG_NAMES is not set")
        let change = try #require(
            try await difference(Self.hardened, rust).changes.first { $0.option == "CONFIG_VERSIONS" })
        #expect(change.group == .lost && change.because.isEmpty)
        #expect(change.reason == "it was turned off; it could be on beside Rust")
    }

    @Test func `swapped files, other versions, unknown options and strange lines are noted`() async throws {
        let rust = "# Linux/s390 6.1.0 Kernel Configuration\n" + Self.rust + "CONFIG_NOBODY=y\nwhat\n"
        let difference = try await difference(rust, Self.hardened)
        #expect(difference.notes.count == 5)
        for words in [
            "has no CONFIG_RUST=y", "The baseline has CONFIG_RUST=y",
            "is of Linux/s390 6.1.0, and the tree is 7.3.1-rc2",
            "CONFIG_NOBODY", "1 lines of the baseline set no option",
        ] {
            #expect(difference.notes.contains { $0.contains(words) }, "\(words)")
        }
        let unknown = try #require(difference.changes.first { $0.option == "CONFIG_NOBODY" })
        #expect(unknown.group == .lost && unknown.file == nil)
    }
}

/// The same over real kernels, judged by the kernel's own tools.
@Suite(.integration, .serialized) struct RealConfigurationDifferenceTests {
    private struct Pair {
        let tree: KernelTree
        let folder: FilePath
        let difference: ConfigurationDifference
        let sandbox: SandboxRoot

        func file(_ name: String) -> FilePath { folder.appending(name).appending(".config") }

        /// Runs one of the kernel's tools in the sandbox.
        func tool(_ name: String, _ arguments: [String], objects: FilePath? = nil) async throws -> String {
            let mounts =
                [Mount(tree.path, at: "/mnt/src"), Mount(folder, at: "/mnt/pair")]
                + (objects.map { [Mount($0, at: "/mnt/out", writable: true)] } ?? [])
            let environment = ["PATH": "/usr/bin:/usr/sbin", "HOME": "/tmp", "LC_ALL": "C.UTF-8"]
            return try await sandbox.command(
                Command(name, arguments, environment: environment, workingDirectory: FilePath("/mnt/src")),
                mounts: mounts
            ).output("test.tool", doing: "running \(name)", advice: "read what it says")
        }
    }

    private func withPair(
        baseline: String, rust: String, _ body: (Pair) async throws -> Void
    ) async throws {
        let tree = try await RealThings.kernelTree("7.3")
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            for (name, text) in [("a", baseline), ("b", baseline + rust)] {
                _ = try await KernelConfiguration(
                    base: .named("defconfig"), fragments: [.init(name: name, text: text, required: false)]
                ).apply(
                    to: tree, objects: folder.appending(name), sandbox: sandbox, log: folder.appending("\(name).log"))
            }
            func configuration(_ name: String) throws -> DotConfig {
                try DotConfig(file: folder.appending(name).appending(".config"))
            }
            let difference = try ConfigurationComparison(
                baseline: configuration("a"), rust: configuration("b"), tree: tree
            ).difference()
            try await body(Pair(tree: tree, folder: folder, difference: difference, sandbox: sandbox))
        }
    }

    private static let hard =
        "CONFIG_KASAN=y\nCONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y\nCONFIG_DEBUG_INFO_BTF=y\n"
    private static let soft =
        "# CONFIG_KASAN is not set\n# CONFIG_EXPOLINE is not set\n# CONFIG_MODVERSIONS is not set\nCONFIG_RUST=y\n"
    private static let checksums = "# CONFIG_EXPOLINE is not set\nCONFIG_GENDWARFKSYMS=y\nCONFIG_RUST=y\n"

    @Test(arguments: [(hard, soft), (hard.replacing("CONFIG_KASAN=y\n", with: ""), checksums)])
    func `what differs is what diffconfig says, and what is asked for is enough to get there`(
        _ baseline: String, _ rust: String
    ) async throws {
        try await withPair(baseline: baseline, rust: rust) { pair in
            let difference = pair.difference
            let text = try await pair.tool(
                "python3", ["/mnt/src/scripts/diffconfig", "/mnt/pair/a/.config", "/mnt/pair/b/.config"])
            // "-NAME value", "+NAME value", " NAME value -> value"
            let named = Set(text.split(separator: "\n").map { $0.dropFirst().prefix { $0 != " " } }.map(String.init))
            #expect(named.count > 15)
            #expect(Set(difference.changes.map { String($0.option.dropFirst(7)) }) == named)

            // Laid over the baseline, what is asked for and what is lost in its own right gives the other one.
            let causes = difference.changes.filter { change in
                change.group == .asked
                    || change.group == .lost && change.rust == "n" && change.security?.follows == nil
                        && !change.reason.contains("is chosen instead")
            }
            let wanted = causes.map { change in
                change.rust == "n" ? "# \(change.option) is not set\n" : "\(change.option)=\(change.rust ?? "")\n"
            }.joined()
            let again = pair.folder.appending("again")
            _ = try await KernelConfiguration(
                base: .file(pair.file("a")), fragments: [.init(name: "causes", text: wanted, required: false)]
            ).apply(
                to: pair.tree, objects: again, sandbox: pair.sandbox, log: pair.folder.appending("again.log"))
            let (got, aim) = (try DotConfig(file: again.appending(".config")), try DotConfig(file: pair.file("b")))
            #expect(Set(got.names).union(aim.names).filter { got[$0] != aim[$0] } == [])
            #expect(causes.count < 8, "\(wanted)")
        }
    }

    @Test func `what is newly offered is what listnewconfig lists, and each reason's line says what it should`()
        async throws
    {
        try await withPair(baseline: Self.hard, rust: Self.soft) { pair in
            let difference = pair.difference
            let objects = pair.folder.appending("list")
            try Files.makeDirectory(objects)
            // What the baseline says, and the causes: all else is new to the kernel's tool.
            let text = try Files.text(pair.file("a")) + Self.soft
            try AtomicFile.write(text, to: objects.appending(".config"))
            let listed = try await pair.tool(
                "make",
                [
                    "-s", "O=/mnt/out", "ARCH=s390", "CROSS_COMPILE=s390x-linux-gnu-", "listnewconfig",
                ], objects: objects)
            let new = Set(
                listed.split(separator: "\n").filter { $0.hasPrefix("CONFIG_") }
                    .map { String($0.prefix { $0 != "=" }) })
            let offered = difference.changes.filter { $0.baseline == nil && $0.prompt != nil && $0.group == .pulledIn }
            #expect(new.count > 8)
            #expect(Set(offered.map(\.option)) == new)

            for change in difference.changes {
                #expect(change.file != nil, "\(change.option)")
                guard let file = change.reasonFile, let line = change.reasonLine else {
                    #expect(change.group == .asked, "\(change.option): \(change.reason)")
                    continue
                }
                let lines = try Files.text(pair.tree.path.pushing(FilePath(file)))
                    .split(separator: "\n", omittingEmptySubsequences: false)
                let words = try #require(lines.indices.contains(line - 1) ? lines[line - 1] : nil)
                let kinds = [
                    "depends on", "select ", "default ", "def_bool", "def_tristate", "if ", "choice", "imply ",
                ]
                #expect(kinds.contains { words.contains($0) }, "\(change.option): \(file):\(line): \(words)")
            }
            let expoline = try #require(difference.securityLosses.first)
            #expect(expoline.option == "CONFIG_EXPOLINE" && expoline.security?.line != nil)
            let kept = try #require(difference.exclusions.first { $0.option == "CONFIG_DEBUG_INFO_BTF" })
            #expect(kept.state == .kept && kept.isInForce == false)
            for option in ["CONFIG_RANDSTRUCT", "CONFIG_GCC_PLUGIN_RANDSTRUCT"] {
                #expect(difference.exclusions.contains { $0.option == option && $0.state == .off && $0.unless == nil })
            }
        }
    }
}
