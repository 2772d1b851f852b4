// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import KernelTree
import Records
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// Trees that try to have a program of theirs run when Bessemer looks into them or changes them.
@Suite struct TreeAttackTests {
    /// A tree whose every trap writes a mark: on this machine beside the tree, and inside the sandbox where git may write.
    private struct Trap {
        let tree: EnablementTree
        var mark: FilePath { tree.folder.appending("mark") }
        var program: String { "touch \(mark) .git/mark /mnt/git/mark /mnt/work/mark 2>/dev/null" }

        var isSprung: Bool {
            Files.exists(mark) || Files.exists(tree.path.pushing(".git/mark"))
                || Files.exists(tree.path.appending("mark"))
        }

        /// Shows that a trap is one, by the command of git's that it is for.
        func expectArmed(_ command: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            _ = try? await tree.shell("{ \(command); } > /dev/null 2>&1 || true")
            #expect(isSprung, "\(command) springs no trap", sourceLocation: sourceLocation)
            try await tree.shell("rm -f \(mark) .git/mark mark")
        }
    }

    /// Everything that looks into a tree by git, and what changes it.
    private func expectHeld(
        _ trap: Trap, isRepository: Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let tree = trap.tree
        let request = SourceRequest.folder(tree.path)
        _ = try await request.acquire(cache: tree.folder.appending("cache"), sandbox: try await RealThings.sandbox())
        #expect(!trap.isSprung, "identity", sourceLocation: sourceLocation)
        let before = try await tree.snapshot()
        try await tree.enable(isDryRun: true)
        #expect(!trap.isSprung, "dry run", sourceLocation: sourceLocation)
        let change = try await tree.enable()
        #expect((change.branch != nil) == isRepository, sourceLocation: sourceLocation)
        #expect(!trap.isSprung, "enable", sourceLocation: sourceLocation)
        try await tree.disable(isDryRun: true)
        try await tree.disable()
        #expect(!trap.isSprung, "disable", sourceLocation: sourceLocation)
        #expect(try await tree.snapshot() == before, sourceLocation: sourceLocation)
    }

    @Test(.integration)
    func `a folder that looks like a bare repository is a plain folder, and its filters do not run`() async throws {
        try await EnablementTree.with { tree in
            let trap = Trap(tree: tree)
            try await tree.shell(
                """
                mkdir -p objects refs; echo 'ref: refs/heads/master' > HEAD
                printf '* filter=x diff=x\\n' > .gitattributes
                printf '[core]\\nrepositoryformatversion=0\\nbare=false\\nworktree=.\\nfsmonitor=%s\\n' "$TRAP" > config
                printf '[filter "x"]\\nclean="%s; cat"\\nsmudge="%s; cat"\\nrequired=true\\n' "$TRAP" "$TRAP" >> config
                printf '[diff]\\nexternal="%s"\\n[core]\\nhooksPath=.\\n' "$TRAP" >> config
                """, ["TRAP": trap.program.replacing(" 2>/dev/null", with: "")])
            try await trap.expectArmed("git add -A; git status; git apply --check Makefile")
            try await tree.shell("rm -rf index objects/??")
            try await expectHeld(trap, isRepository: false)
        }
    }

    @Test(
        .integration,
        arguments: [
            ("core.fsmonitor", "", "git status"), ("filter.x.clean", "; cat", "touch Makefile; git status"),
            ("filter.x.smudge", "; cat", "rm Makefile; git checkout Makefile"),
            ("filter.x.process", "", "touch Makefile; git status"),
            ("diff.external", "", "echo >> Makefile; git diff; git checkout Makefile"),
            ("diff.x.textconv", "; cat", "git log -p -1"),
            ("diff.x.command", "", "echo >> Makefile; git diff; git checkout Makefile"),
            (
                "gpg.program", "",
                "git -c gpg.format=openpgp -c user.signingKey=x -c user.name=n -c user.email=e commit -S --allow-empty -m x"
            ),
            ("core.sshCommand", "; false", "git fetch ssh://localhost/nowhere"),
            (
                "credential.helper", "",
                "printf 'protocol=https\\nhost=x\\n\\n' | GIT_TERMINAL_PROMPT=0 git credential fill"
            ),
            ("alias.trap", "", "git trap"), ("core.editor", "", "git commit --amend"),
            ("core.alternateRefsCommand", "", "true"), ("merge.x.driver", "", "true"),
        ] as [(String, String, String)])
    func `a program that the repository's configuration names does not run`(
        name: String, more: String, command: String
    ) async throws {
        try await EnablementTree.with { tree in
            let trap = Trap(tree: tree)
            try await tree.shell("printf '* filter=x diff=x merge=x\\n' > .gitattributes")
            try await tree.commitAll()
            var program = (name.hasPrefix("alias") || name == "credential.helper" ? "!" : "") + trap.program + more
            if name == "gpg.program" {
                // Not a shell's line.
                try await tree.shell(
                    "printf '#!/bin/sh\\n%s\\n' \"$TRAP\" > .git/trap; chmod +x .git/trap", ["TRAP": program])
                program = "./.git/trap"
            }
            try await tree.git(["config", name, program])
            // The traps of signing, and of a repository that borrows, are for more than one command.
            try await tree.shell("git config commit.gpgSign true; git config log.showSignature true; touch Makefile")
            if command != "true" { try await trap.expectArmed(command) }
            try await tree.shell(
                "git -c filter.x.smudge= -c filter.x.clean= -c filter.x.process= reset -q --hard; touch Makefile; rm -f \(trap.mark) .git/mark"
            )
            try await expectHeld(trap, isRepository: true)
        }
    }

