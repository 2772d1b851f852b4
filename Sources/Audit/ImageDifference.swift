// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit
internal import Records

extension ImageDifference {
    init(_ old: Image, _ new: Image, _ options: AuditOptions) throws {
        guard old.elf.machine == new.elf.machine else {
            throw FormatError(
                .unsupported, offset: 0,
                "\(old.name) is for \(old.elf.machine) and \(new.name) for \(new.elf.machine): nothing can be compared")
        }
        let sides = try (Self.types(of: old), Self.types(of: new))
        let lacking = [(old.name, sides.0), (new.name, sides.1)].filter { $0.1 == nil }.map(\.0)
        let typesUnknown =
            lacking.isEmpty
            ? nil
            : "\(lacking.joined(separator: " and ")) \(lacking.count == 1 ? "has" : "have") no debug information of C types"
        guard lacking.isEmpty || !(old.functions.entries.isEmpty && new.functions.entries.isEmpty) else {
            throw FormatError(
                .unsupported, offset: 0, "\(typesUnknown ?? ""), and no functions: nothing can be compared")
        }
        let before = lacking.isEmpty ? sides.0 ?? [:] : [:]
        let after = lacking.isEmpty ? sides.1 ?? [:] : [:]
        var equal = 0
        var changes: [TypeChange] = []
        for name in Set(before.keys).union(after.keys).sorted() {
            switch (before[name], after[name]) {
            case (let was?, let now?):
                // A name with several layouts is compared as a whole; the first that is new tells how.
                let lost = was.filter { one in !now.contains { one.hasSameLayout(as: $0) } }
                let made = now.filter { one in !was.contains { one.hasSameLayout(as: $0) } }
                guard let one = lost.first ?? was.first, let other = made.first ?? now.first,
                    !(lost.isEmpty && made.isEmpty)
                else {
                    equal += 1
                    continue
                }
                changes.append(.init(name: name, kind: .changed, differences: one.differences(to: other)))
            case (nil, _): changes.append(.init(name: name, kind: .added, differences: []))
            default: changes.append(.init(name: name, kind: .removed, differences: []))
            }
        }
        self.init(
            equalTypes: equal, types: changes, typesUnknown: typesUnknown,
            functions: FunctionDifference(try old.functionItems(), try new.functionItems()),
            counts: try Self.counts(old, new, options))
    }

    private static func types(of image: Image) throws -> [String: [RecordLayout]]? {
        try CTypes(image.elf, image.dwarf, jobs: image.jobs)?.definitions()
    }

    private static func counts(_ old: Image, _ new: Image, _ options: AuditOptions) throws -> [CountChange] {
        // Types are compared one by one.
        let rules = RuleCatalogue.rules.filter { !$0.readsTypes }
        let before = RuleCatalogue.outcomes(on: old, options, of: rules)
        let after = RuleCatalogue.outcomes(on: new, options, of: rules)
        return try zip(before, after).flatMap { before, after in
            let counts = (was: try before.outcome.get().counts.summed, now: try after.outcome.get().counts.summed)
            let names = (counts.was + counts.now).map { RuleOutcome.Count($0.name, 0) }.summed.map(\.name)
            return names.compactMap { name in
                let was = counts.was.first { $0.name == name }?.count ?? 0
                let now = counts.now.first { $0.name == name }?.count ?? 0
                return was == now ? nil : CountChange(family: before.family, name: name, old: was, new: now)
            }
        }
    }
}

extension RecordLayout {
    /// Whether size, fields and values are the same, wherever the type was declared.
    func hasSameLayout(as other: RecordLayout) -> Bool {
        var mine = self
        mine.declaredAt = other.declaredAt
        return mine == other
    }

    /// What became another one, field by field, at most a dozen.
    func differences(to other: RecordLayout) -> [String] {
        var found: [String] = []
        if size != other.size { found.append("size \(size) to \(other.size)") }
        var now = other.leavesByPath
        for leaf in leaves {
            guard let new = now.removeValue(forKey: leaf.path) else {
                found.append("\(leaf.path) removed")
                continue
            }
            if leaf.bitOffset != new.bitOffset {
                found.append("\(leaf.path) from bit \(leaf.bitOffset) to bit \(new.bitOffset)")
            } else if leaf.bitSize != new.bitSize || leaf.type != new.type {
                found.append("\(leaf.path) from \(leaf.type) to \(new.type)")
            }
        }
        found += other.leaves.filter { now[$0.path] != nil }.map { "\($0.path) added" }
        if enumerators != other.enumerators {
            let was = Set(enumerators)
            let now = Set(other.enumerators)
            found += other.enumerators.filter { !was.contains($0) }.map { "\($0.name) = \($0.value)" }
            found += enumerators.filter { !now.contains($0) }.map { "\($0.name) = \($0.value) removed" }
        }
        return found.count > 12 ? found.prefix(12) + ["and \(found.count - 12) more"] : found
    }
}
