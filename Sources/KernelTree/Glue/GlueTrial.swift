// SPDX-License-Identifier: Apache-2.0
internal import Host
internal import Records
internal import Sandbox
internal import SystemPackage

/// A series, applied to copies of the files that it touches, outside the tree and any repository.
struct GlueTrial: Sendable {
    struct File: Sendable {
        let path: String
        /// nil where the series makes the file.
        let before: TreeFiles.Content?
        let after: TreeFiles.Content
    }

    let series: GlueSeries
    /// The patches as they are, in their order.
    let patches: [[UInt8]]
    let outcome: Result

    enum Result: Sendable {
        case applies([File])
        /// What git said of the first hunk that does not.
        case fails(String)
    }

    /// Throws `Failure`: `glue.series`, `tree.not-a-file`, `tree.git`.
    init(_ name: String, in glue: FilePath, to tree: KernelTree, sandbox: SandboxRoot) async throws {
        let folder = glue.pushing(FilePath(name))
        let names = try GlueSeries.files(of: name, in: glue)
        let patches = try names.map { try Files.bytes(folder.appending($0)) }
        let touched = try zip(names, patches).map {
            try GlueSeries.touches(of: String(decoding: $1, as: UTF8.self), named: "\(folder)/\($0)")
        }
        let source = TreeFiles(folder: tree.path)
        let paths = Set(touched.joined()).sorted()
        let before = try paths.map { try source.read($0) }
        let (identifiers, outcome) = try await ScratchFolder.with { scratch in
            let copy = TreeFiles(folder: scratch.appending("tree"))
            try Files.makeDirectory(copy.folder)
            try Self.write(patches, to: scratch.appending("patches"))
            for (path, content) in zip(paths, before) {
                if let content { try copy.write(.init(bytes: content.bytes, mode: content.mode | 0o600), to: path) }
            }
            let git = SandboxedGit(
                sandbox: sandbox,
                mounts: [
                    Mount(scratch.appending("patches"), at: "/mnt/patches"),
                    Mount(copy.folder, at: "/mnt/work", writable: true),
                ], workingDirectory: "/mnt/work")
            let result = try await git.run(Self.script, ["\(patches.count)"])
            let lines = result.output.split(separator: "\n").map(String.init)
            let identifiers = lines.filter(GitRepository.isName)
            guard identifiers.count == patches.count else {
                throw Failure(
                    "glue.series", "\(folder) holds what is not a patch",
                    advice: "take the series from Bessemer's own sources", underlying: String(result.error.suffix(2000))
                )
            }
            guard result.succeeded, lines.last == "applied" else {
                let reason = result.error.split(separator: "\n").first.map(String.init)
                return (identifiers, Result.fails(reason ?? "does not apply"))
            }
            let files = try zip(paths, before).map { path, before in
                guard let after = try copy.read(path) else {
                    throw Failure(
                        "glue.series", "\(folder) does not leave \(path)",
                        advice: "take the series from Bessemer's own sources")
                }
                // git knows no more of a file's mode than whether it can be run.
                let runs = after.mode & 0o111 != 0
                let mode = before.flatMap { runs == ($0.mode & 0o111 != 0) ? $0.mode : nil } ?? (runs ? 0o755 : 0o644)
                return File(path: path, before: before, after: .init(bytes: after.bytes, mode: mode))
            }
            return (identifiers, Result.applies(files))
        }
        self.patches = patches
        self.outcome = outcome
        series = GlueSeries(
            name: name,
            patches: names.indices.map { index in
                GlueSeries.Patch(
                    file: names[index],
                    subject: GlueSeries.subject(of: String(decoding: patches[index], as: UTF8.self)),
                    sha256: Digest(of: patches[index]), identifier: identifiers[index], touches: touched[index])
            })
    }

    /// Writes the patches as `0`, `1`, …
    static func write(_ patches: [[UInt8]], to folder: FilePath) throws {
        try Files.makeDirectory(folder)
        for (index, patch) in patches.enumerated() { try AtomicFile.write(patch, to: folder.appending("\(index)")) }
    }

    /// The patches' identifiers, then `applied` where all of them, one after the other, can be applied.
    private static let script = """
        for ((index = 0; index < $1; index++)); do
            git patch-id --stable < /mnt/patches/$index | head --lines=1 | cut --delimiter=' ' --fields=1
        done
        for ((index = 0; index < $1; index++)); do
            git apply --whitespace=nowarn /mnt/patches/$index || exit 1
        done
        echo applied
        """
}
