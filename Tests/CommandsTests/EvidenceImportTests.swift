// SPDX-License-Identifier: Apache-2.0
import Documents
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Commands

/// Evidence of one machine on another.
@Suite struct EvidenceImportTests {
    private func withBundle(_ body: (Installation, RunRecord) async throws -> Void) async throws {
        try await withInstallation { installation in
            let state = installation.folder.appending("state/bessemer")
            try Files.makeDirectory(state, permissions: Files.ownFolder)
            let store = try SQLiteEvidenceStore(
                path: state.appending(SQLiteEvidenceStore.fileName), settings: .ofBessemer(state))
            let run = SampleRecord.passed()
            try await SampleEvidence.record(run, in: store)
            let key = try await installation.run(["key", "generate"])
            try AtomicFile.write(key.output, to: installation.folder.appending("key.pem"))
            let other = try await installation.run(["key", "generate", "--output", "other.key"])
            try AtomicFile.write(other.output, to: installation.folder.appending("other.pem"))
            let bundle = ["evidence", "bundle", run.identifier, "--output", "run.tar.gz"]
            #expect(try await installation.run(bundle).status == 0)
            let again = try await installation.run(bundle)
            #expect(again.status == 2 && again.error.contains("run.tar.gz is there already"))
            #expect(try await installation.run(bundle + ["--force"]).status == 0)
            try await body(installation, run)
        }
    }

    @Test func `an imported run is listed, shown and asked, each time as another log's`() async throws {
        try await withBundle { installation, run in
            func there(_ words: String...) async throws -> CommandRun {
                try await installation.run(
                    ["evidence"] + words, ["XDG_STATE_HOME": "\(installation.folder)/there"])
            }
            #expect(try await there("import", "run.tar.gz", "--key", "key.pem").status == 0)
            let list = try await there("list")
            #expect(list.status == 0 && list.output.contains(run.identifier), "\(list.error)")
            #expect(list.output.contains("Imported from other logs"))
            let json = try await there("list", "--format", "json")
            #expect(json.output.contains("\"imported\" : {"))
            for name in [String(run.identifier.prefix(15)), "1"] {
                let shown = try await there("show", name)
                #expect(shown.status == 0 && shown.output.contains("Imported from another log"), "\(shown.error)")
                #expect(shown.output.contains("--digests lists them") && !shown.output.contains("bundle.dsse.json"))
                let whole = try await there("show", name, "--digests")
                #expect(whole.output.contains("bundle.dsse.json"))
            }
            #expect(try await there("show", run.identifier, "--format", "json").output.contains("\"authenticity\""))
            let affected = try await there("affected", "--tool", "rustc")
            #expect(affected.status == 1 && affected.output.contains("1 of them imported"), "\(affected.output)")
            #expect(affected.output.contains("evidence of another log"))
            let export = try await there("export", run.identifier, "--format", "kcidb")
            #expect(export.status == 2 && export.error.contains("is one of another log"))
            #expect(try await there("prune", "--keep", "0").status == 0)
            let pruned = try await there("list")
            #expect(pruned.status == 0 && pruned.error.contains("entry 1 is an imported run whose record was removed"))
            #expect(try await there("show", run.identifier).output.contains("they were removed from this log"))
            // A run that is there itself is that one.
            #expect(try await installation.run(["evidence", "import", "run.tar.gz", "--key", "key.pem"]).status == 0)
            let own = try await installation.run(["evidence", "show", run.identifier])
            #expect(own.status == 0 && !own.output.contains("Imported from another log"))
            #expect(try await installation.run(["evidence", "list"]).status == 0)
        }
    }

    @Test func `a verdict goes with the policy that it is by, the last of each stage`() async throws {
        try await withBundle { installation, run in
            #expect(try await installation.run(["policy", "init"]).status == 0)
            let policy = installation.folder.appending("bessemer.yaml")
            let gate = ["gate", run.identifier, "--stage", "production"]
            #expect(try await installation.run(gate).status == 1)
            try AtomicFile.write(try Files.text(policy) + "\n# the shop's\n", to: policy)
            #expect(try await installation.run(gate).status == 1)
            let made = try await installation.run(
                ["evidence", "bundle", run.identifier, "--output", "decided.tar.gz"])
            #expect(made.status == 0, "\(made.error)")
            let kept = try await Command(
                "tar",
                ["-xzOf", "\(installation.folder)/decided.tar.gz", "\(run.identifier)/inputs/policy-production.yaml"]
            ).capture(limit: 1 << 20, deadline: .seconds(60))
            #expect(kept.bytes == Array(try Files.text(policy).utf8))
            let taken = try await installation.run(
                ["evidence", "import", "decided.tar.gz", "--key", "key.pem"],
                ["XDG_STATE_HOME": "\(installation.folder)/there"])
            #expect(taken.status == 0, "\(taken.error)")
        }
    }

    @Test func `a bundle that is refused has one cause where there is one, and nothing is recorded`() async throws {
        try await withBundle { installation, _ in
            func take(_ words: String...) async throws -> CommandRun {
                try await installation.run(["evidence", "import", "run.tar.gz"] + words)
            }
            let wrong = try await take("--key", "other.pem")
            #expect(wrong.status == 1 && wrong.error.contains("nothing was recorded"))
            #expect(wrong.output.contains("another key signed the bundle"))
            #expect(wrong.output.ranges(of: "fault").count == 1, "\(wrong.output)")
            for words in [[], ["--key", "nowhere.pem"]] {
                let outcome = try await installation.run(["evidence", "import", "run.tar.gz"] + words)
                #expect(outcome.status > 0 && outcome.error.contains("nothing was recorded"))
            }
            #expect(try await take("--key", "key.pem", "--dry-run").error.isEmpty)
        }
    }
}
