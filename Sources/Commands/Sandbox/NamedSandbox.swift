// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Sandbox
internal import SystemPackage

/// A sandbox by its name: a specification `NAME.yaml`, and beside it `NAME.lock.json` with the versions that were chosen.
struct NamedSandbox {
    let name: String
    private let folder: FilePath

    static let standard = "standard"

    /// Looks in `Locks` of the working folder, then among those that come with Bessemer; a name with a slash, or with the
    /// ending of one of the two files, is a path.
    ///
    /// Throws `Failure` with code `sandbox.unknown` that tells the names there are.
    init(_ text: String, _ context: Context) throws {
        let endings = [Self.specificationEnding, Self.lockEnding]
        let ending = endings.first(where: text.hasSuffix)
        let name = String((text.split(separator: "/").last ?? "").dropLast(ending?.count ?? 0))
        let isPath = text.contains("/") || ending != nil
        let folders = isPath ? [context.path(text).removingLastComponent()] : Self.folders(context)
        guard SandboxSpecification.isName(name),
            let folder = folders.first(where: { folder in
                endings.contains { Files.exists(folder.appending(name + $0)) }
            })
        else {
            let known = Set(folders.flatMap(Self.names)).sorted()
            throw Failure(
                "sandbox.unknown", "there is no sandbox \(text): neither \(name).yaml nor \(name).lock.json was found",
                advice: known.isEmpty
                    ? "write a specification, as Bessemer's Locks/standard.yaml is, and name its file"
                    : "name one of \(known.joined(separator: ", ")), or the file of another specification")
        }
        self.name = name
        self.folder = folder
    }

    private static let specificationEnding = ".yaml"
    private static let lockEnding = ".lock.json"

    /// Where names are looked for.
    private static func folders(_ context: Context) -> [FilePath] {
        [context.workingDirectory.appending("Locks"), try? SharedFolder.path("Locks")].compactMap(\.self)
    }

    /// Of the sandboxes of a folder.
    private static func names(in folder: FilePath) -> [String] {
        Files.names(in: folder).compactMap { file in
            [specificationEnding, lockEnding].first(where: file.hasSuffix).map { String(file.dropLast($0.count)) }
        }.filter(SandboxSpecification.isName)
    }

    /// All that may be named here, for completion.
    static func names(_ context: Context) -> [String] { Set(folders(context).flatMap(names)).sorted() }

    var lockPath: FilePath { folder.appending(name + Self.lockEnding) }
    private var specificationPath: FilePath { folder.appending(name + Self.specificationEnding) }

    /// nil where there is only a lock. Throws `Failure` with code `specification.unreadable`.
    func specification() throws -> SandboxSpecification? {
        Files.exists(specificationPath)
            ? try SandboxSpecification(contentsOf: specificationPath) : try lock()?.specification
    }

    /// The lock beside the specification; nil where there is none. Throws `Failure` with code `lock.unreadable`.
    func lock() throws -> SandboxLock? {
        Files.exists(lockPath) ? try SandboxLock(contentsOf: lockPath) : nil
    }
}
