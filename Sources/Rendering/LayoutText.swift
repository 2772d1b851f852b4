// SPDX-License-Identifier: Apache-2.0
internal import Records

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
        var table = TerminalTable(
            headings: ["offset", "size", "field", "C", "Rust"].map { [($0, .strong)] }, leading: 2)
        for row in sheet.rows {
            let role: Style.Role? = row.path == nil ? .quiet : row.agrees ? nil : .bad
            let gap = row == sheet.rows.last ? "-- padding --" : "-- hole --"
            let types = row.path == nil ? ["", ""] : [row.c?.type ?? "-", row.rust?.type ?? "-"]
            let cells = [place(row.bitOffset), size(row.bitSize), row.path ?? gap] + types
            table.rows.append(cells.map { [($0, role)] })
        }
        page.table(table)
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
