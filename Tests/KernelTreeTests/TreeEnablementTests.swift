// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import SystemPackage
import TestSupport
import Testing

/// The series of `Kernel/Glue` on what Debian's 6.12 really has.
@Suite(.integration) struct TreeEnablementTests {
    private func expectRefusal(
        _ code: String, _ tree: EnablementTree, glue: FilePath = EnablementTree.glue, series: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await tree.snapshot()
        let failure = await #expect(throws: Failure.self, sourceLocation: sourceLocation) {
            try await tree.enablement(glue: glue).enable(series: series)
        }
        #expect(failure?.code == code, "\(failure?.description ?? "")", sourceLocation: sourceLocation)
        #expect(try await tree.snapshot() == before, sourceLocation: sourceLocation)
    }

    /// Nothing is changed, for there is nothing to do.
    private func expectUnchanged(
        _ tree: EnablementTree, _ work: (EnablementTree) async throws -> GlueChange,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await tree.snapshot()
        #expect(try await work(tree).kind == .unchanged, sourceLocation: sourceLocation)
        #expect(try await tree.snapshot() == before, sourceLocation: sourceLocation)
    }

    @Test("a folder has every piece when enabled, and is what it was when disabled, modes and all")
    func folder() async throws {
        try await EnablementTree.with { tree in
            try await Command(
                "chmod", ["g+w", "rust/Makefile", "scripts/min-tool-version.sh"], workingDirectory: tree.path
            )
            .output("test.mode", doing: "changing modes", advice: "look at the test")
            let before = try await tree.snapshot()
            let trial = try await tree.enable(isDryRun: true)
            #expect(trial.isDryRun)
            #expect(try await tree.snapshot() == before)
            let change = try await tree.enable()
            #expect(change.series?.name == "6.12")
            #expect(change.status.isReady)
            #expect(change.branch == nil)
            try await expectUnchanged(tree) { try await $0.enable() }
            let back = try await tree.disable()
            #expect(!back.status.isReady)
            #expect(try await tree.snapshot() == before)
            try await expectUnchanged(tree) { try await $0.disable() }
        }
    }

    @Test("a tree that has support gets the fixes that are for it, and is what it was without them")
    func fixes() async throws {
        try await EnablementTree.with("7.3") { tree in
            let before = try await tree.snapshot()
            #expect(try await tree.enablement().fixes()?.name == "fixes/7.3")
            let change = try await tree.enable()
            #expect(change.series?.isFixes == true && change.status.isReady)
            #expect(try Files.text(tree.path.pushing("rust/kernel/net/netlink.rs")).contains("reverse_bits"))
            try await expectUnchanged(tree) { try await $0.enable() }
            _ = try await tree.disable()
            #expect(try await tree.snapshot() == before)

            // The same once more by git, whose branch has the name of the series.
            try await tree.git(["init", "--quiet", "--initial-branch=stable"])
            try await tree.git(["add", "--all", "--force"])
            try await tree.git(["commit", "--quiet", "--message=base"])
            let branch = try await tree.enable().branch
            #expect(try await tree.git(["branch", "--show-current"]) == "\(branch ?? "")\n")
            // A tree that has the fixes has all there is.
            #expect(try await tree.enablement().fixes() == nil)
            try await expectUnchanged(tree) { try await $0.enable() }
            try await tree.git(["branch", "mine"])
            try await tree.git(["switch", "--quiet", "mine"])
            try await expectRefusal("glue.present", tree)
            try await tree.git(["switch", "--quiet", branch ?? ""])
            _ = try await tree.disable()
            #expect(try await tree.snapshot() == before)
        }
        try await EnablementTree.with { tree in
            let fixes = try await tree.enablement().fixes()
            #expect(fixes == nil)
        }
    }

    @Test("a tree that can't be written is refused", .enabled(if: SmallFileSystem.isPossible))
    func readOnly() async throws {
        try await EnablementTree.with { tree in
            func mount(_ options: [String]) async throws {
                try await Command("mount", options + [tree.path.string]).output(
                    "test.mount", doing: "mounting", advice: "run the tests as root")
            }
            try await mount(["--bind", tree.path.string])
            do {
                try await mount(["-o", "remount,bind,ro"])
                try await expectRefusal("glue.read-only", tree)
            } catch {
                _ = try? await Command("umount", ["-l", tree.path.string]).capture()
                throw error
            }
            _ = try await Command("umount", ["-l", tree.path.string]).capture()
        }
    }

    @Test("a repository gets a branch with a commit a patch, and loses it again")
    func repository() async throws {
        try await EnablementTree.with { tree in
            try await tree.git(["init", "--quiet", "--initial-branch=stable"])
            try await tree.git(["add", "--all"])
            try await tree.git(["commit", "--quiet", "--message=base"])
            let before = try await tree.snapshot()
            let change = try await tree.enable()
            #expect(change.status.isReady)
            #expect(try await tree.git(["branch", "--show-current"]) == "\(change.branch ?? "")\n")
            let log = try await tree.git(["log", "--reverse", "--format=%s", "stable.."])
            #expect(log.split(separator: "\n").map { String($0) } == change.series?.patches.map(\.subject))
            let shown = try await tree.git(["log", "--reverse", "--patch", "stable.."])
            let identifiers = try await Command("git", ["patch-id", "--stable"]).capture(input: shown).output
            #expect(
                identifiers.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
                    == change.series?.patches.map(\.identifier))
            try AtomicFile.write("more", to: tree.path.appending("Makefile"))
            await #expect(throws: Failure.self) { try await tree.disable() }
            try await tree.git(["checkout", "--quiet", "Makefile"])
            _ = try await tree.disable()
            #expect(try await tree.snapshot() == before)
            #expect(try await tree.git(["branch", "--format=%(refname:short)"]) == "stable\n")
            #expect(try await !tree.git(["config", "--list"]).contains("bessemer"))
        }
    }

    @Test("what is in the way is told, and nothing is changed")
    func refusals() async throws {
        try await EnablementTree.with { tree in
            try await expectRefusal("glue.no-series", tree, series: "5.14")
            try await withTemporaryFolder { folder in
                try await Command("cp", ["-a", "\(EnablementTree.glue)/6.12", "\(folder)/one"]).output(
                    "test.copy", doing: "copying", advice: "")
                try await Command("cp", ["-a", "\(EnablementTree.glue)/6.12", "\(folder)/two"]).output(
                    "test.copy", doing: "copying", advice: "")
                try await expectRefusal("glue.several", tree, glue: folder)
            }
            let makefile = tree.path.pushing("arch/s390/Makefile")
            let text = try Files.text(makefile)
            try AtomicFile.write(text.replacing("\n", with: "\r\n"), to: makefile)
            try await expectRefusal("glue.line-ends", tree)
            try AtomicFile.write(text.replacing("KBUILD_CFLAGS", with: "KBUILD_FLAGS"), to: makefile)
            try await expectRefusal("glue.no-series", tree)
            try AtomicFile.write(text, to: makefile)
            let patch = try #require(
                Files.names(in: EnablementTree.glue.appending("6.12")).first { $0.hasPrefix("0001") })
            try await tree.git(["apply", "\(EnablementTree.glue)/6.12/\(patch)"])
            try await expectRefusal("glue.present", tree)
            try await tree.git(["apply", "--reverse", "\(EnablementTree.glue)/6.12/\(patch)"])
            try await tree.git(["init", "--quiet"])
            try await tree.git(["add", "--all"])
            try await tree.git(["commit", "--quiet", "--message=base"])
            try AtomicFile.write(text + "\n", to: makefile)
            try await expectRefusal("glue.dirty", tree)
        }
    }

    @Test("later changes to what the series touched are not lost")
    func laterChanges() async throws {
        try await EnablementTree.with { tree in
            _ = try await tree.enable()
            let file = tree.path.pushing("rust/kernel/bug.rs")
            try AtomicFile.write(try Files.text(file) + "// mine\n", to: file)
            let before = try await tree.snapshot()
            let failure = await #expect(throws: Failure.self) { try await tree.disable() }
            #expect(failure?.code == "glue.changed")
            #expect(failure?.message.contains("rust/kernel/bug.rs") == true)
            #expect(try await tree.snapshot() == before)
        }
    }
}
