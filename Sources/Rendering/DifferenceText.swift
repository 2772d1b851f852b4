// SPDX-License-Identifier: Apache-2.0
internal import Records

/// What changed between two images, for a terminal.
struct DifferenceText {
    let difference: ImageDifference
    let style: Style

    private static let most = 200
    /// Functions that are told of each kind of change.
    private static let mostFunctions = 24

    var text: String {
        var page = TerminalPage(style: style)
        let kinds = [ImageDifference.TypeChange.Kind.changed, .added, .removed].map { kind in
            "\(Quantities.number(difference.types.count { $0.kind == kind })) \(kind.rawValue)"
        }
        if let reason = difference.typesUnknown { page.paragraph("C types: not compared: \(reason)", .caution) }
        if difference.typesUnknown == nil {
            page.paragraph(
                "C types: \(Quantities.number(difference.equalTypes)) equal, " + kinds.joined(separator: ", "), .strong)
        }
        for change in difference.types.prefix(Self.most) {
            page.paragraph(
                change.name, change.kind == .changed ? .caution : .quiet, indent: 2, hanging: 12,
                lead: change.kind.rawValue)
            for line in change.differences { page.paragraph(line, indent: 12, hanging: 14) }
        }
        rest(difference.types.count - Self.most, indent: 2, on: &page)
        functions(on: &page)
        if !difference.counts.isEmpty {
            page.gap()
            page.row([("old", 12, .strong), ("new", 12, .strong), ("", 0, nil)], indent: 2)
        }
        for count in difference.counts {
            page.row(
                [
                    (Quantities.number(count.old), 12, nil), (Quantities.number(count.new), 12, nil),
                    ("\(count.family) \(count.label)", 0, nil),
                ], indent: 2)
        }
        return page.text
    }

    private func functions(on page: inout TerminalPage) {
        let functions = difference.functions
        let frames = functions.changed.filter { !$0.old.hasSameFrame(as: $0.new) }
        let entries = functions.changed.filter { !$0.old.hasSameEntries(as: $0.new) }
        let sizes = functions.changed.count { $0.old.hasSameFrame(as: $0.new) && $0.old.hasSameEntries(as: $0.new) }
        page.gap()
        page.paragraph(
            "Functions: \(Quantities.number(functions.equal)) equal, "
                + "\(Quantities.number(functions.changed.count)) changed, \(Quantities.number(sizes)) of them in size "
                + "alone; \(Quantities.number(functions.added.count)) added, "
                + "\(Quantities.number(functions.removed.count)) removed; code "
                + "\(Quantities.size(Int(clamping: functions.oldCodeSize))) to "
                + Quantities.size(Int(clamping: functions.newCodeSize)), .strong)
        // What the unwinder sees comes first.
        let lost = frames.filter { $0.old.isUnwindable == true && $0.new.isUnwindable == false }
        let gained = frames.filter { $0.old.isUnwindable == false && $0.new.isUnwindable == true }
        let kinds = frames.filter { $0.old.frame != $0.new.frame && $0.old.isUnwindable == $0.new.isUnwindable }
        let others = frames.filter { $0.old.frame == $0.new.frame }
        for (title, list, role) in [
            ("frames that the unwinder no longer gets through", lost, Style.Role.bad),
            ("frames that the unwinder gets through now", gained, .good), ("frames of another kind", kinds, nil),
            ("frames of another shape", others, nil),
        ] as [(String, [FunctionDifference.Change], Style.Role?)] {
            self.list(title, list, role, on: &page) { (name($0.name, $0.unit), frame($0)) }
        }
        list("table entries", entries, nil, on: &page) { change in
            let counts = [
                ("bug", change.old.bugEntries, change.new.bugEntries),
                ("jump", change.old.jumpEntries, change.new.jumpEntries),
                ("exception", change.old.exceptionEntries, change.new.exceptionEntries),
            ]
            let words = counts.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1) to \($0.2)" }
            return (name(change.name, change.unit), words.joined(separator: ", "))
        }
        for (title, list) in [("added", functions.added), ("removed", functions.removed)] {
            self.list(title, list, nil, on: &page) {
                (name($0.name, $0.unit), Quantities.count(Int(clamping: $0.codeSize), "byte"))
            }
        }
    }

    private func list<Element>(
        _ title: String, _ list: [Element], _ role: Style.Role?, on page: inout TerminalPage,
        _ words: (Element) -> (name: String, text: String)
    ) {
        guard !list.isEmpty else { return }
        page.paragraph("\(title): \(Quantities.count(list.count, "function"))", role, indent: 2)
        for element in list.prefix(Self.mostFunctions) {
            let (name, text) = words(element)
            page.paragraph("\(name): \(text)", .quiet, indent: 4, hanging: 8)
        }
        rest(list.count - Self.mostFunctions, indent: 4, on: &page)
    }

    /// Tells of what a list leaves out, if anything.
    private func rest(_ count: Int, indent: Int, on page: inout TerminalPage) {
        guard count > 0 else { return }
        page.paragraph("and \(Quantities.number(count)) more; --format json has all", .quiet, indent: indent)
    }

    private func name(_ name: String, _ unit: String?) -> String { unit.map { "\(name) (\($0))" } ?? name }

    /// `packed with backchain to ordinary, 160 bytes to 224 bytes`: what is not the same of two frames.
    private func frame(_ change: FunctionDifference.Change) -> String {
        func words(_ facts: FunctionDifference.Facts) -> [String] {
            let parts = [facts.frame?.rawValue ?? "unread", "\(facts.frameSize ?? 0) bytes"]
            // The kind of a frame says the rest already.
            if change.old.frame != change.new.frame { return parts }
            return parts + [
                facts.returnSlot.map { "return address at \($0)" } ?? "return address not saved",
                facts.storesBackchain == true ? "backchain" : "no backchain",
            ]
        }
        return zip(words(change.old), words(change.new)).filter { $0.0 != $0.1 }
            .map { "\($0.0) to \($0.1)" }.joined(separator: ", ")
    }
}
