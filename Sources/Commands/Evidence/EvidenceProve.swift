// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records
internal import Signing
internal import SystemPackage

/// `bessemer evidence prove`.
struct EvidenceProve: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Write the proof that an entry is in the log, for tools that are not Bessemer.",
        discussion: """
            Writes the entry's statement, its proof in Sigsum's form and as a C2SP tlog-proof, the log's public key, and a \
            policy for sigsum-verify (Debian: sigsum-go). The proof goes to the newest head that was cosigned, where that \
            covers the entry. Who checks it takes key and policy from elsewhere, not from this folder.

            Example: bessemer evidence prove 17 --output proof
            """)

    @Argument(
        help: .value("ENTRY", "An entry's number, or the beginning of its SHA-256; or a run's identifier."),
        completion: .custom { _, _, _ in RunCompletion.identifiers() })
    var name: String

    @Option(help: .value("FOLDER", "Where to write the files (default: entry-N)."), completion: .directory)
    var output: String?

    @Flag(help: "Write into a folder that is not empty, too.")
    var force = false

    func run(_ context: Context) async throws {
        try context.requireEvidence()
        let store = try context.store()
        let entry = try await store.entry(ofName: name)
        let proven = try await ProvenEntry(entry, in: store)
        let stem = "entry-\(entry.sequence)"
        let folder = output ?? stem
        try context.refuseToReplace(folder, force: force)
        try Files.makeDirectory(context.path(folder))
        for (name, bytes) in [
            ("\(stem).json", entry.statement), ("\(stem).sigsum-proof", proven.sigsumProof),
            ("\(stem).tlog-proof", proven.tlogProof), ("log.pub", Array("\(proven.openSSH) bessemer-log\n".utf8)),
            ("log.pem", Array(proven.key.pem.utf8)), ("policy", Array(proven.policy.utf8)),
        ] {
            try AtomicFile.write(bytes, to: context.path(folder).appending(name))
        }
        context.say(
            "\(folder) proves entry \(entry.sequence) in the log of size \(proven.checkpoint.head.size); check it with\n"
                + "  cd \(folder) && sigsum-verify -k log.pub -p policy \(stem).sigsum-proof < \(stem).json")
    }
}
