// SPDX-License-Identifier: Apache-2.0
import Documents
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Commands

/// Machines that a script plays: it answers the probe as a machine would.
@Suite struct MachineCommandTests {
    /// Returns the command that leads to it.
    private func machine(
        _ installation: Installation, _ name: String, _ sysinfo: String, notes: String = "", more: String = ""
    ) throws -> String {
        let text = try Files.text(RealThings.repository.pushing(FilePath("Tests/Corpus/machines/\(sysinfo).txt")))
        let lines = text.split(separator: "\n").map { "sysinfo=\($0)" }.joined(separator: "\n")
        let file = installation.folder.appending(name)
        try AtomicFile.write(
            """
            #!/bin/sh
            mark=$(sed -n "s/^echo '\\(bessemer-[0-9]*\\) begin'$/\\1/p")
            cat <<END
            $mark begin
            architecture=s390x
            release=6.12.117-rust
            \(lines)
            notes=\(notes)
            \(more)
            $mark end
            END

            """, to: file, permissions: FilePermissions(rawValue: 0o755))
        return "sh \(file)"
    }

    @Test func `machines are looked at, listed and shown`() async throws {
        try await withRecordedRun { installation in
            let notes = try #require(SampleRecord.passed().boot.notesSHA256)
            let one = try machine(installation, "one", "zvm-guest", more: "next.type=ccw\nnext.parameter=2")
            let two = try machine(installation, "two", "z17-lpar")
            let x86 = "sh"
            let look = try await installation.run(["machine", "look", "--via", one, "--via", two, "--format", "json"])
            #expect(look.status == 0, "\(look.error)")
            let seen = try JSON.decode([MachineStanding].self, from: Array(look.output.utf8), named: "the list")
            #expect(seen.map(\.verdict) == [.unknown, .unknown] && Set(seen.map(\.key)).count == 2)
            #expect(seen.allSatisfy { $0.state?.notes != notes })
            let other = try await installation.run(["machine", "look", "--via", x86])
            #expect(other.status == 1 && other.error.contains("1 of 1 machines were not seen"), "\(other)")
            let list = try await installation.run(["machine", "list", "--format", "csv"])
            #expect(list.status == 1)
            #expect(list.output.hasPrefix("key,place,") && list.output.split(separator: "\r\n").count == 4)
            let shown = try await installation.run(["machine", "show", "8561-51-0000000000023F48"])
            #expect(
                shown.status == 1 && shown.output.contains("the next IPL takes the boot menu's entry 2"), "\(shown)")
            #expect(try await installation.run(["machine", "show", "nowhere"]).status == 2)
            #expect(try await installation.run(["evidence", "verify"]).status == 0)
            for format in MachineFormat.allCases {
                #expect(try await installation.run(["machine", "list", "--format", format.rawValue]).status == 1)
            }
        }
    }

    @Test(arguments: [
        [], ["--host", "-oProxyCommand=x"], ["--via", "\""], ["--inventory", "nowhere"], ["--inventory", "/dev/zero"],
        ["--via", "sh", "--days", "-1"],
    ])
    func `what can't be looked at is an error`(_ arguments: [String]) async throws {
        try await withInstallation { installation in
            let outcome = try await installation.run(["machine", "look"] + arguments)
            #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome)")
        }
    }

    @Test func `a spreadsheet takes no cell for a formula`() {
        #expect(
            CSVTable(columns: ["a"], rows: [["=1+1"], ["a,\"b\""], ["6.12"]]).text
                == "a\r\n'=1+1\r\n\"a,\"\"b\"\"\"\r\n6.12\r\n")
    }
}
