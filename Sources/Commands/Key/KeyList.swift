// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Documents
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
            Exit status: 1 where a key's file can't be used.

            Example: bessemer key list
            """)

    @OptionGroup var format: FormatOption

    func run(_ context: Context) async throws {
        try await context.finishKeyChanges()
        let state = context.directories.state
        let files =
            [(KeyRecord.Purpose.log, KeyFile(state.appending(LogKeyFile.fileName)))]
            + SignatureAlgorithm.allCases.map { (.attestation, AttestationKey($0, in: context.directories).key) }
        let keys = files.flatMap { purpose, file in
            Self.names(of: file).map { Self.summary(purpose, $0, isCurrent: $0 == file.path) }
        }
        try context.show(keys, as: format.format)
        if keys.contains(where: { $0.state == .unusable }) { throw ExitCode(1) }
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
