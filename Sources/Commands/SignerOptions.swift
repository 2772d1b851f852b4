// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import Signing

/// Who signs what a command writes.
struct SignerOptions: ParsableArguments {
    @Option(
        help: .value(
            "KEY",
            "Sign with the key in that file; may be given once for each algorithm (default: this user's keys, `bessemer key list`)."
        ), completion: .file())
    var key: [String] = []

    @Option(
        help: .value(
            "COMMAND",
            "A program that signs: it gets the bytes on standard input and writes the signature on standard output."))
    var signer: String?

    @Option(help: .value("PUB.pem", "The public key of --signer."), completion: .file())
    var `public`: String?

    func validate() throws {
        try require((signer == nil) == (`public` == nil), "--signer and --public belong together.")
        try require(signer == nil || key.isEmpty, "Give either --key or --signer.")
    }

    /// Who says something in their own name, by an Ed25519 key: one key stands for a person. Throws as `signers` does.
    func person(_ context: Context) async throws -> any Signer {
        guard let signer = try await signers(context).first else {
            throw Failure("key.missing", "no key is named", advice: "`bessemer key generate` makes one")
        }
        return signer
    }

    /// In the order of their signatures: Ed25519 first. Throws `Failure` with codes `key.missing`, `key.unsafe`,
    /// `key.unreadable` and `key.twice`.
    func signers(_ context: Context) async throws -> [any Signer] {
        if let signer, let `public` {
            return [CommandSigner(signer, publicKey: try context.publicKey(`public`))]
        }
        guard key.isEmpty else {
            let keys = try key.map { try PrivateKey(file: context.path($0)) }
            guard Set(keys.map(\.algorithm)).count == keys.count else {
                throw Failure(
                    "key.twice", "two keys of one algorithm are named", advice: "give --key once for each algorithm")
            }
            return SignatureAlgorithm.allCases.flatMap { algorithm in keys.filter { $0.algorithm == algorithm } }
        }
        let first = try await AttestationKey(.ed25519, in: context.directories).current(context)
        let second = AttestationKey(.mldsa65, in: context.directories)
        try await second.finishChange(context)
        // One that was lost does not go missing from what is signed without a word.
        let isRecorded = try await second.recorded(in: context.evidence()) != nil
        return second.isThere || isRecorded ? [first, try await second.current(context)] : [first]
    }
}
