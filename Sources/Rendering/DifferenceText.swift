// SPDX-License-Identifier: Apache-2.0
internal import Audit

/// What changed between two images, for a terminal.
struct DifferenceText {
    let difference: ImageDifference
    let style: Style

    private static let most = 200

    var text: String {
        var page = TerminalPage(style: style)
        let kinds = [ImageDifference.TypeChange.Kind.changed, .added, .removed].map { kind in
            "\(Quantities.number(difference.types.count { $0.kind == kind })) \(kind.rawValue)"
        }
        page.paragraph(
            "C types: \(Quantities.number(difference.equalTypes)) equal, " + kinds.joined(separator: ", "), .strong)
        for change in difference.types.prefix(Self.most) {
            page.paragraph(
                change.name, change.kind == .changed ? .caution : .quiet, indent: 2, hanging: 12,
                lead: change.kind.rawValue)
            for line in change.differences { page.paragraph(line, indent: 12, hanging: 14) }
        }
        if difference.types.count > Self.most {
            page.paragraph(
                "and \(Quantities.number(difference.types.count - Self.most)) more; --format json has all", .quiet,
                indent: 2)
        }
        if !difference.counts.isEmpty {
            page.gap()
            page.row([("old", 12, .strong), ("new", 12, .strong), ("", 0, nil)], indent: 2)
        }
        for count in difference.counts {
            page.row(
                [
                    (Quantities.number(count.old), 12, nil), (Quantities.number(count.new), 12, nil),
                    ("\(count.family) \(count.what)", 0, nil),
                ], indent: 2)
        }
        return page.text
    }
}
