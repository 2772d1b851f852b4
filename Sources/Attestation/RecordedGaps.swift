// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Host
package import Records

extension BlobStore {
    /// What the lists of materials of a run with those steps leave open; kernels without gaps are not named.
    ///
    /// Throws `Failure` where a list can't be read.
    package func gaps(of run: RunRecord, _ steps: [Recorded<StepRecord>]) async throws -> [MaterialGaps] {
        var found: [MaterialGaps] = []
        for kernel in run.kernels.all {
            guard let step = steps.last(where: { $0.record.name == kernel.role.step("materials") }) else { continue }
            // The whole list is long; its summary says whether it has to be read.
            if let file = step.file("result.json"), let bytes = try await blob(file.sha256),
                try JSON.decode(MaterialsSummary?.self, from: bytes, named: "the result of materials")?.gaps == 0
            {
                continue
            }
            guard let file = step.file(RunEvidence.materialsFile), let bytes = try await blob(file.sha256) else {
                continue
            }
            let gaps = MaterialGaps(try RunEvidence.materials(bytes, of: run.identifier).gaps, of: kernel.role)
            if gaps.count > 0 { found.append(gaps) }
        }
        return found
    }
}
