// SPDX-License-Identifier: Apache-2.0
internal import Records

/// The status of kernel trees side by side, as many to a table as the line has room for.
struct TreeTable {
    let trees: [NamedTree]
    let style: Style

    /// Columns that a tree needs, by experience: the longest words are paths and compiler flags.
    private static let treeWidth = 28

    var text: String {
        var page = TerminalPage(style: style)
        guard !trees.isEmpty else {
            page.paragraph("No kernel tree was given.")
            return page.text
        }
        let count = min(max((page.width - 24) / Self.treeWidth, 1), 6)
        for start in stride(from: 0, to: trees.count, by: count) {
            page.gap()
            page.table(table(Array(trees[start..<min(start + count, trees.count)])))
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

    private func table(_ trees: [NamedTree]) -> TerminalTable {
        let names = trees.map { tree -> TerminalTable.Cell in
            let version = tree.status.version
            return [(version, .strong)] + (tree.tree == version ? [] : [(tree.tree, .quiet)])
        }
        var table = TerminalTable(headings: [[("s390 Rust support", .strong)]] + names)
        table.isRuled = true
        table.isListWhereUnbounded = true
        var identifiers: [String] = []
        for piece in trees.flatMap(\.status.pieces) where !identifiers.contains(piece.identifier) {
            identifiers.append(piece.identifier)
        }
        for identifier in identifiers {
            let pieces = trees.map { tree in tree.status.pieces.first { $0.identifier == identifier } }
            let title = pieces.lazy.compactMap { $0 }.first?.title ?? identifier
            table.rows.append([[(title, nil)]] + pieces.map { cell($0, isAlone: trees.count == 1) })
        }
        return table
    }

    private func cell(_ piece: TreePiece?, isAlone: Bool) -> TerminalTable.Cell {
        guard let piece else { return [("not looked at", .quiet)] }
        var cell: TerminalTable.Cell = [piece.words]
        for evidence in piece.evidence.prefix(3) {
            cell.append(("\(evidence.file):\(evidence.line)", nil))
            if isAlone { cell.append((evidence.text, .quiet)) }
        }
        if piece.evidence.count > 3 { cell.append(("and \(piece.evidence.count - 3) more", .quiet)) }
        if let note = piece.note { cell.append((note, .quiet)) }
        return cell
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
