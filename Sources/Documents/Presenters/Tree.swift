// SPDX-License-Identifier: Apache-2.0
package import Records

/// A kernel tree's status under the name that it was asked for by.
package struct NamedTree: Codable, Hashable, Sendable {
    package let tree: String
    package let status: TreeStatus

    package init(tree: String, status: TreeStatus) {
        self.tree = tree
        self.status = status
    }
}

extension NamedTree: Listable {
    /// Trees that stand beside each other in one table.
    private static let mostBeside = 6

    /// The status of kernel trees side by side.
    package static func document(of trees: [NamedTree], _ book: RuleBook) -> Document {
        guard !trees.isEmpty else {
            return Document("s390 Rust support", banner: .init(title: "No kernel tree was given."))
        }
        return Document("s390 Rust support of kernel trees") {
            stride(from: 0, to: trees.count, by: mostBeside).map { start in
                Document.Section {
                    Block.table(table(Array(trees[start..<min(start + mostBeside, trees.count)])))
                }
            }
            Document.Section {
                for tree in trees {
                    let isReady = tree.status.isReady && !tree.status.pieces.isEmpty
                    Block.sentence(
                        Span(
                            "\(tree.tree) (Linux \(tree.status.version)): \(tree.status.sum) of s390 Rust support; "
                                + (isReady ? "ready to be built with Rust" : "not ready to be built with Rust"),
                            isReady ? .good : .caution))
                }
            }
        }
    }

    private static func table(_ trees: [NamedTree]) -> Table {
        let names = trees.map { tree in
            let version = tree.status.version
            return Table.Column(tree.tree == version ? version : "\(version) \(tree.tree)")
        }
        var table = Table(columns: ["s390 Rust support"] + names)
        table.isRuled = true
        table.isListWhereUnbounded = true
        var identifiers: [String] = []
        for piece in trees.flatMap(\.status.pieces) where !identifiers.contains(piece.identifier) {
            identifiers.append(piece.identifier)
        }
        for identifier in identifiers {
            let pieces = trees.map { tree in tree.status.pieces.first { $0.identifier == identifier } }
            let title = pieces.lazy.compactMap { $0 }.first?.title ?? identifier
            table.rows.append(
                [[Span(title)]] + pieces.map { $0?.cell(isAlone: trees.count == 1) ?? [.quiet("not looked at")] })
        }
        return table
    }
}

extension TreePiece {
    private var stateTag: Span {
        isNeeded || state == .present ? .tag(state.rawValue, state.role) : .tag("not needed", .quiet)
    }

    fileprivate func cell(isAlone: Bool) -> Table.Cell {
        var cell: Table.Cell = [stateTag]
        for evidence in evidence.prefix(3) {
            cell.append(.code("\(evidence.file):\(evidence.line)"))
            if isAlone { cell.append(.code(evidence.text, .quiet)) }
        }
        if evidence.count > 3 { cell.append(.quiet("and \(evidence.count - 3) more")) }
        if let note { cell.append(.quiet(note)) }
        return cell
    }

    fileprivate var row: [Table.Cell] {
        let places = evidence.prefix(8).enumerated().flatMap { number, evidence -> [Span] in
            let place = Span.code("\(evidence.file):\(evidence.line)")
            return [number == 0 ? place : place.detail, .code(evidence.text, .quiet).detail]
        }
        return [[stateTag], [Span(title)], places + (note.map { [.quiet($0)] } ?? [])]
    }
}

extension TreePiece.State {
    fileprivate var role: Style.Role {
        switch self {
        case .present: .good
        case .partial: .caution
        case .absent: .bad
        }
    }
}

extension TreeStatus {
    /// `8 of 9 needed pieces`; what this tree's Rust code has no use for is not counted.
    var sum: String {
        let needed = pieces.filter(\.isNeeded)
        let present = needed.count { $0.state == .present }
        return "\(present) of \(Quantities.count(needed.count, "needed piece"))"
    }

    /// Of the tree that a run built, with the series that it got before.
    func section(_ enablement: RunRecord.Enablement?) -> Document.Section {
        .init("Readiness", Span("\(sum) of s390 Rust support in the tree", isReady ? .good : .caution)) {
            if let enablement {
                let series = enablement.series
                let patches = Quantities.count(series.patches.count, "patch", "patches")
                Block.fold(
                    Span(
                        "\(series.isFixes ? "corrected by" : "by series") \(series.name), \(patches), in a copy of the source "
                            + "that had \(enablement.before.sum)")
                ) { series.table }
            }
            Block.table(
                ["State", "Piece of s390 Rust support", "Location"], pieces.map(\.row), isHeaded: false)
        }
    }
}

extension GlueSeries {
    fileprivate var table: Block {
        .table(
            ["Patch", Table.Column("Patch identifier and SHA-256 of the file", isDetail: true)],
            patches.map {
                [
                    [Span($0.subject), .code($0.file, .quiet).detail],
                    [.code($0.identifier, .quiet), .digest($0.sha256)],
                ]
            }, isHeaded: false, noun: "patch")
    }
}

extension GlueChange: Presentable {
    /// What a patch series did to a tree.
    package func document(_ book: RuleBook) -> Document {
        let applied = kind == .unchanged ? nil : series
        var facts: [Fact] = []
        if let branch { facts.append(Fact("Branch", .code(branch))) }
        if let applied { facts.append(Fact("Files", Span(applied.touches.joined(separator: ", ")))) }
        facts.append(Fact("Now", Span("\(status.sum) of s390 Rust support")))
        return Document(
            "s390 Rust support of a kernel tree", banner: .init(role: isDryRun ? .caution : .good, title: headline)
        ) {
            if let applied { Document.Section { applied.table } }
            Document.Section { Block.facts(facts) }
        }
    }

    private var headline: String {
        let what = series.map { "the \($0.patches.count) patches of the series \($0.name)" } ?? "no series"
        let tree = "\(tree) (Linux \(version))"
        switch (kind, isDryRun) {
        case (.enabled, true): return "\(tree): \(what) would apply; nothing was changed"
        case (.enabled, false): return "\(tree): \(what) are applied"
        case (.unchanged, _):
            let series = series.map { " (series \($0.name))" } ?? ""
            return "\(tree): nothing to do, \(reason ?? "")\(series)"
        case (.disabled, true): return "\(tree): \(what) would be taken out; nothing was changed"
        case (.disabled, false): return "\(tree): \(what) are taken out"
        }
    }
}
