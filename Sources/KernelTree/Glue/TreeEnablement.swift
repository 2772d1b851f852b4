// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
public import SystemPackage

/// Gives a kernel tree the s390 side of Rust support, or the fixes that it needs, by a patch series, and takes it out again.
///
/// A git repository gets a branch with a commit a patch, any other folder the changes themselves and a record of them. All
/// checks come before the first change; what then still goes wrong is undone.
public struct TreeEnablement: Sendable {
    public let tree: KernelTree
    /// The folder that holds the series.
    public let glue: FilePath

    public init(tree: KernelTree, glue: FilePath) {
        self.tree = tree
        self.glue = glue
    }

    private static let branchPrefix = "bessemer/glue-"
    private var isRepository: Bool { Files.exists(tree.path.appending(".git")) }
    private var recordFolder: FilePath { tree.path.appending(GlueRecord.folder) }

    // MARK: Enable

    /// Applies the series of that name, or the one that fits where none is named: a series of fixes to a tree that has
    /// support.
    ///
    /// Throws `Failure`: `glue.present`, `glue.dirty`, `glue.line-ends`, `glue.read-only`, `glue.no-series` with the first
    /// hunk that does not apply, `glue.several`, `glue.series`. The tree is then what it was.
    public func enable(series name: String? = nil, isDryRun: Bool = false) async throws -> GlueChange {
        let isReady = try refusePresent()
        try await refuseDirty()
        guard let series = try await choose(name, isReady: isReady) else {
            throw Failure(
                "glue.present", "\(tree.path) has all of s390 Rust support, and no series of fixes is for it",
                advice: "there is nothing to do")
        }
        try refuseUnwritable(series)
        if isDryRun { return change(.enabled, series, isRepository ? branch(series) : nil, isDryRun: true) }
        if isRepository {
            try await commit(series)
            return change(.enabled, series, branch(series))
        }
        try await apply(series)
        return change(.enabled, series, nil)
    }

    /// The series of fixes that `enable` would apply to this tree; nil where the tree lacks support, or none fits.
    public func fixes() async throws -> GlueSeries? {
        guard tree.status().isReady, !Files.exists(recordFolder) else { return nil }
        return try await choose(nil, isReady: true)
    }

    private func change(_ kind: GlueChange.Kind, _ series: GlueSeries, _ branch: String?, isDryRun: Bool = false)
        -> GlueChange
    {
        GlueChange(
            kind: kind, tree: tree.path.string, version: tree.version, series: series, branch: branch,
            isDryRun: isDryRun, status: tree.status())
    }

    /// Whether the tree has support; throws where it has a part of it, or a series already.
    private func refusePresent() throws -> Bool {
        if Files.exists(recordFolder) {
            throw Failure(
                "glue.present", "\(tree.path) is enabled already", advice: "`bessemer tree disable` takes that out")
        }
        let status = tree.status()
        let present = status.found
        guard present.isEmpty || status.isReady else {
            let places = present.map { piece in
                let place = piece.evidence.first.map { " (\($0.file):\($0.line))" } ?? ""
                return piece.title + place
            }
            throw Failure(
                "glue.present",
                "\(tree.path) has \(present.count) of the pieces already: \(places.joined(separator: ", "))",
                advice: "take a half-applied series out first, or use a pristine tree"
            )
        }
        return status.isReady
    }

    private func refuseDirty() async throws {
        guard isRepository else { return }
        let folder = try await git(["rev-parse", "--absolute-git-dir"]).trimmed
        for name in ["rebase-apply", "rebase-merge", "MERGE_HEAD", "CHERRY_PICK_HEAD"]
        where Files.exists(FilePath(folder).appending(name)) {
            throw Failure(
                "glue.dirty", "\(tree.path) is in the middle of another operation (\(name))",
                advice: "end it first: `git status` says how")
        }
        let changed = try await git(["status", "--porcelain", "--untracked-files=no"]).split(separator: "\n")
        guard changed.isEmpty else {
            throw Failure(
                "glue.dirty",
                "\(tree.path) has changes that are not committed: \(changed.prefix(3).joined(separator: ","))",
                advice: "commit or stash them")
        }
    }

    /// The series whose every hunk applies; nil where the tree has support, no fixes fit, and none were named.
    private func choose(_ name: String?, isReady: Bool) async throws -> GlueSeries? {
        let all = try GlueSeries.names(in: glue)
        let wanted = all.filter { GlueSeries.isOffered($0, asked: name, isReady: isReady) }
        if name == nil, isReady, wanted.isEmpty { return nil }
        guard !wanted.isEmpty else {
            throw Failure(
                "glue.no-series", "there is no series \(name ?? "")",
                advice: "the series are \(all.joined(separator: ", "))")
        }
        var fitting: [GlueSeries] = []
        var reasons: [String] = []
        for name in wanted {
            let series = try await GlueSeries(named: name, in: glue)
            try refuseLineEnds(series)
            let outcome = try await check(series)
            if outcome.succeeded {
                fitting.append(series)
            } else {
                reasons.append("\(series.name): \(outcome.error.split(separator: "\n").first ?? "does not apply")")
            }
        }
        guard let series = fitting.first else {
            if name == nil, isReady { return nil }
            throw Failure(
                "glue.no-series", "no series fits \(tree.path) (Linux \(tree.version)); nothing was changed",
                advice: "use a pristine tree of 6.12.y, or one of 7.1 whose generic code is complete",
                underlying: reasons.joined(separator: "\n"))
        }
        guard fitting.count == 1 else {
            throw Failure(
                "glue.several", "\(fitting.map(\.name).joined(separator: " and ")) both fit \(tree.path)",
                advice: "name one with --series")
        }
        return series
    }

