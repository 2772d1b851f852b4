// SPDX-License-Identifier: Apache-2.0
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Foundation
internal import Host
internal import KernelTree
internal import Records
internal import Sandbox
internal import SystemPackage

/// What a command takes from the world around it; tests make their own.
struct Context: Sendable {
    var environment: [String: String]
    var directories: Directories
    var workingDirectory: FilePath
    /// What standard output can show.
    var output: Terminal
    var progress: ProgressSink
    /// Writes results, or a file's bytes; machine output goes here alone.
    var writeBytes: @Sendable ([UInt8]) -> Void
    /// Writes talk for people.
    var say: @Sendable (String) -> Void

    /// Throws `Failure` with code `home.unknown`.
    static func ofProcess() throws -> Context {
        let environment = ProcessInfo.processInfo.environment
        let console = Console.ofProcess
        return Context(
            environment: environment, directories: try Directories.ofUser(environment: environment),
            workingDirectory: FilePath(FileManager.default.currentDirectoryPath), output: console.output,
            progress: { console.show($0) }, writeBytes: { console.write($0) }, say: { console.say($0) })
    }

    func write(_ text: String) { writeBytes(Array(text.utf8)) }

    /// The path of the file that the system opens by that name, from the working directory; empty for an empty name.
    ///
    /// `..` after a folder takes the folder away; after a link it stays, for there it leads to the parent of the target.
    func path(_ text: String) -> FilePath {
        let given = FilePath(text)
        guard !given.isAbsolute, !given.isEmpty else { return given }
        var path = workingDirectory
        for component in given.components {
            switch component.kind {
            case .currentDirectory: continue
            case .parentDirectory where path.components.isEmpty: continue
            case .parentDirectory where isFolder(path): path.removeLastComponent()
            default: path.append(component)
            }
        }
        return path
    }

    /// Whether a path's last part is a folder itself, and no link to one.
    private func isFolder(_ path: FilePath) -> Bool {
        guard path.lastComponent?.kind == .regular else { return false }
        return Files.status(path, followingLinks: false).map { $0.st_mode & S_IFMT } == S_IFDIR
    }

    /// A folder of kernel source. Throws `Failure` that tells a version and an empty name from a folder.
    func tree(_ name: String) throws -> KernelTree {
        guard !name.isEmpty else {
            throw Failure(
                "tree.not-a-kernel", "the name of the kernel source is empty",
                advice: "name the top folder of a kernel source, e.g. ~/linux")
        }
        let path = path(name)
        guard Files.exists(path) || !KernelTree.isVersion(name) else {
            throw Failure(
                "tree.not-a-kernel", "\(name) is a kernel version, and there is no folder of that name",
                advice: "name the top folder of a kernel source, e.g. ~/linux")
        }
        return try KernelTree(at: path)
    }

    /// Writes an answer.
    func show(_ value: some Presentable, as format: OutputFormat) throws {
        write(try format.text(of: value, for: output.style, book: .ofBessemer))
    }

    /// Writes an answer in a format that every answer can have, or as `other` writes it.
    func show(
        _ value: some Presentable, as format: some RawRepresentable<String>, or other: () throws -> String
    ) throws {
        if let plain = OutputFormat(rawValue: format.rawValue) { return try show(value, as: plain) }
        write(try other())
    }

    /// Writes findings of rules of those families.
    func sarif(_ families: [RuleBook.Family]) -> SARIFPrinter {
        SARIFPrinter(version: Bessemer.version, book: RuleBook(families: families))
    }

    /// Puts a record into the evidence log with the files that it keeps, and says which entry it is.
    func record(
        _ record: some RecordBody, about subjects: [Subject] = [], files: [(name: String, path: FilePath)] = []
    ) async throws {
        let store = try store()
        var blobs: [Subject] = []
        for file in files { blobs.append(Subject(file.name, try await store.put(try Files.bytes(file.path)))) }
        let entry = try await store.append(try Entry.Draft(record, about: subjects, blobs: blobs))
        say("recorded as entry \(entry.sequence) of the evidence log")
    }

    /// Records what is worth having without its entry, too, and says which entry it is; nil where the log is read-only.
    func recordWhereWritable(
        in store: SQLiteEvidenceStore, _ draft: () async throws -> Entry.Draft
    ) async throws -> Entry? {
        do {
            let entry = try await store.append(try await draft())
            say("recorded as entry \(entry.sequence) of the evidence log")
            return entry
        } catch let failure as Failure where failure.code == "evidence.read-only" {
            say("not recorded: \(failure.message)")
            return nil
        }
    }

    /// Where the log's key is.
    var logKey: FilePath { directories.state.appending(LogKeyFile.fileName) }

    /// By what Bessemer knows again what it wrote itself.
    func sealingKey() throws -> SealingKey { try SealingKey(file: directories.state.appending("seal.key")) }

    /// What this user's sandboxes are made of.
    var sandboxes: SandboxStore { SandboxStore(cache: directories.cache) }

    /// The evidence file of this user, to be read; nil where nothing has been recorded yet.
    func evidence() throws -> SQLiteEvidenceStore? {
        try .reading(
            directories.state.appending(SQLiteEvidenceStore.fileName), settings: .ofBessemer(directories.state))
    }

    /// The evidence file of this user, which is made where there is none.
    func store() throws -> SQLiteEvidenceStore {
        // Of a file system that can't be written what is there can be read; recording says why it does not.
        if FileManager.default.fileExists(atPath: directories.state.string),
            !FileManager.default.isWritableFile(atPath: directories.state.string), let reading = try evidence()
        {
            return reading
        }
        try Files.makeDirectory(directories.state, permissions: Files.ownFolder)
        let store = try SQLiteEvidenceStore(
            path: directories.state.appending(SQLiteEvidenceStore.fileName), settings: .ofBessemer(directories.state))
        if (try? store.finishKeyChange()) == true {
            sayKeyIsInPlace(logKey)
        }
        if let obstacle = try store.obstacleToLeaves() {
            say(
                "what is recorded does not get into the log's signed tree: \(obstacle.message)\n  what to do: \(obstacle.advice)"
            )
        }
        return store
    }
}

extension StoreSettings {
    /// Of this program; the log's key is in that folder.
    static func ofBessemer(_ state: FilePath) -> StoreSettings {
        StoreSettings(
            recorder: "bessemer \(Bessemer.version)", projection: RecordTables(),
            log: LogKeyFile(state.appending(LogKeyFile.fileName)))
    }
}
