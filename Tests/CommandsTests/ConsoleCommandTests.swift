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

    private func run(_ arguments: [String], input: String = "") async throws -> Outcome {
        let environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"]
        return try await Command(RealThings.program.string, ["console"] + arguments, environment: environment).capture(
            input: input)
    }

    @Test(arguments: [
        (good, Int32(0), "PASSED"), (bad, 1, "FAILED"), (lost, 1, "UNKNOWN"), ("hello\n", 2, "INCONCLUSIVE"),
        ("", 2, "INCONCLUSIVE"), ("KTAP version 1\n1..1\nok 1 a # SKIP\n", 2, "INCONCLUSIVE"),
    ])
    func `the exit status says what the console says`(log: String, status: Int32, word: String) async throws {
        let outcome = try await run(["-"], input: log)
        #expect(outcome.ending == .exited(status))
        #expect(outcome.output.hasPrefix(word))
        #expect(outcome.error.isEmpty == (status != 2))
    }

    @Test func `files are read, compared, and written as JSON and as JUnit`() async throws {
        try await withTemporaryFolder { folder in
            let (old, new) = (folder.appending("old.log"), folder.appending("new.log"))
            try AtomicFile.write(Self.good, to: old)
            try AtomicFile.write(Self.bad, to: new)
            let worse = try await run([new.string, "--baseline", old.string, "--format", "json"])
            #expect(worse.ending == .exited(1))
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(worse.output.utf8)) as? [String: Any])
            #expect(json["verdict"] as? String == "failed" && json["schema"] as? String == "bessemer-console/1")
            let same = try await run([new.string, "--baseline", new.string])
            #expect(same.ending == .exited(0) && same.output.contains("still-failing"))
            let junit = try await run([new.string, "--format", "junit"])
            #expect(junit.ending == .exited(1) && junit.output.contains("<failure"))
            let several = try await run([old.string, new.string])
            #expect(several.ending == .exited(1) && several.output.contains("old.log"))
        }
    }

    @Test func `what can't be read ends with 2 and says nothing on standard output`() async throws {
        for arguments in [["/nonexistent"], ["/"], [], ["-", "-"], ["-", "--format", "sarif"]] {
            let outcome = try await run(arguments, input: Self.good)
            #expect(outcome.ending == .exited(2))
            #expect(outcome.output.isEmpty && !outcome.error.isEmpty)
        }
    }

    @Test func `its help has an example`() async throws {
        let help = try await run(["--help"])
        #expect(help.ending == .exited(0) && help.output.contains("bessemer console new.log --baseline old.log"))
    }
}
