// SPDX-License-Identifier: Apache-2.0

/// Lines of text for a terminal in the making; no line is wider than `width`, save for paths that must stay whole.
struct TerminalPage {
    let style: Style
    let width: Int
    private(set) var lines: [String] = []

    /// Where an entry's text begins.
    static let labelWidth = 15
    /// Columns of one text that are shown: on a terminal more than that is nobody's name or message.
    let longest: Int

    init(style: Style) {
        self.style = style
        // Nothing is as wide as a line without an end.
        width = style.width ?? 1 << 20
        longest = style.width == nil ? width : 1200
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
        let indent = bounded(indent)
        let later = bounded(hanging ?? indent)
        let visible = VisibleText.of(text, columns: longest)
        let lead = VisibleText.of(lead, columns: 40)
        var start = lead.isEmpty ? indent : max(indent + VisibleText.width(lead) + 1, later)
        if !lead.isEmpty, start > max(width / 2, later) {
            // No room beside it.
            lines.append(trimmed(spaces(indent) + style(leadRole, VisibleText.of(lead, columns: width - indent))))
            start = later
        }
        let isBeside = !lead.isEmpty && start > indent + VisibleText.width(lead)
        let room = max(width - max(start, later), 8)
        var wrapped = VisibleText.wrapped(visible, to: room)
        if wrapped.count > most {
            wrapped = Array(wrapped.prefix(most))
            let last = wrapped[most - 1]
            let isRoom = VisibleText.width(last) + 4 <= room
            wrapped[most - 1] = isRoom ? last + " ..." : VisibleText.clipped(last + "    ", to: room)
        }
        for (index, line) in wrapped.enumerated() {
            if index == 0, isBeside {
                let space = spaces(start - indent - VisibleText.width(lead))
                lines.append(trimmed(spaces(indent) + style(leadRole, lead) + space + style(role, line)))
            } else {
                lines.append(trimmed(spaces(index == 0 ? start : later) + style(role, line)))
            }
        }
    }

    /// A label in the margin and its text beside it.
    mutating func entry(_ label: String, _ text: String, _ role: Style.Role? = nil) {
        paragraph(text, role, hanging: Self.labelWidth, lead: label, leadRole: .strong)
    }

    /// Cells that begin at fixed columns, where each leaves the next its place; one that does not, or the line's end,
    /// moves what follows on, to the next line where there is no room. The last has the rest of the line.
    mutating func row(_ cells: [(text: String, width: Int, role: Style.Role?)], indent: Int) {
        var line = spaces(bounded(indent))
        var used = bounded(indent)
        var column = bounded(indent)
        var isEmpty = true
        for cell in cells {
            let text = VisibleText.of(cell.text, columns: longest)
            let length = VisibleText.width(text)
            var start = isEmpty ? column : max(used + 1, column)
            if length > width - start, width - start < 24 || !isEmpty && !fits(text, width - start) {
                if !isEmpty { lines.append(trimmed(line)) }
                line = ""
                used = 0
                start = bounded(indent + 4)
            }
            if length > 0 {
                line += spaces(start - used)
                let room = max(width - start, 8)
                for (number, piece) in (length <= room ? [text] : VisibleText.wrapped(text, to: room)).enumerated() {
                    if number > 0 {
                        lines.append(trimmed(line))
                        line = spaces(start)
                    }
                    line += style(cell.role, piece)
                    used = start + VisibleText.width(piece)
                }
                isEmpty = false
            }
            column += cell.width
        }
        lines.append(trimmed(line))
    }

    /// Whether no word is longer than the room.
    private func fits(_ text: String, _ room: Int) -> Bool {
        text.split(separator: " ").allSatisfy { VisibleText.width($0) <= room }
    }

    /// A line of a program's, as it stands there: a compiler points at columns.
    mutating func verbatim(_ text: String, indent: Int) {
        lines.append(spaces(bounded(indent)) + VisibleText.of(text, columns: style.width == nil ? longest : 400))
    }

    /// A path that must stay whole to be copied, on a line of its own.
    mutating func path(_ text: String, indent: Int) {
        lines.append(spaces(indent) + VisibleText.of(text))
    }

    /// A margin that leaves a narrow terminal room for text.
    private func bounded(_ margin: Int) -> Int { min(margin, width / 3) }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(count, 0)) }

    private func trimmed(_ line: String) -> String {
        guard line.hasSuffix(" ") else { return line }
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}
