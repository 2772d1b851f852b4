// SPDX-License-Identifier: Apache-2.0

/// Lines of text for a terminal in the making; no line is wider than `width`, save for paths that must stay whole.
struct TerminalPage {
    let style: Style
    let width: Int
    private(set) var lines: [String] = []

    /// Where an entry's text begins.
    static let labelWidth = 15
    /// Columns of one text that are shown; more than that is nobody's name or message.
    private static let longest = 1200

    init(style: Style, width: Int = 80) {
        self.style = style
        self.width = width
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func gap() {
        if let last = lines.last, !last.isEmpty { lines.append("") }
    }

    /// Text wrapped at `indent`, later lines at `hanging` (or `indent`), with `lead` before the first.
    mutating func paragraph(
        _ text: String, _ role: Style.Role? = nil, indent: Int = 0, hanging: Int? = nil, lead: String = "",
        leadRole: Style.Role? = nil, most: Int = .max
    ) {
        let later = hanging ?? indent
        let visible = VisibleText.of(text, columns: Self.longest)
        let lead = VisibleText.of(lead, columns: 40)
        let start = lead.isEmpty ? indent : max(indent + VisibleText.width(lead) + 1, later)
        var wrapped = VisibleText.wrapped(visible, to: max(width - max(start, later), 8))
        if wrapped.count > most {
            wrapped = Array(wrapped.prefix(most))
            let room = max(width - max(start, later), 8)
            let last = wrapped[most - 1]
            let isRoom = VisibleText.width(last) + 4 <= room
            wrapped[most - 1] = isRoom ? last + " ..." : VisibleText.clipped(last + "    ", to: room)
        }
        for (index, line) in wrapped.enumerated() {
            if index == 0 {
                let space = String(repeating: " ", count: start - indent - VisibleText.width(lead))
                lines.append(trimmed(spaces(indent) + style(leadRole, lead) + space + style(role, line)))
            } else {
                lines.append(trimmed(spaces(later) + style(role, line)))
            }
        }
    }

    /// A label in the margin and its text beside it.
    mutating func entry(_ label: String, _ text: String, _ role: Style.Role? = nil) {
        paragraph(text, role, hanging: Self.labelWidth, lead: label, leadRole: .strong)
    }

    /// More text under an entry.
    mutating func more(_ text: String, _ role: Style.Role? = nil, most: Int = .max) {
        paragraph(text, role, indent: Self.labelWidth, hanging: Self.labelWidth + 2, most: most)
    }

    /// Cells of given widths, each clipped; the last takes what is left of the line.
    mutating func row(_ cells: [(text: String, width: Int, role: Style.Role?)], indent: Int) {
        var line = spaces(indent)
        var used = indent
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            let room = isLast ? width - used : min(cell.width, width - used)
            guard room > 0 else { break }
            let text = VisibleText.of(cell.text, columns: isLast ? room : max(room - 1, 4))
            line += style(cell.role, text)
            if !isLast { line += spaces(max(room - VisibleText.width(text), 0)) }
            used += room
        }
        lines.append(trimmed(line))
    }

    /// A path that must stay whole to be copied, on a line of its own.
    mutating func path(_ text: String, indent: Int) {
        lines.append(spaces(indent) + VisibleText.of(text))
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    private func trimmed(_ line: String) -> String {
        guard line.hasSuffix(" ") else { return line }
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}