    private func refuseLineEnds(_ series: GlueSeries) throws {
        for file in series.touches {
            guard let bytes = tree.bytes(file), let end = bytes.firstIndex(of: UInt8(ascii: "\n")), end > 0,
                bytes[end - 1] == UInt8(ascii: "\r")
            else { continue }
            throw Failure(
                "glue.line-ends", "\(tree.path)/\(file) has Windows line ends",
                advice: "check the tree out with `core.autocrlf` set to false")
        }
    }

    private func refuseUnwritable(_ series: GlueSeries) throws {
        for file in series.touches {
            var path = tree.path.pushing(FilePath(file))
            while !Files.exists(path) { path.removeLastComponent() }
            for place in [path, path.removingLastComponent()]
            where !FileManager.default.isWritableFile(atPath: place.string) {
                throw Failure(
                    "glue.read-only", "\(place) can't be written", advice: "copy the tree to a folder of your own")
            }
        }
    }

    // MARK: Without git

    private func apply(_ series: GlueSeries) async throws {
        let before = save(series.touches)
        do {
            try Files.makeDirectory(recordFolder)
            for patch in series.patches {
                try AtomicFile.write(
                    Files.text(folder(of: series).appending(patch.file)),
                    to: recordFolder.appending(patch.file))
            }
            try await apply(series.patches, [])
            keepModes(before)
            let files = try before.map { saved in
                GlueRecord.File(
                    path: saved.file, before: saved.bytes.map { Digest(of: $0) },
                    after: try Digest(ofFile: tree.path.pushing(FilePath(saved.file))))
            }
            try AtomicFile.write(
                json: GlueRecord(series: series, files: files), to: recordFolder.appending(GlueRecord.name))
        } catch {
            restore(before)
            try? Files.remove(recordFolder)
            throw error
        }
    }

    /// A file as it was, for the case that a change fails half-way.
    private struct Saved {
        let file: String
        let bytes: [UInt8]?
        let mode: Any?
    }

