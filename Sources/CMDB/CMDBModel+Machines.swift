// SPDX-License-Identifier: Apache-2.0
internal import Host
package import Records

extension CMDBModel {
    /// Whole sweeps of its inventories after which a machine that they do not name is retired, where nobody says another number.
    package static let sweepsToRetire = 3

    /// Machines that were seen, each kernel that one of them runs or ran, and the runs of these.
    ///
    /// `seen` has the kernels of every look, `runs` those with one of them. A machine that could not be reached stays what it
    /// is; one is retired when that number of whole sweeps did not name it.
    package init(
        machines: [MachineStanding], seen: [SeenKernel], runs: [FiledRun], retireAfter sweeps: Int = sweepsToRetire,
        head: LogHead?
    ) {
        var items: [Item] = []
        var relations: [Relation] = []
        var inUse: Set<Digest> = []
        for machine in machines where machine.state != nil {
            let isRetired = machine.sweepsWithout >= sweeps
            let item = Item(machine, isRetired: isRetired)
            items.append(item)
            // Another record of the same one, of before somebody said so.
            items += machine.merged.map { key in
                Item(
                    item.kind, key, name: item.name, isRetired: true, isPartial: true,
                    attributes: [.remarks: "it is \(item.key)", .hosts: item.attributes[.hosts]])
            }
            guard let state = machine.state else { continue }
            if let notes = state.notes {
                relations.append(Relation(.runs, from: item.reference, to: Reference(.kernel, notes.hexadecimal)))
                if !isRetired { inUse.insert(notes) }
            }
            for place in state.identity.places {
                items.append(place.item)
                if let outer = place.outer {
                    relations.append(Relation(.hostedOn, from: place.item.reference, to: outer))
                }
            }
            if let place = state.identity.places.first {
                relations.append(Relation(.hostedOn, from: item.reference, to: place.item.reference))
            }
        }

        // Of several runs of one kernel the newest that passed, or else the newest.
        var byNotes: [Digest: (run: FiledRun, kernel: RunRecord.Kernel)] = [:]
        for run in runs.sorted(by: { $0.entry.sequence < $1.entry.sequence }) {
            for kernel in run.record.kernels.all {
                guard let notes = kernel.boot.notesSHA256 else { continue }
                let before = byNotes[notes]
                if before == nil || run.record.verdict == .passed || before?.run.record.verdict != .passed {
                    byNotes[notes] = (run, kernel)
                }
            }
        }
        // Of a run's kernels one is what the other is tried beside, and falls back to: both are in use where one is.
        for notes in inUse {
            guard let known = byNotes[notes] else { continue }
            inUse.formUnion(known.run.record.kernels.all.compactMap(\.boot.notesSHA256))
        }
        let built = byNotes.keys.sorted { $0.hexadecimal < $1.hexadecimal }
        for notes in built {
            guard let (run, kernel) = byNotes[notes] else { continue }
            let item = Item(kernel, of: run, notes: notes, isRetired: !inUse.contains(notes), head: head)
            let toolchain = Item(toolchain: kernel.tools(of: run.record), run.record)
            let evidence = Item(evidence: run, head: head)
            items += [item, toolchain, evidence]
            relations += [
                Relation(.builtWith, from: item.reference, to: toolchain.reference),
                Relation(.coveredBy, from: item.reference, to: evidence.reference),
            ]
            if let series = run.record.enablement?.series {
                let patches = Item(series)
                items.append(patches)
                relations.append(Relation(.builtWith, from: item.reference, to: patches.reference))
            }
            guard kernel.role == .candidate else { continue }
            if let baseline = run.record.baseline?.boot.notesSHA256, byNotes[baseline] != nil {
                relations.append(
                    Relation(.fallsBackTo, from: item.reference, to: Reference(.kernel, baseline.hexadecimal)))
            }
            for deviation in run.deviations {
                let found = Item(deviation)
                items.append(found)
                relations.append(Relation(.coveredBy, from: found.reference, to: evidence.reference))
            }
        }
        for kernel in seen where byNotes[kernel.notes] == nil {
            items.append(Item(kernel, isRetired: !inUse.contains(kernel.notes)))
        }
        var known: Set<Reference> = []
        self.init(items: items.filter { known.insert($0.reference).inserted }, relations: relations, head: head)
    }
}

