// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import SystemPackage
import TestSupport
import Testing

@Suite struct ConsoleCommandTests {
    private static let good = "KTAP version 1\n1..2\nok 1 a\nok 2 b\n"
    private static let bad = "KTAP version 1\n1..2\nok 1 a\nnot ok 2 b\n"
    private static let lost = "KTAP version 1\n1..2\nok 1 a\n"

    @Test(arguments: [
        (good, Int32(0), "PASSED"), (bad, 1, "FAILED"), (lost, 1, "UNKNOWN"), ("hello\n", 2, "INCONCLUSIVE"),
        ("", 2, "INCONCLUSIVE"), ("KTAP version 1\n1..1\nok 1 a # SKIP\n", 2, "INCONCLUSIVE"),
    ])
    func `the exit status says what the console says`(log: String, status: Int32, word: String) async throws {
        try await withInstallation { installation in
            try AtomicFile.write(log, to: installation.folder.appending("log"))
            let outcome = try await installation.run(["console", "log"])
            #expect(outcome.status == status)
            #expect(outcome.output.hasPrefix(word))
            #expect(outcome.error.isEmpty == (status != 2))
        }
    }

    @Test func `a console is read from standard input, and once only`() async throws {
        try await withInstallation { installation in
            let outcome = try await installation.start(["console", "-"], input: Self.bad)
            #expect(outcome.ending == .exited(1))
            #expect(outcome.output.hasPrefix("FAILED") && outcome.error.isEmpty)
            #expect(try await installation.run(["console", "-", "-"]).status == 2)
        }
    }

    @Test func `files are read, compared, and written as JSON and as JUnit`() async throws {
        try await withInstallation { installation in
            let folder = installation.folder
            let (old, new) = (folder.appending("old.log"), folder.appending("new.log"))
            try AtomicFile.write(Self.good, to: old)
            try AtomicFile.write(Self.bad, to: new)
            let worse = try await installation.run([
                "console", new.string, "--baseline", old.string, "--format", "json",
            ])
            #expect(worse.status == 1)
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(worse.output.utf8)) as? [String: Any])
            #expect(json["verdict"] as? String == "failed" && json["schema"] as? String == "bessemer-console/1")
            let same = try await installation.run(["console", new.string, "--baseline", new.string])
            #expect(same.status == 0 && same.output.contains("still-failing"))
            let junit = try await installation.run(["console", new.string, "--format", "junit"])
            #expect(junit.status == 1 && junit.output.contains("<failure"))
            let several = try await installation.run(["console", old.string, new.string])
            #expect(several.status == 1 && several.output.contains("old.log"))
        }
    }

    @Test func `what can't be read ends with 2 and says nothing on standard output`() async throws {
        try await withInstallation { installation in
            for arguments in [["/nonexistent"], ["/"], [], ["-", "-"], ["x", "--format", "sarif"]] {
                let outcome = try await installation.run(["console"] + arguments)
                #expect(outcome.status == 2)
                #expect(outcome.output.isEmpty && !outcome.error.isEmpty)
            }
        }
    }

    @Test func `its help has an example`() async throws {
        try await withInstallation { installation in
            let help = try await installation.run(["console", "--help"])
            #expect(help.status == 0 && help.output.contains("bessemer console new.log --baseline old.log"))
        }
    }
}
