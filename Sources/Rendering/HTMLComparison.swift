// SPDX-License-Identifier: Apache-2.0
internal import Records

/// The part of the page that shows both kernels.
struct HTMLComparison {
    struct Row {
        let label: String
        let baseline: String
        let rust: String
    }

    struct Changes {
        struct Row {
            let tag: String
            let verdict: String
            let path: String
            let baseline: String
            let rust: String
        }

        let rows: [Row]
    }

    let sum: String
    let tag: String
    let state: String
    let rows: [Row]
    let changes: [Changes]
    let hidden: [String]

    private static let mostChanges = 300

    init(_ comparison: KernelComparison) {
        sum = comparison.sum
        tag = comparison.role.tag
        state = comparison.role == .bad ? "worse" : comparison.role == .good ? "no worse" : "look"
        rows = comparison.rows.map {
            Row(label: $0.label, baseline: visible($0.baseline), rust: visible($0.rust))
        }
        let shown = comparison.changes.prefix(Self.mostChanges).map { change in
            Changes.Row(
                tag: change.verdict.role.tag, verdict: change.verdict.rawValue, path: visible(change.path),
                baseline: change.baseline?.rawValue ?? "not run", rust: change.candidate?.rawValue ?? "not run")
        }
        changes = shown.isEmpty ? [] : [Changes(rows: shown)]
        let left = comparison.changes.count - shown.count
        hidden = left == 0 ? [] : ["and \(Quantities.count(left, "more test")): see report.json"]
    }
}
