// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import Testing

@testable import Machines

/// Which machine is which, and what it runs beside what was proven.
@Suite struct MachineRegisterTests {
    private static let start = Day(number: 20_000)
    private static let notes = Digest(of: "candidate")

    private func look(
        _ number: Int, _ host: String, _ identity: MachineIdentity?, notes: Digest? = notes, next: String? = nil,
        facilities: [Int] = [156], day: Int? = nil
    ) -> Dated<MachineLook> {
        let state = identity.map {
            MachineState(
                identity: $0, release: "6.12", version: nil, notes: notes, buildID: nil, facilities: facilities,
                loaded: nil, next: .init(type: "ccw", device: nil, parameter: next), isSecure: nil, taint: 0,
                commandLine: nil, boot: nil)
        }
        return Dated(
            MachineLook(
                host: host, at: "2026-11-28T00:00:00Z", outcome: state == nil ? .unreachable : .seen,
                reason: state == nil ? "no route" : nil, state: state),
            entry: EntryReference(sequence: number, digest: Digest(of: "\(number)"), kind: .machineLook),
            time: Self.start.adding(days: day ?? number).start)
    }

    private func guest(_ name: String, lpar: Int = 1, uuid: String? = nil) -> MachineIdentity {
        MachineIdentity(
            manufacturer: "IBM", type: "8561", plant: "02", sequence: "A1",
            partition: .init(number: lpar, name: "P\(lpar)"),
            guests: [.init(name: name, controlProgram: "z/VM", uuid: uuid)])
    }

    private func kernel(
        _ role: KernelRole = .candidate, isPassed: Bool = true, refusing: [String] = [], lacks: Bool = false
    ) -> ProvenKernel {
        ProvenKernel(
            notes: Self.notes, run: "run", role: role, isPassed: isPassed, stages: ["staging"], refusing: refusing,
            lacksExpolines: lacks)
    }

    private func standings(
        _ looks: [Dated<MachineLook>], _ kernels: [ProvenKernel], after days: Int = 10
    ) -> [MachineStanding] {
        MachineRegister(looks).standings(kernels, at: Self.start.adding(days: days).start, lostAfter: 30)
    }

    @Test func `one machine under two names is one, and two of one CPC are two`() {
        let found = standings(
            [look(1, "a", guest("LNX1")), look(2, "b", guest("LNX1")), look(3, "c", guest("LNX2"))], [kernel()])
        #expect(found.map(\.hosts) == [["a", "b"], ["c"]])
        #expect(found.map(\.verdict) == [.proven, .proven])
        #expect(found[0].kernel == .init(run: "run", role: .candidate, stages: ["staging"]))
    }

    @Test func `a UUID that comes later is the same machine's, and another UUID in that place is another one`() {
        let later = [look(1, "a", guest("LNX1")), look(2, "a", guest("LNX1", uuid: "u1"))]
        let one = standings(later, [])
        #expect(one.count == 1 && one[0].key == "guest-uuid-u1" && one[0].aliases.count == 2)
        let two = standings(later + [look(3, "a", guest("LNX1", uuid: "u2"))], [])
        #expect(two.count == 2 && two.contains { $0.remarks.contains { $0.kind == .moved } })
        // Its UUID goes with it to another CPC or partition.
        let moved = standings(later + [look(3, "b", guest("LNX1", lpar: 2, uuid: "u1"))], [])
        #expect(moved.count == 1 && moved[0].hosts == ["a", "b"])
        #expect(moved[0].remarks.map(\.kind) == [.moved])
        // The place that it left is another one's.
        let other = standings(
            later + [look(3, "b", guest("LNX1", lpar: 2, uuid: "u1")), look(4, "c", guest("LNX1"))], [])
        #expect(other.count == 2)
    }

    @Test func `a guest with the UUID of a partition is not that partition`() {
        let partition = MachineIdentity(
            manufacturer: "IBM", type: "9175", plant: "02", sequence: "B2",
            partition: .init(number: 4, name: "P", uuid: "u1"),
            guests: [])
        let found = standings([look(1, "a", partition), look(2, "evil", guest("LNX1", uuid: "u1"))], [])
        #expect(found.count == 2 && Set(found.map(\.hosts)) == [["a"], ["evil"]])
    }