    @Test(.integration) func `neither hooks nor what a configuration includes run`() async throws {
        try await EnablementTree.with { tree in
            let trap = Trap(tree: tree)
            try await tree.shell("printf '* filter=y\\n' > .gitattributes")
            try await tree.commitAll()
            try await tree.shell(
                """
                for hook in applypatch-msg pre-applypatch post-applypatch pre-commit prepare-commit-msg commit-msg post-commit \\
                    post-checkout reference-transaction post-index-change post-rewrite pre-auto-gc post-merge; do
                    printf '#!/bin/sh\\n%s\\nexit 0\\n' "$TRAP" > .git/hooks/$hook; chmod +x .git/hooks/$hook
                done
                git config --file .git/more filter.y.clean "$TRAP; cat"
                git config include.path more
                git config --file .git/more2 core.fsmonitor "$TRAP"
                git config includeIf.gitdir:/.path more2
                git config extensions.worktreeConfig true
                git config --file .git/config.worktree core.fsmonitor "$TRAP"
                echo '* filter=y' > .git/info/attributes
                """, ["TRAP": trap.program])
            try await trap.expectArmed(
                "git update-index --refresh; git switch -c x; git switch stable; git branch -D x")
            try await trap.expectArmed("touch Makefile; git -c core.hooksPath=/dev/null -c core.fsmonitor=false status")
            try await tree.shell("touch Makefile")
            try await expectHeld(trap, isRepository: true)
        }
    }

