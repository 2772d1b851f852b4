// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Signing
internal import SystemPackage

/// `bessemer key public`.
struct KeyPublic: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "public", abstract: "Write the public half of a key, for who checks what it signs.",
        discussion: """
            The fingerprint goes to standard error: it is what `openssl pkey -pubin -outform DER | sha256sum` prints.

            Examples:
              bessemer key public > lpar1-attestation.pem
              bessemer key public --algorithm ml-dsa-65 > lpar1-ml-dsa.pem
              bessemer key public --log > lpar1.pem
            """)

    @Argument(
        help: .value("FILE", "A private or a public key (default: this user's, for statements)."), completion: .file())
    var file: String?

    @Option(help: "Which of this user's keys for statements.")
    var algorithm: SignatureAlgorithm?

    @Flag(help: "The key of the evidence log.")
    var log = false

    @Flag(help: "Write it as OpenSSH does, not as PEM.")
    var openssh = false

    func validate() throws {
        try require(
            [file != nil, log, algorithm != nil].count(where: \.self) < 2, "Give one of a file, --log and --algorithm.")
    }

    func run(_ context: Context) async throws {
        if file == nil { try await context.finishKeyChanges() }
        let (path, key) = try await key(context)
        if openssh {
            guard let line = key.openSSH else {
                throw Failure(
                    "key.openssh", "OpenSSH has no form for a key of \(key.algorithm.rawValue)",
                    advice: "leave --openssh out")
            }
            context.write("\(line)\n")
        } else {
            context.write(key.pem)
        }
        context.say(key, in: path)
    }

    private func key(_ context: Context) async throws -> (FilePath, PublicKey) {
        if let file {
            let path = context.path(file)
            return (path, try (try? context.publicKey(file)) ?? PrivateKey(file: path).publicKey)
        }
        guard log else {
            let own = AttestationKey(algorithm ?? .ed25519, in: context.directories)
            return (own.file, try await own.settled(context).publicKey)
        }
        let own = LogKeyFile(context.logKey)
        // Of a log that has a key it says which one is missing.
        if let key = try await context.evidence()?.trees().last?.key {
            return (own.path, try own.key(of: key).publicKey)
        }
        guard Files.exists(own.path) else { throw Context.nothingRecorded }
        return (own.path, try PrivateKey(file: own.path).publicKey)
    }
}
