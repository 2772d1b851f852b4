// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// The base and the fragments that a person named for both kernels.
struct ConfigurationRequest: Encodable, Sendable {
    /// By its name, or by the content of its file.
    let base: Keyed<KernelConfiguration.Base>
    let fragments: [KernelConfiguration.Fragment]

    init(_ plan: PilotPlan, in tree: KernelTree) throws {
        let base = try KernelConfiguration.Base(plan.base, in: tree)
        if case .file(let path) = base {
            self.base = Keyed(base, by: try Digest(ofFile: path))
        } else {
            self.base = Keyed(base, by: [plan.base])
        }
        fragments = try plan.fragments.map { path in
            KernelConfiguration.Fragment(
                name: path.lastComponent?.string ?? path.string, text: try Files.text(path), required: true)
        }
    }

    /// All fragments of a kernel's configuration, in order.
    func fragments(of kernel: KernelRole, in tree: KernelTree) throws -> [KernelConfiguration.Fragment] {
        let wanted = PilotFragments.wanted(try Kconfig(tree))
        let given =
            try fragments.lazy.compactMap { DotConfig($0.text)["LOCALVERSION"] }.last
            ?? base.value.setting("LOCALVERSION", in: tree)
        let release = PilotFragments.release(of: given, ending: kernel.releaseEnding)
        func own(_ fragment: PilotFragment) -> KernelConfiguration.Fragment {
            switch fragment {
            case .tests: wanted
            case .required: PilotFragments.required
            case .rust: PilotFragments.rust
            case .release: release
            case .withoutRust: PilotFragments.withoutRust
            }
        }
        return PilotFragment.first(of: kernel).map(own) + fragments + PilotFragment.last(of: kernel).map(own)
    }
}

/// Configures one of the kernels.
struct ConfigurationStep: Step {
    let program: String
    let kernel: KernelRole
    let tree: Keyed<KernelTree>
    let sandbox: Keyed<SandboxRoot>
    let request: ConfigurationRequest

    var name: String { kernel.step("configuration") }

    func attachments(of facts: ConfigurationFacts?, at site: PilotSite) -> [StepAttachment] {
        let folder = site.folder.kernel(kernel)
        return [
            StepAttachment("configuration.log", folder.configurationLog),
            StepAttachment(DotConfig.name, DotConfig.name, in: folder.configuration),
        ]
    }

    func holds(_ facts: ConfigurationFacts, at site: PilotSite) throws -> Bool {
        try ForeignFolder(site.folder.kernel(kernel).configuration).digest(of: DotConfig.name) == facts.digest
    }

    func perform(at site: PilotSite) async throws -> ConfigurationFacts {
        let folder = site.folder.kernel(kernel)
        try Files.remove(folder.configuration)
        try Files.makeDirectory(folder.path)
        let configuration = KernelConfiguration(
            base: request.base.value, fragments: try request.fragments(of: kernel, in: tree.value))
        let facts = try await configuration.apply(
            to: tree.value, objects: folder.configuration, compilerCache: site.compilerCache, sandbox: sandbox.value,
            log: folder.configurationLog, limits: site.buildLimits
        ) { site.progress(WorkProgress(kernel.doing("configuring the kernel"), detail: $0)) }
        guard facts.rust || kernel == .baseline else { throw Self.rustIsOff(facts) }
        return facts
    }

    /// There is no point in building for a quarter of an hour what can't hold what was asked for.
    private static func rustIsOff(_ facts: ConfigurationFacts) -> Failure {
        let unmet = facts.unmet.first { $0.option == "CONFIG_RUST" }
        let place =
            unmet.flatMap { unmet in unmet.file.map { file in " (\(file)\(unmet.line.map { ":\($0)" } ?? ""))" } } ?? ""
        return Failure(
            "configuration.no-rust",
            "the finished configuration has no CONFIG_RUST=y: \(unmet?.reason ?? "a fragment turns it off")\(place)",
            advice:
                "take out of the base or the fragments what rules Rust out; on s390 that is first of all CONFIG_EXPOLINE=y"
        )
    }
}

/// Tells what Rust changes in the configuration, beside the kernel without it.
struct DifferenceStep: Step {
    let program: String
    let tree: Keyed<KernelTree>
    let request: ConfigurationRequest
    /// Of each kernel's `.config`.
    let rust: Digest
    let baseline: Digest

    var name: String { "configuration-difference" }

    func perform(at site: PilotSite) throws -> ConfigurationDifference {
        site.progress(WorkProgress("comparing the configurations"))
        func configuration(_ kernel: KernelRole) throws -> DotConfig {
            try DotConfig(of: ForeignFolder(site.folder.kernel(kernel).configuration))
        }
        return try ConfigurationComparison(
            baseline: configuration(.baseline), rust: configuration(.candidate),
            fragments: request.fragments(of: .candidate, in: tree.value), tree: tree.value
        ).difference()
    }
}