    @Test(.integration) func `a patch series does not get a program run either`() async throws {
        try await EnablementTree.with { tree in
            let trap = Trap(tree: tree)
            let glue = tree.folder.appending("Glue")
            try await tree.shell(
                """
                mkdir -p ../Glue/evil; echo 0001.patch > ../Glue/evil/series
                { printf 'From: a <b>\\nSubject: x\\n\\n---\\n'
                  for file in HEAD config .gitattributes; do
                    printf 'diff --git a/%s b/%s\\nnew file mode 100644\\n--- /dev/null\\n+++ b/%s\\n@@ -0,0 +1 @@\\n+x\\n' $file $file $file
                  done; } > ../Glue/evil/0001.patch
                mkdir ../Glue/git; cp ../Glue/evil/series ../Glue/git
                sed 's,HEAD,.git/config,g' ../Glue/evil/0001.patch > ../Glue/git/0001.patch
                mkdir ../Glue/link; echo 0001.patch > ../Glue/link/series
                printf 'Subject: x\\n\\ndiff --git a/rust/l b/rust/l\\nnew file mode 120000\\n--- /dev/null\\n+++ b/rust/l\\n@@ -0,0 +1 @@\\n+%s\\n\\\\ No newline at end of file\\n' \
                    /etc/shadow > ../Glue/link/0001.patch
                """)
            let before = try await tree.snapshot()
            for name in ["git", "link"] {
                let failure = await #expect(throws: Failure.self) {
                    try await tree.enablement(glue: glue).enable(series: name)
                }
                #expect(
                    ["glue.series", "tree.not-a-file"].contains(failure?.code), "\(name): \(failure?.description ?? "")"
                )
                #expect(try await tree.snapshot() == before)
            }
            _ = try await tree.enablement(glue: glue).enable(series: "evil")
            _ = try await tree.enablement(glue: glue).disable()
            #expect(try await tree.snapshot() == before)
            #expect(!trap.isSprung)
        }
    }

    @Test func `no source of Bessemer's starts git on this machine`() throws {
        let sources = RealThings.repository.appending("Sources")
        let files = try #require(FileManager.default.enumerator(atPath: sources.string))
        var users: Set<String> = []
        for case let name as String in files where name.hasSuffix(".swift") {
            let text = try Files.text(sources.pushing(FilePath(name)))
            #expect(text.firstMatch(of: #/Command\(\s*"([^"]*/)?git"/#) == nil, "\(name)")
            if text.contains(#/(?m)^\s*(if |! |\[ "\$\()?git ("\$\{|-|[a-z-]+ )/#), text.contains("\"\"\"") {
                users.insert(name)
            }
        }
        // Scripts of the sandbox, each run by `SandboxedGit`.
        #expect(
            users.isSubset(of: [
                "KernelTree/Git/GitRepository.swift", "KernelTree/Glue/GlueBranch.swift",
                "KernelTree/Glue/GlueTrial.swift",
            ]), "\(users)")
    }

    // MARK: Records

    private func record(_ tree: EnablementTree) throws -> [String: Any] {
        let data = Data(try Files.bytes(tree.path.pushing(".bessemer-glue/record.json")))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func write(_ record: [String: Any], _ tree: EnablementTree) throws {
        let data = try JSONSerialization.data(withJSONObject: record)
        try AtomicFile.write(Array(data), to: tree.path.pushing(".bessemer-glue/record.json"))
    }

    @Test(.integration) func `a record that names files elsewhere, or other files than its series, changes nothing`()
        async throws
    {
        try await EnablementTree.with { tree in
            try await tree.enable()
            let honest = try record(tree)
            let victim = tree.folder.appending("victim")
            try AtomicFile.write("kept", to: victim)
            try await tree.shell("chmod 600 ../victim; ln -s ../victim evil; ln -s .. up")
            let before = try await tree.snapshot() + Files.text(victim)
            let digest = Digest(of: "kept").hexadecimal
            for name in ["../victim", victim.string, "evil", "up/victim", ".git/config", "a//b", "x/../../victim"] {
                var changed = honest
                var files = try #require(honest["files"] as? [[String: Any]])
                files.append(["path": name, "before": "ZXZpbA==", "beforeMode": 0o7777, "after": digest])
                changed["files"] = files
                try write(changed, tree)
                let alone = await #expect(throws: Failure.self) { try await tree.disable() }
                #expect(alone?.code == "glue.record", "\(name)")
                // The same where the record's series says so, too.
                var series = try #require(honest["series"] as? [String: Any])
                var patches = try #require(series["patches"] as? [[String: Any]])
                patches[0]["touches"] = try #require(patches[0]["touches"] as? [String]) + [name]
                series["patches"] = patches
                changed["series"] = series
                changed["files"] = files.sorted { ($0["path"] as? String ?? "") < ($1["path"] as? String ?? "") }
                try write(changed, tree)
                let both = await #expect(throws: Failure.self) { try await tree.disable() }
                #expect(["glue.record", "tree.not-a-file"].contains(both?.code), "\(name): \(both?.description ?? "")")
                try write(honest, tree)
                #expect(try await tree.snapshot() + Files.text(victim) != "")
                #expect(try Files.text(victim) == "kept")
            }
            try await tree.shell("[ $(stat -c %a ../victim) = 600 ]; rm evil up")
            _ = before
            // Its nearest innocent neighbour.
            try await tree.disable()
        }
    }

    @Test(.integration) func `a record sets no bits that make a program run as its owner`() async throws {
        try await EnablementTree.with { tree in
            let before = try await tree.snapshot()
            try await tree.enable()
            var changed = try record(tree)
            var files = try #require(changed["files"] as? [[String: Any]])
            let index = try #require(files.firstIndex { $0["before"] != nil })
            files[index]["beforeMode"] = 0o6755
            changed["files"] = files
            try write(changed, tree)
            try await tree.disable()
            #expect(try await tree.shell("find . -perm /6000").isEmpty)
            try await tree.shell("chmod 644 '\(files[index]["path"] as? String ?? "")'")
            #expect(try await tree.snapshot() == before)
        }
    }

    @Test(.integration) func `a record of another version is refused with a way out`() async throws {
        try await EnablementTree.with { tree in
            try await tree.shell(
                "mkdir .bessemer-glue; echo '{\"series\":{\"name\":\"6.12\",\"patches\":[]},\"files\":[]}' > .bessemer-glue/record.json"
            )
            for work in [{ try await tree.enable() }, { try await tree.disable() }] as [() async throws -> GlueChange] {
                let failure = await #expect(throws: Failure.self) { try await work() }
                #expect(failure?.code == "glue.record")
            }
        }
    }
}
