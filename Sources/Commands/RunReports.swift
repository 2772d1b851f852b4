// SPDX-License-Identifier: Apache-2.0
internal import Documents
internal import Evidence
internal import EvidenceSQLite
internal import Host
internal import Records
internal import SystemPackage
internal import Workflows

/// Writes a run's reports into the pilot's folder.
struct ReportStep: Step {
    let program: String
    /// By its entry.
    let run: Keyed<RunRecord>
    /// Of the rollback, the oldest first.
    let drills: [RollbackDrill]
    /// With the head of the log when the run was recorded, not of today: the same reports at any time.
    let evidence: EntryPlace?

    var name: String { "report" }

    /// In the order in which they are named to a person.
    static let files = ["report.html", "report.json", "report.junit.xml", "report.sarif", "report.txt"]

    func attachments(of made: [String: Digest]?, at folder: FilePath) -> [StepAttachment] {
        Self.files.map { StepAttachment($0, folder.appending($0)) }
    }

    func holds(_ made: [String: Digest], at folder: FilePath) throws -> Bool {
        try made.allSatisfy { try Digest(ofFile: folder.appending($0.key)) == $0.value }
    }

    func perform(at folder: FilePath) throws -> [String: Digest] {
        var made: [String: Digest] = [:]
        for name in Self.files {
            let bytes = try self.bytes(of: name)
            try AtomicFile.write(bytes, to: folder.appending(name), permissions: AtomicFile.own)
            made[name] = Digest(of: bytes)
        }
        return made
    }

    private func bytes(of name: String) throws -> [UInt8] {
        let record = run.value
        let report = ReportedRun(record: record, drills: drills, evidence: evidence)
        func text(_ format: OutputFormat) throws -> [UInt8] {
            Array(try format.text(of: report, for: Terminal.plain.style, book: .ofBessemer).utf8)
        }
        switch name {
        case "report.json": return Array(try JSON.encode(report))
        case "report.junit.xml": return Array(JUnitReport(record).text.utf8)
        case "report.sarif":
            return Array(try SARIFPrinter(version: record.toolVersion, book: .ofBessemer).text(of: record).utf8)
        case "report.txt": return try text(.text)
        default: return try text(.html)
        }
    }
}

extension Context {
    /// Writes the reports of a recorded run, and records them beside it; reports that are there already stay. Returns their
    /// files.
    ///
    /// Throws `Failure` with codes `file.unwritable` and `disk.full`, and as `RunFolder.take` does.
    func report(
        _ record: RunRecord, _ entry: Digest, _ drills: [RollbackDrill], in folder: FilePath
    ) async throws -> [FilePath] {
        let store = try store()
        let recorder = StepRecorder(store: store, parents: [entry])
        let step = ReportStep(
            program: try Bessemer.program(), run: Keyed(record, by: entry), drills: drills,
            evidence: try await place(of: entry, in: store))
        _ = try await RunFolder(folder, seal: try sealingKey(), recorder: recorder).take(step, at: folder)
        return ReportStep.files.map(folder.appending)
    }

    /// Where the entry of that digest is; nil where it is not there.
    func place(of entry: Digest, in store: SQLiteEvidenceStore) async throws -> EntryPlace? {
        guard let found = try await store.entry(entry) else { return nil }
        return try await store.place(of: found)
    }

    /// Writes the reports of a run that did not come to its own in their place.
    func report(_ run: UnfinishedRun, in folder: FilePath) throws {
        func write(_ text: String, _ name: String) throws {
            try AtomicFile.write(text, to: folder.appending(name), permissions: AtomicFile.own)
        }
        for (name, format) in [("report.html", OutputFormat.html), ("report.json", .json), ("report.txt", .text)] {
            try write(format.text(of: run, for: Terminal.plain.style, book: .ofBessemer), name)
        }
        try write(JUnitReport(run).text, "report.junit.xml")
        say("what it came to is in \(folder.appending("report.html"))")
    }
}
