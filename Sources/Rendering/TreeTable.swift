// SPDX-License-Identifier: Apache-2.0
internal import KernelTree

/// The status of kernel trees side by side, three to a table.
struct TreeTable {
    let trees: [NamedTree]
    let style: Style

    private static let titleWidth = 24
    private static let treesPerTable = 3

    var text: String {
        var page = TerminalPage(style: style)
        guard !trees.isEmpty else {
            page.paragraph("No kernel tree was given.")
            return page.text
        }
        for start in stride(from: 0, to: trees.count, by: Self.treesPerTable) {
            page.gap()
            table(Array(trees[start..<min(start + Self.treesPerTable, trees.count)]), on: &page)
        }
        page.gap()
        for tree in trees {
            let isReady = tree.status.isReady && !tree.status.pieces.isEmpty
            page.paragraph(
                "\(tree.tree) (Linux \(tree.status.version)): \(tree.status.sum) of s390 Rust support; "
                    + (isReady ? "ready to be built with Rust" : "not ready to be built with Rust"),
                isReady ? .good : .caution, hanging: 2)
        }
        return page.text
    }

    private func table(_ trees: [NamedTree], on page: inout TerminalPage) {
        let column = (page.width - Self.titleWidth) / trees.count
        func row(_ title: String, _ titleRole: Style.Role?, _ cells: [[(String, Style.Role?)]]) {
            let titles = VisibleText.wrapped(VisibleText.of(title, columns: 100), to: Self.titleWidth - 2)
            for index in 0..<max(titles.count, cells.map(\.count).max() ?? 0) {
                var line = [(text: index < titles.count ? titles[index] : "", width: Self.titleWidth, role: titleRole)]
                for cell in cells {
                    let (text, role) = index < cell.count ? cell[index] : ("", nil)
                    line.append((text, column, role))
                }
                page.row(line, indent: 0)
            }
        }
        row("s390 Rust support", .strong, trees.map { tree in lines(tree.status.version, .strong, column) })
        if trees.contains(where: { $0.tree != $0.status.version }) {
            row("", nil, trees.map { tree in lines(tree.tree, .quiet, column) })
        }
        page.row([(String(repeating: "-", count: page.width), 0, .quiet)], indent: 0)
        var identifiers: [String] = []
        for piece in trees.flatMap(\.status.pieces) where !identifiers.contains(piece.identifier) {
            identifiers.append(piece.identifier)
        }
        for identifier in identifiers {
            let pieces = trees.map { tree in tree.status.pieces.first { $0.identifier == identifier } }
            row(
                pieces.lazy.compactMap { $0 }.first?.title ?? identifier, nil,
                pieces.map { piece in
                    guard let piece else { return [("not looked at", .quiet)] }
                    var cell: [(String, Style.Role?)] = [piece.words]
                    for evidence in piece.evidence.prefix(3) {
                        cell += lines("\(evidence.file):\(evidence.line)", nil, column)
                        if trees.count == 1 { cell += lines(evidence.text, .quiet, column).prefix(2) }
                    }
                    if piece.evidence.count > 3 { cell.append(("and \(piece.evidence.count - 3) more", .quiet)) }
                    if let note = piece.note { cell += lines(note, .quiet, column) }
                    return cell
                })
        }
    }

    private func lines(_ text: String, _ role: Style.Role?, _ column: Int) -> [(String, Style.Role?)] {
        let visible = VisibleText.of(text, columns: 400)
        return VisibleText.wrapped(visible, to: column - 2).map { ($0, role) }
    }
}

extension TreeStatus {
    /// `8 of 9 needed pieces`; what this tree's Rust code has no use for is not counted.
    var sum: String {
        let needed = pieces.filter(\.isNeeded)
        let present = needed.count { $0.state == .present }
        return "\(present) of \(Quantities.count(needed.count, "needed piece"))"
    }
}

extension TreePiece {
    var words: (text: String, role: Style.Role?) {
        isNeeded || state == .present ? (state.rawValue, state.role) : ("not needed", .quiet)
    }
}

extension TreePiece.State {
    var role: Style.Role {
        switch self {
        case .present: .good
        case .partial: .caution
        case .absent: .bad
        }
    }
}