    private func save(_ files: [String]) -> [Saved] {
        files.map { file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: tree.path.string + "/" + file)
            return Saved(file: file, bytes: tree.bytes(file), mode: attributes?[.posixPermissions])
        }
    }

    private func restore(_ saved: [Saved]) {
        for one in saved where tree.bytes(one.file) != one.bytes {
            let path = tree.path.pushing(FilePath(one.file))
            guard let bytes = one.bytes else {
                try? Files.remove(path)
                continue
            }
            try? Data(bytes).write(to: URL(fileURLWithPath: path.string))
        }
        keepModes(saved)
    }

    /// git makes changed files anew, and of their modes knows no more than whether they can be run.
    private func keepModes(_ saved: [Saved]) {
        for one in saved {
            guard let mode = one.mode else { continue }
            try? FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: tree.path.string + "/" + one.file)
        }
    }

    /// All patches as one, for then git changes either every file or none.
    private func check(_ series: GlueSeries) async throws -> Outcome {
        let folder = folder(of: series)
        let patches = try series.patches.map { try Files.text(folder.appending($0.file)) }
        return try await gitApply(["--check"]).capture(input: patches.joined(separator: "\n"))
    }

    /// One patch after the other from the record's folder: versions of git differ in the order in which they reverse
    /// several at once.
    private func apply(_ patches: [GlueSeries.Patch], _ options: [String]) async throws {
        for patch in patches {
            let outcome = try await gitApply(options).capture(input: Files.text(recordFolder.appending(patch.file)))
            guard outcome.succeeded else {
                throw Failure(
                    "glue.apply", "`git apply` failed with \(patch.file) in \(tree.path); the tree is what it was",
                    advice: "look at the disk's free space and the files' permissions",
                    underlying: String(outcome.error.suffix(2000)))
            }
        }
    }

    private func folder(of series: GlueSeries) -> FilePath { glue.pushing(FilePath(series.name)) }

    private func gitApply(_ options: [String]) -> Command {
        command(["apply", "--whitespace=nowarn"] + options + ["-"])
    }

    // MARK: With git

    private func branch(_ series: GlueSeries) -> String { Self.branchPrefix + series.name }

    private func commit(_ series: GlueSeries) async throws {
        let branch = branch(series)
        guard try await !command(["rev-parse", "--verify", "--quiet", "refs/heads/\(branch)"]).capture().succeeded
        else {
            throw Failure(
                "glue.present", "\(tree.path) has a branch \(branch) already",
                advice: "switch to it, or delete it: git branch -D \(branch)")
        }
        let named = try await command(["symbolic-ref", "--quiet", "--short", "HEAD"]).capture()
        let base = named.succeeded ? named.output.trimmed : try await git(["rev-parse", "HEAD"]).trimmed
        try await git(["switch", "--quiet", "--create", branch])
        do {
            let folder = folder(of: series)
            var identity: [String] = []
            if try await !command(["var", "GIT_COMMITTER_IDENT"]).capture().succeeded {
                identity = ["-c", "user.name=Bessemer", "-c", "user.email=bessemer@localhost"]
            }
            try await git(
                identity + ["am", "--quiet", "--no-3way", "--no-gpg-sign", "--keep-non-patch"]
                    + series.patches.map { folder.appending($0.file).string })
            try await git(["config", "branch.\(branch).bessemerBase", base])
            try await git(["config", "branch.\(branch).bessemerBaseIsBranch", named.succeeded ? "true" : "false"])
        } catch {
            _ = try? await command(["am", "--abort"]).capture()
            try? await leave(branch, to: base, isBranch: named.succeeded)
            throw error
        }
    }

    private func leave(_ branch: String, to base: String, isBranch: Bool) async throws {
        try await git(["switch", "--quiet"] + (isBranch ? [] : ["--detach"]) + [base])
        try await git(["branch", "--quiet", "-D", branch])
    }

    // MARK: Disable

    /// Takes a series out that `enable` put in.
    ///
    /// Throws `Failure`: `glue.absent`, `glue.changed` with what was changed since, `glue.dirty`, `glue.apply`. The tree is
    /// then what it was.
    public func disable(isDryRun: Bool = false) async throws -> GlueChange {
        if isRepository, !Files.exists(recordFolder) { return try await disableBranch(isDryRun: isDryRun) }
        let file = recordFolder.appending(GlueRecord.name)
        guard Files.exists(file) else {
            throw Failure(
                "glue.absent", "\(tree.path) was not enabled by Bessemer", advice: "there is nothing to take out")
        }
        let record = try JSON.read(GlueRecord.self, from: file)
        let changed = record.files.filter { file in
            guard let bytes = tree.bytes(file.path) else { return true }
            return Digest(of: bytes) != file.after
        }
        guard changed.isEmpty else {
            throw Failure(
                "glue.changed",
                "\(changed.map(\.path).joined(separator: ", ")) changed since the series was applied",
                advice: "take the later changes out first")
        }
        let series = record.series
        if isDryRun { return change(.disabled, series, nil, isDryRun: true) }
        let now = save(series.touches)
        do {
            try await apply(series.patches.reversed(), ["--reverse"])
            keepModes(now)
            for file in record.files where tree.bytes(file.path).map({ Digest(of: $0) }) != file.before {
                throw Failure(
                    "glue.apply", "\(file.path) did not become what it was", advice: "unpack the source again")
            }
        } catch {
            restore(now)
            throw error
        }
        try Files.remove(recordFolder)
        return change(.disabled, series, nil)
    }

    private func disableBranch(isDryRun: Bool) async throws -> GlueChange {
        let branch = try await git(["branch", "--show-current"]).trimmed
        guard branch.hasPrefix(Self.branchPrefix),
            case let base = try await command(["config", "branch.\(branch).bessemerBase"]).capture().output.trimmed,
            !base.isEmpty
        else {
            throw Failure(
                "glue.absent", "the branch of \(tree.path) is none that Bessemer made",
                advice: "switch to the branch \(Self.branchPrefix)…, if there is one")
        }
        try await refuseDirty()
        let isBranch = try await git(["config", "branch.\(branch).bessemerBaseIsBranch"]).trimmed == "true"
        let series = try await GlueSeries(named: String(branch.dropFirst(Self.branchPrefix.count)), in: glue)
        let commits = try await git(["rev-list", "--count", "\(base)..HEAD"]).trimmed
        guard commits == "\(series.patches.count)" else {
            throw Failure(
                "glue.changed",
                "the branch \(branch) has \(commits) commits over \(base), the series \(series.patches.count)",
                advice: "take commits of your own to another branch first")
        }
        if isDryRun { return change(.disabled, series, branch, isDryRun: true) }
        try await leave(branch, to: base, isBranch: isBranch)
        return change(.disabled, series, branch)
    }

    // MARK: git

    private func command(_ arguments: [String]) -> Command {
        var environment = ProcessInfo.processInfo.environment
        // A repository around the tree is not the tree's.
        environment["GIT_CEILING_DIRECTORIES"] = tree.path.removingLastComponent().string
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] { environment[name] = nil }
        environment["LC_ALL"] = "C"
        return Command("git", arguments, environment: environment, workingDirectory: tree.path)
    }

    @discardableResult
    private func git(_ arguments: [String]) async throws -> String {
        try await command(arguments).output(
            "glue.git", doing: "git \(arguments.first { !$0.hasPrefix("-") } ?? "")",
            advice: "look at the repository \(tree.path)")
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
