// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import KernelTree
internal import Policy
internal import Records
internal import Sandbox
internal import SystemPackage

/// Puts a recorded configuration where a build takes it from.
struct RecordedConfigurationStep: Step {
    let kernel: KernelRole
    /// Of its bytes.
    let configuration: Keyed<[UInt8]>

    var name: String { kernel.step("configuration") }

    func attachments(of digest: Digest?, at site: PilotSite) -> [StepAttachment] {
        [StepAttachment(DotConfig.name, DotConfig.name, in: site.folder.kernel(kernel).configuration)]
    }

    func holds(_ digest: Digest, at site: PilotSite) throws -> Bool {
        try ForeignFolder(site.folder.kernel(kernel).configuration).digest(of: DotConfig.name) == digest
    }

    func perform(at site: PilotSite) throws -> Digest {
        let folder = site.folder.kernel(kernel).configuration
        try Files.remove(folder)
        try Files.makeDirectory(folder)
        try ForeignFolder(folder).write(configuration.value, to: DotConfig.name)
        return Digest(of: configuration.value)
    }
}

/// Copies the files of a kernel's list of materials out of the tree, and nothing else.
struct ListedSourceStep: Step {
    let kernel: KernelRole
    let tree: Keyed<KernelTree>
    let sandbox: Keyed<SandboxRoot>
    /// By its digest.
    let materials: Keyed<RecordedRun.Materials>

    var name: String { kernel.step("listed-source") }

    private func folder(_ site: PilotSite) -> FilePath { site.folder.kernel(kernel).path.appending("listed-source") }

    func holds(_ fingerprint: Digest, at site: PilotSite) throws -> Bool {
        try KernelTree(at: folder(site)).fingerprint() == fingerprint
    }

    /// Throws `Failure` with code `rebuild.materials` where a file is not the one of the list, and as `KernelTree.copy` does.
    func perform(at site: PilotSite) async throws -> Digest {
        site.progress(WorkProgress(kernel.doing("copying the listed files of the source")))
        try DiskNeed.source.check(at: site.folder.path)
        let files = materials.value.files
        try Files.makeDirectory(site.folder.kernel(kernel).path)
        let copy = try await tree.value.copy(only: files.map(\.path), to: folder(site), sandbox: sandbox.value)
        let copied = ForeignFolder(copy.path)
        let isSame = try files.mapConcurrently { try copied.digest(of: $0.path) == $0.sha256 }
        if let other = zip(files, isSame).first(where: { !$0.1 })?.0 {
            throw Failure(
                "rebuild.materials", "\(other.path) is not the file of the list that the run recorded",
                advice: "run the pilot again, then build that run twice")
        }
        return try copy.fingerprint()
    }

    func tree(at site: PilotSite) throws -> Keyed<KernelTree> {
        Keyed(try KernelTree(at: folder(site)), by: materials.value.digest)
    }
}

/// Compares the artifacts of a kernel's two builds, and looks into those that differ.
struct ArtifactComparisonStep: Step {
    let program: String
    let kernel: KernelRole
    let first: BuildFacts
    let second: BuildFacts
    /// Folders in which the first build's objects may still lie.
    let folders: [String]

    var name: String { kernel.step("comparison") }

    func perform(at site: PilotSite) throws -> [RebuildReport.ComparedArtifact] {
        site.progress(WorkProgress(kernel.doing("comparing the builds")))
        let comparison = ArtifactComparison(
            first: first, second: second,
            firstFolders: folders.map {
                ForeignFolder(PilotFolder(path: FilePath($0)).kernel(kernel).objects)
            }, secondFolder: ForeignFolder(site.folder.kernel(kernel).objects))
        return try comparison.artifacts { done, total, name in
            site.progress(
                WorkProgress(kernel.doing("looking for what differs"), done: done, total: total, detail: name))
        }
    }
}

/// Judges the comparisons, and writes them down.
struct RebuildRecordStep: Step {
    let program: String
    let run: String
    let source: SourceIdentity
    let series: GlueSeries?
    let sandboxLock: Digest
    let isolation: RunRecord.Isolation
    let kernels: [RebuildReport.Kernel]
    /// By the digests that the kernels have of them.
    let configurations: Keyed<[KernelRole: DotConfig]>
    /// Whether the tree asks for BTF in an order of its own (scripts/Makefile.btf).
    let ordersTypes: Bool
    let waivers: [Waiver]
    /// By what it decides: which of the waivers hold.
    let time: Keyed<Date>

    var name: String { "record" }

    func perform(at site: PilotSite) -> RebuildReport {
        let findings = RebuildRule.findings(
            in: RebuildFacts(
                kernels: kernels,
                options: configurations.value.mapValues { configuration in
                    configuration.settings.mapValues { .init(value: $0.value, line: $0.line) }
                }, ordersTypes: ordersTypes))
        let waivers = Waivers(waivers, at: time.value)
        let judged = waivers.applied(to: findings)
        let now = Date(timeIntervalSince1970: time.value.timeIntervalSince1970.rounded(.down))
        return RebuildReport(
            identifier: Workflow.identifier(at: now), run: run, toolVersion: program,
            startedAt: kernels.map(\.second.startedAt).min() ?? now, finishedAt: now, source: source, series: series,
            sandboxLock: sandboxLock, isolation: isolation, kernels: kernels,
            findings: judged.open + waivers.stale(beside: judged.used), accepted: judged.accepted)
    }
}
