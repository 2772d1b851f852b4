// SPDX-License-Identifier: Apache-2.0
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Commands

/// A CMDB is kept in step with machines that a script plays.
@Suite struct CMDBCommandTests {
    private func settings(_ targets: String) -> String { "targets:\n" + targets }

    private func look(_ installation: Installation) async throws {
        let file = installation.folder.appending("machine")
        let sysinfo = try Files.text(RealThings.repository.pushing(FilePath("Tests/Corpus/machines/zvm-guest.txt")))
        let lines = sysinfo.split(separator: "\n").map { "sysinfo=\($0)" }.joined(separator: "\n")
        try AtomicFile.write(
            """
            #!/bin/sh
            mark=$(sed -n "s/^echo '\\(bessemer-[0-9]*\\) begin'$/\\1/p")
            printf '%s\\n' "$mark begin" architecture=s390x release=6.12.117 notes=00
            cat <<'END'
            \(lines)
            END
            echo "$mark end"

            """, to: file)
        let outcome = try await installation.run(["machine", "look", "--via", "sh \(file)"])
        #expect(outcome.status == 0, "\(outcome)")
    }

    @Test func `a plan is made, applied, and has nothing to do the second time`() async throws {
        try await withRecordedRun { installation in
            try await look(installation)
            #expect(try await installation.run(["cmdb", "plan", "files"]).status == 2)
            #expect(try await installation.run(["cmdb", "init"]).status == 0)
            #expect(try await installation.run(["cmdb", "init"]).status == 2)
            let none = try await installation.run(["cmdb", "status", "files"])
            #expect(none.status == 2 && none.error.contains("nothing was written"))
            let plan = try await installation.run(["cmdb", "plan", "files", "--output", "f.plan", "--format", "json"])
            #expect(plan.status == 0, "\(plan)")
            let read = try JSON.decode(CMDBPlan.self, from: Array(plan.output.utf8), named: "the plan")
            #expect(read.operations.contains { $0.name == "LINUX01" && $0.action == .create })
            let applied = try await installation.run(["cmdb", "apply", "f.plan"])
            #expect(applied.status == 0 && applied.output.contains("DONE"), "\(applied)")
            let second = try await installation.run(["cmdb", "plan", "files"])
            #expect(second.status == 0 && second.output.hasPrefix("IN STEP"), "\(second)")
            #expect(try await installation.run(["cmdb", "status", "files"]).status == 0)
            #expect(try await installation.run(["cmdb", "show"]).output.contains("LINUX01"))
            #expect(try await installation.run(["evidence", "verify"]).status == 0)
            let entry = try await installation.run(["evidence", "list", "--all"])
            #expect(entry.output.contains("files complete"), "\(entry)")
        }
    }

    @Test func `a plan goes to the place that it was made for, and to no other`() async throws {
        try await withRecordedRun { installation in
            try await look(installation)
            let file = installation.folder.appending("cmdb.yaml")
            try AtomicFile.write(settings("- name: files\n  type: csv\n  folder: one\n"), to: file)
            #expect(try await installation.run(["cmdb", "plan", "files", "--output", "f.plan"]).status == 0)
            try AtomicFile.write(settings("- name: files\n  type: csv\n  folder: two\n"), to: file)
            let moved = try await installation.run(["cmdb", "apply", "f.plan"])
            #expect(moved.status == 2 && moved.error.contains("is two now"), "\(moved)")
            let other = try await installation.run(["cmdb", "plan", "nobody"])
            #expect(other.status == 2 && other.error.contains("it has files"))
            try AtomicFile.write("{}", to: installation.folder.appending("f.plan"))
            #expect(try await installation.run(["cmdb", "apply", "f.plan"]).status == 2)
        }
    }

    @Test func `what a policy judged is not taken out without one, and a plan replaces plans alone`() async throws {
        try await withRecordedRun { installation in
            try await look(installation)
            #expect(try await installation.run(["cmdb", "init"]).status == 0)
            let over = try await installation.run(["cmdb", "plan", "files", "--output", "cmdb.yaml"])
            #expect(over.status == 2 && over.error.contains("is not a plan"), "\(over)")
            for _ in 1...2 {
                #expect(try await installation.run(["cmdb", "plan", "files", "--output", "f.plan"]).status == 0)
            }
            #expect(try await installation.run(["cmdb", "apply", "f.plan"]).status == 0)
            let again = try await installation.run(["cmdb", "apply", "f.plan"])
            #expect(again.status == 0 && again.error.contains("done before"), "\(again)")
            let policy = installation.folder.appending("bessemer.yaml")
            try Files.rename(policy, to: installation.folder.appending("moved.yaml"))
            let without = try await installation.run(["cmdb", "plan", "files"])
            #expect(without.status == 2 && without.error.contains("no policy here"), "\(without)")
            let settings = installation.folder.appending("cmdb.yaml")
            try AtomicFile.write(try Files.text(settings) + "policy: moved.yaml\n", to: settings)
            #expect(try await installation.run(["cmdb", "plan", "files"]).status == 0)
        }
    }

    @Test func `where no machine was looked at, that is said`() async throws {
        try await withInstallation { installation in
            #expect(try await installation.run(["machine", "list"]).output.contains("bessemer machine look"))
            for words in [["show"], ["status", "files"]] {
                let outcome = try await installation.run(["cmdb"] + words)
                #expect(outcome.status == 2 && outcome.error.contains("no machine was looked at"), "\(outcome)")
            }
        }
    }

    @Test func `a token that others can read is not used`() async throws {
        try await withRecordedRun { installation in
            try await look(installation)
            try AtomicFile.write(
                settings("- name: n\n  type: nautobot\n  url: http://127.0.0.1:9\n  token-file: token\n"),
                to: installation.folder.appending("cmdb.yaml"))
            let missing = try await installation.run(["cmdb", "plan", "n"])
            #expect(missing.status == 2 && missing.error.contains("there is no file"))
            let token = installation.folder.appending("token")
            try AtomicFile.write("very-secret-token", to: token)
            let open = try await installation.run(["cmdb", "plan", "n"])
            #expect(open.status == 2 && open.error.contains("others can read"), "\(open)")
            try AtomicFile.write("very-secret-token\n", to: token, permissions: AtomicFile.own)
            let silent = try await installation.run(["cmdb", "plan", "n"])
            #expect(silent.status == 2 && silent.error.contains("did not answer"), "\(silent)")
            #expect(!silent.error.contains("very-secret-token"))
        }
    }

    @Test func `two machines of the list are one where a person says so`() async throws {
        try await withRecordedRun { installation in
            try await look(installation)
            let same = ["machine", "same", "LINUX01", "LINUX01", "--reason", "x"]
            #expect(try await installation.run(same).status == 2)
            #expect(try await installation.run(["machine", "same", "a", "b", "--reason", ""]).status == 2)
        }
    }
}
