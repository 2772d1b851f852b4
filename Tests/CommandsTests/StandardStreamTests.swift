// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct StandardStreamTests {
    /// Runs a line of bash in which `$b` is the program.
    private func shell(_ line: String) async throws -> Outcome {
        var outcome: Outcome?
        try await withInstallation { installation in
            outcome = try await Command(
                "bash", ["-c", "b=\(RealThings.program)\n\(line)"],
                environment: ["PATH": "/usr/bin:/bin", "HOME": installation.folder.string]
            ).capture()
        }
        return try #require(outcome)
    }

    @Test(arguments: [
        "explain LAY001", "explain --format json", "explain --markdown", "--help", "help tree", "--version", "doctor",
        "--generate-completion-script bash", "evidence list", "ci init gitlab -o -", "ci init gitlab --output -",
    ])
    func `a standard output that takes nothing is an error with a sentence`(command: String) async throws {
        let full = try await shell("$b \(command) >/dev/full")
        #expect(full.ending == .exited(2))
        // The form of bad usage is another one; what is asked here is that nothing crashes.
        if !command.contains("-o -") {
            #expect(full.error.hasPrefix("bessemer: could not write to standard output\n  | No space left"))
        }
        let closed = try await shell("$b \(command) >&-")
        #expect(closed.ending == .exited(2))
        #expect(closed.error.contains("bessemer: "))
    }

    @Test(arguments: ["2>/dev/full", "2>&-", ">&- 2>&-", ">/dev/full 2>/dev/full", "<&- >&- 2>&-"])
    func `a standard error that takes nothing changes no exit status`(streams: String) async throws {
        #expect(try await shell("$b nonsense \(streams)").ending == .exited(2))
        let clean = try await shell("$b explain LAY001 \(streams)")
        #expect(clean.ending == .exited(streams.contains(">&- 2") || streams.hasPrefix(">/dev/full") ? 2 : 0))
    }

    @Test func `talk that is lost makes the status 2, and the results are there`() async throws {
        let outcome = try await shell("cd; $b ci init gitlab 2>/dev/full; echo $?; ls -A")
        #expect(outcome.output == "2\n.gitlab-ci.yml\n")
    }

    @Test func `a reader that has gone is a quiet end`() async throws {
        for ignored in ["", "trap '' PIPE; "] {
            let line = "exec 3> >(exec true); wait $!; \(ignored)$b explain >&3; echo $?"
            let outcome = try await shell(line)
            #expect(outcome.output == "141\n")
            #expect(outcome.error.isEmpty)
        }
    }

    @Test func `no file that is opened gets the number of a stream that was closed`() async throws {
        // The database of the evidence would get number 2, and talk would go into it.
        let outcome = try await shell("$b evidence show nothing 2>&-; echo $?; find . -name '*.sqlite' | xargs cat")
        #expect(outcome.output.hasPrefix("2\n"))
        #expect(!outcome.output.contains("bessemer:"))
    }
}

@Suite struct UsageTests {
    private static let acting = "no\u{1B}[2Jsuch\u{1B}]0;t\u{7}\u{9B}31m\u{202E}\u{2066}\u{85}\u{2028}"

    private func expectHarmless(_ outcome: CommandRun, _ message: Comment) {
        let scalar = (outcome.output + outcome.error).unicodeScalars.first { scalar in
            scalar != "\n"
                && [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
        #expect(scalar == nil, message)
    }

    @Test(arguments: [
        ["audit", acting], ["layout", acting, acting], ["layout", "page", "/etc/passwd" + acting],
        ["diff", acting, acting],
        ["tree", "status", acting], ["tree", "enable", acting], ["tree", acting], [acting], ["explain", acting],
        ["--\(acting)"], ["audit", "--\(acting)"], ["audit", "x", "--jobs", acting],
        ["audit", "x", "--format", acting],
        ["evidence", "show", acting], ["evidence", "list", acting], ["lint", acting], ["help", acting],
        ["sandbox", "exec", "--lock", acting, "--", "true"], ["sandbox", "exec", "--\(acting)"],
        ["rollback", "plan", "--root", acting, "--output", "x", "--parameter", acting],
        ["inventory", "--path", acting], ["inventory", "--via", acting],
        ["config", "explain", "--baseline", acting, "--rust", acting], ["audit", "x", "--march", acting],
        ["test", "--baseline", acting, "--candidate", acting], ["ci", "init", acting],
    ])
    func `no argument acts on the terminal through what is said of it`(arguments: [String]) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(arguments)
            #expect(outcome.status == 2)
            #expect(outcome.error.hasPrefix("bessemer: "))
            #expect(outcome.error.contains("\n  what to do: "))
            expectHarmless(outcome, "\(arguments)")
        }
    }

