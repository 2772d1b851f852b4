// SPDX-License-Identifier: Apache-2.0
import Evidence
import EvidenceSQLite
import Foundation
import Host
import Records
import SystemPackage
import TestSupport
import Testing

@testable import Commands

/// The folder of a site: what is written, what is left alone, and what is refused.
@Suite struct SiteCommandTests {
    private func site(
        _ installation: Installation, _ folder: String = "site", more: [String] = []
    ) async throws -> SiteReport {
        let outcome = try await installation.run(["site", "--output", folder, "--format", "json"] + more)
        #expect(outcome.status == 0, "\(outcome)")
        return try JSON.decode(SiteReport.self, from: Array(outcome.output.utf8), named: "the answer")
    }

    /// Each file with the bytes that it has.
    private func files(_ installation: Installation) throws -> [String: Digest] {
        let folder = installation.folder.appending("site")
        let names = try Files.entries(below: folder, onFailure: { _, _ in }).filter { $0.kind == S_IFREG }.map(\.name)
        return Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try Digest(ofFile: folder.pushing(FilePath($0)))) })
    }

    private func store(_ installation: Installation) throws -> SQLiteEvidenceStore {
        let folder = installation.folder.appending("state/bessemer")
        return try SQLiteEvidenceStore(
            path: folder.appending(SQLiteEvidenceStore.fileName), settings: .ofBessemer(folder))
    }

    @Test func `a site is written once, and again only where something changed`() async throws {
        try await withRecordedRun { installation in
            let first = try await site(installation)
            let before = try files(installation)
            #expect(first.written == first.pages && first.pages == before.count - 2, "the manifest and the lock beside")
            let second = try await site(installation)
            #expect(second.written == 0 && second.unchanged == first.pages && second.removed == 0)
            #expect(try files(installation) == before)
            let other = SampleRecord.renamed(SampleRecord.failed(), "20261123T101500Z-5f3a9c02")
            try await store(installation).append(try Entry.Draft(other))
            let third = try await site(installation)
            let after = try files(installation)
            let changed = Set(after.filter { before[$0.key] != $0.value }.keys)
            #expect(changed.filter { $0.hasPrefix("run/") } == ["run/20261123t101500z-5f3a9c02.html"])
            #expect(changed.filter { $0.hasPrefix("compare/") } == ["compare/20261123t101500z-5f3a9c02.html"])
            #expect(changed.isSuperset(of: ["index.html", "runs.html"]) && !changed.contains("machines.html"))
            #expect(third.written == changed.count - 1, "all but the manifest")
        }
    }

    @Test func `a page that somebody altered, removed or replaced by a link is written again`() async throws {
        try await withRecordedRun { installation in
            let folder = installation.folder.appending("site")
            _ = try await site(installation)
            let before = try files(installation)
            let run = try #require(before.keys.first { $0.hasPrefix("run/") })
            let secret = installation.folder.appending("secret")
            try AtomicFile.write("mine", to: secret)
            try AtomicFile.write("altered", to: folder.pushing(FilePath(run)))
            try Files.remove(folder.appending("runs.html"))
            try Files.remove(folder.appending("waivers.html"))
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending("waivers.html").string, withDestinationPath: secret.string)
            #expect(try await site(installation).written == 3)
            #expect(try files(installation) == before)
            #expect(try Files.text(secret) == "mine")
        }
    }

    @Test func `what was cut short at any moment is finished by the next one`() async throws {
        try await withRecordedRun { installation in
            let folder = installation.folder.appending("site")
            _ = try await site(installation)
            let before = try files(installation)
            // Known as ours and not there yet, half of them there, the manifest of before they were made.
            try AtomicFile.write(
                "{\"files\": {\"index.html\": {}, \"runs.html\": {}, \"run/gone.html\": {\"sha256\": \"\(Digest(of: "left"))\"}}, \"schema\": \"bessemer-site/1\"}",
                to: folder.appending("bessemer-site.json"))
            for name in ["index.html", "style.css", "machines.html", "timeline.html", "waivers.html"] {
                try Files.remove(folder.appending(name))
            }
            for name in before.keys where name.contains("-by-") || name.contains("/") {
                try Files.remove(folder.pushing(FilePath(name)))
            }
            try AtomicFile.write("left", to: folder.appending("run/gone.html"))
            try AtomicFile.write("left", to: folder.appending("run/.partial-abcdefghij0123456789"))
            #expect(try await site(installation).removed == 1)
            #expect(try files(installation) == before)
        }
    }

    @Test func `what somebody else put there is not removed, whatever its name and the manifest say`() async throws {
        try await withRecordedRun { installation in
            let folder = installation.folder.appending("site")
            _ = try await site(installation)
            let manifest = folder.appending("bessemer-site.json")
            try AtomicFile.write(
                try Files.text(manifest).replacing(
                    "\"files\" : {", with: "\"files\" : {\"about.html\": {}, \"minutes.html\": {},"), to: manifest)
            try AtomicFile.write("mine", to: folder.appending("about.html"))
            try Files.makeDirectory(folder.appending("minutes.html"))
            try AtomicFile.write("mine", to: folder.appending("minutes.html/notes"))
            try Files.makeDirectory(folder.appending(".partial-rsync"))
            try AtomicFile.write("mine", to: folder.appending(".partial-report"))
            #expect(try await site(installation).removed == 0)
            for name in ["about.html", "minutes.html/notes", ".partial-report"] {
                #expect(try Files.text(folder.pushing(FilePath(name))) == "mine")
            }
            let other = installation.folder.appending("other")
            try Files.makeDirectory(other.appending(".partial-rsync"))
            #expect(try await installation.run(["site", "--output", "other"]).status == 2)
        }
    }

    @Test func `a file that is not the site's stays, and is never written over`() async throws {
        try await withRecordedRun { installation in
            let folder = installation.folder.appending("site")
            _ = try await site(installation)
            try AtomicFile.write("notes", to: folder.appending("notes.txt"))
            try AtomicFile.write("mine", to: folder.appending("run/mine.html"))
            _ = try await site(installation)
            #expect(try Files.text(folder.appending("notes.txt")) == "notes")
            #expect(try Files.text(folder.appending("run/mine.html")) == "mine")
            // A name that the site would need is somebody else's.
            let taken = folder.appending("run/20261123t101500z-5f3a9c02.html")
            try AtomicFile.write("mine", to: taken)
            try await store(installation).append(
                try Entry.Draft(SampleRecord.renamed(SampleRecord.failed(), "20261123T101500Z-5f3a9c02")))
            let before = try files(installation)
            let refused = try await installation.run(["site", "--output", "site"])
            #expect(refused.status == 2 && refused.error.contains("Bessemer did not write it"), "\(refused)")
            #expect(try files(installation) == before)
        }
    }

    @Test(arguments: [
        "UPDATE run SET verdict='passed', failed=0", "DELETE FROM run", "UPDATE run SET verdict='x'",
        "INSERT INTO run SELECT * FROM run", "UPDATE run SET identifier='20261123T101500Z-00000000'",
        "INSERT INTO run SELECT 1000, ordinal, identifier, kernelVersion, release, verdict, startedAt, finishedAt, sourceKind, "
            + "passed, failed, skipped, undecided, waived, buildMilliseconds, buildSteps FROM run",
        "UPDATE entry_index SET kind='drill'", "DELETE FROM entry_index", "DELETE FROM entry_subject",
        "INSERT INTO drill VALUES (1, 0, 'one', 'two', 'passed', 'three')",
    ])
    func `lists that differ from the log are in no page, of a new site and of one that is there`(
        _ change: String
    ) async throws {
        try await withRecordedRun { installation in
            try await store(installation).append(
                try Entry.Draft(SampleRecord.renamed(SampleRecord.failed(), "20261123T101500Z-5f3a9c02")))
            _ = try await site(installation)
            let before = try files(installation)
            let program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute(sys.argv[2]); db.commit()"
            let file = installation.folder.appending("state/bessemer").appending(SQLiteEvidenceStore.fileName)
            #expect(try await Command("python3", ["-c", program, file.string, change]).capture().succeeded)
            for folder in ["site", "new"] {
                let refused = try await installation.run(["site", "--output", folder])
                #expect(refused.status == 2 && refused.error.contains("evidence rebuild"), "\(folder): \(refused)")
                #expect(!Files.exists(installation.folder.appending(folder).appending("runs.html")) || folder == "site")
            }
            #expect(try files(installation) == before)
            #expect(try await installation.run(["evidence", "rebuild"]).status == 0)
            #expect(try await site(installation).written == 0)
        }
    }

    @Test func `a folder of others is refused, and nothing is written to it`() async throws {
        try await withRecordedRun { installation in
            let folder = installation.folder.appending("other")
            try Files.makeDirectory(folder)
            try AtomicFile.write("x", to: folder.appending("index.html"))
            let refused = try await installation.run(["site", "--output", "other"])
            #expect(refused.status == 2 && refused.error.contains("is not a site that Bessemer wrote"), "\(refused)")
            #expect(Files.names(in: folder) == ["index.html"])
            for manifest in ["{}", "[]", "{\"files\": {\"../secret\": {}}, \"schema\": \"bessemer-site/1\"}"] {
                try AtomicFile.write(manifest, to: folder.appending("bessemer-site.json"))
                #expect(try await installation.run(["site", "--output", "other"]).status == 2)
            }
            try AtomicFile.write("x", to: installation.folder.appending("file"))
            #expect(try await installation.run(["site", "--output", "file"]).status == 2)
            #expect(try await installation.run(["site", "--output", ""]).status == 2)
        }
    }

    @Test(arguments: ["lock", "run", "bessemer-site.json"])
    func `a link in the folder leads nowhere`(_ name: String) async throws {
        try await withRecordedRun { installation in
            let outside = installation.folder.appending("outside")
            try Files.makeDirectory(outside)
            _ = try await site(installation)
            let folder = installation.folder.appending("site")
            try Files.remove(folder.appending(name))
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(name).string,
                withDestinationPath: name == "run" ? outside.string : outside.appending("file").string)
            #expect(try await installation.run(["site", "--output", "site"]).status == 2)
            #expect(Files.names(in: outside).isEmpty)
        }
    }

    @Test func `two at once do not write to one folder`() async throws {
        try await withRecordedRun { installation in
            let lock = try FolderLock(installation.folder.appending("site"), doing: "writing a site")
            let refused = try await installation.run(["site", "--output", "site"])
            #expect(refused.status == 2 && refused.error.contains("another Bessemer process is writing a site"))
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `a log that is not what was recorded is not shown`() async throws {
        try await withRecordedRun { installation in
            _ = try await site(installation)
            let before = try files(installation)
            let program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute(sys.argv[2]); db.commit()"
            let changed = try await Command(
                "python3",
                [
                    "-c", program, installation.folder.appending("state/bessemer/evidence.sqlite").string,
                    "UPDATE entry SET body = CAST('{}' AS BLOB)",
                ]
            ).capture()
            #expect(changed.succeeded)
            #expect(try await installation.run(["site", "--output", "site"]).status == 2)
            #expect(try files(installation) == before)
        }
    }

    @Test func `nothing recorded is a site that says so`() async throws {
        try await withInstallation { installation in
            let report = try await site(installation)
            #expect(report.pages > 5)
            let page = try Files.text(installation.folder.appending("site/runs.html"))
            #expect(page.contains("No run is recorded") && page.contains("bessemer pilot"))
            #expect(try await site(installation).written == 0)
        }
    }

    @Test func `a policy that is named and not there is an error`() async throws {
        try await withRecordedRun { installation in
            let outcome = try await installation.run(["site", "--output", "site", "--policy", "nowhere.yaml"])
            #expect(outcome.status == 2 && !Files.exists(installation.folder.appending("site")))
        }
    }
}
