// SPDX-License-Identifier: Apache-2.0
package import Foundation
package import Host
package import Records

/// A kernel of a run, as its machines are judged by it.
package struct ProvenKernel: Sendable, Hashable {
    /// Of the running kernel's notes.
    package let notes: Digest
    package let run: String
    package let role: KernelRole
    package let isPassed: Bool
    /// That were passed with it.
    package let stages: [String]
    /// Rules of the last of these stages that refuse it today.
    package let refusing: [String]
    package let lacksExpolines: Bool

    package init(
        notes: Digest, run: String, role: KernelRole, isPassed: Bool, stages: [String], refusing: [String],
        lacksExpolines: Bool
    ) {
        self.notes = notes
        self.run = run
        self.role = role
        self.isPassed = isPassed
        self.stages = stages
        self.refusing = refusing
        self.lacksExpolines = lacksExpolines
    }
}

/// The machines of a log's looks, each once, under whichever names it was reached.
package struct MachineRegister: Sendable {
    private struct Machine {
        /// All keys that it ever had, the newest first.
        var aliases: [String]
        var seen: Dated<MachineLook>
        var last: Dated<MachineLook>
        /// That it is another one, or elsewhere; with the time at which that was seen.
        var moves: [(remark: MachineStanding.Remark, time: Date)] = []
        /// Of each inventory that named it, the sweeps since it did.
        var sweepsWithout: [String: Int] = [:]

        var identity: MachineIdentity? { seen.body.state?.identity }
    }

    private var machines: [Machine] = []
    /// By the name of a host that was never seen as a machine.
    private var unseen: [String: Dated<MachineLook>] = [:]
    /// The machine that answered last under a name, and the last look there.
    private var byHost: [String: (machine: Int, look: Dated<MachineLook>)] = [:]

    /// `looks` and `sweeps` are the log's, the oldest first.
    package init(_ looks: [Dated<MachineLook>], sweeps: [Dated<InventorySweep>] = []) {
        var rest = sweeps[...]
        for look in looks {
            while let next = rest.first, next.entry.sequence < look.entry.sequence { add(rest.removeFirst().body) }
            add(look)
        }
        for sweep in rest { add(sweep.body) }
    }

    private mutating func add(_ sweep: InventorySweep) {
        let named = Set(sweep.hosts.compactMap { byHost[$0]?.machine })
        for index in machines.indices {
            if named.contains(index) {
                machines[index].sweepsWithout[sweep.inventory] = 0
            } else {
                machines[index].sweepsWithout[sweep.inventory]? += 1
            }
        }
    }

    private mutating func add(_ look: Dated<MachineLook>) {
        let host = look.body.host
        guard look.body.outcome == .seen, let identity = look.body.state?.identity, identity.key != nil else {
            if let known = byHost[host] {
                byHost[host] = (known.machine, look)
                machines[known.machine].last = look
            } else {
                unseen[host] = look
            }
            return
        }
        unseen[host] = nil
        let index = place(of: identity, look)
        byHost[host] = (index, look)
        let aliases = identity.aliases
        machines[index].aliases = aliases + machines[index].aliases.filter { !aliases.contains($0) }
        machines[index].seen = look
        machines[index].last = look
    }

    /// Its own UUID decides; a place does where no UUID is known that says otherwise, and then who was there last.
    private mutating func place(of identity: MachineIdentity, _ look: Dated<MachineLook>) -> Int {
        let (uuid, place) = (identity.uuidKey, identity.placeKey)
        if let uuid, let known = machines.firstIndex(where: { $0.aliases.contains(uuid) }) {
            let before = machines[known].identity
            if let place, let old = before?.placeKey, old != place {
                machines[known].moves.append(
                    (
                        .init(.moved, "it was at \(old) until \(Day(machines[known].seen.time)), by the same UUID"),
                        look.time
                    ))
            }
            return known
        }
        var moves: [(MachineStanding.Remark, Date)] = []
        let here = machines.indices.filter { place != nil && machines[$0].identity?.placeKey == place }
            .max { machines[$0].seen.entry.sequence < machines[$1].seen.entry.sequence }
        if let here {
            if uuid == nil || machines[here].identity?.uuidKey == nil { return here }
            moves.append(
                (
                    .init(
                        .moved, "\(machines[here].aliases[0]) was in this place until \(Day(machines[here].seen.time))"),
                    look.time
                ))
        }
        // A guest without a UUID may have moved; that is for a person to say.
        if uuid == nil, let name = identity.guests.first?.name {
            for other in machines where other.identity?.uuidKey == nil && other.identity?.guests.first?.name == name {
                moves.append(
                    (
                        .init(
                            .moved,
                            "a guest of the name \(name) was \(other.aliases[0]) until \(Day(other.seen.time)): is it the same?"
                        ),
                        look.time
                    ))
            }
        }
        machines.append(Machine(aliases: [], seen: look, last: look, moves: moves))
        return machines.count - 1
    }

    /// Each machine's standing, in the order of their places; those that were never seen last.
    ///
    /// `kernels` are those of the log's runs, the newest first; a machine that was not seen for more than `days` is lost.
    package func standings(_ kernels: [ProvenKernel], at now: Date, lostAfter days: Int) -> [MachineStanding] {
        let known = machines.indices.map { standing($0, kernels, now, days) }.sorted {
            ($0.place, $0.key) < ($1.place, $1.key)
        }
        let others = unseen.sorted { $0.key < $1.key }.map { host, look in
            MachineStanding(
                key: "host \(host)", aliases: [], place: host, hosts: [host], verdict: .unseen, kernel: nil,
                remarks: [Self.remark(look.body)], state: nil, lastSeen: nil, age: nil, entry: look.entry)
        }
        return known + others
    }

    private static func remark(_ look: MachineLook) -> MachineStanding.Remark {
        .init(.outcome, "\(look.outcome.rawValue): \(look.reason ?? "no reason is known")")
    }

    private func standing(
        _ index: Int, _ kernels: [ProvenKernel], _ now: Date, _ days: Int
    ) -> MachineStanding {
        let machine = machines[index]
        let names = byHost.filter { $0.value.machine == index }
        let state = machine.seen.body.state
        let age = max(0, Day(now).number - Day(machine.seen.time).number)
        let found = state?.notes.flatMap { notes in
            kernels.first { $0.notes == notes && $0.isPassed } ?? kernels.first { $0.notes == notes }
        }
        var remarks = machine.moves.filter { Day(now).number - Day($0.time).number <= days }.map(\.remark)
        // Under one of its names it may be reached, and under another not.
        if !names.isEmpty, names.allSatisfy({ $0.value.look.body.outcome != .seen }) {
            remarks.append(Self.remark(machine.last.body))
        }
        let without = machine.sweepsWithout.values.min() ?? 0
        if without > 0, let inventory = machine.sweepsWithout.keys.min() {
            remarks.append(.init(.unnamed, "the last \(without) looks at the whole of \(inventory) did not find it"))
        }
        let verdict: MachineStanding.Verdict
        switch found {
        case _ where age > days: verdict = .lost
        case nil: verdict = .unknown
        case let kernel? where kernel.role == .baseline: verdict = .baseline
        case let kernel? where !kernel.isPassed: verdict = .unknown
        case let kernel?: verdict = kernel.refusing.isEmpty ? .proven : .refused
        }
        if let found {
            if !found.isPassed { remarks.append(.init(.gate, "the run \(found.run) of this kernel did not pass")) }
            if !found.refusing.isEmpty {
                let stage = found.stages.last ?? "the stage"
                remarks.append(
                    .init(.gate, "\(stage) refuses it now: \(found.refusing.joined(separator: ", "))"))
            }
            if found.lacksExpolines, state?.hasEtoken == false {
                remarks.append(
                    .init(
                        .expoline,
                        "the kernel has no expolines, and this machine has no facility 156: the loss is real here"))
            }
        }
        if let parameter = state?.next?.parameter {
            remarks.append(.init(.trial, "the next IPL takes the boot menu's entry \(parameter), not its default"))
        }
        return MachineStanding(
            key: machine.aliases.first ?? "", aliases: machine.aliases,
            place: state?.identity.place ?? machine.aliases.first ?? "", hosts: names.keys.sorted(), verdict: verdict,
            kernel: found.map { .init(run: $0.run, role: $0.role, stages: $0.stages) }, remarks: remarks, state: state,
            lastSeen: machine.seen.body.at, age: age, sweepsWithout: without,
            entry: machine.last.entry)
    }
}
