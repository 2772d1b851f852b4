// SPDX-License-Identifier: Apache-2.0
public import ByteKit

/// The relocations of one section by the place of their fields, for asking where the value at a place points.
///
/// Compilers write them sorted, and then this takes no memory.
public struct SortedRelocations: Sendable {
    private struct Place: Sendable {
        var offset: UInt64
        var table: Int
        var index: Int
    }

    private let tables: [RelocationTable]
    /// Empty where there is but one table and it is sorted.
    private let places: [Place]

    /// How many there are.
    public let count: Int

    /// Relocations of one section, as `ELFFile.relocations(of:)` gives them.
    public init(_ tables: [RelocationTable]) {
        self.tables = tables
        count = tables.reduce(0) { $0 + $1.count }
        if tables.count <= 1, tables.allSatisfy(Self.isSorted) {
            places = []
            return
        }
        var places: [Place] = []
        for (number, table) in tables.enumerated() {
            for (index, relocation) in table.enumerated() {
                places.append(Place(offset: relocation.offset, table: number, index: index))
            }
        }
        places.sort { ($0.offset, $0.table, $0.index) < ($1.offset, $1.table, $1.index) }
        self.places = places
    }

    private static func isSorted(_ table: RelocationTable) -> Bool {
        var last: UInt64 = 0
        for relocation in table {
            if relocation.offset < last { return false }
            last = relocation.offset
        }
        return true
    }

    private func relocation(number: Int) -> (Relocation, RelocationTable)? {
        if places.isEmpty {
            guard let table = tables.first, number < table.count else { return nil }
            return (table[number], table)
        }
        guard number < places.count else { return nil }
        let table = tables[places[number].table]
        return (table[places[number].index], table)
    }

    private func firstRelocation(at offset: UInt64) -> (Relocation, RelocationTable)? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            guard let (relocation, _) = relocation(number: middle) else { return nil }
            if relocation.offset < offset { low = middle + 1 } else { high = middle }
        }
        guard let found = relocation(number: low), found.0.offset == offset else { return nil }
        return found
    }

    /// The first relocation whose field begins at this offset into the section.
    public func relocation(at offset: UInt64) -> Relocation? { firstRelocation(at: offset)?.0 }

    /// Where the field at this offset points; nil for one without a relocation, and as `RelocationTable.target` has it.
    public func target(ofFieldAt offset: UInt64, from origin: UInt64? = nil) throws(FormatError) -> SectionOffset? {
        guard let (relocation, table) = firstRelocation(at: offset) else { return nil }
        return try table.target(of: relocation, from: origin)
    }
}

extension ELFFile {
    /// The relocations that change a section of a relocatable file, by the place of their fields.
    public func sortedRelocations(of section: Section) throws(FormatError) -> SortedRelocations {
        SortedRelocations(try relocations(of: section))
    }
}
