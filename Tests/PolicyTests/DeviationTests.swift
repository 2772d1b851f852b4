// SPDX-License-Identifier: Apache-2.0
import Host
import Records
import TestSupport
import Testing

@testable import Policy

struct DeviationTests {
    private func findings(_ run: RunRecord, flags: [String]? = [], upstream: Set<String>? = nil) -> [Finding] {
        DeviationRule.findings(in: DeviationFacts(run: run, unstableFlags: flags, upstream: upstream))
    }

    @Test("unstable flags are found in what the build was given, and unlock a released compiler")
    func flags() {
        let run = SampleRecord.passed()
        #expect(findings(run, flags: []).allSatisfy { !["DEV001", "DEV002", "DEV011"].contains($0.rule) })
        let found = findings(run, flags: ["-Zpacked-stack", "-Zfunction-sections"])
        #expect(
            found.filter { $0.rule == "DEV001" }.map(\.location?.symbol) == ["-Zpacked-stack", "-Zfunction-sections"])
        #expect(found.count { $0.rule == "DEV002" } == 1)
        #expect(findings(run, flags: nil).count { $0.rule == "DEV011" } == 1)
    }

    @Test("flags are read from the commands that rustc ran in, without their values")
    func materials() {
        func step(_ output: Int, _ tool: Int, _ command: String) -> KernelMaterials.Step {
            .init(
                output: output, alsoMakes: IndexList([]), inputs: IndexList([]), ran: IndexList([]),
                tools: IndexList([tool]), command: command, evidence: .saved, holdsInputs: true)
        }
        func program(_ name: String) -> KernelMaterials.Program {
            .init(
                name: name, path: "usr/bin/\(name)", sha256: Digest(of: name), sha512: LongDigest(of: name.utf8),
                version: nil, package: nil)
        }
        let list = KernelMaterials(
            files: [], tools: [program("gcc"), program("rustc")],
            steps: [
                step(0, 0, "gcc -Zold -c a.c"), step(1, 1, "rustc -Zpacked-stack -Zcrate-attr=no_std -O a.rs"),
                step(2, 1, "rustc -Z dwarf-version=5 a.rs -Zpacked-stack"),
            ], outputs: IndexList([]), buildSystem: IndexList([]), gaps: [])
        #expect(list.unstableFlags == ["-Zcrate-attr", "-Zdwarf-version", "-Zpacked-stack"])
    }

    @Test("lost protections say on which machines that counts; patches are upstream by patch-id alone")
    func runs() throws {
        let run = SampleRecord.waived()
        let lost = try #require(findings(run).first { $0.rule == "DEV004" && $0.location?.symbol == "CONFIG_EXPOLINE" })
        #expect(lost.found?.isEmpty == false)
        let patch = try #require(run.enablement?.series.patches.first)
        #expect(findings(run).count { $0.rule == "DEV005" } == 1)
        #expect(findings(run, upstream: ["another"]).count { $0.rule == "DEV005" } == 1)
        #expect(findings(run, upstream: [patch.identifier]).count { $0.rule == "DEV005" } == 0)
        #expect(findings(run).count { $0.rule == "DEV010" } == 1)
    }

    @Test("a fingerprint is the same from run to run, and another for each deviation")
    func fingerprints() {
        let run = SampleRecord.waived()
        let renamed = SampleRecord.renamed(run, "20270101T000000Z-00000000")
        let prints = findings(run, flags: ["-Za", "-Zb"]).map(Deviation.fingerprint)
        #expect(prints == findings(renamed, flags: ["-Za", "-Zb"]).map(Deviation.fingerprint))
        #expect(Set(prints).count == prints.count)
        let finding = findings(run, flags: ["-Za"])[0]
        let moved = finding.replacing(location: .init(file: "rustc", line: 7, symbol: "-Za", address: 9))
        #expect(Deviation.fingerprint(of: finding) == Deviation.fingerprint(of: moved))
    }

    @Test("every rule of deviations and of the gate is in the book that explain reads")
    func book() {
        let names = Set(RunRules.families.flatMap(\.rules).map(\.identifier))
        for rule in DeviationRule.descriptions + GateRule.descriptions { #expect(names.contains(rule.identifier)) }
    }
}
