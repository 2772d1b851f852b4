// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Sandbox
internal import SystemPackage

/// The git repository that a folder is the top of: read, and changed, without its configuration.
///
/// git sees the repository with its `config` replaced by one that holds what is needed to understand the objects, and with
/// its hooks, attributes and excludes hidden. What is only shaped like a repository and has no `.git` is none.
struct GitRepository: Sendable {
    let tree: FilePath
    /// Holds HEAD and the index: `.git`, or a linked work tree's or a submodule's own folder.
    let folder: FilePath
    /// Holds objects and references: `folder`, unless that belongs to a linked work tree.
    private let common: FilePath
    private let sandbox: SandboxRoot
    private let configuration: String
    /// Who commits, by the repository's configuration.
    let identity: (name: String?, email: String?)

    private static let inside = "/mnt/git"
    private static let largestConfiguration = 1 << 20

    /// nil where the folder has no `.git`. Throws `Failure` with code `tree.git` where it has one that can't be used.
    static func find(_ tree: FilePath, _ sandbox: SandboxRoot) async throws -> GitRepository? {
        guard Files.kind(tree.appending(".git")) != nil else { return nil }
        return try await GitRepository(tree, sandbox)
    }

    private init(_ tree: FilePath, _ sandbox: SandboxRoot) async throws {
        self.tree = tree
        self.sandbox = sandbox
        let git = tree.appending(".git")
        switch Files.kind(git) {
        case S_IFDIR: folder = git
        case S_IFREG: folder = try Self.named(by: git, tree)
        default: throw Self.unusable(git, "it is neither a folder nor a file")
        }
        common = try Self.common(of: folder)
        for (name, kind) in [
            ("HEAD", S_IFREG), ("config.worktree", S_IFREG), ("index", S_IFREG), ("bessemer-glue", S_IFDIR),
        ] {
            try Self.check(folder.appending(name), kind)
        }
        for (name, kind) in [
            ("config", S_IFREG), ("config.worktree", S_IFREG), ("packed-refs", S_IFREG), ("hooks", S_IFDIR),
            ("info", S_IFDIR), ("objects", S_IFDIR), ("refs", S_IFDIR),
        ] {
            try Self.check(common.appending(name), kind)
        }
        guard Files.kind(folder.appending("HEAD")) != nil, Files.kind(common.appending("objects")) != nil else {
            throw Self.unusable(git, "it has no HEAD or no objects")
        }
        let settings = try await Self.settings(common.appending("config"), sandbox)
        if folder != git, folder == common {
            // A submodule's folder must name this tree as its own; a tree alone can't claim somebody's repository.
            guard let named = settings["core.worktree"],
                Files.resolved(folder.pushing(FilePath(named))) == Files.resolved(tree)
            else { throw Self.unusable(git, "\(folder) does not name \(tree) as its work tree") }
        }
        configuration = try Self.configuration(settings, git)
        identity = (settings["user.name"], settings["user.email"])
    }

    // MARK: Where it is

    private static func unusable(_ git: FilePath, _ reason: String) -> Failure {
        Failure(
            "tree.git", "\(git) can't be used as a git repository: \(reason)",
            advice: "look at it with `git status`, or use a copy of the tree without .git")
    }

    private static func check(_ path: FilePath, _ kind: mode_t) throws {
        if let found = Files.kind(path), found != kind {
            throw unusable(path, "it is not \(kind == S_IFDIR ? "a folder" : "an ordinary file")")
        }
    }

    /// What an ordinary file holds; nil where there is none, or a larger one.
    private static func text(_ file: FilePath, limit: Int) -> String? {
        Files.kind(file) == S_IFREG ? try? Files.text(file, limit: limit) : nil
    }

