// SPDX-License-Identifier: Apache-2.0
package import Foundation
internal import Host
package import Records

/// What a gate decided about a kernel (SLSA verification summary v1). Whatever is unknown is a failure there.
package struct VerificationSummary: Encodable, Sendable {
    package struct Verifier: Encodable, Sendable {
        package let id: String
        package let version: [String: String]
    }

    package enum Result: String, Encodable, Sendable {
        case passed = "PASSED"
        case failed = "FAILED"
    }

    package let verifier: Verifier
    package let timeVerified: Date
    package let resourceUri: String
    /// The policy's file by its digest.
    package let policy: ResourceDescriptor
    /// The entries of the evidence log that the rules read.
    package let inputAttestations: [ResourceDescriptor]
    package let verificationResult: Result
    /// What was passed, or FAILED alone.
    package let verifiedLevels: [String]
    package let slsaVersion: String

    /// Of a recorded verdict about that run's kernel with Rust.
    ///
    /// SLSA's first level asks for provenance that others can have: it is claimed where a bundle with it was made, and no
    /// level above is ever claimed. Throws `Failure` with code `gate.run` where the verdict is about another run.
    package static func statement(
        _ report: GateReport, of run: RunRecord, at time: Date, hasProvenance: Bool
    ) throws -> InTotoStatement<VerificationSummary> {
        let subjects = try report.subjects(in: run)
        let isPassed = report.verdict == .pass
        let level = hasProvenance ? "SLSA_BUILD_LEVEL_1" : "SLSA_BUILD_LEVEL_UNEVALUATED"
        var seen: Set<Digest> = []
        let read = (report.results.flatMap(\.entries) + [report.runEntry]).filter { seen.insert($0.digest).inserted }
        return InTotoStatement(
            TypeURI.verificationSummary, about: subjects,
            VerificationSummary(
                verifier: Verifier(id: TypeURI.gate, version: ["bessemer": report.toolVersion]), timeVerified: time,
                resourceUri: TypeURI.run(report.run), policy: report.policyDescriptor,
                inputAttestations: read.sorted { $0.sequence < $1.sequence }.map {
                    ResourceDescriptor(name: "entry \($0.sequence): \($0.kind)", sha256: $0.digest)
                }, verificationResult: isPassed ? .passed : .failed,
                verifiedLevels: isPassed ? [level, report.stageProperty] : ["FAILED"], slsaVersion: "1.2"))
    }
}

/// The rules of a gate that a kernel passed (in-toto SVR v0.1).
package struct VerificationResult: Encodable, Sendable {
    package struct Verifier: Encodable, Sendable {
        package let id: String
        /// The policy's file by its digest.
        package let policy: ResourceDescriptor
    }

    package let verifier: Verifier
    package let timeCreated: Date
    /// Of the stage, then of each rule.
    package let properties: [String]

    /// Of a recorded verdict about that run's kernel with Rust; nil where the gate did not pass, since the predicate has no
    /// word for that. Throws as the summary's does.
    package static func statement(
        _ report: GateReport, of run: RunRecord, at time: Date
    ) throws -> InTotoStatement<VerificationResult>? {
        let subjects = try report.subjects(in: run)
        guard report.verdict == .pass else { return nil }
        return InTotoStatement(
            TypeURI.verificationResult, about: subjects,
            VerificationResult(
                verifier: Verifier(id: TypeURI.gate, policy: report.policyDescriptor), timeCreated: time,
                properties: [report.stageProperty]
                    + report.results.filter { $0.state == .pass }.map { "BESSEMER_\($0.rule)" }))
    }
}

extension GateReport {
    fileprivate var policyDescriptor: ResourceDescriptor {
        ResourceDescriptor(uri: TypeURI.policy(policy), sha256: policy)
    }

    /// `BESSEMER_STAGE_PILOT`
    fileprivate var stageProperty: String { "BESSEMER_STAGE_" + stage.uppercased().replacing("-", with: "_") }

    fileprivate func subjects(in run: RunRecord) throws -> [ResourceDescriptor] {
        guard run.identifier == self.run else {
            throw Failure(
                "gate.run", "the verdict is about the run \(self.run), not \(run.identifier)",
                advice: "judge the run itself")
        }
        return run.kernels.candidate.images
    }
}
