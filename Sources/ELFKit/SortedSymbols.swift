// SPDX-License-Identifier: Apache-2.0

/// Symbols of a table that are defined in a section, sorted by section and address, for looking up what is where.
///
/// Symbols of one address keep the order of the table. Takes 32 bytes a symbol.
public struct SortedSymbols: Sendable, RandomAccessCollection {
    private struct Entry: Sendable {
        var start: UInt64
        var end: UInt64
        var section: UInt32
        /// In the table.
        var symbol: UInt32
        /// The entry before that may reach past this one's start; -1 for none.
        var enclosing: Int32
    }

    /// The table that they are from, which has their names.
    public let table: SymbolTable
    private let entries: [Entry]

    /// Sorts the symbols that `isIncluded` chooses among those defined in a section.
    public init(_ table: SymbolTable, where isIncluded: (Symbol) -> Bool) {
        self.table = table
        var entries: [Entry] = []
        entries.reserveCapacity(table.count)
        // Int32 numbers the entries; the rest of a table of 48 GiB is not looked at.
        for index in table.indices where index <= Int(Int32.max) {
            let symbol = table[index]
            guard let section = symbol.sectionIndex, isIncluded(symbol) else { continue }
            let (end, overflow) = symbol.value.addingReportingOverflow(symbol.size)
            entries.append(
                Entry(
                    start: symbol.value, end: overflow ? .max : end, section: UInt32(truncatingIfNeeded: section),
                    symbol: UInt32(truncatingIfNeeded: symbol.index), enclosing: -1))
        }
        Self.sort(&entries)
        Self.findEnclosing(&entries)
        self.entries = entries
    }

    /// Radix sort from the least digit of the address up to the section: stable, and no comparison.
    private static func sort(_ entries: inout [Entry]) {
        guard let first = entries.first else { return }
        if entries.count < 512 {
            entries.sort {
                ($0.section, $0.start, $0.symbol) < ($1.section, $1.start, $1.symbol)
            }
            return
        }
        var differing: UInt64 = 0
        var differingSections: UInt64 = 0
        for entry in entries {
            differing |= entry.start ^ first.start
            differingSections |= UInt64(entry.section ^ first.section)
        }
        var other = entries
        var counts = [Int](repeating: 0, count: 1 << digit)
        for shift in stride(from: UInt64(0), to: 64, by: digit) where (differing >> shift) & digitMask != 0 {
            distribute(&entries, into: &other, &counts) { Int(truncatingIfNeeded: ($0.start >> shift) & digitMask) }
            swap(&entries, &other)
        }
        for shift in stride(from: UInt64(0), to: 32, by: digit) where (differingSections >> shift) & digitMask != 0 {
            distribute(&entries, into: &other, &counts) {
                Int(truncatingIfNeeded: (UInt64($0.section) >> shift) & digitMask)
            }
            swap(&entries, &other)
        }
    }

    private static let digit = 11
    private static var digitMask: UInt64 { (1 << UInt64(digit)) - 1 }

    /// One pass of the radix sort: entries go to the places that their digit gives them, in the order they come.
    @inline(__always) private static func distribute(
        _ entries: inout [Entry], into sorted: inout [Entry], _ counts: inout [Int], by digit: (Entry) -> Int
    ) {
        let source = entries.span
        var target = sorted.mutableSpan
        var places = counts.mutableSpan
        for place in places.indices { places[place] = 0 }
        for place in source.indices { places[digit(source[place])] += 1 }
        var sum = 0
        for place in places.indices {
            let count = places[place]
            places[place] = sum
            sum += count
        }
        for place in source.indices {
            let entry = source[place]
            let bucket = digit(entry)
            target[places[bucket]] = entry
            places[bucket] += 1
        }
    }

    private static func findEnclosing(_ entries: inout [Entry]) {
        var open: [Int32] = []
        for place in entries.indices {
            while let last = open.last,
                entries[Int(last)].section != entries[place].section || entries[Int(last)].end <= entries[place].start
            {
                open.removeLast()
            }
            entries[place].enclosing = open.last ?? -1
            open.append(Int32(truncatingIfNeeded: place))
        }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { entries.count }
    public subscript(place: Int) -> Symbol { table[Int(entries[place].symbol)] }

    /// The symbol whose bytes cover a place of a section.
    ///
    /// Of several the one that begins last; of those the global before the weak before the local, then the first in
    /// the table. A symbol of size 0 covers nothing but its own address.
    ///
    /// - Parameters:
    ///   - address: as `Symbol.value`: an address in linked files, an offset into the section in relocatable ones.
    ///   - section: the section's index.
    /// - Returns: nil for a place between symbols.
    public func symbol(containing address: UInt64, inSection section: Int) -> Symbol? {
        guard var place = lastPlace(atOrBefore: address, inSection: section) else { return nil }
        while true {
            let entry = entries[place]
            if address < entry.end || (entry.start == entry.end && entry.start == address) {
                return preferred(atStartOf: place, covering: address)
            }
            guard entry.enclosing >= 0 else { return nil }
            place = Int(entry.enclosing)
        }
    }

    /// The symbol whose bytes cover an address of a linked file, whichever section it is in.
    public func symbol(containing address: UInt64, in file: ELFFile) -> Symbol? {
        guard let section = file.section(containing: address) else { return nil }
        return symbol(containing: address, inSection: section.index)
    }

    /// The last symbol that begins at a place of a section or before it, whatever its size.
    public func symbol(atOrBefore address: UInt64, inSection section: Int) -> Symbol? {
        guard let place = lastPlace(atOrBefore: address, inSection: section) else { return nil }
        return preferred(atStartOf: place, covering: nil)
    }

    private func lastPlace(atOrBefore address: UInt64, inSection section: Int) -> Int? {
        guard let section = UInt32(exactly: section) else { return nil }
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if (entries[middle].section, entries[middle].start) <= (section, address) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low > 0, entries[low - 1].section == section else { return nil }
        return low - 1
    }

    private func preferred(atStartOf place: Int, covering address: UInt64?) -> Symbol {
        func rank(_ symbol: Symbol) -> Int {
            switch symbol.binding {
            case .global, .unique: 0
            case .weak: 1
            default: 2
            }
        }
        let entry = entries[place]
        var best = self[place]
        var candidate = place - 1
        // A bound, so that a file of nothing but aliases costs no more than others.
        while candidate >= 0, place - candidate < 64, entries[candidate].section == entry.section,
            entries[candidate].start == entry.start
        {
            let symbol = self[candidate]
            if address.map({ $0 < entries[candidate].end || $0 == entries[candidate].start }) ?? true,
                rank(symbol) <= rank(best)
            {
                best = symbol
            }
            candidate -= 1
        }
        return best
    }
}
