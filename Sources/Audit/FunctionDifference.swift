// SPDX-License-Identifier: Apache-2.0

/// How the functions of two images differ.
package struct FunctionDifference: Codable, Hashable, Sendable {
    /// What is compared of a function.
    package struct Facts: Codable, Hashable, Sendable {
        /// Bytes.
        package var codeSize: UInt64
        /// `packed with backchain`; nil where frames can't be read: on another machine.
        package var frame: String?
        /// Whether the kernel's unwinder gets through the function.
        package var isUnwindable: Bool?
        /// How far the stack pointer is lowered at most, in bytes.
        package var frameSize: Int?
        /// Where the return address is saved, in bytes from the stack pointer on entry; nil where it is not.
        package var returnSlot: Int?
        package var storesBackchain: Bool?
        /// Entries of each table that lie in the function.
        package var bugEntries = 0
        package var jumpEntries = 0
        package var exceptionEntries = 0

        init(codeSize: UInt64) { self.codeSize = codeSize }

        /// Whether the frame is the same.
        package func hasSameFrame(as other: Facts) -> Bool {
            frame == other.frame && frameSize == other.frameSize && returnSlot == other.returnSlot
                && storesBackchain == other.storesBackchain
        }

        /// Whether as many entries of each table lie in the function.
        package func hasSameEntries(as other: Facts) -> Bool {
            bugEntries == other.bugEntries && jumpEntries == other.jumpEntries
                && exceptionEntries == other.exceptionEntries
        }
    }

    /// A function that only one image has.
    package struct Function: Codable, Hashable, Sendable {
        package let name: String
        /// The compilation unit, where several functions have the name.
        package let unit: String?
        /// Bytes.
        package let codeSize: UInt64
    }

    /// A function that both images have and that is not the same in them.
    package struct Change: Codable, Hashable, Sendable {
        package let name: String
        /// The compilation unit in the new image, where several functions have the name.
        package let unit: String?
        package let old: Facts
        package let new: Facts
    }

    /// A function of an image, for the comparison.
    struct Item: Sendable {
        let name: String
        let unit: String?
        let facts: Facts
    }

    /// How many functions are in both images with equal facts.
    package let equal: Int
    /// Bytes of all functions.
    package let oldCodeSize: UInt64
    package let newCodeSize: UInt64
    /// In the order of the names, as the other lists.
    package let changed: [Change]
    package let added: [Function]
    package let removed: [Function]

    package var isEmpty: Bool { changed.isEmpty && added.isEmpty && removed.isEmpty }

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
        self.equal = equal
        self.changed = changed
        self.added = added
        self.removed = removed
        oldCodeSize = old.reduce(0) { $0 &+ $1.facts.codeSize }
        newCodeSize = new.reduce(0) { $0 &+ $1.facts.codeSize }
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
