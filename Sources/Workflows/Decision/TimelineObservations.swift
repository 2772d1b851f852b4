// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Host
package import KernelTree
internal import Policy
package import Records
package import SystemPackage
internal import Toolchain

/// What is known of milestones that others reach: in the log, in a tree, in folders of configurations.
package enum TimelineObservations {
    // MARK: The log

    /// What looks, inventories and runs say of compilers, and looks and runs of kernel sources. Throws as `EvidenceStore.run` does.
    package static func recorded(
        in store: some EvidenceArchive, own: [Policy.OwnMilestone]
    ) async throws -> [Observation] {
        var found = sighted(try await store.all(Sighting.self), own: own)
        for inventory in try await store.all(InventoryReport.self) { found += compilers(of: inventory) }
        // A run is a large record: they are read one by one, from the oldest, until each question has its answer.
        var open: Set<String> = [Milestone.mainline, Milestone.toolchain]
        var last: [String: Observation] = [:]
        // By the list of materials, which runs of one build share.
        var known: [Digest: [String]] = [:]
        let runs = try await store.listedRuns().prefix(mostRuns).reversed().filter { $0.run.sourceKind != nil }
        for start in stride(from: 0, to: runs.count, by: batch) where !open.isEmpty {
            var entries: [Entry] = []
            for run in runs[start..<min(start + batch, runs.count)] {
                if let entry = try await store.entry(run.sequence) { entries.append(entry) }
            }
            for (origins, entry) in zip(try entries.mapConcurrently { try RunOrigins(of: $0) }, entries) {
                guard let origins, !open.isEmpty else { continue }
                let run = Dated(origins, entry: EntryReference(entry), time: entry.time)
                var flags: [String] = []
                if open.contains(Milestone.toolchain),
                    let file = try await GateEvidence.materials(of: entry, in: store)?.file
                {
                    if known[file] == nil { known[file] = try await GateEvidence.unstableFlags(in: file, store) ?? [] }
                    flags = known[file] ?? []
                }
                for observation in [source(of: run), flag(of: run, flags)].compactMap(\.self)
                where open.contains(observation.milestone) {
                    last[observation.milestone] = observation
                    if observation.verdict == .yes { open.remove(observation.milestone) }
                }
            }
        }
        return found + last.values
    }

    /// Runs whose records are read, and of these at a time.
    private static let mostRuns = 2000
    private static let batch = 32

    /// What a run says of where its kernel and compiler came from: the rest of a record is large.
    private struct RunOrigins: Decodable, Sendable {
        struct Enablement: Decodable {
            let before: TreeStatus
        }

        let source: SourceIdentity
        let readiness: TreeStatus
        let enablement: Enablement?
        let toolchain: [Tool]

        /// nil for what is not a run, or is one of a newer Bessemer. Throws `Failure` where it can't be read.
        init?(of entry: Entry) throws {
            guard entry.kind == .run, entry.version == RunRecord.version else {
                guard let run = try entry.record(as: RunRecord.self) else { return nil }
                source = run.source
                readiness = run.readiness
                enablement = run.enablement.map { Enablement(before: $0.before) }
                toolchain = run.toolchain
                return
            }
            self = try JSON.decode(Self.self, from: entry.body, named: "the \(entry.kind)")
        }
    }

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
            observation(Milestone.toolchain, .packedRust) { _ in [FlagProbe.packedStack] },
            observation(Milestone.stableFlag, .stableRust) { note in
                let names = [FlagProbe.packedStack, FlagProbe.backchain]
                let named = names.filter(note.contains)
                return named.isEmpty ? names : named
            },
        ].compactMap(\.self)
    }

    /// Of the source as it came, before Bessemer brought anything to it. A folder or repository may have had that before
    /// it was given, so it says nothing.
    private static func source(of dated: Dated<RunOrigins>) -> Observation? {
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
        let missing = status.missing.map(\.title)
        return make(.no, "\(name) lacks \(missing.count) pieces of s390 Rust support", missing)
    }

    /// Of what rustc was given in the build of a kernel that booted.
    private static func flag(of run: Dated<RunOrigins>, _ flags: [String]) -> Observation? {
        guard flags.contains("-Zpacked-stack"),
            let compiler = run.body.toolchain.first(where: { $0.role == "rust-compiler" })
        else { return nil }
        return Observation(
            Milestone.toolchain, .yes, in: run, what: "\(compiler.version) built a kernel with -Zpacked-stack")
    }

    // MARK: What is looked at now

    static func enabledTree(_ shown: String) -> String {
        "\(shown) was enabled by `bessemer tree enable`, so it does not show what its makers have"
    }

    /// Of a kernel tree, as it lies there.
    package static func tree(_ tree: KernelTree, named name: String, today: Day) -> Observation {
        let shown = "\(name) (Linux \(tree.version))"
        guard !tree.hasGlueRecord else {
            return Observation(
                Milestone.mainline, .unknown, on: today,
                what: enabledTree(shown),
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
        let files = try VendorConfigurations(path)
        let unread = files.unread.first.map { "not every configuration in \(name) could be read: \($0.reason)" }
        return options(own).map { option in
            let values = files.found.map { (file: $0.file, value: $0.configuration.tristate(option.name)?.text) }
            let (verdict, what) = judge(option, values, in: name, unread: unread)
            return Observation(
                option.milestone, verdict, on: today, what: what, missing: verdict == .no ? [option.shown] : [],
                source: name)
        }
    }

    // MARK: Options

    /// An option that a milestone waits for.
    struct AwaitedOption {
        let milestone: String
        let name: String
        let values: [String]

        var shown: String { "CONFIG_\(name)" }
    }

    /// Those of every shop, and of the shop's own milestones.
    static func options(_ own: [Policy.OwnMilestone]) -> [AwaitedOption] {
        [AwaitedOption(milestone: Milestone.vendorKernel, name: "RUST", values: ["y"])]
            + own.compactMap { own in
                guard case .option(let name) = own.condition else { return nil }
                return AwaitedOption(
                    milestone: TimelineQuestion.identifier(own), name: name, values: ["y", "m"])
            }
    }

    /// Whether one of the configurations has it; nothing is denied where one could not be read.
    static func judge(
        _ option: AwaitedOption, _ found: [(file: String, value: String?)], in name: String, unread: String?
    ) -> (Ability.Verdict, String) {
        for (file, value) in found {
            if let value, option.values.contains(value) {
                return (.yes, "\(file) in \(name) has \(option.shown)=\(value)")
            }
        }
        if let unread { return (.unknown, unread) }
        guard !found.isEmpty else { return (.unknown, "\(name) has no configuration of an s390x kernel") }
        return (
            .no,
            "none of \(found.count) s390x configuration\(found.count == 1 ? "" : "s") in \(name) has \(option.shown)"
        )
    }
}
