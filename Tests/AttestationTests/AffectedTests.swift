// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import TestSupport
import Testing

@testable import Attestation

@Suite struct AffectedTests {
    private static let lock = """
        {"drift": [], "lock": {"form": "bessemer-sandbox-lock/1", "suites": [], "fetched": [], "installed": [
          {"name": "rustc", "version": "1.96.1+dfsg1-1", "architecture": "amd64", "sha256": "\(Digest(of: "rustc"))",
           "size": 1, "path": "pool/r.deb"}]}}
        """

    private func answer(
        _ kind: AffectedReport.Question.Kind, _ value: String, in runs: RunRecord..., gaps: [KernelMaterials.Gap]? = []
    ) async throws -> AffectedReport {
        let store = RecordedRun.store()
        for run in runs {
            let map = Array("0000000000100000 T _stext\n0000000000100010 t helper\n".utf8)
            if let gaps {
                try await RecordedRun.record(
                    run,
                    steps: [
                        "sandbox": ["result.json": Array(Self.lock.utf8)],
                        "toolchain": ["result.json": Array("{}".utf8)],
                        "enable": ["a.patch": Array("From \(SampleCVE.fix) Mon Sep 17 00:00:00 2001\n".utf8)],
                        "build": ["System.map": map],
                        "materials": ["materials.json": try RecordedRun.materials(gaps: gaps)],
                    ], in: store)
            } else {
                try await RecordedRun.record(run, in: store)
            }
        }
        return try await AffectedSearch(.init(kind, value)).report(in: store)
    }

    private func verdict(
        _ kind: AffectedReport.Question.Kind, _ value: String, gaps: [KernelMaterials.Gap]? = []
    ) async throws -> AffectedReport.Verdict? {
        try await answer(kind, value, in: SampleRecord.passed(), gaps: gaps).kernels.first?.verdict
    }

    @Test(
        arguments: [
            (.file, "kernel/fork.c", .affected), (.file, "include/linux/sched.h", .affected),
            (.file, "scripts/mkversion", .affected),
            (.file, "drivers/x.c", .notAffected), (.file, "vmlinux", .affected), (.symbol, "helper", .affected),
            (.tool, "gcc@14.2.0", .affected), (.tool, "gcc@13", .notAffected),
            (.tool, "gcc-14-s390x-linux-gnu", .affected),
            (.tool, "nosuch", .notAffected), (.package, "rustc", .affected), (.package, "rustc@1.96.1", .affected),
            (.package, "rustc@1.96.1+dfsg1-1", .affected), (.package, "rustc@1.96", .notAffected),
            (.package, "gcc", .notAffected),
            (.commit, "0123456789ab", .unknown),
        ] as [(AffectedReport.Question.Kind, String, AffectedReport.Verdict)])
    func `what is recorded decides`(
        _ kind: AffectedReport.Question.Kind, _ value: String, _ expected: AffectedReport.Verdict
    ) async throws {
        #expect(try await verdict(kind, value) == expected)
    }

    @Test func `what is not recorded is unknown, with the reason`() async throws {
        for (kind, value) in [
            (.file, "kernel/fork.c"), (.symbol, "helper"), (.package, "nosuch"), (.tool, "nosuch"),
            (.commit, "0123456789ab"),
        ] as [(AffectedReport.Question.Kind, String)] {
            let report = try await answer(kind, value, in: SampleRecord.passed(), gaps: nil)
            #expect(report.kernels.first?.verdict == .unknown && !report.isClear, "\(value)")
            #expect(report.kernels.first?.reason?.isEmpty == false)
        }
        // A list with gaps shows what is there, and not what is not there.
        #expect(try await verdict(.file, "drivers/x.c", gaps: [RecordedRun.gap]) == .unknown)
        let named = try await answer(
            .file, "drivers/x.c", in: SampleRecord.passed(), gaps: Array(repeating: RecordedRun.gap, count: 7))
        #expect(named.kernels.first?.reason?.contains("has 7 gaps: \(RecordedRun.gap.file), ") == true)
        #expect(named.kernels.first?.reason?.hasSuffix(" and 2 more") == true)
        #expect(try await verdict(.file, "kernel/fork.c", gaps: [RecordedRun.gap]) == .affected)
        #expect(try await verdict(.tool, "nosuch", gaps: [RecordedRun.gap]) == .unknown)
    }

