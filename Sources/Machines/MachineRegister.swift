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
        /// The key under which it was first seen, which no other machine has.
        let original: String
        /// All keys that it ever had, the newest first.
        var aliases: [String]
        var seen: Dated<MachineLook>
        var last: Dated<MachineLook>
        /// Its own; several where a person said that they are one machine's.
        var uuids: Set<String> = []
        /// Where it was seen last.
        var place: String?
        /// That it is another one, or elsewhere; with the time at which that was seen, and the other one.
        var moves: [(remark: MachineStanding.Remark, time: Date, other: Int?)] = []
        /// Of each inventory that named it, the sweeps since it did.
        var sweepsWithout: [String: Int] = [:]
        /// Of each, the hosts that it named beside it the last time.
        var namedBeside: [String: Set<String>] = [:]
        /// A person said that it is another one of the list.
        var isMerged = false
        /// First keys of those that a person said are this one.
        var merged: [String] = []

        var identity: MachineIdentity? { seen.body.state?.identity }
        var guest: String? { identity?.guests.first?.name }
    }

    private var machines: [Machine] = []
    /// By the name of a host that was never seen as a machine.
    private var unseen: [String: Dated<MachineLook>] = [:]
    /// The machine that answered last under a name, and the last look there.
    private var byHost: [String: (machine: Int, look: Dated<MachineLook>)] = [:]
    /// The machine that answered there before another one did, while it was seen nowhere else.
    private var formerly: [String: Int] = [:]
    private var byUUID: [String: Int] = [:]
    /// Those that were seen there last.
    private var byPlace: [String: Set<Int>] = [:]
    /// Places at which a person said that one machine was.
    private var byKnownPlace: [String: Int] = [:]
    /// Guests without a UUID.
    private var byGuest: [String: Set<Int>] = [:]
    private var originals: [String: Int] = [:]

    /// What the log has of machines, each list the oldest first.
    package init(
        _ looks: [Dated<MachineLook>], sweeps: [Dated<InventorySweep>] = [], unions: [Dated<MachineUnion>] = []
    ) {
        let events =
            looks.map { (sequence: $0.entry.sequence, event: Event.look($0)) }
            + sweeps.map { ($0.entry.sequence, .sweep($0)) }
            + Self.standing(unions).map { ($0.entry.sequence, .union($0.body)) }
        for (_, event) in events.sorted(by: { $0.sequence < $1.sequence }) {
            switch event {
            case .look(let look): add(look)
            case .sweep(let sweep): add(sweep)
            case .union(let union): add(union)
            }
        }
    }

    private enum Event {
        case look(Dated<MachineLook>)
        case sweep(Dated<InventorySweep>)
        case union(MachineUnion)
    }

    /// Those that nobody took back later.
    private static func standing(_ unions: [Dated<MachineUnion>]) -> [Dated<MachineUnion>] {
        var standing: [Dated<MachineUnion>] = []
        for union in unions {
            if union.body.isWithdrawn {
                standing.removeAll { Set($0.body.keys) == Set(union.body.keys) }
            } else {
                standing.append(union)
            }
        }
        return standing
    }

    /// A sweep takes minutes; what it saw was there at one time.
    private static let sweepTime: TimeInterval = 15 * 60

    private mutating func add(_ dated: Dated<InventorySweep>) {
        let sweep = dated.body
        // A name at which another one answers may be a mistake of names: it still names who was there until that one is seen
        // elsewhere, or until nobody has seen it for long.
        let named = Set(sweep.hosts.flatMap { host in [byHost[host]?.machine, formerly[host]].compactMap(\.self) })
        let together = named.filter {
            machines[$0].last.body.outcome == .seen
                && dated.time.timeIntervalSince(machines[$0].last.time) < Self.sweepTime
        }
        for index in together {
            machines[index].moves.removeAll { move in move.other.map(together.contains) ?? false }
        }
        let hosts = Set(sweep.hosts)
        let silent = hosts.filter { host in unseen[host].map { $0.body.outcome != .notS390x } ?? false }
        for index in machines.indices {
            if named.contains(index) {
                machines[index].sweepsWithout[sweep.inventory] = 0
                machines[index].namedBeside[sweep.inventory] = hosts
            } else if silent.isSubset(of: machines[index].namedBeside[sweep.inventory] ?? []) {
                // A new name that never answered may be the machine's own.
                machines[index].sweepsWithout[sweep.inventory]? += 1
            }
        }
    }

    /// Two of the list become the one that was seen first; nothing where one of the keys is not there.
    private mutating func add(_ union: MachineUnion) {
        let found = union.keys.compactMap { key in
            let present = machines.indices.filter { !machines[$0].isMerged }
            return present.first { machines[$0].original == key }
                ?? present.first { machines[$0].aliases.contains(key) }
        }
        guard found.count == 2, let first = found.min(), let second = found.max(), first != second else { return }
        let other = machines[second]
        for place in [machines[first].place, other.place].compactMap(\.self) { byKnownPlace[place] = first }
        machines[first].merged += [other.original] + other.merged
        leave(second)
        machines[second].isMerged = true
        for (host, known) in byHost where known.machine == second { byHost[host] = (first, known.look) }
        let isLater = other.seen.entry.sequence > machines[first].seen.entry.sequence
        let (newer, older) =
            isLater ? (other.aliases, machines[first].aliases) : (machines[first].aliases, other.aliases)
        leave(first)
        machines[first].aliases = newer + older.filter { !newer.contains($0) }
        if isLater { machines[first].seen = other.seen }
        if other.last.entry.sequence > machines[first].last.entry.sequence { machines[first].last = other.last }
        machines[first].uuids.formUnion(other.uuids)
        if isLater { machines[first].place = other.place }
        machines[first].moves = (machines[first].moves + other.moves).filter { $0.other != first && $0.other != second }
        machines[first].sweepsWithout.merge(other.sweepsWithout) { min($0, $1) }
        machines[first].namedBeside.merge(other.namedBeside) { $0.union($1) }
        enter(first)
    }

    /// Takes a machine out of the tables by which it is found, and puts it in again.
    private mutating func leave(_ index: Int) {
        let machine = machines[index]
        if let place = machine.place { byPlace[place]?.remove(index) }
        if let guest = machine.guest { byGuest[guest]?.remove(index) }
        for uuid in machine.uuids where byUUID[uuid] == index { byUUID[uuid] = nil }
    }

    private mutating func enter(_ index: Int) {
        let machine = machines[index]
        if let place = machine.place { byPlace[place, default: []].insert(index) }
        if let guest = machine.guest, machine.uuids.isEmpty { byGuest[guest, default: []].insert(index) }
        for uuid in machine.uuids { byUUID[uuid] = index }
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
        if let before = byHost[host]?.machine, before != index { formerly[host] = before }
        for (name, machine) in formerly where machine == index { formerly[name] = nil }
        byHost[host] = (index, look)
        let aliases = identity.aliases
        leave(index)
        machines[index].aliases = aliases + machines[index].aliases.filter { !aliases.contains($0) }
        machines[index].seen = look
        machines[index].last = look
        if let uuid = identity.uuidKey { machines[index].uuids.insert(uuid) }
        machines[index].place = identity.placeKey
        enter(index)
    }

    /// Its own UUID decides; a place does where no UUID is known that says otherwise, and then who was there last.
    private mutating func place(of identity: MachineIdentity, _ look: Dated<MachineLook>) -> Int {
        let (uuid, place) = (identity.uuidKey, identity.placeKey)
        if let uuid, let known = byUUID[uuid] {
            if let place, let old = machines[known].place, old != place {
                let day = Day(machines[known].seen.time)
                machines[known].moves.append(
                    (.init(.moved, "it was at \(old) until \(day), by the same UUID"), look.time, nil))
            }
            return known
        }
        var moves: [(MachineStanding.Remark, Date, Int?)] = []
        let here =
            place.flatMap { byPlace[$0] }?.max {
                machines[$0].seen.entry.sequence < machines[$1].seen.entry.sequence
            } ?? place.flatMap { uuid == nil ? byKnownPlace[$0] : nil }
        if let here {
            if uuid == nil || machines[here].uuids.isEmpty { return here }
            let day = Day(machines[here].seen.time)
            moves.append(
                (.init(.moved, "\(machines[here].aliases[0]) was in this place until \(day)"), look.time, here))
        }
        // A guest without a UUID may have moved; that is for a person to say.
        if uuid == nil, let name = identity.guests.first?.name {
            for other in (byGuest[name] ?? []).sorted() {
                let (key, day) = (machines[other].aliases[0], Day(machines[other].seen.time))
                moves.append(
                    (
                        .init(
                            .moved,
                            "a guest of the name \(name) was \(key) until \(day): is it the same? "
                                + "`bessemer machine same` says so"), look.time, other
                    ))
            }
        }
        let first = identity.key ?? ""
        originals[first, default: 0] += 1
        let count = originals[first] ?? 1
        machines.append(
            Machine(
                original: count == 1 ? first : "\(first)#\(count)", aliases: [], seen: look, last: look, moves: moves))
        return machines.count - 1
    }

    /// Each machine's standing, in the order of their places; those that were never seen last.
    ///
    /// `kernels` are those of the log's runs, the newest first; a machine that was not seen for more than `days` is lost.
    package func standings(_ kernels: [ProvenKernel], at now: Date, lostAfter days: Int) -> [MachineStanding] {
        let known = machines.indices.filter { !machines[$0].isMerged }.map {
            standing($0, kernels, now, days)
        }.sorted {
            ($0.place, $0.key) < ($1.place, $1.key)
        }
        // A name that was mistyped once does not stay for ever.
        let recent = unseen.filter { Day(now).number - Day($0.value.time).number <= days }
        let others = recent.sorted { $0.key < $1.key }.map { host, look in
            MachineStanding(
                key: "host \(host)", original: "host \(host)", aliases: [], place: host, hosts: [host],
                verdict: .unseen, kernel: nil,
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
        // Of guests of one name that are both there, none is the other; of several questions one is enough.
        let moves = machine.moves.filter { move in
            Day(now).number - Day(move.time).number <= days
                && move.other.map { machines[$0].seen.time <= move.time } ?? true
        }
        var remarks =
            moves.filter { $0.other == nil }.map(\.remark) + moves.filter { $0.other != nil }.suffix(1).map(\.remark)
        // Under one of its names it may be reached, and under another not.
        if !names.isEmpty, names.allSatisfy({ $0.value.look.body.outcome != .seen }) {
            remarks.append(Self.remark(machine.last.body))
        }
        let without = machine.sweepsWithout.values.min() ?? 0
        if without > 0, let inventory = machine.sweepsWithout.filter({ $0.value == without }).keys.min() {
            remarks.append(
                .init(
                    .unnamed,
                    without == 1
                        ? "the last look at the whole of \(inventory) did not name it"
                        : "the last \(without) looks at the whole of \(inventory) did not name it"))
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
            key: machine.aliases.first ?? "", original: machine.original, aliases: machine.aliases,
            place: state?.identity.place ?? machine.aliases.first ?? "", hosts: names.keys.sorted(), verdict: verdict,
            kernel: found.map { .init(run: $0.run, role: $0.role, stages: $0.stages) }, remarks: remarks, state: state,
            lastSeen: machine.seen.body.at, age: age, sweepsWithout: without,
            inventories: machine.sweepsWithout.keys.sorted(), merged: machine.merged, entry: machine.last.entry)
    }
}
