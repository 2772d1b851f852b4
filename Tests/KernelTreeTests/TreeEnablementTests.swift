// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import SystemPackage
import TestSupport
import Testing

/// The series of `Glue` on what Debian's 6.12 really has.
@Suite struct TreeEnablementTests {
    private static let glue = RealThings.repository.appending("Glue")

    /// What the series change, and where the status looks.
    private static let parts = [
        "Makefile", "Kconfig", "arch/Kconfig", "arch/s390", "init/Kconfig", "rust", "include/linux", "lib", "scripts",
        "Documentation/rust", "Documentation/arch/s390", "Documentation/process",
    ]

    private func withTree(_ version: String = "6.12", _ body: (FilePath) async throws -> Void) async throws {
        let kernel = try await RealThings.kernelTree(version).path
        try await withTemporaryFolder { folder in
            let tree = folder.appending("linux")
            try Files.makeDirectory(tree)
            try await Command("cp", ["-a", "--parents"] + Self.parts + [tree.string], workingDirectory: kernel)
                .output("test.copy", doing: "copying a kernel source", advice: "look at the cache")
            try await body(tree)
        }
    }

    private func enablement(_ tree: FilePath, glue: FilePath = Self.glue) throws -> TreeEnablement {
        TreeEnablement(tree: try KernelTree(at: tree), glue: glue)
    }

    /// Every file with its mode and contents, git's own excepted.
    private func snapshot(_ tree: FilePath) async throws -> String {
        let list = """
            find . -path ./.git -prune -o -printf '%m %p\\n' | LC_ALL=C sort
            find . -path ./.git -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
            """
        return try await Command("sh", ["-c", list], workingDirectory: tree)
            .output("test.list", doing: "listing a tree", advice: "look at the test")
    }

    @discardableResult
    private func git(_ tree: FilePath, _ arguments: [String]) async throws -> String {
        try await Command(
            "git", ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"] + arguments,
            workingDirectory: tree
        ).output("test.git", doing: "running git", advice: "look at the test")
    }

