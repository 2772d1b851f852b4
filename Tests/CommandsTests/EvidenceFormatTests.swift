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

/// What the commands over the evidence log write, in each format.
@Suite struct EvidenceFormatTests {
    /// A log of a run, a drill of it, and a file of the run's.
    private func withLog(_ body: (Installation, RunRecord, Digest) async throws -> Void) async throws {
        try await withInstallation { installation in
            let folder = installation.folder.appending("state/bessemer")
            try Files.makeDirectory(folder)
            let store = try SQLiteEvidenceStore(
                path: folder.appending(SQLiteEvidenceStore.fileName), settings: .ofBessemer(folder))
            let run = SampleRecord.passed()
            let log = try await store.put(Array("a build's log\n".utf8))
            let entry = try await store.append(try Entry.Draft(run, blobs: [Subject("build.log", log)]))
            try await store.append(try Entry.Draft(SampleDrill.passed(run: run.identifier), parents: [entry.digest]))
            try await body(installation, run, log)
        }
    }

    /// What is no form of that format in a text, if anything.
    private func fault(of text: String, as format: OutputFormat) -> String? {
        let isJSON = (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
        let isPage = text.hasPrefix("<!DOCTYPE html>") && text.hasSuffix("</html>\n")
        if isJSON != (format == .json) { return isJSON ? "it is JSON" : "it is no JSON" }
        if isPage != (format == .html) { return isPage ? "it is a page" : "it is no page" }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && $0 != "\n" }) {
            return "a control character is in it"
        }
        return text.hasSuffix("\n") ? nil : "its last line has no end"
    }

    @Test(arguments: OutputFormat.allCases)
    func `a run is listed, shown and verified in each format`(format: OutputFormat) async throws {
        try await withLog { installation, run, _ in
            for (words, expected) in [
                (["list"], run.identifier), (["list", "--all"], "drill"), (["show", run.identifier], run.identifier),
                (["show", "1"], run.identifier), (["show", "2"], "drill"), (["verify"], "2"),
            ] {
                let outcome = try await installation.run(["evidence"] + words + ["--format", format.rawValue])
                #expect(outcome.status == 0 && outcome.error.isEmpty, "\(words): \(outcome.error)")
                #expect(fault(of: outcome.output, as: format) == nil, "\(words): \(outcome.output.prefix(400))")
                #expect(outcome.output.contains(expected), "\(words): \(outcome.output.prefix(2000))")
            }
        }
    }

    @Test(arguments: OutputFormat.allCases)
    func `where nothing is recorded the list is empty in each format, and nothing is shown or verified`(
        format: OutputFormat
    ) async throws {
        try await withInstallation { installation in
            let list = try await installation.run(["evidence", "list", "--format", format.rawValue])
            #expect(list.status == 0 && fault(of: list.output, as: format) == nil, "\(list.output)")
            for words in [["show", "1"], ["verify"]] {
                let outcome = try await installation.run(["evidence"] + words + ["--format", format.rawValue])
                #expect(outcome.status == 2 && outcome.output.isEmpty && outcome.error.contains("recorded"))
            }
            #expect(Files.names(in: installation.folder).isEmpty)
        }
    }

    @Test func `an entry without a report of its own is shown with its body, byte for byte, at any width`() async throws
    {
        try await withLog { installation, run, log in
            let store = try SQLiteEvidenceStore(
                path: installation.folder.appending("state/bessemer/\(SQLiteEvidenceStore.fileName)"),
                settings: .ofBessemer(installation.folder.appending("state/bessemer")))
            let failure = Failure("a.code", String(repeating: "two  spaces, ", count: 400), advice: "nothing")
            let step = StepRecord(
                name: "build", startedAt: run.startedAt, milliseconds: 1, inputs: log, outcome: .failed,
                failure: FailureRecord(failure))
            let entry = try await store.append(try Entry.Draft(step))
            for variables in [[:], ["COLUMNS": "80"]] {
                let outcome = try await installation.run(["evidence", "show", "3"], variables)
                let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(lines.first?.hasPrefix("entry ") == true && lines.dropLast(2).last == "")
                #expect(lines.dropLast().last.map { Array($0.utf8) } == entry.body)
            }
        }
    }

    @Test func `a run without a report names the command that shows its last step's log`() async throws {
        try await withLog { installation, run, log in
            let store = try SQLiteEvidenceStore(
                path: installation.folder.appending("state/bessemer/\(SQLiteEvidenceStore.fileName)"),
                settings: .ofBessemer(installation.folder.appending("state/bessemer")))
            let failure = FailureRecord(Failure("build.failed", "it failed", advice: "read the log"))
            let step = StepRecord(
                name: "build", startedAt: run.startedAt, milliseconds: 1, inputs: log, outcome: .failed,
                failure: failure)
            let entry = try await store.append(try Entry.Draft(step, blobs: [Subject("build.log", log)]))
            let unfinished = UnfinishedRun(
                identifier: "20261122T101500Z-0", tool: "bessemer", workflow: nil, kernel: "6.12",
                startedAt: run.startedAt, finishedAt: run.startedAt, outcome: .failed, failure: failure, steps: [step])
            try await store.append(try Entry.Draft(unfinished, parents: [entry.digest]))
            let text = try await installation.run(["evidence", "show", unfinished.identifier]).output
            #expect(text.contains("what to do   read the log"))
            let digest = try #require(text.firstMatch(of: /build\.log +bessemer evidence show --blob ([0-9a-f]+)/)?.1)
            #expect(
                try await installation.run(["evidence", "show", "--blob", String(digest)]).output == "a build's log\n")
        }
    }

    @Test func `a run is shown with the entry that it is`() async throws {
        try await withLog { installation, run, log in
            let text = try await installation.run(["evidence", "show", "1"]).output
            let section = try #require(text.split(separator: "Evidence ").last)
            #expect(text.hasPrefix("PASSED") && section.contains("entry 1 of the log"))
            #expect(section.contains("\(log) build.log"))
            let drill = try await installation.run(["evidence", "show", "2"]).output
            let digest = try #require(section.firstMatch(of: /digest +([0-9a-f]{64})/)?.1)
            #expect(drill.contains(/parent +/) && drill.contains(digest))
        }
    }

    @Test func `a file of a run is written as it is`() async throws {
        try await withLog { installation, _, log in
            let outcome = try await installation.run(["evidence", "show", "--blob", String(log.hexadecimal.prefix(12))])
            #expect(outcome.status == 0 && outcome.output == "a build's log\n" && outcome.error.isEmpty)
            let unknown = try await installation.run(["evidence", "show", "--blob", "0000"])
            #expect(unknown.status == 2 && unknown.output.isEmpty && unknown.error.contains("0000"))
            #expect(!unknown.error.contains("4 digits"))
            for words in [["--blob", "d2d"], ["d2d"]] {
                let short = try await installation.run(["evidence", "show"] + words)
                #expect(short.status == 2 && short.error.contains("at least 4 digits"))
            }
        }
    }

    @Test func `lists are made again, which is said to people alone`() async throws {
        try await withLog { installation, run, _ in
            let outcome = try await installation.run(["evidence", "rebuild"])
            #expect(outcome.status == 0 && outcome.output.isEmpty)
            #expect(outcome.error == "2 entries are in the lists again\n")
            #expect(try await installation.run(["evidence", "list"]).output.contains(run.identifier))
            let formatted = try await installation.run(["evidence", "rebuild", "--format", "json"])
            #expect(formatted.status == 2)
        }
    }

    @Test func `files of old runs are removed, their entries stay, and the log is still whole`() async throws {
        try await withLog { installation, run, log in
            let step = StepRecord(
                name: "build", startedAt: run.startedAt, milliseconds: 1, inputs: log, outcome: .done, output: log)
            let path = installation.folder.appending("state/bessemer").appending(SQLiteEvidenceStore.fileName)
            try await SQLiteEvidenceStore(path: path, settings: .ofBessemer(path.removingLastComponent())).append(
                try Entry.Draft(step, blobs: [Subject("build.log", log)]))
            for words in [["--keep", "1"], ["--since", "1970-01-01"]] {
                let kept = try await installation.run(["evidence", "prune"] + words)
                #expect(kept.status == 0 && kept.output.isEmpty && kept.error.hasPrefix("no file is older than that"))
                #expect(kept.error.contains("unfinished runs are not counted") == (words[0] == "--keep"))
            }
            let dry = try await installation.run(["evidence", "prune", "--keep", "0", "--dry-run"])
            #expect(dry.status == 0 && dry.error == "would remove 1 file, 0 MiB uncompressed\n")
            #expect(try await installation.run(["evidence", "show", "--blob", log.hexadecimal]).status == 0)
            #expect(try await installation.run(["evidence", "show", "4"]).status == 2)
            let removed = try await installation.run(["evidence", "prune", "--keep", "0"])
            #expect(removed.status == 0 && removed.error == "removed 1 file, 0 MiB uncompressed\n")
            let gone = try await installation.run(["evidence", "show", "--blob", String(log.hexadecimal.prefix(8))])
            #expect(gone.status == 2 && gone.error.contains("evidence prune` (entry 4)"))
            let shown = try await installation.run(["evidence", "show", "3"]).output
            #expect(shown.components(separatedBy: "(removed by entry 4)").count == 2)
            #expect(shown.contains("\(log.hexadecimal) build.log (removed by entry 4)"))
            #expect(try await installation.run(["evidence", "show", run.identifier]).status == 0)
            #expect(try await installation.run(["evidence", "verify"]).status == 0)
        }
    }

    @Test(arguments: [
        [], ["--keep", "1", "--since", "2026-05-31"], ["--keep", "-1"], ["--since", "yesterday"],
        ["--since", "2026-5-1"],
    ])
    func `what to keep is said in one way, which can be read`(words: [String]) async throws {
        try await withLog { installation, _, log in
            let refused = try await installation.run(["evidence", "prune"] + words)
            #expect(refused.status == 2 && refused.output.isEmpty)
            #expect(try await installation.run(["evidence", "show", "--blob", log.hexadecimal]).status == 0)
        }
    }
}
