// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records
internal import Signing
internal import SystemPackage

/// `bessemer key list`.
struct KeyList: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List this user's keys, also those that others took the place of.",
        discussion: """
            Exit status: 1 where a key's file can't be used, or a key that the evidence log names is not there.

            Example: bessemer key list
            """)

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        try await context.finishKeyChanges()
        let store = try context.evidence()
        let log = KeyFile(context.logKey)
        var keys = Self.summaries(.log, log)
        if Files.obstacle(to: log.path) == nil, !log.isThere, let key = try await store?.trees().last?.key {
            keys.insert(Self.missing(.log, log.path, key), at: 0)
        }
        for algorithm in SignatureAlgorithm.allCases {
            let own = AttestationKey(algorithm, in: context.directories)
            if Files.obstacle(to: own.file) == nil, !own.isThere, let lost = try await own.recorded(in: store) {
                keys.append(Self.missing(.attestation, own.file, lost))
            }
            keys += Self.summaries(.attestation, own.key)
        }
        try context.show(keys, as: format.format)
        if keys.contains(where: { [.unusable, .missing].contains($0.state) }) { throw ExitCode(1) }
    }

    private static func missing(_ purpose: KeyRecord.Purpose, _ file: FilePath, _ key: PublicKey) -> KeySummary {
        KeySummary(
            purpose: purpose, state: .missing, file: file.string, algorithm: key.algorithm.rawValue,
            fingerprint: key.fingerprint)
    }

    private static func summaries(_ purpose: KeyRecord.Purpose, _ file: KeyFile) -> [KeySummary] {
        names(of: file).map { summary(purpose, $0, isCurrent: $0 == file.path) }
    }

    /// The file, if it is there, and those that were kept when others took its place.
    private static func names(of file: KeyFile) -> [FilePath] {
        // Said of the file itself where its folder may not be looked into.
        if Files.obstacle(to: file.path) != nil { return [file.path] }
        let folder = file.path.removingLastComponent()
        let name = file.path.lastComponent?.string ?? ""
        return Files.names(in: folder).filter { $0 == name || $0.hasPrefix("\(name).") }.sorted().map(folder.appending)
            .filter { $0 != file.waiting }
    }

    private static func summary(_ purpose: KeyRecord.Purpose, _ file: FilePath, isCurrent: Bool) -> KeySummary {
        do {
            let key = try PrivateKey(file: file).publicKey
            return KeySummary(
                purpose: purpose, state: isCurrent ? .current : .replaced, file: file.string,
                algorithm: key.algorithm.rawValue, fingerprint: key.fingerprint)
        } catch {
            return KeySummary(
                purpose: purpose, state: .unusable, file: file.string, algorithm: nil, fingerprint: nil,
                problem: ErrorWords.of(error))
        }
    }
}
