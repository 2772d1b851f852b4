// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Policy
import Records
import TestSupport
import Testing

@Suite struct RebuildRuleTests {
    private static let fixed = [
        "KBUILD_BUILD_TIMESTAMP": "x", "KBUILD_BUILD_USER": "x", "KBUILD_BUILD_HOST": "x", "KBUILD_BUILD_VERSION": "1",
    ]

    private func findings(
        _ options: [String: String], artifacts: [RebuildReport.ComparedArtifact] = [],
        environment: [String: String] = fixed, ordersTypes: Bool = true
    ) -> [Finding] {
        let build = BuildFacts(
            command: "make", environment: environment, seconds: 1, steps: 1, warnings: [], artifacts: [], release: "7.3"
        )
        let time = RebuildReport.Circumstances(
            startedAt: Date(timeIntervalSince1970: 0), finishedAt: Date(timeIntervalSince1970: 1), jobs: 2,
            folder: .rebuild, compilerCache: "none")
        let kernel = RebuildReport.Kernel(
            role: .candidate, configuration: Digest(of: "x"), first: time, second: time, build: build,
            artifacts: artifacts)
        let settings = options.map { ($0.key, RebuildFacts.Setting(value: $0.value, line: 7)) }
        return RebuildRule.findings(
            in: RebuildFacts(
                kernels: [kernel], options: [.candidate: Dictionary(uniqueKeysWithValues: settings)],
                ordersTypes: ordersTypes))
    }

    private func options(_ findings: [Finding]) -> [String?] {
        findings.filter { $0.rule == "REP002" }.map(\.location?.symbol)
    }

    @Test func `a file that differs is an error with its sections, one that does not is none`() {
        func artifact(_ text: String) -> Artifact { Artifact(path: "vmlinux", size: 1, sha256: Digest(of: text)) }
        let section = RebuildReport.Section(
            name: ".rodata", offset: 64, firstSize: 8, secondSize: 8, difference: 0x20, firstBytes: "00",
            secondBytes: "01", cause: .time)
        let found = findings(
            [:],
            artifacts: [
                .init(path: "vmlinux", first: artifact("a"), second: artifact("b"), sections: [section]),
                .init(path: "one.ko", first: artifact("a"), second: nil),
                .init(path: "two.ko", first: artifact("a"), second: artifact("a")),
            ])
        #expect(found.map(\.rule) == ["REP001", "REP001"])
        #expect(found[0].severity == .error && found[0].location?.file == "candidate/vmlinux")
        #expect(found[0].found?.hasSuffix("; .rodata at 0x20: time") == true)
        #expect(found[1].title == "candidate/one.ko was not made again")
    }

    @Test func `options that put something of one build into the kernel are found in the .config`() {
        #expect(options(findings([:])).isEmpty)
        let key = ["MODULE_SIG": "y", "MODULE_SIG_KEY": "certs/signing_key.pem", "MODULE_SIG_ALL": "n"]
        let found = findings(key)
        #expect(options(found) == ["CONFIG_MODULE_SIG_KEY"])
        #expect(found[0].location?.file == "candidate/.config" && found[0].location?.line == 7)
        #expect(options(findings(key.merging(["MODULE_SIG_KEY": "/keys/ours.pem"]) { $1 })).isEmpty)
        #expect(options(findings(key.merging(["MODULE_SIG": "n"]) { $1 })).isEmpty)
        #expect(options(findings(["RANDSTRUCT_FULL": "y"])) == ["CONFIG_RANDSTRUCT_FULL"])
        #expect(options(findings(["RANDSTRUCT_NONE": "y", "RANDSTRUCT_KUNIT_TEST": "y"])).isEmpty)
        #expect(options(findings(["GCC_PLUGIN_LATENT_ENTROPY": "y"])) == ["CONFIG_GCC_PLUGIN_LATENT_ENTROPY"])
        #expect(options(findings(["DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT": "n"])).isEmpty)
        #expect(
            options(findings(["DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT": "y"]))
                == ["CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT"])
    }

    @Test(arguments: [(121, true, false), (122, true, true), (126, true, true), (127, true, false), (130, false, true)])
    func `BTF is in doubt where threads of pahole write it in no order`(version: Int, ordersTypes: Bool, isFound: Bool)
    {
        let found = findings(
            ["DEBUG_INFO_BTF": "y", "PAHOLE_VERSION": "\(version)"], ordersTypes: ordersTypes)
        #expect(!options(found).isEmpty == isFound)
        #expect(options(findings(["PAHOLE_VERSION": "\(version)"], ordersTypes: ordersTypes)).isEmpty)
    }

    @Test func `each build variable that is not fixed is named`() {
        #expect(findings([:]).isEmpty)
        let found = findings([:], environment: ["KBUILD_BUILD_USER": "x", "KBUILD_BUILD_VERSION": "1"])
        #expect(found.map(\.rule) == ["REP003", "REP003"])
        #expect(found.map(\.location?.symbol) == ["KBUILD_BUILD_TIMESTAMP", "KBUILD_BUILD_HOST"])
    }
}
