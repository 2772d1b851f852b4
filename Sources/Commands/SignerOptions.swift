// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Host
internal import Signing
internal import SystemPackage

/// Whose signatures a command makes.
struct SignerOptions: ParsableArguments {
    @Option(help: .value("FILE", "Private key to sign with (default: the one of `bessemer key generate`)."), completion: .file())
    var key: String?

    /// Throws `Failure` with codes `key.missing`, `key.unsafe` and `key.unreadable`.
    func signers(_ context: Context) throws -> [any Signer] {
        [try PrivateKey(file: key.map(context.path) ?? context.directories.state.appending("keys/attestation.key"))]
    }
}
