// SPDX-License-Identifier: Apache-2.0
internal import Records

extension FunctionDifference {
    /// A function of an image, for the comparison.
    struct Item: Sendable {
        let name: String
        let unit: String?
        let facts: Facts
    }

    /// Compares functions of the same name: of several with one name those of the same unit, then the others in their
    /// order.
    init(_ old: [Item], _ new: [Item]) {
        let before = Dictionary(grouping: old, by: \.name)
        let after = Dictionary(grouping: new, by: \.name)
        var equal = 0
        var changed: [Change] = []
        var added: [Function] = []
        var removed: [Function] = []
        for name in Set(before.keys).union(after.keys).sorted() {
            let was = before[name] ?? []
            let now = after[name] ?? []
            let pairs = Self.pairs(was, now)
            for (one, other) in pairs.matched {
                if one.facts == other.facts {
                    equal += 1
                } else {
                    changed.append(Change(name: name, unit: other.unit, old: one.facts, new: other.facts))
                }
            }
            removed += pairs.old.map { Function(name: name, unit: $0.unit, codeSize: $0.facts.codeSize) }
            added += pairs.new.map { Function(name: name, unit: $0.unit, codeSize: $0.facts.codeSize) }
        }
        self.init(
            equal: equal, oldCodeSize: old.reduce(0) { $0 &+ $1.facts.codeSize },
            newCodeSize: new.reduce(0) { $0 &+ $1.facts.codeSize }, changed: changed, added: added, removed: removed)
    }

    private static func pairs(_ old: [Item], _ new: [Item]) -> (matched: [(Item, Item)], old: [Item], new: [Item]) {
        var matched: [(Item, Item)] = []
        var byUnit: [String: [Int]] = [:]
        for (index, item) in new.enumerated().reversed() { byUnit[item.unit ?? "", default: []].append(index) }
        var taken = [Bool](repeating: false, count: new.count)
        var left: [Item] = []
        for item in old {
            if let index = byUnit[item.unit ?? ""]?.popLast() {
                matched.append((item, new[index]))
                taken[index] = true
            } else {
                left.append(item)
            }
        }
        let rest = new.indices.filter { !taken[$0] }.map { new[$0] }
        matched += zip(left, rest)
        return (matched, Array(left.dropFirst(rest.count)), Array(rest.dropFirst(left.count)))
    }
}