extension CMDBModel.Item {
    fileprivate init(_ machine: MachineStanding, isRetired: Bool) {
        let state = machine.state
        let identity = state?.identity
        let guest = identity?.guests.first
        let kernel = machine.kernel
        self.init(
            identity?.guests.isEmpty == false ? .guest : .lpar, machine.original,
            name: guest?.extendedName ?? guest?.name ?? identity?.partition?.extendedName ?? identity?.partition?.name
                ?? machine.place,
            isRetired: isRetired,
            attributes: [
                .aliases: machine.aliases.filter { $0 != machine.original }.joined(separator: " "),
                .place: machine.place,
                .hosts: machine.hosts.joined(separator: " "),
                .lparNumber: identity?.partition?.number.map(String.init), .lparName: identity?.partition?.name,
                .guestName: guest?.name, .controlProgram: guest?.controlProgram,
                .verdict: machine.verdict.text, .release: state?.release,
                .notes: state?.notes?.hexadecimal, .run: kernel?.run,
                .role: kernel?.role.rawValue, .stages: kernel?.stages.joined(separator: " "),
                .remarks: machine.remarks.filter(\.isLasting).map(\.text).joined(separator: "; "),
                .facility156: state?.hasEtoken.map { $0 ? "yes" : "no" },
                .secureBoot: state?.isSecure.map { $0 ? "yes" : "no" }, .taint: state?.taint.map(String.init),
                .lastSeen: machine.lastSeen.map { String($0.prefix(10)) },
            ])
    }

    fileprivate init(
        _ kernel: RunRecord.Kernel, of run: FiledRun, notes: Digest, isRetired: Bool, head: LogHead?
    ) {
        let record = run.record
        let isCandidate = kernel.role == .candidate
        func tool(_ role: String) -> String? { record.toolchain.first { $0.role == role }?.version }
        self.init(
            .kernel, notes.hexadecimal,
            name: Self.name(kernel.build.release, isCandidate ? "rust" : "gcc", notes), isRetired: isRetired,
            attributes: [
                .release: kernel.build.release, .notes: notes.hexadecimal,
                .buildID: kernel.build.buildID, .role: kernel.role.rawValue,
                .image: kernel.build.bootImage?.sha256.hexadecimal,
                .source: record.source.package.map { "\($0) \(record.source.packageVersion ?? "")" }
                    ?? "Linux \(record.source.version)",
                .sourceDigest: record.source.digest.hexadecimal,
                .compilerC: tool("c-compiler"), .compilerRust: isCandidate ? tool("rust-compiler") : nil,
                .flags: isCandidate ? Self.flags(run, kernel) : nil,
                .command: kernel.build.command,
                .configuration: kernel.configuration.digest.hexadecimal,
                .patches: record.enablement?.series.words,
                .deviations: isCandidate ? run.deviations.map(\.words).joined(separator: "\n") : nil,
                .waivers: isCandidate ? run.waivers.joined(separator: "\n") : nil, .run: record.identifier,
                .runVerdict: record.verdict.rawValue,
                .stages: isCandidate ? run.stages.joined(separator: " ") : nil,
                .refusedBy: isCandidate ? run.refusing.joined(separator: " ") : nil,
                .tools: Self.text(kernel.tools(of: record)), .lock: record.sandbox.lockDigest.hexadecimal,
                .entry: "\(run.entry.sequence)", .entryDigest: run.entry.digest.hexadecimal,
                .tool: "bessemer \(record.toolVersion)",
            ], context: Self.context(head))
    }

    /// What only an unlocked compiler takes, and what unlocked it.
    private static func flags(_ run: FiledRun, _ kernel: RunRecord.Kernel) -> String? {
        let unlocking = "RUSTC_BOOTSTRAP"
        let variable = kernel.build.environment[unlocking].map { ["\(unlocking)=\($0)"] } ?? []
        return run.unstableFlags.map { ($0 + variable).joined(separator: " ") }
    }

    fileprivate init(_ kernel: SeenKernel, isRetired: Bool) {
        self.init(
            .kernel, kernel.notes.hexadecimal, name: Self.name(kernel.release, "unknown", kernel.notes),
            isRetired: isRetired,
            attributes: [
                .release: kernel.release, .notes: kernel.notes.hexadecimal, .buildID: kernel.buildID,
                .role: "unknown",
            ])
    }

    /// Two builds of one release are two kernels, so their names differ.
    private static func name(_ release: String, _ kind: String, _ notes: Digest) -> String {
        "\(release)+\(kind).\(notes.hexadecimal.prefix(12))"
    }

    private static func text(_ tools: [Tool]) -> String {
        tools.map { "\($0.role): \($0.version), SHA-256 \($0.sha256)" }.joined(separator: "\n")
    }

    private static func context(_ head: LogHead?) -> [CMDBAttribute: String?] {
        [.logHead: head.map { "\($0.size) \($0.rootHash) \($0.origin)" }]
    }

