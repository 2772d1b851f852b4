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
    let key: KeyFile
    var file: FilePath { key.path }

    init(_ algorithm: SignatureAlgorithm, in directories: Directories) {
        self.algorithm = algorithm
        let name = algorithm == .ed25519 ? "attestation.key" : "attestation.ml-dsa.key"
        key = KeyFile(directories.state.appending("keys").appending(name))
    }

    var isThere: Bool { key.isThere }

    /// The one in force: the last that the log names where it is there, else what the file holds. Throws `Failure` with code
    /// `key.missing` that says what to do, and as reading a key does.
    func current(_ context: Context) async throws -> PrivateKey {
        try await finishChange(context)
        return try await settled(context)
    }

    /// The same where no change waits to be finished.
    func settled(_ context: Context) async throws -> PrivateKey {
        let recorded = try await recorded(in: context.evidence())
        if let recorded, let key = try? key.key(of: recorded) { return key }
        // What may not be looked at is not missing.
        guard !isThere, Files.obstacle(to: file) == nil else { return try PrivateKey(file: file) }
        if let recorded { throw missing(recorded) }
        throw Failure("key.missing", "there is no key \(file)", advice: "`\(command("generate"))` makes one")
    }

    /// The log names a key whose file is not there.
    func missing(_ key: PublicKey) -> Failure {
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

    /// The last one that the log names; nil where it names none.
    func recorded(in store: SQLiteEvidenceStore?) async throws -> PublicKey? {
        let records = try await store?.find(EntryQuery(kind: .key)).lazy.compactMap {
            try $0.record(as: KeyRecord.self)
        }
        let last = records?.first { $0.purpose == .attestation && $0.algorithm == algorithm.rawValue }
        return try last.map { try PublicKey(pem: $0.publicKey, from: "the evidence log") }
    }

    /// Finishes a change of the key that was cut short, as `settle` does. A change that another process is at work on stays
    /// its own, and what can't be written now is left for the next time.
    func finishChange(_ context: Context) async throws {
        guard key.isUnsettled(try await recorded(in: context.evidence())), let lock = try? key.lock() else { return }
        defer { withExtendedLifetime(lock) {} }
        _ = try? await settle(context)
    }

    /// Finishes a change of the key that was cut short and says so, or forgets it where the log does not name the new key
    /// yet. Returns whether there was one to finish. Call it with the key's lock held.
    @discardableResult
    func settle(_ context: Context) async throws -> Bool {
        guard try key.settle(try await recorded(in: context.evidence())) else { return false }
        context.sayKeyIsInPlace(file)
        return true
    }

    /// Records a new key and puts it in the file's place. `old` is the one that it takes the place of; without `signer` that was
    /// lost. Call it with the key's lock held.
    func put(_ new: PrivateKey, after old: PublicKey?, signer: PrivateKey?, _ context: Context) async throws {
        try key.prepare(new)
        do {
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
        } catch {
            // Whether it was recorded is what the log says, and not the error.
            _ = try? key.settle(try await recorded(in: context.evidence()))
            throw error
        }
        do {
            try key.settle(new.publicKey)
        } catch let failure as Failure {
            throw failure.aboutUnsettledKey(file)
        }
    }
}

extension Context {
    /// Says which key it is, for who compares it with what another machine shows.
    func say(_ key: PublicKey, in file: FilePath) {
        say("\(file): \(key.algorithm.rawValue), fingerprint \(key.fingerprint)")
    }

    /// Says that a change of keys was finished that an earlier command did not live to end.
    func sayKeyIsInPlace(_ file: FilePath) {
        say("finished a change of keys that was cut short: \(file) holds the key that the evidence log names")
    }

    /// The same for each of this user's keys.
    func finishKeyChanges() async throws {
        if let store = try evidence(), (try? store.finishKeyChange()) == true {
            sayKeyIsInPlace(logKey)
        }
        for algorithm in SignatureAlgorithm.allCases {
            try await AttestationKey(algorithm, in: directories).finishChange(self)
        }
    }
}
