// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import Records
internal import Signing
internal import SystemPackage

extension SignatureAlgorithm: ExpressibleByArgument {}

/// The key of that algorithm by which this user's statements are signed where none is named.
struct AttestationKey {
    let algorithm: SignatureAlgorithm
    let file: FilePath

    init(_ algorithm: SignatureAlgorithm, in directories: Directories) {
        self.algorithm = algorithm
        let name = algorithm == .ed25519 ? "attestation.key" : "attestation.ml-dsa.key"
        file = directories.state.appending("keys").appending(name)
    }

    var isThere: Bool { Files.status(file, followingLinks: false) != nil }

    /// The private half. Throws `Failure` with code `key.missing` that says what to do, and as reading a key does.
    func key(_ context: Context) async throws -> PrivateKey {
        guard !isThere else { return try PrivateKey(file: file) }
        if let lost = try await recorded(in: context.evidence()) { throw missing(lost) }
        throw Failure(
            "key.missing", "there is no key \(file)", advice: "`\(command("generate"))` makes one")
    }

    /// The log names a key whose file is not there.
    func missing(_ key: KeyRecord) -> Failure {
        Failure(
            "key.missing", "the key \(key.fingerprint.short) that the evidence log names is not in \(file)",
            advice:
                "put it there again from a backup; where it is lost, `\(command("rotate --lost"))` records that and makes "
                + "a new one")
    }

    private func command(_ words: String) -> String {
        "bessemer key \(words)\(algorithm == .ed25519 ? "" : " --algorithm \(algorithm.rawValue)")"
    }

    /// One is there already.
    var exists: Failure {
        Failure(
            "key.exists", "\(file) is there already, and a key is never replaced",
            advice: "`\(command("rotate"))` makes a new one and records that")
    }

    /// Where a key is kept that is not used any more, or not yet.
    func path(of key: PublicKey) -> FilePath { key.keptFile(beside: file) }

    /// The last one that the log names; nil where it names none.
    func recorded(in store: SQLiteEvidenceStore?) async throws -> KeyRecord? {
        try await store?.find(EntryQuery(kind: .key)).lazy.compactMap { try $0.record(as: KeyRecord.self) }.first {
            $0.purpose == .attestation && $0.algorithm == algorithm.rawValue
        }
    }

    /// Puts a new key in the file's place and records it. `old` is the one whose place it takes; without `signer` that was
    /// lost. Both files are there at any time that a process can be killed.
    func put(_ new: PrivateKey, after old: PublicKey?, signer: PrivateKey?, _ context: Context) async throws {
        try Files.makeDirectory(file.removingLastComponent(), permissions: Files.ownFolder)
        let waiting = path(of: new.publicKey)
        try new.write(to: waiting)
        var replaced: KeyRecord.Replaced?
        if let old {
            var signature: String?
            if let signer { signature = try await KeyRecord.succession(of: new.publicKey, signedBy: signer) }
            replaced = .init(publicKey: old.pem, fingerprint: old.fingerprint, signature: signature)
        }
        try await context.record(
            KeyRecord(
                purpose: .attestation, algorithm: algorithm.rawValue, publicKey: new.publicKey.pem,
                fingerprint: new.publicKey.fingerprint, time: Date().formatted(.iso8601), replaced: replaced))
        if isThere { try Files.rename(file, to: old.map(path) ?? FilePath("\(file).unusable")) }
        try Files.rename(waiting, to: file)
    }
}

extension Context {
    /// Says which key it is, for who compares it with what another machine shows.
    func say(_ key: PublicKey, in file: FilePath) {
        say("\(file): \(key.algorithm.rawValue), fingerprint \(key.fingerprint)")
    }
}