    @Test func `a name leads to the machine that answered there last`() {
        let found = standings([look(1, "h", guest("LNX1")), look(2, "h", guest("LNX2"))], [])
        #expect(found.map(\.hosts).sorted { $0.count < $1.count } == [[], ["h"]])
    }

    @Test func `under one name it may be reached, and under another not`() {
        for looks in [
            [look(1, "a", guest("LNX1")), look(2, "b", guest("LNX1")), look(3, "b", nil)],
            [look(1, "b", guest("LNX1")), look(2, "b", nil), look(3, "a", guest("LNX1"))],
        ] { #expect(standings(looks, [kernel()]).map(\.isFinding) == [false]) }
    }

    @Test func `what happened long ago is no finding today`() {
        let looks = [
            look(1, "a", guest("LNX1", uuid: "u1")), look(2, "a", guest("LNX1", lpar: 2, uuid: "u1")),
            look(50, "a", guest("LNX1", lpar: 2, uuid: "u1")),
        ]
        #expect(standings(looks, [kernel()], after: 50).map(\.isFinding) == [false])
    }

    @Test func `a guest without a UUID that is elsewhere now is asked about`() {
        let found = standings([look(1, "a", guest("LNX1")), look(2, "a", guest("LNX1", lpar: 2))], [])
        #expect(found.count == 2)
        #expect(found.last?.remarks.contains { $0.kind == .moved && $0.text.contains("is it the same?") } == true)
    }

    @Test func `what a machine runs decides, and its boot menu and hardware are remarks`() {
        func one(
            _ kernels: [ProvenKernel], notes: Digest? = Self.notes, next: String? = nil, facilities: [Int] = [156],
            after days: Int = 10
        ) -> MachineStanding {
            standings(
                [look(1, "a", guest("LNX1"), notes: notes, next: next, facilities: facilities)], kernels, after: days)[
                    0]
        }
        #expect(one([kernel()]).verdict == .proven && !one([kernel()]).isFinding)
        #expect(one([kernel(.baseline)]).verdict == .baseline)
        #expect(one([]).verdict == .unknown && one([kernel()], notes: Digest(of: "x")).verdict == .unknown)
        #expect(one([kernel()], notes: nil).verdict == .unknown)
        #expect(one([kernel(isPassed: false)]).verdict == .unknown)
        #expect(one([kernel(isPassed: false), kernel()]).verdict == .proven)
        let refused = one([kernel(refusing: ["GAT012"])])
        #expect(refused.verdict == .refused && refused.remarks.map(\.kind) == [.gate])
        #expect(one([kernel()], next: "2").remarks.map(\.kind) == [.trial])
        #expect(one([kernel(lacks: true)], facilities: [1]).remarks.map(\.kind) == [.expoline])
        #expect(one([kernel(lacks: true)]).remarks.isEmpty)
        #expect(one([kernel()], after: 31).verdict == .proven && one([kernel()], after: 32).verdict == .lost)
    }

    @Test func `a machine that does not answer stays what it was, and one that never did is named`() {
        let found = standings(
            [look(1, "a", guest("LNX1")), look(2, "a", nil), look(3, "b", nil)], [kernel()])
        #expect(found.map(\.verdict) == [.proven, .unseen])
        #expect(found[0].remarks.map(\.kind) == [.outcome] && found[0].entry.sequence == 2)
        #expect(found[1].key == "host b" && found[1].isFinding)
    }
}

@Suite struct HostInventoryTests {
    private func names(_ text: String) throws -> [String] { try HostInventory.ini(text, named: "hosts").map(\.name) }

