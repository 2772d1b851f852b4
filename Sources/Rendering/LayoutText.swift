// SPDX-License-Identifier: Apache-2.0
internal import Audit

/// One type's layout for a terminal: offset, size, the field, and how C and Rust write its type.
struct LayoutText {
    let sheet: LayoutSheet
    let style: Style

    var text: String {
        var page = TerminalPage(style: style)
        page.paragraph(sheet.name, .strong)
        for (language, side) in [("C", sheet.c), ("Rust", sheet.rust)] {
            guard let side else {
                page.paragraph("not described in this file", .quiet, indent: 2, hanging: 9, lead: language)
                continue
            }
            var words = "\(side.kind), \(Quantities.count(Int(clamping: side.size), "byte"))"
            if let alignment = side.alignment { words += ", aligned to \(alignment)" }
            if side.isOpaque { words += ", opaque" }
            if let place = side.declaredAt { words += ", \(place)" }
            page.paragraph(words, indent: 2, hanging: 9, lead: language)
        }
        page.gap()
        let widths = (8, 8, 24, 20)
        page.row(
            [
                ("offset", widths.0, .strong), ("size", widths.1, .strong), ("field", widths.2, .strong),
                ("C", widths.3, .strong), ("Rust", 0, .strong),
            ], indent: 0)
        for row in sheet.rows {
            guard let path = row.path else {
                page.row(
                    [
                        (place(row.bitOffset), widths.0, .quiet), (size(row.bitSize), widths.1, .quiet),
                        (row == sheet.rows.last ? "-- padding --" : "-- hole --", 0, .quiet),
                    ], indent: 0)
                continue
            }
            let role: Style.Role? = row.agrees ? nil : .bad
            page.row(
                [
                    (place(row.bitOffset), widths.0, role), (size(row.bitSize), widths.1, role),
                    (path, widths.2, role), (row.c?.type ?? "-", widths.3, role), (row.rust?.type ?? "-", 0, role),
                ], indent: 0)
        }
        if !sheet.differences.isEmpty { page.gap() }
        for difference in sheet.differences {
            page.paragraph(difference, .bad, hanging: 8, lead: "differs", leadRole: .bad)
        }
        return page.text
    }

    /// `16`, or `16:3` for the third bit of byte 16.
    private func place(_ bits: UInt64) -> String {
        bits.isMultiple(of: 8) ? "\(bits / 8)" : "\(bits / 8):\(bits % 8)"
    }

    private func size(_ bits: UInt64?) -> String {
        guard let bits else { return "?" }
        return bits.isMultiple(of: 8) ? "\(bits / 8)" : "\(bits) bits"
    }
}