    fileprivate init(toolchain tools: [Tool], _ run: RunRecord) {
        func version(_ role: String) -> String? { tools.first { $0.role == role }?.version }
        self.init(
            .toolchain, Digest(of: tools.map { "\($0.role) \($0.sha256)\n" }.joined()).hexadecimal,
            name: [version("c-compiler"), version("rust-compiler")].compactMap(\.self).joined(separator: ", "),
            attributes: [.tools: Self.text(tools), .lock: run.sandbox.lockDigest.hexadecimal])
    }

    fileprivate init(_ series: GlueSeries) {
        self.init(
            .patchSeries, Digest(of: series.patches.map { "\($0.identifier)\n" }.joined()).hexadecimal,
            name: series.name, attributes: [.patches: series.words])
    }

    fileprivate init(_ deviation: Deviation) {
        self.init(
            .deviation, deviation.fingerprint.hexadecimal, name: deviation.finding.title,
            attributes: [
                .rule: deviation.finding.rule, .location: deviation.finding.location?.text,
                .found: deviation.finding.found, .waivers: deviation.waiver,
                .state: deviation.isOpen ? "open" : deviation.waiver == nil ? "allowed by the policy" : "accepted",
            ])
    }

    fileprivate init(evidence run: FiledRun, head: LogHead?) {
        self.init(
            .evidence, run.record.identifier, name: run.record.identifier,
            attributes: [
                .runVerdict: run.record.verdict.rawValue, .entry: "\(run.entry.sequence)",
                .entryDigest: run.entry.digest.hexadecimal, .tool: "bessemer \(run.record.toolVersion)",
            ],
            context: Self.context(head))
    }
}

extension RunRecord.Kernel {
    /// Tools that made it: the kernel that GCC alone built has nothing of Rust.
    fileprivate func tools(of run: RunRecord) -> [Tool] {
        run.toolchain.filter { role == .candidate || !($0.role.hasPrefix("rust") || $0.role == "bindgen") }
            .sorted { ($0.role, $0.path) < ($1.role, $1.path) }
    }
}

extension GlueSeries {
    fileprivate var words: String {
        patches.map { "\(name)/\($0.file): \($0.subject) (patch-id \($0.identifier))" }.joined(separator: "\n")
    }
}

extension Deviation {
    fileprivate var words: String {
        let state = isOpen ? "open" : waiver.map { "accepted by \($0)" } ?? "allowed by the policy"
        return "\(finding.rule) \(finding.title)\(finding.location.map { " (\($0.text))" } ?? ""): \(state)"
    }
}

extension MachineStanding.Remark {
    /// What is said of every look, and not of the last one.
    fileprivate var isLasting: Bool { kind != .outcome && kind != .unnamed }
}

extension MachineIdentity {
    /// What it runs in, the innermost first, each with what that runs in.
    fileprivate var places: [(item: CMDBModel.Item, outer: CMDBModel.Reference?)] {
        let cpc = machine.map { name in
            CMDBModel.Item(
                .cpc, name, name: name,
                attributes: [
                    .manufacturer: manufacturer, .type: type, .model: model, .plant: plant,
                    .sequenceCode: sequence,
                ])
        }
        guard let guest = guests.first else { return cpc.map { [($0, nil)] } ?? [] }
        let program = guest.controlProgram?.split(separator: " ").first.map(String.init) ?? "hypervisor"
        // The guests between this one and the partition are hypervisors themselves.
        let inside = guests.dropFirst().compactMap(\.name)
        let at =
            ([machine ?? "CPC not known"] + [partition?.number.map { "lpar-\($0)" }].compactMap(\.self)
            + inside.reversed().map { "vm-\($0)" }).joined(separator: "/")
        let hypervisor = CMDBModel.Item(
            .hypervisor, at,
            name: ([program] + inside + [partition?.words, machine ?? "a CPC that is not known"].compactMap(\.self))
                .joined(separator: " in "),
            attributes: [
                .controlProgram: guest.controlProgram, .lparNumber: partition?.number.map(String.init),
                .lparName: partition?.name,
            ])
        return [(hypervisor, cpc?.reference)] + (cpc.map { [($0, nil)] } ?? [])
    }
}

extension MachineIdentity.Partition {
    /// `ZVM1 (LPAR 12)`: names are not unique over time, numbers are at one time.
    fileprivate var words: String? {
        guard let number else { return name }
        return name.map { "\($0) (LPAR \(number))" } ?? "LPAR \(number)"
    }
}