    @Test func `static inventories are read, a host once`() throws {
        #expect(
            try names(
                """
                # lpars
                gate ansible_host=10.0.0.1 ansible_port=2222 ansible_user=ops rack=4
                [prod]
                lpar[08:10].example
                gate
                [all:children]
                prod
                """) == ["gate", "lpar08.example", "lpar09.example", "lpar10.example"])
        let gate = try #require(
            try HostInventory.ini("gate ansible_host=10.0.0.1 ansible_port=2222 ansible_user=ops", named: "x").first)
        #expect(gate.command.name == "ops@10.0.0.1")
    }

    @Test(arguments: [
        "[a:vars]\n", "a ansible_connection=local\n", "a b\n", "a x={{ y }}\n", "l[1:\n", "l[9:1]\n", "l[a:c]\n",
        "-oProxyCommand=x\n", "a ansible_host=b;c d\n", "a ansible_host=b\na ansible_host=c\n",
        "x[\(String(repeating: "0", count: 20_000)):9999]\n", "a;b c$(d)\n[x\n", "a ansible_port=99999\n",
        "a ansible_host=-x\n", "l[0:99999]\n",
    ])
    func `what is computed, or no host, is refused with its line`(_ text: String) {
        let failure = #expect(throws: Failure.self) { try names(text) }
        #expect(failure?.message.contains("hosts:") == true)
    }

    @Test func `the YAML form is read, with variables of groups`() throws {
        let hosts = try HostInventory.yaml(
            """
            all:
              vars: {ansible_user: ops, rack: 4}
              children:
                prod:
                  hosts:
                    lpar[1:2]:
                    gate: {ansible_host: 10.0.0.1, ansible_port: 2222}
                empty:
            """, named: "hosts.yaml")
        #expect(hosts.map(\.name) == ["lpar1", "lpar2", "gate"])
        #expect(hosts.map(\.command.name) == ["ops@lpar1", "ops@lpar2", "ops@10.0.0.1"])
    }

    @Test(arguments: [
        "", "- a\n", "all: {host: {a: }}\n", "all: {hosts: {-x: }}\n",
        "all: {hosts: {a: {ansible_connection: local}}}\n",
        "all: {vars: {ansible_user: '{{ x }}'}, hosts: {a: }}\n", "a: &a {hosts: {b: }}\nc: *a\n", "all: [\n",
        "all: x\n",
        "all: {hosts: {a: {ansible_port: 0}}}\n", "all: {hosts: [a, b]}\n", "all: {hosts: a}\n",
        "all: {children: [c]}\n",
        "all: {hosts: {a: }}\nprod: {vars: {ansible_user: x}}\n",
    ])
    func `a YAML form that is more than static is refused`(_ text: String) {
        let failure = #expect(throws: Failure.self) { try HostInventory.yaml(text, named: "hosts") }
        #expect(failure?.code == "machine.inventory")
    }

    @Test func `what ansible-inventory prints is read`() throws {
        let text =
            #"{"_meta": {"hostvars": {"b": {"ansible_port": 22, "x": {"y": [1]}}, "a": {}}}, "all": {"children": ["g"]}}"#
        #expect(try HostInventory.listed(Array(text.utf8)).map(\.name) == ["a", "b"])
        for wrong in [
            "", "[]", #"{"_meta": {"hostvars": {"a": {"ansible_connection": "winrm"}}}}"#,
            #"{"_meta": {"hostvars": {"-x": {}}}}"#,
        ] {
            #expect(throws: Failure.self) { try HostInventory.listed(Array(wrong.utf8)) }
        }
    }
}

/// What sweeps of inventories and people say of machines.
extension MachineRegisterTests {
    private func sweep(
        _ number: Int, _ inventory: String, _ hosts: [String], day: Int? = nil
    ) -> Dated<InventorySweep> {
        Dated(
            InventorySweep(inventory: inventory, hosts: hosts, seen: hosts.count),
            entry: EntryReference(sequence: number, digest: Digest(of: "s\(number)"), kind: .machineSweep),
            time: Self.start.adding(days: day ?? number).start)
    }

