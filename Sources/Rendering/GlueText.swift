// SPDX-License-Identifier: Apache-2.0
internal import Records

/// What a patch series did to a tree.
struct GlueText {
    let change: GlueChange
    let style: Style

    var text: String {
        var page = TerminalPage(style: style)
        let patches = change.kind == .unchanged ? [] : change.series?.patches ?? []
        page.paragraph(headline, change.isDryRun ? .caution : .good, hanging: 2)
        if !patches.isEmpty { page.gap() }
        for patch in patches {
            page.row([(String(patch.identifier.prefix(12)), 14, .quiet), (patch.subject, 0, nil)], indent: 2)
        }
        page.gap()
        if let branch = change.branch { page.paragraph("Branch: \(branch)", hanging: 8) }
        if !patches.isEmpty, let series = change.series {
            page.paragraph("Files: \(series.touches.joined(separator: ", "))", hanging: 7)
        }
        page.paragraph("Now: \(change.status.sum) of s390 Rust support", hanging: 5)
        return page.text
    }

    private var headline: String {
        let what = change.series.map { "the \($0.patches.count) patches of the series \($0.name)" } ?? "no series"
        let tree = "\(change.tree) (Linux \(change.version))"
        switch (change.kind, change.isDryRun) {
        case (.enabled, true): return "\(tree): \(what) would apply; nothing was changed"
        case (.enabled, false): return "\(tree): \(what) are applied"
        case (.unchanged, _):
            let series = change.series.map { " (series \($0.name))" } ?? ""
            return "\(tree): nothing to do, \(change.reason ?? "")\(series)"
        case (.disabled, true): return "\(tree): \(what) would be taken out; nothing was changed"
        case (.disabled, false): return "\(tree): \(what) are taken out"
        }
    }
}
