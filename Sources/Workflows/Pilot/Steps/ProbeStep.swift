// SPDX-License-Identifier: Apache-2.0
internal import KernelTree
internal import Records
internal import Sandbox

/// Compiles the layout probe from what the build left.
struct ProbeStep: Step {
    let program: String
    let artifacts: [Artifact]
    let tree: Keyed<KernelTree>
    let sandbox: Keyed<SandboxRoot>

    var name: String { "probe" }

    private func probe(_ site: PilotSite) -> LayoutProbe {
        LayoutProbe(
            tree: tree.value, objects: site.folder.kernel(.candidate).objects, sandbox: sandbox.value,
            folder: site.folder.probe)
    }

    func holds(_ made: ProbeAudit, at site: PilotSite) throws -> Bool { try made.holds(for: probe(site)) }

    func perform(at site: PilotSite) async throws -> ProbeAudit {
        try await ProbeAudit(making: probe(site), progress: site.progress)
    }
}
