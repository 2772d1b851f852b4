// SPDX-License-Identifier: Apache-2.0
import Attestation
import Evidence
import Foundation
import Host
import Records
import TestSupport
import Testing

/// A gate's verdict as SLSA and in-toto have it.
@Suite struct VerificationSummaryTests {
    private let run = SampleRecord.waived()

    static func report(_ run: RunRecord, _ states: [GateReport.State], stage: String = "pre-production") -> GateReport {
        let entry = EntryReference(sequence: 3, digest: Digest(of: "run"), kind: .run)
        return GateReport(
            toolVersion: "1.0", run: run.identifier, runEntry: entry, kernelVersion: run.source.version,
            release: run.build.release, stage: stage, asOf: Day(run.finishedAt), policy: Digest(of: "policy"),
            results: states.enumerated().map { number, state in
                .init(
                    rule: "GAT00\(number + 1)", title: "title", state: state, reason: "reason",
                    entries: [entry, EntryReference(sequence: 2, digest: Digest(of: "step"), kind: .step)])
            }, deviations: [], waivers: [], requestedBy: nil, approvedBy: [])
    }

    private func summary(_ states: [GateReport.State], hasProvenance: Bool = true) throws -> VerificationSummary {
        try VerificationSummary.statement(
            Self.report(run, states), of: run, at: run.finishedAt, hasProvenance: hasProvenance
        ).predicate
    }

    @Test func `a passed gate claims the first level of SLSA at most, and that only where provenance was handed out`()
        throws
    {
        let passed = try summary([.pass, .pass])
        #expect(passed.verificationResult == .passed)
        #expect(passed.verifiedLevels == ["SLSA_BUILD_LEVEL_1", "BESSEMER_STAGE_PRE_PRODUCTION"])
        #expect(
            try summary([.pass], hasProvenance: false).verifiedLevels
                == ["SLSA_BUILD_LEVEL_UNEVALUATED", "BESSEMER_STAGE_PRE_PRODUCTION"])
        #expect(passed.policy.digest == ["sha256": Digest(of: "policy").hexadecimal])
        #expect(passed.inputAttestations.map(\.name) == ["entry 2: step", "entry 3: run"])
    }

    @Test(arguments: [[GateReport.State.pass, .unknown], [.fail], [.unknown], []])
    func `what is unknown has failed`(states: [GateReport.State]) throws {
        let summary = try summary(states)
        #expect(summary.verificationResult == .failed)
        #expect(summary.verifiedLevels == ["FAILED"])
        #expect(try VerificationResult.statement(Self.report(run, states), of: run, at: run.finishedAt) == nil)
    }

    @Test func `the subject is the image of the kernel with Rust`() throws {
        let statement = try VerificationSummary.statement(
            Self.report(run, [.pass]), of: run, at: run.finishedAt, hasProvenance: true)
        #expect(statement.subject.map(\.name) == ["candidate/arch/s390/boot/bzImage"])
        let result = try #require(
            try VerificationResult.statement(Self.report(run, [.pass]), of: run, at: run.finishedAt))
        #expect(result.subject == statement.subject)
        #expect(result.predicate.properties == ["BESSEMER_STAGE_PRE_PRODUCTION", "BESSEMER_GAT001"])
        _ = try CanonicalJSON(canonical: statement.payload())
        #expect(try statement.payload() == statement.payload())
    }

    @Test func `a bundle has the last verdict of each stage`() async throws {
        let store = try await SampleEvidence.store(of: run)
        let entry = try await store.runEntry(run.identifier)
        for (stage, state) in [("staging", GateReport.State.pass), ("pilot", .pass), ("staging", .fail)] {
            let report = Self.report(run, [state], stage: stage)
            _ = try await store.append(try Entry.Draft(report, parents: [entry.digest]))
        }
        let found = try Attestations.all(of: try await RunEvidence(run.identifier, in: store)).filter {
            $0.name.contains("/gate-")
        }
        #expect(found.map(\.name) == ["attestations/gate-pilot.dsse.json", "attestations/gate-staging.dsse.json"])
        let texts = found.map { String(decoding: $0.payload, as: UTF8.self) }
        #expect(texts.map { $0.contains("\"PASSED\"") } == [true, false])
    }

    @Test func `a verdict about another run is refused`() {
        #expect(throws: Failure.self) {
            try VerificationSummary.statement(
                Self.report(SampleRecord.renamed(run, "20260101T000000Z-00000000"), [.pass]), of: run,
                at: run.finishedAt, hasProvenance: true)
        }
    }
}