    private static func line(_ file: FilePath) -> String? {
        text(file, limit: 8191)?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The folder that a `.git` file names (gitrepository-layout(5)).
    private static func named(by git: FilePath, _ tree: FilePath) throws -> FilePath {
        guard let text = line(git), text.hasPrefix("gitdir: "),
            let folder = Files.resolved(tree.pushing(FilePath(String(text.dropFirst(8))))),
            Files.kind(folder) == S_IFDIR
        else { throw unusable(git, "it names no folder") }
        guard Files.kind(folder.appending("commondir")) != nil else { return folder }
        guard let back = line(folder.appending("gitdir")),
            Files.resolved(folder.pushing(FilePath(back))) == Files.resolved(git)
        else { throw unusable(git, "\(folder) does not name it (`git worktree repair` does that)") }
        return folder
    }

    private static func common(of folder: FilePath) throws -> FilePath {
        guard Files.kind(folder.appending("commondir")) != nil else { return folder }
        guard let text = line(folder.appending("commondir")),
            let common = Files.resolved(folder.pushing(FilePath(text))),
            let own = Files.resolved(folder), own.removingLastComponent() == common.appending("worktrees")
        else { throw unusable(folder, "it is not below the repository that it names") }
        return common
    }

    // MARK: Its configuration

    /// All settings, read by git as a plain file: what it includes is left out.
    private static func settings(_ file: FilePath, _ sandbox: SandboxRoot) async throws -> [String: String] {
        guard Files.kind(file) != nil else { return [:] }
        guard let size = Files.size(file), size <= largestConfiguration else {
            throw unusable(file, "it is larger than any configuration")
        }
        let git = SandboxedGit(sandbox: sandbox, mounts: [Mount(file, at: "/mnt/config")])
        let outcome = try await git.run("git config --file /mnt/config --no-includes --null --list", limit: 8 << 20)
        guard outcome.succeeded, !outcome.truncated else {
            throw unusable(file, outcome.error.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        var settings: [String: String] = [:]
        for entry in outcome.output.split(separator: "\0") {
            let parts = entry.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            settings[String(parts[0])] = parts.count > 1 ? String(parts[1]) : "true"
        }
        return settings
    }

    /// Of the settings those that git needs to understand objects, references and files; each with a value of a known set.
    private static func configuration(_ settings: [String: String], _ git: FilePath) throws -> String {
        let version = settings["core.repositoryformatversion"] ?? "0"
        guard ["0", "1"].contains(version) else { throw unusable(git, "its format is version \(version)") }
        let known: [String: [String]] = [
            "core.filemode": ["true", "false"], "core.ignorecase": ["true", "false"],
            "core.symlinks": ["true", "false"], "core.autocrlf": ["true", "false", "input"],
            "core.eol": ["lf", "crlf", "native"], "extensions.objectformat": ["sha1", "sha256"],
            "extensions.refstorage": ["files", "reftable"],
        ]
        // These change nothing for what is done here.
        let harmless = ["noop", "partialclone", "preciousobjects", "worktreeconfig", "relativeworktrees"]
        var text = "[core]\n\trepositoryformatversion = \(version)\n\tbare = false\n"
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            let (section, key) = (name.prefix { $0 != "." }, name.drop { $0 != "." }.dropFirst())
            if known[name]?.contains(value.lowercased()) == true {
                text += "[\(section)]\n\t\(key) = \(value.lowercased())\n"
            } else if section == "extensions", !harmless.contains(String(key)) {
                throw unusable(git, "it needs the extension \(key)")
            }
        }
        return text
    }

    /// Folders of objects that this repository borrows (`objects/info/alternates`).
    private func borrowed() -> [FilePath] {
        var found: [FilePath] = []
        var open = [common.appending("objects")]
        while let objects = open.popLast(), found.count < 16 {
            guard let text = Self.text(objects.pushing("info/alternates"), limit: 65535) else { continue }
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                guard let path = Files.resolved(objects.pushing(FilePath(String(line)))), Files.kind(path) == S_IFDIR,
                    path.lastComponent?.string == "objects", !found.contains(path)
                else { continue }
                found.append(path)
                open.append(path)
            }
        }
        return found
    }

    // MARK: Asking git

    /// Runs a script of git commands in the tree, which is never writable; the repository is where that is asked for.
    func run(
        _ script: String, _ arguments: [String] = [], mounts extra: [Mount] = [], environment: [String: String] = [:],
        writable: Bool = false, limit: Int = 16 << 20
    ) async throws -> Outcome {
        try await ScratchFolder.with { scratch in
            let (ours, empty) = (scratch.appending("config"), scratch.appending("empty"))
            try AtomicFile.write(configuration, to: ours)
            try Files.makeDirectory(empty)
            var git = SandboxedGit(sandbox: sandbox, workingDirectory: FilePath(Kbuild.source))
            git.mounts = [Mount(tree, at: Kbuild.source), Mount(common, at: Self.inside, writable: writable)]
            var own = Self.inside
            if folder != common { own += "/worktrees/\(folder.lastComponent?.string ?? "")" }
            if Files.kind(common.appending("config")) != nil {
                git.mounts.append(Mount(ours, at: "\(Self.inside)/config"))
            }
            for name in ["hooks", "info"] where Files.kind(common.appending(name)) != nil {
                git.mounts.append(Mount(empty, at: "\(Self.inside)/\(name)"))
            }
            var borrowing: [String] = []
            for (index, path) in borrowed().enumerated() {
                git.mounts.append(Mount(path, at: "/mnt/borrowed/\(index)"))
                borrowing.append("/mnt/borrowed/\(index)")
            }
            git.mounts += extra
            git.environment = [
                "GIT_DIR": own, "GIT_COMMON_DIR": Self.inside, "GIT_WORK_TREE": Kbuild.source,
                "GIT_COMMITTER_NAME": "Bessemer", "GIT_COMMITTER_EMAIL": "bessemer@localhost",
            ]
            if !borrowing.isEmpty {
                git.environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = borrowing.joined(separator: ":")
            }
            git.environment.merge(environment) { $1 }
            return try await git.run(script, arguments, limit: limit)
        }
    }

    /// The same, for a script that must succeed. Throws `Failure` with code `tree.git`.
    @discardableResult
    func output(
        _ script: String, _ arguments: [String] = [], doing what: String, mounts extra: [Mount] = [],
        environment: [String: String] = [:], writable: Bool = false
    ) async throws -> String {
        let outcome = try await run(script, arguments, mounts: extra, environment: environment, writable: writable)
        guard outcome.succeeded else {
            throw Failure(
                "tree.git", "\(what) in \(tree) failed: \(outcome.ending.text)",
                advice: "look at the repository with `git status` and `git fsck`",
                underlying: String(outcome.error.suffix(2000)).trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return outcome.output
    }

    /// What HEAD is.
    struct Head: Hashable, Sendable {
        let commit: String
        /// The full name of the branch; nil where HEAD is detached.
        let branch: String?
        /// When the commit was made, in seconds since 1970.
        let date: Int?
    }

    /// nil where there is no commit yet.
    func head() async throws -> Head? {
        let outcome = try await run(
            """
            git rev-parse --verify --quiet 'HEAD^{commit}' || exit 3
            git symbolic-ref --quiet HEAD || echo
            git log -1 --no-show-signature --format=%ct
            """, limit: 1 << 16)
        if outcome.ending == .exited(3) { return nil }
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard outcome.succeeded, lines.count >= 3, Self.isName(lines[0]) else {
            throw Failure(
                "tree.git", "git can't read the newest commit of \(tree)",
                advice: "look at the repository with `git status` and `git fsck`",
                underlying: String(outcome.error.suffix(2000)))
        }
        return Head(commit: lines[0], branch: lines[1].isEmpty ? nil : lines[1], date: Int(lines[2]))
    }

    /// Whether a text is the name of an object: 40 or 64 hexadecimal digits.
    static func isName(_ text: String) -> Bool {
        [40, 64].contains(text.utf8.count) && text.utf8.allSatisfy { $0.isDigit || (97...102).contains($0) }
    }

    /// Whether the folder holds just what the commit does, to the byte: what attributes, the index's flags or exclude
    /// patterns would hide is seen, too.
    func isClean(at commit: String) async throws -> Bool {
        let outcome = try await run(
            """
            export GIT_INDEX_FILE=/tmp/index
            GIT_ATTR_SOURCE=$(git hash-object -t tree /dev/null); export GIT_ATTR_SOURCE
            strict=(-c core.fileMode=true -c core.ignoreCase=false -c core.symlinks=true -c core.autocrlf=false)
            strict+=(-c core.checkStat=default)
            git read-tree "$1" || exit 2
            git "${strict[@]}" update-index -q --ignore-submodules --refresh > /tmp/refresh || exit 2
            git "${strict[@]}" diff-files --quiet --no-ext-diff --no-textconv --ignore-submodules=all || exit 1
            [ -z "$(git "${strict[@]}" ls-files --others --directory | head --bytes=1)" ] || exit 1
            """, [commit])
        return outcome.succeeded
    }
}

extension Files {
    /// The kind of what is there, a link as one (`S_IFMT` of lstat(2)); nil where nothing is.
    static func kind(_ path: FilePath) -> mode_t? { status(path, followingLinks: false).map { $0.st_mode & S_IFMT } }

    /// The path without links, `.` and `..` (realpath(3)); nil where there is nothing.
    static func resolved(_ path: FilePath) -> FilePath? {
        guard let resolved = unsafe realpath(path.string, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe FilePath(String(cString: resolved))
    }
}
