// SPDX-License-Identifier: Apache-2.0

/// Rows whose cells stand below each other in columns as wide as their texts; where the line is too short for every
/// column's longest word, a list of the same facts.
private struct TerminalTable {
    /// Texts below each other; each begins a line of its own.
    typealias Cell = [(text: String, role: Style.Role?)]

    let table: Table
    let headings: [Cell]
    let rows: [[Cell]]
    let leading: Int

    static let gap = 2

    /// Of what a terminal shows. What is shown is measured, so it is made visible first.
    init(_ table: Table, longest: Int, showing shown: (Span) -> String) {
        self.table = table
        let columns = table.columns.indices.filter { !table.columns[$0].isDetail }
        func visible(_ text: String) -> String { VisibleText.of(text, columns: longest) }
        headings = columns.map { [(visible(table.columns[$0].title), .strong)] }
        rows = table.rows.prefix(table.most).map { row in
            columns.map { column in
                guard column < row.count else { return [] }
                return row[column].filter { !$0.isDetail }.map { (visible(shown($0)), $0.role) }
            }
        }
        leading = columns.firstIndex(of: table.leading) ?? 0
    }
}

extension TerminalPage {
    /// The table as a terminal shows it, from a margin on.
    mutating func table(_ table: Table, indent: Int, showing shown: (Span) -> String) {
        let isList = style.width == nil && table.isListWhereUnbounded
        let table = TerminalTable(table, longest: longest, showing: shown)
        if !isList, let widths = widths(table, indent: indent) {
            columns(table, widths, indent: indent)
        } else {
            list(table, indent: indent)
        }
    }

    /// The columns' widths; nil where a word would have to be broken.
    private func widths(_ table: TerminalTable, indent: Int) -> [Int]? {
        var natural = [Int](repeating: 1, count: table.headings.count)
        var least = natural
        for row in (table.table.isHeaded ? [table.headings] : []) + table.rows {
            for (index, cell) in row.prefix(natural.count).enumerated() {
                for (text, _) in cell {
                    natural[index] = max(natural[index], VisibleText.width(text))
                    for word in text.split(separator: " ") { least[index] = max(least[index], VisibleText.width(word)) }
                }
            }
        }
        let room = width - indent - TerminalTable.gap * (natural.count - 1)
        if table.table.breaksLast, let last = least.indices.last { least[last] = min(least[last], 24) }
        guard least.reduce(0, +) <= room else { return nil }
        // Columns that need little get it; the others share what is left.
        var widths = least
        var spare = room - least.reduce(0, +)
        for index in natural.indices.sorted(by: { natural[$0] - least[$0] < natural[$1] - least[$1] }) {
            let others = natural.indices.count { natural[$0] > widths[$0] }
            guard others > 0 else { break }
            let more = min(natural[index] - least[index], spare / others)
            widths[index] += more
            spare -= more
        }
        return widths
    }

    private mutating func columns(_ table: TerminalTable, _ widths: [Int], indent: Int) {
        func line(of row: [TerminalTable.Cell]) {
            let cells = row.enumerated().map { index, cell in
                cell.flatMap { part in
                    VisibleText.wrapped(part.text, to: widths[index]).map { (text: $0, role: part.role) }
                }
            }
            for index in 0..<(cells.map(\.count).max() ?? 0) {
                let line = cells.enumerated().map { column, cell in
                    let isThere = index < cell.count
                    return (
                        text: isThere ? cell[index].text : "", width: widths[column] + TerminalTable.gap,
                        role: isThere ? cell[index].role : nil
                    )
                }
                self.row(line, indent: indent)
            }
        }
        if table.table.isHeaded { line(of: table.headings) }
        if table.table.isRuled {
            let sum = widths.reduce(0, +) + TerminalTable.gap * (widths.count - 1)
            row([(String(repeating: "-", count: sum), sum, .quiet)], indent: indent)
        }
        for row in table.rows { line(of: row) }
    }

    private mutating func list(_ table: TerminalTable, indent: Int) {
        let names = table.headings.map { $0.first?.text ?? "" }
        let margin = indent + min((names.map { VisibleText.width($0) }.max() ?? 0) + 4, max(width / 3, 4))
        for row in table.rows {
            for part in row[table.leading] {
                paragraph(part.text, part.role ?? .strong, indent: indent, hanging: indent + 2)
            }
            for (index, cell) in row.enumerated() where index != table.leading {
                for (number, part) in cell.enumerated() {
                    paragraph(
                        part.text, part.role, indent: number == 0 ? indent + 2 : margin, hanging: margin,
                        lead: number == 0 ? names[index] : "", leadRole: .quiet)
                }
            }
        }
    }
}
