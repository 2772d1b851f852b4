// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Host
package import KernelTree
internal import Policy
package import Records
package import SystemPackage

/// What is known of milestones that others reach: in the log, in a tree, in folders of configurations.
package enum TimelineObservations {
    // MARK: The log

    /// What inventories and runs say of compilers, and runs of kernel sources. Throws as `EvidenceStore.run` does.
    package static func recorded(in store: some EvidenceArchive) async throws -> [Observation] {
        var found: [Observation] = []
        for inventory in try await store.all(InventoryReport.self) { found += compilers(of: inventory) }
        // A run is a large record: they are read one by one, from the oldest, until each question has its answer.
        var open: Set<String> = [Milestone.mainline, Milestone.toolchain]
        var last: [String: Observation] = [:]
        for summary in try await store.runs(limit: mostRuns).reversed() where summary.sourceKind != nil && !open.isEmpty
        {
            let (record, entry) = try await store.run(summary.identifier)
            let run = Dated(record, entry: EntryReference(entry), time: entry.time)
            let flags =
                open.contains(Milestone.toolchain)
                ? try await GateEvidence.unstableFlags(of: entry, in: store)?.flags : nil
            for observation in [source(of: run), flag(of: run, flags ?? [])].compactMap(\.self)
            where open.contains(observation.milestone) {
                last[observation.milestone] = observation
                if observation.verdict == .yes { open.remove(observation.milestone) }
            }
        }
        return found + last.values
    }

    /// Runs whose records are read.
    private static let mostRuns = 2000

    private static func compilers(of inventory: Dated<InventoryReport>) -> [Observation] {
        let compilers = inventory.body.inventories.flatMap { place in
            place.tools(.rustCompiler).map { (place: place.location, tool: $0) }
        }
        func observation(_ milestone: String, _ kind: Ability.Kind, _ missing: (String) -> [String]) -> Observation? {
            let judged = compilers.compactMap { compiler in
                compiler.tool.ability(kind).map { (compiler: compiler, ability: $0) }
            }
            let order: [Ability.Verdict] = [.yes, .no, .unknown]
            guard
                let best = order.lazy.compactMap({ verdict in judged.first { $0.ability.verdict == verdict } }).first
            else { return nil }
            return Observation(
                milestone, best.ability.verdict, in: inventory,
                what: "\(best.compiler.tool.said) of \(best.compiler.place): \(best.ability.note)",
                missing: best.ability.verdict == .no ? missing(best.ability.note) : [])
        }
        return [
            observation(Milestone.toolchain, .packedRust) { _ in ["-Zpacked-stack"] },
            observation(Milestone.stableFlag, .stableRust) { note in
                let names = ["-Zpacked-stack", "-Ctarget-feature=+backchain"]
                let named = names.filter(note.contains)
                return named.isEmpty ? names : named
            },
        ].compactMap(\.self)
    }

    /// Of the source as it came, before Bessemer brought anything to it. A folder or repository may have had that before
    /// it was given, so it says nothing.
    private static func source(of dated: Dated<RunRecord>) -> Observation? {
        let run = dated.body
        guard [.debianPackage, .tarball].contains(run.source.kind) else { return nil }
        let name =
            run.source.package.map { "\($0) \(run.source.packageVersion ?? "")" } ?? "Linux \(run.source.version)"
        return observation(
            of: run.enablement?.before ?? run.readiness, named: name
        ) { verdict, what, missing in
            Observation(Milestone.mainline, verdict, in: dated, what: what, missing: missing)
        }
    }

    private static func observation(
        of status: TreeStatus, named name: String,
        _ make: (Ability.Verdict, String, [String]) -> Observation
    ) -> Observation {
        guard !status.isReady else { return make(.yes, "\(name) has all pieces of s390 Rust support", []) }
        let missing = status.pieces.filter { $0.isNeeded && $0.state != .present }.map(\.title)
        return make(.no, "\(name) lacks \(missing.count) pieces of s390 Rust support", missing)
    }

    /// Of what rustc was given in the build of a kernel that booted.
    private static func flag(of run: Dated<RunRecord>, _ flags: [String]) -> Observation? {
        guard flags.contains("-Zpacked-stack"),
            let compiler = run.body.toolchain.first(where: { $0.role == "rust-compiler" })
        else { return nil }
        return Observation(
            Milestone.toolchain, .yes, in: run, what: "\(compiler.version) built a kernel with -Zpacked-stack")
    }

    // MARK: What is looked at now

    /// Of a kernel tree, as it lies there.
    package static func tree(_ tree: KernelTree, named name: String, today: Day) -> Observation {
        let shown = "\(name) (Linux \(tree.version))"
        guard !tree.hasGlueRecord else {
            return Observation(
                Milestone.mainline, .unknown, on: today,
                what: "\(shown) was enabled by `bessemer tree enable`, so it does not tell what its makers have",
                source: name)
        }
        return observation(of: tree.status(), named: shown) { verdict, what, missing in
            Observation(Milestone.mainline, verdict, on: today, what: what, missing: missing, source: name)
        }
    }

    /// Of vendors' configurations: whether their s390x kernels have Rust, and the options that the shop waits for.
    ///
    /// Throws `Failure` with code `configurations.missing` where there is nothing of that name.
    package static func configurations(
        _ path: FilePath, named name: String, own: [Policy.OwnMilestone], today: Day
    ) throws -> [Observation] {
        let folder = try VendorConfigurations(path, named: name)
        func observation(_ milestone: String, _ option: String, _ values: [String]) -> Observation {
            let (verdict, what) = folder.judge(option, values)
            return Observation(
                milestone, verdict, on: today, what: what, missing: verdict == .no ? ["CONFIG_\(option)"] : [],
                source: name)
        }
        return [observation(Milestone.vendorKernel, "RUST", ["y"])]
            + own.compactMap { own in
                guard case .option(let option) = own.condition else { return nil }
                return observation(TimelineQuestion.identifier(own), option, ["y", "m"])
            }
    }
}

