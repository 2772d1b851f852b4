internal import Foundation
internal import GRDB
internal import Host
// SPDX-License-Identifier: Apache-2.0
internal import Records

/// A row of one table; its stored properties are the table's columns.
protocol EvidenceRow: Codable, Equatable, FetchableRecord, PersistableRecord {}

struct RunRow: EvidenceRow {
    static let databaseTableName = "run"
    let identifier: String
    let form: String
    let bessemer: String
    let kernelVersion: String
    let release: String
    let verdict: String
    let startedAt: String
    let finishedAt: String
    let sourceKind: String
    let sourceRequest: String
    let sourceDigest: String
    let sourcePackage: String?
    let sourcePackageVersion: String?
    let sourceCommit: String?
    let lockDigest: String
    let configurationDigest: String
    let rust: Int
    let buildSeconds: Double
    let buildSteps: Int
    let ending: String
    let passed: Int
    let failed: Int
    let skipped: Int
    let undecided: Int
    let json: String
    let jsonSHA256: String
}

struct ToolRow: EvidenceRow {
    static let databaseTableName = "tool"
    let run: String
    let ordinal: Int
    let role: String
    let name: String
    let path: String
    let version: String
    let package: String?
    let packageVersion: String?
    let sha256: String
}

struct ArtifactRow: EvidenceRow {
    static let databaseTableName = "artifact"
    let run: String
    let ordinal: Int
    let path: String
    let size: Int
    let sha256: String
}

struct TestRow: EvidenceRow {
    static let databaseTableName = "test"
    let run: String
    let ordinal: Int
    /// Names from the top-level suite downwards, joined by `/`.
    let path: String
    let outcome: String
    let line: Int?
    /// 1 for a test, 0 for a suite of them.
    let leaf: Int
}

struct EventRow: EvidenceRow {
    static let databaseTableName = "event"
    let run: String
    let ordinal: Int
    let kind: String
    let line: Int
    let text: String
    let duringTest: String?
}

struct FindingRow: EvidenceRow {
    static let databaseTableName = "finding"
    let run: String
    let ordinal: Int
    let rule: String
    let severity: String
    let title: String
    let file: String?
    let line: Int?
}

struct WaiverRow: EvidenceRow {
    static let databaseTableName = "waiver"
    let run: String
    let ordinal: Int
    let test: String
    let reason: String
    let owner: String
    let expires: String
}

struct StepRow: EvidenceRow {
    static let databaseTableName = "step"
    let run: String
    let ordinal: Int
    let name: String
    let startedAt: String
    let seconds: Double
}

/// A patch that the tree got before it was built.
struct PatchRow: EvidenceRow {
    static let databaseTableName = "patch"
    let run: String
    let ordinal: Int
    let series: String
    let file: String
    let subject: String
    /// `git patch-id --stable`.
    let patchIdentifier: String
    let sha256: String
}

/// A test that did not simply pass on both kernels.
struct ComparisonRow: EvidenceRow {
    static let databaseTableName = "comparison"
    let run: String
    let ordinal: Int
    let path: String
    let baseline: String?
    let candidate: String?
    let verdict: String
}

/// An option that Rust changes in the configuration.
struct ConfigurationChangeRow: EvidenceRow {
    static let databaseTableName = "configuration_change"
    let run: String
    let ordinal: Int
    let option: String
    /// What the change is: lost, asked, …
    let kind: String
    /// What it has to do with security; null for nothing.
    let security: String?
    let baseline: String?
    let rust: String?
    let reason: String
    let file: String?
    let line: Int?
}

/// A record as rows of the tables: a function of the record's JSON alone, so that what is stored can be checked.
struct EvidenceRows: Equatable {
    let run: RunRow
    let tools: [ToolRow]
    let artifacts: [ArtifactRow]
    let tests: [TestRow]
    let events: [EventRow]
    let findings: [FindingRow]
    let waivers: [WaiverRow]
    let steps: [StepRow]
    let patches: [PatchRow]
    let comparisons: [ComparisonRow]
    let configurationChanges: [ConfigurationChangeRow]

