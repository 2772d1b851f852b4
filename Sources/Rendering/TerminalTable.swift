// SPDX-License-Identifier: Apache-2.0

/// Rows whose cells stand below each other in columns as wide as their texts; where the line is too short for every
/// column's longest word, a list of the same facts.
struct TerminalTable {
    /// Texts below each other; each begins a line of its own.
    typealias Cell = [(text: String, role: Style.Role?)]

    /// One cell a column.
    var headings: [Cell]
    var rows: [[Cell]] = []
    /// The column that tells rows apart: a list puts it at the head of each.
    var leading = 0
    /// Whether a line stands below the headings.
    var isRuled = false
    /// Whether it is a list also in lines of any length, as for cells of many lines.
    var isListWhereUnbounded = false

    fileprivate static let gap = 2
}

extension TerminalPage {
    mutating func table(_ table: TerminalTable) {
        // What is shown is measured, so it is made visible first.
        func visible(_ cell: TerminalTable.Cell) -> TerminalTable.Cell {
            cell.map { (VisibleText.of($0.text, columns: Self.longest), $0.role) }
        }
        var table = table
        table.headings = table.headings.map(visible)
        table.rows = table.rows.map { $0.map(visible) }
        let isList = style.width == nil && table.isListWhereUnbounded
        if !isList, let widths = widths(table) { columns(table, widths) } else { list(table) }
    }

    /// The columns' widths; nil where a word would have to be broken.
    private func widths(_ table: TerminalTable) -> [Int]? {
        var natural = [Int](repeating: 1, count: table.headings.count)
        var least = natural
        for row in [table.headings] + table.rows {
            for (index, cell) in row.prefix(natural.count).enumerated() {
                for (text, _) in cell {
                    natural[index] = max(natural[index], VisibleText.width(text))
                    for word in text.split(separator: " ") { least[index] = max(least[index], VisibleText.width(word)) }
                }
            }
        }
        let room = width - TerminalTable.gap * (natural.count - 1)
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

    private mutating func columns(_ table: TerminalTable, _ widths: [Int]) {
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
                self.row(line, indent: 0)
            }
        }
        line(of: table.headings)
        if table.isRuled {
            let sum = widths.reduce(0, +) + TerminalTable.gap * (widths.count - 1)
            row([(String(repeating: "-", count: sum), sum, .quiet)], indent: 0)
        }
        for row in table.rows { line(of: row) }
    }

    private mutating func list(_ table: TerminalTable) {
        let names = table.headings.map { $0.first?.text ?? "" }
        let margin = min((names.map { VisibleText.width($0) }.max() ?? 0) + 4, max(width / 3, 4))
        for row in table.rows {
            for part in row[table.leading] { paragraph(part.text, part.role ?? .strong, hanging: 2) }
            for (index, cell) in row.enumerated() where index != table.leading {
                for (number, part) in cell.enumerated() {
                    paragraph(
                        part.text, part.role, indent: number == 0 ? 2 : margin, hanging: margin,
                        lead: number == 0 ? names[index] : "", leadRole: .quiet)
                }
            }
        }
    }
}
