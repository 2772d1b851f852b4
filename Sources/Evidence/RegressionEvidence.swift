// SPDX-License-Identifier: Apache-2.0
package import Foundation
internal import GRDB
package import Host
package import Records

/// A comparison of two kernels as the evidence store keeps it: what came of it, and the digest of the whole report.
package struct RegressionRecord: Codable, Hashable, Sendable {
    /// Time and digest: `20261124T141500Z-0123456789ab`.
    package let identifier: String
    package let startedAt: Date
    package let seconds: Double
    /// Releases; empty where a kernel never said its own.
    package let baseline: String
    package let candidate: String
    /// Of the kernels' images.
    package let baselineSHA256: Digest
    package let candidateSHA256: Digest
    /// With commas.
    package let suites: String
    package let machines: String
    package let turns: Int
    package let newFailures: Int
    package let lostPasses: Int
    package let isClean: Bool
    /// Of regression.json.
    package let reportSHA256: Digest

    /// Throws where the report can't be written as JSON.
    package init(_ report: RegressionReport) throws {
        let bytes = try JSON.encode(report)
        reportSHA256 = Digest(of: bytes)
        let stamp = report.startedAt.ISO8601Format(
            .iso8601(timeZone: .gmt, dateSeparator: .omitted, timeSeparator: .omitted))
        identifier = "\(stamp)-\(reportSHA256.short)"
        startedAt = report.startedAt
        seconds = report.seconds
        baseline = report.baseline.release ?? ""
        candidate = report.candidate.release ?? ""
        baselineSHA256 = report.baseline.imageSHA256
        candidateSHA256 = report.candidate.imageSHA256
        suites = report.suites.map(\.rawValue).joined(separator: ",")
        machines = report.machines.map(\.model.name).joined(separator: ",")
        turns = report.turns
        newFailures = report.newFailures
        lostPasses = report.lostPasses
        isClean = report.isClean
    }
}

/// The row of a `RegressionRecord`.
private struct RegressionRow: EvidenceRow {
    static let databaseTableName = "regression"
    let identifier: String
    let startedAt: String
    let seconds: Double
    let baseline: String
    let candidate: String
    let baselineSHA256: String
    let candidateSHA256: String
    let suites: String
    let machines: String
    let turns: Int
    let newFailures: Int
    let lostPasses: Int
    let isClean: Int
    let reportSHA256: String
}

/// A test that is worth a look, on one machine.
private struct RegressionTestRow: EvidenceRow {
    static let databaseTableName = "regression_test"
    let regression: String
    let ordinal: Int
    let machine: String
    let path: String
    let verdict: String
    /// Runs that passed, and all.
    let baselinePassed: Int
    let baselineRuns: Int
    let candidatePassed: Int
    let candidateRuns: Int
}

extension EvidenceSchema {
    /// The tables of comparisons.
    static func registerRegression(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("regression") { db in
            try db.create(table: "regression", options: [.strict]) { table in
                table.primaryKey("identifier", .text)
                table.column("startedAt", .text).notNull()
                table.column("seconds", .real).notNull()
                for name in ["baseline", "candidate", "suites", "machines"] { table.column(name, .text).notNull() }
                for name in ["turns", "newFailures", "lostPasses", "isClean"] {
                    table.column(name, .integer).notNull()
                }
                for name in ["baselineSHA256", "candidateSHA256", "reportSHA256"] {
                    table.column(name, .text).notNull().check(sql: "length(\(name)) = 64")
                }
            }
            try db.create(table: "regression_test", options: [.strict, .withoutRowID]) { table in
                table.column("regression", .text).notNull().references(
                    "regression", column: "identifier", onDelete: .restrict)
                table.column("ordinal", .integer).notNull()
                for name in ["machine", "path", "verdict"] { table.column(name, .text).notNull() }
                for name in ["baselinePassed", "baselineRuns", "candidatePassed", "candidateRuns"] {
                    table.column(name, .integer).notNull()
                }
                table.primaryKey(["regression", "ordinal"])
            }
        }
    }
}

