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
        log: [BundleFile], head: LogHead?, mapping: ControlMapping, creator: BillCreator, signers: [any Signer],
        tool: String,
        timestamp: (([UInt8]) async throws -> [UInt8])?
    ) async throws -> EvidenceBundle {
        var contents = bundleFiles + log + AuditorFiles.all
        if let lock = try lockFile() { contents.append(BundleFile(BundlePath.lock, lock)) }
        for kernel in kernels {
            contents.append(
                BundleFile(BundlePath.buildInfo(of: kernel.role), try BuildInfo(kernel, of: self).bytes))
        }
        contents += try billsOfMaterials(creator)
        contents += try await statements(beside: contents, by: signers)
        let signed = contents.filter { $0.name.hasPrefix("attestations/") }.map { (name: $0.name, bytes: $0.bytes) }
        for document in OSCALDocuments(self, mapping: mapping, statements: signed).all {
            let signature = try await OSCALDocuments.signature(of: document, by: signers)
            let name = document.name.replacing(".json", with: ".dsse.json")
            contents.append(BundleFile("oscal/\(document.name)", document.bytes))
            contents.append(BundleFile("oscal/\(name)", signature.bytes))
        }
        return try await EvidenceBundle(
            run.identifier, time: Int(run.finishedAt.timeIntervalSince1970), contents: contents, signers: signers,
            timestamp: timestamp
        ) { files, bytes in
            BundlePredicate.statement(
                run: run.identifier, head: head, created: run.finishedAt, tool: tool, files: files, bytes: bytes)
        }
    }

    /// Of each kernel whose materials were listed.
    private func billsOfMaterials(_ creator: BillCreator) throws -> [BundleFile] {
        let lock = try lock()
        return try kernels.flatMap { kernel -> [BundleFile] in
            let step = kernel.role.step("materials")
            guard let bytes = file("materials.json", of: step) else { return [] }
            let materials = try JSON.decode(KernelMaterials.self, from: bytes, named: "the materials of \(kernel.role)")
            let folder = BundlePath.materials(of: kernel.role)
            let isProven = isProven(Digest(of: bytes), kernel.role)
            let documents = SPDXDocuments.all(
                run: run, kernel: kernel, materials: materials, lock: lock, isProven: isProven, creator: creator)
            let cycloneDX = CycloneDXDocument(
                run: run, kernel: kernel, materials: materials, lock: lock, isProven: isProven, creator: creator)
            return documents.map { BundleFile(folder + $0.name, $0.bytes) }
                + [BundleFile(folder + CycloneDXDocument.name, cycloneDX.bytes)]
        }
    }

    /// Whether that kernel came out the same when it was built again from the files of that list alone.
    private func isProven(_ materials: Digest, _ role: KernelRole) -> Bool {
        rebuilds.contains { rebuild in
            rebuild.record.kernels.contains {
                $0.role == role && $0.listed?.materials == materials && !$0.artifacts.isEmpty && $0.different.isEmpty
            }
        }
    }

    /// The signed statements, one a file, all in one, and each as a Sigstore bundle.
    private func statements(beside files: [BundleFile], by signers: [any Signer]) async throws -> [BundleFile] {
        let signed = try await Attestations.signed(self, files: files.map(\.subject), by: signers)
        var lines: [UInt8] = []
        var made: [BundleFile] = []
        for (name, envelope) in signed {
            made.append(BundleFile(name, envelope.bytes))
            lines += envelope.bytes + [UInt8(ascii: "\n")]
            if let bundle = SigstoreBundle.bytes(of: envelope) {
                let short = name.split(separator: "/").last.map { String($0).replacing(".dsse.json", with: "") } ?? name
                made.append(BundleFile("sigstore/\(short).sigstore.json", bundle))
            }
        }
        return made + [BundleFile("all.intoto.jsonl", lines)]
    }
}