/// The configurations of s390x kernels in a folder, or in one file.
struct VendorConfigurations {
    /// By their names below the folder.
    private var found: [(name: String, configuration: DotConfig)] = []
    private var unreadable: [String] = []
    private let name: String

    /// Of one configuration; a distribution's has about 300 KB.
    private static let largest = 4 << 20
    private static let most = 1000

    init(_ path: FilePath, named name: String) throws {
        self.name = name
        guard Files.exists(path) else {
            throw Failure(
                "configurations.missing", "\(path) is not there",
                advice: "name a kernel's configuration, or a folder with some: files whose names begin with config")
        }
        let isFolder = Files.isDirectory(path)
        let folder = ForeignFolder(isFolder ? path : path.removingLastComponent())
        let names =
            isFolder
            ? folder.files { $0.hasPrefix("config") || $0.hasSuffix(".config") } : [path.lastComponent?.string ?? ""]
        for file in names.prefix(Self.most) {
            do {
                let text = try folder.text(of: file, limit: Self.largest)
                let configuration = DotConfig(text)
                if configuration["S390"] == "y" { found.append((file, configuration)) }
            } catch let error as Failure {
                unreadable.append("\(file): \(error.message)")
            }
        }
        if names.count > Self.most { unreadable.append("\(names.count - Self.most) files more than are read") }
    }

    /// Whether one of them sets an option to one of these values.
    func judge(_ option: String, _ values: [String]) -> (Ability.Verdict, String) {
        for (file, configuration) in found {
            if let value = configuration[option], values.contains(value) {
                return (.yes, "\(file) in \(name) has CONFIG_\(option)=\(value)")
            }
        }
        if let first = unreadable.first {
            return (.unknown, "not every configuration in \(name) could be read: \(first)")
        }
        guard !found.isEmpty else { return (.unknown, "\(name) has no configuration of an s390x kernel") }
        return (
            .no,
            "none of \(found.count) s390x configuration\(found.count == 1 ? "" : "s") in \(name) has CONFIG_\(option)"
        )
    }
}
