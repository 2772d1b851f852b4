// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Records
internal import Signing
internal import SystemPackage

/// `bessemer evidence bundle`.
struct EvidenceBundleCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Write a run's evidence as one signed archive that others check without Bessemer.",
        discussion: """
            The archive holds the run's entries of the log, its logs, inputs and reports, statements about it in the forms of \
            others, and verify.sh. README in it says how it is checked, by programs that Debian and PyPI ship. Whoever checks \
            it needs the public key, and must have it from elsewhere: `bessemer key public` prints it.

            Examples:
              bessemer evidence bundle 20261122T1015 --output run.tar.zst
              bessemer evidence bundle 20261122T1015 --output run.tar.gz \\
                  --timestamp 'tsa-client --stdin'
            """)

    @Argument(
        help: .value("RUN", "The run's identifier; its beginning is enough."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var run: String

    @Option(help: .value("FILE", "The archive to write: .tar.zst or .tar.gz."), completion: .file())
    var output: String

    @Option(
        help: .value(
            "COMMAND",
            "Gets the signature's bytes on standard input and writes an RFC 3161 response to standard output; it is kept as bundle.tsr."
        ))
    var timestamp: String?

    @OptionGroup var mapping: MappingOption

    @Option(help: .value("NAME", "Who answers for the bills of materials: an organisation (default: Bessemer)."))
    var supplier: String?

    @Option(
        help: .value(
            "CONTACT",
            "Its mail address or https:// address; BSI TR-03183-2 does not accept bills of materials without."))
    var contact: String?

    @Option(
        help: .value(
            "PATH",
            "CVE records of the kernel, a file or a folder: what they mean for this run's kernels, as OpenVEX and CSAF."
        ),
        completion: .file())
    var cves: String?

    @Flag(help: "Replace a file that is there already.")
    var force = false

    @OptionGroup var keys: SignerOptions

    func validate() throws {
        try require(
            ArchiveCompression(name: output) != nil, "--output takes a name that ends in .tar.zst or .tar.gz.")
        try require(
            contact.map { $0.contains("@") || $0.hasPrefix("https://") } ?? true,
            "--contact takes a mail address or an address that begins with https://.")
    }

    func run(_ context: Context) async throws {
        guard let compression = ArchiveCompression(name: output) else { return }
        let file = context.path(output)
        try context.refuseToReplace(output, force: force)
        try context.requireEvidence()
        let store = try context.store()
        let signers = try await keys.signers(context)
        let controls = try mapping.read(context)
        context.progress(WorkProgress("reading the run"))
        let evidence = try await RunEvidence(run, in: store)
        let proven = try await ProvenEntry(evidence.entry, in: store)
        context.progress(WorkProgress("writing statements and documents"))
        let vex = try cves.map { try statements(on: CVEList(context.path($0)), of: evidence) } ?? []
        let bundle = try await evidence.bundle(
            log: proven.bundleFiles + vex, head: proven.checkpoint.head, mapping: controls, creator: creator,
            signers: signers,
            tool: Bessemer.program(), timestamp: timestamping())
        context.progress(WorkProgress("packing", detail: "\(bundle.files.count) files"))
        let archive = try bundle.archive(compression)
        let digest = Digest(of: archive)
        try AtomicFile.write(archive, to: file)
        context.say(
            "\(file): \(bundle.files.count) files of run \(evidence.run.identifier), \(archive.count >> 10) KiB, SHA-256 "
                + "\(digest)")
        let record = BundleRecord(
            run: evidence.run.identifier, name: file.lastComponent?.string ?? "", size: archive.count,
            archive: digest, keys: signers.map(\.publicKey.fingerprint))
        _ = try await context.recordWhereWritable(in: store) {
            try Entry.Draft(record, parents: [evidence.entry.digest])
        }
        for signer in signers {
            context.say("signed by the \(signer.publicKey.algorithm.rawValue) key \(signer.publicKey.fingerprint)")
        }
    }

    /// At the time of the run, so that the same list makes the same bundle.
    private func statements(on list: CVEList, of evidence: RunEvidence) throws -> [BundleFile] {
        let report = try VulnerabilityJudge(evidence, patchIdentifiers: .none).report(
            on: list, at: evidence.run.finishedAt, toolVersion: Bessemer.version)
        let documents = try VEXDocuments(
            report,
            by: VEXAuthor(
                name: creator.name,
                namespace: contact.flatMap { $0.hasPrefix("https://") ? $0 : nil } ?? "urn:bessemer:author:unknown"))
        return [BundleFile("vex/openvex.json", documents.openVEX), BundleFile("vex/csaf.json", documents.csaf)]
    }

    private var creator: BillCreator {
        BillCreator(name: supplier ?? BillCreator.bessemer.name, contact: contact)
    }

    private func timestamping() -> (([UInt8]) async throws -> [UInt8])? {
        guard let timestamp else { return nil }
        return { signature in
            let outcome = try await Command("/bin/sh", ["-c", timestamp]).capture(
                limit: 1 << 20, deadline: .seconds(120), input: signature)
            guard outcome.succeeded, !outcome.bytes.isEmpty, !outcome.truncated else {
                throw Failure(
                    "bundle.timestamp", "the time-stamping command ended with \(outcome.ending.text)",
                    advice: "it has to write an RFC 3161 response in DER, and nothing else, to standard output",
                    underlying: Redaction.text(outcome.error, ofShellCommand: timestamp))
            }
            return outcome.bytes
        }
    }
}

extension ProvenEntry {
    fileprivate var bundleFiles: [BundleFile] {
        [
            BundleFile(EvidenceBundle.Name.head, Array(checkpoint.text.utf8)),
            BundleFile(EvidenceBundle.Name.proof, sigsumProof), BundleFile("record.tlog-proof", tlogProof),
            BundleFile("policy", Array(policy.utf8)),
        ]
    }
}
