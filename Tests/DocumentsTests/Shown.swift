// SPDX-License-Identifier: Apache-2.0
import Audit
import Documents
import Records

/// A record as a command shows it.
func shown(_ value: some Presentable, as format: OutputFormat = .text, _ style: Style = .plain) throws -> String {
    try format.text(of: value, for: style, book: RuleCatalogue.book)
}

func shown(
    _ record: RunRecord, drills: [RollbackDrill] = [], files: [String] = [], as format: OutputFormat = .text,
    _ style: Style = .plain
) throws -> String {
    try shown(ReportedRun(record: record, drills: drills, files: files), as: format, style)
}
