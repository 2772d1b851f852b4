// SPDX-License-Identifier: Apache-2.0
internal import GRDB
internal import Host
internal import Records

struct DrillRow: EvidenceRow {
    static let databaseTableName = "rollback_drill"
    let identifier: String
    let run: String?
    let form: String
    let bessemer: String
    let startedAt: String
    let finishedAt: String
    let verdict: String
    let baselineRelease: String
    let baselineSHA256: String
    let candidateRelease: String
    let candidateSHA256: String
    let json: String
    let jsonSHA256: String
}

struct DrillStepRow: EvidenceRow {
    static let databaseTableName = "rollback_step"
    let drill: String
    let ordinal: Int
    let name: String
    let title: String
    let found: String
    let verdict: String
    let seconds: Double
    let console: String?
    let line: Int?
}

/// A drill as rows of the tables: a function of its JSON alone, so that what is stored can be checked.
struct DrillRows: Equatable {
    let drill: DrillRow
    let steps: [DrillStepRow]

    /// Throws `Failure` with code `evidence.drill` where the drill is not of two kernels.
    init(of drill: RollbackDrill) throws {
        guard let baseline = drill.kernels.first(where: { $0.role == .baseline }),
            let candidate = drill.kernels.first(where: { $0.role == .candidate })
        else {
            throw Failure(
                "evidence.drill", "the drill \(drill.identifier) does not name both kernels",
                advice: "make it anew: bessemer rollback drill")
        }
        let json = String(decoding: try JSON.encode(drill), as: UTF8.self)
        self.drill = DrillRow(
            identifier: drill.identifier, run: drill.run, form: drill.form,
            bessemer: EvidenceRows.column(drill.bessemer), startedAt: EvidenceRows.time(drill.startedAt),
            finishedAt: EvidenceRows.time(drill.finishedAt), verdict: drill.verdict.rawValue,
            baselineRelease: EvidenceRows.column(baseline.image.release),
            baselineSHA256: baseline.image.sha256.hexadecimal,
            candidateRelease: EvidenceRows.column(candidate.image.release),
            candidateSHA256: candidate.image.sha256.hexadecimal, json: json, jsonSHA256: Digest(of: json).hexadecimal)
        steps = drill.steps.enumerated().map { ordinal, step in
            DrillStepRow(
                drill: drill.identifier, ordinal: ordinal, name: EvidenceRows.column(step.name),
                title: EvidenceRows.column(step.title), found: EvidenceRows.column(step.found),
                verdict: step.verdict.rawValue, seconds: step.seconds, console: step.console.map(EvidenceRows.column),
                line: step.lineNumber)
        }
    }

    /// Reads the rows of one drill back; nil where there is none.
    init?(_ db: Database, identifier: String) throws {
        guard let drill = try DrillRow.fetchOne(db, key: identifier) else { return nil }
        self.drill = drill
        steps = try DrillStepRow.filter(Column("drill") == identifier).order(Column("ordinal")).fetchAll(db)
    }

    func insert(_ db: Database) throws {
        try drill.insert(db)
        for row in steps { try row.insert(db) }
    }
}
