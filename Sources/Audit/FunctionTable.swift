// SPDX-License-Identifier: Apache-2.0
internal import ByteKit
internal import ELFKit

/// The functions of an image by address, from its symbol table.
struct FunctionTable: Sendable {
    /// One function; aliases of one address are one entry.
    struct Entry: Sendable {
        var start: UInt64
        var end: UInt64
        /// In the symbol table.
        var symbol: UInt32
        /// Whether its name begins as an expoline's does.
        var mayBeThunk: Bool
    }

    let symbols: SymbolTable
    /// Sorted by address, without overlaps: a function that begins inside another one ends it.
    let entries: [Entry]
    /// Values of the symbols `__start_…` and `__stop_…`, by which a linked image finds its tables.
    let boundaries: [String: UInt64]

    init(_ elf: ELFFile) throws(FormatError) {
        symbols = try elf.symbols()
        let isRelocatable = elf.type == .relocatable
        var found: [Entry] = []
        // Room that is not used takes no memory, and growing would touch all of it again.
        found.reserveCapacity(symbols.count)
        var boundaries: [String: UInt64] = [:]
        for symbol in symbols {
            let nameStart = symbols.nameStart(of: symbol)
            if let nameStart, nameStart == Self.start || nameStart >> 8 == Self.stop,
                let name = symbols.shortName(of: symbol), boundaries[name] == nil
            {
                boundaries[name] = symbol.value
            }
            guard symbol.isDefinedFunction else { continue }
            guard let index = symbol.sectionIndex, index < elf.sections.count, elf.sections[index].isExecutable else {
                continue
            }
            let start = isRelocatable ? symbol.value &+ elf.sections[index].address : symbol.value
            let (end, overflow) = start.addingReportingOverflow(symbol.size)
            guard !overflow, let limit = elf.sections[index].endAddress, start >= elf.sections[index].address,
                start < limit
            else { continue }
            found.append(
                Entry(
                    start: start, end: min(end, limit), symbol: UInt32(truncatingIfNeeded: symbol.index),
                    mayBeThunk: nameStart == Self.thunk))
        }
        // Of aliases the longest, then the first in the table.
        found.sort {
            $0.start != $1.start ? $0.start < $1.start : ($1.end, $0.symbol) < ($0.end, $1.symbol)
        }
        var count = 0
        for entry in found {
            if count > 0 {
                if found[count - 1].start == entry.start { continue }
                found[count - 1].end = min(found[count - 1].end, entry.start)
            }
            found[count] = entry
            count += 1
        }
        found.removeLast(found.count - count)
        entries = found
        self.boundaries = boundaries
    }

    /// `__start_` and `__stop_`, as `SymbolTable.nameStart(of:)` has them.
    private static let start: UInt64 = 0x5f5f_7374_6172_745f
    private static let stop: UInt64 = 0x5f_5f73_746f_705f
    /// `__s390_i`.
    private static let thunk: UInt64 = 0x5f5f_7333_3930_5f69

    /// The place of the function that covers an address.
    func place(containing address: UInt64) -> Int? {
        let place = entries.indices.partitioningIndex { entries[$0].start > address } - 1
        guard place >= 0, address < entries[place].end || address == entries[place].start else { return nil }
        return place
    }

    /// The same for addresses that mostly ascend: looks first where the last one was, and right behind it.
    func place(containing address: UInt64, after last: Int) -> Int? {
        for place in last...last + 1 where entries.indices.contains(place) {
            let entry = entries[place]
            if entry.start <= address, address < entry.end || address == entry.start { return place }
        }
        return place(containing: address)
    }

    func function(containing address: UInt64) -> Image.Function? {
        place(containing: address).map { function(entries[$0]) }
    }

    func function(_ entry: Entry) -> Image.Function {
        let name = symbols[Int(entry.symbol)]
        return Image.Function(name: (try? symbols.name(of: name)) ?? "?", start: entry.start, end: entry.end)
    }
}
