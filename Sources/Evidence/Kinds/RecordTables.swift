// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Records

/// The tables of Bessemer's own records: `run`, `drill` and `comparison` for lists, `test` and `finding` for questions.
package struct RecordTables: Projection {
    package init() {}

    package let version = 4

    package let tables = [
        ProjectedTable(
            "run", of: [RunRecord.kind, UnfinishedRun.kind],
            columns: [
                "identifier", "kernelVersion", "release", "verdict", "startedAt", "finishedAt", "sourceKind", "passed",
                "failed", "skipped", "undecided", "waived", "buildMilliseconds", "buildSteps",
            ], indexed: ["identifier"]),
        ProjectedTable(
            "drill", of: [RollbackDrill.kind], columns: ["identifier", "run", "verdict", "startedAt"],
            indexed: ["identifier"]),
        ProjectedTable(
            "comparison", of: [RegressionReport.kind, ComparisonSummary.kind],
            columns: ["startedAt", "baseline", "candidate", "newFailures", "lostPasses", "isClean"]),
        ProjectedTable("test", of: [RunRecord.kind], columns: ["path", "outcome", "line"], indexed: ["path"]),
        ProjectedTable(
            "finding", of: [RunRecord.kind], columns: ["rule", "severity", "title", "file", "line"], indexed: ["rule"]),
    ]

    /// Those whose rows come from runs' large records.
    package static var ofRuns: Set<String> {
        Set(Self().tables.filter { $0.kinds.contains(RunRecord.kind) }.map(\.name))
    }

    package func rows(of entry: Entry) -> [ProjectedRow] {
        switch try? RecordRegistry.read(entry.kind, version: entry.version, body: entry.body) {
        case let run as RunRecord: rows(of: run)
        case let run as UnfinishedRun: [Self.row(of: run)]
        case let drill as RollbackDrill:
            [
                ProjectedRow(
                    "drill",
                    [
                        "identifier": .text(drill.identifier), "run": drill.run.map { .text($0) },
                        "verdict": .text(drill.verdict.rawValue), "startedAt": .text(Self.time(drill.startedAt)),
                    ].compactMapValues(\.self))
            ]
        case let report as RegressionReport:
            [
                Self.comparison(
                    Self.time(report.startedAt), report.baseline.release ?? "", report.candidate.release ?? "",
                    report.newFailures, report.lostPasses, report.isClean)
            ]
        case let summary as ComparisonSummary:
            [
                Self.comparison(
                    summary.startedAt, summary.baseline, summary.candidate, summary.newFailures, summary.lostPasses,
                    summary.isClean == 1)
            ]
        default: []
        }
    }

    private static func time(_ date: Date) -> String { date.formatted(.iso8601) }

    private static func comparison(
        _ startedAt: String, _ baseline: String, _ candidate: String, _ newFailures: Int, _ lostPasses: Int,
        _ isClean: Bool
    ) -> ProjectedRow {
        ProjectedRow(
            "comparison",
            [
                "startedAt": .text(startedAt), "baseline": .text(baseline), "candidate": .text(candidate),
                "newFailures": .integer(newFailures), "lostPasses": .integer(lostPasses),
                "isClean": .integer(isClean ? 1 : 0),
            ])
    }

    /// The row of the list of runs; nil for any other record.
    static func runRow(of record: (any RecordBody)?) -> ProjectedRow? {
        switch record {
        case let run as RunRecord: row(of: run)
        case let run as UnfinishedRun: row(of: run)
        default: nil
        }
    }

    /// A run that built or booted nothing has no numbers of that.
    private static func row(of run: UnfinishedRun) -> ProjectedRow {
        ProjectedRow(
            "run",
            [
                "identifier": .text(run.identifier),
                "kernelVersion": .text(run.isPilot ? run.kernel : "\(run.workflow ?? ""): \(run.kernel)"),
                "release": .text(""),
                "verdict": .text((run.outcome == .failed ? RunRecord.Verdict.failed : .unknown).rawValue),
                "startedAt": .text(time(run.startedAt)), "finishedAt": .text(time(run.finishedAt)),
            ])
    }

    private static func row(of run: RunRecord) -> ProjectedRow {
        let counts = run.boot.counts
        return ProjectedRow(
            "run",
            [
                "identifier": .text(run.identifier), "kernelVersion": .text(run.source.version),
                "release": .text(run.build.release), "verdict": .text(run.verdict.rawValue),
                "startedAt": .text(time(run.startedAt)), "finishedAt": .text(time(run.finishedAt)),
                "sourceKind": .text(run.source.kind.rawValue), "passed": .integer(counts.pass),
                "failed": .integer(counts.fail), "skipped": .integer(counts.skip),
                "undecided": .integer(counts.unknown), "waived": .integer(run.acceptedFailures),
                "buildMilliseconds": .integer(run.build.milliseconds), "buildSteps": .integer(run.build.steps),
            ])
    }

    private func rows(of run: RunRecord) -> [ProjectedRow] {
        var rows = [Self.row(of: run)]
        // A stack of our own, since results nest to any depth.
        var waiting = run.boot.tests.reversed().map { (path: $0.name, result: $0) }
        while let (path, result) = waiting.popLast() {
            var values: [String: ProjectedValue] = ["path": .text(path), "outcome": .text(result.outcome.rawValue)]
            values["line"] = result.line.map { .integer($0) }
            rows.append(ProjectedRow("test", values))
            waiting += result.children.reversed().map { ("\(path)/\($0.name)", $0) }
        }
        for finding in run.findings {
            var values: [String: ProjectedValue] = [
                "rule": .text(finding.rule), "severity": .text(finding.severity.rawValue),
                "title": .text(finding.title),
            ]
            values["file"] = (finding.location?.file).map { .text($0) }
            values["line"] = finding.location?.line.map { .integer($0) }
            rows.append(ProjectedRow("finding", values))
        }
        return rows
    }
}
