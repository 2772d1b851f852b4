// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
package import Records

/// What Rust changes in a configuration, as it looks in life.
package enum SampleDifference {
    private typealias Difference = ConfigurationDifference

    package static func made() -> ConfigurationDifference {
        let speculation = Difference.Security(
            kind: .speculation,
            meaning: "Indirect branches of the kernel's C code are no longer expolines (Spectre v2).",
            machines: "Only those without facility 156. On a machine with facility 156 (etokens) nospec_auto_detect() "
                + "turns expolines off at boot, so nothing is lost there.",
            file: "arch/s390/kernel/nospec-branch.c", line: 64)
        let rust =
            "RUST needs `HAVE_RUST` (init/Kconfig:2259), S390 selects HAVE_RUST only if `!EXPOLINE` "
            + "(arch/s390/Kconfig:254)"
        return Difference(
            tree: "7.3.4", architecture: "s390",
            baseline: .init(subject: "Linux/s390 7.3.4", sha256: Digest(of: "baseline"), enabled: 1964),
            rust: .init(subject: "Linux/s390 7.3.4", sha256: Digest(of: "rust"), enabled: 1965), notes: [],
            changes: [
                change(
                    "EXPOLINE", .lost, "y", "n", "Rust excludes it: \(rust)", ("arch/s390/Kconfig", 254), ["RUST"],
                    speculation),
                change(
                    "EXPOLINE_EXTERN", .lost, "y", nil,
                    "it has no prompt, and its default is EXPOLINE && CC_IS_GCC (arch/s390/Kconfig:640): EXPOLINE is "
                        + "not set", ("arch/s390/Kconfig", 640), ["EXPOLINE"],
                    .init(
                        kind: .speculation, meaning: "It is a part of CONFIG_EXPOLINE.", follows: "CONFIG_EXPOLINE")),
                change(
                    "GENKSYMS", .lost, "y", "n",
                    "GENDWARFKSYMS is chosen instead in the choice at kernel/module/Kconfig:174",
                    ("kernel/module/Kconfig", 174), ["GENDWARFKSYMS"]),
                change(
                    "RUST", .asked, nil, "y", "set by hand or by a fragment: no Kconfig line gives it this value", nil,
                    []),
                change(
                    "EXTENDED_MODVERSIONS", .pulledIn, "n", "y", "RUST selects it if `MODVERSIONS` (init/Kconfig:2261)",
                    ("init/Kconfig", 2261), ["RUST"]),
                change(
                    "RUST_DEBUG_ASSERTIONS", .pulledIn, nil, "n",
                    "newly offered, since `RUST` (lib/Kconfig.debug:3581) holds; off by default",
                    ("lib/Kconfig.debug", 3581), ["RUST"]),
                change(
                    "EXPOLINE_FULL", .withdrawn, "n", nil,
                    "the block around it needs `EXPOLINE` (arch/s390/Kconfig:650): EXPOLINE is not set",
                    ("arch/s390/Kconfig", 650), ["EXPOLINE"]),
            ],
            exclusions: [
                .init(
                    option: "CONFIG_EXPOLINE", state: .lost, unless: nil, isInForce: true, reason: rust,
                    reasonFile: "arch/s390/Kconfig", reasonLine: 254, security: speculation),
                .init(
                    option: "CONFIG_KASAN", state: .off, unless: "CC_IS_CLANG", isInForce: true,
                    reason: "RUST needs `!KASAN || CC_IS_CLANG` (init/Kconfig:2268)", reasonFile: "init/Kconfig",
                    reasonLine: 2268,
                    security: .init(kind: .memorySafety, meaning: "Accesses out of bounds are not found in tests.")),
            ])
    }

    /// Every text is `text`.
    package static func made(of text: String) -> ConfigurationDifference {
        let security = Difference.Security(
            kind: .hardening, meaning: text, machines: text, file: text, line: 1, follows: nil)
        func change(_ group: Difference.Group, _ security: Difference.Security?) -> Difference.Change {
            Difference.Change(
                option: text, group: group, baseline: text, rust: text, prompt: text, file: text, line: 1, reason: text,
                reasonFile: text, reasonLine: 1, because: [text], security: security)
        }
        return Difference(
            tree: text, architecture: text, baseline: .init(subject: text, sha256: Digest(of: "b"), enabled: 1),
            rust: .init(subject: text, sha256: Digest(of: "r"), enabled: 1), notes: [text],
            changes: [change(.lost, security)] + Difference.Group.allCases.map { change($0, nil) },
            exclusions: Difference.Exclusion.State.allCases.map { state in
                .init(
                    option: text, state: state, unless: text, isInForce: true, reason: text, reasonFile: text,
                    reasonLine: 1, security: security)
            })
    }

    private static func change(
        _ name: String, _ group: Difference.Group, _ baseline: String?, _ rust: String?, _ reason: String,
        _ place: (String, Int)?, _ because: [String], _ security: Difference.Security? = nil
    ) -> Difference.Change {
        Difference.Change(
            option: "CONFIG_\(name)", group: group, baseline: baseline, rust: rust, prompt: nil, file: "init/Kconfig",
            line: 1, reason: reason, reasonFile: place?.0, reasonLine: place?.1,
            because: because.map { "CONFIG_\($0)" },
            security: security)
    }
}
