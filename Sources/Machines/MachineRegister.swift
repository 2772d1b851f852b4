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
        var aliases: [String]
        var hosts: [String]
        var last: Dated<MachineLook>
        var seen: Dated<MachineLook>
        let firstSeen: Date
        var remarks: [MachineStanding.Remark] = []

        var uuid: String? { aliases.first { $0.hasPrefix("uuid-") } }
    }

    private var machines: [Machine] = []
    /// By the name of a host that was never seen as a machine.
    private var unseen: [String: Dated<MachineLook>] = [:]
    /// The machine that answered last under a name.
    private var byHost: [String: Int] = [:]

    /// `looks` are the log's, the oldest first.
    package init(_ looks: [Dated<MachineLook>]) {
        for look in looks { add(look) }
    }

    private mutating func add(_ look: Dated<MachineLook>) {
        let host = look.body.host
        guard look.body.outcome == .seen, let state = look.body.state, let key = state.identity.key else {
            if let index = byHost[host] { machines[index].last = look } else { unseen[host] = look }
            return
        }
        unseen[host] = nil
        let aliases = state.identity.aliases
        let index = place(of: aliases, state.identity, look, key)
        byHost[host] = index
        machines[index].last = look
        machines[index].seen = look
        machines[index].aliases = aliases + machines[index].aliases.filter { !aliases.contains($0) }
        if !machines[index].hosts.contains(host) { machines[index].hosts.append(host) }
    }

    /// Its own UUID decides; a place does where no UUID is known that says otherwise.
    private mutating func place(
        of aliases: [String], _ identity: MachineIdentity, _ look: Dated<MachineLook>, _ key: String
    ) -> Int {
        let uuid = aliases.first { $0.hasPrefix("uuid-") }
        if let uuid, let known = machines.firstIndex(where: { $0.aliases.contains(uuid) }) { return known }
        var remarks: [MachineStanding.Remark] = []
        let here = machines.lastIndex { !Set($0.aliases).isDisjoint(with: aliases) }
        if let here {
            if uuid == nil || machines[here].uuid == nil { return here }
            remarks.append(
                .init(.moved, "\(machines[here].aliases[0]) was in this place until \(Day(machines[here].seen.time))"))
        }
        // A guest without a UUID may have moved; that is for a person to say.
        if uuid == nil, let name = identity.guests.first?.name {
            let same = machines.filter { $0.uuid == nil && $0.seen.body.state?.identity.guests.first?.name == name }
            for other in same {
                remarks.append(
                    .init(
                        .moved,
                        "a guest of the name \(name) was \(other.aliases[0]) until \(Day(other.seen.time)): is it the same?"
                    ))
            }
        }
        machines.append(
            Machine(aliases: aliases, hosts: [], last: look, seen: look, firstSeen: look.time, remarks: remarks))
        return machines.count - 1
    }

    /// Each machine's standing, in the order of their places; those that were never seen last.
    ///
    /// `kernels` are those of the log's runs, the newest first; a machine that was not seen for more than `days` is lost.
    package func standings(_ kernels: [ProvenKernel], at now: Date, lostAfter days: Int) -> [MachineStanding] {
        let known = machines.map { standing($0, kernels, now, days) }.sorted { ($0.place, $0.key) < ($1.place, $1.key) }
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
        _ machine: Machine, _ kernels: [ProvenKernel], _ now: Date, _ days: Int
    ) -> MachineStanding {
        let state = machine.seen.body.state
        let age = max(0, Day(now).number - Day(machine.seen.time).number)
        let found = state?.notes.flatMap { notes in
            kernels.first { $0.notes == notes && $0.isPassed } ?? kernels.first { $0.notes == notes }
        }
        var remarks = machine.remarks
        if machine.last.body.outcome != .seen { remarks.append(Self.remark(machine.last.body)) }
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
            place: state?.identity.place ?? machine.aliases.first ?? "", hosts: machine.hosts, verdict: verdict,
            kernel: found.map { .init(run: $0.run, role: $0.role, stages: $0.stages) }, remarks: remarks, state: state,
            lastSeen: machine.seen.body.at, age: age, entry: machine.last.entry)
    }
}
