// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records
internal import Signing
internal import SystemPackage

/// `bessemer key rotate`.
struct KeyRotate: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make a new key in an old one's place; an entry of the log says so.",
        discussion: """
            The old key signs the new one, and its file stays beside it. A new key of the log begins a new tree, whose first \
            entry holds the last head of the old one: whoever keeps heads needs the new key, too.

            Examples:
              bessemer key rotate
              bessemer key rotate --log
            """)

    @Option(help: "Of the key to change.")
    var algorithm: SignatureAlgorithm = .ed25519

    @Flag(help: "Change the key of the evidence log.")
    var log = false

    @Flag(help: "The old key is lost or was stolen, so it signs nothing.")
    var lost = false

    func validate() throws {
        try require(!log || algorithm == .ed25519, "The log's key is one of Ed25519.")
    }

    func run(_ context: Context) async throws {
        guard !log else {
            try context.requireEvidence()
            let entry = try await context.store().rotateLogKey(isLost: lost)
            let file = context.logKey
            context.say("recorded as entry \(entry.sequence) of the evidence log, the first of its new tree")
            return context.say(try PrivateKey(file: file).publicKey, in: file)
        }
        let file = AttestationKey(algorithm, in: context.directories)
        let lock = try file.key.lock()
        defer { withExtendedLifetime(lock) {} }
        try await file.settle(context)
        let signer = lost ? nil : try await file.settled(context)
        let old = lost ? try await file.recorded(in: context.evidence()) : signer?.publicKey
        guard let old else {
            throw Failure(
                "key.missing", "no key was in the place of \(file.file)",
                advice: "`bessemer key generate` makes the first")
        }
        let new = try PrivateKey(generating: algorithm)
        try await file.put(new, after: old, signer: signer, context)
        context.say(new.publicKey, in: file.file)
        context.write(new.publicKey.pem)
    }
}
