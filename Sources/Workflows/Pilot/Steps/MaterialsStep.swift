// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox

/// Lists what one of the kernels was made from.
struct MaterialsStep: Step {
    let program: String
    let kernel: KernelRole
    let artifacts: [Artifact]
    let tree: Keyed<KernelTree>
    let sandbox: Keyed<SandboxRoot>
    let toolchain: [Tool]

    var name: String { kernel.step("materials") }

    func attachments(of summary: MaterialsSummary?, at site: PilotSite) -> [StepAttachment] {
        [StepAttachment(KernelFolder.materialsFile, site.folder.kernel(kernel).materials)]
    }

    func holds(_ summary: MaterialsSummary, at site: PilotSite) throws -> Bool {
        try Digest(ofFile: site.folder.kernel(kernel).materials) == summary.sha256
    }

    func perform(at site: PilotSite) throws -> MaterialsSummary {
        let folder = site.folder.kernel(kernel)
        let finder = MaterialsFinder(
            tree: tree.value, objects: folder.objects, sandbox: sandbox.value, toolchain: toolchain)
        let materials = try finder.find { progress in
            var progress = progress
            progress.stage = kernel.doing(progress.stage)
            site.progress(progress)
        }
        let bytes = try CanonicalJSON.encode(materials)
        try AtomicFile.write(bytes, to: folder.materials)
        return MaterialsSummary(materials, sha256: Digest(of: bytes))
    }
}
