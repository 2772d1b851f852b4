// SPDX-License-Identifier: Apache-2.0
import Evidence
import Foundation
import Guest
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Regression

@Suite struct RegressionEvidenceTests {
    private func report(startedAt: Date, newFailure: Bool) -> RegressionReport {
        func kernel(_ name: String) -> KernelFacts {
            KernelFacts(
                name: name, release: "6.12.107", imageSHA256: Digest(of: name), imageSize: 1, rust: nil, vmlinux: nil,
                modules: [])
        }
        let model = MachineModel(name: "z13", model: "z13")
        let tests = [
            TestComparison.Change(path: "a", baseline: .pass, candidate: .pass, verdict: .passing),
            TestComparison.Change(
                path: "b\0", baseline: .pass, candidate: newFailure ? .fail : nil,
                verdict: newFailure ? .newFailure : .missing),
        ]
        return RegressionReport(
            form: RegressionReport.form, bessemer: "0", startedAt: startedAt, seconds: 1, baseline: kernel("a"),
            candidate: kernel("b"), suites: [.kunit, .modules], turns: 1, cpus: 1, memoryMiB: 512,
            machines: [
                .init(model: model, baseline: [], candidate: [], tests: tests, reasons: [:], notCompared: nil)
            ], selftests: nil, notes: [])
    }

    @Test func `comparisons are kept beside the runs, the newest first, each once`() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteEvidenceStore(path: folder.appending("evidence.sqlite"))
            let old = report(startedAt: Date(timeIntervalSince1970: 0), newFailure: true)
            let new = report(startedAt: Date(timeIntervalSince1970: 86_400), newFailure: false)
            #expect(try await store.insert(old) == .added)
            #expect(try await store.insert(new) == .added)
            #expect(try await store.insert(old) == .present)
            try await store.insert(SampleRecord.passed())
            let listed = try await store.regressions(limit: 9)
            #expect(listed.map(\.startedAt) == [new.startedAt, old.startedAt])
            #expect(listed == (try [new, old].map(RegressionRecord.init)))
            #expect(listed[1].newFailures == 1 && !listed[1].isClean && listed[0].isClean)
            #expect(listed[1].reportSHA256 == Digest(of: try JSON.encode(old)))
            #expect(try await store.regressions(limit: 1).count == 1)
            #expect(try await store.verify() == 1)
        }
    }
}
