// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Host
internal import Records
internal import Sandbox
internal import SystemPackage

/// A series as a branch of the tree's repository, a commit a patch: made and taken away without touching the tree's files.
struct GlueBranch: Sendable {
    let repository: GitRepository

    private static let prefix = "refs/heads/bessemer/glue-"

    static func isOurs(_ branch: String) -> Bool {
        branch.hasPrefix(prefix) && branch.utf8.count < 200 && !branch.contains("..")
            && branch.dropFirst(prefix.count).allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "./_+-".contains($0))
            }
    }

    /// Its name as git's commands take it.
    static func short(_ reference: String) -> String {
        reference.hasPrefix("refs/heads/") ? String(reference.dropFirst("refs/heads/".count)) : reference
    }

    // MARK: Before a change

    /// Throws `Failure` with code `glue.dirty` where the repository is in the middle of something, or files that it knows,
    /// or `touched` ones, differ from HEAD.
    func refuseDirty(_ touched: [String]) async throws {
        let tree = repository.tree
        for name in ["rebase-apply", "rebase-merge", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG"]
        where Files.kind(repository.folder.appending(name)) != nil {
            throw Failure(
                "glue.dirty", "\(tree) is in the middle of another operation (\(name))",
                advice: "end it first: `git status` says how")
        }
        if Files.kind(repository.folder.appending("index.lock")) != nil {
            throw Failure(
                "glue.dirty", "another git process is at work in \(tree) (index.lock)",
                advice: "wait for it to end; remove \(repository.folder)/index.lock if there is none")
        }
        // git does not look at files that its index calls unchanged.
        let changed = try await repository.output(
            """
            git status --porcelain --untracked-files=no --ignore-submodules=all --no-renames || exit 1
            for file; do
                if [ "$(git rev-parse --verify --quiet "HEAD:$file")" ]; then
                    git cat-file blob "HEAD:$file" | cmp --silent - "$file" || echo " M $file"
                elif [ -e "$file" ]; then
                    echo "?? $file"
                fi
            done
            """, touched, doing: "looking for changes")
        var seen: Set<Substring> = []
        let lines = changed.split(separator: "\n").filter { seen.insert($0).inserted }
        guard lines.isEmpty else {
            throw Failure(
                "glue.dirty", "\(tree) has changes that are not committed: \(lines.prefix(3).joined(separator: ","))",
                advice: "commit or stash them")
        }
    }

    /// The branch that a series gets: a name that no branch has, in any work tree.
    func free(_ series: GlueSeries) async throws -> String {
        let wanted = Self.prefix + series.name
        let taken = try await repository.output(
            "git for-each-ref --format='%(refname)' refs/heads/bessemer/", doing: "listing the branches")
        let names = Set(taken.split(separator: "\n").map(String.init))
        for number in 1...names.count + 1 {
            let name = number == 1 ? wanted : "\(wanted)-\(number)"
            if !names.contains(name), !names.contains(where: { $0.hasPrefix(name + "/") || name.hasPrefix($0 + "/") }) {
                return name
            }
        }
        throw Failure(
            "glue.present", "\(repository.tree) has too many branches \(Self.short(wanted))", advice: "delete some")
    }

    func exists(_ branch: String) async throws -> Bool {
        try await repository.run("git rev-parse --verify --quiet \"$1\"", [branch]).succeeded
    }

    // MARK: The commits

    /// Makes the commits, which nothing refers to yet, and checks that the last holds what `trial` found. Returns its name.
    func commit(_ trial: GlueTrial, _ files: [GlueTrial.File], on head: GitRepository.Head) async throws -> String {
        try await ScratchFolder.with { scratch in
            let after = TreeFiles(folder: scratch.appending("after"))
            try Files.makeDirectory(after.folder)
            for file in files { try after.write(.init(bytes: file.after.bytes, mode: 0o644), to: file.path) }
            try GlueTrial.write(trial.patches, to: scratch.appending("patches"))
            let identity = try await committer()
            let text = try await repository.output(
                Self.commitScript, [head.commit, "\(trial.patches.count)"] + files.map(\.path),
                doing: "committing the patches",
                mounts: [
                    Mount(scratch.appending("patches"), at: "/mnt/patches"), Mount(after.folder, at: "/mnt/after"),
                ],
                environment: ["GIT_COMMITTER_NAME": identity.name, "GIT_COMMITTER_EMAIL": identity.email],
                writable: true)
            let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard GitRepository.isName(commit) else {
                throw Failure(
                    "tree.git", "git made no commit in \(repository.tree)",
                    advice: "look at the repository with `git fsck`")
            }
            return commit
        }
    }

    private static let commitScript = """
        set -e -o pipefail
        export GIT_INDEX_FILE=/tmp/index
        parent=$1; count=$2; shift 2
        git read-tree "$parent"
        for ((index = 0; index < count; index++)); do
            git mailinfo -b /tmp/message /tmp/difference < /mnt/patches/$index > /tmp/mail
            git apply --cached --whitespace=nowarn /tmp/difference
            tree=$(git write-tree)
            { sed -n 's/^Subject: //p' /tmp/mail; echo; cat /tmp/message; } | git stripspace > /tmp/text
            parent=$(GIT_AUTHOR_NAME=$(sed -n 's/^Author: //p' /tmp/mail) \\
                GIT_AUTHOR_EMAIL=$(sed -n 's/^Email: //p' /tmp/mail) \\
                GIT_AUTHOR_DATE=$(sed -n 's/^Date: //p' /tmp/mail) \\
                git commit-tree "$tree" -p "$parent" -F /tmp/text)
        done
        for file; do git cat-file blob "$parent:$file" | cmp - "/mnt/after/$file"; done
        echo "$parent"
        """

    /// Who commits: by the environment, the repository, the caller's own git configuration, or else Bessemer.
    private func committer() async throws -> (name: String, email: String) {
        let environment = ProcessInfo.processInfo.environment
        var name = environment["GIT_COMMITTER_NAME"] ?? repository.identity.name
        var email = environment["GIT_COMMITTER_EMAIL"] ?? environment["EMAIL"] ?? repository.identity.email
        let home = environment["HOME"].map { FilePath($0) }
        let settings = environment["XDG_CONFIG_HOME"].map { FilePath($0) } ?? home?.appending(".config")
        for file in [home?.appending(".gitconfig"), settings?.appending("git").appending("config")] {
            guard name == nil || email == nil, let file, let path = Files.resolved(file) else { continue }
            func own(_ key: String) async throws -> String? {
                let outcome = try await repository.run(
                    "git config --file /mnt/own --no-includes --get \"$1\"", [key],
                    mounts: [Mount(path, at: "/mnt/own")],
                    limit: 4096)
                let value = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
                return outcome.succeeded && !value.isEmpty ? value : nil
            }
            if name == nil { name = try await own("user.name") }
            if email == nil { email = try await own("user.email") }
        }
        guard let name, let email, !name.isEmpty, !email.isEmpty else { return ("Bessemer", "bessemer@localhost") }
        return (name, email)
    }

    // MARK: Entering and leaving

    /// Makes the branch and HEAD follow the files, which are those of the series already.
    func enter(_ branch: GlueRecord.Repository) async throws {
        try await repository.output(
            """
            set -e
            [ ! -e "$GIT_DIR/index.lock" ]
            copy=$GIT_DIR/bessemer-glue/index
            cp "$GIT_DIR/index" "$copy"
            GIT_INDEX_FILE=$copy git read-tree -i -m "$1" "$2"
            git update-ref -m 'bessemer tree enable' "$3" "$2" ''
            git symbolic-ref -m 'bessemer tree enable' HEAD "$3"
            mv "$copy" "$GIT_DIR/index"
            """, [branch.baseCommit, branch.commit, branch.branch], doing: "switching to the branch", writable: true)
    }

    /// Throws `Failure` with code `glue.changed` where leaving the branch would lose commits, or lead somewhere else.
    func refuseChanged(_ branch: GlueRecord.Repository, _ head: GitRepository.Head, _ series: GlueSeries) async throws {
        let name = Self.short(branch.branch)
        let advice =
            branch.base.map { "`git switch \(Self.short($0))` leaves the branch and keeps it" }
            ?? "`git switch --detach \(branch.baseCommit.prefix(12))` leaves the branch and keeps it"
        if head.commit != branch.commit {
            let reason = try await difference(branch, head, series)
            throw Failure("glue.changed", "the branch \(name) is not what Bessemer made: \(reason)", advice: advice)
        }
        guard let base = branch.base else { return }
        let outcome = try await repository.run("git rev-parse --verify --quiet \"$1^{commit}\"", [base])
        guard outcome.output.trimmingCharacters(in: .whitespacesAndNewlines) == branch.baseCommit else {
            throw Failure(
                "glue.changed", "the branch \(Self.short(base)) is not where it was when \(name) was made",
                advice: "\(advice); `git branch -D \(name)` then deletes it")
        }
    }

    /// What the branch holds beside the series, told by the identifiers of its patches.
    private func difference(
        _ branch: GlueRecord.Repository, _ head: GitRepository.Head, _ series: GlueSeries
    ) async throws -> String {
        let text = try await repository.output(
            """
            git log --reverse --format='subject %H %s' "$1..$2" || exit 1
            git log --reverse --patch --no-ext-diff --no-textconv --no-show-signature "$1..$2" | git patch-id --stable
            """, [branch.baseCommit, head.commit], doing: "reading the branch's commits")
        var subjects: [Substring: Substring] = [:]
        var identifiers: [(identifier: String, commit: Substring)] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2)
            if words.count == 3, words[0] == "subject" {
                subjects[words[1]] = words[2]
            } else if words.count == 2 {
                identifiers.append((String(words[0]), words[1]))
            }
        }
        let own = identifiers.filter { one in !series.patches.contains { $0.identifier == one.identifier } }
        let missing = series.patches.filter { patch in !identifiers.contains { $0.identifier == patch.identifier } }
        var reasons = own.prefix(3).map {
            "commit \($0.commit.prefix(12)) (\(subjects[$0.commit] ?? "")) is not of the series"
        }
        reasons += missing.prefix(3).map { "the patch \($0.file) is missing or changed" }
        if own.isEmpty, missing.isEmpty { reasons.append("its patches are the same, its commits were made again") }
        return reasons.joined(separator: "; ")
    }

    /// Makes HEAD, the index and the branch what they were; what is so already stays. The files are a matter of the caller.
    /// A trial only looks whether that can be done.
    ///
    /// Throws `Failure` with code `glue.interrupted` where somebody has moved HEAD or the branch meanwhile.
    func leave(_ branch: GlueRecord.Repository, touched: [String], isTrial: Bool) async throws {
        let outcome = try await repository.run(
            Self.leaveScript,
            [branch.baseCommit, branch.commit, branch.branch, branch.base ?? "", isTrial ? "trial" : ""] + touched,
            writable: !isTrial)
        guard outcome.succeeded else {
            throw Failure(
                "glue.interrupted", "HEAD or the branches of \(repository.tree) can't be made what they were",
                advice: """
                    end other git processes and go back to the commit \(branch.baseCommit.prefix(12)), then run `bessemer \
                    tree disable` again; or remove \(repository.folder)/bessemer-glue to keep the tree as it is
                    """,
                underlying: String(outcome.error.suffix(2000)).trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    private static let leaveScript = """
        set -e
        base=$1; commit=$2; branch=$3; name=$4; trial=$5; shift 5
        change() { if [ -z "$trial" ]; then "$@"; fi; }
        if [ -e "$GIT_DIR/index.lock" ]; then echo "index.lock: another git process is at work" >&2; exit 1; fi
        head=$(git symbolic-ref --quiet HEAD || true)
        tip=$(git rev-parse --verify --quiet 'HEAD^{commit}' || true)
        if [ "$head" = "$branch" ]; then
            if [ "$tip" != "$commit" ]; then echo "$branch has other commits: $tip" >&2; exit 1; fi
            if [ "$name" ]; then
                if [ "$(git rev-parse --verify --quiet "$name^{commit}")" != "$base" ]; then
                    echo "$name was moved" >&2; exit 1
                fi
                change git symbolic-ref -m 'bessemer tree disable' HEAD "$name"
            else
                change git update-ref --no-deref -m 'bessemer tree disable' HEAD "$base"
            fi
        elif [ "$head" != "$name" ] || [ "$tip" != "$base" ]; then
            echo "HEAD is ${head:-detached} at $tip" >&2; exit 1
        fi
        if [ "$trial" ]; then exit 0; fi
        copy=$GIT_DIR/bessemer-glue/index
        cp "$GIT_DIR/index" "$copy"
        GIT_INDEX_FILE=$copy git reset --quiet --no-refresh "$base" -- "$@"
        mv "$copy" "$GIT_DIR/index"
        if [ "$(git rev-parse --verify --quiet "$branch")" = "$commit" ]; then
            git update-ref -d "$branch" "$commit"
        fi
        """
}
