// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// The tree to build, and the series that it got.
struct EnabledTree: Codable, Hashable, Sendable {
    let tree: String
    let series: GlueSeries?
    let after: TreeStatus
    let fingerprint: Digest?

    /// The tree, known by the source's content and the patches in it.
    func tree(of source: AcquiredSource) throws -> Keyed<KernelTree> {
        Keyed(
            try KernelTree(at: FilePath(tree)),
            by: [source.key] + (series?.patches.map(\.sha256.hexadecimal) ?? []))
    }
}

/// Gives a tree without s390 Rust support that support, and one that has it the fixes that are for it: in a copy of the
/// pilot's own.
struct EnableStep: Step {
    let program: String
    /// By its content and its place, which is in the result.
    let tree: Keyed<KernelTree>
    let status: TreeStatus
    /// The series that was asked for.
    let series: String?
    /// The series that the tree is offered; nil where it is offered none, or the folder is not there.
    let glue: Keyed<FilePath>?
    let sandbox: Keyed<SandboxRoot>

    var name: String { "enable" }

    /// A tree that has some of it is somebody's work; the build and the report tell what it lacks.
    private static func isOffered(_ status: TreeStatus, _ series: String?) -> Bool {
        series != PilotPlan.noSeries && (status.isReady || status.found.isEmpty)
    }

    init(
        program: String, source: AcquiredSource, tree: KernelTree, status: TreeStatus, series: String?,
        glue: FilePath?, sandbox: Keyed<SandboxRoot>
    ) throws {
        self.program = program
        self.tree = Keyed(tree, by: [source.key, source.tree])
        self.status = status
        self.series = series
        self.sandbox = sandbox
        let offered = Self.isOffered(status, series) ? glue : nil
        self.glue = try offered.map {
            Keyed($0, by: try GlueSeries.key(in: $0, asked: series, isReady: status.isReady))
        }
    }

    func attachments(of enabled: EnabledTree?, at site: PilotSite) -> [StepAttachment] {
        guard let series = enabled?.series, let glue = glue?.value else { return [] }
        return series.patches.map { StepAttachment($0.file, "\(series.name)/\($0.file)", in: glue) }
    }

    func holds(_ enabled: EnabledTree, at site: PilotSite) throws -> Bool {
        try enabled.series == nil || KernelTree(at: FilePath(enabled.tree)).fingerprint() == enabled.fingerprint
    }

    func perform(at site: PilotSite) async throws -> EnabledTree {
        let asItIs = EnabledTree(tree: tree.value.path.string, series: nil, after: status, fingerprint: nil)
        let (tree, root) = (tree.value, sandbox.value)
        guard let glue = glue?.value else {
            guard status.isReady || !Self.isOffered(status, series) else {
                throw Failure(
                    "glue.series",
                    "Linux \(tree.version) has no s390 Rust support, and the folder of patch series is missing",
                    advice: "name Bessemer's folder Kernel/Glue with --glue")
            }
            return asItIs
        }
        if status.isReady, series == nil,
            try await TreeEnablement(tree: tree, glue: glue, sandbox: root).fixes() == nil
        {
            return asItIs
        }
        site.progress(WorkProgress("copying the kernel source"))
        try DiskNeed.source.check(at: site.folder.path)
        let copy = try await tree.copy(to: site.folder.enabledSource, sandbox: root)
        site.progress(WorkProgress("applying patches to the kernel source"))
        let change = try await TreeEnablement(tree: copy, glue: glue, sandbox: root).enable(series: series)
        return EnabledTree(
            tree: copy.path.string, series: change.series, after: change.status, fingerprint: try copy.fingerprint())
    }
}
