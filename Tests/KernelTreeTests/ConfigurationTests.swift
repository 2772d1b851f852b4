// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// The kernel's own configuration tools, run on a real tree in the real sandbox.
@Suite(.integration, .serialized) struct ConfigurationTests {
    private func configure(
        _ base: KernelConfiguration.Base, _ fragments: [KernelConfiguration.Fragment], version: String = "7.3",
        _ body: (ConfigurationFacts, DotConfig, KernelTree) throws -> Void
    ) async throws {
        let tree = try await RealThings.kernelTree(version)
        let sandbox = try await RealThings.sandbox()
        try await withTemporaryFolder { folder in
            let objects = folder.appending("objects")
            let facts = try await KernelConfiguration(base: base, fragments: fragments).apply(
                to: tree, objects: objects, sandbox: sandbox, log: folder.appending("configuration.log"))
            try body(facts, try DotConfig(file: objects.appending(".config")), tree)
            #expect(Files.names(in: folder) == ["configuration.log", "objects"])
        }
    }

    @Test func `the pilot's wishes come true, and what does not is explained by its Kconfig line`() async throws {
        let kconfig = try Kconfig(try await RealThings.kernelTree("7.3"))
        let fragments = [PilotFragments.required, PilotFragments.rust, PilotFragments.wanted(kconfig)]
        try await configure(.named("tinyconfig"), fragments) { facts, configuration, tree in
            #expect(facts.rust)
            #expect(facts.unmet.filter(\.required).map(\.option) == [])
            #expect(facts.testOptions.contains("CONFIG_RUST_ALLOCATOR_KUNIT_TEST"))
            #expect(facts.testOptions.count > 50)
            let drm = facts.unmet.first { $0.option == "CONFIG_DRM_KUNIT_TEST" }
            #expect(drm?.reason.contains("DRM is not set") == true)
            #expect(drm?.reasonFile == "drivers/gpu/drm/Kconfig")
            let raid = facts.unmet.first { $0.option == "CONFIG_RAID6_PQ_KUNIT_TEST" }
            #expect(raid?.reason.contains("RAID6_PQ is not set") == true)
            #expect(raid?.reasonFile == "lib/raid/Kconfig")
            #expect(
                !facts.unmet.contains { $0.reason.contains("give no reason") || $0.reason.contains("did not set it") })
            for unmet in facts.unmet where unmet.reasonFile != nil {
                let text = try Files.text(tree.path.pushing(FilePath(unmet.reasonFile ?? "")))
                #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count >= unmet.reasonLine ?? 0)
            }

            // The kernel's conf writes a bool or tristate option exactly where it offers it or it is on.
            let evaluation = KconfigEvaluation(kconfig, configuration)
            var wrong: [String] = []
            var compared = 0
            for name in kconfig.declarations.keys.sorted() {
                guard let type = evaluation.type(of: name), type == .bool || type == .tristate,
                    let isOffered = evaluation.isOffered(name)
                else { continue }
                compared += 1
                let isOn = evaluation.tristate(of: name) != .no
                if (isOffered || isOn) != (configuration[name] != nil) { wrong.append(name) }
            }
            #expect(compared > 10_000)
            #expect(wrong == [])
        }
    }

    @Test func `a configuration that turns Rust off says why, and strange options are told apart`() async throws {
        let asked = KernelConfiguration.Fragment(name: "mitigations", text: "CONFIG_EXPOLINE=y\n", required: true)
        let strange = KernelConfiguration.Fragment(
            name: "strange",
            text: "CONFIG_ARM64_MTE=y\nCONFIG_NO_SUCH_OPTION=y\n# CONFIG_PROC_FS is not set\nCONFIG_HZ_1000=y\n",
            required: false)
        try await configure(.named("tinyconfig"), [PilotFragments.required, PilotFragments.rust, asked, strange]) {
            facts, configuration, _ in
            #expect(configuration["EXPOLINE"] == "y")
            #expect(!facts.rust)
            let rust = facts.unmet.first { $0.option == "CONFIG_RUST" }
            #expect(rust?.required == true)
            #expect(rust?.got == "n")
            #expect(rust?.reason.contains("HAVE_RUST is not set") == true)
            #expect(rust?.reason.contains("S390 selects it only if !EXPOLINE") == true)
            #expect(rust?.reason.contains("EXPOLINE is y") == true)

            let reasons = Dictionary(uniqueKeysWithValues: facts.unmet.map { ($0.option, $0.reason) })
            #expect(reasons["CONFIG_ARM64_MTE"]?.hasPrefix("declared only in arch/arm64/Kconfig:") == true)
            #expect(reasons["CONFIG_NO_SUCH_OPTION"] == "no Kconfig file of this tree declares it")
            #expect(configuration["HZ"] == "1000")
            // What is required is not weakened by a later wish: the overriding wish shows.
            let overridden = facts.unmet.first { $0.option == "CONFIG_PROC_FS" }
            #expect(overridden?.required == true)
            #expect(overridden?.reason == "the fragment strange, which comes later, asks for n")
        }
    }

    @Test func `what conf makes of ranges, modules, new names, choices and malformed values is explained`() async throws
    {
        let fragment = KernelConfiguration.Fragment(
            name: "odd",
            text: """
                # CONFIG_MODULES is not set
                CONFIG_NR_CPUS=1024
                CONFIG_BINFMT_MISC=m
                CONFIG_RANDOM_KMALLOC_CACHES=y
                # CONFIG_HZ_100 is not set
                CONFIG_LOCALVERSION=abc
                CONFIG_PANIC_TIMEOUT=many
                CONFIG_SYSVIPC="y"
                CONFIG_CRYPTO_SHA256_S390=y

                """, required: false)
        try await configure(.named("tinyconfig"), [fragment]) { facts, configuration, _ in
            let reasons = Dictionary(uniqueKeysWithValues: facts.unmet.map { ($0.option, $0.reason) })
            #expect(configuration["NR_CPUS"] == "512")
            #expect(
                reasons["CONFIG_NR_CPUS"] == "1024 is outside its `range 2 512` (arch/s390/Kconfig:537), so it is 512")
            #expect(configuration["BINFMT_MISC"] == "y")
            #expect(reasons["CONFIG_BINFMT_MISC"]?.hasPrefix("m needs MODULES (kernel/module/Kconfig:") == true)
            #expect(configuration["RANDOM_KMALLOC_CACHES"] == nil)
            let renamed = reasons["CONFIG_RANDOM_KMALLOC_CACHES"] ?? facts.warnings.joined(separator: "\n")
            #expect(renamed.contains("was renamed"), "\(renamed)")
            #expect(configuration["HZ_100"] == "n" || reasons["CONFIG_HZ_100"]?.contains("is always y") == true)
            #expect(reasons["CONFIG_LOCALVERSION"] == "it is a string option, whose value stands in quotes")
            #expect(reasons["CONFIG_PANIC_TIMEOUT"] == "it is an int option, which can't be many")
            #expect(reasons["CONFIG_SYSVIPC"] == "it is a bool option, which can't be \"y\" in quotes")
            #expect(reasons["CONFIG_CRYPTO_SHA256_S390"]?.hasPrefix("no Kconfig file of this tree declares it") == true)
            #expect(!facts.unmet.contains { $0.reason.contains("did not") })
        }
    }

    @Test
    func `a tree without s390 Rust support explains that nothing gives HAVE_RUST`() async throws {
        try await configure(.named("tinyconfig"), [PilotFragments.required, PilotFragments.rust], version: "6.12") {
            facts, _, _ in
            #expect(!facts.rust)
            let rust = facts.unmet.first { $0.option == "CONFIG_RUST" }
            #expect(rust?.reason.contains("HAVE_RUST is not set") == true)
            #expect(rust?.reason.contains("nothing on s390 selects it") == true)
        }
    }

    @Test func `the endings of two kernels' releases come after what the base sets, and are in effect`() async throws {
        let tree = try await RealThings.kernelTree("7.3")
        try await withTemporaryFolder { folder in
            let file = folder.appending("config")
            try AtomicFile.write("CONFIG_LOCALVERSION=\"-acme\"\n", to: file)
            let base = KernelConfiguration.Base.file(file)
            let given = try base.setting("LOCALVERSION", in: tree)
            #expect(given == "-acme")
            #expect(try KernelConfiguration.Base.named("tinyconfig").setting("LOCALVERSION", in: tree) == nil)
            #expect(try KernelConfiguration.Base.named("defconfig").setting("MODULES", in: tree) == "y")
            #expect(try KernelConfiguration.Base("zfcpdump_defconfig", in: tree).setting("MODULES", in: tree) != "y")
            try await configure(base, [PilotFragments.release(of: given, ending: "-bessemer-gcc")]) {
                facts, configuration, _ in
                #expect(configuration["LOCALVERSION"] == "-acme-bessemer-gcc" && facts.unmet.isEmpty)
            }
        }
        for given in ["a\"b\\c", "", nil] {
            let text = PilotFragments.release(of: given, ending: "-x").text
            #expect(DotConfig(text)["LOCALVERSION"] == (given ?? "") + "-x")
        }
    }

    @Test func `a base that no kernel has is refused and the right words are named`() async throws {
        let tree = try await RealThings.kernelTree("7.3")
        let error = #expect(throws: Failure.self) { try KernelConfiguration.Base("rustdefconfig", in: tree) }
        #expect(error?.code == "configuration.no-such-base")
        #expect(error?.advice.contains("defconfig rust.config") == true)
        #expect(throws: Failure.self) { try KernelConfiguration.Base("../evil", in: tree) }
        #expect(try KernelConfiguration.Base("zfcpdump_defconfig", in: tree) == .named("zfcpdump_defconfig"))
        #expect(try KernelConfiguration.Base("tinyconfig", in: tree) == .named("tinyconfig"))
    }
}
