// SPDX-License-Identifier: Apache-2.0
package import Documents
package import Evidence
internal import Foundation
package import Host
package import Records

/// Writes the pages of a site that are not there yet, or are others.
///
/// A run's pages are made from its entry, which never changes, and from drills that stand on it; where the manifest says that they
/// were made from the same, they are not even rendered.
package struct SiteWriter: Sendable {
    private let folder: SiteFolder
    private let html: HTMLFormat
    private let book: RuleBook
    /// With its own digest: pages that another program wrote are made again.
    private let program: String
    private let progress: ProgressSink

    /// Throws as `HTMLFormat.init` does.
    package init(to folder: SiteFolder, book: RuleBook, program: String, progress: @escaping ProgressSink) throws {
        self.folder = folder
        html = try HTMLFormat()
        self.book = book
        self.program = program
        self.progress = progress
    }

    /// Pages that are rendered at a time, with the entries that they are made from in memory.
    private static let batch = 16

    /// Writes the site of a log that is what was recorded. Throws as `EvidenceStore.run` does, and as writing files does.
    package func write(
        _ question: SiteQuestion, of store: some EvidenceArchive, named name: String
    ) async throws -> SiteReport {
        progress(WorkProgress("reading the log"))
        let log = try await SiteLog(of: store)
        return try await write(
            try await question.facts(of: log, in: store), runs: try log.runs.map { try RunPages(of: $0, log, program) },
            named: name
        ) { run in try await store.source(of: run, log) }
    }

    /// Writes the site of a log that nothing is recorded in.
    package func write(_ facts: SiteFacts, named name: String) async throws -> SiteReport {
        try await write(facts, runs: [], named: name) { _ in nil }
    }

    private func write(
        _ facts: SiteFacts, runs: [RunPages], named name: String,
        _ source: @escaping @Sendable (RunPages) async throws -> RunSource?
    ) async throws -> SiteReport {
        let lists = facts.lists(book)
        let today = facts.today(book)
        let machines = facts.machines.map { MachinePage($0, program) }
        try folder.begin(
            runs.flatMap(\.paths) + machines.map(\.path) + lists.map(\.path) + [SitePath.style, SitePath.today])
        let known = try runs.mapConcurrently { run in
            let files = try run.paths.compactMap { try folder.current($0, from: run.inputs) }
            return files.count == run.paths.count ? files : nil
        }
        var files = known.flatMap { $0 ?? [] }
        files += try await rendered(zip(runs, known).filter { $0.1 == nil }.map(\.0), source)
        files += try machines.mapConcurrently { machine in
            try folder.current(machine.path, from: machine.inputs)
                ?? put(machine.standing.page(book), from: machine.inputs)
        }
        files.append(try folder.put(HTMLFormat.siteStyle, SitePath.style, from: nil))
        files += try lists.mapConcurrently { try put($0, from: nil) }
        // What leads to the others comes last.
        files.append(try put(today, from: nil))
        let removed = try folder.end(files)
        let written = files.count(where: \.isNew)
        return SiteReport(folder: name, written: written, unchanged: files.count - written, removed: removed)
    }

    /// Renders the pages of runs on all processors, while the entries of the next ones are read.
    private func rendered(
        _ runs: [RunPages], _ source: @escaping @Sendable (RunPages) async throws -> RunSource?
    ) async throws -> [SiteFolder.Written] {
        @Sendable func read(_ start: Int) async throws -> [(RunPages, RunSource)] {
            var sources: [(RunPages, RunSource)] = []
            for run in runs.dropFirst(start).prefix(Self.batch) {
                if let found = try await source(run) { sources.append((run, found)) }
            }
            return sources
        }
        var written: [SiteFolder.Written] = []
        var batch = try await read(0)
        for start in stride(from: 0, to: runs.count, by: Self.batch) {
            try Task.checkCancellation()
            progress(WorkProgress("writing the site", done: start, total: runs.count, detail: "runs"))
            async let next = read(start + Self.batch)
            written += try batch.mapConcurrently { run, source in
                try source.shown(run.summary).pages(run.identifier, book).map { try put($0, from: run.inputs) }
            }.flatMap(\.self)
            batch = try await next
        }
        return written
    }

    private func put(_ page: SitePage, from inputs: Digest?) throws -> SiteFolder.Written {
        try folder.put(try Array(html.text(of: page.document, in: page.frame).utf8), page.path, from: inputs)
    }
}

/// The pages of a run, and all that they are made from: with them goes what the list says of the run, so that pages which are there
/// from the same say that the list was compared with the record.
private struct RunPages: Sendable {
    let summary: RunSummary
    let entry: Digest
    let paths: [String]
    let inputs: Digest

    var identifier: String { summary.identifier }

    init(of run: SiteLog.Run, _ log: SiteLog, _ program: String) throws {
        summary = run.summary
        entry = run.entry
        let identifier = summary.identifier
        paths =
            [SitePath.run(identifier)]
            + (summary.sourceKind == nil ? [] : [SitePath.comparison(identifier)])
        let drills = (log.drillEntries[identifier] ?? []).map(\.hexadecimal)
        let parts = [program, entry.hexadecimal] + drills
        inputs = Digest(of: Array(parts.joined(separator: "\n").utf8) + Array(try JSON.encode(summary)))
    }
}

/// The page of a machine, and all that it is made from.
private struct MachinePage: Sendable {
    let standing: MachineStanding
    let path: String
    /// nil where the standing can't be written down, which no page waits for.
    let inputs: Digest

    init(_ standing: MachineStanding, _ program: String) {
        self.standing = standing
        path = SitePath.machine(standing.key)
        inputs = Digest(of: [Array(program.utf8), (try? Array(JSON.encode(standing))) ?? []].flatMap(\.self))
    }
}

/// What a run's pages are rendered from.
private struct RunSource: Sendable {
    let entry: Entry
    var drills: [RollbackDrill] = []
    var place: EntryPlace?
    /// Of a run of another log: how it came here.
    var imported: ImportRecord?

    /// Throws `Failure` where the record can't be read, and with code `evidence.altered` where it is not what the list says.
    func shown(_ summary: RunSummary) throws -> SiteRun {
        let record = try RecordRegistry.read(entry.kind, version: entry.version, body: entry.body)
        guard RunSummary(of: record, imported: summary.imported) == summary else {
            throw Failure.falseList(of: summary.identifier)
        }
        if let imported {
            return .imported(ImportedRun(record: imported, run: (record as? RunRecord).map { ReportedRun(record: $0) }))
        }
        switch record {
        case let run as RunRecord: return .own(ReportedRun(record: run, drills: drills, evidence: place))
        case let run as UnfinishedRun: return .unfinished(run)
        default:
            throw Failure(
                "evidence.version", "entry \(entry.sequence) is a run that this Bessemer can't read",
                advice: "read it with the version of Bessemer that recorded it")
        }
    }
}

extension EvidenceStore where Self: BlobStore {
    fileprivate func source(of run: RunPages, _ log: SiteLog) async throws -> RunSource? {
        if let imported = log.imports[run.entry] {
            return try await ownEntry(of: imported).map { RunSource(entry: $0, imported: imported.record) }
        }
        return try await entry(run.entry).map { entry in
            RunSource(
                entry: entry, drills: log.drills[run.identifier] ?? [], place: log.trees.place(of: entry.sequence))
        }
    }
}
