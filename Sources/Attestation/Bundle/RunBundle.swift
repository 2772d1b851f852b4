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
    /// `log` are the log's head and the proof that the run's entry is in it. `tool` is the program with its own digest.
    /// Throws as signers do, and where what was recorded can't be read.
    package func bundle(
        log: [BundleFile], head: BundlePredicate.Head?, signers: [any Signer], tool: String,
        timestamp: (([UInt8]) async throws -> [UInt8])?
    ) async throws -> EvidenceBundle {
        var contents = bundleFiles + log
        if let lock = try lockFile() { contents.append(BundleFile(BundlePath.lock, lock)) }
        for kernel in kernels {
            let name = kernel.role == .candidate ? "kernel.buildinfo" : "\(kernel.role.rawValue).buildinfo"
            contents.append(BundleFile(name, try BuildInfo(kernel, of: self).bytes))
        }
        let named = contents.map { Subject($0.name, Digest(of: $0.bytes)) }
        for (name, envelope) in try await Attestations.signed(self, files: named, by: signers) {
            contents.append(BundleFile(name, envelope.bytes))
        }
        return try await EvidenceBundle(
            run.identifier, time: Int(run.finishedAt.timeIntervalSince1970), contents: contents, signers: signers,
            timestamp: timestamp
        ) { files in
            BundlePredicate.statement(
                run: run.identifier, head: head, created: run.finishedAt, tool: tool, files: files)
        }
    }
}
