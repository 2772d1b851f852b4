// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// A checked sandbox, and a source that got its patches: what a pilot and a second build of its kernels begin with.
struct PreparedTree: Sendable {
    let prepared: PreparedSandbox
    let root: SandboxRoot
    let isolation: RunRecord.Isolation
    let source: AcquiredSource
    /// Of the source as it came.
    let status: TreeStatus
    let enabled: EnabledTree
    let tree: Keyed<KernelTree>

    var sandbox: Keyed<SandboxRoot> { Keyed(root, by: root.lockDigest) }
}

/// What has to be known to prepare one.
struct TreePreparation: Sendable {
    let program: String
    let sandbox: SandboxStep
    /// As it was asked for: `7.3`, a folder, a tarball.
    let kernel: String
    let series: String?
    let glue: FilePath?
    let compilerCache: CompilerCache
    /// Whether commands that name no sandbox use this one from now on.
    var isDefault = false

    /// Takes the steps. `check` refuses a source before anything is done with it.
    func take(
        _ run: RunFolder, at site: PilotSite, check: (SourceIdentity) throws -> Void = { _ in }
    ) async throws -> PreparedTree {
        let prepared = try await run.take(sandbox, at: site).output
        if isDefault { try site.sandboxes.remember(prepared.lock) }
        site.progress(WorkProgress("checking the sandbox's files"))
        guard let root = try site.sandboxes.verified(prepared.lock) else {
            throw Failure("sandbox.absent", "the sandbox is gone", advice: "run this again")
        }
        let keyed = Keyed(root, by: root.lockDigest)
        let isolation = RunRecord.Isolation(
            confinement: try Confinement.ofProcess(), facts: try await root.checkedIsolation(),
            compilerCache: compilerCache.text)
        let request = sandbox.kernel
        let source = try await run.take(
            SourceStep(
                version: sandbox.version, kernel: kernel, request: request,
                package: request.package(in: prepared.lock), sandbox: keyed), at: site
        ).output
        try check(source.identity)
        let pristine = try KernelTree(at: FilePath(source.tree))
        let status = try await run.take(
            StatusStep(program: program, tree: Keyed(pristine, by: source.identity.digest)), at: site
        ).output
        let enabled = try await run.take(
            EnableStep(
                program: program, source: source, tree: pristine, status: status, series: series, glue: glue,
                sandbox: keyed), at: site
        ).output
        return PreparedTree(
            prepared: prepared, root: root, isolation: isolation, source: source, status: status, enabled: enabled,
            tree: try enabled.tree(of: source))
    }
}
