// SPDX-License-Identifier: Apache-2.0
package import Records

extension ImageDifference: Presentable {
    private static let most = 200
    /// Functions of each kind of change that a terminal shows.
    private static let mostFunctions = 24

    /// What changed between two images.
    package func document(_ book: RuleBook) -> Document {
        Document("difference of two kernel images") {
            typeSection
            Document.Section { functionBlocks }
            if !counts.isEmpty {
                Document.Section {
                    Block.table(
                        [.number("old"), .number("new"), "count"],
                        counts.map {
                            [
                                [Span(Quantities.number($0.old))], [Span(Quantities.number($0.new))],
                                [Span("\($0.family) \($0.label)")],
                            ]
                        }, leading: 2)
                }
            }
        }
    }

    private var typeSection: Document.Section {
        if let reason = typesUnknown { return .init("C types", Span("not compared: \(reason)", .caution)) {} }
        let kinds = [TypeChange.Kind.changed, .added, .removed].map { kind in
            "\(Quantities.number(types.count { $0.kind == kind })) \(kind.rawValue)"
        }
        return .init(
            "C types", Span("\(Quantities.number(equalTypes)) equal, " + kinds.joined(separator: ", "), .strong)
        ) {
            if !types.isEmpty {
                Block.table(
                    ["Change", "Type"],
                    types.map { change in
                        [
                            [.tag(change.kind.rawValue, change.kind == .changed ? .caution : .quiet)],
                            [.code(change.name)] + change.differences.map { Span($0) },
                        ]
                    }, leading: 1, isHeaded: false, breaksLast: true, most: Self.most, noun: "type")
            }
        }
    }

    private var functionBlocks: [Block] {
        let frames = functions.changed.filter { !$0.old.hasSameFrame(as: $0.new) }
        let entries = functions.changed.filter { !$0.old.hasSameEntries(as: $0.new) }
        let sizes = functions.changed.count { $0.old.hasSameFrame(as: $0.new) && $0.old.hasSameEntries(as: $0.new) }
        let sum = Block.sentence(
            Span(
                "Functions: \(Quantities.number(functions.equal)) equal, "
                    + "\(Quantities.number(functions.changed.count)) changed, \(Quantities.number(sizes)) of them in size "
                    + "alone; \(Quantities.number(functions.added.count)) added, "
                    + "\(Quantities.number(functions.removed.count)) removed; code "
                    + "\(Quantities.size(Int(clamping: functions.oldCodeSize))) to "
                    + Quantities.size(Int(clamping: functions.newCodeSize)), .strong))
        // What the unwinder sees comes first.
        let lost = frames.filter { $0.old.isUnwindable == true && $0.new.isUnwindable == false }
        let gained = frames.filter { $0.old.isUnwindable == false && $0.new.isUnwindable == true }
        let kinds = frames.filter { $0.old.frame != $0.new.frame && $0.old.isUnwindable == $0.new.isUnwindable }
        let others = frames.filter { $0.old.frame == $0.new.frame }
        let lists: [(String, [String], Style.Role?)] = [
            ("frames that the unwinder no longer gets through", lost.map(\.frameLine), .bad),
            ("frames that the unwinder gets through now", gained.map(\.frameLine), .good),
            ("frames of another kind", kinds.map(\.frameLine), nil),
            ("frames of another shape", others.map(\.frameLine), nil),
            ("table entries", entries.map(\.entriesLine), nil),
            ("added", functions.added.map(\.line), nil), ("removed", functions.removed.map(\.line), nil),
        ]
        return [sum]
            + lists.filter { !$0.1.isEmpty }.map { title, lines, role in
                .fold(Span("\(title): \(Quantities.count(lines.count, "function"))", role), isOpen: true) {
                    Block.list(
                        Span("").detail, lines, isOpen: true, most: Self.mostFunctions, noun: "function", role: .quiet)
                }
            }
    }
}

extension FunctionDifference.Function {
    fileprivate var line: String { "\(named(name, unit)): \(Quantities.count(Int(clamping: codeSize), "byte"))" }
}

extension FunctionDifference.Change {
    /// `f: packed with backchain to ordinary, 160 bytes to 224 bytes`: what is not the same of two frames.
    fileprivate var frameLine: String {
        func words(_ facts: FunctionDifference.Facts) -> [String] {
            let parts = [facts.frame?.rawValue ?? "unread", "\(facts.frameSize ?? 0) bytes"]
            // The kind of a frame says the rest already.
            if old.frame != new.frame { return parts }
            return parts + [
                facts.returnSlot.map { "return address at \($0)" } ?? "return address not saved",
                facts.storesBackchain == true ? "backchain" : "no backchain",
            ]
        }
        let changes = zip(words(old), words(new)).filter { $0.0 != $0.1 }.map { "\($0.0) to \($0.1)" }
        return "\(named(name, unit)): \(changes.joined(separator: ", "))"
    }

    fileprivate var entriesLine: String {
        let counts = [
            ("bug", old.bugEntries, new.bugEntries), ("jump", old.jumpEntries, new.jumpEntries),
            ("exception", old.exceptionEntries, new.exceptionEntries),
        ]
        let words = counts.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1) to \($0.2)" }
        return "\(named(name, unit)): \(words.joined(separator: ", "))"
    }
}

private func named(_ name: String, _ unit: String?) -> String { unit.map { "\(name) (\($0))" } ?? name }

extension LayoutSheet: Listable {
    /// Each type's layout: offset, size, the field, and how C and Rust write its type.
    package static func document(of sheets: [LayoutSheet], _ book: RuleBook) -> Document {
        Document("layouts in C and Rust") { sheets.map(\.section) }
    }

    private var section: Document.Section {
        let sides: [Block] = [("C", c), ("Rust", rust)].map { language, side in
            guard let side else { return .sentence(.quiet("not described in this file"), tag: Span(language)) }
            var words = "\(side.kind), \(Quantities.count(Int(clamping: side.size), "byte"))"
            if let alignment = side.alignment { words += ", aligned to \(alignment)" }
            if side.isOpaque { words += ", opaque" }
            if let place = side.declaredAt { words += ", \(place)" }
            return .sentence(Span(words), tag: Span(language))
        }
        var table = Table(columns: ["offset", "size", "field", "C", "Rust"], leading: 2)
        for row in rows {
            let role: Style.Role? = row.path == nil ? .quiet : row.agrees ? nil : .bad
            let gap = row == rows.last ? "-- padding --" : "-- hole --"
            let types = row.path == nil ? ["", ""] : [row.c?.type ?? "-", row.rust?.type ?? "-"]
            let cells = [place(row.bitOffset), size(row.bitSize), row.path ?? gap] + types
            table.rows.append(cells.map { [Span($0, role)] })
        }
        return .init(name) {
            sides
            Block.table(table)
            Block.sentences(differences, .bad, tag: .tag("differs", .bad))
        }
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
