// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import Foundation
internal import Host
internal import Signing
internal import SystemPackage

/// `bessemer evidence cosign`.
struct EvidenceCosign: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign",
        abstract: "Cosign the head of another machine's log, if it follows from the last one seen.",
        discussion: """
            Runs on a machine and with a key that the log's owner has no hand in. It remembers the last head that it cosigned \
            and refuses one that was cut off or rewritten since.

            Exit status: 0 cosigned, 1 where the log was rewritten, or was cut off as far as can be seen, 2 where the request is \
            older than what was cosigned, or a key can't be used.

            Example:
              bessemer evidence cosign lpar1.request --key audit.key --log-key lpar1.pem \\
                  --output lpar1.cosignature
            """)

    private static let kind: (name: String, isKind: @Sendable ([UInt8]) -> Bool) = (
        "a cosignature", { (try? NoteSignature.lines($0, from: "")) != nil }
    )

    @Argument(help: .value("REQUEST", "What `evidence head --since` wrote."), completion: .file())
    var request: String

    @Option(help: .value("KEY", "The private key of this cosigner (Ed25519)."), completion: .file())
    var key: String

    @Option(
        help: .value("PUB.pem", "The log's public key; needed for a log that was not cosigned here before."),
        completion: .file())
    var logKey: String?

    @Option(
        help: .value("FILE", "What was cosigned (default: cosigner.json below XDG_STATE_HOME)."), completion: .file())
    var state: String?

    @Option(help: .value("FILE", "Write the cosignature there, not to standard output."), completion: .file())
    var output: String?

    @Flag(help: "Replace any file that is there already, not a cosignature alone.")
    var force = false

    func run(_ context: Context) async throws {
        let cosigner = try PrivateKey(file: context.path(key))
        guard cosigner.algorithm == .ed25519 else {
            throw Failure(
                "key.unreadable", "\(key) can't cosign: it is not an Ed25519 key",
                advice: "`bessemer key generate --output FILE` makes one")
        }
        let request = try CosignRequest(try Files.bytes(context.path(request), limit: 1 << 20), from: request)
        guard !request.checkpoint.isSigned(by: cosigner.publicKey) else {
            throw Failure(
                "key.own", "\(key) is the log's own key: a log does not vouch for itself",
                advice: "cosign with a key of another machine's")
        }
        let logKey = try logKey.map(context.publicKey)
        // Before anything is taken for cosigned.
        if let output { try context.refuseToReplace(output, force: force, unless: Self.kind.name, Self.kind.isKind) }
        let file = state.map(context.path) ?? context.directories.state.appending("cosigner.json")
        try Files.makeDirectory(file.removingLastComponent(), permissions: Files.ownFolder)
        // Two requests at once must not both go on from the same head.
        let lock = try FolderLock(FilePath("\(file).lock"), doing: "cosigning")
        defer { withExtendedLifetime(lock) {} }
        var seen = CosignerState()
        if Files.status(file, followingLinks: false) != nil {
            seen = try CosignerState(try Files.bytes(file, limit: 1 << 26), from: file.string)
        }
        let time = Date()
        do {
            try seen.take(request, key: logKey, at: time)
        } catch let failure as Failure where ["cosign.rollback", "cosign.forked"].contains(failure.code) {
            context.say(failure.terminalText)
            throw ExitCode(1)
        }
        let line = try Cosignature.line(
            for: request.checkpoint, at: Int(time.timeIntervalSince1970), by: cosigner)
        // Before the answer: what was cosigned must never be forgotten.
        try AtomicFile.write(seen.bytes, to: file, permissions: AtomicFile.own)
        try context.put(line.line, output, force: force, replacing: Self.kind.name, Self.kind.isKind)
    }
}
