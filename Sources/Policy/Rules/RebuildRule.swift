// SPDX-License-Identifier: Apache-2.0
package import Records

/// What the rules over second builds look at.
package struct RebuildFacts: Sendable {
    /// A line of a `.config`.
    package struct Setting: Sendable, Hashable {
        /// `y`, `m`, `n`, a number, or a string without its quotes.
        package let value: String
        /// Counted from 1.
        package let line: Int

        package init(value: String, line: Int) {
            self.value = value
            self.line = line
        }
    }

    package let kernels: [RebuildReport.Kernel]
    /// Of each kernel's `.config`, by name without `CONFIG_`.
    package let options: [KernelRole: [String: Setting]]
    /// Whether the tree asks pahole for BTF in an order of its own.
    package let ordersTypes: Bool

    package init(
        kernels: [RebuildReport.Kernel], options: [KernelRole: [String: Setting]], ordersTypes: Bool
    ) {
        self.kernels = kernels
        self.options = options
        self.ordersTypes = ordersTypes
    }
}

/// REP: whether a second build makes the same files.
package enum RebuildRule {
    static let differs = RuleDescription(
        "REP001", .error, "a second build made another file", plural: "files differ in a second build",
        check: "Each artifact of a second build, made elsewhere and later, has the bytes of the first.",
        rationale:
            "Nobody but the first builder can show that the file comes from the source and the tools that the record names.",
        remediation:
            "Look at the sections and causes that the report names; correct the configuration or the build, and run the "
            + "pilot again.",
        sources: ["Documentation/kbuild/reproducible-builds.rst"])
    static let option = RuleDescription(
        "REP002", .warning, "an option makes builds differ", plural: "options make builds differ",
        check:
            "The .config has no option that is known to put something of a single build into the kernel: a generated "
            + "module signing key, a random layout of structures, latent entropy, debug information of the compiler's "
            + "default version, BTF that several threads write.",
        rationale: "Two builds of the same source differ, so the second proves nothing of the first.",
        remediation:
            "Turn the option off, or give the build what it would generate: a key with CONFIG_MODULE_SIG_KEY, a seed in "
            + "scripts/basic/randstruct.seed, a DWARF version of its own.",
        sources: [
            "Documentation/kbuild/reproducible-builds.rst", "certs/Makefile", "scripts/gen-randstruct-seed.sh",
            "scripts/Makefile.btf",
        ])
    static let variable = RuleDescription(
        "REP003", .warning, "a build variable is not fixed", plural: "build variables are not fixed",
        check: "The build's environment has KBUILD_BUILD_TIMESTAMP, KBUILD_BUILD_USER, KBUILD_BUILD_HOST and "
            + "KBUILD_BUILD_VERSION.",
        rationale: "The kernel's banner holds the time, the user, the host and the number of the build otherwise.",
        remediation: "Build with this version of Bessemer, which sets them all.",
        sources: ["Documentation/kbuild/kbuild.rst", "init/Makefile"])

    package static let descriptions = [differs, option, variable]

    package static func findings(in facts: RebuildFacts) -> [Finding] {
        facts.kernels.flatMap { kernel in
            let options = facts.options[kernel.role] ?? [:]
            return kernel.different.map { difference($0, of: kernel.role) }
                + Self.options(options, ordersTypes: facts.ordersTypes).map { name, reason in
                    option.finding(
                        "CONFIG_\(name) makes builds of the \(kernel.role.rawValue) differ",
                        at: .init(
                            file: "\(kernel.role.rawValue)/.config", line: options[name]?.line,
                            symbol: "CONFIG_\(name)"), found: reason)
                }
                + variables.filter { kernel.build.environment[$0] == nil }.map { name in
                    variable.finding(
                        "\(name) is not fixed", at: .init(file: "\(kernel.role.rawValue)/environment", symbol: name))
                }
        }
    }

    private static let variables = [
        "KBUILD_BUILD_TIMESTAMP", "KBUILD_BUILD_USER", "KBUILD_BUILD_HOST", "KBUILD_BUILD_VERSION",
    ]

    private static func difference(_ artifact: RebuildReport.ComparedArtifact, of role: KernelRole) -> Finding {
        let name = "\(role.rawValue)/\(artifact.path)"
        let state =
            artifact.second == nil ? " was not made again" : artifact.first == nil ? " was made only again" : " differs"
        let sections = artifact.sections.prefix(8).map {
            "\($0.name) at 0x\(String($0.difference, radix: 16)): \($0.cause.rawValue)"
        }
        let places = sections.joined(separator: ", ") + (artifact.sections.count > 8 ? ", …" : "")
        let found = [artifact.second.map { "SHA-256 \($0.sha256)" }, places.isEmpty ? artifact.undecided : places]
        return differs.finding(
            name + state, at: .init(file: name),
            expected: artifact.first.map { "SHA-256 \($0.sha256)" } ?? "no such file",
            found: found.compactMap(\.self).joined(separator: "; "))
    }

    /// The key that certs/Makefile generates where the build has none.
    private static let generatedKey = "certs/signing_key.pem"
    /// Versions of pahole that write BTF with several threads, and can't put it into an order (scripts/Makefile.btf).
    private static let unordered = 122...126

    /// Options that are in effect, and what each puts into the kernel.
    private static func options(
        _ options: [String: RebuildFacts.Setting], ordersTypes: Bool
    ) -> [(name: String, reason: String)] {
        func isOn(_ name: String) -> Bool { options[name]?.value == "y" }
        var found: [(name: String, reason: String)] = []
        // The key's certificate is in the kernel also where no module is signed by the build (MODULE_SIG_ALL).
        if isOn("MODULE_SIG") || isOn("IMA_APPRAISE_MODSIG"), options["MODULE_SIG_KEY"]?.value == generatedKey {
            found.append(("MODULE_SIG_KEY", "\(generatedKey), a key that each build generates"))
        }
        for name in ["RANDSTRUCT_FULL", "RANDSTRUCT_PERFORMANCE", "GCC_PLUGIN_RANDSTRUCT"] where isOn(name) {
            found.append((name, "the order of fields follows a seed that each build generates"))
            break
        }
        if isOn("GCC_PLUGIN_LATENT_ENTROPY") {
            found.append(("GCC_PLUGIN_LATENT_ENTROPY", "the compiler puts random numbers into the kernel"))
        }
        if isOn("DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT") {
            found.append(
                (
                    "DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT",
                    "the version of the debug information is the default of whichever compiler builds"
                ))
        }
        if isOn("DEBUG_INFO_BTF"), let version = options["PAHOLE_VERSION"].flatMap({ Int($0.value) }),
            unordered.contains(version) || version > unordered.upperBound && !ordersTypes
        {
            found.append(("DEBUG_INFO_BTF", "pahole \(version) writes types in the order in which its threads end"))
        }
        return found
    }
}
