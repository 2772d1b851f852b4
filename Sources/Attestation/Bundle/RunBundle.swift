// SPDX-License-Identifier: Apache-2.0
package import Evidence
internal import Foundation
internal import Host
package import Records
package import Signing

extension EvidenceBundle {
    /// Records a checked bundle with all its files. Throws `Failure` with code `bundle.refused` where its check found
    /// anything wrong, or nothing that speaks for it.
    package func record(_ report: BundleReport, in store: some EvidenceArchive) async throws -> Entry {
        guard report.authenticity == .verified, let statement = self[Name.record], let body = self[Name.body],
            case let entry = try Entry(statement: statement, body: body), let run = try entry.record(as: RunRecord.self)
        else {
            throw Failure(
                "bundle.refused", "the bundle is not one that is known to be whole and its producer's",
                advice: "give the producer's public key with --key")
        }
        var blobs: [Subject] = []
        for file in files { blobs.append(Subject(file.name, try await store.put(file.bytes))) }
        let record = ImportRecord(
            report: report, entry: entry.digest, kernel: run.source.version, release: run.build.release,
            verdict: run.verdict, about: entry.subjects)
        return try await store.append(try Entry.Draft(record, blobs: blobs))
    }
}

extension RunEvidence {
    /// The run with all its documents, signed.
    ///
    /// `tool` is the program with its own digest. Throws as signers do.
    package func bundle(
        signers: [any Signer], tool: String, timestamp: (([UInt8]) async throws -> [UInt8])?
    ) async throws -> EvidenceBundle {
        try await EvidenceBundle(
            run.identifier, time: Int(run.finishedAt.timeIntervalSince1970), contents: bundleFiles,
            predicate: BundlePredicate(run: run.identifier, tool: tool), signers: signers, timestamp: timestamp)
    }
}
