// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

/// A series in a repository, whose commits are somebody's work.
@Suite(.integration) struct TreeRepositoryTests {
    private func expectRefusal(
        _ code: String, _ tree: EnablementTree, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Failure? {
        let before = try await tree.repositoryState() + tree.snapshot()
        let failure = await #expect(throws: Failure.self, sourceLocation: sourceLocation) { try await tree.disable() }
        #expect(failure?.code == code, "\(failure?.description ?? "")", sourceLocation: sourceLocation)
        #expect(try await tree.repositoryState() + tree.snapshot() == before, sourceLocation: sourceLocation)
        return failure
    }

    @Test func `a branch with commits of one's own is not deleted, however many it has`() async throws {
        try await EnablementTree.with { tree in
            try await tree.commitAll()
            try await tree.enable()
            let tip = try await tree.git(["rev-parse", "HEAD"])
            // As many commits as before, the last of them changed.
            try await tree.shell("echo '// mine' >> rust/helpers/mine.c; git add rust")
            try await tree.git(["commit", "--quiet", "--amend", "--no-edit"])
            #expect(try await expectRefusal("glue.changed", tree)?.message.contains("is not of the series") == true)
            try await tree.git(["reset", "--quiet", "--hard", tip.trimmingCharacters(in: .whitespacesAndNewlines)])
            // One more.
            try await tree.git(["commit", "--quiet", "--allow-empty", "--message=mine"])
            _ = try await expectRefusal("glue.changed", tree)
            try await tree.git(["reset", "--quiet", "--hard", "HEAD~1"])
            // Only the words of the last are others.
            try await tree.git(["commit", "--quiet", "--amend", "--message=other words"])
            #expect(try await expectRefusal("glue.changed", tree)?.message.contains("made again") == true)
            try await tree.git(["reset", "--quiet", "--hard", tip.trimmingCharacters(in: .whitespacesAndNewlines)])
            try await tree.disable()
            #expect(try await tree.repositoryState().split(separator: "\n").count == 3)
        }
    }

    @Test func `a branch that moved on since is not left for something else`() async throws {
        try await EnablementTree.with { tree in
            try await tree.commitAll()
            try await tree.enable()
            try await tree.shell(
                "git branch -f stable $(git commit-tree -p stable -m later 'stable^{tree}')",
                [
                    "GIT_COMMITTER_NAME": "n", "GIT_COMMITTER_EMAIL": "e", "GIT_AUTHOR_NAME": "n",
                    "GIT_AUTHOR_EMAIL": "e",
                ])
            #expect(try await expectRefusal("glue.changed", tree)?.advice.contains("git switch stable") == true)
        }
    }

    @Test func `a detached HEAD, staged and stashed work and other files stay what they are`() async throws {
        try await EnablementTree.with { tree in
            try await tree.commitAll()
            try await tree.shell(
                "git checkout -q --detach; echo x > untracked; echo y > rust/y; printf 'y\\n' > .git/info/exclude")
            let before = try await tree.repositoryState() + tree.snapshot()
            let change = try await tree.enable()
            #expect(change.branch == "bessemer/glue-6.12")
            #expect(try await tree.git(["status", "--short"]) == "?? untracked\n")
            try await tree.disable()
            #expect(try await tree.repositoryState() + tree.snapshot() == before)
        }
    }

    @Test func `each work tree of a repository gets a branch of its own, and borrowed objects are found`() async throws
    {
        try await EnablementTree.with { tree in
            try await tree.commitAll()
            try await tree.git(["worktree", "add", "--quiet", "../linked"])
            try await tree.git(["clone", "--quiet", "--shared", ".", "../shared"])
            let linked = EnablementTree(path: tree.folder.appending("linked"))
            let shared = EnablementTree(path: tree.folder.appending("shared"))
            let before = try await linked.repositoryState() + linked.snapshot()
            let first = try await tree.enable().branch
            let second = try await linked.enable().branch
            #expect([first, second] == ["bessemer/glue-6.12", "bessemer/glue-6.12-2"])
            #expect(try await linked.git(["status", "--short"]).isEmpty)
            try await tree.disable()
            try await linked.disable()
            #expect(try await linked.repositoryState() + linked.snapshot() == before)
            #expect(try await shared.enable().branch == "bessemer/glue-6.12")
            #expect(try await shared.git(["log", "--format=%cn", "-1"]) != "")
            try await shared.disable()
        }
    }

    @Test func `a submodule is enabled in its own repository`() async throws {
        try await EnablementTree.with { tree in
            try await tree.commitAll()
            let outer = EnablementTree(path: tree.folder.appending("outer"))
            try Files.makeDirectory(outer.path)
            try await outer.git(["init", "--quiet"])
            try await outer.git([
                "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../linux", "inner",
            ])
            let inner = EnablementTree(path: outer.path.appending("inner"))
            let before = try await inner.repositoryState() + inner.snapshot()
            #expect(try await inner.enable().branch == "bessemer/glue-6.12")
            #expect(try await inner.git(["status", "--short"]).isEmpty)
            try await inner.disable()
            #expect(try await inner.repositoryState() + inner.snapshot() == before)
        }
    }

    @Test func `a plain folder inside a repository, reached by a link, is a plain folder`() async throws {
        try await EnablementTree.with { tree in
            try await tree.shell("cd ..; git init -q .; ln -s linux link")
            let linked = EnablementTree(path: tree.folder.appending("link"))
            let before = try await tree.snapshot()
            let change = try await linked.enable()
            #expect(change.branch == nil && change.status.isReady)
            try await linked.disable()
            #expect(try await tree.snapshot() == before)
        }
    }

    @Test func `a tree that names somebody else's repository as its own is refused`() async throws {
        try await EnablementTree.with { tree in
            let other = EnablementTree(path: tree.folder.appending("other"))
            try await Command("cp", ["-a", tree.path.string, other.path.string]).output(
                "test.copy", doing: "copying", advice: "")
            try await other.commitAll()
            let before = try await other.repositoryState()
            for setting in ["echo 'gitdir: ../other/.git' > .git", "ln -s ../other/.git .git", "mkfifo .git"] {
                try await tree.shell("rm -f .git; \(setting)")
                let snapshot = try await tree.snapshot()
                let failure = await #expect(throws: Failure.self) { try await tree.enable() }
                #expect(failure?.code == "tree.git", "\(setting)")
                #expect(try await tree.snapshot() == snapshot)
            }
            #expect(try await other.repositoryState() == before)
            #expect(!Files.exists(other.path.pushing(".git/bessemer-glue")))
        }
    }
}
