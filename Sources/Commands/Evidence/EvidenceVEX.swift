// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Attestation
internal import Documents
internal import Foundation
internal import Host
internal import Records

/// The formats that verdicts on vulnerabilities can have.
enum VEXFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json, html, markdown, openvex, csaf
}

/// `bessemer evidence vex`.
struct EvidenceVEX: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "vex", abstract: "Say what known vulnerabilities mean for the kernels of a run.",
        discussion: """
            Reads CVE records of the kernel's CVE authority, a file or a folder of them, that you bring: nothing is fetched. \
            A kernel is not affected only where none of a record's files went into it or its modules, or where the fix was \
            applied (--patch-ids); fixed, where its version has the fix; affected, where its version has the vulnerable code \
            and the code was compiled. Everything else is under investigation, with the reason.

            Exit status: 0 where each vulnerability is fixed or does not affect the kernels, 1 where one does, or is under \
            investigation.

            Examples:
              bessemer evidence vex 20261122T1015 --cves vulns/cve/published
              bessemer evidence vex 20261122T1015 --cves CVE-2026-31000.json \\
                  --format csaf --author "Example Bank" --namespace https://bank.example
            """)

    @Argument(
        help: .value("RUN", "A run's identifier, or its beginning."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var run: String

    @Option(help: .value("FOLDER|FILE", "CVE records (format 5)."), completion: .file())
    var cves: String

    @Option(
        help: .value("FILE", "Patch-ids of commits: what `git log -p RANGE | git patch-id --stable` prints."),
        completion: .file())
    var patchIds: String?

    @Option(help: .value("NAME", "Who says it, in the documents of VEX."))
    var author = "unknown"

    @Option(help: .value("URI", "An address that is the author's, in a CSAF document."))
    var namespace = "urn:bessemer:author:unknown"

    @Option(help: "How to write the answer to standard output.")
    var format: VEXFormat = .text

    func run(_ context: Context) async throws {
        guard let store = try context.evidence() else {
            throw Failure(
                "evidence.missing", "nothing is recorded, so nothing is known of any kernel",
                advice: "`bessemer pilot` makes a run and records it")
        }
        let author = try VEXAuthor(name: author, namespace: namespace)
        let evidence = try await RunEvidence(run, in: store, reading: .materials)
        let identifiers = try patchIds.map { try PatchIdentifiers(file: context.path($0)) } ?? .none
        let judge = try VulnerabilityJudge(evidence, patchIdentifiers: identifiers)
        let list = try CVEList(context.path(cves))
        let report = judge.report(on: list, at: Date(), toolVersion: Bessemer.version)
        switch format {
        case .openvex: context.writeBytes(try VEXDocuments(report, by: author).openVEX)
        case .csaf: context.writeBytes(try VEXDocuments(report, by: author).csaf)
        case .text, .json, .html, .markdown: try context.show(report, as: format) { "" }
        }
        if !report.isClear { throw ExitCode(1) }
    }
}