    @Test func `sweeps count that do not name a machine, of inventories that did, and not what does not answer`() {
        let looks = [look(1, "a", guest("LNX1")), look(2, "b", guest("LNX2")), look(3, "c", guest("LNX3"))]
        let silent = look(6, "a", nil)
        let found = MachineRegister(
            looks + [silent],
            sweeps: [
                sweep(4, "one", ["a", "b"]), sweep(5, "two", ["b", "c"]), sweep(7, "one", ["a"]),
                sweep(8, "one", ["a"]),
                sweep(9, "two", ["c"]),
            ]
        ).standings([kernel()], at: Self.start.adding(days: 10).start, lostAfter: 30)
        // LNX2 is in two inventories: the one that named it longer counts.
        #expect(found.map(\.sweepsWithout) == [0, 1, 0])
        // Of these the one that the count is of is named.
        #expect(found[1].remarks.contains { $0.kind == .unnamed && $0.text.contains(" of two ") })
    }

    @Test func `a machine is known for ever by its first key, also when a UUID appears`() {
        let uuid = "11111111-2222-3333-4444-555555555555"
        let found = standings([look(1, "a", guest("LNX1")), look(2, "a", guest("LNX1", uuid: uuid))], [kernel()])
        #expect(found.map(\.key) == ["guest-uuid-\(uuid)"])
        #expect(found.map(\.original) == ["8561-02-A1/lpar-1/vm-LNX1"])
    }

    @Test func `two in one place at different times have different first keys`() {
        let found = standings(
            [
                look(1, "a", guest("LNX1")), look(2, "a", guest("LNX1", lpar: 2)), look(3, "b", guest("LNX1", lpar: 2)),
                look(4, "c", guest("LNX1", uuid: "11111111-2222-3333-4444-555555555555")),
                look(5, "d", guest("LNX1", uuid: "21111111-2222-3333-4444-555555555555")),
            ], [kernel()])
        #expect(Set(found.map(\.original)).count == found.count && found.count == 3)
    }

    private func union(_ number: Int, _ keys: [String], isWithdrawn: Bool = false) -> Dated<MachineUnion> {
        Dated(
            MachineUnion(keys: keys, reason: "moved", isWithdrawn: isWithdrawn),
            entry: EntryReference(sequence: number, digest: Digest(of: "u\(number)"), kind: .machineUnion),
            time: Self.start.adding(days: number).start)
    }

    @Test func `a name at which another one answers still names who was there, until that one is seen elsewhere`() {
        let looks = [
            look(1, "a", guest("LNX1")), look(2, "b", guest("LNX2")), look(4, "a", guest("LNX1")),
            look(5, "b", guest("LNX1")), look(7, "b", guest("LNX1")),
        ]
        let sweeps = [sweep(3, "one", ["a", "b"]), sweep(6, "one", ["a", "b"]), sweep(8, "one", ["a", "b"])]
        func found(_ more: [Dated<MachineLook>], _ last: [Dated<InventorySweep>]) -> [Int] {
            MachineRegister(looks + more, sweeps: sweeps + last).standings(
                [kernel()], at: Self.start.adding(days: 12).start, lostAfter: 30
            ).map(\.sweepsWithout)
        }
        #expect(found([], []) == [0, 0])
        #expect(found([look(9, "c", guest("LNX2"))], [sweep(10, "one", ["a", "b"])]) == [0, 1])
    }

    @Test func `a new name that never answered may be the machine's own, and one that was there before is not`() {
        let looks = [look(1, "a", guest("LNX1")), look(2, "b", guest("LNX2")), look(3, "silent", nil)]
        func found(_ hosts: [String]) -> [Int] {
            MachineRegister(
                looks + (hosts.contains("b.example") ? [look(5, "b.example", nil)] : []),
                sweeps: [sweep(4, "one", ["a", "b", "silent"]), sweep(6, "one", hosts), sweep(7, "one", hosts)]
            ).standings([kernel()], at: Self.start.adding(days: 9).start, lostAfter: 30).filter { $0.state != nil }
                .map(\.sweepsWithout)
        }
        #expect(found(["a", "silent"]) == [0, 2])
        #expect(found(["a", "silent", "b.example"]) == [0, 0])
    }

