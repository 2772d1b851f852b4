// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox

/// Builds one of the kernels.
struct BuildStep: Step {
    /// The version alone: another build of Bessemer makes no other kernel.
    let version: String
    let kernel: KernelRole
    let tree: Keyed<KernelTree>
    let sandbox: Keyed<SandboxRoot>
    /// Of the `.config`.
    let configuration: Digest
    /// In the artifacts, in seconds since 1970.
    let date: Int

    var name: String { kernel.step("build") }

    func attachments(of facts: BuildFacts?, at site: PilotSite) -> [StepAttachment] {
        let folder = site.folder.kernel(kernel)
        return [
            StepAttachment("build.log", folder.buildLog),
            StepAttachment("System.map", "System.map", in: folder.objects),
        ]
    }

    func holds(_ build: BuildFacts, at site: PilotSite) async throws -> Bool {
        let objects = ForeignFolder(site.folder.kernel(kernel).objects)
        return try build.artifacts.mapConcurrently { artifact in
            try objects.size(of: artifact.path) == artifact.size
                && objects.digest(of: artifact.path) == artifact.sha256
        }.allSatisfy { $0 }
    }

    func perform(at site: PilotSite) async throws -> BuildFacts {
        let folder = site.folder.kernel(kernel)
        try DiskNeed.build.check(at: site.folder.path)
        // What an interrupted build left may be half written; the compiler cache makes a fresh start cheap.
        try Files.remove(folder.objects)
        try Files.makeDirectory(folder.objects)
        let configuration = try ForeignFolder(folder.configuration).bytes(
            of: DotConfig.name, limit: ForeignFolder.Limit.source)
        try ForeignFolder(folder.objects).write(configuration, to: DotConfig.name)
        let build = KernelBuild(
            tree: tree.value, objects: folder.objects, compilerCache: site.compilerCache, sandbox: sandbox.value,
            log: folder.buildLog, date: date, jobs: site.jobs, limits: site.buildLimits)
        let estimate = site.estimates[kernel]
        return try await build.run { state in
            var progress = state
            progress.stage = kernel.doing("building: \(state.stage)")
            progress.total = estimate?.steps
            progress.expected = estimate.map { .seconds($0.seconds) }
            site.progress(progress)
        }
    }
}