    @Test(arguments: [
        (["audti", "x"], "did you mean `bessemer audit`?"),
        (["tree", "stauts"], "did you mean `bessemer tree status`?"),
        (["explian"], "did you mean `bessemer explain`?"), (["version"], "did you mean `bessemer --version`?"),
        (["-v"], "did you mean `bessemer --version`?"), (["help", "nonsense"], "bessemer --help"),
        (["help", "tree", "enbale"], "did you mean `bessemer tree enable`?"), (["tree"], "bessemer tree --help"),
        (["evidence"], "bessemer evidence --help"), (["help", "audit", "x"], "bessemer audit --help"),
        (["frobnicate"], "bessemer --help"), (["audit", "--marhc", "z13"], "bessemer audit --help"),
        (["audit", "x", "--march", "z99"], "bessemer audit --help"),
        (["sandbox", "exec"], "bessemer sandbox exec --help"),
        (["evidence", "list", "--limit", "0"], "bessemer evidence list --help"),
        (["evidence", "list", "--limit=-1"], "bessemer evidence list --help"),
        (["explain", "--markdown", "--format", "json"], "bessemer explain --help"),
    ])
    func `bad usage says what would be good`(arguments: [String], advice: String) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(arguments)
            #expect(outcome.status == 2)
            #expect(outcome.output.isEmpty)
            #expect(outcome.error.hasPrefix("bessemer: "))
            #expect(outcome.error.hasSuffix("\n  what to do: \(advice)\n"))
        }
    }

    @Test(arguments: [
        ["help"], ["help", "tree"], ["help", "tree", "status"], ["tree", "--help"], ["help", "--help"],
        ["sandbox", "exec", "--help"],
        ["sandbox", "exec", "--lock", "x", "-h"],
    ])
    func `help for what is there ends with 0`(arguments: [String]) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(arguments)
            #expect(outcome.status == 0)
            #expect(outcome.output.contains("USAGE: bessemer"))
        }
    }

    @Test func `the program alone shows its help and ends with 2`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run([])
            #expect(outcome.status == 2)
            #expect(outcome.output.isEmpty && outcome.error.contains("USAGE: bessemer"))
        }
    }

    @Test(arguments: ["", "rel", "./x"])
    func `a home that is not an absolute path is refused, unless nothing depends on it`(home: String) async throws {
        try await withInstallation { installation in
            let none = ["XDG_CACHE_HOME": "", "XDG_STATE_HOME": ""]
            let refused = try await installation.run(
                ["evidence", "list"], none.merging(["HOME": home]) { $1 })
            #expect(refused.status == 2)
            #expect(refused.error.contains("HOME"))
            let taken = try await installation.run(["evidence", "list"], ["HOME": home])
            #expect(taken.status == 0)
        }
    }

    @Test func `lists of evidence make nothing, and read what can't be written`() async throws {
        try await withInstallation { installation in
            let list = try await installation.run(["evidence", "list"])
            #expect(list.status == 0 && list.output.contains("No runs are recorded yet"))
            let show = try await installation.run(["evidence", "show", "x"])
            #expect(show.status == 2 && show.error.contains("“x”"))
            #expect(Files.names(in: installation.folder).isEmpty)
        }
    }

    @Test(arguments: ["/etc/passwd", "/dev/null"])
    func `advice on a file that is no lock does not write over it`(file: String) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["sandbox", "remove", "--lock", file])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains(file))
            #expect(!outcome.error.contains("--output \(file)"))
        }
    }

    @Test func `a copied program says how its data is found`() async throws {
        try await withInstallation { installation in
            let program = installation.folder.appending("bin/bessemer")
            try Files.makeDirectory(program.removingLastComponent())
            // A child copies it: a process that another test starts meanwhile would keep a file of ours open for writing, and
            // no file that is can be run.
            try await Command("cp", [RealThings.program.string, program.string]).output(
                "test.setup", doing: "copying the program", advice: "look at the disk")
            let tree = installation.folder.appending("linux")
            try Files.makeDirectory(tree.pushing("arch/s390"))
            let version = "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 1\nEXTRAVERSION =\n"
            for (name, text) in [
                ("Makefile", version), ("Kconfig", ""), ("arch/s390/Makefile", ""), ("arch/s390/Kconfig", ""),
            ] { try AtomicFile.write(text, to: tree.pushing(FilePath(name))) }
            for data in [nil, installation.folder.string, "relative"] {
                var environment = ["PATH": "/usr/bin:/bin", "HOME": installation.folder.string]
                environment["BESSEMER_DATA"] = data
                let outcome = try await Command(
                    program.string, ["tree", "enable", tree.string, "--dry-run"], environment: environment
                ).capture()
                #expect(outcome.ending == .exited(2))
                #expect(outcome.error.contains("BESSEMER_DATA"))
            }
        }
    }

    @Test func `a shell offers the values of an option, families of rules, and runs`() async throws {
        try await withInstallation { installation in
            let script = try await installation.run(["--generate-completion-script", "bash"]).output
            #expect(script.contains("z10") && script.contains("z17") && script.contains("from-config"))
            #expect(script.contains("LAY\n") || script.contains("LAY LAY001") || script.contains("LAY'"))
        }
    }

    @Test func `an inventory of a folder that is not there is an error`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["inventory", "--path", "/nonexistent"])
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("/nonexistent is not there"))
        }
    }

    @Test(
        .integration,
        arguments: [
            (["/bin/echo", "--version", "--", "--help"], 0, "--version -- --help\n"),
            (["--", "/bin/echo", "--read", "x"], 0, "--read x\n"), (["sh", "-c", "exit 77"], 77, ""),
            (["--", "nosuch"], 127, ""), (["/etc/passwd"], 126, ""), (["sh", "-c", "kill -9 $$"], 137, ""),
            (["sh", "-c", "{ yes 2>/tmp/e; } | head -1; cat /tmp/e"], 0, "y\n"),
        ])
    func `what follows a command of the sandbox is the command's, and so is the status`(
        words: [String], status: Int32, output: String
    ) async throws {
        try await withInstallation { installation in
            let lock = try RealThings.lock()
            let file = installation.folder.appending("lock.json")
            try AtomicFile.write(json: lock, to: file)
            let outcome = try await installation.start(
                ["sandbox", "exec", "--lock", file.string] + words, sharedCache: true)
            #expect(outcome.ending == .exited(status))
            #expect(outcome.output == output)
        }
    }
}