    @Test func `two UUIDs of which a person says that they are one stay one`() {
        func uuid(_ number: Int) -> String { "\(number)1111111-2222-3333-4444-555555555555" }
        let looks = [
            look(1, "a", guest("LNX1", uuid: uuid(1))), look(2, "b", guest("LNX1", lpar: 2, uuid: uuid(2))),
            look(4, "a", guest("LNX1", uuid: uuid(1))), look(5, "b", guest("LNX1", lpar: 2, uuid: uuid(2))),
        ]
        let union = union(3, ["guest-uuid-\(uuid(1))", "guest-uuid-\(uuid(2))"])
        let found = MachineRegister(looks, unions: [union]).standings(
            [kernel()], at: Self.start.adding(days: 10).start, lostAfter: 30)
        #expect(found.map(\.original) == ["guest-uuid-\(uuid(1))"])
    }

    @Test func `one look without a UUID does not give a machine's name to another`() {
        func uuid(_ number: Int) -> String { "\(number)1111111-2222-3333-4444-555555555555" }
        let found = standings(
            [
                look(1, "a", guest("LNX1", uuid: uuid(1))), look(2, "a", guest("LNX1")),
                look(3, "b", guest("LNX1", uuid: uuid(2))), look(4, "c", guest("LNX1", lpar: 2, uuid: uuid(1))),
            ], [kernel()])
        #expect(Set(found.map(\.original)) == ["guest-uuid-\(uuid(1))", "guest-uuid-\(uuid(2))"])
    }

    @Test func `a guest that moves back is the same, and what was said can be taken back`() {
        let looks = [
            look(1, "a", guest("LNX1")), look(2, "b", guest("LNX1", lpar: 2)), look(4, "a", guest("LNX1")),
            look(5, "b", guest("LNX1", lpar: 2)),
        ]
        let keys = ["8561-02-A1/lpar-1/vm-LNX1", "8561-02-A1/lpar-2/vm-LNX1"]
        func found(_ unions: [Dated<MachineUnion>]) -> [MachineStanding] {
            MachineRegister(looks, unions: unions).standings(
                [kernel()], at: Self.start.adding(days: 10).start, lostAfter: 30)
        }
        #expect(found([union(3, keys)]).map(\.original) == [keys[0]])
        #expect(found([union(3, keys)])[0].merged == [keys[1]])
        #expect(found([union(3, keys), union(6, keys.reversed(), isWithdrawn: true)]).count == 2)
    }

    @Test func `guests of one name that one sweep saw are not asked about`() {
        let looks = [
            look(1, "a", guest("LNX1"), day: 1), look(2, "b", guest("LNX1", lpar: 2), day: 1),
            look(3, "c", guest("LNX1", lpar: 3), day: 1),
        ]
        let found = MachineRegister(looks, sweeps: [sweep(4, "one", ["a", "b", "c"], day: 1)]).standings(
            [kernel()], at: Self.start.adding(days: 1).start, lostAfter: 30)
        #expect(found.count == 3 && found.allSatisfy { $0.remarks.isEmpty })
        // Without the sweep, the last one asks, in one line.
        #expect(standings(looks, [kernel()], after: 1).map { $0.remarks.count } == [0, 1, 1])
    }

    @Test func `a guest that moved is one where a person says so, and stays one`() {
        let looks = [
            look(1, "a", guest("LNX1")), look(2, "b", guest("LNX1", lpar: 2)), look(4, "b", guest("LNX1", lpar: 2)),
        ]
        let keys = ["8561-02-A1/lpar-1/vm-LNX1", "8561-02-A1/lpar-2/vm-LNX1"]
        #expect(standings(looks, [kernel()]).count == 2)
        for keys in [keys, keys.reversed()] {
            let found = MachineRegister(looks, unions: [union(3, keys)]).standings(
                [kernel()], at: Self.start.adding(days: 10).start, lostAfter: 30)
            #expect(found.map(\.original) == ["8561-02-A1/lpar-1/vm-LNX1"])
            #expect(found[0].hosts == ["a", "b"])
            #expect(found[0].key == "8561-02-A1/lpar-2/vm-LNX1")
            #expect(found[0].remarks.isEmpty, "\(found[0].remarks)")
        }
        #expect(
            MachineRegister(looks, unions: [union(3, [keys[0], "nobody"])]).standings(
                [], at: Self.start.start, lostAfter: 30
            ).count == 2)
    }
}
