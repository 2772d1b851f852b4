// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
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
              bessemer key public --log > lpar1.pem
            """)

    @Argument(
        help: .value("FILE", "A private or a public key (default: this user's, for statements)."), completion: .file())
    var file: String?

    @Flag(help: "The key of the evidence log.")
    var log = false

    @Flag(help: "Write it as OpenSSH does, not as PEM.")
    var openssh = false

    func validate() throws {
        try require(file == nil || !log, "Give either a file or --log.")
    }

    func run(_ context: Context) async throws {
        if file == nil { try await context.finishKeyChanges() }
        let state = context.directories.state
        let path =
            file.map(context.path)
            ?? (log
                ? state.appending(LogKeyFile.fileName) : AttestationKey(.ed25519, in: context.directories).file)
        let key: PublicKey
        if file != nil, let read = try? context.publicKey(path.string) {
            key = read
        } else {
            key = try PrivateKey(file: path).publicKey
        }
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
}
