// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import Records
internal import Signing

/// `bessemer key generate`.
struct KeyGenerate: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Make a key to sign with; its file is for its owner alone.",
        discussion: """
            Without --output the key is the one that this user's statements are signed with, and an entry of the evidence log \
            names it; an ML-DSA-65 key there adds a second signature. The public half goes to standard output.

            Examples:
              bessemer key generate
              bessemer key generate --algorithm ml-dsa-65
              bessemer key generate --output audit.key > audit.pem
            """)

    @Option(help: .value("FILE", "Write the key there, and record nothing."), completion: .file())
    var output: String?

    @Option(help: "What to sign with.")
    var algorithm: SignatureAlgorithm = .ed25519

    func run(_ context: Context) async throws {
        let key = try PrivateKey(generating: algorithm)
        let file = AttestationKey(algorithm, in: context.directories)
        if let output {
            try key.write(to: context.path(output))
            context.say(key.publicKey, in: context.path(output))
        } else {
            if file.isThere { throw file.exists }
            if let lost = try await file.recorded(in: context.evidence()) { throw file.missing(lost) }
            try await file.put(key, after: nil, signer: nil, context)
            context.say(key.publicKey, in: file.file)
        }
        context.write(key.publicKey.pem)
    }
}
