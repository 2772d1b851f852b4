// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport

/// What a test of enabling needs of a real kernel, in a folder of its own.
struct EnablementTree {
    static let glue = RealThings.repository.appending("Kernel/Glue")

    /// Copies what the series change, and what else the status needs to be right of.
    private static let copying = """
        { sed -n 's,^diff --git a/\\([^ ]*\\) .*,\\1,p' "$0"/*/*.patch "$0"/fixes/*/*.patch
          printf '%s\\n' Makefile Kconfig arch/Kconfig init/Kconfig arch/s390/Makefile arch/s390/Kconfig rust \\
              arch/s390/include Documentation/rust Documentation/arch/s390; } | sort -u |
            while read -r name; do [ ! -e "$name" ] || cp -a --parents "$name" "$1"; done
        """

    let path: FilePath
    /// A folder that is gone after the test, in which the tree lies.
    var folder: FilePath { path.removingLastComponent() }

    static func with(_ version: String = "6.12", _ body: (EnablementTree) async throws -> Void) async throws {
        let kernel = try await RealThings.kernelTree(version).path
        try await withTemporaryFolder { folder in
            let tree = folder.appending("linux")
            try Files.makeDirectory(tree)
            try await Command("sh", ["-ec", copying, glue.string, tree.string], workingDirectory: kernel)
                .output("test.copy", doing: "copying a kernel source", advice: "look at the cache")
            try await body(EnablementTree(path: tree))
        }
    }

    func enablement(glue: FilePath = Self.glue) async throws -> TreeEnablement {
        let root = try await RealThings.sandbox()
        return TreeEnablement(tree: try KernelTree(at: path), glue: glue, sandbox: root)
    }

    @discardableResult func enable(series: String? = nil, isDryRun: Bool = false) async throws -> GlueChange {
        try await enablement().enable(series: series, isDryRun: isDryRun)
    }

    @discardableResult func disable(isDryRun: Bool = false) async throws -> GlueChange {
        try await enablement().disable(isDryRun: isDryRun)
    }

    /// Every file with its mode and contents, git's own excepted.
    func snapshot() async throws -> String {
        let list = """
            find . -path ./.git -prune -o -printf '%m %p\\n' | LC_ALL=C sort
            find . -path ./.git -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
            """
        return try await shell(list)
    }

    @discardableResult func shell(_ script: String, _ variables: [String: String] = [:]) async throws -> String {
        try await Command(
            "sh", ["-ec", script], environment: ProcessInfo.processInfo.environment.merging(variables) { $1 },
            workingDirectory: path
        ).output("test.shell", doing: "running a script", advice: "look at the test")
    }

    @discardableResult func git(_ arguments: [String]) async throws -> String {
        try await Command(
            "git", ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"] + arguments,
            workingDirectory: path
        ).output("test.git", doing: "running git", advice: "look at the test")
    }

    /// Makes it a repository with one commit on the branch `stable`.
    func commitAll() async throws {
        try await git(["init", "--quiet", "--initial-branch=stable"])
        try await git(["add", "--all", "--force"])
        try await git(["commit", "--quiet", "--message=base"])
    }

    /// What git says of HEAD, the branches, and the files that differ.
    func repositoryState() async throws -> String {
        try await shell(
            "git symbolic-ref HEAD || true; git rev-parse HEAD; git branch --format='%(refname) %(objectname)'; git status -s"
        )
    }
}
