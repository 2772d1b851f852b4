// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Machines

/// What tells one machine from another, by texts as arch/s390/kernel/sysinfo.c prints them.
@Suite struct SysinfoTextTests {
    static func text(_ name: String) throws -> String {
        try Files.text(RealThings.repository.pushing(FilePath("Tests/Corpus/machines/\(name).txt")))
    }

    private func identity(_ text: String) throws -> MachineIdentity {
        try SysinfoText(text.split(separator: "\n")).identity
    }

    @Test(arguments: [
        ("z14-lpar", "3906-02-00000000000A1B2C/lpar-16", [] as [String], "PRODLX1 in 3906-02-00000000000A1B2C"),
        ("zvm-guest", "8561-51-0000000000023F48/lpar-3/vm-LINUX01", [], "LINUX01 in ZVM1 in 8561-51-0000000000023F48"),
        (
            "nested-guest", "8561-51-0000000000023F48/lpar-3/vm-ZVM2ND/vm-LINUX07", [],
            "LINUX07 in ZVM2ND in ZVM1 in 8561-51-0000000000023F48"
        ),
        (
            "kvm-guest", "guest-uuid-3f2504e0-4f89-41d3-9a0c-0305e82c3301",
            ["8561-51-0000000000023F48/lpar-3/vm-s390%2dbui"], "s390-bui in KVMHOST1 in 8561-51-0000000000023F48"
        ),
        (
            "z17-lpar", "lpar-uuid-9b2d47c6-6f7e-4c1b-8f3a-2a61f0c2d5e4", ["9175-02-00000000000C0FFE/lpar-42"],
            "LNXPROD in 9175-02-00000000000C0FFE"
        ),
    ])
    func `each kind of machine has its key`(_ name: String, _ key: String, _ more: [String], _ place: String) throws {
        let found = try identity(Self.text(name))
        #expect(found.aliases == [key] + more)
        #expect(found.place == place)
    }

    @Test func `an LPAR's UUID is not that of a guest in it`() throws {
        let lines = try Self.text("zvm-guest").replacing(
            "LPAR Name:            ZVM1    \n",
            with: "LPAR Name:            ZVM1    \nLPAR UUID:            9b2d47c6-6f7e-4c1b-8f3a-2a61f0c2d5e4\n")
        #expect(try identity(lines).key == "8561-51-0000000000023F48/lpar-3/vm-LINUX01")
    }

    @Test func `what an emulator says in a machine's place names none, and a UUID does`() throws {
        let text = try Self.text("qemu-tcg")
        #expect(throws: SysinfoText.Fault.self) { try identity(text) }
        let named = try identity(text + "VM00 UUID:            3f2504e0-4f89-41d3-9a0c-0305e82c3301\n")
        #expect(named.aliases == ["guest-uuid-3f2504e0-4f89-41d3-9a0c-0305e82c3301"])
        #expect(throws: SysinfoText.Fault.self) {
            try identity(text + "VM00 UUID:            00000000-0000-0000-0000-000000000000\n")
        }
    }

    @Test(arguments: ["Sequence Code", "Type", "Plant", "LPAR Number", "VM00 Name", "Manufacturer"])
    func `without one of the lines of its key a guest is not known by the rest`(_ name: String) throws {
        let kept = try Self.text("zvm-guest").split(separator: "\n").filter { !$0.hasPrefix(name) }
        #expect(throws: SysinfoText.Fault.self) { try SysinfoText(kept) }
    }

    @Test func `a line that stands twice is read once, and two that differ are refused`() throws {
        let text = try Self.text("z14-lpar")
        #expect(try identity(text + text).key == identity(text).key)
        #expect(throws: SysinfoText.Fault.self) { try identity(text + "LPAR Number:          17\n") }
        #expect(throws: SysinfoText.Fault.self) { try identity(text + "LPAR UUID:            nonsense\n") }
    }

    @Test func `names end no part of a key`() {
        func guest(_ name: String) -> MachineIdentity {
            MachineIdentity(
                manufacturer: "IBM", type: "8561", plant: "51", sequence: "1", partition: .init(number: 1, name: "A"),
                guests: [.init(name: name, controlProgram: nil)])
        }
        #expect(guest("A/vm-B").key == "8561-51-1/lpar-1/vm-A%2fvm%2dB")
        #expect(guest("A").key != guest("a").key)
    }
}