extension SQLiteEvidenceStore {
    /// Adds what a comparison came to, with the tests that are worth a look. Adding the same one again does nothing.
    @discardableResult
    package func insert(_ report: RegressionReport) async throws -> Insertion {
        let record = try RegressionRecord(report)
        let row = RegressionRow(
            identifier: record.identifier, startedAt: record.startedAt.formatted(.iso8601), seconds: record.seconds,
            baseline: record.baseline, candidate: record.candidate, baselineSHA256: record.baselineSHA256.hexadecimal,
            candidateSHA256: record.candidateSHA256.hexadecimal, suites: record.suites, machines: record.machines,
            turns: record.turns, newFailures: record.newFailures, lostPasses: record.lostPasses,
            isClean: record.isClean ? 1 : 0, reportSHA256: record.reportSHA256.hexadecimal)
        var tests: [RegressionTestRow] = []
        for machine in report.machines {
            for change in machine.changes {
                let before = change.baselineRuns ?? change.baseline.map(TestCounts.init) ?? TestCounts()
                let after = change.candidateRuns ?? change.candidate.map(TestCounts.init) ?? TestCounts()
                tests.append(
                    RegressionTestRow(
                        regression: record.identifier, ordinal: tests.count, machine: machine.model.name,
                        path: EvidenceRows.column(change.path), verdict: change.verdict.rawValue,
                        baselinePassed: before.pass, baselineRuns: before.total, candidatePassed: after.pass,
                        candidateRuns: after.total))
            }
        }
        let rows = tests
        return try await asking {
            try await queue.write { db in
                // The identifier holds the report's digest: what has it is the same.
                guard try RegressionRow.fetchOne(db, key: row.identifier) == nil else { return .present }
                try row.insert(db)
                for test in rows { try test.insert(db) }
                return .added
            }
        }
    }

    /// How many comparisons are recorded.
    package func regressionCount() async throws -> Int {
        try await asking { try await queue.read(RegressionRow.fetchCount) }
    }

    /// Comparisons, the newest first, at most `limit` of them. Throws `Failure` with code `evidence.unreadable` for what
    /// no Bessemer writes.
    package func regressions(limit: Int) async throws -> [RegressionRecord] {
        let rows = try await asking {
            try await queue.read { db in
                try RegressionRow.order(Column("startedAt").desc, Column("identifier").desc).limit(max(0, limit))
                    .fetchAll(db)
            }
        }
        return try rows.map { row in
            guard let record = RegressionRecord(row) else {
                throw Failure(
                    "evidence.unreadable", "could not read the evidence file \(path)",
                    advice: "take the file from a backup; it was left as it is",
                    underlying: "the comparison \(row.identifier) holds what no Bessemer writes")
            }
            return record
        }
    }
}

extension RegressionRecord {
    /// Nil where the row holds what no Bessemer writes.
    fileprivate init?(_ row: RegressionRow) {
        guard let startedAt = try? Date(row.startedAt, strategy: .iso8601),
            let baselineSHA256 = Digest(hexadecimal: row.baselineSHA256),
            let candidateSHA256 = Digest(hexadecimal: row.candidateSHA256),
            let reportSHA256 = Digest(hexadecimal: row.reportSHA256)
        else { return nil }
        identifier = row.identifier
        self.startedAt = startedAt
        seconds = row.seconds
        baseline = row.baseline
        candidate = row.candidate
        self.baselineSHA256 = baselineSHA256
        self.candidateSHA256 = candidateSHA256
        suites = row.suites
        machines = row.machines
        turns = row.turns
        newFailures = row.newFailures
        lostPasses = row.lostPasses
        isClean = row.isClean == 1
        self.reportSHA256 = reportSHA256
    }
}