    init(of record: RunRecord) throws {
        let json = String(decoding: try JSON.encode(record), as: UTF8.self)
        let counts = record.boot.counts
        let subject = record.subject
        let identifier = record.identifier
        run = RunRow(
            identifier: identifier, form: record.form, bessemer: Self.column(record.bessemer),
            kernelVersion: Self.column(subject.version), release: Self.column(record.build.release),
            verdict: record.verdict.rawValue, startedAt: Self.time(record.startedAt),
            finishedAt: Self.time(record.finishedAt), sourceKind: subject.kind.rawValue,
            sourceRequest: Self.column(subject.request), sourceDigest: subject.digest.hexadecimal,
            sourcePackage: subject.package.map(Self.column),
            sourcePackageVersion: subject.packageVersion.map(Self.column),
            sourceCommit: subject.commit.map(Self.column),
            lockDigest: record.sandbox.lockDigest.hexadecimal,
            configurationDigest: record.configuration.digest.hexadecimal, rust: record.configuration.rust ? 1 : 0,
            buildSeconds: record.build.seconds, buildSteps: record.build.steps, ending: record.boot.ending.rawValue,
            passed: counts.pass, failed: counts.fail, skipped: counts.skip, undecided: counts.unknown, json: json,
            jsonSHA256: Digest(of: json).hexadecimal)
        tools = record.toolchain.enumerated().map { ordinal, tool in
            ToolRow(
                run: identifier, ordinal: ordinal, role: Self.column(tool.role), name: Self.column(tool.name),
                path: Self.column(tool.path), version: Self.column(tool.version),
                package: tool.package.map(Self.column),
                packageVersion: tool.packageVersion.map(Self.column), sha256: tool.sha256.hexadecimal)
        }
        artifacts = record.build.artifacts.enumerated().map { ordinal, artifact in
            ArtifactRow(
                run: identifier, ordinal: ordinal, path: Self.column(artifact.path), size: artifact.size,
                sha256: artifact.sha256.hexadecimal)
        }
        tests = Self.tests(record.boot.tests, run: identifier)
        events = record.boot.events.enumerated().map { ordinal, event in
            EventRow(
                run: identifier, ordinal: ordinal, kind: event.kind.rawValue, line: event.line,
                text: Self.column(event.text), duringTest: event.duringTest.map(Self.column))
        }
        findings = record.findings.enumerated().map { ordinal, finding in
            FindingRow(
                run: identifier, ordinal: ordinal, rule: Self.column(finding.rule), severity: finding.severity.rawValue,
                title: Self.column(finding.title), file: finding.place.map { Self.column($0.file) },
                line: finding.place?.line)
        }
        waivers = record.waived.enumerated().map { ordinal, waiver in
            WaiverRow(
                run: identifier, ordinal: ordinal, test: Self.column(waiver.test), reason: Self.column(waiver.reason),
                owner: Self.column(waiver.owner), expires: Self.column(waiver.expires))
        }
        steps = record.steps.enumerated().map { ordinal, step in
            StepRow(
                run: identifier, ordinal: ordinal, name: Self.column(step.name), startedAt: Self.time(step.startedAt),
                seconds: step.seconds)
        }
        let series = record.enablement?.series
        patches = (series?.patches ?? []).enumerated().map { ordinal, patch in
            PatchRow(
                run: identifier, ordinal: ordinal, series: Self.column(series?.name ?? ""),
                file: Self.column(patch.file), subject: Self.column(patch.subject),
                patchIdentifier: Self.column(patch.identifier), sha256: patch.sha256.hexadecimal)
        }
        comparisons = (record.baseline?.tests.changes ?? []).enumerated().map { ordinal, change in
            ComparisonRow(
                run: identifier, ordinal: ordinal, path: Self.column(change.path),
                baseline: change.baseline?.rawValue, candidate: change.candidate?.rawValue,
                verdict: change.verdict.rawValue)
        }
        configurationChanges = (record.baseline?.difference?.changes ?? []).enumerated().map { ordinal, change in
            ConfigurationChangeRow(
                run: identifier, ordinal: ordinal, option: Self.column(change.option), kind: change.group.rawValue,
                security: change.security?.kind.rawValue, baseline: change.baseline.map(Self.column),
                rust: change.rust.map(Self.column), reason: Self.column(change.reason),
                file: change.reasonFile.map(Self.column), line: change.reasonLine)
        }
    }

    /// Reads the rows of one run back; nil where there is none.
    init?(_ db: Database, identifier: String) throws {
        guard let run = try RunRow.fetchOne(db, key: identifier) else { return nil }
        self.run = run
        tools = try Self.fetch(db, identifier)
        artifacts = try Self.fetch(db, identifier)
        tests = try Self.fetch(db, identifier)
        events = try Self.fetch(db, identifier)
        findings = try Self.fetch(db, identifier)
        waivers = try Self.fetch(db, identifier)
        steps = try Self.fetch(db, identifier)
        patches = try Self.fetch(db, identifier)
        comparisons = try Self.fetch(db, identifier)
        configurationChanges = try Self.fetch(db, identifier)
    }

    func insert(_ db: Database) throws {
        try run.insert(db)
        for row in tools { try row.insert(db) }
        for row in artifacts { try row.insert(db) }
        for row in tests { try row.insert(db) }
        for row in events { try row.insert(db) }
        for row in findings { try row.insert(db) }
        for row in waivers { try row.insert(db) }
        for row in steps { try row.insert(db) }
        for row in patches { try row.insert(db) }
        for row in comparisons { try row.insert(db) }
        for row in configurationChanges { try row.insert(db) }
    }

    private static func fetch<Row: EvidenceRow>(_ db: Database, _ identifier: String) throws -> [Row] {
        try Row.filter(Column("run") == identifier).order(Column("ordinal")).fetchAll(db)
    }

    /// In the order of the tree, a suite before what is in it; a stack of our own, since results nest to any depth.
    private static func tests(_ results: [TestResult], run: String) -> [TestRow] {
        var rows: [TestRow] = []
        var waiting = results.reversed().map { (path: column($0.name), result: $0) }
        while let (path, result) = waiting.popLast() {
            rows.append(
                TestRow(
                    run: run, ordinal: rows.count, path: path, outcome: result.outcome.rawValue, line: result.line,
                    leaf: result.children.isEmpty ? 1 : 0))
            waiting += result.children.reversed().map { ("\(path)/\(column($0.name))", $0) }
        }
        return rows
    }

    /// SQLite's C interface ends a text at its first NUL, so columns show it as a picture; the JSON has it as it was.
    static func column(_ text: String) -> String {
        text.utf8.contains(0)
            ? String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "␀" : $0 })) : text
    }

    /// The same form as in the JSON, and one that SQLite's date functions take.
    static func time(_ date: Date) -> String { date.formatted(.iso8601) }
}