    @Test func `a commit is found as the source, as a patch-id and in a patch's head`() async throws {
        let patches = [
            GlueSeries.Patch(
                file: "a.patch", subject: "s390: one", sha256: Digest(of: "a"),
                identifier: String(repeating: "c", count: 40),
                touches: ["arch/s390/Kconfig"])
        ]
        let run = RecordedRun.changed(
            SampleRecord.passed(), source: RecordedRun.source("6.12.1", commit: String(repeating: "d", count: 40)),
            patches: patches)
        for commit in ["ddddddd", "ccccccccc", SampleCVE.fix, String(SampleCVE.fix.prefix(7))] {
            let report = try await answer(.commit, commit, in: run)
            #expect(report.kernels.first?.verdict == .affected, "\(commit)")
            #expect(report.kernels.first?.statements == ["attestations/provenance-candidate.dsse.json"])
        }
        #expect(try await answer(.commit, "eeeeeee", in: run).kernels.first?.verdict == .unknown)
        func names(_ text: String) -> Bool { KernelQuestion.names("bbbbbbb", in: Array(text.utf8)) }
        #expect(names("Subject: x\n\ncommit \(SampleCVE.fix) upstream.\n"))
        #expect(names("Subject: x\n\n(cherry picked from commit \(SampleCVE.fix))\n"))
        #expect(
            !names("Subject: x\n\nFixes: \(SampleCVE.fix)\n") && !names("x\ndiff --git a b\ncommit \(SampleCVE.fix)\n"))
    }

    @Test func `runs that made the same kernel are one, and the one that decides speaks for it`() async throws {
        let store = RecordedRun.store()
        let run = SampleRecord.passed()
        try await RecordedRun.record(
            run, steps: ["materials": ["materials.json": try RecordedRun.materials()]], in: store)
        let later = RecordedRun.changed(run, identifier: "20261123T101500Z-00000000")
        try await RecordedRun.record(later, in: store)
        let report = try await AffectedSearch(.init(.file, "kernel/fork.c")).report(in: store)
        #expect(report.runs == 2 && report.kernels.map(\.run) == [run.identifier])
        #expect(report.kernels[0].otherRuns == [later.identifier] && report.kernels[0].verdict == .affected)
        #expect(report.kernels[0].evidence[0].step == "materials")
    }

    @Test func `a run whose kernel is known is named, read or not, and another kernel of it is looked at`() async throws
    {
        let store = RecordedRun.store()
        let run = SampleRecord.waived()
        let files: KeyValuePairs<String, KeyValuePairs<String, [UInt8]>> = [
            "materials": ["materials.json": try RecordedRun.materials()]
        ]
        // Its baseline has no list, so each run is asked for that one.
        for name in ["20261121T101500Z-00000001", "20261122T101500Z-00000002", "20261123T101500Z-00000003"] {
            try await RecordedRun.record(RecordedRun.changed(run, identifier: name), steps: files, in: store)
        }
        let report = try await AffectedSearch(.init(.file, "kernel/fork.c")).report(in: store)
        #expect(report.runs == 3 && report.unreadableRuns == 0)
        #expect(report.kernels.map(\.role) == [.candidate, .baseline])
        #expect(report.kernels.map(\.verdict) == [.affected, .unknown])
        for kernel in report.kernels {
            #expect(kernel.run == "20261123T101500Z-00000003")
            #expect(kernel.otherRuns == ["20261122T101500Z-00000002", "20261121T101500Z-00000001"])
        }
        #expect(report.kernels[1].reason == "the run has no list of the files that the kernel was built from")
    }

    @Test func `only the files that are asked for are read`() async throws {
        let store = RecordedRun.store()
        let run = SampleRecord.passed()
        try await RecordedRun.record(
            run,
            steps: [
                "sandbox": ["result.json": Array(Self.lock.utf8)],
                "materials": ["materials.json": try RecordedRun.materials()],
            ], in: store)
        for (reading, holdsLock, holdsList) in [
            (.none, false, false), (.materials, false, true), (.all, true, true),
        ] as [(RunEvidence.Files, Bool, Bool)] {
            let evidence = try await RunEvidence(run.identifier, in: store, reading: reading)
            #expect(
                try (evidence.lock() != nil) == holdsLock && (evidence.materials(of: .candidate) != nil) == holdsList)
        }
    }

    @Test func `the baseline kernel has no part of Rust's compiler`() async throws {
        let report = try await answer(.tool, "rustc", in: SampleRecord.waived(), gaps: nil)
        #expect(report.kernels.map(\.role) == [.candidate, .baseline])
        #expect(report.kernels.map(\.verdict) == [.affected, .notAffected])
        let emulator = try await answer(.tool, "qemu-system-s390x", in: SampleRecord.passed(), gaps: nil)
        #expect(emulator.kernels.first?.verdict == .notAffected && emulator.isClear)
    }

    @Test(
        arguments: [
            (.file, "/etc/passwd"), (.file, "../x"), (.file, "a/../../x"), (.commit, "xyz"), (.commit, "abc"),
            (.tool, "@1"), (.symbol, ""),
        ] as [(AffectedReport.Question.Kind, String)])
    func `what can't be looked for is refused`(_ kind: AffectedReport.Question.Kind, _ value: String) {
        #expect(throws: Failure.self) { try AffectedSearch(.init(kind, value)) }
    }
}