    private func expectRefusal(
        _ code: String, _ tree: FilePath, glue: FilePath = Self.glue, series: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await snapshot(tree)
        let failure = await #expect(throws: Failure.self, sourceLocation: sourceLocation) {
            try await enablement(tree, glue: glue).enable(series: series)
        }
        #expect(failure?.code == code, "\(failure?.description ?? "")", sourceLocation: sourceLocation)
        #expect(try await snapshot(tree) == before, sourceLocation: sourceLocation)
    }

    @Test("a folder has every piece when enabled, and is what it was when disabled, modes and all")
    func folder() async throws {
        try await withTree { tree in
            try await Command("chmod", ["g+w", "rust/Makefile", "scripts/min-tool-version.sh"], workingDirectory: tree)
                .output("test.mode", doing: "changing modes", advice: "look at the test")
            let before = try await snapshot(tree)
            let trial = try await enablement(tree).enable(isDryRun: true)
            #expect(trial.isDryRun)
            #expect(try await snapshot(tree) == before)
            let change = try await enablement(tree).enable()
            #expect(change.series.name == "6.12")
            #expect(change.status.isReady)
            #expect(change.branch == nil)
            try await expectRefusal("glue.present", tree)
            let back = try await enablement(tree).disable()
            #expect(!back.status.isReady)
            #expect(try await snapshot(tree) == before)
            await #expect(throws: Failure.self) { try await enablement(tree).disable() }
        }
    }

    @Test("a tree that has support gets the fixes that are for it, and is what it was without them")
    func fixes() async throws {
        try await withTree("7.3") { tree in
            let before = try await snapshot(tree)
            #expect(try await enablement(tree).fixes()?.name == "fixes/7.3")
            let change = try await enablement(tree).enable()
            #expect(change.series.isFixes && change.status.isReady)
            #expect(try Files.text(tree.pushing("rust/kernel/net/netlink.rs")).contains("reverse_bits"))
            try await expectRefusal("glue.present", tree)
            _ = try await enablement(tree).disable()
            #expect(try await snapshot(tree) == before)

            // The same once more by git, whose branch has the name of the series.
            try await git(tree, ["init", "--quiet", "--initial-branch=stable"])
            try await git(tree, ["add", "--all", "--force"])
            try await git(tree, ["commit", "--quiet", "--message=base"])
            let branch = try await enablement(tree).enable().branch
            #expect(try await git(tree, ["branch", "--show-current"]) == "\(branch ?? "")\n")
            // A tree that has the fixes has all there is.
            #expect(try await enablement(tree).fixes() == nil)
            try await expectRefusal("glue.present", tree)
            _ = try await enablement(tree).disable()
            #expect(try await snapshot(tree) == before)
        }
        try await withTree { tree in
            let fixes = try await enablement(tree).fixes()
            #expect(fixes == nil)
        }
    }

    @Test("a tree that can't be written is refused", .enabled(if: SmallFileSystem.isPossible))
    func readOnly() async throws {
        try await withTree { tree in
            func mount(_ options: [String]) async throws {
                try await Command("mount", options + [tree.string]).output(
                    "test.mount", doing: "mounting", advice: "run the tests as root")
            }
            try await mount(["--bind", tree.string])
            do {
                try await mount(["-o", "remount,bind,ro"])
                try await expectRefusal("glue.read-only", tree)
            } catch {
                _ = try? await Command("umount", ["-l", tree.string]).capture()
                throw error
            }
            _ = try await Command("umount", ["-l", tree.string]).capture()
        }
    }

    @Test("a repository gets a branch with a commit a patch, and loses it again")
    func repository() async throws {
        try await withTree { tree in
            try await git(tree, ["init", "--quiet", "--initial-branch=stable"])
            try await git(tree, ["add", "--all"])
            try await git(tree, ["commit", "--quiet", "--message=base"])
            let before = try await snapshot(tree)
            let change = try await enablement(tree).enable()
            #expect(change.status.isReady)
            #expect(try await git(tree, ["branch", "--show-current"]) == "\(change.branch ?? "")\n")
            let log = try await git(tree, ["log", "--reverse", "--format=%s", "stable.."])
            #expect(log.split(separator: "\n").map { String($0) } == change.series.patches.map(\.subject))
            let shown = try await git(tree, ["log", "--reverse", "--patch", "stable.."])
            let identifiers = try await Command("git", ["patch-id", "--stable"]).capture(input: shown).output
            #expect(
                identifiers.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
                    == change.series.patches.map(\.identifier))
            try AtomicFile.write("more", to: tree.appending("Makefile"))
            await #expect(throws: Failure.self) { try await enablement(tree).disable() }
            try await git(tree, ["checkout", "--quiet", "Makefile"])
            _ = try await enablement(tree).disable()
            #expect(try await snapshot(tree) == before)
            #expect(try await git(tree, ["branch", "--format=%(refname:short)"]) == "stable\n")
            #expect(try await !git(tree, ["config", "--list"]).contains("bessemer"))
        }
    }

    @Test("what is in the way is told, and nothing is changed")
    func refusals() async throws {
        try await withTree { tree in
            try await expectRefusal("glue.no-series", tree, series: "5.14")
            try await withTemporaryFolder { folder in
                try await Command("cp", ["-a", "\(Self.glue)/6.12", "\(folder)/one"]).output(
                    "test.copy", doing: "copying", advice: "")
                try await Command("cp", ["-a", "\(Self.glue)/6.12", "\(folder)/two"]).output(
                    "test.copy", doing: "copying", advice: "")
                try await expectRefusal("glue.several", tree, glue: folder)
            }
            let makefile = tree.pushing("arch/s390/Makefile")
            let text = try Files.text(makefile)
            try AtomicFile.write(text.replacing("\n", with: "\r\n"), to: makefile)
            try await expectRefusal("glue.line-ends", tree)
            try AtomicFile.write(text.replacing("KBUILD_CFLAGS", with: "KBUILD_FLAGS"), to: makefile)
            try await expectRefusal("glue.no-series", tree)
            try AtomicFile.write(text, to: makefile)
            let patch = try #require(Files.names(in: Self.glue.appending("6.12")).first { $0.hasPrefix("0001") })
            try await git(tree, ["apply", "\(Self.glue)/6.12/\(patch)"])
            try await expectRefusal("glue.present", tree)
            try await git(tree, ["apply", "--reverse", "\(Self.glue)/6.12/\(patch)"])
            try await git(tree, ["init", "--quiet"])
            try await git(tree, ["add", "--all"])
            try await git(tree, ["commit", "--quiet", "--message=base"])
            try AtomicFile.write(text + "\n", to: makefile)
            try await expectRefusal("glue.dirty", tree)
        }
    }

    @Test("later changes to what the series touched are not lost")
    func laterChanges() async throws {
        try await withTree { tree in
            _ = try await enablement(tree).enable()
            let file = tree.pushing("rust/kernel/bug.rs")
            try AtomicFile.write(try Files.text(file) + "// mine\n", to: file)
            let before = try await snapshot(tree)
            let failure = await #expect(throws: Failure.self) { try await enablement(tree).disable() }
            #expect(failure?.code == "glue.changed")
            #expect(failure?.message.contains("rust/kernel/bug.rs") == true)
            #expect(try await snapshot(tree) == before)
        }
    }
}
