// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import TestSupport
import Testing

@testable import Guest

@Suite struct MachineModelTests {
    private let models = MachineModels(
        help: """
            Available CPUs:
              qemu            QEMU Virtual CPU version 2.5+       (migration-safe)
              max             Enables all features supported by the accelerator in the current host
              z13-base        IBM z13 GA1                         (static, migration-safe)
              z13             IBM z13 GA1                         (migration-safe)
              z14.2           IBM z14 GA2                         (migration-safe)
              z14ZR1          IBM z14 Model ZR1 GA1               (migration-safe)
              gen15a-base     IBM z15 T01 GA1                     (static, migration-safe)
              gen15a          IBM z15 T01 GA1                     (migration-safe)
              gen16a          IBM 3931 GA1                        (migration-safe)

            Recognized feature groups:
              plo             Perform-locked-operation facility
            """)

    @Test(arguments: [
        ("max", "max"), ("z13", "z13"), ("Z13", "z13"), ("z15", "gen15a"), ("z16", "gen16a"), ("z14.2", "z14.2"),
        ("gen15a", "gen15a"), ("z14zr1", "z14ZR1"), ("3931", "gen16a"), ("gen15a-base", "gen15a-base"),
    ])
    func `machines are found by QEMU's names and by those under which they are sold`(name: String, model: String) throws
    {
        #expect(try models.model(of: name) == model)
    }

    @Test(arguments: ["z12", "plo", "", "-base", "z999999999999999999999", "GA1x"])
    func `a name that is no machine's is refused with those that are`(name: String) {
        let error = #expect(throws: Failure.self) { try models.model(of: name) }
        #expect(error?.code == "guest.machine")
        #expect(error?.advice.contains("z13, z14.2, z14ZR1, gen15a, gen16a") == true)
    }

    @Test func `what a QEMU lacks is read from its answer`() {
        let answer = """
            qemu-system-s390x: Some features requested in the CPU model are not available in the current configuration: cmm edat2 sthyi\u{20}
            Consider a different accelerator, QEMU, or kernel version
            """
        #expect(MachineModels.missingFeatures(in: answer) == ["cmm", "edat2", "sthyi"])
        #expect(MachineModels.missingFeatures(in: "qemu-system-s390x: Selected CPU generation is too new").isEmpty)
        #expect(
            MachineModels.sentence(of: "qemu-system-s390x: Selected CPU generation is too new.\nConsider")
                == "Selected CPU generation is too new.")
        let machine = MachineModel(name: "z13", model: "z13", without: ["cmm", "edat2"])
        #expect(machine.cpu == "z13,cmm=off,edat2=off")
    }

    @Test(.integration) func `the sandbox's QEMU gives a z13 with what it can, or says why not`() async throws {
        let sandbox = try await RealThings.sandbox()
        let models = try await MachineModels.known(to: sandbox)
        let old = try await models.machine("z13", in: sandbox)
        #expect(old.impossible == nil && old.model == "z13")
        #expect(!GuestPlan.isEmulated || !old.without.isEmpty)
        let newest = try await models.machine("z17", in: sandbox)
        if GuestPlan.isEmulated { #expect(newest.impossible?.contains("too new") == true) }
    }
}
