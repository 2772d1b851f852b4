// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import TestSupport
import Testing

@testable import CMDB

/// What a CMDB gets to know of machines and kernels.
@Suite struct CMDBModelTests {
    private func item(_ model: CMDBModel, _ kind: CMDBModel.Kind, _ name: String? = nil) -> CMDBModel.Item? {
        model.items.first { $0.kind == kind && (name == nil || $0.name == name) }
    }

    @Test func `a guest is in its hypervisor, that in its CPC, and it runs a kernel that falls back to another`() throws
    {
        let model = SampleModel.model([SampleModel.machine(SampleModel.guest("LNX1"))])
        let guest = try #require(item(model, .guest))
        let hypervisor = try #require(item(model, .hypervisor))
        let cpc = try #require(item(model, .cpc))
        #expect(hypervisor.name == "z/VM in PROD1 (LPAR 1) in 8561-02-A1")
        let index = CMDBIndex(model)
        #expect(index.target(.hostedOn, of: guest) == hypervisor.reference)
        #expect(index.target(.hostedOn, of: hypervisor) == cpc.reference)
        let runs = try #require(index.target(.runs, of: guest))
        #expect(runs.key == SampleModel.candidate.hexadecimal)
        let kernel = try #require(model.items.first { $0.reference == runs })
        #expect(index.target(.fallsBackTo, of: kernel)?.key == SampleModel.baseline.hexadecimal)
        #expect(model.relations.contains { $0.kind == .builtWith && $0.source == runs && $0.target.kind == .toolchain })
        #expect(model.relations.contains { $0.kind == .coveredBy && $0.source == runs && $0.target.kind == .evidence })
    }

    @Test func `what an operator must file is at the kernel`() throws {
        let model = SampleModel.model([SampleModel.machine(SampleModel.lpar(3))])
        let kernel = try #require(model.items.first { $0.key == SampleModel.candidate.hexadecimal })
        let needed: [CMDBAttribute] = [
            .compilerC, .compilerRust, .flags, .deviations, .waivers, .command, .configuration, .sourceDigest,
            .entryDigest, .notes, .stages,
        ]
        #expect(needed.filter { kernel.attributes[$0] == nil } == [])
        #expect(kernel.attributes[.flags]?.contains("-Zpacked-stack") == true)
        #expect(kernel.context[.logHead]?.hasPrefix("9 ") == true)
        #expect(kernel.attributes[.logHead] == nil)
    }

    @Test func `two partitions of one machine are two, and two kernels of one release are two`() throws {
        let other = Digest(of: "another build")
        let model = SampleModel.model([
            SampleModel.machine(SampleModel.lpar(1)),
            SampleModel.machine(SampleModel.lpar(2), notes: other, verdict: .unknown),
        ])
        #expect(Set(model.items.filter { $0.kind == .lpar }.map(\.identifier)).count == 2)
        #expect(model.items.count { $0.kind == .cpc } == 1)
        let kernels = model.items.filter { $0.kind == .kernel }
        #expect(Set(kernels.map(\.name)).count == 3)
        #expect(kernels.first { $0.key == other.hexadecimal }?.attributes[.role] == "unknown")
    }

    @Test func `a machine retires after whole sweeps without it, and not for being silent`() throws {
        let silent = SampleModel.machine(SampleModel.lpar(1), verdict: .lost, age: 400)
        let gone = SampleModel.machine(SampleModel.lpar(2), notes: Digest(of: "old"), verdict: .unknown, without: 3)
        let recent = SampleModel.machine(SampleModel.lpar(3), without: 2)
        let model = SampleModel.model([silent, gone, recent])
        #expect(model.items.filter { $0.kind == .lpar && $0.isRetired }.map(\.name) == ["LPAR2"])
        // Its kernel is in use nowhere else; the baseline of the others is what they fall back to.
        #expect(model.items.filter { $0.kind == .kernel && $0.isRetired }.map(\.key) == [Digest(of: "old").hexadecimal])
    }

    @Test func `an identifier says nothing but what it is of, and is the same tomorrow`() {
        #expect(CMDBModel.Reference(.lpar, "8561-02-A1/lpar-1").identifier == "732eae4e-17fa-59e4-a831-3d317c3f9898")
        #expect(CMDBModel.Reference(.lpar, "k").identifier != CMDBModel.Reference(.guest, "k").identifier)
    }
}
